/* SPDX-License-Identifier: Apache-2.0
 *
 * A book in service: many threads submit, ask and read at once; tariffs are exchanged; the clock jumps. */
#include "live/live.h"

#include <ftw.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/check.h"

#define SECOND NS_PER_SECOND
#define START (INT64_C(1771200000) * SECOND) /* 2026-02-16T00:00:00Z */

static const char tariff_text[] = "tariff: demo\ntitle: Demo\ncurrency: USD\nzone: UTC\ncycle: month\n"
                                  "items:\n"
                                  "  call: {unit: call, price: 1}\n"
                                  "  quick: {unit: call, price: 1}\n"
                                  "operations: {Call: call, Quick: quick}\n"
                                  "qps:\n"
                                  "  quick: {items: [quick], default: 2, day: 1, month: 10}\n";

struct scene {
    char directory[64], tariffs[80], data[80];
    int64_t now_ns; /* of the test's clock */
    struct live *live;
    struct arena arena;
};

static int64_t clock_read(void *context) {
    return ((struct scene *)context)->now_ns;
}

static void tariff_write(const struct scene *scene, const char *text) {
    char path[160];
    snprintf(path, sizeof path, "%s/demo.yaml", scene->tariffs);
    FILE *file = fopen(path, "w");
    CHECK(file != NULL);
    CHECK(fputs(text, file) >= 0 && fclose(file) == 0);
}

static void scene_open(struct scene *scene, uint32_t queue_documents) {
    struct slice error;
    struct live_options options = {.now = clock_read, .context = scene, .queue_documents = queue_documents};
    CHECK_OK(live_open(scene->data, &options, &scene->arena, &scene->live, &error));
}

static void scene_make(struct scene *scene, uint32_t queue_documents) {
    struct slice error;
    *scene = (struct scene){.directory = "/tmp/tollgate-live-XXXXXX", .now_ns = START};
    CHECK(mkdtemp(scene->directory) != NULL);
    snprintf(scene->tariffs, sizeof scene->tariffs, "%s/tariffs", scene->directory);
    snprintf(scene->data, sizeof scene->data, "%s/data", scene->directory);
    CHECK_INT(mkdir(scene->tariffs, 0700), 0);
    tariff_write(scene, tariff_text);
    CHECK_OK(book_create(scene->data, scene->tariffs, NULL, NULL, &scene->arena, &error));
    scene_open(scene, queue_documents);
}

static int path_remove(const char *path, const struct stat *info, int kind, struct FTW *walk) {
    (void)info, (void)kind, (void)walk;
    return remove(path);
}

/* What is on the disk is whole. */
static void scene_free(struct scene *scene) {
    struct book_check check;
    struct slice error;
    live_close(scene->live);
    CHECK_OK(book_verify(scene->data, &scene->arena, &check, &error));
    CHECK(book_check_is_whole(&check));
    CHECK_INT(nftw(scene->directory, path_remove, 8, FTW_DEPTH | FTW_PHYS), 0);
    arena_free(&scene->arena);
}

static struct reply tell(struct scene *scene, const char *id, const char *type, const char *account, const char *data) {
    struct reply reply = {.outcome = OUTCOME_REJECTED};
    struct slice text =
        arena_printf(&scene->arena,
                     "{\"specversion\":\"1.0\",\"id\":\"%s\",\"source\":\"s\",\"type\":\"%s\",\"subject\":"
                     "\"%s\",\"time\":\"2026-02-15T00:00:00Z\",\"data\":%s}",
                     id, type, account, data);
    CHECK_OK(live_submit(scene->live, &text, 1, &scene->arena, &reply));
    return reply;
}

static enum admit_reason admit(struct scene *scene, const char *account, const char *type) {
    struct live_answer answer;
    struct live_question question = {.account = slice_of(account), .type = slice_of(type)};
    CHECK_OK(live_admit(scene->live, &question, &answer));
    return answer.gate.reason;
}

/* ---- many threads ---- */

enum { THREADS = 24, ROUNDS = 60 };
struct client {
    pthread_t thread;
    struct live *live;
    int number, accepted, duplicate;
};

