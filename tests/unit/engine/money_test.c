/* SPDX-License-Identifier: Apache-2.0
 *
 * What is owed and what is paid. Every history is applied document by document, the invariants of the money facts are
 * checked after each, and the state goes through a snapshot and back: nothing of it may get lost. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/engine_private.h"
#include "engine/snapshot.h"
#include "support/check.h"

/* Hourly bills that are frozen and settled by the month; a price whose sums need rounding. */
#define HOURLY                                                                                                         \
    "tariff: hourly\ncurrency: USD\nzone: Asia/Shanghai\ncycle: hour\n"                                                \
    "settlement: {period: month, freeze: true}\nbill_rounding: {scale: 2, mode: down}\n"                               \
    "items: {work: {unit: call, price: 0.006}}\noperations: {Work: work}\n"
/* Monthly bills, deducted on the third; packages, a plan and a licence. */
#define MONTHLY                                                                                                        \
    "tariff: monthly\ncurrency: USD\nzone: Asia/Shanghai\ncycle: month\n"                                              \
    "settlement: {period: month, days: [3, 5]}\n"                                                                      \
    "items: {call: {unit: call, price: 0.5}}\noperations: {Call: call}\n"                                              \
    "packages:\n"                                                                                                      \
    "  calls: {kind: single, unit: call, validity: 3 months, scope: {call: 1}, sizes: {3: 10, 100: 30}}\n"             \
    "qps:\n  fast: {items: [call], month: 31}\n"                                                                       \
    "licences:\n  sdk: {price: 365, period: 1 year, activate_within: 1 month}\n"                                       \
    "refunds: {within: 7 days, if: unused}\n"                                                                          \
    "overdue: {grace: 24 hours, pauses: [single], resume: paid}\n"
/* Settled when a bill is closed; strict about debts. */
#define STRICT                                                                                                         \
    "tariff: strict\ncurrency: USD\nzone: Asia/Shanghai\ncycle: hour\n"                                                \
    "items: {call: {unit: call, price: 1}}\noperations: {Call: call}\n"                                                \
    "packages:\n  calls: {kind: general, unit: call, validity: 1 year, scope: {call: 1}, sizes: {10: 5}}\n"            \
    "overdue: {grace: 24 hours, pauses: [general, payg], resume: released}\n"

struct world {
    struct tariff_set tariffs;
    struct reader *reader;
    struct arena run;
    struct engine *engine;
    struct buf bills, told;
    uint32_t documents, alerts;
    struct decimal used, settled_exact, settled; /* of all bills: usage; what was settled, before and after rounding */
};

static void sum_add(struct decimal *sum, struct decimal amount) {
    CHECK_OK(decimal_add(*sum, amount, sum));
}

static enum status bill_take(void *context, const struct bill *bill) {
    struct world *world = context;
    char exact[DECIMAL_TEXT_MAX], total[DECIMAL_TEXT_MAX];
    decimal_format(bill->exact_total, exact);
    decimal_format(bill->total, total);
    buf_printf(&world->bills, "%.*s %.*s %s: %s = %s\n", SLICE_ARG(bill->account), SLICE_ARG(bill->tariff->name),
               bill_kind_name(bill->kind), exact, total);
    if (bill->kind == BILL_USAGE)
        sum_add(&world->used, bill->exact_total);
    if (bill->kind != BILL_USAGE || slice_is(bill->tariff->name, "strict")) {
        sum_add(&world->settled_exact, bill->exact_total);
        sum_add(&world->settled, bill->total);
    }
    if (bill->kind == BILL_ORDERS) /* so that settled_exact is that of usage alone */
        CHECK_OK(decimal_sub(world->settled_exact, bill->exact_total, &world->settled_exact));
    return STATUS_OK;
}

static void world_open(struct world *world) {
    static const uint8_t key[16] = "sixteen bytes ok";
    static const char *const texts[] = {HOURLY, MONTHLY, STRICT};
    struct diags diags = {0};
    *world = (struct world){0};
    for (size_t i = 0; i < CHECK_COUNT(texts); i++)
        CHECK_OK(tariff_set_add_text(&world->tariffs, SLICE("test.yaml"), slice_of(texts[i]), &diags));
    CHECK_OK(reader_new(&world->tariffs, key, &world->reader));
    CHECK_OK(engine_new(&world->tariffs, &world->engine));
    engine_set_sink(world->engine, (struct bill_sink){bill_take, world});
    diags_free(&diags);
}

static void world_close(struct world *world) {
    engine_free(world->engine);
    reader_free(world->reader);
    tariff_set_free(&world->tariffs);
    arena_free(&world->run);
    buf_free(&world->bills);
    buf_free(&world->told);
}

