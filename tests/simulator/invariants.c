/* SPDX-License-Identifier: Apache-2.0
 *
 * What must be true at any time, whatever came before. Numbers as in docs/architecture.md. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/money.h"
#include "engine/view.h"
#include "simulator.h"

/* ---- one state, one bill ---- */

/* For a closer look. */
static void bytes_leave(const struct simulation *simulation, struct slice bytes, const char *name) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", simulation->directory, name);
    FILE *file = fopen(path, "w");
    if (file) {
        fwrite(bytes.ptr, 1, bytes.len, file);
        fclose(file);
    }
}

static void bytes_equal(struct simulation *simulation, struct slice got, struct slice want, const char *what) {
    size_t at = 0;
    if (slice_eq(got, want))
        return;
    while (at < got.len && at < want.len && got.ptr[at] == want.ptr[at])
        at++;
    bytes_leave(simulation, got, "got");
    bytes_leave(simulation, want, "want");
    fail(simulation, "%s differs from byte %zu on (%zu and %zu bytes)", what, at, got.len, want.len);
}

static void engine_equal(struct simulation *simulation, const struct engine *engine, struct slice want,
                         const char *what) {
    struct buf bytes = {0};
    REQUIRE_OK(simulation, engine_snapshot(engine, &bytes));
    bytes_equal(simulation, buf_slice(&bytes), want, what);
    buf_free(&bytes);
}

static enum status bill_collect(void *context, const struct store_bill *bill) {
    struct buf *out = context;
    buf_printf(out, "\n%.*s %llu\n", SLICE_ARG(bill->series), (unsigned long long)bill->number);
    buf_append(out, bill->body);
    return STATUS_OK;
}

/* Which tick closed a bill is the one thing that ticks in between change. */
static void closings_take(struct simulation *simulation, struct engine *engine, const struct engine *from) {
    size_t size = from->closing_count * sizeof *from->closings;
    struct tick_closing *closings = realloc(engine->closings, size + 1);
    REQUIRE(simulation, closings != NULL);
    memcpy(closings, from->closings ? from->closings : closings, size);
    engine->closings = closings;
    engine->closing_count = engine->closing_cap = from->closing_count;
}

/* I7: bills and state are a function of the journal, whatever was restored in between; closed bills never change. */
void check_state(struct simulation *simulation) {
    const struct witness *witness = &simulation->witness;
    struct buf want = {0}, stored = {0};
    REQUIRE_OK(simulation, engine_snapshot(witness->whole.engine, &want));
    engine_equal(simulation, simulation->book->engine, buf_slice(&want), "the book's state");
    closings_take(simulation, witness->hopper.engine, witness->whole.engine);
    engine_equal(simulation, witness->hopper.engine, buf_slice(&want), "the state that went through snapshots");
    bytes_equal(simulation, buf_slice(&witness->hopper.bills), buf_slice(&witness->whole.bills),
                "what was billed through snapshots");
    REQUIRE_OK(simulation, store_bills_scan(simulation->store, &(struct store_bill_filter){0}, bill_collect, &stored));
    bytes_equal(simulation, buf_slice(&stored), buf_slice(&witness->whole.bills), "what the store has of bills");
    buf_free(&want);
    buf_free(&stored);
}

/* ---- the journal ---- */

/* I1: what was acknowledged is there, and nothing else. */
static void check_journal(struct simulation *simulation) {
    const struct witness *witness = &simulation->witness;
    uint64_t last;
    uint8_t hash[STORE_HASH_BYTES], chain[STORE_HASH_BYTES] = {0};
    REQUIRE_OK(simulation, store_last(simulation->store, &last, hash));
    REQUIRE(simulation, last == witness->batch_count && book_seq(simulation->book) == last);
    for (uint32_t i = 0; i < last; i++) {
        const struct batch_kept *kept = &witness->batches[i];
        struct arena arena = {0};
        struct store_row row;
        struct batch batch;
        enum batch_fault fault;
        REQUIRE_OK(simulation, store_read(simulation->store, i + 1, &arena, &row));
        batch_chain(chain, i + 1, row.blob, chain);
        REQUIRE(simulation, memcmp(chain, row.hash, sizeof chain) == 0);
        REQUIRE_OK(simulation, batch_decode(row.blob, &arena, &batch, &fault));
        REQUIRE(simulation, batch.document_count == kept->count && batch.recorded_ns == kept->recorded_ns);
        for (uint32_t k = 0; k < kept->count; k++)
            REQUIRE(simulation, slice_eq(batch.documents[k], kept->documents[k]));
        arena_free(&arena);
    }
    REQUIRE(simulation, memcmp(chain, hash, sizeof chain) == 0);
}

