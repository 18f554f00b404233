/* SPDX-License-Identifier: Apache-2.0
 *
 * What goes wrong under load: writes that fail, answers that get lost, disks that are full, clocks that jump. Nobody is
 * told of what is not safe, nothing is counted twice, and service goes on where it can. */
#include <stdio.h>
#include <stdlib.h>

#include "engine/view.h"
#include "scene.h"

enum { THREADS = 16, DOCUMENTS = 40 };

struct client {
    struct scene *scene;
    uint32_t number;
    enum status last; /* of its last call */
    uint32_t acknowledged, failures;
    bool is_safe[DOCUMENTS];
};

static struct slice usage(struct arena *arena, uint32_t client, uint32_t number) {
    struct slice id = arena_printf(arena, "e-%u-%u", client, number);
    return document(arena, id.ptr, "demo.Call", "anna", "{}");
}

/* One document after the other, each until somebody says that it is safe, or nothing is taken any more. */
static void *client_run(void *context) {
    struct client *client = context;
    struct arena arena = {0};
    for (uint32_t i = 0; i < DOCUMENTS; i++) {
        struct reply reply;
        struct slice text = usage(&arena, client->number, i), why;
        client->last = live_submit(client->scene->live, &text, 1, &arena, &reply);
        if (client->last == STATUS_OK) {
            CHECK_INT(reply.outcome, OUTCOME_ACCEPTED);
            client->is_safe[i] = true;
            client->acknowledged++;
            continue;
        }
        CHECK_STATUS(client->last, STATUS_IO);
        client->failures++;
        if (live_is_broken(client->scene->live, &why))
            break;
        i--;
    }
    arena_free(&arena);
    return NULL;
}

static uint32_t clients_run(struct scene *scene, struct client *clients) {
    uint32_t acknowledged = 0;
    for (uint32_t i = 0; i < THREADS; i++)
        clients[i] = (struct client){.scene = scene, .number = i};
    crowd(THREADS, client_run, clients, sizeof *clients);
    for (uint32_t i = 0; i < THREADS; i++)
        acknowledged += clients[i].acknowledged;
    return acknowledged;
}

/* What was acknowledged is known, and what was not is taken when it is said again. */
static void all_is_there(struct scene *scene, const struct client *clients) {
    struct engine_size size;
    for (uint32_t i = 0; i < THREADS; i++)
        for (uint32_t k = 0; k < DOCUMENTS; k++) {
            struct reply reply;
            struct slice text = usage(&scene->arena, i, k);
            CHECK_OK(live_submit(scene->live, &text, 1, &scene->arena, &reply));
            CHECK(reply.outcome == OUTCOME_DUPLICATE || (reply.outcome == OUTCOME_ACCEPTED && !clients[i].is_safe[k]));
        }
    engine_size(live_state(scene->live), &size);
    live_state_end(scene->live);
    CHECK_UINT(size.events, THREADS * DOCUMENTS);
}

static void a_write_that_fails_ends_the_service(void **state) {
    static const struct {
        const char *row;
        struct store_faults faults;
    } rows[] = {
        {"the sync fails at once", {.fail_append_at = 1}},
        {"it fails under load", {.fail_append_at = 5}},
        {"the batch is kept and nobody hears of it", {.lose_append_at = 5}},
    };
    (void)state;
    FOR_ROWS(row, rows) {
        struct scene scene;
        struct client clients[THREADS];
        struct slice why;
        scene_make(&scene);
        scene.faults = row->faults;
        scene_open(&scene);
        CHECK(clients_run(&scene, clients) < THREADS * DOCUMENTS);
        for (uint32_t i = 0; i < THREADS; i++)
            CHECK_STATUS(clients[i].last, STATUS_IO);
        CHECK(live_is_broken(scene.live, &why) && why.len > 0);
        CHECK_STATUS(live_snapshot(scene.live), STATUS_IO);
        struct live_stats stats;
        live_stats(scene.live, &stats);
        CHECK_UINT(stats.waiting, 0);
        struct live_answer answer; /* the gate goes on answering */
        CHECK_OK(
            live_admit(scene.live, &(struct live_question){SLICE("bert"), SLICE("demo.Call"), 0, 0, false}, &answer));
        scene_crash(&scene);
        scene_open(&scene);
        all_is_there(&scene, clients);
        scene_free(&scene);
    }
}

