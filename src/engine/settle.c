/* SPDX-License-Identifier: Apache-2.0
 *
 * From closed bills to what is owed. What waits for its settlement stands in the ledger under an item of its own, one
 * for each tariff and period: its exact sum is rounded once, on the day on which it is deducted. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/engine_private.h"

enum status money_init(struct engine *engine) {
    engine->money.tariff_items = ARENA_ARRAY(&engine->arena, engine->meter_base[engine->tariffs->count] + 1, uint32_t);
    return engine->money.tariff_items ? STATUS_OK : STATUS_NO_MEMORY;
}

void money_free(struct engine *engine) {
    ledger_free(&engine->money.ledger);
    names_free(&engine->money.items);
    free(engine->money.settlements);
}

const struct ledger *engine_ledger(const struct engine *engine) {
    return &engine->money.ledger;
}

struct slice engine_ledger_item(const struct engine *engine, uint32_t item) {
    return item ? engine->money.items.texts[item - 1] : SLICE("");
}

enum status engine_ledger_name(struct engine *engine, const struct tariff *tariff, struct slice item,
                               uint32_t *ret_item) {
    char text[512];
    int length = snprintf(text, sizeof text, "%.*s/%.*s", SLICE_ARG(tariff->name), SLICE_ARG(item));
    if (length < 0 || (size_t)length >= sizeof text)
        return STATUS_RANGE;
    uint32_t index;
    TRY(names_add(&engine->money.items, (struct slice){text, (size_t)length}, &index));
    *ret_item = index + 1;
    return STATUS_OK;
}

/* `tariff/item`; looked up by number from the second time on. */
static enum status line_item(struct engine *engine, const struct tariff *tariff, const struct bill_line *line,
                             uint32_t *ret_item) {
    uint32_t *known = NULL;
    if (line->item_index != INDEX_NONE)
        known = &engine->money.tariff_items[engine_meter(engine, tariff, line->item_index, INDEX_NONE)];
    if (!known || *known == 0)
        TRY(engine_ledger_name(engine, tariff, line->item, ret_item));
    else
        *ret_item = *known;
    if (known)
        *known = *ret_item;
    return STATUS_OK;
}

/* ---- when ---- */

/* The first of the tariff's days in the month behind the period; without days the period's end. */
static enum status due_of(const struct tariff *tariff, struct period period, int64_t *ret_ns) {
    if (tariff->settlement_first_day == 0) {
        *ret_ns = period.end_ns;
        return STATUS_OK;
    }
    struct civil civil = zone_civil(tariff->zone, period.end_ns), day = {.year = civil.year, .month = civil.month};
    int64_t last_ns;
    day.day = (int8_t)tariff->settlement_first_day;
    TRY(zone_instant(tariff->zone, day, ret_ns));
    struct civil behind = {.year = civil.year, .month = (int8_t)(civil.month + 1), .day = 0}; /* the month's last day */
    TRY(zone_instant(tariff->zone, behind, &last_ns));
    if (*ret_ns > last_ns)
        *ret_ns = last_ns;
    return STATUS_OK;
}

static struct settlement *settlement_find(const struct money *money, const struct tariff *tariff, int64_t start_ns) {
    for (uint32_t i = money->settlement_count; i > 0; i--)
        if (money->settlements[i - 1].tariff == tariff && money->settlements[i - 1].period.start_ns == start_ns)
            return &money->settlements[i - 1];
    return NULL;
}

enum status bill_waits(const struct bill *bill, struct period *ret_period, int64_t *ret_due_ns, bool *ret_waits) {
    const struct tariff *tariff = bill->tariff;
    *ret_waits = false;
    if (bill->kind != BILL_USAGE || !tariff->has_settlement)
        return STATUS_OK;
    struct period period;
    TRY(cycle_of(tariff->settlement_period, tariff->zone, bill->cycle.start_ns, bill->cycle.start_ns, &period));
    TRY(due_of(tariff, period, ret_due_ns));
    bool has_whole = period.start_ns >= bill->cycle.start_ns && period.end_ns <= bill->cycle.end_ns;
    *ret_period = period;
    *ret_waits = !has_whole || *ret_due_ns > bill->cycle.end_ns;
    return STATUS_OK;
}

/* The settlement that a usage bill waits for; *ret_item 0: it is settled at once. */
static enum status settlement_of(struct engine *engine, const struct bill *bill, uint32_t *ret_item) {
    const struct tariff *tariff = bill->tariff;
    struct settlement wanted = {.tariff = tariff};
    struct money *money = &engine->money;
    bool waits;
    *ret_item = 0;
    TRY(bill_waits(bill, &wanted.period, &wanted.due_ns, &waits));
    if (!waits)
        return STATUS_OK;
    const struct settlement *known = settlement_find(money, tariff, wanted.period.start_ns);
    if (known) {
        *ret_item = known->item;
        return STATUS_OK;
    }
    char since[INSTANT_TEXT_MAX];
    instant_format(wanted.period.start_ns, tariff->zone, since);
    TRY(engine_ledger_name(engine, tariff, slice_of(since), &wanted.item));
    void *list = money->settlements;
    enum status status = list_grow(&list, money->settlement_count, &money->settlement_cap, sizeof *money->settlements);
    money->settlements = list;
    TRY(status);
    money->settlements[money->settlement_count++] = wanted;
    *ret_item = wanted.item;
    return agenda_add(&engine->agenda, (struct duty){wanted.due_ns, DUTY_SETTLEMENT, 0, tariff->index, wanted.item});
}

/* ---- posting ---- */

enum status engine_post(struct engine *engine, struct ledger_key debit, struct ledger_key credit,
                        struct decimal amount) {
    struct decimal back;
    if (decimal_is_zero(amount))
        return STATUS_OK;
    TRY(decimal_sub(DECIMAL_ZERO, amount, &back));
    struct posting postings[] = {{debit, amount}, {credit, back}};
    return ledger_post(&engine->money.ledger, postings, 2);
}

