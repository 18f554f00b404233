/* SPDX-License-Identifier: Apache-2.0
 *
 * From the lines of closed bills to rows: one for each line, for each lot behind it, and for each rounding. */
#include <stdlib.h>
#include <string.h>

#include "engine/money.h"
#include "focus/focus_private.h"

/* The rows that one settlement document will be the invoice of. */
static enum status waiting_find(struct focus *focus, struct slice account, const struct tariff *tariff,
                                int64_t start_ns, uint32_t *ret_index) {
    uint32_t known = focus->waiting.count;
    buf_clear(&focus->key);
    buf_printf(&focus->key, "%.*s %lld %.*s", SLICE_ARG(tariff->name), (long long)start_ns, SLICE_ARG(account));
    if (focus->key.failed)
        return STATUS_NO_MEMORY;
    TRY(names_add(&focus->waiting, buf_slice(&focus->key), ret_index));
    if (*ret_index < known)
        return STATUS_OK;
    if (known == focus->chain_cap) {
        uint32_t cap = focus->chain_cap ? focus->chain_cap * 2 : 64;
        struct focus_chain *chains = realloc(focus->chains, cap * sizeof *chains);
        if (chains == NULL)
            return STATUS_NO_MEMORY;
        focus->chains = chains;
        focus->chain_cap = cap;
    }
    focus->chains[*ret_index] = (struct focus_chain){FOCUS_ROW_NONE, FOCUS_ROW_NONE};
    return STATUS_OK;
}

/* The row is about to be added. */
static enum status row_wait(struct focus *focus, const struct focus_row *row) {
    uint32_t index;
    TRY(waiting_find(focus, row->account, row->tariff, row->settlement.start_ns, &index));
    struct focus_chain *chain = &focus->chains[index];
    if (chain->first == FOCUS_ROW_NONE)
        chain->first = focus->row_count;
    else
        focus->rows[chain->last].next = focus->row_count;
    chain->last = focus->row_count;
    return STATUS_OK;
}

enum status focus_row_add(struct focus *focus, struct focus_row row) {
    if (focus->row_count == focus->row_cap) {
        uint64_t cap = focus->row_cap ? focus->row_cap * 2 : 256;
        struct focus_row *rows = realloc(focus->rows, cap * sizeof *rows);
        if (rows == NULL)
            return STATUS_NO_MEMORY;
        focus->rows = rows;
        focus->row_cap = cap;
    }
    row.is_shown = focus_is_shown(focus, row.account, row.billing);
    row.next = FOCUS_ROW_NONE;
    if (row.waits)
        TRY(row_wait(focus, &row));
    focus->rows[focus->row_count++] = row;
    return STATUS_OK;
}

bool focus_is_shown(const struct focus *focus, struct slice account, struct period billing) {
    const struct focus_options *options = &focus->options;
    return billing.start_ns >= options->from_ns && billing.start_ns < options->until_ns &&
           (options->account.len == 0 || slice_eq(options->account, account));
}

/* What is settled together is billed together. */
enum status focus_billing_period(const struct tariff *tariff, struct period cycle, struct period *ret) {
    struct period period;
    *ret = cycle;
    if (!tariff->has_settlement)
        return STATUS_OK;
    TRY(cycle_of(tariff->settlement_period, tariff->zone, cycle.start_ns, cycle.start_ns, &period));
    if (period.end_ns > cycle.end_ns)
        *ret = period;
    return STATUS_OK;
}

/* ---- texts ---- */

/* Once for all rows that have it. Without memory ptr is NULL. */
static struct slice kept(struct focus *focus, struct slice text) {
    uint32_t index;
    if (text.len == 0)
        return SLICE("");
    return names_add(&focus->texts, text, &index) == STATUS_OK ? focus->texts.texts[index] : (struct slice){0};
}

static const struct item *line_item(const struct bill *bill, const struct bill_line *line) {
    return tariff_item(bill->tariff, line->item);
}

