/* SPDX-License-Identifier: Apache-2.0
 *
 * Secrets at rest: XChaCha20-Poly1305 under the book's key, with the endpoint's id as associated data, so that a sealed
 * secret cannot be moved to another endpoint. */
#include <sodium.h>

#include "hook/hooks_private.h"

enum {
    NONCE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
    TAG = crypto_aead_xchacha20poly1305_ietf_ABYTES,
    SEALED_MAX = NONCE + HOOK_KEY_TEXT_MAX + TAG
};
#define SEALED SLICE("sealed:")
#define OPEN SLICE("open:")

static void base64_append(const uint8_t *bytes, size_t len, struct buf *out) {
    char text[sodium_base64_ENCODED_LEN(SEALED_MAX, sodium_base64_VARIANT_ORIGINAL)];
    sodium_bin2base64(text, sizeof text, bytes, len, sodium_base64_VARIANT_ORIGINAL);
    buf_text(out, text);
    sodium_memzero(text, sizeof text);
}

void seal_key(const struct hooks *hooks, struct slice id, const struct hook_key *key, struct buf *out) {
    uint8_t sealed[SEALED_MAX];
    char text[HOOK_KEY_TEXT_MAX];
    unsigned long long len;
    hook_key_text(key, text);
    if (hooks->options.key) {
        randombytes_buf(sealed, NONCE);
        crypto_aead_xchacha20poly1305_ietf_encrypt(sealed + NONCE, &len, (const uint8_t *)text, strlen(text),
                                                   (const uint8_t *)id.ptr, id.len, NULL, sealed, hooks->options.key);
        buf_append(out, SEALED);
        base64_append(sealed, NONCE + (size_t)len, out);
    } else {
        buf_append(out, OPEN);
        buf_text(out, text);
    }
    sodium_memzero(text, sizeof text);
}

static bool unseal(const struct hooks *hooks, struct slice id, struct slice text, struct hook_key *ret_key) {
    uint8_t sealed[SEALED_MAX], open[HOOK_KEY_TEXT_MAX];
    size_t len;
    unsigned long long open_len;
    if (!hooks->options.key || sodium_base642bin(sealed, sizeof sealed, text.ptr, text.len, NULL, &len, NULL,
                                                 sodium_base64_VARIANT_ORIGINAL) != 0)
        return false;
    if (len < NONCE + TAG ||
        crypto_aead_xchacha20poly1305_ietf_decrypt(open, &open_len, NULL, sealed + NONCE, len - NONCE,
                                                   (const uint8_t *)id.ptr, id.len, sealed, hooks->options.key) != 0)
        return false;
    bool is_key = hook_key_read((struct slice){(const char *)open, (size_t)open_len}, ret_key);
    sodium_memzero(open, sizeof open);
    return is_key;
}

bool unseal_key(const struct hooks *hooks, struct slice id, struct slice text, struct hook_key *ret_key) {
    if (slice_starts(text, OPEN))
        return hook_key_read((struct slice){text.ptr + OPEN.len, text.len - OPEN.len}, ret_key);
    return slice_starts(text, SEALED) &&
           unseal(hooks, id, (struct slice){text.ptr + SEALED.len, text.len - SEALED.len}, ret_key);
}
