/* SPDX-License-Identifier: Apache-2.0
 *
 * The gate: reasons in their order, windows of a second, tasks that run, and races for the last of anything. */
#include "admit/gate.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/view.h"
#include "support/check.h"

#define SECOND NS_PER_SECOND
#define START (INT64_C(1771200000) * SECOND) /* 2026-02-16T00:00:00Z */

static const char tariff_text[] =
    "tariff: demo\ntitle: Demo\ncurrency: USD\nzone: UTC\ncycle: month\n"
    "funding: [free, qps, single, concurrency, payg]\n"
    "items:\n"
    "  call: {unit: call, price: 1}\n"
    "  packed: {unit: call, price: 1}\n"
    "  later: {unit: call, price: [{from: 2027-01-01T00:00:00Z, flat: 1}]}\n"
    "  secret: {unit: call, price: unpublished}\n"
    "  gift: {unit: call, price: 1, free_quota: {quantity: 2, every: month}}\n"
    "  job: {unit: call, price: 1}\n"
    "  quick: {unit: call, price: 1}\n"
    "operations: {Call: call, Packed: packed, Later: later, Secret: secret, Gift: gift, Job: job, Quick: quick,\n"
    "  Either: [{item: secret, when: 'count > 5'}, {item: call, when: 'count < 6'}]}\n"
    "packages:\n"
    "  pack: {kind: single, unit: call, validity: 1 year, scope: {packed: 1}, sizes: {3: 3}}\n"
    "qps:\n"
    "  quick: {items: [quick], default: 2, day: 1, month: 10}\n"
    "concurrency:\n"
    "  jobs: {items: [job], price: 10, default: 2}\n"
    "overdue: {grace: 1 day, pauses: [payg]}\n";

static const char strict_text[] =
    "tariff: strict\ntitle: Strict\ncurrency: USD\nzone: UTC\ncycle: month\nactivation: required\npostpaid: off\n"
    "items: {call: {unit: call, price: 1}}\noperations: {Call: call}\n";

#define DOCUMENT(id, type, subject, data)                                                                              \
    "{\"specversion\":\"1.0\",\"id\":\"" id "\",\"source\":\"s\",\"type\":\"" type "\",\"subject\":\"" subject         \
    "\",\"time\":\"2026-02-15T00:00:00Z\",\"data\":" data "}"

struct scene {
    struct tariff_set tariffs;
    struct reader *reader;
    struct engine *engine;
    struct gate *gate;
    struct arena run;
};

static void tell(struct scene *scene, const char *text) {
    struct record *records;
    uint32_t count;
    size_t len = strlen(text);
    char *document = arena_alloc(&scene->run, len + JSON_PADDING);
    memcpy(document, text, len);
    CHECK_OK(reader_read(scene->reader, (struct slice){document, len}, 1, &scene->run, NULL, &records, &count));
    CHECK_TEXT(records->reason, "");
    CHECK_OK(engine_apply(scene->engine, records, count, NULL));
}

/* Where bills are taken, orders are paid when they are made. */
static enum status bill_drop(void *context, const struct bill *bill) {
    (void)context, (void)bill;
    return STATUS_OK;
}

static void scene_make(struct scene *scene, const struct gate_size *size) {
    static const uint8_t key[16] = "sixteen bytes ok";
    struct diags diags = {0};
    *scene = (struct scene){0};
    CHECK_OK(tariff_set_add_text(&scene->tariffs, SLICE("demo.yaml"), slice_of(tariff_text), &diags));
    CHECK_OK(tariff_set_add_text(&scene->tariffs, SLICE("strict.yaml"), slice_of(strict_text), &diags));
    CHECK_OK(reader_new(&scene->tariffs, key, &scene->reader));
    CHECK_OK(engine_new(&scene->tariffs, &scene->engine));
    engine_set_sink(scene->engine, (struct bill_sink){.take = bill_drop});
    CHECK_OK(gate_new(&scene->tariffs, size, &scene->gate));
    tell(scene, DOCUMENT("a-1", "tollgate.account", "anna", "{\"postpaid\":{\"demo\":true}}"));
    tell(scene, DOCUMENT("a-2", "tollgate.account", "prepaid", "{\"postpaid\":{\"demo\":false}}"));
    tell(scene, DOCUMENT("o-1", "tollgate.order", "prepaid", "{\"tariff\":\"demo\",\"sku\":\"pack-3\"}"));
    tell(scene, DOCUMENT("o-2", "tollgate.order", "prepaid",
                         "{\"tariff\":\"demo\",\"sku\":\"quick-qps-day\",\"quantity\":5,\"periods\":9}"));
    tell(scene, DOCUMENT("a-3", "tollgate.account", "debtor", "{\"low\":{\"USD\":\"1\"}}"));
    tell(scene, DOCUMENT("w-1", "tollgate.wallet", "debtor", "{\"amount\":\"1\",\"currency\":\"USD\"}"));
    tell(scene, DOCUMENT("o-3", "tollgate.order", "debtor", "{\"tariff\":\"demo\",\"sku\":\"jobs-concurrency\"}"));
    tell(scene, DOCUMENT("x-1", "tollgate.activate", "active", "{\"tariff\":\"strict\"}"));
    diags_free(&diags);
}

