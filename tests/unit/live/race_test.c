/* SPDX-License-Identifier: Apache-2.0
 *
 * Two hundred threads race for the last of something, many times: the last units of a package by holds, the last calls
 * of a second, the last slots by leases and by holds at once. Exactly as many win as there is room for.
 *
 * LIVE_RACES in the environment says how many races there are. */
#include <stdio.h>
#include <stdlib.h>

#include "scene.h"

enum { THREADS = 200, SET_UP = 500, KINDS = 5 };

struct races;
struct kind {
    const char *type;
    const char *terms;     /* of the accounts */
    uint32_t stride, room; /* every so many threads take part; so many can win */
    bool (*try)(struct races *races, uint32_t race, uint32_t thread, struct arena *arena);
};
struct races {
    struct scene scene;
    uint32_t count;
    const struct kind *kind;
    atomic_uint *won; /* of each race */
    pthread_barrier_t start;
};
struct racer {
    struct races *races;
    uint32_t number;
};

static struct live_answer ask(struct races *races, uint32_t race, int64_t lease_ns, struct arena *arena) {
    struct live_answer answer;
    struct live_question question = {
        .account = arena_printf(arena, "a-%u", race), .type = slice_of(races->kind->type), .lease_ns = lease_ns};
    CHECK_OK(live_admit(races->scene.live, &question, &answer));
    return answer;
}

static bool try_call(struct races *races, uint32_t race, uint32_t thread, struct arena *arena) {
    (void)thread;
    return ask(races, race, 0, arena).gate.reason == ADMIT_ALLOWED;
}

static bool try_lease(struct races *races, uint32_t race, uint32_t thread, struct arena *arena) {
    (void)thread;
    struct live_answer answer = ask(races, race, 3600 * SECOND, arena);
    CHECK((answer.gate.reason == ADMIT_ALLOWED) == (answer.gate.lease != 0));
    return answer.gate.lease != 0;
}

static struct slice hold_text(struct races *races, uint32_t race, uint32_t thread, struct arena *arena) {
    struct slice account = arena_printf(arena, "a-%u", race), id = arena_printf(arena, "h-%u-%u", race, thread);
    struct slice data = arena_printf(
        arena, "{\"operation\":\"%s\",\"data\":{},\"expires_at\":\"2026-02-16T09:00:00Z\"}", races->kind->type);
    return document(arena, id.ptr, "tollgate.hold", account.ptr, data.ptr);
}

static bool try_hold(struct races *races, uint32_t race, uint32_t thread, struct arena *arena) {
    struct live_answer answer;
    struct reply reply;
    struct live_question question = {.account = arena_printf(arena, "a-%u", race), .type = slice_of(races->kind->type)};
    struct slice text = hold_text(races, race, thread, arena);
    CHECK_OK(live_hold(races->scene.live, &question, text, arena, &answer, &reply));
    return answer.gate.reason == ADMIT_ALLOWED && reply.outcome == OUTCOME_ACCEPTED;
}

/* A hold that is said as a document: the gate has its part of the slots all the same. */
static bool try_document(struct races *races, uint32_t race, uint32_t thread, struct arena *arena) {
    struct reply reply;
    struct slice text = hold_text(races, race, thread, arena);
    CHECK_OK(live_submit(races->scene.live, &text, 1, arena, &reply));
    return reply.outcome == OUTCOME_ACCEPTED;
}

/* Through each of the three doors. */
static bool try_said(struct races *races, uint32_t race, uint32_t thread, struct arena *arena) {
    uint32_t door = thread / races->kind->stride % 3;
    return (door == 0 ? try_lease : door == 1 ? try_hold : try_document)(races, race, thread, arena);
}

static bool try_slot(struct races *races, uint32_t race, uint32_t thread, struct arena *arena) {
    return thread / races->kind->stride % 2 ? try_lease(races, race, thread, arena)
                                            : try_hold(races, race, thread, arena);
}

static void *racer_run(void *context) {
    struct racer *racer = context;
    struct races *races = racer->races;
    struct arena arena = {0};
    pthread_barrier_wait(&races->start);
    for (uint32_t race = 0; race < races->count; race++) {
        if ((race + racer->number) % races->kind->stride != 0)
            continue;
        arena_reset(&arena);
        atomic_fetch_add(&races->won[race], races->kind->try(races, race, racer->number, &arena));
    }
    arena_free(&arena);
    return NULL;
}

/* Accounts that have a package of three, some hundred in a batch. */
static void accounts_make(struct races *races) {
    struct slice texts[SET_UP];
    struct reply replies[SET_UP];
    struct arena arena = {0};
    for (uint32_t i = 0; i < races->count; i += SET_UP / 2) {
        uint32_t count = 0;
        arena_reset(&arena);
        for (uint32_t k = i; k < races->count && count < SET_UP; k++) {
            struct slice account = arena_printf(&arena, "a-%u", k), order = arena_printf(&arena, "o-%u", k);
            texts[count++] = document(&arena, account.ptr, "tollgate.account", account.ptr, races->kind->terms);
            texts[count++] =
                document(&arena, order.ptr, "tollgate.order", account.ptr, "{\"tariff\":\"demo\",\"sku\":\"pack-3\"}");
        }
        CHECK_OK(live_submit(races->scene.live, texts, count, &arena, replies));
        for (uint32_t k = 0; k < count; k++)
            CHECK_INT(replies[k].outcome, OUTCOME_ACCEPTED);
    }
    arena_free(&arena);
}

static const char postpaid[] = "{\"postpaid\":{\"demo\":true}}", prepaid[] = "{\"postpaid\":{\"demo\":false}}";

static void exactly_the_affordable_ones_win(void **state) {
    static const struct kind kinds[KINDS] = {{"demo.Quick", postpaid, 8, 2, try_call},
                                             {"demo.Job", postpaid, 8, 2, try_lease},
                                             {"demo.Packed", prepaid, 20, 3, try_hold},
                                             {"demo.Job", postpaid, 20, 2, try_slot},
                                             {"demo.Job", postpaid, 20, 2, try_said}};
    const char *wanted = getenv("LIVE_RACES");
    uint64_t total = 20000;
    (void)state;
    CHECK(!wanted || slice_number(slice_of(wanted), UINT32_MAX, &total));
    for (int kind = 0; kind < KINDS; kind++) {
        struct races races = {.count = (uint32_t)(kind < 2 ? total * 2 / 5 : total / 10), .kind = &kinds[kind]};
        struct racer racers[THREADS];
        scene_make(&races.scene);
        races.scene.options.gate = (struct gate_size){.windows = races.count * 4, .leases = races.count * 4};
        scene_open(&races.scene);
        races.won = calloc(races.count + 1, sizeof *races.won);
        CHECK(races.won != NULL);
        accounts_make(&races);
        for (uint32_t i = 0; i < THREADS; i++)
            racers[i] = (struct racer){&races, i};
        CHECK_INT(pthread_barrier_init(&races.start, NULL, THREADS), 0);
        crowd(THREADS, racer_run, racers, sizeof *racers);
        for (uint32_t i = 0; i < races.count; i++)
            CHECK_UINT(races.won[i], races.kind->room);
        pthread_barrier_destroy(&races.start);
        free(races.won);
        scene_free(&races.scene);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(exactly_the_affordable_ones_win)};
    return CHECK_RUN(tests);
}
