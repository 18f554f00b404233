/* SPDX-License-Identifier: Apache-2.0
 *
 * Heads: how far journal and bills have come, with the hashes at their ends, signed (Ed25519) and kept elsewhere. Who
 * has one can show later that nothing before it was changed and nothing was cut off (docs/journal-format.md). */
#ifndef TG_BOOK_HEAD_H
#define TG_BOOK_HEAD_H

#include "base/buf.h"
#include "book/book.h"

#define HEAD_KEY_BYTES 32
#define HEAD_SECRET_BYTES 64
#define HEAD_SIGNATURE_BYTES 64

struct book_head {
    uint64_t seq; /* of the last batch; 0: none */
    uint8_t hash[STORE_HASH_BYTES];
    uint64_t bills; /* position of the last closed bill; 0: none */
    uint8_t bills_hash[STORE_HASH_BYTES];
    int64_t at_ns; /* when it was taken, by the clock of who took it */
};
/* Read the ends; nothing is verified. Fails as book_open. */
MUST_CHECK enum status book_head_read(const char *directory, struct arena *arena, struct book_head *ret_head,
                                      struct slice *ret_error);
/* Whether the book still holds what the head names: *ret_missing (arena) says what it does not, empty: all is there.
 * The chains must have been verified, only their hashes are compared. Fails as book_open. */
MUST_CHECK enum status book_head_find(const char *directory, const struct book_head *head, struct arena *arena,
                                      struct slice *ret_missing, struct slice *ret_error);

struct head_signature {
    uint8_t key[HEAD_KEY_BYTES];
    uint8_t bytes[HEAD_SIGNATURE_BYTES];
};
/* The lines that are signed. */
void head_message(const struct book_head *head, struct buf *out);
/* secret: as key_read gives it. Fails: STATUS_NO_MEMORY. */
MUST_CHECK enum status head_sign(const struct book_head *head, const uint8_t secret[HEAD_SECRET_BYTES],
                                 struct head_signature *ret_signature);
/* Fails: STATUS_CONFLICT (the signature is not one of this key and these lines), STATUS_NO_MEMORY. */
MUST_CHECK enum status head_check(const struct book_head *head, const struct head_signature *signature);

/* ---- keys: PEM files as `openssl genpkey -algorithm ed25519` makes them; src/book/key.c ---- */

/* A new key in a new file of mode 0600, synced. Fails: STATUS_CONFLICT (the file is there), STATUS_IO; errno says why.
 */
MUST_CHECK enum status key_make(const char *path, uint8_t ret_public[HEAD_KEY_BYTES]);
/* Fails: STATUS_IO (errno says why), STATUS_CONFLICT (others may read or write the file), STATUS_INVALID (no such key).
 */
MUST_CHECK enum status key_read(const char *path, uint8_t ret_secret[HEAD_SECRET_BYTES]);

#endif