static void scene_free(struct scene *scene) {
    gate_free(scene->gate);
    engine_free(scene->engine);
    reader_free(scene->reader);
    tariff_set_free(&scene->tariffs);
    arena_free(&scene->run);
}

static struct admit_question question_of(const struct scene *scene, const char *account, const char *tariff,
                                         const char *operation, int64_t at_ns) {
    const struct tariff *book = tariff_find(&scene->tariffs, slice_of(tariff));
    return (struct admit_question){.account = slice_of(account),
                                   .tariff = book,
                                   .operation = tariff_operation(book, slice_of(operation)),
                                   .now_ns = at_ns};
}

static void reasons_come_in_their_order(void **state) {
    static const struct {
        const char *row, *account, *tariff, *operation;
        int64_t hours; /* from START */
        enum admit_reason want;
        enum funding pays;
    } rows[] = {
        {"pay-as-you-go pays", "anna", "demo", "Call", 0, ADMIT_ALLOWED, FUNDING_PAYG},
        {"nobody knows the account", "nobody", "demo", "Call", 0, ADMIT_NO_ACCOUNT, FUNDING_PAYG},
        {"a package pays", "prepaid", "demo", "Packed", 0, ADMIT_ALLOWED, FUNDING_SINGLE},
        {"a plan pays", "prepaid", "demo", "Quick", 0, ADMIT_ALLOWED, FUNDING_QPS},
        {"nothing is left to pay and postpaid is off", "prepaid", "demo", "Call", 0, ADMIT_FUNDS, FUNDING_PAYG},
        {"free quota pays", "anna", "demo", "Gift", 0, ADMIT_ALLOWED, FUNDING_FREE},
        {"no price is published", "anna", "demo", "Secret", 0, ADMIT_UNPRICED, FUNDING_PAYG},
        {"the price is not in force yet", "anna", "demo", "Later", 0, ADMIT_UNPRICED, FUNDING_PAYG},
        {"of two that may be charged one has a price", "anna", "demo", "Either", 0, ADMIT_ALLOWED, FUNDING_PAYG},
        {"who owes may not pay as you go", "debtor", "demo", "Call", -20, ADMIT_OVERDUE, FUNDING_PAYG},
        {"who owes beyond the grace is suspended", "debtor", "demo", "Call", 5, ADMIT_SUSPENDED, FUNDING_PAYG},
        {"a product that wants an activation", "anna", "strict", "Call", 0, ADMIT_INACTIVE, FUNDING_PAYG},
        {"once it is activated funds are looked for", "active", "strict", "Call", 0, ADMIT_FUNDS, FUNDING_PAYG},
    };
    (void)state;
    FOR_ROWS(row, rows) {
        struct scene scene;
        struct admit_answer answer;
        scene_make(&scene, NULL);
        struct admit_question question =
            question_of(&scene, row->account, row->tariff, row->operation, START + row->hours * 3600 * SECOND);
        CHECK_OK(gate_admit(scene.gate, scene.engine, &question, &answer));
        CHECK_TEXT(slice_of(admit_reason_name(answer.reason)), admit_reason_name(row->want));
        if (row->want == ADMIT_ALLOWED)
            CHECK_TEXT(slice_of(funding_name(answer.pays)), funding_name(row->pays));
        else if (row->want != ADMIT_NO_ACCOUNT && row->want != ADMIT_UNPRICED)
            CHECK(answer.text != NULL);
        scene_free(&scene);
    }
}

