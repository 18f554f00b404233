/* SPDX-License-Identifier: Apache-2.0
 *
 * Sums of usage: collected while batches are applied, written in one piece before each snapshot, read from both places.
 * A replay collects again what a crash kept out of the store, for every usable snapshot lies at or before the mark. */
#include "book/sums.h"

#include <stdlib.h>

#include "book/book_private.h"
#include "book/sum_code.h"

enum { PERIOD_DAYS_MAX = 400 }; /* no cycle is longer */

/* ---- collecting ---- */

static enum status pair_collect(struct usage_sums *sums, const struct sum_pair *pair) {
    uint32_t known = sums->keys.count, index;
    if (sums->key.failed)
        return STATUS_NO_MEMORY;
    TRY(names_add(&sums->keys, buf_slice(&sums->key), &index));
    if (index < known)
        return sum_pair_add(&sums->pairs[index], pair);
    if (index >= sums->room) {
        uint32_t room = sums->room > 0 ? sums->room * 2 : 256;
        struct sum_pair *grown = reallocarray(sums->pairs, room, sizeof *grown);
        if (grown == NULL)
            return STATUS_NO_MEMORY;
        sums->pairs = grown;
        sums->room = room;
    }
    sums->pairs[index] = *pair;
    return STATUS_OK;
}

/* The cycle that a line speaks of, or the day that it is a part of. */
static enum status line_period(struct usage_sums *sums, const struct bill *bill, const struct bill_line *line,
                               struct line_sum *sum) {
    struct period day;
    sum->period = line->is_adjustment ? line->adjusts : bill->cycle;
    TRY(charges_day(&sums->charges, bill->tariff, sum->period.start_ns, &day));
    sum->is_merged =
        sum->period.end_ns <= day.end_ns && (sum->period.start_ns != day.start_ns || sum->period.end_ns != day.end_ns);
    if (sum->is_merged)
        sum->period = day;
    return STATUS_OK;
}

enum status book_sums_bill(struct book *book, const struct bill *bill) {
    struct usage_sums *sums = &book->sums;
    bool is_new = sums->is_on && book->origin_seq > sums->mark && book->origin_seq <= sums->until;
    if (!is_new || bill->kind != BILL_USAGE)
        return STATUS_OK;
    for (uint32_t i = 0; i < bill->line_count; i++) {
        const struct bill_line *line = &bill->lines[i];
        struct line_sum sum = {.tariff = bill->tariff,
                               .item = line->item,
                               .unit = line->unit,
                               .region = line->region,
                               .label = line->label,
                               .funding = slice_of(line->funding)};
        TRY(line_period(sums, bill, line, &sum));
        buf_clear(&sums->key);
        sum_key_put(&sums->key, &(struct sum_key){SUM_LINES, bill->account, sum.period.start_ns, SLICE("")});
        sum_line_put(&sums->key, &sum);
        TRY(pair_collect(sums, &(struct sum_pair){line->quantity, line->amount}));
    }
    return STATUS_OK;
}

/* ---- beginning and end ---- */

/* What is damaged, or speaks of batches that are not there, goes: a writer makes all of it anew. */
enum status book_sums_begin(struct book *book, uint64_t last) {
    struct usage_sums *sums = &book->sums;
    uint64_t mark = 0;
    enum status status = store_sums_mark(book->store, &mark);
    if (status != STATUS_OK && status != STATUS_INVALID)
        return status;
    sums->is_lost = status != STATUS_OK || mark > last;
    sums->mark = sums->is_lost ? 0 : mark;
    sums->is_on = true;
    return STATUS_OK;
}

bool book_sums_stand(struct book *book, uint64_t *ret_mark) {
    struct usage_sums *sums = &book->sums;
    pthread_mutex_lock(&sums->lock);
    *ret_mark = sums->mark;
    bool is_so = sums->is_on && !sums->is_lost && sums->mark >= book->recovery.snapshot_seq;
    pthread_mutex_unlock(&sums->lock);
    return is_so;
}

static void fresh_drop(struct usage_sums *sums) {
    names_free(&sums->keys);
    free(sums->pairs);
    sums->keys = (struct names){0};
    sums->pairs = NULL;
    sums->room = 0;
    charges_free(&sums->charges);
}

void book_sums_free(struct book *book) {
    fresh_drop(&book->sums);
    buf_free(&book->sums.key);
    pthread_mutex_destroy(&book->sums.lock);
}

/* ---- writing ---- */

struct writing {
    struct book *book;
    struct arena arena;
    struct sum_key *keys; /* of what is in memory, in the order of the store */
    uint32_t *order;      /* where their numbers are */
    uint32_t count;
    struct store_sum *values;
    uint32_t value_count;
    struct buf bytes;
};

