/* SPDX-License-Identifier: Apache-2.0
 *
 * What the tests of stores share: a directory of their own, rows and documents of any size with contents that tell
 * which they are, and helpers that end the test when they fail. */
#ifndef TG_TESTS_UNIT_STORE_CASE_H
#define TG_TESTS_UNIT_STORE_CASE_H

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
bool text_has(struct slice text, const char *part);

#endif