static void a_full_disk_is_waited_for(void **state) {
    struct scene scene;
    struct client clients[THREADS];
    struct slice why;
    (void)state;
    scene_make(&scene);
    scene.faults.full_append_at = 4;
    scene_open(&scene);
    CHECK_UINT(clients_run(&scene, clients), THREADS * DOCUMENTS);
    CHECK(!live_is_broken(scene.live, &why));
    uint32_t failures = 0;
    for (uint32_t i = 0; i < THREADS; i++)
        failures += clients[i].failures;
    CHECK(failures > 0);
    all_is_there(&scene, clients);
    scene_free(&scene);
}

/* The batch is in the journal, its bill is not in the store: that is no failure, and the bill comes later. */
static void bills_wait_for_room(void **state) {
    struct scene scene;
    struct slice why;
    uint64_t kept;
    (void)state;
    scene_make(&scene);
    scene_open(&scene);
    scene.faults.full_append_at = store_memory_appends(scene.store) + 2; /* the batch, then its bill */
    CHECK_INT(tell(&scene, "o-1", "tollgate.order", "anna", "{\"tariff\":\"demo\",\"sku\":\"pack-3\"}").outcome,
              OUTCOME_ACCEPTED);
    CHECK(!live_is_broken(scene.live, &why));
    CHECK_OK(book_bills_kept(live_book(scene.live), &kept));
    CHECK_UINT(kept, 0);
    CHECK_INT(tell(&scene, "e-1", "demo.Call", "anna", "{}").outcome, OUTCOME_ACCEPTED);
    CHECK_OK(book_bills_kept(live_book(scene.live), &kept));
    CHECK_UINT(kept, 1);
    scene_free(&scene);
}

static void a_snapshot_is_written_when_there_is_something_new(void **state) {
    struct scene scene;
    (void)state;
    scene_make(&scene);
    scene_open(&scene);
    (void)tell(&scene, "e-1", "demo.Call", "anna", "{}");
    CHECK_OK(live_snapshot(scene.live));
    scene.faults.is_full = true;
    CHECK_OK(live_snapshot(scene.live)); /* it is there */
    scene_crash(&scene);
    scene_open(&scene);
    CHECK_UINT(book_recovery(live_book(scene.live))->snapshot_seq, 1);
    CHECK_UINT(book_recovery(live_book(scene.live))->replayed, 0);
    scene.faults.is_full = true;
    CHECK_OK(live_snapshot(scene.live));
    scene.faults.is_full = false;
    (void)tell(&scene, "e-2", "demo.Call", "anna", "{}");
    scene.faults.is_full = true;
    CHECK_STATUS(live_snapshot(scene.live), STATUS_IO);
    scene.faults.is_full = false;
    CHECK_OK(live_snapshot(scene.live));
    scene_free(&scene);
}

/* ---- many bills ---- */

struct seen {
    uint64_t count, first, last; /* numbers */
    bool is_newest_first;
};

static enum status bill_count(void *context, const struct bill *bill) {
    struct seen *seen = context;
    CHECK(seen->count == 0 || (seen->is_newest_first ? bill->number < seen->last : bill->number > seen->last));
    seen->first = seen->count++ ? seen->first : bill->number;
    seen->last = bill->number;
    return STATUS_OK;
}