/* The state must survive being written and read, byte for byte. */
static void world_restart(struct world *world) {
    struct buf before = {0}, after = {0};
    struct engine *engine;
    CHECK_OK(engine_snapshot(world->engine, &before));
    CHECK_OK(engine_restore(&world->tariffs, buf_slice(&before), &engine));
    CHECK_OK(engine_snapshot(engine, &after));
    CHECK(slice_eq(buf_slice(&before), buf_slice(&after)));
    CHECK_OK(engine_check(engine));
    engine_free(world->engine);
    world->engine = engine;
    engine_set_sink(engine, (struct bill_sink){bill_take, world});
    buf_free(&before);
    buf_free(&after);
}

/* type, time (the zone's), members of data */
static void say(struct world *world, const char *type, const char *time, const char *data) {
    struct record *records;
    uint32_t count;
    char *document = arena_alloc(&world->run, 1024 + JSON_PADDING);
    int length = snprintf(document, 1024,
                          "{\"specversion\":\"1.0\",\"id\":\"%u\",\"source\":\"t\",\"type\":\"%s\",\"subject\":\"ann\","
                          "\"time\":\"%s+08:00\",\"data\":{%s}}",
                          ++world->documents, type, time, data);
    memset(document + length, 0, JSON_PADDING);
    CHECK_OK(reader_read(world->reader, (struct slice){document, (size_t)length}, world->documents, &world->run, NULL,
                         &records, &count));
    CHECK_OK(engine_apply(world->engine, records, count, NULL));
    CHECK_OK(engine_check(world->engine));
    world_restart(world);
}

static void tick(struct world *world, const char *time) {
    say(world, "tollgate.tick", time, "");
}

/* A balance of the only account in USD, item by name; NULL: none. */
static const char *balance(struct world *world, enum ledger_account ledger_account, const char *item) {
    uint32_t number = item ? names_find(&world->engine->money.items, slice_of(item)) : NAMES_NONE;
    struct ledger_key key = {0, currency_find(SLICE("USD")), ledger_account, number == NAMES_NONE ? 0 : number + 1};
    char *text = arena_alloc(&world->run, DECIMAL_TEXT_MAX);
    decimal_format(ledger_balance(engine_ledger(world->engine), key), text);
    return item && number == NAMES_NONE ? "no such item" : text;
}

static const char *available(struct world *world) {
    struct wallet_state money;
    char *text = arena_alloc(&world->run, DECIMAL_TEXT_MAX);
    CHECK_OK(engine_wallet_state(world->engine, 0, engine_wallets(world->engine, 0), &money));
    decimal_format(money.available, text);
    return text;
}

/* Alerts since the last call: "overdue USD -1; " */
static struct slice alerts(struct world *world) {
    world->told.len = 0;
    for (; world->alerts < world->engine->alert_count; world->alerts++) {
        const struct alert *alert = &world->engine->alerts[world->alerts];
        char left[DECIMAL_TEXT_MAX];
        decimal_format(alert->remaining, left);
        struct slice about = alert->tariff ? alert->tariff->name : alert->item;
        buf_printf(&world->told, "%s %.*s %s; ", alert_name(alert->kind), SLICE_ARG(about), left);
    }
    return buf_slice(&world->told);
}

static struct slice last_rejection(const struct world *world) {
    const struct engine *engine = world->engine;
    return engine->rejected_count ? engine->rejected[engine->rejected_count - 1].reason : SLICE("nothing");
}

/* ---- wallets ---- */

static void money_comes_and_goes(void **state) {
    struct world world;
    (void)state;
    world_open(&world);
    say(&world, "tollgate.wallet", "2026-01-05T10:00:00", "\"amount\":\"100.5\",\"currency\":\"USD\"");
    CHECK_TEXT(slice_of(balance(&world, LEDGER_CASH, NULL)), "100.5");
    CHECK_TEXT(slice_of(balance(&world, LEDGER_WALLET, NULL)), "-100.5");
    say(&world, "tollgate.wallet", "2026-01-05T11:00:00", "\"amount\":\"-100\",\"currency\":\"USD\"");
    CHECK_TEXT(slice_of(available(&world)), "0.5");
    say(&world, "tollgate.wallet", "2026-01-05T12:00:00", "\"amount\":\"-0.51\",\"currency\":\"USD\"");
    CHECK_TEXT(last_rejection(&world),
               "a payout of 0.51 USD is refused: the wallet has 0.5 that nothing claims; pay out no more than that");
    CHECK_TEXT(slice_of(available(&world)), "0.5");
    say(&world, "tollgate.wallet", "2026-01-05T12:30:00", "\"amount\":\"-1\",\"currency\":\"EUR\"");
    CHECK_TEXT(last_rejection(&world),
               "a payout of 1 EUR is refused: the wallet has 0 that nothing claims; pay out no more than that");
    say(&world, "tollgate.account", "2026-01-05T13:00:00", "\"credit\":{\"USD\":\"20\"}");
    CHECK_TEXT(slice_of(available(&world)), "20.5");
    say(&world, "tollgate.wallet", "2026-01-05T14:00:00", "\"amount\":\"-1\",\"currency\":\"USD\"");
    CHECK_TEXT(last_rejection(&world),
               "a payout of 1 USD is refused: the wallet has 0.5 that nothing claims; pay out no more than that");
    CHECK_TEXT(alerts(&world), "");
    world_close(&world);
}