/* What a price is known by: neither its amount nor its dates. */
static struct slice price_id(struct focus *focus, const struct bill *bill, const struct bill_line *line,
                             const char *tier) {
    char from[DECIMAL_TEXT_MAX] = "";
    if (tier == NULL && line->has_tier)
        decimal_format(line->tier_from, from);
    return arena_printf(&focus->arena, "%.*s/%.*s%s%.*s%s%.*s%s%s", SLICE_ARG(bill->tariff->name),
                        SLICE_ARG(line->item), line->region.len > 0 ? "/" : "", SLICE_ARG(line->region),
                        line->label.len > 0 ? "/" : "", SLICE_ARG(line->label), tier || from[0] != '\0' ? "/from-" : "",
                        tier ? tier : from);
}

static struct slice description(struct focus *focus, const struct bill_line *line, struct slice title,
                                const struct focus_lot *lot) {
    struct slice text =
        arena_printf(&focus->arena, "%.*s%s%.*s%s%.*s", SLICE_ARG(title), line->label.len > 0 ? ", " : "",
                     SLICE_ARG(line->label), line->region.len > 0 ? ", " : "", SLICE_ARG(line->region));
    if (lot)
        return arena_printf(&focus->arena, "%.*s, covered by %.*s (order %.*s)", SLICE_ARG(text), SLICE_ARG(lot->title),
                            SLICE_ARG(lot->order_id));
    if (strcmp(line->funding, "free") == 0)
        return arena_printf(&focus->arena, "%.*s, free quota", SLICE_ARG(text));
    return text;
}

/* ---- prices ---- */

/* Quantity per pricing unit, unit price, and the cost at it: exact where it is a decimal of few enough digits, else to
 * 12 digits. */
static enum status price_set(struct focus *focus, struct focus_row *row, struct slice unit, struct decimal price,
                             struct decimal per) {
    struct decimal one = decimal_from_int(1), quantity, cost;
    bool is_whole = per.pico % DECIMAL_ONE_PICO == 0;
    row->unit_price = figure_of(price);
    row->pricing_unit = focus_unit(&focus->arena, unit, is_whole ? per : one);
    bool fits = is_whole || figure_quotient(row->unit_price, figure_of(per), &row->unit_price);
    fits = fits && figure_quotient(figure_of(row->consumed), figure_of(is_whole ? per : one), &row->pricing_quantity);
    if (fits && figure_product(row->pricing_quantity, row->unit_price, &row->list_cost))
        return STATUS_OK;
    TRY(decimal_price(row->consumed, one, per, DECIMAL_SCALE, ROUND_HALF_EVEN, &quantity));
    TRY(decimal_price(row->consumed, price, per, DECIMAL_SCALE, ROUND_HALF_EVEN, &cost));
    row->unit_price = figure_of(price);
    row->pricing_quantity = figure_of(quantity);
    row->list_cost = figure_of(cost);
    return STATUS_OK;
}

/* A correction may be no quantity times price: then it has neither. */
static void price_drop(struct focus_row *row) {
    row->sku_price = (struct slice){0};
    row->pricing = PRICING_NONE;
    row->list_cost = figure_of(row->billed);
    row->has_consumed = row->has_lot_quantity = false;
}

/* What pay-as-you-go asks for the first unit: what is covered has this price without its cover. False: it has none. */
static bool first_price(const struct bill *bill, const struct bill_line *line, struct decimal *ret_price,
                        struct decimal *ret_per, bool *ret_has_tier) {
    if (line->rate == INDEX_NONE || line->rate >= bill->tariff->rate_count)
        return false;
    const struct rate *rate = &bill->tariff->rates[line->rate];
    *ret_per = rate->per;
    *ret_has_tier = rate->tier_count > 0;
    switch (rate->mode) {
    case PRICE_UNPUBLISHED:
        return false;
    case PRICE_FREE:
        *ret_price = DECIMAL_ZERO;
        return true;
    case PRICE_FLAT:
        *ret_price = rate->price;
        return true;
    case PRICE_GRADUATED:
    case PRICE_VOLUME:
        *ret_price = rate->tiers[0].price;
        return true;
    }
    return false;
}

