/* SPDX-License-Identifier: Apache-2.0
 *
 * What the tests of stores share: a directory of their own, rows and documents of any size with contents that tell
 * which they are, and helpers that end the test when they fail. */
#ifndef TG_TESTS_UNIT_STORE_CASE_H
#define TG_TESTS_UNIT_STORE_CASE_H

#include "store/bills.h"
#include "store/store.h"
#include "support/check.h"

struct store_case {
    struct arena arena;
    char directory[64]; /* its own, removed at the end */
    char path[96];      /* of the SQLite store in it */
    struct slice error; /* of the last open that failed */
};

void case_begin(struct store_case *test);
void case_end(struct store_case *test);
/* Row `seq` with `size` bytes that depend on it. */
struct store_row case_row(struct store_case *test, uint64_t seq, size_t size);
/* Whether row `seq` is there and is the one of case_row. */
bool case_row_is(struct store_case *test, struct store *store, uint64_t seq, size_t size);
/* Append one row of case_row. */
enum status case_append(struct store_case *test, struct store *store, uint64_t seq, size_t size);
uint64_t case_last(struct store *store);
enum status case_open(struct store_case *test, enum store_mode mode, struct store **ret_store);
/* Open or end the test. */
struct store *case_must_open(struct store_case *test, enum store_mode mode);
enum status case_put(struct store *store, const char *kind, const char *name, struct slice value);
/* ---- every adapter in turn ---- */

struct adapter {
    const char *row;
    bool is_sqlite;
};
static const struct adapter ADAPTERS[] = {{"SQLite", true}, {"memory", false}};

struct subject {
    struct store_case test;
    struct store *store;
    bool is_sqlite;
};
void subject_begin(struct subject *subject, const struct adapter *adapter);
void subject_reopen(struct subject *subject);
void subject_end(struct subject *subject);

/* ---- bills ---- */

/* Bill `position` of a book with 3 series and `accounts` accounts; its body depends on the position. */
struct store_bill case_bill(struct store_case *test, uint64_t position, uint64_t accounts);
/* Append the bills from..until (excluded) of case_bill in one call. */
enum status case_bills(struct store_case *test, struct store *store, uint64_t seq, uint64_t from, uint64_t until);
enum { CASE_ACCOUNTS = 7, CASE_SERIES = 3 };

bool text_has(struct slice text, const char *part);

#endif
