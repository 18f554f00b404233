/* SPDX-License-Identifier: Apache-2.0
 *
 * Charges of a book: taken while batches are applied, told from memory and store. Other tariffs rate the whole journal
 * again: then what was taken is taken anew, and takes the place of all that the store has. */
#include <stdlib.h>

#include "book/book_private.h"

static enum status charge_collect(void *context, const struct charge_view *charge) {
    struct book *book = context;
    struct usage_sums *sums = &book->sums;
    bool is_new = sums->is_on && book->origin_seq > sums->mark && book->origin_seq <= sums->until;
    return is_new ? charges_take(&sums->charges, charge) : STATUS_OK;
}

static enum status charge_take_again(void *context, const struct charge_view *charge) {
    return charges_take(context, charge);
}

void book_sums_watch(struct book *book) {
    if (book->sums.is_on && !book->watch.charged)
        engine_set_watch(book->engine, (struct charge_watch){.charged = charge_collect, .context = book});
}

/* What a set brings that holds from the next batch on. In a replay the store may know of it. */
bool book_charges_again(const struct book *book, struct charges *charges, struct charge_watch *ret_watch) {
    const struct usage_sums *sums = &book->sums;
    bool is_new = sums->is_on && book->seq + 1 > sums->mark && book->seq + 1 <= sums->until;
    if (is_new && !book->watch.charged)
        *ret_watch = (struct charge_watch){.charged = charge_take_again, .context = charges};
    return is_new;
}

void book_charges_replace(struct book *book, struct charges *charges) {
    struct usage_sums *sums = &book->sums;
    pthread_mutex_lock(&sums->lock);
    charges_free(&sums->charges);
    sums->charges = *charges;
    sums->is_rerated = true;
    pthread_mutex_unlock(&sums->lock);
    *charges = (struct charges){0};
}

/* ---- writing ---- */

enum status book_charges_values(struct book *book, struct arena *arena, struct store_sum *values, uint32_t *count) {
    const struct charges *charges = &book->sums.charges;
    uint32_t accounts = engine_account_count(book->engine);
    struct charge_entry *scratch = reallocarray(NULL, charges->count + (size_t)1, sizeof *scratch);
    struct charges_order order = {0};
    struct buf bytes = {0};
    enum status status = scratch ? charges_sort(charges, accounts, &order) : STATUS_NO_MEMORY;
    for (uint32_t i = 0; i <= accounts && status == STATUS_OK; i++) {
        bool is_last = i == accounts; /* what all of these are for */
        uint32_t some = is_last ? charges->purposes.count : order.first[i + 1] - order.first[i];
        if (some == 0)
            continue;
        struct store_sum *value = &values[(*count)++];
        *value = (struct store_sum){.kind = is_last ? SUM_WHATS : SUM_CHARGES, .at_ns = (int64_t)book->seq};
        value->account = is_last ? SLICE("") : engine_account_view(book->engine, i).name;
        buf_clear(&bytes);
        if (is_last)
            charge_whats_put(charges, book->tariffs, &bytes);
        else
            status = charges_put(charges, order.order + order.first[i], some, scratch, &bytes);
        value->value = arena_copy(arena, buf_slice(&bytes));
        if (status == STATUS_OK && (bytes.failed || !value->value.ptr))
            status = STATUS_NO_MEMORY;
    }
    charges_order_free(&order);
    buf_free(&bytes);
    free(scratch);
    return status;
}

/* ---- reading ---- */

enum status book_charges_fresh(struct book *book, struct slice account, struct sums_slice *slice,
                               charge_sum_visit *visit, void *context) {
    const struct charges *charges = &book->sums.charges;
    uint32_t only = UINT32_MAX;
    enum status status = STATUS_OK;
    slice->has_more = false;
    if (account.len > 0 && !engine_account_find(book->engine, account, &only))
        return STATUS_OK;
    pthread_mutex_lock(&book->sums.lock);
    for (uint32_t left = slice->most; left > 0 && slice->from < charges->count && status == STATUS_OK; slice->from++) {
        const struct charge_entry *entry = &charges->list[slice->from];
        struct charge_sum sum;
        if (account.len > 0 && entry->account != only)
            continue;
        charge_sum_of(charges, book->tariffs, entry, &sum);
        sum.account = engine_account_view(book->engine, entry->account).name;
        status = visit(context, &sum);
        left--;
    }
    slice->has_more = slice->from < charges->count;
    pthread_mutex_unlock(&book->sums.lock);
    return status;
}

bool book_charges_are_fresh(struct book *book) {
    pthread_mutex_lock(&book->sums.lock);
    bool is_so = book->sums.is_rerated;
    pthread_mutex_unlock(&book->sums.lock);
    return is_so;
}

enum status book_charges_stored(struct store *store, const struct tariff_set *tariffs, struct slice account,
                                charge_sum_visit *visit, void *context, uint64_t *ret_mark) {
    struct charges_reading reading = {.tariffs = tariffs, .visit = visit, .context = context};
    return charges_read(&reading, store, account, ret_mark);
}

enum status book_charges(struct book *book, struct slice account, charge_sum_visit *visit, void *context) {
    struct sums_slice all = {.most = UINT32_MAX};
    uint64_t mark, stored;
    if (!book_sums_stand(book, &mark))
        return STATUS_NOT_FOUND;
    stored = mark;
    if (!book->sums.is_rerated)
        TRY(book_charges_stored(book->store, book->tariffs, account, visit, context, &stored));
    return stored == mark ? book_charges_fresh(book, account, &all, visit, context) : STATUS_NOT_FOUND;
}
