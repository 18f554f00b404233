/* SPDX-License-Identifier: Apache-2.0
 *
 * Backups of books, and books from backups. */
#ifndef TG_BOOK_BACKUP_H
#define TG_BOOK_BACKUP_H

#include "book/book.h"

struct book_backup {
    uint64_t seq;                   /* of the last batch in it */
    uint8_t head[STORE_HASH_BYTES]; /* its hash */
    uint64_t bills;                 /* closed bills in it */
};
/* Copy the book, as it is at one moment, into the new directory `target`; its writer may go on. The copy is synced, and
 * its name appears only when it is whole; an interruption leaves a directory TARGET.XXXXXX. Fails: STATUS_NOT_FOUND (no
 * book), STATUS_CONFLICT (target is there, or the tariffs were changed), STATUS_INVALID (damaged),
 * STATUS_IO, STATUS_NO_MEMORY. */
MUST_CHECK enum status book_backup(const char *directory, const char *target, struct arena *arena,
                                   struct book_backup *ret_backup, struct slice *ret_error);
/* Make the new data directory `directory` from a backup, once all of it is verified as book_verify does. Fails:
 * STATUS_NOT_FOUND (no backup), STATUS_CONFLICT (directory is there, or it has other tariffs), STATUS_INVALID
 * (the backup is damaged: *ret_error says where), STATUS_IO, STATUS_NO_MEMORY. */
MUST_CHECK enum status book_restore(const char *source, const char *directory, struct arena *arena,
                                    struct book_check *ret_check, struct slice *ret_error);

#endif