/* Its own documents, and between them one that all the others submit, too. */
static void *client_run(void *context) {
    struct client *client = context;
    struct arena arena = {0};
    for (int i = 0; i < ROUNDS; i++) {
        char texts[2][256];
        struct slice documents[2];
        struct reply replies[2];
        int ids[2] = {client->number * 1000 + i, 900000 + i};
        for (int k = 0; k < 2; k++) {
            int length = snprintf(texts[k], sizeof texts[k],
                                  "{\"specversion\":\"1.0\",\"id\":\"e-%d\",\"source\":\"s\",\"type\":\"demo.Call\","
                                  "\"subject\":\"acct-%d\",\"time\":\"2026-02-15T08:50:00Z\",\"data\":{}}",
                                  ids[k], ids[k] % 7);
            documents[k] = (struct slice){texts[k], (size_t)length};
        }
        CHECK_OK(live_submit(client->live, documents, 2, &arena, replies));
        CHECK_INT(replies[0].outcome, OUTCOME_ACCEPTED);
        client->accepted += replies[1].outcome == OUTCOME_ACCEPTED;
        client->duplicate += replies[1].outcome == OUTCOME_DUPLICATE;
        struct live_answer answer;
        struct live_question question = {.account = SLICE("acct-1"), .type = SLICE("demo.Call")};
        CHECK_OK(live_admit(client->live, &question, &answer));
        arena_reset(&arena);
    }
    arena_free(&arena);
    return NULL;
}

