/* SPDX-License-Identifier: Apache-2.0
 *
 * Directories, rows and documents for the tests of stores. */
#include "case.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void case_begin(struct store_case *test) {
    *test = (struct store_case){0};
    const char *base = getenv("TMPDIR");
    (void)snprintf(test->directory, sizeof test->directory, "%.30s/store-XXXXXX", base != NULL ? base : "/tmp");
    if (mkdtemp(test->directory) == NULL)
        fail_msg("no directory for the test");
    (void)snprintf(test->path, sizeof test->path, "%s/journal.db", test->directory);
}

void case_end(struct store_case *test) {
    DIR *directory = opendir(test->directory);
    for (struct dirent *entry; directory != NULL && (entry = readdir(directory)) != NULL;)
        if (entry->d_name[0] != '.')
            (void)unlinkat(dirfd(directory), entry->d_name, 0);
    (void)closedir(directory);
    (void)rmdir(test->directory);
    arena_free(&test->arena);
}

struct store_row case_row(struct store_case *test, uint64_t seq, size_t size) {
    char *bytes = arena_alloc(&test->arena, size + 1);
    struct store_row row = {.seq = seq, .blob = {bytes, size}};
    if (bytes == NULL)
        fail_msg("out of memory");
    uint64_t seed = seq;
    for (size_t i = 0; i < size; i++)
        bytes[i] = (char)((i % 64 == 0 ? check_random(&seed) : seed) >> i % 8 * 8);
    for (size_t i = 0; i < STORE_HASH_BYTES; i++)
        row.hash[i] = (uint8_t)(seq * 7 + i);
    return row;
}

bool case_row_is(struct store_case *test, struct store *store, uint64_t seq, size_t size) {
    struct store_row want = case_row(test, seq, size), got = {0};
    return store_read(store, seq, &test->arena, &got) == STATUS_OK && got.seq == seq && slice_eq(got.blob, want.blob) &&
           memcmp(got.hash, want.hash, STORE_HASH_BYTES) == 0;
}

enum status case_append(struct store_case *test, struct store *store, uint64_t seq, size_t size) {
    struct store_row row = case_row(test, seq, size);
    return store_append(store, &row, 1);
}

uint64_t case_last(struct store *store) {
    uint64_t seq = UINT64_MAX;
    uint8_t hash[STORE_HASH_BYTES];
    CHECK_OK(store_last(store, &seq, hash));
    return seq;
}

enum status case_open(struct store_case *test, enum store_mode mode, struct store **ret_store) {
    test->error = (struct slice){"", 0};
    return store_sqlite_open(test->path, mode, &test->arena, ret_store, &test->error);
}

struct store *case_must_open(struct store_case *test, enum store_mode mode) {
    struct store *store = NULL;
    if (case_open(test, mode, &store) != STATUS_OK)
        fail_msg(SLICE_FMT, SLICE_ARG(test->error));
    return store;
}

enum status case_put(struct store *store, const char *kind, const char *name, struct slice value) {
    return store_put(store, &(struct store_document){slice_of(kind), slice_of(name), value});
}

void subject_begin(struct subject *subject, const struct adapter *adapter) {
    *subject = (struct subject){.is_sqlite = adapter->is_sqlite};
    case_begin(&subject->test);
    if (adapter->is_sqlite)
        subject->store = case_must_open(&subject->test, STORE_CREATE);
    else
        CHECK_OK(store_memory_new(NULL, &subject->store));
}

void subject_reopen(struct subject *subject) {
    if (subject->is_sqlite) {
        store_close(subject->store);
        subject->store = case_must_open(&subject->test, STORE_WRITE);
    } else {
        CHECK_OK(store_memory_reopen(subject->store, &subject->store));
    }
}

void subject_end(struct subject *subject) {
    store_close(subject->store);
    case_end(&subject->test);
}

struct store_bill case_bill(struct store_case *test, uint64_t position, uint64_t accounts) {
    static const char *const series[CASE_SERIES] = {"imm", "vclm", "viapi"};
    uint64_t at = position - 1;
    struct store_bill bill = {.series = slice_of(series[at % CASE_SERIES]),
                              .number = at / CASE_SERIES + 1,
                              .account =
                                  arena_printf(&test->arena, "account-%llu", (unsigned long long)(at % accounts)),
                              .tariff = slice_of(series[at % CASE_SERIES]),
                              .kind = (uint8_t)(at % 3),
                              .start_ns = (int64_t)at * 1000,
                              .end_ns = (int64_t)at * 2000,
                              .closed_ns = -(int64_t)at};
    bill.body = case_row(test, position, position % 50 == 0 ? 20000 : position * 31 % 300).blob;
    return bill;
}

enum status case_bills(struct store_case *test, struct store *store, uint64_t seq, uint64_t from, uint64_t until) {
    struct store_bill *bills = ARENA_ARRAY(&test->arena, until - from + 1, struct store_bill);
    if (bills == NULL)
        fail_msg("out of memory");
    for (uint64_t position = from; position < until; position++)
        bills[position - from] = case_bill(test, position, CASE_ACCOUNTS);
    return store_bills_append(store, seq, bills, (uint32_t)(until - from));
}

bool text_has(struct slice text, const char *part) {
    return text.len > 0 && memmem(text.ptr, text.len, part, strlen(part)) != NULL;
}
