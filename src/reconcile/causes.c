/* SPDX-License-Identifier: Apache-2.0
 *
 * Guesses at what made a difference. Each is a reckoning that comes out, or does not. */
#include "reconcile/causes.h"

#include "tariff/tariff.h"

/* 10^-digits in steps of 10^-12. */
static wide step_of(int digits) {
    wide step = DECIMAL_ONE_PICO;
    for (int i = 0; i < digits && step > 1; i++)
        step /= 10;
    return step;
}

bool amount_is_near(struct decimal exact, const struct side *theirs) {
    wide difference = theirs->amount.pico - exact.pico;
    wide most = step_of(theirs->digits) * theirs->lines;
    return (difference < 0 ? -difference : difference) < most;
}

static bool is_amount(struct decimal quantity, struct decimal price, struct decimal per, const struct side *theirs) {
    struct decimal amount;
    return decimal_price(quantity, price, per, DECIMAL_SCALE, ROUND_HALF_UP, &amount) == STATUS_OK &&
           amount_is_near(amount, theirs);
}

enum { PRICE_FOUND_NOT, PRICE_FOUND, PRICE_FOUND_TIER };

/* Whether a price of this rate makes their amount of their quantity. */
static int rate_try(const struct rate *rate, const struct side *theirs, struct decimal *ret_price) {
    if (rate->mode == PRICE_FLAT && is_amount(theirs->quantity, rate->price, rate->per, theirs)) {
        *ret_price = rate->price;
        return PRICE_FOUND;
    }
    for (uint32_t i = 0; i < rate->tier_count; i++) {
        if (is_amount(theirs->quantity, rate->tiers[i].price, rate->per, theirs)) {
            *ret_price = rate->tiers[i].price;
            return PRICE_FOUND_TIER;
        }
    }
    return PRICE_FOUND_NOT;
}

static enum cause rate_cause(const struct item *item, const struct rate *rate, int found) {
    if (found == PRICE_FOUND_TIER)
        return CAUSE_TIER;
    if (rate->region != INDEX_NONE)
        return CAUSE_REGION;
    return item->version_count > 1 ? CAUSE_VERSION : CAUSE_VARIANT;
}

static enum status price_guess(struct finding *finding, struct arena *arena) {
    const struct tariff *tariff = finding->ours->tariff;
    const struct item *item = finding->ours->known;
    uint32_t index = item ? (uint32_t)(item - tariff->items) : INDEX_NONE;
    for (uint32_t i = 0; i < tariff->rate_count && item != NULL; i++) {
        const struct rate *rate = &tariff->rates[i];
        struct decimal price;
        char text[DECIMAL_TEXT_MAX], per[DECIMAL_TEXT_MAX];
        int found = rate->item == index ? rate_try(rate, finding->theirs, &price) : PRICE_FOUND_NOT;
        if (found == PRICE_FOUND_NOT)
            continue;
        decimal_format(price, text);
        decimal_format(rate->per, per);
        finding->cause = rate_cause(item, rate, found);
        bool has_region = rate->region != INDEX_NONE && tariff->region_class != NULL;
        struct slice where = has_region ? tariff->region_class->value_names[rate->region] : rate->label;
        const char *of = has_region ? ", the price in " : rate->label.len > 0 ? ", the price of " : "";
        finding->text = arena_printf(arena, "their amount is %s / %s for all of it%s" SLICE_FMT "%s", text, per, of,
                                     SLICE_ARG(where), found == PRICE_FOUND_TIER ? ", one tier for everything" : "");
        return finding->text.ptr ? STATUS_OK : STATUS_NO_MEMORY;
    }
    return STATUS_OK;
}

/* Same price, but what was covered was charged as well, or what was charged was left out. */
static enum status funding_guess(struct finding *finding, struct arena *arena) {
    const struct side *ours = finding->ours, *theirs = finding->theirs;
    struct decimal amount;
    char covered[DECIMAL_TEXT_MAX];
    if (decimal_cmp(ours->charged, ours->quantity) == 0)
        return STATUS_OK;
    decimal_format((struct decimal){ours->quantity.pico - ours->charged.pico}, covered);
    bool is_all = !decimal_is_zero(ours->charged) && decimal_cmp(theirs->quantity, ours->quantity) == 0 &&
                  decimal_price(ours->amount, ours->quantity, ours->charged, DECIMAL_SCALE, ROUND_HALF_UP, &amount) ==
                      STATUS_OK &&
                  amount_is_near(amount, theirs);
    bool is_free = decimal_is_zero(ours->charged) && !decimal_is_zero(theirs->amount);
    if (!is_all && !is_free)
        return STATUS_OK;
    finding->cause = CAUSE_FUNDING;
    finding->text = arena_printf(arena, "they charge %s units that a package, a plan or the free quota paid", covered);
    return finding->text.ptr ? STATUS_OK : STATUS_NO_MEMORY;
}

/* The whole number that a is of b, 2 to 1000; 0: it is none. */
static unsigned times(struct decimal a, struct decimal b) {
    if (b.pico == 0 || a.pico % b.pico != 0)
        return 0;
    wide count = a.pico / b.pico;
    return count >= 2 && count <= 1000000 ? (unsigned)count : 0;
}