static void each_document_counts_once(void **state) {
    struct scene scene;
    struct client clients[THREADS];
    struct live_stats stats;
    int accepted = 0, duplicate = 0;
    (void)state;
    scene_make(&scene, 0);
    for (int i = 0; i < THREADS; i++) {
        clients[i] = (struct client){.live = scene.live, .number = i + 1};
        CHECK_INT(pthread_create(&clients[i].thread, NULL, client_run, &clients[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        CHECK_INT(pthread_join(clients[i].thread, NULL), 0);
        accepted += clients[i].accepted;
        duplicate += clients[i].duplicate;
    }
    CHECK_INT(accepted, ROUNDS);
    CHECK_INT(duplicate, (THREADS - 1) * ROUNDS);
    live_stats(scene.live, &stats);
    CHECK_UINT(stats.seq, live_seq(scene.live));
    CHECK_UINT(stats.waiting, 0);
    scene_free(&scene);
}

/* ---- one thread ---- */

static void documents_are_answered(void **state) {
    struct scene scene;
    (void)state;
    scene_make(&scene, 2);
    CHECK_INT(tell(&scene, "1", "demo.Call", "anna", "{}").outcome, OUTCOME_ACCEPTED);
    CHECK_INT(tell(&scene, "1", "demo.Call", "anna", "{}").outcome, OUTCOME_DUPLICATE);
    CHECK_INT(tell(&scene, "1", "demo.Call", "bert", "{}").outcome, OUTCOME_CONFLICT);
    struct reply reply = tell(&scene, "2", "demo.Cull", "anna", "{}");
    CHECK_INT(reply.outcome, OUTCOME_UNPRICED);
    CHECK(reply.reason.len > 0);
    struct slice three[3] = {SLICE("[]"), SLICE("{"), SLICE("{}")};
    struct reply replies[3];
    CHECK_STATUS(live_submit(scene.live, three, 3, &scene.arena, replies), STATUS_BUSY);
    CHECK_OK(live_submit(scene.live, three, 2, &scene.arena, replies));
    CHECK_INT(replies[0].outcome, OUTCOME_REJECTED);
    CHECK_INT(replies[1].outcome, OUTCOME_REJECTED);
    uint64_t seq = live_seq(scene.live);
    CHECK_OK(live_rehearse(scene.live, three, 1, &scene.arena, replies));
    CHECK_INT(replies[0].outcome, OUTCOME_REJECTED);
    CHECK_UINT(live_seq(scene.live), seq);
    scene_free(&scene);
}

static void usage_of_one_account_is_nothing_else(void **state) {
    static const struct {
        const char *row, *id, *type, *account, *scope;
        enum outcome want;
        const char *reason;
    } rows[] = {
        {"usage of the account", "1", "demo.Call", "anna", "anna", OUTCOME_ACCEPTED, ""},
        {"of another one", "2", "demo.Call", "bert", "anna", OUTCOME_REJECTED, "this key is for another account"},
        {"of any", "3", "demo.Call", "bert", "", OUTCOME_ACCEPTED, ""},
        {"a command", "4", "tollgate.account", "anna", "", OUTCOME_REJECTED,
         "a command is no usage event; ask for it where it belongs"},
        {"one that is wrong", "5", "tollgate.order", "anna", "", OUTCOME_REJECTED,
         "a command is no usage event; ask for it where it belongs"},
        {"one that nobody knows yet", "6", "tollgate.future", "anna", "", OUTCOME_REJECTED,
         "a command is no usage event; ask for it where it belongs"},
    };
    struct scene scene;
    uint64_t written = 0;
    (void)state;
    scene_make(&scene, 0);
    FOR_ROWS(row, rows) {
        struct reply reply;
        struct slice text = arena_printf(&scene.arena,
                                         "{\"specversion\":\"1.0\",\"id\":\"%s\",\"source\":\"s\",\"type\":\"%s\","
                                         "\"subject\":\"%s\",\"time\":\"2026-02-15T00:00:00Z\",\"data\":{}}",
                                         row->id, row->type, row->account);
        CHECK_OK(live_ingest(scene.live, slice_of(row->scope), &text, 1, &scene.arena, &reply));
        CHECK_INT(reply.outcome, row->want);
        CHECK_TEXT(reply.reason, row->reason);
        written += row->want == OUTCOME_ACCEPTED;
        CHECK_UINT(live_seq(scene.live), written);
    }
    scene_free(&scene);
}

static void the_gate_answers(void **state) {
    struct scene scene;
    (void)state;
    scene_make(&scene, 0);
    CHECK_INT(admit(&scene, "anna", "demo.Quick"), ADMIT_NO_ACCOUNT);
    (void)tell(&scene, "1", "demo.Call", "anna", "{}");
    CHECK_INT(admit(&scene, "anna", "demo.Quick"), ADMIT_ALLOWED);
    CHECK_INT(admit(&scene, "anna", "demo.Quack"), ADMIT_UNPRICED);
    CHECK_INT(admit(&scene, "anna", "demo"), ADMIT_UNPRICED);
    CHECK_INT(admit(&scene, "anna", "demo.Quick"), ADMIT_ALLOWED);
    CHECK_INT(admit(&scene, "anna", "demo.Quick"), ADMIT_QPS);
    scene.now_ns -= 3600 * SECOND; /* a clock that is set back opens nothing */
    CHECK_INT(admit(&scene, "anna", "demo.Quick"), ADMIT_QPS);
    CHECK_INT(live_now(scene.live), START);
    scene.now_ns = START + SECOND;
    CHECK_INT(admit(&scene, "anna", "demo.Quick"), ADMIT_ALLOWED);
    struct live_stats stats;
    live_stats(scene.live, &stats);
    CHECK_UINT(stats.decisions[ADMIT_ALLOWED], 3);
    CHECK_UINT(stats.decisions[ADMIT_QPS], 2);
    scene_free(&scene);
}

static void ticks_come_when_something_is_due(void **state) {
    struct scene scene;
    (void)state;
    scene_make(&scene, 0);
    (void)tell(&scene, "1", "demo.Call", "anna", "{}");
    uint64_t seq = live_seq(scene.live);
    CHECK_OK(live_tick(scene.live, false));
    CHECK_UINT(live_seq(scene.live), seq);
    CHECK_OK(live_tick(scene.live, true));
    CHECK_UINT(live_seq(scene.live), seq + 1);
    scene.now_ns = START + 20 * 86400 * SECOND;
    CHECK_OK(live_tick(scene.live, false));
    CHECK_UINT(live_seq(scene.live), seq + 2);
    CHECK_UINT(engine_bill_count(live_state(scene.live)), 1);
    live_state_end(scene.live);
    scene_free(&scene);
}

static void tariffs_are_exchanged(void **state) {
    struct scene scene;
    struct slice error, why;
    (void)state;
    scene_make(&scene, 0);
    (void)tell(&scene, "1", "demo.Call", "anna", "{}");
    tariff_write(&scene, "tariff: demo\nnonsense: 1\n");
    CHECK_STATUS(live_reload(scene.live, scene.tariffs, NULL, &scene.arena, &error), STATUS_INVALID);
    CHECK(error.len > 0);
    CHECK_INT(tell(&scene, "2", "demo.Call", "anna", "{}").outcome, OUTCOME_ACCEPTED);
    tariff_write(&scene, "tariff: demo\ntitle: Demo\ncurrency: USD\nzone: UTC\ncycle: month\n"
                         "items: {call: {unit: call, price: 2}}\noperations: {Call: call, Ring: call}\n");
    CHECK_INT(admit(&scene, "anna", "demo.Ring"), ADMIT_UNPRICED);
    CHECK_OK(live_reload(scene.live, scene.tariffs, NULL, &scene.arena, &error));
    CHECK_INT(admit(&scene, "anna", "demo.Ring"), ADMIT_ALLOWED);
    CHECK_INT(tell(&scene, "3", "demo.Ring", "anna", "{}").outcome, OUTCOME_ACCEPTED);
    CHECK(!live_is_broken(scene.live, &why));
    scene_free(&scene);
}

/* What runs goes on under the new quotas, as far as they are there. */
static void leases_go_over_to_other_tariffs(void **state) {
    static const char head[] = "tariff: demo\ntitle: Demo\ncurrency: USD\nzone: UTC\ncycle: month\n"
                               "items: {call: {unit: call, price: 1}, quick: {unit: call, price: 1}}\n"
                               "operations: {Call: call, Quick: quick}\n";
    static const struct {
        const char *row, *rest;
        enum admit_reason call, quick; /* the next of them; 2 tasks run, 2 calls were made */
    } rows[] = {
        {"the same quotas are full",
         "qps: {quick: {items: [quick], default: 2, day: 1}}\n"
         "concurrency: {jobs: {items: [call], price: 10, default: 2}}\n",
         ADMIT_CONCURRENCY, ADMIT_QPS},
        {"larger ones have room for one",
         "qps: {quick: {items: [quick], default: 3, day: 1}}\n"
         "concurrency: {jobs: {items: [call], price: 10, default: 3}}\n",
         ADMIT_ALLOWED, ADMIT_ALLOWED},
        {"smaller ones are more than full",
         "qps: {quick: {items: [quick], default: 1, day: 1}}\n"
         "concurrency: {jobs: {items: [call], price: 10, default: 1}}\n",
         ADMIT_CONCURRENCY, ADMIT_QPS},
        {"other ones are new", "qps: {swift: {items: [quick], default: 2, day: 1}}\n", ADMIT_ALLOWED, ADMIT_ALLOWED},
    };
    (void)state;
    FOR_ROWS(row, rows) {
        struct scene scene;
        struct slice error, text;
        uint64_t leases[2] = {0};
        scene_make(&scene, 0);
        (void)tell(&scene, "1", "demo.Call", "anna", "{}");
        text = arena_printf(&scene.arena, "%s%s", head, rows[0].rest);
        tariff_write(&scene, text.ptr);
        CHECK_OK(live_reload(scene.live, scene.tariffs, NULL, &scene.arena, &error));
        for (int i = 0; i < 2; i++) {
            struct live_answer answer;
            CHECK_OK(live_admit(scene.live, &(struct live_question){SLICE("anna"), SLICE("demo.Call"), 1, SECOND, 0},
                                &answer));
            leases[i] = answer.gate.lease;
            CHECK_INT(admit(&scene, "anna", "demo.Quick"), ADMIT_ALLOWED);
        }
        CHECK_INT(admit(&scene, "anna", "demo.Call"), ADMIT_CONCURRENCY);
        text = arena_printf(&scene.arena, "%s%s# again\n", head, row->rest);
        tariff_write(&scene, text.ptr);
        CHECK_OK(live_reload(scene.live, scene.tariffs, NULL, &scene.arena, &error));
        CHECK_INT(admit(&scene, "anna", "demo.Call"), row->call);
        CHECK_INT(admit(&scene, "anna", "demo.Quick"), row->quick);
        CHECK(live_end(scene.live, leases[0]) && !live_end(scene.live, leases[0]));
        scene.now_ns += 2 * SECOND; /* the other one has expired */
        CHECK(!live_end(scene.live, leases[1]));
        CHECK_INT(admit(&scene, "anna", "demo.Call"), ADMIT_ALLOWED);
        scene_free(&scene);
    }
}

static struct slice hold_text(struct scene *scene, const char *id) {
    return arena_printf(
        &scene->arena,
        "{\"specversion\":\"1.0\",\"id\":\"%s\",\"source\":\"s\",\"type\":\"tollgate.hold\",\"subject\":"
        "\"anna\",\"time\":\"2026-02-16T00:00:00Z\",\"data\":{\"operation\":\"demo.Call\"}}",
        id);
}

/* Two slots; a hold comes as a document, beside the gate. */
static void holds_and_leases_have_the_same_slots(void **state) {
    static const struct {
        const char *row, *hold; /* its id; NULL: a lease is asked for */
        bool is_restarted;      /* before */
        int want;               /* enum outcome; of a lease: enum admit_reason */
        uint64_t seq;           /* afterwards */
    } rows[] = {
        {"a lease takes the first slot", NULL, false, ADMIT_ALLOWED, 2},
        {"a hold takes the second", "h-1", false, OUTCOME_ACCEPTED, 3},
        {"said again it is known", "h-1", false, OUTCOME_DUPLICATE, 3},
        {"there is none for another hold, which is not kept", "h-2", false, OUTCOME_REJECTED, 3},
        {"nor for a lease", NULL, false, ADMIT_CONCURRENCY, 3},
        {"a restart forgets the lease", NULL, true, ADMIT_ALLOWED, 3},
        {"but not the hold", NULL, false, ADMIT_CONCURRENCY, 3},
        {"where no task runs the state decides: a slot is free", "h-2", true, OUTCOME_ACCEPTED, 4},
        {"and now none is: that is kept", "h-3", false, OUTCOME_REJECTED, 5},
        {"for leases, too", NULL, false, ADMIT_CONCURRENCY, 5},
    };
    struct scene scene;
    struct slice error;
    (void)state;
    scene_make(&scene, 0);
    (void)tell(&scene, "1", "demo.Call", "anna", "{}");
    tariff_write(&scene, "tariff: demo\ntitle: Demo\ncurrency: USD\nzone: UTC\ncycle: month\n"
                         "items: {call: {unit: call, price: 1}}\noperations: {Call: call}\n"
                         "concurrency: {jobs: {items: [call], price: 10, default: 2}}\n");
    CHECK_OK(live_reload(scene.live, scene.tariffs, NULL, &scene.arena, &error));
    FOR_ROWS(row, rows) {
        struct live_question question = {.account = SLICE("anna"), .type = SLICE("demo.Call"), .lease_ns = SECOND};
        struct live_answer answer;
        struct reply reply;
        if (row->is_restarted) {
            live_close(scene.live);
            scene_open(&scene, 0);
        }
        if (row->hold) {
            struct slice text = hold_text(&scene, row->hold);
            CHECK_OK(live_submit(scene.live, &text, 1, &scene.arena, &reply));
            CHECK_INT(reply.outcome, row->want);
            CHECK(reply.outcome != OUTCOME_REJECTED || reply.reason.len > 0);
        } else {
            CHECK_OK(live_admit(scene.live, &question, &answer));
            CHECK_INT(answer.gate.reason, row->want);
        }
        CHECK_UINT(live_seq(scene.live), row->seq);
    }
    scene_free(&scene);
}

/* The gate knows only what is there already: where no task runs, a batch is judged by the state alone. */
static void a_batch_may_buy_what_it_holds(void **state) {
    struct scene scene;
    struct slice error, texts[4];
    struct reply replies[4];
    static const enum outcome want[] = {OUTCOME_ACCEPTED, OUTCOME_ACCEPTED, OUTCOME_ACCEPTED, OUTCOME_REJECTED};
    (void)state;
    scene_make(&scene, 0);
    tariff_write(&scene, "tariff: demo\ntitle: Demo\ncurrency: USD\nzone: UTC\ncycle: month\n"
                         "items: {call: {unit: call, price: 1}}\noperations: {Call: call}\n"
                         "concurrency: {jobs: {items: [call], price: 10, default: 1}}\n");
    CHECK_OK(live_reload(scene.live, scene.tariffs, NULL, &scene.arena, &error));
    texts[0] = hold_text(&scene, "h-1");
    texts[1] =
        SLICE("{\"specversion\":\"1.0\",\"id\":\"r-1\",\"source\":\"s\",\"type\":\"tollgate.release\",\"subject\":"
              "\"anna\",\"time\":\"2026-02-16T00:00:00Z\",\"data\":{\"hold\":\"h-1\"}}");
    texts[2] = hold_text(&scene, "h-2");
    texts[3] = hold_text(&scene, "h-3");
    CHECK_OK(live_submit(scene.live, texts, 4, &scene.arena, replies));
    for (int i = 0; i < 4; i++)
        CHECK_INT(replies[i].outcome, want[i]);
    struct live_stats stats;
    live_stats(scene.live, &stats);
    CHECK_UINT(stats.leases, 0);
    scene_free(&scene);
}

static void tariffs_that_cannot_hold_change_nothing(void **state) {
    struct scene scene;
    struct slice error, why;
    (void)state;
    scene_make(&scene, 0);
    (void)tell(&scene, "1", "demo.Call", "anna", "{}");
    for (int i = 0; i < 3; i++) {
        uint64_t seq = live_seq(scene.live);
        tariff_write(&scene, "tariff: demo\ntitle: Demo\ncurrency: EUR\nzone: UTC\ncycle: month\n"
                             "items: {call: {unit: call, price: 2}}\noperations: {Call: call}\n");
        CHECK_STATUS(live_reload(scene.live, scene.tariffs, NULL, &scene.arena, &error), STATUS_CONFLICT);
        CHECK(error.len > 0 && !live_is_broken(scene.live, &why));
        CHECK_UINT(live_seq(scene.live), seq);
        CHECK_INT(tell(&scene, i == 0 ? "2" : i == 1 ? "3" : "4", "demo.Call", "anna", "{}").outcome, OUTCOME_ACCEPTED);
    }
    tariff_write(&scene, "tariff: demo\ntitle: Demo\ncurrency: USD\nzone: UTC\ncycle: month\n"
                         "items: {call: {unit: call, price: 2}}\noperations: {Call: call, Ring: call}\n");
    CHECK_OK(live_reload(scene.live, scene.tariffs, NULL, &scene.arena, &error));
    CHECK_INT(admit(&scene, "anna", "demo.Ring"), ADMIT_ALLOWED);
    scene_free(&scene);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_document_counts_once),
                                       cmocka_unit_test(documents_are_answered),
                                       cmocka_unit_test(usage_of_one_account_is_nothing_else),
                                       cmocka_unit_test(the_gate_answers),
                                       cmocka_unit_test(ticks_come_when_something_is_due),
                                       cmocka_unit_test(tariffs_are_exchanged),
                                       cmocka_unit_test(leases_go_over_to_other_tariffs),
                                       cmocka_unit_test(holds_and_leases_have_the_same_slots),
                                       cmocka_unit_test(a_batch_may_buy_what_it_holds),
                                       cmocka_unit_test(tariffs_that_cannot_hold_change_nothing)};
    return CHECK_RUN(tests);
}