static void what_is_low_is_told_once_until_it_is_above_again(void **state) {
    struct world world;
    (void)state;
    world_open(&world);
    say(&world, "tollgate.wallet", "2026-01-05T10:00:00", "\"amount\":10,\"currency\":\"USD\"");
    say(&world, "tollgate.account", "2026-01-05T10:01:00", "\"low\":{\"USD\":10}");
    CHECK_TEXT(alerts(&world), ""); /* not below */
    say(&world, "tollgate.wallet", "2026-01-05T10:02:00", "\"amount\":\"-0.01\",\"currency\":\"USD\"");
    CHECK_TEXT(alerts(&world), "balance-low USD 9.99; ");
    say(&world, "tollgate.wallet", "2026-01-05T10:03:00", "\"amount\":-1,\"currency\":\"USD\"");
    CHECK_TEXT(alerts(&world), "");
    say(&world, "tollgate.wallet", "2026-01-05T10:04:00", "\"amount\":5,\"currency\":\"USD\"");
    say(&world, "tollgate.wallet", "2026-01-05T10:05:00", "\"amount\":-5,\"currency\":\"USD\"");
    CHECK_TEXT(alerts(&world), "balance-low USD 8.99; ");
    world_close(&world);
}

/* ---- settlement ---- */

static void hourly_bills_freeze_and_the_month_is_cut_once(void **state) {
    struct world world;
    (void)state;
    world_open(&world);
    say(&world, "tollgate.wallet", "2026-01-05T10:00:00", "\"amount\":\"1\",\"currency\":\"USD\"");
    for (int day = 10; day < 15; day++) { /* 5 x 0.006 = 0.03; cut by the hour it would be nothing */
        char time[32];
        snprintf(time, sizeof time, "2026-01-%dT10:30:00", day);
        say(&world, "hourly.Work", time, "");
    }
    CHECK_TEXT(slice_of(available(&world)), "1");
    tick(&world, "2026-01-20T00:00:00");
    CHECK_TEXT(slice_of(available(&world)), "0.97");
    CHECK_TEXT(slice_of(balance(&world, LEDGER_WALLET, NULL)), "-1");
    CHECK_TEXT(slice_of(balance(&world, LEDGER_UNSETTLED, "hourly/2026-01-01T00:00:00+08:00")), "0.03");
    CHECK_TEXT(slice_of(balance(&world, LEDGER_REVENUE, "hourly/work")), "-0.03");
    say(&world, "tollgate.wallet", "2026-01-20T10:00:00", "\"amount\":\"-0.98\",\"currency\":\"USD\"");
    CHECK_TEXT(last_rejection(&world),
               "a payout of 0.98 USD is refused: the wallet has 0.97 that nothing claims; pay out no more than that");
    say(&world, "hourly.Work", "2026-01-31T23:30:00", "");
    tick(&world, "2026-01-31T23:59:59");
    CHECK_TEXT(slice_of(available(&world)), "0.97");
    world.bills.len = 0;
    tick(&world, "2026-02-01T00:00:00"); /* closes the last hour, then settles: 0.036, cut to 0.03 */
    CHECK_TEXT(buf_slice(&world.bills), "ann hourly usage: 0.006 = 0\nann hourly settlement: 0.036 = 0.03\n");
    CHECK_TEXT(slice_of(balance(&world, LEDGER_WALLET, NULL)), "-0.97");
    CHECK_TEXT(slice_of(balance(&world, LEDGER_UNSETTLED, "hourly/2026-01-01T00:00:00+08:00")), "0");
    CHECK_TEXT(slice_of(balance(&world, LEDGER_ROUNDING, NULL)), "0.006");
    CHECK_TEXT(slice_of(balance(&world, LEDGER_RECEIVABLE, NULL)), "0");
    CHECK_TEXT(slice_of(available(&world)), "0.97");
    say(&world, "hourly.Work", "2026-02-03T10:00:00", "\"count\":100");
    say(&world, "hourly.Work", "2026-01-10T10:40:00", "\"count\":2"); /* late: an adjustment on the next bill */
    world.bills.len = 0;
    tick(&world, "2026-03-01T00:00:00");
    CHECK_TEXT(buf_slice(&world.bills),
               "ann hourly usage: 0.012 = 0.01\nann hourly usage: 0.6 = 0.6\nann hourly settlement: 0.612 = 0.61\n");
    CHECK_TEXT(slice_of(balance(&world, LEDGER_ADJUSTMENTS, "hourly/work")), "-0.012");
    CHECK_TEXT(slice_of(balance(&world, LEDGER_WALLET, NULL)), "-0.36");
    world_close(&world);
}

