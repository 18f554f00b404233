/* SPDX-License-Identifier: Apache-2.0
 *
 * The sums in the store against those that a fold of the journal has just made. */
#include <stdlib.h>

#include "book/book_private.h"

struct comparing {
    struct book *book;
    struct arena *arena;
    struct buf key;
    bool *is_seen; /* by number of the key */
    struct slice reason;
    struct sum_key at; /* the sum that differs */
};

/* What a sum is of, for people. */
static void place_say(struct comparing *comparing, const struct sum_key *key, const char *what) {
    struct line_sum line = {.period = {.start_ns = key->at_ns}};
    struct slice tariff = SLICE("");
    char time[INSTANT_TEXT_MAX];
    bool is_read = sum_line_take(key->rest, comparing->book->tariffs, &line, &tariff);
    instant_format(key->at_ns, is_read ? line.tariff->zone : NULL, time);
    comparing->reason = arena_printf(
        comparing->arena, "the sum of account \"" SLICE_FMT "\" from %s, " SLICE_FMT " of tariff " SLICE_FMT ", %s",
        SLICE_ARG(key->account), time, SLICE_ARG(line.item), SLICE_ARG(tariff), what);
}

static enum status entry_compare(struct comparing *comparing, const struct sum_key *key, const struct sum_pair *pair) {
    const struct usage_sums *sums = &comparing->book->sums;
    buf_clear(&comparing->key);
    sum_key_put(&comparing->key, key);
    if (comparing->key.failed)
        return STATUS_NO_MEMORY;
    uint32_t index = names_find(&sums->keys, buf_slice(&comparing->key));
    if (index == NAMES_NONE) {
        place_say(comparing, key, "is not one that the journal makes");
        return STATUS_MISSING;
    }
    comparing->is_seen[index] = true;
    if (decimal_cmp(sums->pairs[index].first, pair->first) != 0 ||
        decimal_cmp(sums->pairs[index].second, pair->second) != 0) {
        char got[2][DECIMAL_TEXT_MAX], want[2][DECIMAL_TEXT_MAX];
        decimal_format(pair->first, got[0]);
        decimal_format(pair->second, got[1]);
        decimal_format(sums->pairs[index].first, want[0]);
        decimal_format(sums->pairs[index].second, want[1]);
        place_say(comparing, key,
                  arena_printf(comparing->arena, "is %s and %s, but the journal makes %s and %s", got[0], got[1],
                               want[0], want[1])
                      .ptr);
        return STATUS_MISSING;
    }
    return STATUS_OK;
}

static enum status value_compare(void *context, const struct store_sum *value) {
    struct comparing *comparing = context;
    struct sum_key key = {.kind = (enum sum_kind)value->kind, .account = value->account, .at_ns = value->at_ns};
    for (struct slice rest = value->value; rest.len > 0;) {
        struct sum_pair pair;
        if (!sum_entry_take(&rest, &key.rest, &pair))
            return STATUS_INVALID;
        TRY(entry_compare(comparing, &key, &pair));
    }
    return STATUS_OK;
}

static void unseen_find(struct comparing *comparing) {
    const struct names *keys = &comparing->book->sums.keys;
    for (uint32_t i = 0; i < keys->count && comparing->reason.len == 0; i++) {
        struct sum_key key = sum_key_read(keys->texts[i]);
        if (!comparing->is_seen[i])
            place_say(comparing, &key, "is missing");
    }
}

/* A writer may go on meanwhile: then nothing is said. */
static enum status all_compare(struct comparing *comparing) {
    struct book *book = comparing->book;
    enum status status;
    uint64_t mark = 0;
    struct store_sum_filter all = {.kind = SUM_LINES, .from_ns = INT64_MIN, .until_ns = INT64_MAX};
    status = store_sums_scan(book->store, &all, value_compare, comparing, &mark);
    if (status == STATUS_INVALID)
        comparing->reason = arena_copy(comparing->arena, store_error(book->store));
    if (status == STATUS_INVALID && comparing->reason.len == 0)
        comparing->reason = SLICE("a sum cannot be read");
    if (status == STATUS_OK && mark == book->sums.until)
        unseen_find(comparing);
    return status == STATUS_INVALID || status == STATUS_MISSING ? STATUS_OK : status;
}

enum status book_sums_collect(struct book *book, struct arena *arena, struct slice *ret_reason) {
    struct usage_sums *sums = &book->sums;
    enum status status = store_sums_mark(book->store, &sums->until);
    sums->is_on = status == STATUS_OK;
    if (status == STATUS_INVALID)
        *ret_reason = arena_copy(arena, store_error(book->store));
    return status == STATUS_INVALID ? STATUS_OK : status;
}

enum status book_sums_compare(struct book *book, struct arena *arena, struct slice *ret_reason) {
    struct comparing comparing = {.book = book, .arena = arena};
    if (!book->sums.is_on)
        return STATUS_OK;
    if (book->sums.until > book->seq) {
        *ret_reason = arena_printf(arena, "sums stand for batch %llu, but the journal ends with batch %llu",
                                   (unsigned long long)book->sums.until, (unsigned long long)book->seq);
        return ret_reason->ptr ? STATUS_OK : STATUS_NO_MEMORY;
    }
    comparing.is_seen = calloc(book->sums.keys.count + (size_t)1, sizeof *comparing.is_seen);
    enum status status = comparing.is_seen ? all_compare(&comparing) : STATUS_NO_MEMORY;
    free(comparing.is_seen);
    buf_free(&comparing.key);
    TRY(status);
    if (comparing.reason.len > 0)
        *ret_reason = comparing.reason;
    return comparing.reason.len > 0 ? STATUS_OK : book_charges_compare(book, arena, ret_reason);
}