static int order_compare(const void *left, const void *right, void *context) {
    const struct sum_key *keys = context;
    return sum_key_compare(&keys[*(const uint32_t *)left], &keys[*(const uint32_t *)right]);
}

static enum status order_make(struct writing *writing) {
    const struct names *names = &writing->book->sums.keys;
    writing->count = names->count;
    writing->keys = reallocarray(NULL, names->count + (size_t)1, sizeof *writing->keys);
    writing->order = reallocarray(NULL, names->count + (size_t)1, sizeof *writing->order);
    uint32_t accounts = engine_account_count(writing->book->engine);
    writing->values = reallocarray(NULL, names->count + (size_t)accounts + 1, sizeof *writing->values);
    if (writing->keys == NULL || writing->order == NULL || writing->values == NULL)
        return STATUS_NO_MEMORY;
    for (uint32_t i = 0; i < names->count; i++) {
        writing->keys[i] = sum_key_read(names->texts[i]);
        writing->order[i] = i;
    }
    if (names->count > 1)
        qsort_r(writing->order, names->count, sizeof *writing->order, order_compare, writing->keys);
    return STATUS_OK;
}

/* The value of the keys from..until, added to the one that is there: both have their entries in order. */
static enum status value_merge(struct writing *writing, uint32_t from, uint32_t until, struct slice before) {
    const struct sum_pair *pairs = writing->book->sums.pairs;
    buf_clear(&writing->bytes);
    while (before.len > 0 || from < until) {
        struct slice rest = before, key;
        struct sum_pair pair;
        int order = 1; /* of the one that is there against the new one */
        if (before.len > 0 && !sum_entry_take(&rest, &key, &pair))
            return STATUS_INVALID;
        if (before.len > 0)
            order = from < until ? slice_cmp(key, writing->keys[writing->order[from]].rest) : -1;
        if (order > 0) {
            key = writing->keys[writing->order[from]].rest;
            pair = pairs[writing->order[from]];
        } else {
            before = rest;
        }
        if (order == 0)
            TRY(sum_pair_add(&pair, &pairs[writing->order[from]]));
        from += order >= 0;
        sum_entry_put(&writing->bytes, key, &pair);
    }
    return writing->bytes.failed ? STATUS_NO_MEMORY : STATUS_OK;
}

static enum status value_make(struct writing *writing, uint32_t from, uint32_t until) {
    const struct sum_key *key = &writing->keys[writing->order[from]];
    struct store_sum sum = {.kind = (uint8_t)key->kind, .account = key->account, .at_ns = key->at_ns};
    struct arena run = {0};
    enum status status = STATUS_NOT_FOUND;
    if (writing->book->sums.mark > 0)
        status = store_sum_get(writing->book->store, &sum, &run);
    if (status == STATUS_OK || status == STATUS_NOT_FOUND)
        status = value_merge(writing, from, until, status == STATUS_OK ? sum.value : SLICE(""));
    arena_free(&run);
    TRY(status);
    sum.value = arena_copy(&writing->arena, buf_slice(&writing->bytes));
    writing->values[writing->value_count++] = sum;
    return sum.value.ptr != NULL ? STATUS_OK : STATUS_NO_MEMORY;
}

static enum status values_make(struct writing *writing) {
    TRY(order_make(writing));
    for (uint32_t from = 0, until; from < writing->count; from = until) {
        const struct sum_key *first = &writing->keys[writing->order[from]];
        for (until = from + 1; until < writing->count; until++) {
            const struct sum_key *key = &writing->keys[writing->order[until]];
            if (key->kind != first->kind || key->at_ns != first->at_ns || !slice_eq(key->account, first->account))
                break;
        }
        TRY(value_make(writing, from, until));
    }
    return STATUS_OK;
}

static void written(struct usage_sums *sums, uint64_t seq) {
    pthread_mutex_lock(&sums->lock);
    fresh_drop(sums);
    sums->mark = seq;
    sums->is_lost = sums->is_rerated = false;
    pthread_mutex_unlock(&sums->lock);
}

/* Something there cannot be added to: the mark goes, and with it every snapshot, so that the next writer folds from the
 * beginning and makes all of it anew. Until then bills are read. */
static enum status give_up(struct book *book) {
    TRY(store_sums_write(book->store, &(struct store_sums_write){.seq = 0, .dropped = UINT32_MAX}));
    pthread_mutex_lock(&book->sums.lock);
    book->sums.is_on = false;
    pthread_mutex_unlock(&book->sums.lock);
    return STATUS_OK;
}

static uint32_t kinds_dropped(const struct usage_sums *sums) {
    if (sums->mark == 0)
        return UINT32_MAX;
    return sums->is_rerated ? 1U << SUM_CHARGES | 1U << SUM_WHATS : 0;
}