/* ---- balances ---- */

/* I4: nothing below zero or above its cap. I5: bought = used + held + remaining + expired. */
static void check_lot(struct simulation *simulation, const struct lot *lot, int64_t at_ns) {
    struct balance balance = lot_balance(lot, at_ns);
    wide parts = balance.used.pico + balance.held.pico + balance.remaining.pico + balance.expired.pico;
    REQUIRE(simulation, lot->used >= 0 && lot->used <= lot->bought);
    REQUIRE(simulation, balance.used.pico >= 0 && balance.held.pico >= 0);
    REQUIRE(simulation, balance.remaining.pico >= 0 && balance.expired.pico >= 0);
    REQUIRE(simulation, parts == balance.bought.pico || lot->product->kind == PRODUCT_QPS ||
                            lot->product->kind == PRODUCT_CONCURRENCY);
    REQUIRE(simulation, lot->alerts_sent <= lot->product->alert_count);
}

static void check_subscription(struct simulation *simulation, const struct tariff *tariff,
                               const struct subscription *subscription) {
    for (uint32_t i = 0; i < subscription->holdings.count; i++) {
        const struct lot *lot = &subscription->holdings.lots[i];
        check_lot(simulation, lot, simulation->now_ns);
        check_lot(simulation, lot, lot->expires_ns);
        check_lot(simulation, lot, lot->effective_ns);
    }
    for (uint32_t i = 0; i < subscription->quota_count; i++) {
        const struct quota_use *use = &subscription->quotas[i];
        REQUIRE(simulation, use->used_pico >= 0 && use->used_pico <= tariff->items[use->item].free_quota.pico);
    }
}

/* What is held is what the open holds have reserved, unit by unit. */
static void check_holds(struct simulation *simulation, const struct account *account) {
    wide held = 0, reserved = 0;
    for (uint32_t k = 0; account->subscriptions && k < simulation->tariffs.count; k++) {
        const struct subscription *subscription = account->subscriptions[k];
        for (uint32_t i = 0; subscription && i < subscription->holdings.count; i++)
            held += subscription->holdings.lots[i].held;
        for (uint32_t i = 0; subscription && i < subscription->quota_count; i++)
            held += subscription->quotas[i].held_pico;
    }
    for (uint32_t i = 0; account->holds && i < account->holds->count; i++)
        for (uint32_t k = 0; k < account->holds->list[i].reserves.count; k++) {
            const struct reserve *reserve = &account->holds->list[i].reserves.list[k];
            reserved += reserve->kind == RESERVE_SLOT ? 0 : reserve->amount;
        }
    REQUIRE(simulation, held == reserved);
}

static void check_balances(struct simulation *simulation) {
    const struct engine *engine = simulation->book->engine;
    for (uint32_t i = 0; i < engine->account_names.count; i++) {
        check_holds(simulation, &engine->accounts[i]);
        for (uint32_t k = 0; engine->accounts[i].subscriptions && k < simulation->tariffs.count; k++)
            if (engine->accounts[i].subscriptions[k])
                check_subscription(simulation, simulation->tariffs.list[k], engine->accounts[i].subscriptions[k]);
    }
}

/* ---- usage ---- */

struct sums {
    struct names keys;
    struct decimal *list;
    uint32_t cap;
};