static void calls_of_a_second_are_limited(void **state) {
    static const struct {
        const char *row, *account;
        int64_t at_ns;
        uint32_t calls;
        bool is_rehearsal;
        enum admit_reason want;
        uint64_t remaining;
    } rows[] = {
        {"the first of two", "anna", START, 1, false, ADMIT_ALLOWED, 1},
        {"the second", "anna", START + SECOND - 1, 1, false, ADMIT_ALLOWED, 0},
        {"the third is one too many", "anna", START + SECOND - 1, 1, false, ADMIT_QPS, 0},
        {"another account has its own", "debtor", START, 2, true, ADMIT_ALLOWED, 0},
        {"the next second is new", "anna", START + SECOND, 1, false, ADMIT_ALLOWED, 1},
        {"a clock that runs backwards opens nothing", "anna", START, 2, false, ADMIT_QPS, 1},
        {"two at once do not fit where one does", "anna", START + SECOND, 2, false, ADMIT_QPS, 1},
        {"and count nothing", "anna", START + SECOND, 1, false, ADMIT_ALLOWED, 0},
        {"a rehearsal counts nothing", "prepaid", START + 2 * SECOND, 5, true, ADMIT_ALLOWED, 0},
        {"what was bought is the limit", "prepaid", START + 2 * SECOND, 5, false, ADMIT_ALLOWED, 0},
        {"not what was bought and the default", "prepaid", START + 2 * SECOND, 1, false, ADMIT_QPS, 0},
        {"when the plan is over the default is back", "prepaid", START + 20 * 86400 * SECOND, 3, false, ADMIT_QPS, 2},
    };
    struct scene scene;
    (void)state;
    scene_make(&scene, NULL);
    tell(&scene, DOCUMENT("w-2", "tollgate.wallet", "debtor", "{\"amount\":\"100\",\"currency\":\"USD\"}"));
    FOR_ROWS(row, rows) {
        struct admit_answer answer;
        struct admit_question question = question_of(&scene, row->account, "demo", "Quick", row->at_ns);
        question.calls = row->calls;
        question.is_rehearsal = row->is_rehearsal;
        CHECK_OK(gate_admit(scene.gate, scene.engine, &question, &answer));
        CHECK_TEXT(slice_of(admit_reason_name(answer.reason)), admit_reason_name(row->want));
        CHECK_UINT(answer.rate.remaining, row->remaining);
    }
    scene_free(&scene);
}

static void tasks_at_once_are_limited(void **state) {
    struct scene scene;
    struct admit_answer answer;
    uint64_t leases[2];
    (void)state;
    scene_make(&scene, NULL);
    struct admit_question question = question_of(&scene, "anna", "demo", "Job", START);
    question.lease_ns = 60 * SECOND;
    for (int i = 0; i < 2; i++) {
        CHECK_OK(gate_admit(scene.gate, scene.engine, &question, &answer));
        CHECK_INT(answer.reason, ADMIT_ALLOWED);
        CHECK_UINT(answer.tasks.remaining, 1 - (uint64_t)i);
        leases[i] = answer.lease;
    }
    CHECK_OK(gate_admit(scene.gate, scene.engine, &question, &answer));
    CHECK_INT(answer.reason, ADMIT_CONCURRENCY);
    CHECK(gate_end(scene.gate, leases[0], START));
    CHECK(!gate_end(scene.gate, leases[0], START)); /* once */
    CHECK(!gate_end(scene.gate, 0, START));
    CHECK(!gate_end(scene.gate, UINT64_MAX, START));
    CHECK_OK(gate_admit(scene.gate, scene.engine, &question, &answer));
    CHECK_INT(answer.reason, ADMIT_ALLOWED);
    CHECK(!gate_end(scene.gate, leases[0], START)); /* nor when another lease has its place */
    CHECK_UINT(gate_lease_count(scene.gate, START), 2);
    CHECK_UINT(gate_lease_count(scene.gate, START + 60 * SECOND), 0); /* nobody ended them */
    CHECK(!gate_end(scene.gate, leases[1], START + 60 * SECOND));
    question.now_ns = START + 60 * SECOND;
    question.lease_ns = 0; /* only to look */
    for (int i = 0; i < 5; i++) {
        CHECK_OK(gate_admit(scene.gate, scene.engine, &question, &answer));
        CHECK_INT(answer.reason, ADMIT_ALLOWED);
        CHECK(answer.lease == 0);
    }
    /* A hold takes a slot of the same quota. */
    tell(&scene, DOCUMENT("h-1", "tollgate.hold", "anna",
                          "{\"operation\":\"demo.Job\",\"data\":{},\"expires_at\":\"2026-03-15T00:00:00Z\"}"));
    question.lease_ns = SECOND;
    CHECK_OK(gate_admit(scene.gate, scene.engine, &question, &answer));
    CHECK_INT(answer.reason, ADMIT_ALLOWED);
    CHECK_OK(gate_admit(scene.gate, scene.engine, &question, &answer));
    CHECK_INT(answer.reason, ADMIT_CONCURRENCY);
    scene_free(&scene);
}