/* ---- usage ---- */

/* Whether some package is sold that covers an item; looked up once for each. */
static enum status eligibility(struct focus *focus, const struct item *item, struct focus_row *row) {
    const struct tariff *tariff = row->tariff;
    uint32_t index;
    TRY(names_add(&focus->eligible, row->sku, &index));
    if (index >= focus->eligible_cap) {
        uint32_t cap = index < 32 ? 64 : index * 2;
        uint8_t *list = realloc(focus->eligible_list, cap);
        if (list == NULL)
            return STATUS_NO_MEMORY;
        memset(list + focus->eligible_cap, 0, cap - focus->eligible_cap);
        focus->eligible_list = list;
        focus->eligible_cap = cap;
    }
    enum { UNKNOWN, NO, YES };
    uint8_t *known = &focus->eligible_list[index];
    for (uint32_t i = 0; *known == UNKNOWN && item && i < tariff->product_count; i++) {
        const struct product *product = &tariff->products[i];
        for (uint32_t k = 0; product->kind == PRODUCT_PACKAGE && k < product->scope_count; k++)
            if (&tariff->items[product->scope[k].item] == item)
                *known = YES;
    }
    if (*known == UNKNOWN)
        *known = NO;
    row->is_eligible = *known == YES;
    return STATUS_OK;
}

static enum status row_of_line(struct focus *focus, const struct bill *bill, const struct bill_line *line,
                               struct focus_row *ret_row) {
    const struct item *item = line_item(bill, line);
    struct slice title = item && item->title.len > 0 ? item->title : line->item;
    struct focus_row row = {
        .account = kept(focus, bill->account),
        .tariff = bill->tariff,
        .charge = line->is_adjustment ? line->adjusts : bill->cycle,
        .category = CATEGORY_USAGE,
        .is_correction = line->is_adjustment,
        .billed = line->amount,
        .effective = line->amount,
        .sku = arena_printf(&focus->arena, "%.*s/%.*s", SLICE_ARG(bill->tariff->name), SLICE_ARG(line->item)),
        .meter = kept(focus, title),
        .region = kept(focus, line->region),
        .has_consumed = true,
        .consumed = line->quantity,
        .consumed_unit = focus_unit(&focus->arena, line->unit, decimal_from_int(1)),
        .lot = FOCUS_NONE,
        .bill = bill->number,
        .closed_ns = bill->closed_ns,
        .issued_ns = bill->closed_ns,
        .line_price = line->unit_price,
        .line_unit = focus_unit(&focus->arena, line->unit, line->per.pico > 0 ? line->per : decimal_from_int(1)),
        .cycle_ns = bill->cycle.start_ns,
        .detail = (uint32_t)(line - bill->lines) + 1,
        .funding = line->funding};
    TRY(focus_billing_period(bill->tariff, bill->cycle, &row.billing));
    int64_t due_ns;
    TRY(bill_waits(bill, &row.settlement, &due_ns, &row.waits));
    row.invoice = row.waits ? 0 : bill->number;
    row.line = row.description = description(focus, line, title, NULL);
    TRY(eligibility(focus, item, &row));
    bool is_whole = row.account.ptr && row.sku.ptr && row.meter.ptr && row.region.ptr && row.consumed_unit.ptr &&
                    row.description.ptr;
    *ret_row = row;
    return is_whole ? STATUS_OK : STATUS_NO_MEMORY;
}

/* Paid as you go, or by the free quota. */
static enum status plain_row(struct focus *focus, const struct bill *bill, const struct bill_line *line,
                             struct decimal quantity) {
    bool is_payg = strcmp(line->funding, "payg") == 0;
    struct focus_row row;
    TRY(row_of_line(focus, bill, line, &row));
    row.consumed = quantity;
    row.pricing = PRICING_STANDARD;
    row.sku_price = price_id(focus, bill, line, is_payg ? NULL : "free");
    if (row.sku_price.ptr == NULL)
        return STATUS_NO_MEMORY;
    TRY(price_set(focus, &row, line->unit, is_payg ? line->unit_price : DECIMAL_ZERO,
                  line->per.pico > 0 ? line->per : decimal_from_int(1)));
    /* A line that was rounded costs what it says; what its price times its quantity is stands beside it. */
    bool is_off = row.is_correction && figure_cmp(row.list_cost, figure_of(row.billed)) != 0;
    if (is_off)
        price_drop(&row);
    return focus_row_add(focus, row);
}