static void a_month_is_deducted_on_its_day(void **state) {
    struct world world;
    (void)state;
    world_open(&world);
    say(&world, "tollgate.wallet", "2026-01-05T10:00:00", "\"amount\":\"10\",\"currency\":\"USD\"");
    say(&world, "monthly.Call", "2026-01-10T10:00:00", "\"count\":5");
    tick(&world, "2026-02-02T23:59:59"); /* closed, and nothing is frozen under this tariff */
    CHECK_TEXT(buf_slice(&world.bills), "ann monthly usage: 2.5 = 2.5\n");
    CHECK_TEXT(slice_of(available(&world)), "10");
    tick(&world, "2026-02-03T00:00:00");
    CHECK_TEXT(buf_slice(&world.bills), "ann monthly usage: 2.5 = 2.5\nann monthly settlement: 2.5 = 2.5\n");
    CHECK_TEXT(slice_of(available(&world)), "7.5");
    world_close(&world);
}

static void who_has_no_wallet_owes_until_one_is_opened(void **state) {
    struct world world;
    (void)state;
    world_open(&world);
    say(&world, "strict.Call", "2026-01-10T10:00:00", "\"count\":7");
    tick(&world, "2026-01-10T11:00:00");
    CHECK_TEXT(slice_of(balance(&world, LEDGER_RECEIVABLE, NULL)), "7");
    CHECK_TEXT(alerts(&world), "");
    say(&world, "tollgate.wallet", "2026-01-11T10:00:00", "\"amount\":\"5\",\"currency\":\"USD\"");
    CHECK_TEXT(slice_of(balance(&world, LEDGER_RECEIVABLE, NULL)), "0");
    CHECK_TEXT(slice_of(available(&world)), "-2");
    CHECK_TEXT(alerts(&world), "overdue USD -2; ");
    world_close(&world);
}

/* ---- deferred revenue ---- */

static void packages_are_earned_by_use_and_the_rest_expires(void **state) {
    struct world world;
    (void)state;
    world_open(&world);
    say(&world, "tollgate.order", "2026-01-05T10:00:00", "\"tariff\":\"monthly\",\"sku\":\"calls-3\"");
    CHECK_TEXT(buf_slice(&world.bills), "ann monthly orders: 10 = 10\n");
    CHECK_TEXT(slice_of(balance(&world, LEDGER_RECEIVABLE, NULL)), "10");
    CHECK_TEXT(slice_of(balance(&world, LEDGER_DEFERRED, "monthly/calls-3")), "-10");
    say(&world, "monthly.Call", "2026-01-10T10:00:00", "");
    CHECK_TEXT(slice_of(balance(&world, LEDGER_DEFERRED, "monthly/calls-3")), "-10");
    tick(&world, "2026-02-01T00:00:00"); /* a third of 10, cut to twelve digits */
    CHECK_TEXT(slice_of(balance(&world, LEDGER_REVENUE, "monthly/calls-3")), "-3.333333333333");
    CHECK_TEXT(slice_of(balance(&world, LEDGER_DEFERRED, "monthly/calls-3")), "-6.666666666667");
    say(&world, "monthly.Call", "2026-02-10T10:00:00", "");
    tick(&world, "2026-03-01T00:00:00");
    CHECK_TEXT(slice_of(balance(&world, LEDGER_REVENUE, "monthly/calls-3")), "-6.666666666666");
    tick(&world, "2026-04-05T09:59:59");
    CHECK_TEXT(slice_of(balance(&world, LEDGER_EXPIRED, "monthly/calls-3")), "0");
    tick(&world, "2026-04-05T10:00:00");
    CHECK_TEXT(slice_of(balance(&world, LEDGER_EXPIRED, "monthly/calls-3")), "-3.333333333334");
    CHECK_TEXT(slice_of(balance(&world, LEDGER_DEFERRED, "monthly/calls-3")), "0");
    tick(&world, "2027-01-01T00:00:00");
    CHECK_UINT(world.engine->agenda.count, 0);
    world_close(&world);
}

