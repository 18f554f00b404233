/* SPDX-License-Identifier: Apache-2.0
 *
 * Verbs on a data directory: finding it, opening its book, stating it. */
#ifndef TG_CLI_DATA_H
#define TG_CLI_DATA_H

#include "book/book.h"
#include "cli/common.h"

#define OPTION_DATA                                                                                                    \
    { "data", "DIR", "the data directory; default: $TOLLGATE_DATA", NULL, false }

#define OPTION_NOW(text)                                                                                               \
    { "now", "INSTANT", text "; default: the clock", NULL, false }

#define OPTION_AS_OF                                                                                                   \
    { "as-of", "POINT", "as it was known at an instant, or behind the batch of this number", NULL, false }

/* --data, else TOLLGATE_DATA; NULL when neither is given; data_directory also complains then. */
const char *data_find(const struct call *call);
const char *data_directory(const struct call *call);
/* --now, else the clock. EXIT_DONE or EXIT_USAGE. */
int data_now(const struct call *call, int64_t *ret_ns);
/* Open the book, complaining when that fails. Returns EXIT_DONE or the exit code. */
int data_open(const struct call *call, enum store_mode mode, struct book **ret_book);
/* Open for writing; or, while a daemon keeps the book, the way to it (*ret_remote, else NULL) and the book for reading.
 */
struct remote;
int data_open_write(const struct call *call, struct book **ret_book, struct remote **ret_remote);
/* The same for reading, as of --as-of when the verb has it and it is given. */
int data_open_read(const struct call *call, struct book **ret_book);
/* For reading the journal only: nothing is folded. */
int data_open_journal(const struct call *call, struct book **ret_book);
/* Replay the journal, up to --as-of when it is given, with a watch on what is charged (book_watch). */
int data_watch(const struct call *call, struct charge_watch watch, struct book **ret_book);
/* EXIT_FAULT, told. */
int data_no_book(const char *directory);
/* Exit code of a fault, with what is known about it. */
int data_fault(const char *what, enum status status, struct slice error);

/* Which parts of a statement a verb shows. */
enum { SHOW_BILLS = 1, SHOW_BALANCES = 2, SHOW_ALERTS = 4, SHOW_UNPRICED = 8, SHOW_REJECTED = 16, SHOW_EXTERNAL = 32 };
/* As data_open_read; preview up to --until when `has_until`, and print the parts. */
int data_show(const struct call *call, unsigned parts, bool has_until);

#define DATA_HASH_TEXT (2 * STORE_HASH_BYTES + 1)
/* Hexadecimal digits and a NUL. */
void data_hash_text(const uint8_t hash[STORE_HASH_BYTES], char out[DATA_HASH_TEXT]);

#endif
