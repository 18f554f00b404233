/* SPDX-License-Identifier: Apache-2.0
 *
 * Bills in the port: what holds for every adapter. They are packed into chunks and checked before anything is written;
 * an adapter keeps chunks, the two indexes and the mark in one transaction. */
#include "store/store_private.h"

#include <inttypes.h>
#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/bytes.h"

uint64_t bill_key_hash(const struct bill_key *key) {
    char bytes[16];
    bytes_put_u64(bytes, key->account);
    bytes_put_u64(bytes + 8, key->position);
    return XXH3_64bits(bytes, sizeof bytes);
}

uint64_t bill_run_hash(const struct bill_run *run) {
    char bytes[32];
    bytes_put_u64(bytes, XXH3_64bits(run->series.ptr, run->series.len));
    bytes_put_u64(bytes + 8, run->first);
    bytes_put_u64(bytes + 16, run->count);
    bytes_put_u64(bytes + 24, run->chunk);
    return XXH3_64bits(bytes, sizeof bytes);
}

uint64_t bill_account_hash(struct slice account) {
    return XXH3_64bits(account.ptr, account.len);
}

/* ---- append ---- */

static enum status series_last(struct store *store, struct slice series, uint64_t *ret_number) {
    struct bill_run run;
    enum status status = store->adapter->bills_run(store, series, INT64_MAX, &run);
    if (status == STATUS_NOT_FOUND) {
        *ret_number = 0;
        return STATUS_OK;
    }
    TRY(status);
    if (run.first == 0 || run.count == 0 || run.count > BILL_CHUNK_COUNT_MAX || run.first > INT64_MAX)
        return store_fail(store, STATUS_INVALID, "the index of a series is damaged");
    *ret_number = run.first + run.count - 1;
    return STATUS_OK;
}

enum status store_series_last(struct store *store, struct slice series, uint64_t *ret_number) {
    STORE_HOLD(store);
    TRY(store_ready(store));
    return series_last(store, series, ret_number);
}

struct append {
    struct store *store;
    struct arena arena;
    struct bill_packer packer;
    struct bill_series_table series;
    struct bill_chunk *chunks;
    struct bill_key *keys;
    uint32_t chunk_count;
    uint64_t position; /* of the last bill */
};

static bool is_too_large(const struct store_bill *bill) {
    const size_t lens[] = {bill->series.len, bill->account.len, bill->tariff.len, bill->body.len};
    size_t sum = 0;
    for (int i = 0; i < 4; i++) {
        if (lens[i] > STORE_BILL_BYTES_MAX)
            return true;
        sum += lens[i];
    }
    return sum > STORE_BILL_BYTES_MAX;
}

static enum status number_take(struct append *append, const struct store_bill *bill) {
    if (is_too_large(bill))
        return store_fail(append->store, STATUS_RANGE, "a bill has more than %zu bytes", STORE_BILL_BYTES_MAX);
    uint32_t index;
    TRY(bill_series_find(&append->series, bill->series, &index));
    struct bill_series *series = &append->series.list[index];
    if (series->next == 0) {
        TRY(series_last(append->store, bill->series, &series->next));
        series->next++;
    }
    if (bill->number != series->next)
        return store_fail(append->store, STATUS_CONFLICT,
                          "bill %" PRIu64 " does not continue series " SLICE_FMT ", whose next number is %" PRIu64,
                          bill->number, SLICE_ARG(bill->series), series->next);
    bill_series_count(&append->series, index);
    return STATUS_OK;
}

static enum status chunk_take(struct append *append) {
    uint64_t first = append->position - append->packer.count + 1;
    struct bill_chunk *chunk = &append->chunks[append->chunk_count];
    TRY(bill_packer_take(&append->packer, first, &append->arena, chunk));
    append->chunk_count++;
    return bill_series_take(&append->series, first);
}

static enum status bills_pack(struct append *append, const struct store_bill *bills, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        TRY(number_take(append, &bills[i]));
        append->position++;
        TRY(bill_packer_add(&append->packer, append->position, &bills[i]));
        append->keys[i] = (struct bill_key){bill_account_hash(bills[i].account), append->position};
        if (bill_packer_is_due(&append->packer))
            TRY(chunk_take(append));
    }
    return append->packer.count > 0 ? chunk_take(append) : STATUS_OK;
}

static int key_order(const void *left, const void *right) {
    const struct bill_key *a = left, *b = right;
    if (a->account != b->account)
        return a->account < b->account ? -1 : 1;
    return a->position < b->position ? -1 : a->position > b->position;
}

static enum status bills_prepare(struct append *append, const struct store_bill *bills, uint32_t count) {
    append->keys = reallocarray(NULL, (size_t)count + 1, sizeof *append->keys);
    append->chunks = reallocarray(NULL, (size_t)count + 1, sizeof *append->chunks);
    if (append->keys == NULL || append->chunks == NULL)
        return STATUS_NO_MEMORY;
    TRY(bills_pack(append, bills, count));
    if (count > 1)
        qsort(append->keys, count, sizeof *append->keys, key_order); /* next to each other in the index */
    return STATUS_OK;
}

static void append_free(struct append *append) {
    bill_packer_free(&append->packer);
    bill_series_free(&append->series);
    free(append->chunks);
    free(append->keys);
    arena_free(&append->arena);
}

static enum status mark_check(struct store *store, const struct store_mark *mark, uint64_t through_seq) {
    uint64_t last = 0;
    uint8_t hash[STORE_HASH_BYTES];
    TRY(store->adapter->last(store, &last, hash));
    if (through_seq < mark->seq || through_seq > last)
        return store_fail(store, STATUS_CONFLICT,
                          "bills up to batch %" PRIu64 " cannot follow those up to batch %" PRIu64
                          " in a journal that ends at %" PRIu64,
                          through_seq, mark->seq, last);
    return STATUS_OK;
}

enum status store_bills_append(struct store *store, uint64_t through_seq, const struct store_bill *bills,
                               uint32_t count) {
    STORE_HOLD(store);
    struct store_mark mark;
    TRY(store_ready_to_write(store));
    TRY(store->adapter->bills_mark(store, &mark));
    TRY(mark_check(store, &mark, through_seq));
    if (count == 0 && through_seq == mark.seq)
        return STATUS_OK;
    if (count > INT64_MAX - mark.position)
        return store_fail(store, STATUS_INVALID, "the mark of the bills is damaged");
    struct append append = {.store = store, .position = mark.position};
    memcpy(append.packer.head, mark.head, STORE_HASH_BYTES);
    enum status status = bills_prepare(&append, bills, count);
    if (status == STATUS_OK) {
        struct bill_write write = {.mark = {.seq = through_seq, .position = append.position},
                                   .chunks = append.chunks,
                                   .keys = append.keys,
                                   .runs = append.series.runs,
                                   .chunk_count = append.chunk_count,
                                   .key_count = count,
                                   .run_count = append.series.run_count};
        memcpy(write.mark.head, append.packer.head, STORE_HASH_BYTES);
        status = store->adapter->bills_write(store, &write);
    }
    append_free(&append);
    return status;
}

enum status store_bills_mark(struct store *store, struct store_mark *ret_mark) {
    STORE_HOLD(store);
    TRY(store_ready(store));
    return store->adapter->bills_mark(store, ret_mark);
}