static void what_is_used_up_is_earned_whole(void **state) {
    struct world world;
    (void)state;
    world_open(&world);
    say(&world, "tollgate.order", "2026-01-05T10:00:00", "\"tariff\":\"monthly\",\"sku\":\"calls-3\"");
    say(&world, "monthly.Call", "2026-01-10T10:00:00", "\"count\":3");
    tick(&world, "2026-02-01T00:00:00");
    CHECK_TEXT(slice_of(balance(&world, LEDGER_REVENUE, "monthly/calls-3")), "-10");
    CHECK_TEXT(slice_of(balance(&world, LEDGER_DEFERRED, "monthly/calls-3")), "0");
    world_close(&world);
}

static void plans_are_earned_by_time(void **state) {
    struct world world;
    (void)state;
    world_open(&world);
    say(&world, "tollgate.order", "2026-01-22T00:00:00", "\"tariff\":\"monthly\",\"sku\":\"fast-qps-month\"");
    CHECK_TEXT(slice_of(balance(&world, LEDGER_DEFERRED, "monthly/fast-qps-month")), "-31");
    tick(&world, "2026-02-01T00:00:00"); /* 10 of 31 days */
    CHECK_TEXT(slice_of(balance(&world, LEDGER_REVENUE, "monthly/fast-qps-month")), "-10");
    tick(&world, "2026-02-22T00:00:00");
    CHECK_TEXT(slice_of(balance(&world, LEDGER_REVENUE, "monthly/fast-qps-month")), "-31");
    CHECK_TEXT(slice_of(balance(&world, LEDGER_EXPIRED, "monthly/fast-qps-month")), "0");
    world_close(&world);
}

static void a_licence_is_earned_from_its_activation_or_lapses(void **state) {
    struct world world;
    (void)state;
    world_open(&world);
    say(&world, "tollgate.order", "2026-01-01T00:00:00", "\"tariff\":\"monthly\",\"sku\":\"sdk\"");
    say(&world, "tollgate.order", "2026-01-01T00:00:00", "\"tariff\":\"monthly\",\"sku\":\"sdk\"");
    say(&world, "tollgate.activate", "2026-01-22T00:00:00", "\"tariff\":\"monthly\",\"order\":\"2\"");
    tick(&world, "2026-02-01T00:00:00"); /* the first lapses with its month, the second has had 10 of 365 days */
    CHECK_TEXT(slice_of(balance(&world, LEDGER_EXPIRED, "monthly/sdk")), "-365");
    CHECK_TEXT(slice_of(balance(&world, LEDGER_REVENUE, "monthly/sdk")), "-10");
    tick(&world, "2027-01-21T23:59:59");
    CHECK_TEXT(slice_of(balance(&world, LEDGER_REVENUE, "monthly/sdk")), "-344");
    tick(&world, "2027-02-01T00:00:00");
    CHECK_TEXT(slice_of(balance(&world, LEDGER_REVENUE, "monthly/sdk")), "-365");
    CHECK_TEXT(slice_of(balance(&world, LEDGER_DEFERRED, "monthly/sdk")), "0");
    world_close(&world);
}

static void a_refund_gives_back_what_was_deferred(void **state) {
    struct world world;
    (void)state;
    world_open(&world);
    say(&world, "tollgate.wallet", "2026-01-05T10:00:00", "\"amount\":\"10\",\"currency\":\"USD\"");
    say(&world, "tollgate.order", "2026-01-05T10:00:00", "\"tariff\":\"monthly\",\"sku\":\"calls-3\"");
    CHECK_TEXT(slice_of(available(&world)), "0");
    CHECK_TEXT(slice_of(balance(&world, LEDGER_RECEIVABLE, NULL)), "0");
    say(&world, "tollgate.refund", "2026-01-06T10:00:00", "\"order\":\"2\"");
    CHECK_TEXT(slice_of(available(&world)), "10");
    CHECK_TEXT(slice_of(balance(&world, LEDGER_DEFERRED, "monthly/calls-3")), "0");
    CHECK_TEXT(slice_of(balance(&world, LEDGER_ADJUSTMENTS, NULL)), "0");
    tick(&world, "2026-08-01T00:00:00");
    CHECK_TEXT(slice_of(balance(&world, LEDGER_EXPIRED, "monthly/calls-3")), "0");
    CHECK_TEXT(alerts(&world), "");
    world_close(&world);
}

/* ---- owing ---- */