/* Against a list of what should run. */
static void leases_are_exact(void **state) {
    static const struct gate_size size = {.windows = 64, .leases = 64};
    struct {
        uint64_t lease;
        int64_t expires_ns;
        int account;
    } model[64] = {0};
    struct scene scene;
    uint64_t seed = 9;
    int64_t now = START;
    char names[30][16];
    (void)state;
    scene_make(&scene, &size);
    for (int i = 0; i < 30; i++) {
        char text[256];
        snprintf(names[i], sizeof names[i], "n-%d", i);
        snprintf(text, sizeof text, DOCUMENT("n-%d", "tollgate.account", "n-%d", "{\"postpaid\":{\"demo\":true}}"), i,
                 i);
        tell(&scene, text);
    }
    for (int step = 0; step < 20000; step++) {
        uint64_t draw = check_random(&seed);
        int account = (int)(draw % 30), running = 0, all = 0, unused = -1;
        now += (int64_t)(draw >> 8 & 3) * SECOND / 8;
        for (int i = 0; i < 64; i++) {
            if (model[i].lease && model[i].expires_ns <= now)
                model[i].lease = 0;
            all += model[i].lease != 0;
            running += model[i].lease != 0 && model[i].account == account;
            unused = model[i].lease ? unused : i;
        }
        if (draw >> 16 & 1) {
            int at = (int)(draw >> 20 & 63);
            bool was = model[at].lease != 0;
            CHECK(gate_end(scene.gate, model[at].lease, now) == was);
            model[at].lease = 0;
            continue;
        }
        struct admit_answer answer;
        struct admit_question question = question_of(&scene, names[account], "demo", "Job", now);
        question.lease_ns = (int64_t)(1 + (draw >> 30 & 15)) * SECOND;
        CHECK_OK(gate_admit(scene.gate, scene.engine, &question, &answer));
        enum admit_reason want = running == 2 ? ADMIT_CONCURRENCY : all == 64 ? ADMIT_BUSY : ADMIT_ALLOWED;
        CHECK_INT(answer.reason, want);
        if (answer.reason == ADMIT_ALLOWED) {
            model[unused].lease = answer.lease;
            model[unused].expires_ns = now + question.lease_ns;
            model[unused].account = account;
            all++;
        }
        CHECK_UINT(gate_lease_count(scene.gate, now), (uint64_t)all);
    }
    scene_free(&scene);
}

struct racer {
    pthread_t thread;
    struct scene *scene;
    pthread_mutex_t *lock;
    const char *operation;
    int64_t at_ns;
    int won;
};

static void *race(void *context) {
    struct racer *racer = context;
    struct admit_question question = question_of(racer->scene, "anna", "demo", racer->operation, racer->at_ns);
    question.lease_ns = 3600 * SECOND;
    for (int i = 0; i < 50; i++) {
        struct admit_answer answer;
        pthread_mutex_lock(racer->lock);
        CHECK_OK(gate_admit(racer->scene->gate, racer->scene->engine, &question, &answer));
        pthread_mutex_unlock(racer->lock);
        racer->won += answer.reason == ADMIT_ALLOWED;
    }
    return NULL;
}

static void exactly_the_affordable_ones_win(void **state) {
    static const char *const operations[] = {"Quick", "Job"};
    enum { RACERS = 16 };
    (void)state;
    for (int round = 0; round < 20; round++) {
        struct scene scene;
        struct racer racers[RACERS];
        pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
        int won = 0;
        scene_make(&scene, NULL);
        for (int i = 0; i < RACERS; i++) {
            racers[i] =
                (struct racer){.scene = &scene, .lock = &lock, .operation = operations[round % 2], .at_ns = START};
            CHECK_INT(pthread_create(&racers[i].thread, NULL, race, &racers[i]), 0);
        }
        for (int i = 0; i < RACERS; i++) {
            CHECK_INT(pthread_join(racers[i].thread, NULL), 0);
            won += racers[i].won;
        }
        CHECK_INT(won, 2);
        scene_free(&scene);
    }
}

