/* SPDX-License-Identifier: Apache-2.0
 *
 * Tallies to lines: where amounts come into being. */
#include "bill/lines.h"

#include <string.h>

enum status lines_push(struct line_list *list, struct bill_line **ret_line) {
    if (list->count == list->cap) {
        uint32_t cap = list->cap ? list->cap * 2 : 8;
        struct bill_line *lines = ARENA_ARRAY(list->run, cap, struct bill_line);
        if (!lines)
            return STATUS_NO_MEMORY;
        if (list->count > 0)
            memcpy(lines, list->lines, list->count * sizeof *lines);
        list->lines = lines;
        list->cap = cap;
    }
    *ret_line = &list->lines[list->count++];
    **ret_line = (struct bill_line){0};
    return STATUS_OK;
}

/* Cells of different versions stand for the same thing when they price the same item, region and label. */
static bool same_cell(const struct rate *a, const struct rate *b) {
    return a->item == b->item && a->region == b->region && slice_eq(a->label, b->label);
}

/* Units of the cell that count before tally `index` (graduated) and in the whole cycle (volume). Rule: gross counts
 * what free quota, packages and plans paid as well (vclm 3d-1), and those units come first; net counts pay-as-you-go
 * alone (viapi 4d-5). */
static enum status tier_position(const struct tariff *tariff, const struct tally *tallies, uint32_t count,
                                 uint32_t index, struct decimal *ret_before, struct decimal *ret_total) {
    const struct rate *rate = &tariff->rates[tallies[index].rate];
    struct decimal before = DECIMAL_ZERO, total = DECIMAL_ZERO;
    for (uint32_t i = 0; i < count; i++) {
        bool is_payg = tallies[i].funding == FUNDING_PAYG;
        if (!same_cell(rate, &tariff->rates[tallies[i].rate]) || (!is_payg && !rate->gross_basis))
            continue;
        TRY(decimal_add(total, tallies[i].quantity, &total));
        if (!is_payg || i < index)
            TRY(decimal_add(before, tallies[i].quantity, &before));
    }
    *ret_before = before;
    *ret_total = total;
    return STATUS_OK;
}

static struct bill_line line_of(const struct tariff *tariff, const struct tally *tally) {
    const struct rate *rate = &tariff->rates[tally->rate];
    const struct item *item = &tariff->items[rate->item];
    struct bill_line line = {.item = item->name,
                             .label = rate->label,
                             .unit = item->unit,
                             .quantity = tally->quantity,
                             .per = decimal_from_int(1),
                             .funding = funding_name(tally->funding),
                             .price_from_ns = item->versions[rate->version].from_ns,
                             .note = tally->note,
                             .source = rate->origin.source,
                             .item_index = rate->item,
                             .rate = tally->rate};
    if (rate->region != INDEX_NONE && tariff->region_class)
        line.region = tariff->region_class->value_names[rate->region];
    return line;
}

static enum status payg_lines(const struct tariff *tariff, const struct tally *tallies, uint32_t count, uint32_t index,
                              struct line_list *list) {
    struct decimal before, total;
    TRY(tier_position(tariff, tallies, count, index, &before, &total));
    struct rate_slice slices[RATE_SLICES_MAX];
    uint32_t slice_count;
    TRY(rate_slices(tariff, &tariff->rates[tallies[index].rate], tallies[index].quantity, before, total, slices,
                    &slice_count));
    for (uint32_t i = 0; i < slice_count; i++) {
        struct bill_line *line;
        TRY(lines_push(list, &line));
        *line = line_of(tariff, &tallies[index]);
        line->quantity = slices[i].quantity;
        line->unit_price = slices[i].unit_price;
        line->per = slices[i].per;
        line->amount = slices[i].amount;
        line->has_tier = slices[i].has_tier;
        line->is_last_tier = slices[i].is_last_tier;
        line->tier_from = slices[i].from;
        line->tier_up_to = slices[i].up_to;
    }
    return STATUS_OK;
}

enum status lines_of_usage(const struct tariff *tariff, const struct tally *tallies, uint32_t count,
                           struct line_list *list) {
    for (uint32_t start = 0, end; start < count; start = end) {
        uint32_t item = tariff->rates[tallies[start].rate].item;
        for (end = start; end < count && tariff->rates[tallies[end].rate].item == item;)
            end++;
        for (uint32_t i = start; i < end; i++) {
            if (tallies[i].funding == FUNDING_PAYG) {
                TRY(payg_lines(tariff, &tallies[start], end - start, i - start, list));
                continue;
            }
            struct bill_line *line;
            TRY(lines_push(list, &line));
            *line = line_of(tariff, &tallies[i]);
        }
    }
    return STATUS_OK;
}

enum status bill_sum(struct bill *bill) {
    struct decimal exact = DECIMAL_ZERO, total, rounding;
    for (uint32_t i = 0; i < bill->line_count; i++)
        TRY(decimal_add(exact, bill->lines[i].amount, &exact));
    TRY(decimal_round(exact, bill->tariff->bill_scale, bill->tariff->bill_rounding, &total));
    TRY(decimal_sub(total, exact, &rounding));
    bill->exact_total = exact;
    bill->total = total;
    bill->rounding = rounding;
    return STATUS_OK;
}