static enum status factor_guess(struct finding *finding, struct arena *arena) {
    static const unsigned units[] = {24, 60, 1000, 1024, 1440, 3600, 86400, 1000000};
    const struct side *ours = finding->ours, *theirs = finding->theirs;
    unsigned more = times(theirs->quantity, ours->quantity), less = times(ours->quantity, theirs->quantity);
    bool is_unit = false;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        is_unit = is_unit || more == units[i] || less == units[i];
    if (is_unit) {
        finding->cause = CAUSE_UNIT;
        finding->text = arena_printf(arena, "their quantity is %s%u times ours: another unit", more ? "" : "1 / ",
                                     more ? more : less);
    } else if (more != 0 && more <= 10) {
        finding->cause = CAUSE_DUPLICATE;
        finding->text = arena_printf(arena, "their quantity is %u times ours: counted more than once", more);
    }
    return finding->cause == CAUSE_NONE || finding->text.ptr ? STATUS_OK : STATUS_NO_MEMORY;
}

static bool is_same_quantity(const struct finding *finding) {
    const struct side *ours = finding->ours, *theirs = finding->theirs;
    return !theirs->has_quantity || decimal_cmp(ours->quantity, theirs->quantity) == 0 ||
           decimal_cmp(ours->charged, theirs->quantity) == 0;
}

enum status cause_find(struct finding *finding, struct arena *arena) {
    if (is_same_quantity(finding)) {
        TRY(funding_guess(finding, arena));
        if (finding->cause == CAUSE_NONE && finding->theirs->has_quantity)
            TRY(price_guess(finding, arena));
        if (finding->cause == CAUSE_NONE) {
            finding->cause = CAUSE_PRICE;
            finding->text = SLICE("the quantity is the same, the price is none that the tariff has");
        }
        return STATUS_OK;
    }
    TRY(factor_guess(finding, arena));
    if (finding->cause == CAUSE_NONE) {
        finding->cause = CAUSE_QUANTITY;
        finding->text = SLICE("the quantities differ");
    }
    return STATUS_OK;
}

/* Whether rounding every event up to whole units (or cutting it) gives their quantity. */
static bool rounds_to(const struct usage_part *parts, uint32_t count, enum rounding mode, struct decimal theirs) {
    wide sum = 0;
    for (uint32_t i = 0; i < count; i++) {
        struct decimal one;
        if (decimal_round(parts[i].quantity, 0, mode, &one) != STATUS_OK)
            return false;
        sum += one.pico;
    }
    return sum == theirs.pico;
}

static bool sum_rounds_to(struct decimal ours, enum rounding mode, struct decimal theirs) {
    struct decimal whole;
    return decimal_round(ours, 0, mode, &whole) == STATUS_OK && decimal_cmp(whole, theirs) == 0;
}

static const struct usage_part *part_of_size(const struct usage_part *parts, uint32_t count, wide size) {
    for (uint32_t i = 0; i < count; i++) {
        if (parts[i].quantity.pico == size)
            return &parts[i];
    }
    return NULL;
}

static enum status event_tell(struct finding *finding, const struct usage_part *part, bool is_more,
                              struct arena *arena) {
    char at[INSTANT_TEXT_MAX], quantity[DECIMAL_TEXT_MAX];
    instant_format(part->at_ns, finding->ours->tariff->zone, at);
    decimal_format(part->quantity, quantity);
    finding->cause = CAUSE_EVENT;
    finding->text =
        arena_printf(arena,
                     is_more ? "one event like that of %s with %s is on their bill once more than in the usage"
                             : "one event like that of %s with %s is not on their bill",
                     at, quantity);
    return finding->text.ptr ? STATUS_OK : STATUS_NO_MEMORY;
}

enum status finding_look_closer(struct finding *finding, const struct usage_part *parts, uint32_t count,
                                struct arena *arena) {
    if (finding->cause != CAUSE_QUANTITY)
        return STATUS_OK;
    struct decimal theirs = finding->theirs->quantity, ours = finding->ours->quantity;
    wide difference = theirs.pico - ours.pico;
    const struct usage_part *part = part_of_size(parts, count, difference < 0 ? -difference : difference);
    if (part != NULL)
        return event_tell(finding, part, difference > 0, arena);
    const char *how = rounds_to(parts, count, ROUND_UP, theirs)        ? "every event rounded up to whole units"
                      : rounds_to(parts, count, ROUND_DOWN, theirs)    ? "every event cut to whole units"
                      : rounds_to(parts, count, ROUND_HALF_UP, theirs) ? "every event rounded to whole units"
                      : sum_rounds_to(ours, ROUND_UP, theirs)          ? "the sum rounded up to whole units"
                      : sum_rounds_to(ours, ROUND_DOWN, theirs)        ? "the sum cut to whole units"
                                                                       : NULL;
    if (how == NULL)
        return STATUS_OK;
    finding->cause = CAUSE_ROUNDING;
    finding->text = arena_printf(arena, "their quantity is ours with %s", how);
    return finding->text.ptr ? STATUS_OK : STATUS_NO_MEMORY;
}
