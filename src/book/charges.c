/* SPDX-License-Identifier: Apache-2.0
 *
 * Charges collected: what a charge is for has a number, and an entry of an account, day and such a number is likely the
 * one that was added to last. */
#include "book/charges.h"

#include <stdlib.h>

/* ---- collecting ---- */

enum status charges_day(struct charges *charges, const struct tariff *tariff, int64_t at_ns, struct period *ret_day) {
    uint32_t at = tariff->index % CHARGES_DAYS;
    struct period *day = &charges->days[at];
    if (charges->zones[at] != tariff->zone || !period_has(*day, at_ns)) {
        TRY(cycle_of(CYCLE_DAY, tariff->zone, 0, at_ns, day));
        charges->zones[at] = tariff->zone;
    }
    *ret_day = *day;
    return STATUS_OK;
}

/* Its tariff need not be the one that charges: a contract may stand between. */
static enum status operation_find(struct charges *charges, const struct operation *operation, uint32_t *ret_text) {
    uint32_t at = (uint32_t)((uintptr_t)operation / sizeof *operation % CHARGES_OPERATIONS);
    *ret_text = UINT32_MAX;
    if (operation == NULL)
        return STATUS_OK;
    if (charges->operations[at] != operation) {
        TRY(names_add(&charges->texts, operation->name, &charges->names[at]));
        charges->operations[at] = operation;
    }
    *ret_text = charges->names[at];
    return STATUS_OK;
}

static enum status entry_push(struct charges *charges, const struct charge_entry *entry) {
    if (charges->count == charges->room) {
        uint32_t room = charges->room > 0 ? charges->room * 2 : 1024;
        struct charge_entry *grown = room > charges->room ? reallocarray(charges->list, room, sizeof *grown) : NULL;
        if (grown == NULL)
            return STATUS_NO_MEMORY;
        charges->list = grown;
        charges->room = room;
    }
    charges->list[charges->count++] = *entry;
    return STATUS_OK;
}

static enum status entry_add(struct charges *charges, const struct charge_entry *entry) {
    uint64_t hash = ((uint64_t)entry->account << 32 | entry->what) * UINT64_C(0x9E3779B97F4A7C15) ^
                    (uint64_t)entry->day_ns * UINT64_C(0xC2B2AE3D27D4EB4F);
    uint32_t *memo = &charges->memo[hash >> 40 & (CHARGES_MEMO - 1)];
    struct charge_entry *last = *memo > 0 ? &charges->list[*memo - 1] : NULL;
    if (last && last->account == entry->account && last->what == entry->what && last->day_ns == entry->day_ns)
        return wide_add(last->number, entry->number, &last->number);
    TRY(entry_push(charges, entry));
    *memo = charges->count;
    return STATUS_OK;
}

struct taking {
    struct charges *charges;
    struct charge_what what;
    struct charge_entry entry;
};

static enum status number_take(struct taking *taking, struct decimal number, uint32_t flags) {
    taking->what.flags = flags;
    TRY(names_add(&taking->charges->purposes, (struct slice){(const char *)&taking->what, sizeof taking->what},
                  &taking->entry.what));
    taking->entry.number = number.pico;
    return entry_add(taking->charges, &taking->entry);
}

static enum status part_take(struct taking *taking, const struct part *part) {
    bool has_units = part->lot->product->kind == PRODUCT_PACKAGE || part->lot->product->kind == PRODUCT_GRANT;
    TRY(names_add(&taking->charges->texts, part->lot->order_id, &taking->what.order));
    TRY(number_take(taking, part->quantity, has_units ? WHAT_HAS_UNITS : 0));
    if (has_units)
        TRY(number_take(taking, part->units, WHAT_HAS_UNITS | WHAT_IS_UNITS));
    return STATUS_OK;
}

enum status charges_take(struct charges *charges, const struct charge_view *charge) {
    const struct tariff *tariff = charge->tariff;
    struct decimal rest = charge->quantity;
    struct period day;
    struct taking taking = {.charges = charges, .entry = {.account = charge->account_number}};
    TRY(charges_day(charges, tariff, charge->at_ns, &day));
    taking.entry.day_ns = day.start_ns;
    taking.what = (struct charge_what){.tariff = tariff->index,
                                       .rate = (uint32_t)(charge->rate - tariff->rates),
                                       .funding = (uint32_t)charge->funding};
    TRY(operation_find(charges, charge->operation, &taking.what.operation));
    for (uint32_t i = 0; i < charge->part_count; i++) {
        TRY(part_take(&taking, &charge->parts[i]));
        TRY(decimal_sub(rest, charge->parts[i].quantity, &rest));
    }
    taking.what.order = UINT32_MAX;
    return decimal_is_zero(rest) && charge->part_count > 0 ? STATUS_OK : number_take(&taking, rest, 0);
}

