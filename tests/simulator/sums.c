/* SPDX-License-Identifier: Apache-2.0
 *
 * I9: what the daily sums say is what stands on the closed bills. Both are added up into numbers in which each sum
 * counts by a hash of what it is of, so that it does not matter which lines are one sum. */
#include "book/sums.h"
#include "simulator.h"

struct print { /* a fingerprint */
    uwide quantity, amount;
};

static void print_add(struct print *print, const struct slice *texts, uint32_t count, struct decimal quantity,
                      struct decimal amount) {
    uwide weight = 1;
    for (uint32_t i = 0; i < count; i++)
        weight = weight * 1000003 + names_hash(texts[i]);
    print->quantity += weight * (uwide)quantity.pico;
    print->amount += weight * (uwide)amount.pico;
}

static enum status sum_visit(void *context, const struct line_sum *sum) {
    const struct slice texts[] = {sum->account, sum->tariff->name, sum->item,   sum->unit,
                                  sum->region,  sum->label,        sum->funding};
    print_add(context, texts, sizeof texts / sizeof *texts, sum->quantity, sum->amount);
    return STATUS_OK;
}

static enum status bill_visit(void *context, const struct bill *bill) {
    for (uint32_t i = 0; bill->kind == BILL_USAGE && i < bill->line_count; i++) {
        const struct bill_line *line = &bill->lines[i];
        const struct slice texts[] = {bill->account, bill->tariff->name,     line->item, line->unit, line->region,
                                      line->label,   slice_of(line->funding)};
        print_add(context, texts, sizeof texts / sizeof *texts, line->quantity, line->amount);
    }
    return STATUS_OK;
}

void check_sums(struct simulation *simulation) {
    const struct sums_filter all = {.from_ns = INSTANT_MIN, .until_ns = INSTANT_MAX};
    struct print sums = {0}, bills = {0};
    REQUIRE_OK(simulation, book_sums(simulation->book, &all, sum_visit, &sums));
    REQUIRE_OK(simulation, book_bills(simulation->book, &(struct store_bill_filter){0}, bill_visit, &bills));
    REQUIRE(simulation, sums.quantity == bills.quantity && sums.amount == bills.amount);
}
