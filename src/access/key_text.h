/* SPDX-License-Identifier: Apache-2.0
 *
 * API keys as text: tg_<id>_<secret>_<checksum>, all digits of base 62. The secret has 256 random bits. The checksum is
 * the CRC-32 of everything before its underscore, in six digits: what is no key is told apart without any look-up, also
 * by those who scan texts for lost keys. Nothing here needs a store. */
#ifndef TG_ACCESS_KEY_TEXT_H
#define TG_ACCESS_KEY_TEXT_H

#include "base/slice.h"
#include "base/status.h"

#define KEY_PREFIX "tg_"
#define KEY_PEPPER_BYTES 32
#define KEY_HASH_BYTES 32
enum {
    KEY_ID_LEN = 12,
    KEY_SECRET_LEN = 43, /* 43 of 62 digits: 256.03 bits */
    KEY_CHECKSUM_LEN = 6,
    KEY_TEXT_LEN = sizeof KEY_PREFIX - 1 + KEY_ID_LEN + 1 + KEY_SECRET_LEN + 1 + KEY_CHECKSUM_LEN,
};

/* A key that can be used. A struct, so that no format takes it by mistake; key_secret_reveal is the only way to its
 * text, and key_secret_wipe ends it. */
struct key_secret {
    char hidden[KEY_TEXT_LEN + 1];
};
/* `count` random digits of base 62, and a NUL behind them. */
void key_digits_make(char *ret_text, size_t count);
/* 12 random digits; NUL-terminated. */
void key_id_make(char ret_id[KEY_ID_LEN + 1]);
/* A new secret for this id. */
void key_secret_make(struct slice id, struct key_secret *ret_secret);
/* Lives as long as the secret. To show it once, and for nothing else. */
struct slice key_secret_reveal(const struct key_secret *secret);
void key_secret_wipe(struct key_secret *secret);

/* Whether a text is a key, by its form and checksum. ret_id points into it. Time does not depend on the secret. */
bool key_text_read(struct slice text, struct slice *ret_id);
/* The first secret, or part of one, that stands somewhere in a text, with its checksum: what is to be left out before
 * the text is kept. False: there is none. */
bool key_text_find(struct slice text, struct slice *ret_secret);
/* BLAKE2b-256 with the pepper as its key, over everything before the checksum. text: one that key_text_read took. */
void key_text_hash(struct slice text, const uint8_t pepper[KEY_PEPPER_BYTES], uint8_t ret_hash[KEY_HASH_BYTES]);

#endif
