/* SPDX-License-Identifier: Apache-2.0
 *
 * I9: what the daily sums say is what stands on the closed bills, and what one fold of the journal charges. Both are
 * added up into numbers in which each sum counts by a hash of what it is of, so that it does not matter which lines or
 * charges are one sum. */
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

/* ---- charges ---- */

static uwide charge_weight(const struct charge_sum *sum) {
    const struct slice texts[] = {sum->account, sum->tariff->name, sum->operation, sum->order};
    uwide weight = (uint64_t)(sum->rate - sum->tariff->rates) * 31 + (uint64_t)sum->funding * 7 + sum->is_units;
    for (uint32_t i = 0; i < sizeof texts / sizeof *texts; i++)
        weight = weight * 1000003 + names_hash(texts[i]);
    return weight * 1000003 + (uint64_t)sum->day_ns;
}

static enum status charge_sum_add(void *context, const struct charge_sum *sum) {
    uwide *print = context;
    *print += charge_weight(sum) * (uwide)sum->number.pico;
    return STATUS_OK;
}

static enum status charge_note(void *context, const struct charge_view *charge) {
    struct shadow *shadow = context;
    struct charge_sum sum = {.account = charge->account,
                             .tariff = charge->tariff,
                             .rate = charge->rate,
                             .funding = charge->funding,
                             .operation = charge->operation != NULL ? charge->operation->name : SLICE(""),
                             .number = charge->quantity};
    struct period day;
    TRY(cycle_of(CYCLE_DAY, charge->tariff->zone, 0, charge->at_ns, &day));
    sum.day_ns = day.start_ns;
    for (uint32_t i = 0; i < charge->part_count; i++) {
        const struct part *part = &charge->parts[i];
        struct charge_sum own = sum;
        own.order = part->lot->order_id;
        own.number = part->quantity;
        TRY(charge_sum_add(&shadow->charged, &own));
        own.is_units = true;
        own.number = part->units;
        TRY(charge_sum_add(&shadow->charged, &own));
        TRY(decimal_sub(sum.number, part->quantity, &sum.number));
    }
    return charge_sum_add(&shadow->charged, &sum);
}

void shadow_watch(struct shadow *shadow) {
    engine_set_watch(shadow->engine, (struct charge_watch){.charged = charge_note, .context = shadow});
}

void check_sums(struct simulation *simulation) {
    const struct sums_filter all = {.from_ns = INSTANT_MIN, .until_ns = INSTANT_MAX};
    struct print sums = {0}, bills = {0};
    REQUIRE_OK(simulation, book_sums(simulation->book, &all, sum_visit, &sums));
    REQUIRE_OK(simulation, book_bills(simulation->book, &(struct store_bill_filter){0}, bill_visit, &bills));
    REQUIRE(simulation, sums.quantity == bills.quantity && sums.amount == bills.amount);
    uwide charged = 0;
    REQUIRE_OK(simulation, book_charges(simulation->book, SLICE(""), charge_sum_add, &charged));
    REQUIRE(simulation, charged == simulation->witness.whole.charged);
}
