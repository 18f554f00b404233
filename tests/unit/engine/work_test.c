/* SPDX-License-Identifier: Apache-2.0
 *
 * Business keys: the same piece of work under two event ids. */
#include "life.h"

#include "engine/snapshot.h"

#define TARIFF "tests/data/jobs.yaml"

static void begin(struct life *life) {
    life_begin(life, TARIFF);
    CHECK_TEXT(life_step(life, "account", "on", 0, "\"postpaid\":{\"jobs\":true}"), "");
}

/* What is charged of `check`, at 0.01. */
static void check_charged(struct life *life, const char *want) {
    struct statement statement;
    char got[DECIMAL_TEXT_MAX] = "0";
    CHECK_OK(engine_close(life->engine, INSTANT_MAX, &statement));
    if (statement.bill_count)
        decimal_format(statement.bills[0].exact_total, got);
    CHECK_TEXT(slice_of(got), want);
    statement_free(&statement);
}

static void a_second_one_is_charged_and_told_once(void **state) {
    struct life life;
    (void)state;
    begin(&life);
    CHECK_TEXT(life_step(&life, "jobs.Encode", "e1", 1, "\"job\":\"j1\""), "");
    CHECK_TEXT(life_step(&life, "jobs.Encode", "e1", 1, "\"job\":\"j1\""), ""); /* a repetition is no second one */
    CHECK_UINT(life.engine->alert_count, 0);
    CHECK_TEXT(life_step(&life, "jobs.Encode", "e2", 2, "\"job\":\"j1\""), "");
    CHECK_TEXT(life_step(&life, "jobs.Encode", "e3", 3, "\"job\":\"j1\""), "");
    CHECK_UINT(life.engine->alert_count, 1);
    CHECK_INT(life.engine->alerts[0].kind, ALERT_SUSPECTED_DOUBLE);
    CHECK_TEXT(life.engine->alerts[0].note, "Encode \"j1\" again, by event \"e2\" from \"s\"");
    CHECK_INT(life.engine->alerts[0].at_ns, life_instant(2));
    check_charged(&life, "0.03");
    life_end(&life);
}

static void where_the_tariff_says_so_it_counts_once(void **state) {
    struct life life;
    (void)state;
    begin(&life);
    CHECK_TEXT(life_step(&life, "jobs.Convert", "e1", 1, "\"job\":\"j1\""), "");
    CHECK_TEXT(life_step(&life, "jobs.Convert", "e2", 2, "\"job\":\"j1\",\"count\":5"),
               "Convert \"j1\" was counted before, by another event, and tariff jobs counts it once");
    CHECK_TEXT(life_step(&life, "jobs.Convert", "e3", 2, "\"job\":\"j2\""), "");
    CHECK_UINT(life.engine->alert_count, 0);
    check_charged(&life, "0.02");
    life_end(&life);
}

static void what_is_another_piece_of_work(void **state) {
    static const struct {
        const char *row;
        const char *type, *data, *subject, *want;
    } rows[] = {
        {"another operation", "jobs.Encode", "\"job\":\"j1\"", "a", ""},
        {"another account", "jobs.Convert", "\"job\":\"j1\"", "b", ""},
        {"another key", "jobs.Convert", "\"job\":\"j\"", "a", ""},
        {"no key at all", "jobs.Convert", "\"count\":1", "a", ""},
        {"an empty key", "jobs.Convert", "\"job\":\"\"", "a", ""},
        {"the same", "jobs.Convert", "\"job\":\"j1\"", "a",
         "Convert \"j1\" was counted before, by another event, and tariff jobs counts it once"},
        {"a key that is no text", "jobs.Convert", "\"job\":7", "a",
         "operation Convert, key of its work: job is a number but text is needed"},
        {"an attempt that failed", "jobs.Convert", "\"job\":\"j1\",\"outcome\":\"failed\"", "a", ""},
    };
    (void)state;
    FOR_ROWS(row, rows) {
        struct life life;
        begin(&life);
        CHECK_TEXT(life_step(&life, "jobs.Convert", "e1", 1, "\"job\":\"j1\""), "");
        life.subject = row->subject;
        CHECK_TEXT(life_step(&life, "account", "too", 1, "\"postpaid\":{\"jobs\":true}"), "");
        CHECK_TEXT(life_step(&life, row->type, "e2", 2, "%s", row->data), row->want);
        life_end(&life);
    }
}

