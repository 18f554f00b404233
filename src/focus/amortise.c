/* SPDX-License-Identifier: Apache-2.0
 *
 * What was sold ahead becomes cost where it is used. A lot is amortised in terms: a package in one, from its beginning
 * to its end, or in one for each cycle in which it restores; a plan or quota in one for each billing cycle. The shares
 * of a term are the differences of its value times what is used so far, rounded down: so they never sum to more than
 * the value, and with the row for what was not used they sum to it exactly, as the ledger's revenue and expired do. */
#include <stdlib.h>

#include "focus/focus_private.h"

struct term {
    uint32_t lot;
    struct period period;
    int64_t closed_ns; /* end of the billing cycle in which it ended */
    struct decimal value;
    wide units; /* used so far, on rows */
    struct decimal shared;
    struct decimal told; /* the same in the lot's units, cut at 12 digits: what the rows' quantities sum to */
    wide late_units;     /* of them, what came when it was closed */
    struct decimal late_told;
    struct decimal late_shared;
    uint32_t next; /* of the same lot */
};
struct terms {
    struct focus *focus;
    int64_t now_ns;
    struct term *list;
    uint32_t count, cap;
    uint32_t *first; /* per lot */
};

/* ---- terms ---- */

static enum status term_add(struct terms *terms, struct term term) {
    if (terms->count == terms->cap) {
        uint32_t cap = terms->cap ? terms->cap * 2 : 64;
        struct term *list = realloc(terms->list, cap * sizeof *list);
        if (list == NULL)
            return STATUS_NO_MEMORY;
        terms->list = list;
        terms->cap = cap;
    }
    term.next = terms->first[term.lot];
    terms->first[term.lot] = terms->count;
    terms->list[terms->count++] = term;
    return STATUS_OK;
}

/* Of the price, by time, up to an instant. */
static enum status value_until(const struct focus_lot *lot, int64_t at_ns, struct decimal *ret) {
    wide part = (wide)at_ns - lot->effective_ns, whole = (wide)lot->expires_ns - lot->effective_ns;
    if (part >= whole || whole <= 0) {
        *ret = lot->price;
        return STATUS_OK;
    }
    return wide_mul_div(lot->price.pico, part, whole, ROUND_DOWN, &ret->pico);
}

static enum status term_close(const struct focus_lot *lot, struct period period, int64_t *ret_ns) {
    struct period cycle;
    TRY(cycle_of(lot->tariff->cycle, lot->tariff->zone, lot->ordered_ns, period.end_ns - 1, &cycle));
    *ret_ns = cycle.end_ns;
    return STATUS_OK;
}

static enum status term_of(const struct focus_lot *lot, uint32_t index, struct period cycle, struct term *ret_term) {
    struct term term = {.lot = index, .period = {lot->effective_ns, lot->expires_ns}};
    struct decimal before;
    if (cycle.start_ns > term.period.start_ns)
        term.period.start_ns = cycle.start_ns;
    if (cycle.end_ns < term.period.end_ns)
        term.period.end_ns = cycle.end_ns;
    TRY(term_close(lot, term.period, &term.closed_ns));
    TRY(value_until(lot, term.period.start_ns, &before));
    TRY(value_until(lot, term.period.end_ns, &term.value));
    TRY(decimal_sub(term.value, before, &term.value));
    *ret_term = term;
    return STATUS_OK;
}

/* Those that have begun by now; after a refund none begins. */
static enum status terms_of_lot(struct terms *terms, uint32_t index) {
    const struct focus_lot *lot = &terms->focus->cover.lots[index];
    const struct period whole = {lot->effective_ns, lot->expires_ns};
    int64_t until_ns = lot->is_refunded && lot->refunded_ns < whole.end_ns ? lot->refunded_ns : whole.end_ns;
    bool by_units = lot->amortising == AMORTISED_BY_UNITS;
    struct term term;
    if (by_units && !lot->restores) {
        TRY(term_of(lot, index, whole, &term));
        return term_add(terms, term);
    }
    for (int64_t at_ns = whole.start_ns; at_ns < until_ns && at_ns <= terms->now_ns; at_ns = term.period.end_ns) {
        struct period cycle;
        if (by_units)
            TRY(cycle_of(lot->restore_cycle, lot->restore_zone, lot->effective_ns, at_ns, &cycle));
        else
            TRY(cycle_of(lot->tariff->cycle, lot->tariff->zone, lot->ordered_ns, at_ns, &cycle));
        TRY(term_of(lot, index, cycle, &term));
        TRY(term_add(terms, term));
    }
    return STATUS_OK;
}