static void sum_cell(struct simulation *simulation, struct sums *sums, const struct cycle *cycle,
                     const struct cell *cell) {
    const struct engine *engine = simulation->book->engine;
    uint32_t rate, index, before = sums->keys.count;
    const struct tariff *tariff = engine_meter_tariff(engine, cell->key.meter, &rate);
    const struct item *item = &tariff->items[tariff->rates[rate].item];
    if (cell->key.funding == CELL_RAW || item->is_interval || (item->round.is_set && item->round.scope == SCOPE_CYCLE))
        return;
    REQUIRE(simulation, tariff == cycle->tariff);
    struct slice key =
        arena_printf(&simulation->run, "%.*s|%u|%u|%lld", SLICE_ARG(engine->account_names.texts[cell->key.account]),
                     tariff->index, rate, (long long)cycle->period.start_ns);
    void *list = sums->list;
    REQUIRE_OK(simulation, list_grow(&list, before, &sums->cap, sizeof *sums->list));
    sums->list = list;
    REQUIRE_OK(simulation, names_add(&sums->keys, key, &index));
    if (index == before)
        sums->list[index] = DECIMAL_ZERO;
    REQUIRE_OK(simulation, decimal_add(sums->list[index], cell->quantity, &sums->list[index]));
}

/* What was taken back is in no cell: each event at most once, and only those that were acknowledged. */
static void subtract_reversals(struct simulation *simulation, struct sums *sums) {
    const struct engine *engine = simulation->book->engine;
    struct names reversed = {0};
    for (uint32_t i = 0; i < engine->reversal_count; i++) {
        uint32_t index;
        const struct record *record = witness_find(simulation, engine->reversals[i].id);
        REQUIRE_OK(simulation, names_add(&reversed, engine->reversals[i].id, &index));
        REQUIRE(simulation, index == i && record);
        uint32_t account = names_find(&engine->account_names, record->subject);
        REQUIRE(simulation, account != NAMES_NONE);
        if (engine->accounts[account].terms)
            continue; /* it was metered by others than it names */
        REQUIRE(simulation, record->kind == RECORD_USAGE);
        for (uint32_t k = 0; k < record->usage_count; k++) {
            struct slice key =
                arena_printf(&simulation->run, "%.*s|%u|%u|%lld", SLICE_ARG(record->subject), record->tariff->index,
                             record->usages[k].rate, (long long)record->cycle.start_ns);
            uint32_t at = names_find(&sums->keys, key);
            if (at != NAMES_NONE)
                REQUIRE_OK(simulation, decimal_add(sums->list[at], record->usages[k].quantity, &sums->list[at]));
        }
    }
    names_free(&reversed);
}

/* With terms of its own an account's events are metered by others than they name. */
static bool has_terms(const struct engine *engine, struct slice key) {
    struct slice name, rest;
    slice_cut(key, '|', &name, &rest);
    uint32_t account = names_find(&engine->account_names, name);
    return account != NAMES_NONE && engine->accounts[account].terms;
}

/* What an account was refused stands in no cell. */
static bool has_refusals(const struct engine *engine, struct slice key) {
    struct slice name, rest;
    slice_cut(key, '|', &name, &rest);
    uint32_t account = names_find(&engine->account_names, name);
    return account == NAMES_NONE || engine->accounts[account].unfunded || engine->accounts[account].unpriced;
}

