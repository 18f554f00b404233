/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading bills back, and verifying them. Bills are never changed, so every part of a scan may look at the database
 * anew: whatever a writer adds meanwhile lies behind the mark that the scan began with. */
#include <inttypes.h>

#include "store/store_private.h"

/* ---- chunks ---- */

/* The chunk that was read last. */
struct reading {
    struct store *store;
    struct arena arena;
    struct bill_chunk chunk; /* count 0: none yet */
    struct store_bill *bills;
    uint8_t before[STORE_HASH_BYTES]; /* the hash that the chunk continues */
};

static bool is_in(const struct bill_chunk *chunk, uint64_t position) {
    return position >= chunk->first && position - chunk->first < chunk->count;
}

/* Have the chunk with this position at hand. */
static enum status reading_load(struct reading *reading, uint64_t position) {
    if (is_in(&reading->chunk, position))
        return STATUS_OK;
    arena_reset(&reading->arena);
    reading->chunk.count = 0;
    struct bill_chunk chunk;
    enum status status = reading->store->adapter->bills_chunk(reading->store, position, &reading->arena, &chunk);
    if (status == STATUS_NOT_FOUND || (status == STATUS_OK && !is_in(&chunk, position)))
        return store_fail(reading->store, STATUS_INVALID, "bill %" PRIu64 " is missing", position);
    TRY(status);
    status = bill_chunk_unpack(&chunk, &reading->arena, &reading->bills, reading->before);
    if (status == STATUS_INVALID)
        return store_fail(reading->store, status,
                          "the bills from %" PRIu64 " on are not what their hash says: they were changed or damaged",
                          chunk.first);
    TRY(status);
    reading->chunk = chunk;
    return STATUS_OK;
}

/* ---- scan ---- */

struct scan {
    struct reading reading;
    const struct store_bill_filter *filter;
    uint64_t account;   /* hash of the filter's */
    uint64_t low, high; /* positions that are left; high is excluded */
};

/* The next position at which the account may be; STATUS_NOT_FOUND: no more. */
static enum status scan_next(struct scan *scan, uint64_t *ret_position) {
    bool is_last = scan->filter->is_newest_first;
    if (scan->low >= scan->high)
        return STATUS_NOT_FOUND;
    if (scan->filter->account.len == 0) {
        *ret_position = is_last ? scan->high - 1 : scan->low;
        return STATUS_OK;
    }
    struct store *store = scan->reading.store;
    const struct bill_key from = {scan->account, scan->low};
    uint64_t position = 0;
    TRY(store->adapter->bills_key(store, &from, scan->high, is_last, &position));
    if (position < scan->low || position >= scan->high)
        return store_fail(store, STATUS_INVALID, "the index of the accounts is damaged");
    *ret_position = position;
    return STATUS_OK;
}

static bool is_wanted(struct slice wanted, struct slice text) {
    return wanted.len == 0 || slice_eq(wanted, text);
}

static bool scan_matches(const struct scan *scan, const struct store_bill *bill) {
    return is_wanted(scan->filter->account, bill->account) && is_wanted(scan->filter->tariff, bill->tariff) &&
           is_wanted(scan->filter->series, bill->series);
}