static struct term *term_find(const struct terms *terms, uint32_t lot, int64_t at_ns) {
    bool is_one = !terms->focus->cover.lots[lot].restores;
    for (uint32_t i = terms->first[lot]; i != FOCUS_NONE; i = terms->list[i].next)
        if (is_one || period_has(terms->list[i].period, at_ns))
            return &terms->list[i];
    return NULL;
}

/* ---- rows for what is left ---- */

static struct focus_row rest_row(struct focus *focus, const struct focus_lot *lot, uint32_t index,
                                 struct period period) {
    return (struct focus_row){
        .account = lot->account,
        .tariff = lot->tariff,
        .charge = period,
        .category = CATEGORY_USAGE,
        .is_unused = true,
        .list_cost = FIGURE_ZERO,
        .unit_price = FIGURE_ZERO,
        .pricing_quantity = {1, 0},
        .pricing_unit = SLICE("Units"),
        .sku = arena_printf(&focus->arena, "%.*s/%.*s", SLICE_ARG(lot->tariff->name), SLICE_ARG(lot->sku)),
        .meter = lot->title,
        .region = SLICE(""),
        .pricing = lot->amortising == AMORTISED_BY_UNITS ? PRICING_COMMITTED : PRICING_OTHER,
        .lot = index,
        .order_id = lot->order_id,
        .funding = ""};
}

/* Of the items that a plan covers: of the first, for they have one. */
static struct slice covered_unit(struct focus *focus, const struct focus_lot *lot) {
    const struct tariff *tariff = lot->tariff;
    const struct product *product = focus_product(lot);
    struct slice unit =
        product && product->scope_count > 0 ? tariff->items[product->scope[0].item].unit : SLICE("call");
    return focus_unit(&focus->arena, unit, decimal_from_int(1));
}

/* Nothing was used, so nothing would have been paid without the lot: its list cost is nothing. */
static enum status unused_add(struct terms *terms, const struct term *term, struct decimal value,
                              struct decimal units) {
    struct focus *focus = terms->focus;
    const struct focus_lot *lot = &focus->cover.lots[term->lot];
    struct focus_row row = rest_row(focus, lot, term->lot, term->period);
    struct period cycle;
    TRY(cycle_of(lot->tariff->cycle, lot->tariff->zone, lot->ordered_ns, term->period.end_ns - 1, &cycle));
    TRY(focus_billing_period(lot->tariff, cycle, &row.billing));
    row.effective = value;
    row.sku_price = row.sku;
    row.description =
        arena_printf(&focus->arena, "Unused: %.*s (order %.*s)", SLICE_ARG(lot->title), SLICE_ARG(lot->order_id));
    if (lot->amortising == AMORTISED_BY_UNITS) {
        row.has_lot_quantity = true;
        row.lot_quantity = row.pricing_quantity = figure_of(units);
        row.pricing_unit = focus_unit(&focus->arena, lot->unit, decimal_from_int(1));
    } else {
        row.has_consumed = true; /* nothing, of what it covers */
        row.consumed_unit = covered_unit(focus, lot);
    }
    return row.sku.ptr && row.description.ptr ? focus_row_add(focus, row) : STATUS_NO_MEMORY;
}