static void lot_figures(const struct focus_lot *lot, struct focus_row *row) {
    struct decimal scale = decimal_from_int(lot->scale);
    struct figure units = {row->units, DECIMAL_SCALE};
    row->has_lot_quantity =
        lot->amortising == AMORTISED_BY_UNITS && figure_quotient(units, figure_of(scale), &row->lot_quantity);
}

static enum status covered_row(struct focus *focus, const struct bill *bill, const struct bill_line *line,
                               const struct focus_part *part) {
    const struct focus_lot *lot = part->lot == FOCUS_NONE ? NULL : &focus->cover.lots[part->lot];
    struct decimal price = DECIMAL_ZERO, per = decimal_from_int(1);
    bool has_tier = false;
    struct focus_row row;
    TRY(row_of_line(focus, bill, line, &row));
    row.lot = part->lot;
    row.term_ns = part->term_ns;
    row.consumed = part->quantity;
    row.units = part->units;
    row.order_id = lot ? lot->order_id : SLICE("");
    row.description = description(focus, line, row.meter, lot);
    row.pricing = lot && lot->amortising == AMORTISED_BY_UNITS ? PRICING_COMMITTED : PRICING_OTHER;
    bool has_price = first_price(bill, line, &price, &per, &has_tier);
    row.sku_price = price_id(focus, bill, line, has_tier ? "0" : NULL);
    if (row.sku_price.ptr == NULL || row.description.ptr == NULL)
        return STATUS_NO_MEMORY;
    TRY(price_set(focus, &row, line->unit, price, per));
    if (lot)
        lot_figures(lot, &row);
    row.has_no_list = !has_price;
    if (row.is_correction && !has_price)
        price_drop(&row);
    return focus_row_add(focus, row);
}

/* A line that lots paid is a row for each of them; what none of them did, the free quota did. */
static enum status funded_rows(struct focus *focus, const struct bill *bill, const struct bill_line *line) {
    struct focus_cover *cover = &focus->cover;
    struct decimal rest = line->quantity;
    uint32_t at;
    int64_t cycle_ns = line->is_adjustment ? line->adjusts.start_ns : bill->cycle.start_ns;
    TRY(cover_parts(cover, bill, line, cycle_ns, &at));
    for (; at != FOCUS_NONE; at = cover->parts[at].next) {
        struct focus_part *part = &cover->parts[at], more = *part;
        TRY(decimal_sub(part->quantity, part->billed_quantity, &more.quantity));
        TRY(wide_sub(part->units, part->billed_units, &more.units));
        if (decimal_is_zero(more.quantity) && more.units == 0)
            continue;
        TRY(decimal_sub(rest, more.quantity, &rest));
        TRY(covered_row(focus, bill, line, &more));
        part->billed_quantity = part->quantity;
        part->billed_units = part->units;
    }
    if (decimal_is_zero(rest))
        return STATUS_OK;
    if (strcmp(line->funding, "free") == 0)
        return plain_row(focus, bill, line, rest);
    return covered_row(focus, bill, line, &(struct focus_part){.lot = FOCUS_NONE, .quantity = rest});
}

static enum status rounding_row(struct focus *focus, const struct bill *bill) {
    struct focus_row row = {.account = kept(focus, bill->account),
                            .tariff = bill->tariff,
                            .charge = bill->cycle,
                            .category = CATEGORY_ADJUSTMENT,
                            .description = SLICE("Rounding of the invoice"),
                            .billed = bill->rounding,
                            .effective = bill->rounding,
                            .list_cost = figure_of(bill->rounding),
                            .lot = FOCUS_NONE,
                            .bill = bill->number,
                            .invoice = bill->number,
                            .closed_ns = bill->closed_ns,
                            .issued_ns = bill->closed_ns,
                            .line = SLICE("Rounding of the invoice"),
                            .funding = ""};
    if (decimal_is_zero(bill->rounding))
        return STATUS_OK;
    TRY(focus_billing_period(bill->tariff, bill->cycle, &row.billing));
    return row.account.ptr ? focus_row_add(focus, row) : STATUS_NO_MEMORY;
}

