/* SPDX-License-Identifier: Apache-2.0
 *
 * I8: what is stated of one account alone is what the statement of everybody says of it. */
#include <stdlib.h>

#include "bill/bill_code.h"
#include "engine/money.h"
#include "engine/snapshot.h"
#include "engine/view.h"
#include "simulator.h"

/* What a statement says of an account, as bytes. */
static void statement_write(const struct statement *statement, struct slice account, struct buf *out) {
    for (uint32_t i = 0; i < statement->bill_count; i++)
        if (slice_eq(statement->bills[i].account, account))
            bill_encode(&statement->bills[i], out);
    for (uint32_t i = 0; i < statement->balance_count; i++) {
        const struct balance_row *row = &statement->balances[i];
        char used[DECIMAL_TEXT_MAX], remaining[DECIMAL_TEXT_MAX];
        if (!slice_eq(row->account, account))
            continue;
        decimal_format(row->balance.used, used);
        decimal_format(row->balance.remaining, remaining);
        buf_printf(out, "\n%.*s %.*s used %s of which %s remain, covered %llu", SLICE_ARG(row->tariff->name),
                   SLICE_ARG(row->lot->order_id), used, remaining, (unsigned long long)row->lot->covered);
    }
    for (uint32_t i = 0; i < statement->external_count; i++) {
        const struct external_row *row = &statement->externals[i];
        char quantity[DECIMAL_TEXT_MAX];
        if (!slice_eq(row->account, account))
            continue;
        decimal_format(row->quantity, quantity);
        buf_printf(out, "\n%.*s %.*s %s elsewhere", SLICE_ARG(row->tariff->name), SLICE_ARG(row->item), quantity);
    }
}

/* Of one account, as if everything were closed. */
static void stated(struct simulation *simulation, struct engine *engine, struct slice account, struct buf *out) {
    struct statement statement;
    engine_set_sink(engine, (struct bill_sink){0});
    REQUIRE_OK(simulation, engine_close(engine, INSTANT_MAX, &statement));
    statement_write(&statement, account, out);
    statement_free(&statement);
}

/* What the account has beside that. */
static void possessed(struct simulation *simulation, const struct engine *engine, struct slice name, struct buf *out) {
    uint32_t account = names_find(&engine->account_names, name);
    char text[DECIMAL_TEXT_MAX];
    const struct wallet *wallet = account != NAMES_NONE ? engine_wallets(engine, account) : NULL;
    for (; wallet; wallet = wallet->next) {
        struct wallet_state state;
        REQUIRE_OK(simulation, engine_wallet_state(engine, account, wallet, &state));
        decimal_format(state.balance, text);
        buf_printf(out, "\n%s %s", wallet->currency->code, text);
        decimal_format(state.available, text);
        buf_printf(out, " of which %s are available, owes %d since %lld", text, wallet->owes,
                   (long long)wallet->owes_ns);
    }
    for (uint32_t i = 0; account != NAMES_NONE && i < engine_hold_count(engine, account); i++) {
        struct hold_view hold = engine_hold_view(engine, account, i);
        buf_printf(out, "\nhold %.*s of %u until %lld", SLICE_ARG(hold.id), hold.reserves->count,
                   (long long)hold.expires_ns);
    }
    for (uint32_t i = 0; account != NAMES_NONE && i < engine_contract_count(engine, account); i++)
        buf_printf(out, "\ncontract %.*s", SLICE_ARG(engine_contract_view(engine, account, i).id));
    for (uint32_t i = 0; account != NAMES_NONE && i < engine_attribute_count(engine, account); i++)
        buf_printf(out, "\nattribute %u", engine_attribute_view(engine, account, i).slot);
    buf_printf(out, "\nbills %llu", (unsigned long long)engine_bill_count(engine));
}

void account_state(struct simulation *simulation, struct engine *engine, struct slice account, struct buf *out) {
    possessed(simulation, engine, account, out);
    stated(simulation, engine, account, out);
}

static void check_part(struct simulation *simulation, const struct statement *whole, uint32_t first, uint32_t count,
                       int64_t until_ns) {
    const struct engine *engine = simulation->book->engine;
    struct engine *part;
    struct statement statement;
    REQUIRE_OK(simulation, engine_parts(engine, first, count, &part));
    REQUIRE_OK(simulation, engine_close(part, until_ns, &statement));
    for (uint32_t i = first; i < first + count; i++) {
        struct slice name = engine->account_names.texts[i];
        struct buf want = {0}, got = {0};
        statement_write(whole, name, &want);
        statement_write(&statement, name, &got);
        if (!slice_eq(buf_slice(&want), buf_slice(&got)))
            fail(simulation, "account %.*s of %u is stated as %.*s instead of %.*s", SLICE_ARG(name), count,
                 SLICE_ARG(buf_slice(&got)), SLICE_ARG(buf_slice(&want)));
        buf_free(&want);
        buf_free(&got);
    }
    statement_free(&statement);
    engine_free(part);
}

void check_parts(struct simulation *simulation) {
    static const int64_t ahead[] = {0, HOUR_NS, DAY_NS, 40 * DAY_NS};
    struct buf bytes = {0};
    struct engine *copy;
    struct statement whole;
    uint32_t which = simulation->step % 5;
    int64_t until_ns = which < 4 ? simulation->now_ns + ahead[which] : INSTANT_MAX;
    REQUIRE_OK(simulation, engine_snapshot(simulation->book->engine, &bytes));
    REQUIRE_OK(simulation, engine_restore(&simulation->tariffs, buf_slice(&bytes), &copy));
    REQUIRE_OK(simulation, engine_close(copy, until_ns, &whole));
    uint32_t count = simulation->book->engine->account_names.count, half = count / 2;
    for (uint32_t i = 0; i < count; i++)
        check_part(simulation, &whole, i, 1, until_ns);
    check_part(simulation, &whole, 0, half, until_ns);
    check_part(simulation, &whole, half, count - half, until_ns);
    statement_free(&whole);
    engine_free(copy);
    buf_free(&bytes);
}