/* A row of its own for what is to be taken back from a row that stands. */
static enum status back_add(struct terms *terms, uint32_t index, const struct focus_row *after, struct decimal value,
                            const char *why) {
    struct focus *focus = terms->focus;
    const struct focus_lot *lot = &focus->cover.lots[index];
    struct focus_row row = rest_row(focus, lot, index, (struct period){lot->effective_ns, lot->expires_ns});
    row.is_correction = true;
    row.pricing = PRICING_NONE;
    row.billing = after ? after->billing : lot->refund;
    row.effective = value;
    row.description =
        arena_printf(&focus->arena, "%s: %.*s (order %.*s)", why, SLICE_ARG(lot->title), SLICE_ARG(lot->order_id));
    return row.sku.ptr && row.description.ptr ? focus_row_add(focus, row) : STATUS_NO_MEMORY;
}

/* ---- packages ---- */

static enum status shared_by(const struct focus_lot *lot, const struct term *term, wide units, struct decimal *ret) {
    wide used = units < 0 ? 0 : units < lot->bought ? units : lot->bought;
    if (lot->bought <= 0) {
        *ret = DECIMAL_ZERO;
        return STATUS_OK;
    }
    return wide_mul_div(term->value.pico, used, lot->bought, ROUND_DOWN, &ret->pico);
}

/* In units of the lot, cut: the differences of it are what rows say. */
static enum status told_by(const struct focus_lot *lot, wide units, struct decimal *ret) {
    return wide_mul_div(units, 1, lot->scale, ROUND_DOWN, &ret->pico);
}

static enum status quantity_set(const struct focus_lot *lot, struct term *term, struct focus_row *row, bool is_late) {
    struct decimal until, more;
    TRY(told_by(lot, term->units, &until));
    TRY(decimal_sub(until, term->told, &more));
    term->told = until;
    row->lot_quantity = figure_of(more);
    row->has_lot_quantity = row->sku_price.len > 0;
    return is_late ? decimal_add(term->late_told, more, &term->late_told) : STATUS_OK;
}

static enum status share_row(struct terms *terms, uint64_t at) {
    struct focus *focus = terms->focus;
    struct focus_row *row = &focus->rows[at];
    struct focus_lot *lot = &focus->cover.lots[row->lot];
    struct term *term = term_find(terms, row->lot, row->term_ns > lot->effective_ns ? row->term_ns : lot->effective_ns);
    struct decimal until, share;
    if (term == NULL)
        return STATUS_OK;
    bool is_late = row->cycle_ns >= term->closed_ns && !lot->is_refunded;
    TRY(wide_add(term->units, row->units, &term->units));
    TRY(quantity_set(lot, term, row, is_late));
    TRY(shared_by(lot, term, term->units, &until));
    TRY(decimal_sub(until, term->shared, &share));
    term->shared = until;
    TRY(decimal_add(row->effective, share, &row->effective));
    TRY(decimal_add(lot->emitted, share, &lot->emitted));
    if (!is_late)
        return STATUS_OK;
    TRY(wide_add(term->late_units, row->units, &term->late_units));
    TRY(decimal_add(term->late_shared, share, &term->late_shared));
    struct focus_row late = *row;
    if (decimal_is_zero(share))
        return STATUS_OK;
    TRY(decimal_sub(lot->emitted, share, &lot->emitted));
    return back_add(terms, row->lot, &late, (struct decimal){-share.pico}, "Was told as unused");
}

static enum status units_close(struct terms *terms, const struct term *term) {
    struct focus_lot *lot = &terms->focus->cover.lots[term->lot];
    struct decimal shared, value;
    if (lot->is_refunded || term->closed_ns > terms->now_ns)
        return STATUS_OK;
    TRY(decimal_sub(term->shared, term->late_shared, &shared));
    TRY(decimal_sub(term->value, shared, &value));
    struct decimal units, told;
    TRY(decimal_sub(term->told, term->late_told, &told));
    TRY(told_by(lot, lot->bought, &units));
    TRY(decimal_sub(units, told, &units));
    if (decimal_is_zero(value) && units.pico <= 0)
        return STATUS_OK;
    TRY(decimal_add(lot->emitted, value, &lot->emitted));
    return unused_add(terms, term, value, units);
}

/* ---- plans and quotas ---- */