/* Until the contract begins the list tariff answers; then the overlay, and the package that was bought under either. */
static void contracts_stand_for_the_tariff(void **state) {
    static const uint8_t key[16] = "sixteen bytes ok";
    static const struct {
        const char *row, *operation;
        int64_t hours; /* from START */
        enum admit_reason want;
        enum funding pays;
    } rows[] = {
        {"no price is published", "object-detection", -1, ADMIT_UNPRICED, FUNDING_PAYG},
        {"the contract has one", "object-detection", 1, ADMIT_ALLOWED, FUNDING_PAYG},
        {"the package does not pay before", "RecognizeLicensePlate", -1, ADMIT_ALLOWED, FUNDING_PAYG},
        {"and then it does", "RecognizeLicensePlate", 1, ADMIT_ALLOWED, FUNDING_SINGLE},
    };
    (void)state;
    FOR_ROWS(row, rows) {
        struct scene scene = {0};
        struct diags diags = {0};
        struct admit_answer answer;
        CHECK_OK(tariff_set_add(&scene.tariffs, CHECK_SOURCE_ROOT "/tariffs/viapi.yaml", NULL, &diags));
        CHECK_OK(
            tariff_set_add(&scene.tariffs, CHECK_SOURCE_ROOT "/tests/data/overlay/viapi-overlay.yaml", NULL, &diags));
        CHECK_OK(reader_new(&scene.tariffs, key, &scene.reader));
        CHECK_OK(engine_new(&scene.tariffs, &scene.engine));
        engine_set_sink(scene.engine, (struct bill_sink){.take = bill_drop});
        CHECK_OK(gate_new(&scene.tariffs, NULL, &scene.gate));
        tell(&scene, DOCUMENT("a-1", "tollgate.account", "acme", "{\"activated\":{\"viapi\":true}}"));
        tell(&scene, DOCUMENT("o-1", "tollgate.order", "acme",
                              "{\"tariff\":\"viapi-overlay\",\"sku\":\"license-plates-10000\"}"));
        tell(&scene, DOCUMENT("k-1", "tollgate.contract", "acme",
                              "{\"tariff\":\"viapi\",\"use\":\"viapi-overlay\",\"from\":\"2026-02-16T00:00:00Z\"}"));
        struct admit_question question =
            question_of(&scene, "acme", "viapi", row->operation, START + row->hours * 3600 * SECOND);
        CHECK_OK(gate_admit(scene.gate, scene.engine, &question, &answer));
        CHECK_TEXT(slice_of(admit_reason_name(answer.reason)), admit_reason_name(row->want));
        if (row->want == ADMIT_ALLOWED)
            CHECK_TEXT(slice_of(funding_name(answer.pays)), funding_name(row->pays));
        diags_free(&diags);
        scene_free(&scene);
    }
}

/* Looking counts nothing, and says what the next answer will go by. */
static void looking_counts_nothing(void **state) {
    struct scene scene;
    struct admit_answer answer;
    struct gate_use use = {99, 99};
    (void)state;
    scene_make(&scene, NULL);
    struct admit_question question = question_of(&scene, "prepaid", "demo", "Quick", START);
    struct gate_quota quota = {.tariff = question.tariff, .now_ns = START};
    uint32_t counted = 0;
    CHECK_INT(engine_account_find(scene.engine, SLICE("prepaid"), &quota.account), true);
    question.calls = 3;
    CHECK_OK(gate_admit(scene.gate, scene.engine, &question, &answer));
    for (quota.product = 0; quota.product < quota.tariff->product_count; quota.product++) {
        const struct product *product = &quota.tariff->products[quota.product];
        for (int i = 0; i < 3; i++) {
            if (!gate_look(scene.gate, scene.engine, &quota, &use))
                continue;
            counted++;
            CHECK_INT((int64_t)use.limit, product->kind == PRODUCT_QPS ? 5 : 2);
            CHECK_INT((int64_t)use.taken, product->kind == PRODUCT_QPS ? 3 : 0);
        }
    }
    CHECK_INT(counted, 6); /* one QPS family of two products, one concurrency quota; three times each */
    scene_free(&scene);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reasons_come_in_their_order),     cmocka_unit_test(calls_of_a_second_are_limited),
        cmocka_unit_test(tasks_at_once_are_limited),       cmocka_unit_test(leases_are_exact),
        cmocka_unit_test(exactly_the_affordable_ones_win), cmocka_unit_test(contracts_stand_for_the_tariff),
        cmocka_unit_test(looking_counts_nothing),
    };
    return CHECK_RUN(tests);
}