static enum status scan_run(struct scan *scan, store_bill_visit *visit, void *context) {
    uint64_t position = 0, found = 0;
    enum status status;
    while ((status = scan_next(scan, &position)) == STATUS_OK) {
        TRY(reading_load(&scan->reading, position));
        const struct store_bill *bill = &scan->reading.bills[position - scan->reading.chunk.first];
        if (scan_matches(scan, bill)) {
            TRY(visit(context, bill));
            if (++found == scan->filter->limit)
                return STATUS_OK;
        }
        if (scan->filter->is_newest_first)
            scan->high = position;
        else
            scan->low = position + 1;
    }
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

enum status store_bills_scan(struct store *store, const struct store_bill_filter *filter, store_bill_visit *visit,
                             void *context) {
    STORE_HOLD(store);
    struct store_mark mark;
    TRY(store_ready(store));
    TRY(store->adapter->bills_mark(store, &mark));
    struct scan scan = {.reading = {.store = store}, .filter = filter, .account = bill_account_hash(filter->account)};
    scan.low = filter->from > 0 ? filter->from : 1;
    scan.high = filter->until > 0 && filter->until <= mark.position ? filter->until : mark.position + 1;
    enum status status = scan_run(&scan, visit, context);
    arena_free(&scan.reading.arena);
    return status;
}

/* ---- one bill ---- */

static enum status bill_copy(const struct store_bill *bill, struct arena *arena, struct store_bill *ret_bill) {
    struct store_bill copy = *bill;
    struct slice *texts[] = {&copy.series, &copy.account, &copy.tariff, &copy.body};
    for (int i = 0; i < 4; i++) {
        *texts[i] = arena_copy(arena, *texts[i]);
        if (texts[i]->ptr == NULL)
            return STATUS_NO_MEMORY;
    }
    *ret_bill = copy;
    return STATUS_OK;
}

/* The run that has the number, or STATUS_NOT_FOUND. */
static enum status run_find(struct store *store, struct slice series, uint64_t number, struct bill_run *ret_run) {
    if (number == 0 || number > INT64_MAX)
        return STATUS_NOT_FOUND;
    TRY(store->adapter->bills_run(store, series, number, ret_run));
    return number - ret_run->first < ret_run->count ? STATUS_OK : STATUS_NOT_FOUND;
}

static enum status bill_find(struct reading *reading, struct slice series, uint64_t number,
                             const struct store_bill **ret_bill) {
    struct bill_run run;
    TRY(run_find(reading->store, series, number, &run));
    TRY(reading_load(reading, run.chunk));
    for (uint32_t i = 0; i < reading->chunk.count; i++) {
        const struct store_bill *bill = &reading->bills[i];
        if (bill->number == number && slice_eq(bill->series, series)) {
            *ret_bill = bill;
            return STATUS_OK;
        }
    }
    return store_fail(reading->store, STATUS_INVALID, "the index of a series is damaged");
}

enum status store_bill_get(struct store *store, struct slice series, uint64_t number, struct arena *arena,
                           struct store_bill *ret_bill) {
    STORE_HOLD(store);
    TRY(store_ready(store));
    struct reading reading = {.store = store};
    const struct store_bill *bill = NULL;
    enum status status = bill_find(&reading, series, number, &bill);
    if (status == STATUS_OK)
        status = bill_copy(bill, arena, ret_bill);
    arena_free(&reading.arena);
    return status;
}

/* ---- verification ---- */

struct verification {
    struct reading reading;
    struct bill_series_table series;
    struct bill_index_sum sum; /* what the indexes should hold */
    uint8_t head[STORE_HASH_BYTES];
    uint64_t position; /* the last bill that is good */
};

static enum status bill_verify(struct verification *verification, const struct store_bill *bill) {
    struct bill_series_table *table = &verification->series;
    uint32_t index;
    TRY(bill_series_find(table, bill->series, &index));
    struct bill_series *series = &table->list[index];
    series->next = series->next == 0 ? 1 : series->next;
    if (bill->number != series->next)
        return store_fail(verification->reading.store, STATUS_INVALID,
                          "bill %" PRIu64 " has number %" PRIu64 " in series " SLICE_FMT ", where %" PRIu64
                          " comes next",
                          bill->position, bill->number, SLICE_ARG(bill->series), series->next);
    bill_series_count(table, index);
    const struct bill_key key = {bill_account_hash(bill->account), bill->position};
    verification->sum.keys += bill_key_hash(&key);
    verification->sum.key_count++;
    verification->position = bill->position;
    return STATUS_OK;
}

static enum status chunk_verify(struct verification *verification) {
    struct reading *reading = &verification->reading;
    uint64_t first = verification->position + 1;
    TRY(reading_load(reading, first));
    if (reading->chunk.first != first || memcmp(reading->before, verification->head, STORE_HASH_BYTES) != 0)
        return store_fail(reading->store, STATUS_INVALID, "bill %" PRIu64 " does not continue the one before it",
                          first);
    for (uint32_t i = 0; i < reading->chunk.count; i++)
        TRY(bill_verify(verification, &reading->bills[i]));
    memcpy(verification->head, reading->chunk.head, STORE_HASH_BYTES);
    TRY(bill_series_take(&verification->series, first));
    for (uint32_t i = 0; i < verification->series.run_count; i++)
        verification->sum.runs += bill_run_hash(&verification->series.runs[i]);
    verification->sum.run_count += verification->series.run_count;
    verification->series.run_count = 0;
    return STATUS_OK;
}

/* Whether the bills end where the mark says. */
static enum status end_verify(struct verification *verification, const struct store_mark *mark) {
    struct store *store = verification->reading.store;
    struct bill_chunk last;
    enum status status = store->adapter->bills_chunk(store, INT64_MAX, &verification->reading.arena, &last);
    if (status != STATUS_OK && status != STATUS_NOT_FOUND)
        return status;
    uint64_t end = status == STATUS_OK ? last.first + last.count - 1 : 0;
    if (end != mark->position || verification->position != mark->position)
        return store_fail(store, STATUS_INVALID, "the bills do not end at %" PRIu64 ", where their mark is",
                          mark->position);
    if (memcmp(verification->head, mark->head, STORE_HASH_BYTES) != 0)
        return store_fail(store, STATUS_INVALID, "the hash of bill %" PRIu64 " is not the one in the mark",
                          mark->position);
    return STATUS_OK;
}

static enum status bills_verify(struct verification *verification, struct store_bills_check *check) {
    struct store *store = verification->reading.store;
    struct bill_index_sum sum;
    TRY(store->adapter->bills_mark(store, &check->mark));
    enum status status = STATUS_OK;
    while (status == STATUS_OK && verification->position < check->mark.position)
        status = chunk_verify(verification);
    if (status == STATUS_OK)
        status = end_verify(verification, &check->mark);
    check->count = verification->position;
    check->bad_position = verification->position + 1;
    TRY(status);
    check->bad_position = 0;
    TRY(store->adapter->bills_sum(store, &sum));
    if (memcmp(&sum, &verification->sum, sizeof sum) != 0)
        return store_fail(store, STATUS_INVALID, "an index of the bills does not say what the bills say");
    return STATUS_OK;
}

enum status store_bills_verify(struct store *store, struct arena *arena, struct store_bills_check *ret_check) {
    STORE_HOLD(store);
    TRY(store_ready(store));
    struct verification verification = {.reading = {.store = store}};
    struct store_bills_check check = {0};
    if (store->adapter->read_begin != NULL)
        TRY(store->adapter->read_begin(store));
    enum status status = bills_verify(&verification, &check);
    if (store->adapter->read_end != NULL)
        store->adapter->read_end(store);
    bill_series_free(&verification.series);
    arena_free(&verification.reading.arena);
    if (status != STATUS_OK && status != STATUS_INVALID)
        return status;
    if (status == STATUS_INVALID) {
        check.reason = arena_copy(arena, store_error(store));
        if (check.reason.ptr == NULL)
            return STATUS_NO_MEMORY;
    }
    *ret_check = check;
    return STATUS_OK;
}