static struct decimal paid_by(const struct world *world, const char *tariff, enum funding funding) {
    const struct engine *engine = world->engine;
    struct decimal sum = DECIMAL_ZERO;
    for (uint32_t i = 0; i < engine->cycle_count; i++) {
        const struct cells *cells = &engine->cycles[i].cells;
        for (uint64_t k = 0; cells->slots && k <= cells->mask; k++)
            if (cells->slots[k].key.meter && cells->slots[k].key.funding == funding &&
                slice_is(engine->cycles[i].tariff->name, tariff))
                CHECK_OK(decimal_add(sum, cells->slots[k].quantity, &sum));
    }
    return sum;
}

static void who_owes_pays_as_he_goes_until_the_grace_is_over(void **state) {
    struct world world;
    (void)state;
    world_open(&world);
    say(&world, "tollgate.wallet", "2026-01-05T10:00:00", "\"amount\":\"39\",\"currency\":\"USD\"");
    say(&world, "tollgate.order", "2026-01-05T10:30:00", "\"tariff\":\"monthly\",\"sku\":\"calls-3\"");
    say(&world, "tollgate.order", "2026-01-05T11:00:00", "\"tariff\":\"monthly\",\"sku\":\"calls-100\"");
    CHECK_TEXT(alerts(&world), "overdue USD -1; ");
    say(&world, "monthly.Call", "2026-01-05T10:59:00", ""); /* before the debt */
    CHECK_WIDE(paid_by(&world, "monthly", FUNDING_SINGLE).pico, DECIMAL_ONE_PICO);
    say(&world, "monthly.Call", "2026-01-05T11:00:00", "");
    CHECK_WIDE(paid_by(&world, "monthly", FUNDING_SINGLE).pico, DECIMAL_ONE_PICO);
    CHECK_WIDE(paid_by(&world, "monthly", FUNDING_PAYG).pico, DECIMAL_ONE_PICO);
    say(&world, "monthly.Call", "2026-01-06T10:59:59", "");
    CHECK_WIDE(paid_by(&world, "monthly", FUNDING_PAYG).pico, 2 * DECIMAL_ONE_PICO);
    say(&world, "monthly.Call", "2026-01-06T11:00:00", ""); /* no tick has come, and still */
    CHECK_WIDE(paid_by(&world, "monthly", FUNDING_PAYG).pico, 2 * DECIMAL_ONE_PICO);
    CHECK_TEXT(last_rejection(&world), "nothing pays for 1 call of call under monthly: the account is suspended for "
                                       "owing too long; top up its wallet");
    tick(&world, "2026-01-06T12:00:00");
    CHECK_TEXT(alerts(&world), "unfunded  0; suspended monthly 0; ");
    tick(&world, "2026-01-07T12:00:00");
    CHECK_TEXT(alerts(&world), "");
    say(&world, "tollgate.wallet", "2026-01-07T13:00:00", "\"amount\":\"1\",\"currency\":\"USD\"");
    CHECK_TEXT(alerts(&world), "resumed USD 0; ");
    say(&world, "monthly.Call", "2026-01-07T13:00:01", "");
    CHECK_WIDE(paid_by(&world, "monthly", FUNDING_SINGLE).pico, 2 * DECIMAL_ONE_PICO);
    tick(&world, "2026-01-20T00:00:00"); /* the duty of a debt that was paid does nothing */
    CHECK_TEXT(alerts(&world), "");
    world_close(&world);
}

static void who_owes_gets_no_hold_of_what_pauses(void **state) {
    struct world world;
    (void)state;
    world_open(&world);
    say(&world, "tollgate.wallet", "2026-01-05T10:00:00", "\"amount\":\"9\",\"currency\":\"USD\"");
    say(&world, "tollgate.order", "2026-01-05T10:00:00", "\"tariff\":\"strict\",\"sku\":\"calls-10\"");
    say(&world, "tollgate.hold", "2026-01-05T10:30:00", "\"operation\":\"strict.Call\",\"data\":{\"count\":4}");
    CHECK_TEXT(last_rejection(&world), "nothing");
    say(&world, "tollgate.order", "2026-01-05T11:00:00", "\"tariff\":\"strict\",\"sku\":\"calls-10\"");
    CHECK_TEXT(alerts(&world), "overdue USD -1; ");
    say(&world, "strict.Call", "2026-01-05T11:20:00", "\"hold\":\"3\",\"count\":4"); /* let in before the debt */
    CHECK_WIDE(paid_by(&world, "strict", FUNDING_GENERAL).pico, 4 * DECIMAL_ONE_PICO);
    say(&world, "strict.Call", "2026-01-05T11:20:00", "\"hold\":\"3\""); /* it has ended */
    CHECK_WIDE(paid_by(&world, "strict", FUNDING_GENERAL).pico, 4 * DECIMAL_ONE_PICO);
    say(&world, "tollgate.hold", "2026-01-05T11:30:00", "\"operation\":\"strict.Call\"");
    CHECK_TEXT(last_rejection(&world),
               "hold refused: nothing would pay for 1 call of call: the account owes money, and "
               "pay-as-you-go pauses; top up its wallet");
    say(&world, "tollgate.hold", "2026-01-06T11:00:00", "\"operation\":\"strict.Call\"");
    CHECK_TEXT(last_rejection(&world), "hold refused: the account is suspended for owing too long; top up its wallet");
    world_close(&world);
}

