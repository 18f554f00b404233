/* SPDX-License-Identifier: Apache-2.0
 *
 * Standard Webhooks signatures with libsodium. */
#include "hook/signature.h"

#include <sodium.h>
#include <stdio.h>

enum { KEY_BYTES = 32, HMAC_MIN = 24 };
static const char *const secret_prefixes[] = {[HOOK_V1] = "whsec_", [HOOK_V1A] = "whsk_"};

struct hook_key hook_key_new(enum hook_scheme scheme) {
    struct hook_key key = {.scheme = scheme, .len = KEY_BYTES};
    randombytes_buf(key.bytes, key.len);
    return key;
}

bool hook_key_read(struct slice text, struct hook_key *ret_key) {
    struct hook_key key = {.scheme = slice_starts(text, SLICE("whsk_")) ? HOOK_V1A : HOOK_V1};
    struct slice prefix = slice_of(secret_prefixes[key.scheme]);
    size_t len;
    if (!slice_starts(text, prefix))
        return false;
    text = (struct slice){text.ptr + prefix.len, text.len - prefix.len};
    if (sodium_base642bin(key.bytes, sizeof key.bytes, text.ptr, text.len, NULL, &len, NULL,
                          sodium_base64_VARIANT_ORIGINAL) != 0)
        return false;
    key.len = (uint32_t)len;
    if (key.scheme == HOOK_V1A ? len != crypto_sign_SEEDBYTES : len < HMAC_MIN)
        return false;
    *ret_key = key;
    sodium_memzero(&key, sizeof key);
    return true;
}

static void text_of(const char *prefix, const uint8_t *bytes, size_t len, char out[HOOK_KEY_TEXT_MAX]) {
    char base64[sodium_base64_ENCODED_LEN(HOOK_KEY_BYTES_MAX, sodium_base64_VARIANT_ORIGINAL)];
    sodium_bin2base64(base64, sizeof base64, bytes, len, sodium_base64_VARIANT_ORIGINAL);
    snprintf(out, HOOK_KEY_TEXT_MAX, "%s%s", prefix, base64);
    sodium_memzero(base64, sizeof base64);
}

void hook_key_text(const struct hook_key *key, char out[HOOK_KEY_TEXT_MAX]) {
    text_of(secret_prefixes[key->scheme], key->bytes, key->len, out);
}

void hook_key_public(const struct hook_key *key, char out[HOOK_KEY_TEXT_MAX]) {
    uint8_t public[crypto_sign_PUBLICKEYBYTES], secret[crypto_sign_SECRETKEYBYTES];
    out[0] = '\0';
    if (key->scheme != HOOK_V1A)
        return;
    crypto_sign_seed_keypair(public, secret, key->bytes);
    sodium_memzero(secret, sizeof secret);
    text_of("whpk_", public, sizeof public, out);
}

static void sign_v1(const struct hook_key *key, struct slice text, struct buf *out) {
    crypto_auth_hmacsha256_state state;
    uint8_t hash[crypto_auth_hmacsha256_BYTES];
    char base64[sodium_base64_ENCODED_LEN(sizeof hash, sodium_base64_VARIANT_ORIGINAL)];
    crypto_auth_hmacsha256_init(&state, key->bytes, key->len);
    crypto_auth_hmacsha256_update(&state, (const uint8_t *)text.ptr, text.len);
    crypto_auth_hmacsha256_final(&state, hash);
    sodium_memzero(&state, sizeof state);
    sodium_bin2base64(base64, sizeof base64, hash, sizeof hash, sodium_base64_VARIANT_ORIGINAL);
    buf_printf(out, "v1,%s", base64);
}

static void sign_v1a(const struct hook_key *key, struct slice text, struct buf *out) {
    uint8_t public[crypto_sign_PUBLICKEYBYTES], secret[crypto_sign_SECRETKEYBYTES], signature[crypto_sign_BYTES];
    char base64[sodium_base64_ENCODED_LEN(sizeof signature, sodium_base64_VARIANT_ORIGINAL)];
    crypto_sign_seed_keypair(public, secret, key->bytes);
    crypto_sign_detached(signature, NULL, (const uint8_t *)text.ptr, text.len, secret);
    sodium_memzero(secret, sizeof secret);
    sodium_bin2base64(base64, sizeof base64, signature, sizeof signature, sodium_base64_VARIANT_ORIGINAL);
    buf_printf(out, "v1a,%s", base64);
}

void hook_sign(const struct hook_key *key, const struct hook_signed *what, struct buf *out) {
    struct buf text = {0};
    buf_append(&text, what->id);
    buf_printf(&text, ".%lld.", (long long)what->timestamp);
    buf_append(&text, what->body);
    if (text.failed)
        out->failed = true;
    else if (key->scheme == HOOK_V1A)
        sign_v1a(key, buf_slice(&text), out);
    else
        sign_v1(key, buf_slice(&text), out);
    buf_free(&text);
}