static enum status usage_rows(struct focus *focus, const struct bill *bill) {
    struct period period;
    int64_t due_ns;
    bool waits;
    for (uint32_t i = 0; i < bill->line_count; i++) {
        const struct bill_line *line = &bill->lines[i];
        if (strcmp(line->funding, "payg") == 0)
            TRY(plain_row(focus, bill, line, line->quantity));
        else
            TRY(funded_rows(focus, bill, line));
    }
    TRY(bill_waits(bill, &period, &due_ns, &waits));
    return waits ? STATUS_OK : rounding_row(focus, bill);
}

/* ---- purchases ---- */

/* Pieces, times periods where that is the price; an upgrade for the rest of a period is one piece. */
static void purchase_price(struct focus *focus, const struct bill_line *line, const struct lot *lot,
                           struct focus_row *row) {
    struct figure cost, amount = figure_of(line->amount);
    struct decimal one = decimal_from_int(1);
    uint32_t periods = lot && lot->periods > 0 ? lot->periods : 1;
    bool is_timed = lot && (lot->product->kind == PRODUCT_QPS || lot->product->kind == PRODUCT_CONCURRENCY ||
                            lot->product->kind == PRODUCT_LICENCE);
    static const char *const spans[] = {"Seconds", "Minutes", "Hours", "Days", "Months", "Years"};
    row->unit_price = figure_of(line->unit_price);
    row->pricing_unit = focus_unit(&focus->arena, line->unit, one);
    row->pricing_quantity = figure_of(line->quantity);
    bool fits = figure_product(row->pricing_quantity, (struct figure){(wide)periods, 0}, &row->pricing_quantity) &&
                figure_product(row->pricing_quantity, row->unit_price, &cost) && figure_cmp(cost, amount) == 0;
    if (fits && is_timed && strcmp(line->funding, "refund") != 0 && lot->product->validity.count == 1)
        row->pricing_unit =
            arena_printf(&focus->arena, "%.*s-%s", SLICE_ARG(row->pricing_unit), spans[lot->product->validity.unit]);
    if (!fits) {
        row->pricing_quantity = figure_of(one);
        row->unit_price = amount;
        row->pricing_unit = SLICE("Orders");
    }
    row->list_cost = amount;
}

static enum status lot_bought(struct focus *focus, const struct engine *engine, const struct bill *bill,
                              const struct bill_line *line, const struct lot **ret_lot, uint32_t *ret_index) {
    const struct tariff *where;
    uint32_t account;
    *ret_lot = NULL;
    *ret_index = FOCUS_NONE;
    if (!engine_account_find(engine, bill->account, &account) ||
        !engine_order_view(engine, account, line->order_id, &where, ret_lot))
        return STATUS_OK;
    return cover_lot(&focus->cover, bill->account, *ret_lot, ret_index);
}

static enum status lot_booked(struct focus *focus, const struct bill *bill, const struct bill_line *line,
                              struct focus_row *row) {
    struct focus_lot *lot = &focus->cover.lots[row->lot];
    bool is_refund = strcmp(line->funding, "refund") == 0;
    if (is_refund) {
        lot->is_refunded = true;
        lot->refund = row->billing;
        lot->refunded_ns = bill->closed_ns;
        row->refers = lot->invoice;
        row->is_correction = lot->billing.start_ns < row->billing.start_ns;
        return decimal_sub(lot->given_back, line->amount, &lot->given_back);
    }
    if (!lot->is_known) {
        lot->billing = row->billing;
        lot->invoice = bill->number;
    }
    lot->is_known = true;
    lot->tariff = bill->tariff;
    return decimal_add(lot->price, line->amount, &lot->price);
}

