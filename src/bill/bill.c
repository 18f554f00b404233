/* SPDX-License-Identifier: Apache-2.0
 *
 * A statement's life, and how one of its lines came about. */
#include "bill/bill.h"

#include <stdlib.h>
#include <string.h>

static const char *const ALERT_NAMES[] = {
#define ALERT_TEXT(name, text) [ALERT_##name] = text,
    ALERT_TABLE(ALERT_TEXT)
#undef ALERT_TEXT
};

const char *alert_name(enum alert_kind kind) {
    return ALERT_NAMES[kind];
}

static const char *const KIND_NAMES[] = {
#define BILL_KIND_TEXT(name, text) [BILL_##name] = text,
    BILL_KIND_TABLE(BILL_KIND_TEXT)
#undef BILL_KIND_TEXT
};

const char *bill_kind_name(enum bill_kind kind) {
    return KIND_NAMES[kind];
}

void statement_free(struct statement *statement) {
    free(statement->bills);
    arena_free(&statement->arena);
    *statement = (struct statement){0};
}

static void explain_version(const struct bill *bill, const struct bill_line *line, struct trace *trace) {
    const struct tariff *tariff = bill->tariff;
    char since[INSTANT_TEXT_MAX] = "the beginning";
    if (line->price_from_ns != INSTANT_MIN)
        instant_format(line->price_from_ns, tariff->zone, since);
    const struct origin *origin = &tariff->rates[line->rate].origin;
    trace_add(trace, "price", origin->source, "%.*s: price of tariff %.*s valid since %s%s%.*s%s%.*s",
              SLICE_ARG(line->item), SLICE_ARG(tariff->name), since, line->region.len ? ", region " : "",
              SLICE_ARG(line->region), line->label.len ? ", cell " : "", SLICE_ARG(line->label));
    if (origin->note.len)
        trace_add(trace, "note", origin->source, "%.*s", SLICE_ARG(origin->note));
}

static void explain_tier(const struct bill *bill, const struct bill_line *line, struct trace *trace) {
    const struct rate *rate = &bill->tariff->rates[line->rate];
    char from[DECIMAL_TEXT_MAX], up_to[DECIMAL_TEXT_MAX];
    decimal_format(line->tier_from, from);
    decimal_format(line->tier_up_to, up_to);
    const char *how = rate->mode == PRICE_VOLUME ? "the cycle's whole quantity takes the price of the tier it reached"
                                                 : "this slice of the cycle's quantity lies in its own tier";
    const char *basis = rate->gross_basis ? "all billable units count" : "only pay-as-you-go units count";
    if (line->is_last_tier)
        trace_add(trace, "tier", (struct slice){0}, "tier %s %s: %s; %s", rate->upper_inclusive ? "above" : "from",
                  from, how, basis);
    else
        trace_add(trace, "tier", (struct slice){0}, "tier %s %s %s %s: %s; %s",
                  rate->upper_inclusive ? "above" : "from", from,
                  rate->upper_inclusive ? "up to and including" : "to below", up_to, how, basis);
}

static void explain_amount(const struct bill *bill, const struct bill_line *line, struct trace *trace) {
    char quantity[DECIMAL_TEXT_MAX], price[DECIMAL_TEXT_MAX], per[DECIMAL_TEXT_MAX], amount[DECIMAL_TEXT_MAX];
    decimal_format(line->quantity, quantity);
    decimal_format(line->unit_price, price);
    decimal_format(line->per, per);
    decimal_format(line->amount, amount);
    bool per_one = line->per.pico == DECIMAL_ONE_PICO;
    trace_add(trace, "amount", (struct slice){0}, "%s %.*s x %s%s%s = %s %s", quantity, SLICE_ARG(line->unit), price,
              per_one ? "" : " / ", per_one ? "" : per, amount, bill->tariff->currency->code);
    struct decimal back;
    enum status exact = wide_mul_div(line->amount.pico, line->per.pico, DECIMAL_ONE_PICO, ROUND_DOWN, &back.pico);
    struct decimal whole;
    if (exact == STATUS_OK &&
        decimal_price(line->quantity, line->unit_price, decimal_from_int(1), DECIMAL_SCALE, ROUND_DOWN, &whole) ==
            STATUS_OK &&
        decimal_cmp(back, whole) != 0)
        trace_add(trace, "rounding", (struct slice){0}, "the division does not end: rounded once, %s to %d digits",
                  rounding_name(bill->tariff->line_rounding), bill->tariff->line_scale);
}

void bill_line_explain(const struct bill *bill, const struct bill_line *line, struct trace *trace) {
    if (line->note.len)
        trace_add(trace, "quantity", (struct slice){0}, "%.*s", SLICE_ARG(line->note));
    if (line->item_index != INDEX_NONE)
        explain_version(bill, line, trace);
    if (line->has_tier && line->rate != INDEX_NONE)
        explain_tier(bill, line, trace);
    if (line->item_index != INDEX_NONE && strcmp(line->funding, funding_name(FUNDING_PAYG)) != 0)
        trace_add(trace, "funding", (struct slice){0}, "paid by %s: nothing is charged", line->funding);
    explain_amount(bill, line, trace);
}