/* I6: each event lies in exactly one cycle: what was metered for a cycle is what its cells hold, billed or not. */
static void check_usage(struct simulation *simulation) {
    const struct engine *engine = simulation->book->engine;
    const struct witness *witness = &simulation->witness;
    struct sums sums = {0};
    for (uint32_t i = 0; i < engine->cycle_count; i++) {
        const struct cycle *cycle = &engine->cycles[i];
        for (uint64_t k = 0; k < cycle->billed_count; k++)
            sum_cell(simulation, &sums, cycle, &cycle->billed[k]);
        for (uint64_t k = 0; cycle->cells.slots && k <= cycle->cells.mask; k++)
            if (cycle->cells.slots[k].key.meter != 0)
                sum_cell(simulation, &sums, cycle, &cycle->cells.slots[k]);
    }
    subtract_reversals(simulation, &sums);
    for (uint32_t i = 0; i < sums.keys.count; i++) {
        uint32_t metered = names_find(&witness->meters, sums.keys.texts[i]);
        REQUIRE(simulation,
                metered != NAMES_NONE || decimal_is_zero(sums.list[i]) || has_terms(engine, sums.keys.texts[i]));
    }
    for (uint32_t i = 0; i < witness->meters.count; i++) {
        struct slice key = witness->meters.texts[i];
        uint32_t at = names_find(&sums.keys, key);
        int order = decimal_cmp(at == NAMES_NONE ? DECIMAL_ZERO : sums.list[at], witness->metered[i].quantity);
        if (order != 0 && !has_terms(engine, key) && !(order < 0 && has_refusals(engine, key)))
            fail(simulation, "the cells of %.*s hold %s than was metered", SLICE_ARG(key), order < 0 ? "less" : "more");
    }
    names_free(&sums.keys);
    free(sums.list);
}

/* ---- money ---- */

/* I3: debits are credits; and what customers paid, owe and were asked for is what the bills say. */
static void check_money(struct simulation *simulation) {
    const struct shadow *whole = &simulation->witness.whole;
    struct ledger_total *totals;
    uint32_t count;
    REQUIRE_OK(simulation, engine_check(simulation->book->engine));
    REQUIRE_OK(simulation, ledger_totals(engine_ledger(simulation->book->engine), &totals, &count));
    for (uint32_t i = 0; i < count; i++) {
        const struct decimal *sums = totals[i].sums;
        uint32_t at = names_find(&whole->currencies, slice_of(totals[i].currency->code));
        wide asked = at == NAMES_NONE ? 0 : whole->asked[at].pico;
        REQUIRE(simulation, totals[i].sum.pico == 0);
        REQUIRE(simulation, sums[LEDGER_WALLET].pico + sums[LEDGER_RECEIVABLE].pico + sums[LEDGER_CASH].pico == asked);
        REQUIRE(simulation, sums[LEDGER_DEFERRED].pico <= 0 && sums[LEDGER_CASH].pico >= 0);
    }
    free(totals);
}

/* ---- alerts ---- */

/* A threshold is told once, but by what is full again with every cycle of its own. */
static void check_alerts(struct simulation *simulation) {
    const struct engine *engine = simulation->book->engine;
    struct names told = {0};
    for (uint32_t i = 0; i < engine->alert_count; i++) {
        const struct alert *alert = &engine->alerts[i];
        if (alert->kind != ALERT_PACKAGE_LOW && alert->kind != ALERT_PACKAGE_EMPTY)
            continue;
        const struct product *product = tariff_product(alert->tariff, alert->sku);
        char threshold[DECIMAL_TEXT_MAX];
        decimal_format(alert->threshold, threshold);
        uint32_t index, before = told.count;
        struct slice key = arena_printf(&simulation->run, "%.*s|%.*s|%.*s|%s", SLICE_ARG(alert->account),
                                        SLICE_ARG(alert->order_id), SLICE_ARG(alert->sku), threshold);
        REQUIRE_OK(simulation, names_add(&told, key, &index));
        REQUIRE(simulation, index == before || (product && product->restores));
    }
    names_free(&told);
}

void check_all(struct simulation *simulation) {
    const struct engine *engine = simulation->book->engine;
    /* I2: one effect for each identity. */
    REQUIRE(simulation, engine->events + engine->commands == simulation->witness.applied);
    REQUIRE(simulation,
            engine->identities.count + engine->sealed == simulation->witness.identities + engine->reversal_count);
    check_journal(simulation);
    check_balances(simulation);
    check_money(simulation);
    check_usage(simulation);
    check_alerts(simulation);
    check_parts(simulation);
    check_sums(simulation);
    check_state(simulation);
}
