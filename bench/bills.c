/* SPDX-License-Identifier: Apache-2.0
 *
 * Closed bills: one of every account each month, all of a month appended in one call; then the bills of some accounts,
 * a page of the newest, single bills by number, and the verification of all.
 *
 * Usage: bills DIRECTORY ACCOUNTS MONTHS. Prints one JSON object. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#include "store/bills.h"

static int64_t now_ns(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static double seconds_since(int64_t start_ns) {
    return (double)(now_ns() - start_ns) / 1e9;
}

static _Noreturn void give_up(const char *what) {
    fprintf(stderr, "bills: %s\n", what);
    exit(4);
}

static uint64_t number(const char *text) {
    uint64_t value = 0;
    for (; *text >= '0' && *text <= '9'; text++)
        value = value * 10 + (uint64_t)(*text - '0');
    return value;
}

static struct store *open_store(const char *path, enum store_mode mode, struct arena *arena) {
    struct slice error = {0};
    struct store *store = NULL;
    if (store_sqlite_open(path, mode, arena, &store, &error) != STATUS_OK)
        give_up(error.len > 0 ? error.ptr : "out of memory");
    return store;
}

static struct slice account_name(struct arena *arena, uint64_t account) {
    return arena_printf(arena, "customer-%08llx", (unsigned long long)((account + 1) * 0x9e3779b97f4a7c15U >> 32));
}

/* About 300 bytes, as a bill with two lines has them. */
static struct slice body_of(struct arena *arena, struct slice account, uint64_t month, uint64_t random) {
    return arena_printf(
        arena,
        "{\"account\":\"%.*s\",\"month\":%llu,\"lines\":[{\"item\":\"VideoCompress264SD\",\"quantity\":\"%llu\","
        "\"unit_price\":\"0.0000707547\",\"funding\":\"payg\",\"amount\":\"0.%09llu\"},{\"item\":\"ImageLabel\","
        "\"quantity\":\"%llu\",\"unit_price\":\"0.00141509\",\"funding\":\"payg\",\"amount\":\"%llu.%06llu\"}],"
        "\"rounding\":\"0.00%llu\"}",
        SLICE_ARG(account), (unsigned long long)month, (unsigned long long)(random % 100000),
        (unsigned long long)(random % 999999937), (unsigned long long)(random >> 20 & 4095),
        (unsigned long long)(random >> 32 & 255), (unsigned long long)(random >> 40 & 0xfffff),
        (unsigned long long)(random % 1000000));
}

static double month_append(struct store *store, uint64_t month, uint64_t accounts, uint64_t *random) {
    struct arena arena = {0};
    struct store_bill *bills = ARENA_ARRAY(&arena, accounts, struct store_bill);
    for (uint64_t i = 0; bills != NULL && i < accounts; i++) {
        *random = *random * 6364136223846793005U + 1442695040888963407U;
        struct slice account = account_name(&arena, i);
        bills[i] = (struct store_bill){.series = SLICE("imm"),
                                       .number = (month - 1) * accounts + i + 1,
                                       .account = account,
                                       .tariff = SLICE("imm"),
                                       .closed_ns = (int64_t)month * 2592000000000000,
                                       .body = body_of(&arena, account, month, *random)};
        if (bills[i].body.ptr == NULL)
            give_up("out of memory");
    }
    struct store_row row = {.seq = month, .blob = SLICE("tick")};
    int64_t start = now_ns();
    if (bills == NULL || store_append(store, &row, 1) != STATUS_OK ||
        store_bills_append(store, month, bills, (uint32_t)accounts) != STATUS_OK)
        give_up(store_error(store).ptr);
    double took = seconds_since(start);
    arena_free(&arena);
    return took;
}

static enum status count_one(void *context, const struct store_bill *bill) {
    *(uint64_t *)context += bill->body.len > 0;
    return STATUS_OK;
}

/* Seconds for one scan of the filter. */
static double time_scan(struct store *store, const struct store_bill_filter *filter, uint64_t *ret_found) {
    int64_t start = now_ns();
    *ret_found = 0;
    if (store_bills_scan(store, filter, count_one, ret_found) != STATUS_OK)
        give_up(store_error(store).ptr);
    return seconds_since(start);
}

static double time_gets(struct store *store, uint64_t count, uint64_t gets) {
    struct arena arena = {0};
    struct store_bill bill;
    int64_t start = now_ns();
    for (uint64_t i = 0; i < gets; i++) {
        if (store_bill_get(store, SLICE("imm"), i * 7919 % count + 1, &arena, &bill) != STATUS_OK)
            give_up(store_error(store).ptr);
        arena_reset(&arena);
    }
    double took = seconds_since(start);
    arena_free(&arena);
    return took / (double)gets;
}

int main(int argc, char **argv) {
    if (argc != 4)
        give_up("usage: bills DIRECTORY ACCOUNTS MONTHS");
    char path[4096];
    (void)snprintf(path, sizeof path, "%s/bills.db", argv[1]);
    uint64_t accounts = number(argv[2]), months = number(argv[3]), random = 1, found = 0;
    if (accounts == 0 || accounts > UINT32_MAX || months == 0)
        give_up("at least one account and one month");
    struct arena arena = {0};
    struct store *store = open_store(path, STORE_CREATE, &arena);
    double first_s = 0, last_s = 0;
    for (uint64_t month = 1; month <= months; month++) {
        last_s = month_append(store, month, accounts, &random);
        first_s = month == 1 ? last_s : first_s;
    }
    store_close(store);
    struct stat info;
    if (stat(path, &info) != 0)
        give_up("the store is gone");
    uint64_t bills = accounts * months;
    store = open_store(path, STORE_READ, &arena);
    double account_s =
        time_scan(store, &(struct store_bill_filter){.account = account_name(&arena, accounts / 2)}, &found);
    if (found != months)
        give_up("an account has not all its bills");
    double page_s = time_scan(store, &(struct store_bill_filter){.limit = 100, .is_newest_first = true}, &found);
    double get_s = time_gets(store, bills, 100);
    struct store_bills_check check;
    int64_t start = now_ns();
    if (store_bills_verify(store, &arena, &check) != STATUS_OK || check.count != bills || check.reason.len > 0)
        give_up("the bills are not whole");
    double verify_s = seconds_since(start);
    store_close(store);
    arena_free(&arena);
    printf(
        "{\"bills\": %llu, \"first_month_s\": %.3f, \"last_month_s\": %.3f, \"account_ms\": %.3f, \"page_ms\": %.3f, "
        "\"get_ms\": %.3f, \"verify_s\": %.3f, \"bytes_per_bill\": %.1f}\n",
        (unsigned long long)bills, first_s, last_s, account_s * 1e3, page_s * 1e3, get_s * 1e3, verify_s,
        (double)info.st_size / (double)bills);
    return 0;
}