void charges_free(struct charges *charges) {
    free(charges->list);
    names_free(&charges->purposes);
    names_free(&charges->texts);
    *charges = (struct charges){0};
}

/* ---- writing ---- */

enum status charges_sort(const struct charges *charges, uint32_t accounts, struct charges_order *ret_order) {
    struct charges_order order = {calloc(accounts + (size_t)2, sizeof *order.first),
                                  reallocarray(NULL, charges->count + (size_t)1, sizeof *order.order)};
    if (order.first == NULL || order.order == NULL) {
        charges_order_free(&order);
        return STATUS_NO_MEMORY;
    }
    for (uint32_t i = 0; i < charges->count; i++)
        order.first[charges->list[i].account + 2]++;
    for (uint32_t i = 2; i < accounts + 2; i++)
        order.first[i] += order.first[i - 1];
    for (uint32_t i = 0; i < charges->count; i++) /* then first[i + 1] is the end of account i */
        order.order[order.first[charges->list[i].account + 1]++] = i;
    *ret_order = order;
    return STATUS_OK;
}

void charges_order_free(struct charges_order *order) {
    free(order->first);
    free(order->order);
}

static int entry_compare(const void *left, const void *right) {
    const struct charge_entry *a = left, *b = right;
    if (a->what != b->what)
        return a->what < b->what ? -1 : 1;
    return (a->day_ns > b->day_ns) - (a->day_ns < b->day_ns);
}

/* Those of the same day are one. */
static enum status entries_merge(struct charge_entry *list, uint32_t *count) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < *count; i++) {
        if (kept > 0 && entry_compare(&list[kept - 1], &list[i]) == 0)
            TRY(wide_add(list[kept - 1].number, list[i].number, &list[kept - 1].number));
        else
            list[kept++] = list[i];
    }
    *count = kept;
    return STATUS_OK;
}

enum status charges_put(const struct charges *charges, const uint32_t *order, uint32_t count,
                        struct charge_entry *scratch, struct buf *out) {
    for (uint32_t i = 0; i < count; i++)
        scratch[i] = charges->list[order[i]];
    if (count > 1)
        qsort(scratch, count, sizeof *scratch, entry_compare);
    TRY(entries_merge(scratch, &count));
    for (uint32_t from = 0, until; from < count; from = until) {
        int64_t before = 0;
        for (until = from; until < count && scratch[until].what == scratch[from].what;)
            until++;
        sum_put_number(out, scratch[from].what);
        sum_put_number(out, until - from);
        for (uint32_t i = from; i < until; i++) {
            int64_t second = scratch[i].day_ns / NS_PER_SECOND;
            sum_put_signed(out, second - before);
            sum_put_signed(out, scratch[i].number);
            before = second;
        }
    }
    return out->failed ? STATUS_NO_MEMORY : STATUS_OK;
}

static struct charge_what what_of(const struct charges *charges, uint32_t index) {
    struct charge_what what;
    memcpy(&what, charges->purposes.texts[index].ptr, sizeof what);
    return what;
}

static struct slice text_of(const struct charges *charges, uint32_t text) {
    return text == UINT32_MAX ? SLICE("") : charges->texts.texts[text];
}

void charge_whats_put(const struct charges *charges, const struct tariff_set *tariffs, struct buf *out) {
    for (uint32_t i = 0; i < charges->purposes.count; i++) {
        struct charge_what what = what_of(charges, i);
        sum_put_bytes(out, tariffs->list[what.tariff]->name);
        sum_put_number(out, what.rate);
        sum_put_bytes(out, text_of(charges, what.operation));
        sum_put_bytes(out, text_of(charges, what.order));
        sum_put_number(out, what.funding);
        sum_put_number(out, what.flags);
    }
}

void charge_sum_of(const struct charges *charges, const struct tariff_set *tariffs, const struct charge_entry *entry,
                   struct charge_sum *sum) {
    struct charge_what what = what_of(charges, entry->what);
    sum->tariff = tariffs->list[what.tariff];
    sum->rate = &sum->tariff->rates[what.rate];
    sum->funding = (enum funding)what.funding;
    sum->operation = text_of(charges, what.operation);
    sum->order = text_of(charges, what.order);
    sum->is_units = what.flags & WHAT_IS_UNITS;
    sum->has_units = what.flags & WHAT_HAS_UNITS;
    sum->day_ns = entry->day_ns;
    sum->number.pico = entry->number;
}