/* Only what is charged claims its key, and gives it up when it is reversed. */
static void work_that_came_to_nothing_may_be_done_again(void **state) {
    struct life life;
    (void)state;
    begin(&life);
    CHECK_TEXT(life_step(&life, "jobs.Convert", "e1", 1, "\"job\":\"j1\",\"outcome\":\"failed\""), "");
    CHECK_TEXT(life_step(&life, "jobs.Convert", "e2", 2, "\"job\":\"j1\",\"count\":3"), "");
    CHECK_TEXT(life_step(&life, "reversal", "r", 3,
                         "\"event\":{\"specversion\":\"1.0\",\"id\":\"e2\",\"source\":\"s\",\"type\":\"jobs.Convert\","
                         "\"subject\":\"a\",\"time\":\"2026-01-01T00:02:00Z\",\"data\":{\"job\":\"j1\",\"count\":3}},"
                         "\"reason\":\"miscounted\""),
               "");
    CHECK_TEXT(life_step(&life, "jobs.Convert", "e3", 4, "\"job\":\"j1\",\"count\":2"), "");
    CHECK_TEXT(life_step(&life, "jobs.Convert", "e4", 5, "\"job\":\"j1\""),
               "Convert \"j1\" was counted before, by another event, and tariff jobs counts it once");
    check_charged(&life, "0.02");
    life_end(&life);
}

static void a_formula_can_be_the_key(void **state) {
    struct life life;
    (void)state;
    begin(&life);
    CHECK_TEXT(life_step(&life, "jobs.Tile", "e1", 1, "\"kind\":\"tile\",\"media\":\"m\",\"job\":\"j1\""), "");
    CHECK_TEXT(life_step(&life, "jobs.Tile", "e2", 2, "\"kind\":\"tile\",\"media\":\"m\",\"job\":\"j2\""), "");
    CHECK_TEXT(life_step(&life, "jobs.Tile", "e3", 3, "\"kind\":\"whole\",\"media\":\"m\",\"job\":\"j1\""), "");
    CHECK_UINT(life.engine->alert_count, 1);
    CHECK_TEXT(life.engine->alerts[0].note, "Tile \"m\" again, by event \"e2\" from \"s\"");
    life_end(&life);
}

static void a_snapshot_remembers_what_was_done(void **state) {
    struct life life;
    struct buf bytes = {0};
    struct engine *engine;
    (void)state;
    begin(&life);
    CHECK_TEXT(life_step(&life, "jobs.Encode", "e1", 1, "\"job\":\"j1\""), "");
    CHECK_TEXT(life_step(&life, "jobs.Encode", "e2", 2, "\"job\":\"j1\""), "");
    CHECK_OK(engine_snapshot(life.engine, &bytes));
    CHECK_OK(engine_restore(&life.tariffs, buf_slice(&bytes), &engine));
    engine_free(life.engine);
    life.engine = engine;
    CHECK_TEXT(life_step(&life, "jobs.Encode", "e3", 3, "\"job\":\"j1\""), "");
    CHECK_UINT(engine->alert_count, 1);
    CHECK_TEXT(engine->alerts[0].note, "Encode \"j1\" again, by event \"e2\" from \"s\"");
    buf_free(&bytes);
    life_end(&life);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_second_one_is_charged_and_told_once),
        cmocka_unit_test(where_the_tariff_says_so_it_counts_once),
        cmocka_unit_test(what_is_another_piece_of_work),
        cmocka_unit_test(work_that_came_to_nothing_may_be_done_again),
        cmocka_unit_test(a_formula_can_be_the_key),
        cmocka_unit_test(a_snapshot_remembers_what_was_done),
    };
    return CHECK_RUN(tests);
}
