/* SPDX-License-Identifier: Apache-2.0
 *
 * Keys as text. */
#include "access/key_text.h"

#include <sodium.h>

static const char DIGITS[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
enum {
    BASE = sizeof DIGITS - 1,
    ID_AT = sizeof KEY_PREFIX - 1,
    SECRET_AT = ID_AT + KEY_ID_LEN + 1,
    CHECKSUM_AT = SECRET_AT + KEY_SECRET_LEN + 1,
    SECRET_LEAST = 8, /* of a secret's digits, so that it is taken for one */
};

static void digits_random(char *out, size_t count) {
    for (size_t i = 0; i < count; i++)
        out[i] = DIGITS[randombytes_uniform(BASE)];
}

/* The CRC-32 of zlib, gzip and Ethernet, a byte at a time; the remainders of its two halves are looked up beside each
 * other. */
static uint32_t crc32_of(const char *bytes, size_t len) {
    static const uint32_t high[16] = {0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
                                      0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
                                      0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c};
    static const uint32_t low[16] = {0x00000000, 0x77073096, 0xee0e612c, 0x990951ba, 0x076dc419, 0x706af48f,
                                     0xe963a535, 0x9e6495a3, 0x0edb8832, 0x79dcb8a4, 0xe0d5e91e, 0x97d2d988,
                                     0x09b64c2b, 0x7eb17cbd, 0xe7b82d07, 0x90bf1d91};
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < len; i++) {
        uint32_t byte = (crc ^ (uint8_t)bytes[i]) & 0xff;
        crc = crc >> 8 ^ low[byte & 15] ^ high[byte >> 4];
    }
    return ~crc;
}

static void checksum_write(const char *key, char out[KEY_CHECKSUM_LEN]) {
    uint32_t rest = crc32_of(key, CHECKSUM_AT - 1);
    for (size_t i = KEY_CHECKSUM_LEN; i > 0; i--, rest /= BASE)
        out[i - 1] = DIGITS[rest % BASE];
}

void key_digits_make(char *ret_text, size_t count) {
    digits_random(ret_text, count);
    ret_text[count] = '\0';
}

void key_id_make(char ret_id[KEY_ID_LEN + 1]) {
    key_digits_make(ret_id, KEY_ID_LEN);
}

void key_secret_make(struct slice id, struct key_secret *ret_secret) {
    char *text = ret_secret->hidden;
    memcpy(text, KEY_PREFIX, ID_AT);
    memcpy(text + ID_AT, id.ptr, KEY_ID_LEN);
    text[SECRET_AT - 1] = text[CHECKSUM_AT - 1] = '_';
    digits_random(text + SECRET_AT, KEY_SECRET_LEN);
    checksum_write(text, text + CHECKSUM_AT);
    text[KEY_TEXT_LEN] = '\0';
}

struct slice key_secret_reveal(const struct key_secret *secret) {
    return (struct slice){secret->hidden, KEY_TEXT_LEN};
}

void key_secret_wipe(struct key_secret *secret) {
    sodium_memzero(secret, sizeof *secret);
}

static bool is_digits(const char *text, size_t len) {
    bool is_good = true;
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        is_good &= ((c >= '0') & (c <= '9')) | ((c >= 'A') & (c <= 'Z')) | ((c >= 'a') & (c <= 'z'));
    }
    return is_good;
}

bool key_text_read(struct slice text, struct slice *ret_id) {
    char checksum[KEY_CHECKSUM_LEN];
    if (text.len != KEY_TEXT_LEN || !slice_starts(text, SLICE(KEY_PREFIX)))
        return false;
    if (text.ptr[SECRET_AT - 1] != '_' || text.ptr[CHECKSUM_AT - 1] != '_')
        return false;
    if (!is_digits(text.ptr + ID_AT, KEY_ID_LEN) || !is_digits(text.ptr + SECRET_AT, KEY_SECRET_LEN))
        return false;
    checksum_write(text.ptr, checksum);
    bool is_right = sodium_memcmp(checksum, text.ptr + CHECKSUM_AT, sizeof checksum) == 0;
    sodium_memzero(checksum, sizeof checksum);
    if (is_right)
        *ret_id = (struct slice){text.ptr + ID_AT, KEY_ID_LEN};
    return is_right;
}

/* How far digits and underscores go, at most `most`. */
static size_t run_len(const char *text, size_t most) {
    size_t len = 0;
    while (len < most && (is_digits(text + len, 1) || text[len] == '_'))
        len++;
    return len;
}

/* By its form alone, and also a part of one: it may have been mistyped, or cut. */
bool key_text_find(struct slice text, struct slice *ret_secret) {
    for (size_t at = 0; at + SECRET_AT + SECRET_LEAST <= text.len; at++) {
        const char *key = text.ptr + at;
        if (memcmp(key, KEY_PREFIX, ID_AT) != 0 || key[SECRET_AT - 1] != '_' || !is_digits(key + ID_AT, KEY_ID_LEN) ||
            !is_digits(key + SECRET_AT, SECRET_LEAST))
            continue;
        *ret_secret = (struct slice){key + SECRET_AT, run_len(key + SECRET_AT, text.len - at - SECRET_AT)};
        return true;
    }
    return false;
}

void key_text_hash(struct slice text, const uint8_t pepper[KEY_PEPPER_BYTES], uint8_t ret_hash[KEY_HASH_BYTES]) {
    (void)crypto_generichash(ret_hash, KEY_HASH_BYTES, (const unsigned char *)text.ptr, CHECKSUM_AT - 1, pepper,
                             KEY_PEPPER_BYTES);
}