static enum status purchase_row(struct focus *focus, const struct engine *engine, const struct bill *bill,
                                const struct bill_line *line) {
    const struct lot *lot;
    bool is_refund = strcmp(line->funding, "refund") == 0;
    struct focus_row row = {
        .account = kept(focus, bill->account),
        .tariff = bill->tariff,
        .charge = bill->cycle,
        .category = CATEGORY_PURCHASE,
        .billed = line->amount,
        .effective = line->amount,
        .pricing = PRICING_STANDARD,
        .sku = arena_printf(&focus->arena, "%.*s/%.*s", SLICE_ARG(bill->tariff->name), SLICE_ARG(line->item)),
        .region = SLICE(""),
        .order_id = kept(focus, line->order_id),
        .bill = bill->number,
        .invoice = bill->number,
        .closed_ns = bill->closed_ns,
        .issued_ns = bill->closed_ns,
        .line_price = line->unit_price,
        .line_unit = focus_unit(&focus->arena, line->unit, decimal_from_int(1)),
        .detail = (uint32_t)(line - bill->lines) + 1,
        .funding = line->funding};
    char from[DECIMAL_TEXT_MAX] = "";
    if (line->has_tier)
        decimal_format(line->tier_from, from);
    TRY(focus_billing_period(bill->tariff, bill->cycle, &row.billing));
    TRY(lot_bought(focus, engine, bill, line, &lot, &row.lot));
    purchase_price(focus, line, lot, &row);
    row.sku_price = arena_printf(&focus->arena, "%.*s%s%s", SLICE_ARG(row.sku), line->has_tier ? "/from-" : "", from);
    struct focus_lot *known = row.lot == FOCUS_NONE ? NULL : &focus->cover.lots[row.lot];
    row.meter = known ? known->title : kept(focus, line->item);
    row.description = arena_printf(&focus->arena, "%s of %.*s (order %.*s)%s%.*s", is_refund ? "Refund" : "Purchase",
                                   SLICE_ARG(row.meter), SLICE_ARG(line->order_id), line->note.len > 0 ? ", " : "",
                                   SLICE_ARG(line->note));
    row.line = row.description;
    if (!row.account.ptr || !row.sku.ptr || !row.sku_price.ptr || !row.meter.ptr || !row.description.ptr)
        return STATUS_NO_MEMORY;
    if (known) {
        row.charge = (struct period){known->effective_ns, known->expires_ns};
        TRY(lot_booked(focus, bill, line, &row));
        row.units = is_refund ? -known->bought : known->bought;
        lot_figures(known, &row);
        if (known->amortising != AMORTISED_NOT)
            row.effective = DECIMAL_ZERO;
    }
    return focus_row_add(focus, row);
}

/* ---- settlements: the invoice of what waited for it ---- */

static enum status settlement_rows(struct focus *focus, const struct bill *bill) {
    uint32_t detail = 0, index;
    TRY(waiting_find(focus, bill->account, bill->tariff, bill->cycle.start_ns, &index));
    for (uint64_t i = focus->chains[index].first; i != FOCUS_ROW_NONE; i = focus->rows[i].next) {
        focus->rows[i].invoice = bill->number;
        focus->rows[i].issued_ns = bill->closed_ns;
        focus->rows[i].detail = ++detail;
    }
    focus->chains[index] = (struct focus_chain){FOCUS_ROW_NONE, FOCUS_ROW_NONE};
    return rounding_row(focus, bill);
}

enum status focus_bill(struct focus *focus, const struct engine *engine, const struct bill *bill) {
    switch (bill->kind) {
    case BILL_ORDERS:
        for (uint32_t i = 0; i < bill->line_count; i++)
            TRY(purchase_row(focus, engine, bill, &bill->lines[i]));
        return rounding_row(focus, bill);
    case BILL_USAGE:
        return usage_rows(focus, bill);
    case BILL_SETTLEMENT:
        return settlement_rows(focus, bill);
    case BILL_KIND_COUNT:
        break;
    }
    return STATUS_OK;
}