/* What a bill states exactly becomes what it asks for. */
static enum status post_settled(struct engine *engine, uint32_t account, const struct bill *bill, uint32_t item) {
    const struct currency *currency = bill->tariff->currency;
    struct decimal settled, lost;
    TRY(decimal_sub(DECIMAL_ZERO, bill->exact_total, &settled));
    TRY(decimal_sub(bill->exact_total, bill->total, &lost));
    struct posting postings[] = {{{account, currency, LEDGER_RECEIVABLE, 0}, bill->total},
                                 {{account, currency, LEDGER_ROUNDING, 0}, lost},
                                 {{account, currency, LEDGER_UNSETTLED, item}, settled}};
    TRY(ledger_post(&engine->money.ledger, postings, 3));
    return engine_bill_alert(engine, account, bill);
}

static enum status post_usage(struct engine *engine, uint32_t account, const struct bill *bill) {
    const struct currency *currency = bill->tariff->currency;
    uint32_t waits;
    TRY(settlement_of(engine, bill, &waits));
    for (uint32_t i = 0; i < bill->line_count; i++) {
        const struct bill_line *line = &bill->lines[i];
        struct ledger_key credit = {account, currency, line->is_adjustment ? LEDGER_ADJUSTMENTS : LEDGER_REVENUE, 0};
        if (decimal_is_zero(line->amount))
            continue;
        TRY(line_item(engine, bill->tariff, line, &credit.item));
        TRY(engine_post(engine, (struct ledger_key){account, currency, LEDGER_UNSETTLED, waits}, credit, line->amount));
    }
    return waits ? STATUS_OK : post_settled(engine, account, bill, 0);
}

enum status engine_bill_posted(struct engine *engine, uint32_t account, const struct bill *bill) {
    const struct settlement *settlement;
    struct subscription *subscription;
    switch (bill->kind) {
    case BILL_ORDERS:
        TRY(engine_defer(engine, account, bill));
        break;
    case BILL_USAGE:
        TRY(post_usage(engine, account, bill));
        break;
    case BILL_SETTLEMENT:
        settlement = settlement_find(&engine->money, bill->tariff, bill->cycle.start_ns);
        TRY(post_settled(engine, account, bill, settlement->item));
        break;
    case BILL_KIND_COUNT:
        break;
    }
    if (!engine->accounts[account].wallets)
        return STATUS_OK;
    if (bill->tariff->overdue.is_set) /* an account that may come to owe can be suspended under this tariff */
        TRY(engine_subscription(engine, account, bill->tariff, &subscription));
    return engine_collect(engine, account, bill->tariff->currency, engine->at_ns);
}

/* ---- settlements ---- */

static enum status settlement_bill(struct engine *engine, const struct settlement *settlement,
                                   const struct posting *sum, struct arena *run) {
    const struct tariff *tariff = settlement->tariff;
    char from[INSTANT_TEXT_MAX], until[INSTANT_TEXT_MAX];
    arena_reset(run);
    instant_format(settlement->period.start_ns, tariff->zone, from);
    instant_format(settlement->period.end_ns, tariff->zone, until);
    struct bill_line line = {.item = tariff->name,
                             .unit = SLICE("settlement"),
                             .quantity = decimal_from_int(1),
                             .unit_price = sum->amount,
                             .per = decimal_from_int(1),
                             .amount = sum->amount,
                             .funding = "settlement",
                             .price_from_ns = INSTANT_MIN,
                             .note =
                                 arena_printf(run, "bills of the cycles from %s to %s, summed exactly", from, until),
                             .item_index = INDEX_NONE,
                             .rate = INDEX_NONE};
    if (!line.note.ptr)
        return STATUS_NO_MEMORY;
    return engine_bill(engine, sum->key.account,
                       (struct bill){.tariff = tariff,
                                     .kind = BILL_SETTLEMENT,
                                     .cycle = settlement->period,
                                     .closed_ns = engine->now_ns,
                                     .lines = &line,
                                     .line_count = 1});
}

enum status engine_settle(struct engine *engine, const struct duty *duty) {
    struct money *money = &engine->money;
    struct arena run = {0};
    struct posting *sums;
    uint64_t count;
    uint32_t at = 0;
    while (at < money->settlement_count && money->settlements[at].item != duty->ref)
        at++;
    if (at == money->settlement_count)
        return STATUS_INVALID;
    TRY(ledger_select(&money->ledger, LEDGER_UNSETTLED, (uint32_t)duty->ref, &sums, &count));
    enum status status = STATUS_OK;
    for (uint64_t i = 0; i < count && status == STATUS_OK; i++)
        status = settlement_bill(engine, &money->settlements[at], &sums[i], &run);
    free(sums);
    arena_free(&run);
    TRY(status);
    money->settlement_count--;
    memmove(&money->settlements[at], &money->settlements[at + 1],
            (money->settlement_count - at) * sizeof *money->settlements);
    return STATUS_OK;
}

enum status engine_frozen(const struct engine *engine, uint32_t account, const struct currency *currency,
                          struct decimal *ret_frozen) {
    struct decimal frozen = DECIMAL_ZERO;
    for (uint32_t i = 0; i < engine->money.settlement_count; i++) {
        const struct settlement *settlement = &engine->money.settlements[i];
        struct ledger_key key = {account, currency, LEDGER_UNSETTLED, settlement->item};
        if (settlement->tariff->settlement_freezes)
            TRY(decimal_add(frozen, ledger_balance(&engine->money.ledger, key), &frozen));
    }
    *ret_frozen = frozen;
    return STATUS_OK;
}