static void some_tariffs_want_more_than_money(void **state) {
    struct world world;
    (void)state;
    world_open(&world);
    say(&world, "tollgate.wallet", "2026-01-05T10:00:00", "\"amount\":\"3\",\"currency\":\"USD\"");
    say(&world, "tollgate.order", "2026-01-05T10:00:00", "\"tariff\":\"strict\",\"sku\":\"calls-10\"");
    CHECK_TEXT(alerts(&world), "overdue USD -2; ");
    say(&world, "strict.Call", "2026-01-05T10:30:00", "");
    CHECK_TEXT(last_rejection(&world), "nothing pays for 1 call of call under strict: the account owes money, and "
                                       "pay-as-you-go pauses; top up its wallet");
    say(&world, "tollgate.account", "2026-01-05T10:31:00", "\"released\":{\"strict\":true}");
    CHECK_TEXT(last_rejection(&world),
               "tariff strict stays suspended: the account still owes; top up its wallet in USD first");
    say(&world, "tollgate.wallet", "2026-01-05T10:32:00", "\"amount\":\"2\",\"currency\":\"USD\"");
    CHECK_TEXT(alerts(&world), "unfunded  0; resumed USD 0; ");
    say(&world, "strict.Call", "2026-01-05T10:33:00", "");
    CHECK_WIDE(paid_by(&world, "strict", FUNDING_GENERAL).pico, DECIMAL_ONE_PICO);
    say(&world, "tollgate.order", "2026-01-05T12:00:00", "\"tariff\":\"strict\",\"sku\":\"calls-10\"");
    say(&world, "tollgate.wallet", "2026-01-06T12:00:00", "\"amount\":\"5\",\"currency\":\"USD\""); /* a day too late */
    CHECK_TEXT(alerts(&world), "overdue USD -5; suspended strict 0; resumed USD 0; ");
    say(&world, "strict.Call", "2026-01-06T13:00:00", "");
    CHECK_TEXT(last_rejection(&world), "nothing pays for 1 call of call under strict: the account was suspended for "
                                       "owing too long, and paying alone does "
                                       "not end that; release it (released, in tollgate.account)");
    say(&world, "tollgate.account", "2026-01-06T14:00:00", "\"released\":{\"strict\":true}");
    CHECK_TEXT(alerts(&world), "resumed strict 0; ");
    say(&world, "strict.Call", "2026-01-06T15:00:00", "");
    CHECK_WIDE(paid_by(&world, "strict", FUNDING_GENERAL).pico, 2 * DECIMAL_ONE_PICO);
    say(&world, "tollgate.account", "2026-01-06T16:00:00", "\"released\":{\"strict\":true}");
    CHECK_TEXT(last_rejection(&world), "tariff strict is not suspended: there is nothing to release");
    world_close(&world);
}

static void frozen_amounts_can_make_an_account_owe(void **state) {
    struct world world;
    (void)state;
    world_open(&world);
    say(&world, "tollgate.wallet", "2026-01-05T10:00:00", "\"amount\":\"1\",\"currency\":\"USD\"");
    say(&world, "hourly.Work", "2026-01-05T10:30:00", "\"count\":200");
    tick(&world, "2026-01-05T11:00:00");
    CHECK_TEXT(alerts(&world), "overdue USD -0.2; ");
    say(&world, "tollgate.account", "2026-01-05T12:00:00", "\"credit\":{\"USD\":\"0.2\"}");
    CHECK_TEXT(alerts(&world), "resumed USD 0; ");
    world_close(&world);
}

/* ---- anything ---- */