/* An order of each of three accounts in turn, so many that they are looked at in several slices. */
static void many_bills_are_looked_at_in_their_order(void **state) {
    enum { ORDERS = 9999, BATCH = 99 };
    static const struct {
        const char *row;
        struct store_bill_filter filter;
        uint64_t count, first, last;
    } rows[] = {
        {"all of them", {.limit = 0}, ORDERS, 1, ORDERS},
        {"the newest first", {.is_newest_first = true}, ORDERS, ORDERS, 1},
        {"those of an account", {.account = {"b", 1}}, ORDERS / 3, 2, ORDERS - 1},
        {"from one to another", {.from = 4000, .until = 9000}, 5000, 4000, 8999},
        {"the same backwards", {.from = 4000, .until = 9000, .is_newest_first = true}, 5000, 8999, 4000},
        {"some of them", {.from = 4000, .limit = 5000}, 5000, 4000, 8999},
        {"some of an account's newest",
         {.account = {"c", 1}, .limit = 2000, .is_newest_first = true},
         2000,
         ORDERS,
         ORDERS - 5997},
        {"as many as a slice has", {.limit = 4096}, 4096, 1, 4096},
        {"none", {.from = 10000}, 0, 0, 0},
    };
    struct scene scene;
    (void)state;
    scene_make(&scene);
    scene_open(&scene);
    for (int i = 0; i < ORDERS; i += BATCH) {
        struct slice texts[BATCH];
        struct reply replies[BATCH];
        struct arena arena = {0};
        for (int k = 0; k < BATCH; k++) {
            struct slice id = arena_printf(&arena, "o-%d", i + k), account = arena_printf(&arena, "%c", "abc"[k % 3]);
            texts[k] =
                document(&arena, id.ptr, "tollgate.order", account.ptr, "{\"tariff\":\"demo\",\"sku\":\"pack-3\"}");
        }
        CHECK_OK(live_submit(scene.live, texts, BATCH, &arena, replies));
        arena_free(&arena);
    }
    FOR_ROWS(row, rows) {
        struct seen seen = {.is_newest_first = row->filter.is_newest_first};
        CHECK_OK(book_bills(live_book(scene.live), &row->filter, bill_count, &seen));
        CHECK_UINT(seen.count, row->count);
        CHECK_UINT(seen.first, row->first);
        CHECK_UINT(seen.last, row->last);
    }
    scene_free(&scene);
}

/* ---- clocks ---- */

static int64_t steady(void *context) {
    return atomic_load(&((struct scene *)context)->steady_ns);
}

static void instants_never_decrease(void **state) {
    static const struct {
        const char *row;
        int64_t steady_seconds, wall_seconds; /* so much later; so far from START then */
        int64_t least, most;                  /* seconds from START that are told */
    } rows[] = {
        {"both go on", 10, 10, 10, 10},
        {"a step of a minute is followed at once", 1, 71, 71, 71},
        {"one that is set back by an hour is approached at half speed", 100, -3429, 121, 122},
        {"and so on", 100, -3329, 171, 172},
        {"when it is right again it is followed", 10, 300, 300, 300},
        {"a jump of a year is not believed", 10, 31536000, 310, 310},
        {"nor a little later", 40, 31536040, 350, 350},
        {"when it was for a moment only it did no harm", 10, 360, 360, 360},
        {"a jump of a day", 1, 86400, 361, 361},
        {"that lasts for a minute is believed", 61, 86461, 86461, 86461},
    };
    struct scene scene;
    int64_t before = START;
    (void)state;
    scene_make(&scene);
    scene.options.steady = steady;
    scene_open(&scene);
    FOR_ROWS(row, rows) {
        atomic_fetch_add(&scene.steady_ns, row->steady_seconds * SECOND);
        atomic_store(&scene.wall_ns, START + row->wall_seconds * SECOND);
        int64_t now = live_now(scene.live);
        CHECK(now >= before);
        CHECK(now >= START + row->least * SECOND && now <= START + row->most * SECOND);
        before = now;
    }
    scene_free(&scene);
}

static int64_t recorded(struct scene *scene) {
    int64_t at_ns = engine_recorded_ns(live_state(scene->live));
    live_state_end(scene->live);
    return at_ns;
}

static void a_clock_that_was_set_back_between_two_starts(void **state) {
    struct scene scene;
    (void)state;
    scene_make(&scene);
    scene.options.steady = steady;
    scene_open(&scene);
    (void)tell(&scene, "e-1", "demo.Call", "anna", "{}");
    CHECK_INT(recorded(&scene), START);
    scene_crash(&scene);
    atomic_store(&scene.wall_ns, START - 7200 * SECOND);
    scene_open(&scene);
    (void)tell(&scene, "e-2", "demo.Call", "anna", "{}");
    CHECK_INT(recorded(&scene), START);
    atomic_fetch_add(&scene.steady_ns, 10 * SECOND);
    CHECK_INT(live_now(scene.live), START + 5 * SECOND); /* and it does not stand still: seconds have quotas */
    scene_free(&scene);
}

/* ---- all of it ---- */

enum { BUSY_THREADS = 8, BUSY_ROUNDS = 40 };

struct busy {
    struct scene *scene;
    uint32_t number;
};