enum status book_sums_write(struct book *book) {
    struct writing writing = {.book = book};
    struct usage_sums *sums = &book->sums;
    if (!sums->is_on || (sums->mark == book->seq && !sums->is_lost))
        return STATUS_OK;
    enum status status = values_make(&writing);
    if (status == STATUS_OK)
        status = book_charges_values(book, &writing.arena, writing.values, &writing.value_count);
    if (status == STATUS_OK)
        status = store_sums_write(book->store, &(struct store_sums_write){.seq = book->seq,
                                                                          .dropped = kinds_dropped(sums),
                                                                          .sums = writing.values,
                                                                          .count = writing.value_count});
    free(writing.keys);
    free(writing.order);
    free(writing.values);
    buf_free(&writing.bytes);
    arena_free(&writing.arena);
    if (status == STATUS_OK)
        written(sums, book->seq);
    return status == STATUS_INVALID && !store_is_broken(book->store) ? give_up(book) : status;
}

/* ---- reading ---- */

struct telling {
    const struct sums_filter *filter;
    const struct tariff_set *tariffs;
    line_sum_visit *visit;
    void *context;
    struct line_sum sum; /* its tariff is likely the next one's */
};

static enum status line_tell(struct telling *telling, const struct sum_key *key, const struct sum_pair *pair) {
    const struct sums_filter *filter = telling->filter;
    struct line_sum *sum = &telling->sum;
    struct slice tariff;
    sum->account = key->account;
    sum->period.start_ns = key->at_ns;
    if (!sum_line_take(key->rest, telling->tariffs, sum, &tariff))
        return STATUS_INVALID;
    bool is_outside = sum->period.end_ns <= filter->from_ns || sum->period.start_ns >= filter->until_ns;
    if (is_outside || (filter->tariff.len > 0 && !slice_eq(filter->tariff, tariff)))
        return STATUS_OK;
    sum->quantity = pair->first;
    sum->amount = pair->second;
    return telling->visit(telling->context, sum);
}

enum status book_sums_fresh(struct book *book, const struct sums_filter *filter, struct sums_slice *slice,
                            line_sum_visit *visit, void *context) {
    struct usage_sums *sums = &book->sums;
    struct telling telling = {.filter = filter, .tariffs = book->tariffs, .visit = visit, .context = context};
    enum status status = STATUS_OK;
    pthread_mutex_lock(&sums->lock);
    for (uint32_t left = slice->most; left > 0 && slice->from < sums->keys.count && status == STATUS_OK; left--) {
        struct sum_key key = sum_key_read(sums->keys.texts[slice->from]);
        if (key.kind == SUM_LINES && (filter->account.len == 0 || slice_eq(filter->account, key.account)))
            status = line_tell(&telling, &key, &sums->pairs[slice->from]);
        slice->from++;
    }
    slice->has_more = slice->from < sums->keys.count;
    pthread_mutex_unlock(&sums->lock);
    return status;
}

static enum status value_tell(void *context, const struct store_sum *value) {
    struct telling *telling = context;
    struct sum_key key = {.kind = (enum sum_kind)value->kind, .account = value->account, .at_ns = value->at_ns};
    for (struct slice rest = value->value; rest.len > 0;) {
        struct sum_pair pair;
        if (!sum_entry_take(&rest, &key.rest, &pair))
            return STATUS_INVALID;
        TRY(line_tell(telling, &key, &pair));
    }
    return STATUS_OK;
}

enum status book_sums_stored(struct store *store, const struct tariff_set *tariffs, const struct sums_filter *filter,
                             line_sum_visit *visit, void *context, uint64_t *ret_mark) {
    struct telling telling = {.filter = filter, .tariffs = tariffs, .visit = visit, .context = context};
    int64_t longest = PERIOD_DAYS_MAX * 24 * INT64_C(3600) * NS_PER_SECOND;
    struct store_sum_filter within = {.kind = SUM_LINES,
                                      .account = filter->account,
                                      .from_ns = filter->from_ns < INSTANT_MIN + longest ? INSTANT_MIN
                                                                                         : filter->from_ns - longest,
                                      .until_ns = filter->until_ns};
    return store_sums_scan(store, &within, value_tell, &telling, ret_mark);
}

enum status book_sums(struct book *book, const struct sums_filter *filter, line_sum_visit *visit, void *context) {
    struct sums_slice all = {.most = UINT32_MAX};
    uint64_t mark, stored;
    if (!book_sums_stand(book, &mark))
        return STATUS_NOT_FOUND;
    TRY(book_sums_stored(book->store, book->tariffs, filter, visit, context, &stored));
    return stored == mark ? book_sums_fresh(book, filter, &all, visit, context) : STATUS_NOT_FOUND;
}