/* The ledger must say what the bills say, added up here without it. */
static void check_against_bills(struct world *world) {
    struct ledger_total *totals;
    uint32_t count;
    struct decimal waits, asked = DECIMAL_ZERO;
    CHECK_OK(ledger_totals(engine_ledger(world->engine), &totals, &count));
    CHECK_OK(decimal_sub(world->used, world->settled_exact, &waits));
    for (uint32_t i = 0; i < count; i++) {
        CHECK_WIDE(totals[i].sum.pico, 0);
        CHECK_WIDE(totals[i].sums[LEDGER_UNSETTLED].pico, waits.pico);
        sum_add(&asked, totals[i].sums[LEDGER_WALLET]);
        sum_add(&asked, totals[i].sums[LEDGER_RECEIVABLE]);
        sum_add(&asked, totals[i].sums[LEDGER_CASH]);
        CHECK_WIDE(asked.pico, world->settled.pico);
        CHECK(totals[i].sums[LEDGER_DEFERRED].pico <= 0 && totals[i].sums[LEDGER_CASH].pico >= 0);
    }
    free(totals);
}

static void say_something(struct world *world, const char *time, uint64_t random) {
    static const char *const skus[] = {
        "\"tariff\":\"monthly\",\"sku\":\"calls-3\"", "\"tariff\":\"monthly\",\"sku\":\"calls-100\"",
        "\"tariff\":\"monthly\",\"sku\":\"fast-qps-month\"", "\"tariff\":\"monthly\",\"sku\":\"sdk\"",
        "\"tariff\":\"strict\",\"sku\":\"calls-10\""};
    static const char *const usage[] = {"hourly.Work", "monthly.Call", "strict.Call"};
    char data[128];
    unsigned amount = (unsigned)(random >> 8 & 0xff);
    switch (random % 10) {
    case 0:
        snprintf(data, sizeof data, "\"amount\":\"%d.%02u\",\"currency\":\"USD\"", (int)amount / 8 - 8, amount % 100);
        say(world, "tollgate.wallet", time, data);
        break;
    case 1:
        say(world, "tollgate.order", time, skus[amount % CHECK_COUNT(skus)]);
        break;
    case 2:
        snprintf(data, sizeof data, "\"order\":\"%u\"", 1 + amount % (world->documents + 1));
        say(world, "tollgate.refund", time, data);
        break;
    case 3:
        tick(world, time);
        break;
    case 4:
        snprintf(data, sizeof data, "\"credit\":{\"USD\":%u},\"low\":{\"USD\":%u},\"released\":{\"strict\":true}",
                 amount % 40, amount);
        say(world, "tollgate.account", time, data);
        break;
    case 5:
        snprintf(data, sizeof data, "\"tariff\":\"monthly\",\"order\":\"%u\"", 1 + amount % (world->documents + 1));
        say(world, "tollgate.activate", time, data);
        break;
    default:
        snprintf(data, sizeof data, "\"count\":%u", 1 + amount % 9);
        say(world, usage[random >> 16 & 1 ? 0 : amount % CHECK_COUNT(usage)], time, data);
    }
}

static void a_year_of_anything_keeps_the_books_straight(void **state) {
    uint64_t seed = 20260105;
    uint32_t alert_total = 0;
    (void)state;
    for (int year = 0; year < 20; year++) {
        struct world world;
        int64_t at_ns = INT64_C(1767225600) * NS_PER_SECOND; /* 2026-01-01 */
        world_open(&world);
        for (int i = 0; i < 250; i++) {
            char time[INSTANT_TEXT_MAX];
            at_ns += (int64_t)(check_random(&seed) % (3 * 24 * 3600)) * NS_PER_SECOND;
            instant_format(at_ns, world.tariffs.list[0]->zone, time);
            time[19] = '\0';
            say_something(&world, time, check_random(&seed));
            check_against_bills(&world);
        }
        alert_total += world.engine->alert_count;
        CHECK(world.bills.len > 1000);
        world_close(&world);
    }
    CHECK(alert_total > 100);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(money_comes_and_goes),
        cmocka_unit_test(what_is_low_is_told_once_until_it_is_above_again),
        cmocka_unit_test(hourly_bills_freeze_and_the_month_is_cut_once),
        cmocka_unit_test(a_month_is_deducted_on_its_day),
        cmocka_unit_test(who_has_no_wallet_owes_until_one_is_opened),
        cmocka_unit_test(packages_are_earned_by_use_and_the_rest_expires),
        cmocka_unit_test(what_is_used_up_is_earned_whole),
        cmocka_unit_test(plans_are_earned_by_time),
        cmocka_unit_test(a_licence_is_earned_from_its_activation_or_lapses),
        cmocka_unit_test(a_refund_gives_back_what_was_deferred),
        cmocka_unit_test(who_owes_pays_as_he_goes_until_the_grace_is_over),
        cmocka_unit_test(who_owes_gets_no_hold_of_what_pauses),
        cmocka_unit_test(some_tariffs_want_more_than_money),
        cmocka_unit_test(frozen_amounts_can_make_an_account_owe),
        cmocka_unit_test(a_year_of_anything_keeps_the_books_straight),
    };
    return CHECK_RUN(tests);
}
