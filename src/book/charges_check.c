/* SPDX-License-Identifier: Apache-2.0
 *
 * The charges in the store against those that a fold of the journal has just made: account by account, all times of
 * writing together. */
#include <stdlib.h>

#include "book/book_private.h"

struct checking {
    struct book *book;
    struct arena *arena;
    struct charges_order order;
    bool *is_seen; /* by account */
    struct slice reason;
    /* of the account at hand */
    struct arena run;
    struct slice account;
    struct names keys;
    struct charge_sum *sums; /* what the store has less what the journal makes; by number of the key */
    uint32_t room;
    struct buf key;
};

static enum status sum_add(struct checking *checking, const struct charge_sum *sum, bool is_less) {
    uint32_t known = checking->keys.count, index;
    struct buf *key = &checking->key;
    buf_clear(key);
    sum_put_bytes(key, sum->tariff->name);
    sum_put_bytes(key, sum->operation);
    sum_put_bytes(key, sum->order);
    sum_put_number(key, (uwide)(sum->rate - sum->tariff->rates));
    sum_put_number(key, (uwide)sum->funding << 1 | sum->is_units);
    sum_put_signed(key, sum->day_ns);
    if (key->failed)
        return STATUS_NO_MEMORY;
    TRY(names_add(&checking->keys, buf_slice(key), &index));
    if (index == checking->room) {
        uint32_t room = checking->room > 0 ? checking->room * 2 : 64;
        struct charge_sum *grown = reallocarray(checking->sums, room, sizeof *grown);
        if (grown == NULL)
            return STATUS_NO_MEMORY;
        checking->sums = grown;
        checking->room = room;
    }
    if (index == known) {
        checking->sums[index] = *sum;
        checking->sums[index].number = DECIMAL_ZERO;
    }
    struct decimal *number = &checking->sums[index].number;
    return is_less ? decimal_sub(*number, sum->number, number) : decimal_add(*number, sum->number, number);
}

static void difference_say(struct checking *checking, const struct charge_sum *sum) {
    char time[INSTANT_TEXT_MAX], by[DECIMAL_TEXT_MAX];
    instant_format(sum->day_ns, sum->tariff->zone, time);
    decimal_format(sum->number, by);
    checking->reason =
        arena_printf(checking->arena,
                     "the sum of charges of account \"" SLICE_FMT "\" on %s, " SLICE_FMT " of tariff " SLICE_FMT
                     ", differs from what the journal makes by %s",
                     SLICE_ARG(checking->account), time, SLICE_ARG(sum->tariff->items[sum->rate->item].name),
                     SLICE_ARG(sum->tariff->name), by);
}

static enum status account_subtract(struct checking *checking, uint32_t account) {
    const struct charges *charges = &checking->book->sums.charges;
    checking->is_seen[account] = true;
    for (uint32_t i = checking->order.first[account]; i < checking->order.first[account + 1]; i++) {
        struct charge_sum sum;
        charge_sum_of(charges, checking->book->tariffs, &charges->list[checking->order.order[i]], &sum);
        TRY(sum_add(checking, &sum, true));
    }
    return STATUS_OK;
}

/* All of an account is there: nothing may be left. */
static enum status account_end(struct checking *checking) {
    uint32_t account;
    enum status status = STATUS_OK;
    if (checking->account.len > 0 && engine_account_find(checking->book->engine, checking->account, &account))
        status = account_subtract(checking, account);
    for (uint32_t i = 0; status == STATUS_OK && i < checking->keys.count && checking->reason.len == 0; i++)
        if (!decimal_is_zero(checking->sums[i].number))
            difference_say(checking, &checking->sums[i]);
    names_free(&checking->keys);
    checking->keys = (struct names){0};
    return status;
}

static enum status account_begin(struct checking *checking, struct slice account) {
    TRY(account_end(checking));
    arena_reset(&checking->run);
    checking->account = arena_copy(&checking->run, account);
    return checking->account.ptr ? STATUS_OK : STATUS_NO_MEMORY;
}

static enum status stored_visit(void *context, const struct charge_sum *sum) {
    struct checking *checking = context;
    if (!slice_eq(sum->account, checking->account))
        TRY(account_begin(checking, sum->account));
    return sum_add(checking, sum, false);
}

static enum status all_check(struct checking *checking, uint64_t *ret_mark) {
    struct book *book = checking->book;
    TRY(charges_sort(&book->sums.charges, engine_account_count(book->engine), &checking->order));
    TRY(book_charges_stored(book->store, book->tariffs, SLICE(""), stored_visit, checking, ret_mark));
    TRY(account_end(checking));
    for (uint32_t i = 0; i < engine_account_count(book->engine); i++) {
        if (checking->is_seen[i] || checking->order.first[i] == checking->order.first[i + 1])
            continue;
        TRY(account_begin(checking, engine_account_view(book->engine, i).name));
        TRY(account_end(checking));
        checking->account = SLICE("");
    }
    return STATUS_OK;
}

enum status book_charges_compare(struct book *book, struct arena *arena, struct slice *ret_reason) {
    struct checking checking = {.book = book, .arena = arena};
    uint64_t mark = 0;
    checking.is_seen = calloc(engine_account_count(book->engine) + (size_t)1, sizeof *checking.is_seen);
    enum status status = checking.is_seen ? all_check(&checking, &mark) : STATUS_NO_MEMORY;
    if (status == STATUS_INVALID)
        checking.reason = arena_copy(arena, store_error(book->store));
    if (status == STATUS_INVALID && checking.reason.len == 0)
        checking.reason = SLICE("a sum of charges cannot be read");
    bool is_said = status == STATUS_INVALID || (status == STATUS_OK && mark == book->sums.until);
    if (is_said && checking.reason.len > 0) /* else a writer goes on meanwhile */
        *ret_reason = checking.reason;
    charges_order_free(&checking.order);
    names_free(&checking.keys);
    arena_free(&checking.run);
    buf_free(&checking.key);
    free(checking.sums);
    free(checking.is_seen);
    return status == STATUS_INVALID ? STATUS_OK : status;
}
