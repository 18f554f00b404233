/* SPDX-License-Identifier: Apache-2.0
 *
 * A statement: every bill that is not numbered yet, by account, tariff, cycle and kind, and the state beside them. */
#include <stdlib.h>
#include <string.h>

#include "base/sort.h"
#include "engine/engine_private.h"

static int name_compare(const void *left, const void *right, void *context) {
    const struct slice *names = context;
    return slice_cmp(names[*(const uint32_t *)left], names[*(const uint32_t *)right]);
}

/* Accounts by name, and the place of each. */
static enum status accounts_sort(const struct engine *engine, struct arena *run, uint32_t **ret_order,
                                 uint32_t **ret_places) {
    uint32_t count = engine->account_names.count;
    uint32_t *order = ARENA_ARRAY(run, count + 1, uint32_t), *places = ARENA_ARRAY(run, count + 1, uint32_t);
    if (!order || !places)
        return STATUS_NO_MEMORY;
    for (uint32_t i = 0; i < count; i++)
        order[i] = i;
    qsort_r(order, count, sizeof *order, name_compare, engine->account_names.texts);
    for (uint32_t i = 0; i < count; i++)
        places[order[i]] = i;
    *ret_order = order;
    *ret_places = places;
    return STATUS_OK;
}

static void bills_order(const struct engine *engine, const uint32_t *places, const struct statement *statement,
                        struct sort_pair *order) {
    uint32_t count = statement->bill_count;
    for (uint32_t i = 0; i < count; i++)
        order[i] = (struct sort_pair){(uint64_t)statement->bills[i].kind, &statement->bills[i]};
    sort_pairs(order, order + count, count);
    for (uint32_t i = 0; i < count; i++) /* instants before 1970 come first */
        order[i].key = (uint64_t)((const struct bill *)order[i].what)->cycle.start_ns ^ (uint64_t)INT64_MIN;
    sort_pairs(order, order + count, count);
    for (uint32_t i = 0; i < count; i++) {
        const struct bill *bill = order[i].what;
        order[i].key = (uint64_t)places[names_find(&engine->account_names, bill->account)] << 32 | bill->tariff->index;
    }
    sort_pairs(order, order + count, count);
}

/* By account, tariff, start, kind; then as they came. */
static enum status bills_sort(const struct engine *engine, const uint32_t *places, struct statement *statement) {
    uint32_t count = statement->bill_count;
    struct sort_pair *order = malloc(2 * (count + (size_t)1) * sizeof *order);
    struct bill *sorted = malloc((count + (size_t)1) * sizeof *sorted);
    if (!order || !sorted) {
        free(order);
        free(sorted);
        return STATUS_NO_MEMORY;
    }
    bills_order(engine, places, statement, order);
    for (uint32_t i = 0; i < count; i++)
        sorted[i] = *(const struct bill *)order[i].what;
    free(order);
    free(statement->bills);
    statement->bills = sorted;
    return STATUS_OK;
}

/* Only cycles are closed: nothing else that is due changes what a bill says. */
static enum status cycles_close(struct engine *engine, int64_t until_ns) {
    struct duty duty;
    engine->is_stating = true;
    engine->sink = (struct bill_sink){0};
    while (agenda_take(&engine->agenda, until_ns, &duty)) {
        if (duty.kind != DUTY_CLOSE_CYCLE)
            continue;
        engine->now_ns = duty.at_ns > engine->now_ns ? duty.at_ns : engine->now_ns;
        TRY(engine_close_cycle(engine, (uint32_t)duty.ref));
    }
    return engine_invoice(engine, until_ns);
}

enum status engine_close(struct engine *engine, int64_t until_ns, struct statement *ret_statement) {
    uint32_t *order, *places;
    TRY(cycles_close(engine, until_ns));
    struct statement statement = engine->kept;
    engine->kept = (struct statement){0};
    engine->kept_cap = 0;
    statement.duplicates = engine->duplicates;
    statement.events = engine->events;
    statement.commands = engine->commands;
    statement.unbilled = engine->unbilled;
    enum status status = accounts_sort(engine, &statement.arena, &order, &places);
    if (status == STATUS_OK)
        status = bills_sort(engine, places, &statement);
    if (status == STATUS_OK)
        status = engine_state(engine, order, until_ns == INSTANT_MAX ? engine->last_end_ns : until_ns, &statement);
    if (status != STATUS_OK) {
        statement_free(&statement);
        return status;
    }
    *ret_statement = statement;
    return STATUS_OK;
}