struct plans { /* usage that plans covered, by account, sku and cycle */
    struct names names;
    struct focus_chain *chains;
    uint32_t cap;
    struct buf key;
    struct decimal *weights, *shares;
    uint64_t row_cap;
};

static void plans_free(struct plans *plans) {
    names_free(&plans->names);
    free(plans->chains);
    free(plans->weights);
    free(plans->shares);
    buf_free(&plans->key);
}

static void plan_key(struct plans *plans, const struct focus_lot *lot, int64_t cycle_ns) {
    buf_clear(&plans->key);
    buf_printf(&plans->key, "%lld %zu:%.*s%.*s", (long long)cycle_ns, lot->account.len, SLICE_ARG(lot->account),
               SLICE_ARG(lot->sku));
}

static enum status plan_row_add(struct focus *focus, struct plans *plans, uint64_t at) {
    struct focus_row *row = &focus->rows[at];
    uint32_t index, known = plans->names.count;
    plan_key(plans, &focus->cover.lots[row->lot], row->charge.start_ns);
    if (plans->key.failed)
        return STATUS_NO_MEMORY;
    TRY(names_add(&plans->names, buf_slice(&plans->key), &index));
    if (index == plans->cap) {
        uint32_t cap = plans->cap ? plans->cap * 2 : 64;
        struct focus_chain *chains = realloc(plans->chains, cap * sizeof *chains);
        if (chains == NULL)
            return STATUS_NO_MEMORY;
        plans->chains = chains;
        plans->cap = cap;
    }
    row->next = FOCUS_ROW_NONE;
    if (index == known)
        plans->chains[index] = (struct focus_chain){at, at};
    else
        focus->rows[plans->chains[index].last].next = at;
    plans->chains[index].last = at;
    return STATUS_OK;
}

/* Largest remainder first: the shares sum to the value. */
static enum status plan_spread(struct focus *focus, struct plans *plans, uint64_t first, struct decimal value) {
    uint64_t count = 0;
    for (uint64_t at = first; at != FOCUS_ROW_NONE; at = focus->rows[at].next)
        count++;
    if (count > plans->row_cap) {
        struct decimal *weights = realloc(plans->weights, count * sizeof *weights);
        plans->weights = weights ? weights : plans->weights;
        struct decimal *shares = realloc(plans->shares, count * sizeof *shares);
        plans->shares = shares ? shares : plans->shares;
        if (weights == NULL || shares == NULL)
            return STATUS_NO_MEMORY;
        plans->row_cap = count;
    }
    count = 0;
    for (uint64_t at = first; at != FOCUS_ROW_NONE; at = focus->rows[at].next)
        plans->weights[count++] = focus->rows[at].consumed;
    TRY(decimal_split(value, plans->weights, count, DECIMAL_SCALE, plans->shares));
    count = 0;
    for (uint64_t at = first; at != FOCUS_ROW_NONE; at = focus->rows[at].next)
        TRY(decimal_add(focus->rows[at].effective, plans->shares[count++], &focus->rows[at].effective));
    return STATUS_OK;
}

/* A plan that was made larger covers with all its orders: they are one plan of the same sku. */
static enum status time_close(struct terms *terms, struct plans *plans, const struct term *term) {
    struct focus *focus = terms->focus;
    struct focus_lot *lot = &focus->cover.lots[term->lot];
    struct period cycle;
    if (term->closed_ns > terms->now_ns)
        return STATUS_OK;
    TRY(cycle_of(lot->tariff->cycle, lot->tariff->zone, lot->ordered_ns, term->period.end_ns - 1, &cycle));
    plan_key(plans, lot, cycle.start_ns);
    if (plans->key.failed)
        return STATUS_NO_MEMORY;
    TRY(decimal_add(lot->emitted, term->value, &lot->emitted));
    uint32_t index = names_find(&plans->names, buf_slice(&plans->key));
    if (index != NAMES_NONE)
        return plan_spread(focus, plans, plans->chains[index].first, term->value);
    return decimal_is_zero(term->value) ? STATUS_OK : unused_add(terms, term, term->value, DECIMAL_ZERO);
}