static void tariff_change(struct scene *scene, uint32_t round) {
    struct arena arena = {0};
    struct slice error, path = arena_printf(&arena, "%s/demo.yaml", scene->directory);
    FILE *file = fopen(path.ptr, "a");
    CHECK(file != NULL && fprintf(file, "# %u\n", round) > 0 && fclose(file) == 0);
    CHECK_OK(live_reload(scene->live, path.ptr, NULL, &arena, &error));
    arena_free(&arena);
}

static enum status bill_see(void *context, const struct bill *bill) {
    (void)context;
    CHECK(bill->number > 0);
    return STATUS_OK;
}

static void look(struct scene *scene, struct arena *arena) {
    struct live_stats stats;
    struct batch batch;
    struct slice error, why;
    const struct engine *engine = live_state(scene->live);
    for (uint32_t i = 0; i < engine_account_count(engine); i++)
        CHECK(engine_account_view(engine, i).name.len > 0);
    live_state_end(scene->live);
    live_stats(scene->live, &stats);
    CHECK(live_seq(scene->live) >= stats.seq && !live_is_broken(scene->live, &why));
    CHECK_OK(book_bills(live_book(scene->live), &(struct store_bill_filter){.limit = 0}, bill_see, NULL));
    for (uint64_t seq = stats.seq > 3 ? stats.seq - 3 : 1; seq <= stats.seq; seq++)
        CHECK_OK(book_batch(live_book(scene->live), seq, arena, &batch, &error));
}

static void *busy_run(void *context) {
    struct busy *busy = context;
    struct scene *scene = busy->scene;
    struct arena arena = {0};
    for (uint32_t i = 0; i < BUSY_ROUNDS; i++) {
        struct live_answer answer;
        struct live_question question = {.account = SLICE("anna"), .type = SLICE("demo.Job"), .lease_ns = SECOND};
        struct slice id = arena_printf(&arena, "o-%u-%u", busy->number, i);
        struct slice text =
            document(&arena, id.ptr, "tollgate.order", "anna", "{\"tariff\":\"demo\",\"sku\":\"pack-3\"}");
        struct reply reply;
        CHECK_OK(live_submit(scene->live, &text, 1, &arena, &reply));
        CHECK_INT(reply.outcome, OUTCOME_ACCEPTED);
        CHECK_OK(live_admit(scene->live, &question, &answer));
        CHECK(!answer.gate.lease || live_end(scene->live, answer.gate.lease));
        look(scene, &arena);
        atomic_fetch_add(&scene->wall_ns, SECOND / 50);
        if (i % 10 == busy->number)
            CHECK_OK(busy->number < 3 ? live_tick(scene->live, true) : live_snapshot(scene->live));
        if (busy->number == 4 && i % 20 == 7)
            tariff_change(scene, i);
        arena_reset(&arena);
    }
    arena_free(&arena);
    return NULL;
}

static void all_of_it_at_once(void **state) {
    struct scene scene;
    struct busy busy[BUSY_THREADS];
    (void)state;
    scene_make(&scene);
    scene_open(&scene);
    for (uint32_t i = 0; i < BUSY_THREADS; i++)
        busy[i] = (struct busy){&scene, i};
    crowd(BUSY_THREADS, busy_run, busy, sizeof *busy);
    CHECK_UINT(engine_bill_count(live_state(scene.live)), BUSY_THREADS * BUSY_ROUNDS);
    live_state_end(scene.live);
    scene_crash(&scene);
    scene_open(&scene);
    CHECK_UINT(engine_bill_count(live_state(scene.live)), BUSY_THREADS * BUSY_ROUNDS);
    live_state_end(scene.live);
    scene_free(&scene);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_write_that_fails_ends_the_service),
                                       cmocka_unit_test(a_full_disk_is_waited_for),
                                       cmocka_unit_test(bills_wait_for_room),
                                       cmocka_unit_test(a_snapshot_is_written_when_there_is_something_new),
                                       cmocka_unit_test(many_bills_are_looked_at_in_their_order),
                                       cmocka_unit_test(instants_never_decrease),
                                       cmocka_unit_test(a_clock_that_was_set_back_between_two_starts),
                                       cmocka_unit_test(all_of_it_at_once)};
    return CHECK_RUN(tests);
}
