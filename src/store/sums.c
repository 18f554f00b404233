/* SPDX-License-Identifier: Apache-2.0
 *
 * Sums in the port: what holds for every adapter. */
#include "store/sums.h"

#include <inttypes.h>

#include "store/store_private.h"

enum status store_sums_write(struct store *store, const struct store_sums_write *write) {
    STORE_HOLD(store);
    uint64_t last = 0;
    uint8_t hash[STORE_HASH_BYTES];
    TRY(store_ready_to_write(store));
    TRY(store->adapter->last(store, &last, hash));
    if (write->seq > last)
        return store_fail(store, STATUS_CONFLICT,
                          "sums up to batch %" PRIu64 " are behind a journal that ends at %" PRIu64, write->seq, last);
    for (uint32_t i = 0; i < write->count; i++) {
        const struct store_sum *sum = &write->sums[i];
        if (sum->kind >= STORE_SUM_KINDS || sum->account.len + sum->value.len > STORE_BLOB_BYTES_MAX)
            return store_fail(store, STATUS_RANGE, "a sum is of no kind that there is, or has too many bytes");
    }
    return store->adapter->sums_write(store, write);
}

enum status store_sums_mark(struct store *store, uint64_t *ret_seq) {
    STORE_HOLD(store);
    TRY(store_ready(store));
    return store->adapter->sums_mark(store, ret_seq);
}

enum status store_sum_get(struct store *store, struct store_sum *sum, struct arena *arena) {
    STORE_HOLD(store);
    TRY(store_ready(store));
    return store->adapter->sum_get(store, sum, arena);
}

enum status store_sums_scan(struct store *store, const struct store_sum_filter *filter, store_sum_visit *visit,
                            void *context, uint64_t *ret_seq) {
    STORE_HOLD(store);
    uint64_t seq = 0;
    TRY(store_ready(store));
    if (store->adapter->read_begin != NULL)
        TRY(store->adapter->read_begin(store));
    enum status status = store->adapter->sums_mark(store, &seq);
    if (status == STATUS_OK && seq > 0)
        status = store->adapter->sums_scan(store, filter, visit, context);
    if (store->adapter->read_end != NULL)
        store->adapter->read_end(store);
    TRY(status);
    *ret_seq = seq;
    return STATUS_OK;
}