/* ---- all of it ---- */

/* What was amortised of a lot before it was given back is taken back with it. */
static enum status refund_close(struct terms *terms, uint32_t index) {
    struct focus_lot *lot = &terms->focus->cover.lots[index];
    struct decimal left;
    TRY(decimal_sub(lot->price, lot->given_back, &left));
    TRY(decimal_sub(left, lot->emitted, &left));
    return decimal_is_zero(left) ? STATUS_OK : back_add(terms, index, NULL, left, "Taken back by the refund");
}

static enum status lots_close(struct terms *terms, struct plans *plans) {
    struct focus_cover *cover = &terms->focus->cover;
    for (uint32_t i = 0; i < terms->count; i++) {
        const struct term *term = &terms->list[i];
        if (cover->lots[term->lot].amortising == AMORTISED_BY_UNITS)
            TRY(units_close(terms, term));
        else
            TRY(time_close(terms, plans, term));
    }
    for (uint32_t i = 0; i < cover->lot_names.count; i++)
        if (cover->lots[i].is_known && cover->lots[i].is_refunded && cover->lots[i].amortising != AMORTISED_NOT)
            TRY(refund_close(terms, i));
    return STATUS_OK;
}

static enum status rows_share(struct terms *terms, struct plans *plans) {
    struct focus *focus = terms->focus;
    uint64_t count = focus->row_count; /* more are added behind them */
    for (uint64_t i = 0; i < count; i++) {
        const struct focus_row *row = &focus->rows[i];
        if (row->category != CATEGORY_USAGE || row->lot == FOCUS_NONE)
            continue;
        const struct focus_lot *lot = &focus->cover.lots[row->lot];
        if (lot->amortising == AMORTISED_BY_UNITS && lot->is_known)
            TRY(share_row(terms, i));
        else if (lot->amortising == AMORTISED_BY_TIME && !row->is_correction && row->consumed.pico > 0)
            TRY(plan_row_add(focus, plans, i));
    }
    return STATUS_OK;
}

/* Where no price is published, what is covered has the price of its lot: the only one there is. */
static enum status lists_set(struct focus *focus) {
    for (uint64_t i = 0; i < focus->row_count; i++) {
        struct focus_row *row = &focus->rows[i];
        struct decimal price = DECIMAL_ZERO;
        if (!row->has_no_list || row->sku_price.len == 0)
            continue;
        row->list_cost = figure_of(row->effective);
        if (row->pricing_quantity.units == 0 ||
            figure_quotient(row->list_cost, row->pricing_quantity, &row->unit_price))
            continue;
        TRY(decimal_price(row->effective, decimal_from_int(1), row->consumed, DECIMAL_SCALE, ROUND_HALF_EVEN, &price));
        row->unit_price = figure_of(price);
        row->pricing_quantity = figure_of(row->consumed);
        row->pricing_unit = row->consumed_unit;
    }
    return STATUS_OK;
}

enum status focus_amortise(struct focus *focus, int64_t now_ns) {
    struct terms terms = {.focus = focus, .now_ns = now_ns};
    struct plans plans = {.cap = 0};
    uint32_t lots = focus->cover.lot_names.count;
    enum status status = STATUS_OK;
    terms.first = malloc((lots + (size_t)1) * sizeof *terms.first);
    if (terms.first == NULL)
        return STATUS_NO_MEMORY;
    for (uint32_t i = 0; i < lots; i++)
        terms.first[i] = FOCUS_NONE;
    for (uint32_t i = 0; i < lots && status == STATUS_OK; i++)
        if (focus->cover.lots[i].is_known && focus->cover.lots[i].amortising != AMORTISED_NOT)
            status = terms_of_lot(&terms, i);
    if (status == STATUS_OK)
        status = rows_share(&terms, &plans);
    if (status == STATUS_OK)
        status = lots_close(&terms, &plans);
    if (status == STATUS_OK)
        status = lists_set(focus);
    plans_free(&plans);
    free(terms.list);
    free(terms.first);
    return status;
}
