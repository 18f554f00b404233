/* SPDX-License-Identifier: Apache-2.0
 *
 * The C API from the outside: what is fed, what it says, how long things live, and many threads at once. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tollgate.h>

#include "support/check.h"

#define SECOND INT64_C(1000000000)
#define START (INT64_C(1771200000) * SECOND) /* 2026-02-16T00:00:00Z */

static const char tariff_text[] =
    "tariff: demo\ntitle: Demo\ncurrency: USD\nzone: UTC\ncycle: month\nfunding: [free, qps, single, concurrency, "
    "payg]\n"
    "items:\n"
    "  call: {unit: call, price: {graduated: {tiers: [{up_to: 10, price: 0.5}, {price: 0.1}]}}}\n"
    "  secret: {unit: call, price: unpublished}\n"
    "  packed: {unit: call, price: 1}\n"
    "  job: {unit: call, price: 1}\n"
    "operations: {Call: call, Secret: secret, Packed: packed, Job: job}\n"
    "packages: {pack: {kind: single, unit: call, validity: 1 year, scope: {packed: 1}, sizes: {3: 3}}}\n"
    "qps: {packed: {items: [packed], default: 2, day: 1, month: 10}}\n"
    "concurrency: {jobs: {items: [job], price: 10, default: 2}}\n";

#define DOCUMENT(id, type, subject, data)                                                                              \
    "{\"specversion\":\"1.0\",\"id\":\"" id "\",\"source\":\"s\",\"type\":\"" type "\",\"subject\":\"" subject         \
    "\",\"time\":\"2026-02-15T00:00:00Z\",\"data\":" data "}"
#define ANNA DOCUMENT("a-1", "tollgate.account", "anna", "{\"postpaid\":{\"demo\":true}}")
#define CALLS(id, count) DOCUMENT(id, "demo.Call", "anna", "{\"count\":" count "}")
#define CALLS_HELD(id, count) DOCUMENT(id, "demo.Call", "anna", "{\"count\":" count ",\"hold\":\"h-1\"}")
#define HOLD DOCUMENT("h-1", "tollgate.hold", "anna", "{\"operation\":\"demo.Call\",\"data\":{\"count\":4}}")
#define TICK                                                                                                           \
    "{\"specversion\":\"1.0\",\"id\":\"t\",\"source\":\"s\",\"type\":\"tollgate.tick\",\"time\":"                      \
    "\"2026-03-05T00:00:00Z\",\"data\":{}}"

struct scene {
    tollgate_tariffs *tariffs;
    tollgate_engine *engine;
    char outcomes[512];
};

static void note(void *context, const tollgate_reply *reply) {
    struct scene *scene = context;
    size_t length = strlen(scene->outcomes);
    snprintf(scene->outcomes + length, sizeof scene->outcomes - length, "%u:%s%s ", reply->line,
             tollgate_outcome_name(reply->outcome), reply->reason != NULL ? "!" : "");
}

static tollgate_status tell(struct scene *scene, const char *text) {
    scene->outcomes[0] = '\0';
    return tollgate_engine_feed(scene->engine, text, strlen(text), note, scene);
}

static void scene_make(struct scene *scene, unsigned flags) {
    *scene = (struct scene){0};
    CHECK_INT(tollgate_tariffs_read("demo.yaml", tariff_text, strlen(tariff_text), &scene->tariffs, NULL), TOLLGATE_OK);
    CHECK_INT(tollgate_engine_new(scene->tariffs, flags, &scene->engine), TOLLGATE_OK);
}

static void scene_free(struct scene *scene) {
    tollgate_tariffs_free(scene->tariffs); /* the engine still needs it */
    tollgate_engine_free(scene->engine);
}

static char *statement(struct scene *scene) {
    char *json = NULL;
    CHECK_INT(tollgate_engine_statement(scene->engine, TOLLGATE_EVER_AFTER, 0, &json), TOLLGATE_OK);
    return json;
}

static bool starts(const char *text, const char *head) {
    return strncmp(text, head, strlen(head)) == 0;
}

/* ---- what has no state ---- */

static void versions_and_names_are_told(void **state) {
    (void)state;
    char numbers[32];
    snprintf(numbers, sizeof numbers, "%d.%d.%d", TOLLGATE_VERSION_MAJOR, TOLLGATE_VERSION_MINOR,
             TOLLGATE_VERSION_PATCH);
    CHECK_TEXT(slice_of(tollgate_version()), PROJECT_VERSION);
    CHECK_TEXT(slice_of(numbers), PROJECT_VERSION);
    for (int i = TOLLGATE_OK; i <= TOLLGATE_STATE; i++)
        CHECK(strcmp(tollgate_status_text((tollgate_status)i), "unknown status") != 0);
    CHECK_TEXT(slice_of(tollgate_outcome_name(TOLLGATE_CONFLICT)), "conflict");
    CHECK_TEXT(slice_of(tollgate_outcome_name((tollgate_outcome)9)), "unknown");
    CHECK_TEXT(slice_of(tollgate_reason_name(TOLLGATE_NOT_ACTIVATED)), "not-activated");
    CHECK_TEXT(slice_of(tollgate_reason_name((tollgate_reason)99)), "unknown");
    tollgate_text_free(NULL);
    tollgate_tariffs_free(NULL);
    tollgate_engine_free(NULL);
    tollgate_gate_free(NULL);
}

static void instants_are_read(void **state) {
    (void)state;
    int64_t at_ns = 0;
    CHECK_INT(tollgate_instant_parse("2026-02-16T08:00:00+08:00", &at_ns), TOLLGATE_OK);
    CHECK_INT(at_ns, START);
    CHECK_INT(tollgate_instant_parse("yesterday", &at_ns), TOLLGATE_INVALID);
    CHECK_INT(at_ns, START);
    char text[TOLLGATE_INSTANT_MAX];
    CHECK_UINT(tollgate_instant_format(START + 5, text), strlen("2026-02-16T00:00:00.000000005Z"));
    CHECK_TEXT(slice_of(text), "2026-02-16T00:00:00.000000005Z");
    CHECK_INT(tollgate_instant_parse("2200-12-31T23:59:59.999999999Z", &at_ns), TOLLGATE_OK);
    CHECK_UINT(tollgate_instant_format(at_ns, text), 30);
    CHECK_UINT(tollgate_instant_format(at_ns + 1, text), 0);
    CHECK_INT(tollgate_instant_parse("1700-01-01T00:00:00Z", &at_ns), TOLLGATE_OK);
    CHECK_UINT(tollgate_instant_format(at_ns, text), 20);
    CHECK_UINT(tollgate_instant_format(at_ns - 1, text), 0);
}

static void mistakes_in_tariffs_are_told(void **state) {
    (void)state;
    tollgate_tariffs *tariffs = NULL;
    char *messages = NULL;
    const char *wrong = "tariff: demo\ncurency: USD\n";
    CHECK_INT(tollgate_tariffs_read("wrong.yaml", wrong, strlen(wrong), &tariffs, &messages), TOLLGATE_INVALID);
    CHECK(tariffs == NULL && messages != NULL);
    CHECK(starts(messages, "wrong.yaml:1:1: error: ") && strstr(messages, "did you mean `currency`?") != NULL);
    tollgate_text_free(messages);
    CHECK_INT(tollgate_tariffs_load("/nowhere", NULL, &tariffs, &messages), TOLLGATE_IO);
    CHECK(tariffs == NULL);
    tollgate_text_free(messages);
    CHECK_INT(tollgate_tariffs_read("long.yaml", wrong, ((size_t)16 << 20) + 1, &tariffs, NULL), TOLLGATE_RANGE);
    CHECK_INT(tollgate_tariffs_load(CHECK_SOURCE_ROOT "/tariffs", NULL, &tariffs, &messages), TOLLGATE_OK);
    CHECK(messages == NULL && tollgate_tariffs_count(tariffs) > 3);
    for (size_t i = 1; i < tollgate_tariffs_count(tariffs); i++)
        CHECK(strcmp(tollgate_tariffs_name(tariffs, i - 1), tollgate_tariffs_name(tariffs, i)) < 0);
    tollgate_tariffs_free(tariffs);
}

static void operations_are_found_or_suggested(void **state) {
    static const struct {
        const char *row, *name, *message;
    } rows[] = {
        {"it is there", "demo.Call", NULL},
        {"the operation is misspelt", "demo.Cal", "demo has no operation \"Cal\", did you mean \"Call\"?"},
        {"the tariff is misspelt", "dmo.Call", "there is no tariff \"dmo\", did you mean \"demo\"?"},
        {"there is no operation in it", "demo", "there is no tariff \"demo\", did you mean \"demo\"?"},
        {"nothing is near", "x.y", "there is no tariff \"x\""},
        {"it is empty", "", "there is no tariff \"\""},
    };
    struct scene scene;
    (void)state;
    scene_make(&scene, 0);
    FOR_ROWS(row, rows) {
        tollgate_operation operation = 0;
        char *message = NULL;
        tollgate_status want = row->message != NULL ? TOLLGATE_NOT_FOUND : TOLLGATE_OK;
        CHECK_INT(tollgate_operation_find(scene.tariffs, row->name, &operation, &message), want);
        CHECK((operation != 0) == (want == TOLLGATE_OK));
        CHECK_TEXT(slice_of(message != NULL ? message : ""), row->message != NULL ? row->message : "");
        tollgate_text_free(message);
        CHECK_INT(tollgate_operation_find(scene.tariffs, row->name, &operation, NULL), want);
    }
    scene_free(&scene);
}

/* ---- feeding ---- */

static void every_document_has_a_reply(void **state) {
    static const struct {
        const char *row, *text, *outcomes;
    } rows[] = {
        {"lines, one of them empty", ANNA "\n\n" CALLS("1", "1") "\n", "1:accepted 3:accepted "},
        {"the last line lacks its newline", ANNA "\r\n" CALLS("1", "1"), "1:accepted 2:accepted "},
        {"an array", "[" ANNA ",\n" CALLS("1", "1") "]", "1:accepted 2:accepted "},
        {"a document over several lines", "{\n\"specversion\":\"1.0\"\n}", "1:rejected! "},
        {"the same again, and other content", CALLS("1", "1") "\n" CALLS("1", "1") "\n" CALLS("1", "2"),
         "1:accepted 2:duplicate 3:conflict! "},
        {"what has no price", DOCUMENT("1", "demo.Secret", "anna", "{}"), "1:unpriced! "},
        {"what is nothing", "nothing\n\1\n", "1:rejected! 2:rejected! "},
        {"nothing at all", "", ""},
        {"an empty array", "[]", ""},
    };
    (void)state;
    FOR_ROWS(row, rows) {
        struct scene scene;
        scene_make(&scene, 0);
        CHECK_INT(tell(&scene, row->text), TOLLGATE_OK);
        CHECK_TEXT(slice_of(scene.outcomes), row->outcomes);
        scene_free(&scene);
    }
}

static void lines_are_counted_over_all_feeds(void **state) {
    struct scene scene;
    (void)state;
    scene_make(&scene, 0);
    CHECK_INT(tell(&scene, ANNA "\n" CALLS("1", "1")), TOLLGATE_OK);
    CHECK_INT(tell(&scene, CALLS("2", "1") "\n\nwrong"), TOLLGATE_OK);
    CHECK_TEXT(slice_of(scene.outcomes), "3:accepted 5:rejected! ");
    CHECK_INT(tollgate_engine_feed(scene.engine, "", ((size_t)64 << 20) + 1, NULL, NULL), TOLLGATE_RANGE);
    tollgate_engine *none = NULL;
    CHECK_INT(tollgate_engine_new(scene.tariffs, 8, &none), TOLLGATE_INVALID);
    scene_free(&scene);
}

static size_t thousand_write(char *text, size_t size, bool is_array) {
    size_t length = 0;
    for (int i = 0; i < 1000; i++)
        length += (size_t)snprintf(text + length, size - length,
                                   "%s{\"specversion\":\"1.0\",\"id\":\"m-%d\",\"source\":\"s\",\"type\":\"demo.Call\","
                                   "\"subject\":\"anna\",\"time\":\"2026-02-15T00:00:00Z\",\"data\":{}}%s",
                                   is_array && i == 0 ? "[" : "", i,
                                   !is_array ? "\n"
                                   : i < 999 ? ","
                                             : "]");
    return length;
}

/* More than one portion of records in one feed, in lines and in an array. */
static void long_feeds_are_applied_whole(void **state) {
    (void)state;
    for (int is_array = 0; is_array < 2; is_array++) {
        struct scene scene;
        static char text[400000];
        size_t length = thousand_write(text, sizeof text, is_array != 0);
        scene_make(&scene, 0);
        CHECK_INT(tollgate_engine_feed(scene.engine, ANNA, strlen(ANNA), NULL, NULL), TOLLGATE_OK);
        CHECK_INT(tollgate_engine_feed(scene.engine, text, length, NULL, NULL), TOLLGATE_OK);
        char *json = statement(&scene);
        CHECK(strstr(json, "\"quantity\":\"990\"") != NULL && strstr(json, "\"total\":\"104.00\"") != NULL);
        tollgate_text_free(json);
        scene_free(&scene);
    }
}

/* ---- what it says ---- */

static void statements_change_nothing(void **state) {
    struct scene scene;
    (void)state;
    scene_make(&scene, 0);
    CHECK_INT(tell(&scene, ANNA "\n" CALLS("1", "12")), TOLLGATE_OK);
    char *before = statement(&scene), *again = statement(&scene);
    CHECK_TEXT(slice_of(again), before);
    CHECK(strstr(before, "\"number\":null") != NULL && strstr(before, "\"exact_total\":\"5.2\"") != NULL);
    CHECK_INT(tell(&scene, TICK), TOLLGATE_OK); /* closes the cycle: the bill is kept */
    char *closed = statement(&scene);
    CHECK(strstr(closed, "\"number\":\"demo-1\"") != NULL && strstr(closed, "\"exact_total\":\"5.2\"") != NULL);
    char *steps = NULL, *early = NULL;
    CHECK_INT(tollgate_engine_statement(scene.engine, TOLLGATE_EVER_AFTER, TOLLGATE_EXPLAIN, &steps), TOLLGATE_OK);
    CHECK(strstr(steps, "\"steps\"") != NULL && strstr(closed, "\"steps\"") == NULL);
    CHECK_INT(tollgate_engine_statement(scene.engine, START, 2, &early), TOLLGATE_INVALID);
    CHECK(early == NULL);
    tollgate_text_free(before);
    tollgate_text_free(again);
    tollgate_text_free(closed);
    tollgate_text_free(steps);
    scene_free(&scene);
}

static void one_account_is_stated_alone(void **state) {
    struct scene scene;
    char *all = NULL, *alone = NULL, *none = NULL;
    (void)state;
    scene_make(&scene, 0);
    CHECK_INT(tell(&scene, ANNA "\n" CALLS("1", "12") "\n" DOCUMENT("2", "demo.Call", "bert", "{\"count\":3}")),
              TOLLGATE_OK);
    CHECK_INT(tollgate_engine_account(scene.engine, "bert", TOLLGATE_EVER_AFTER, 0, &alone), TOLLGATE_OK);
    CHECK(strstr(alone, "\"exact_total\":\"1.5\"") != NULL && strstr(alone, "anna") == NULL);
    all = statement(&scene);
    CHECK(strstr(all, "\"exact_total\":\"1.5\"") != NULL && strstr(all, "\"exact_total\":\"5.2\"") != NULL);
    CHECK_INT(tollgate_engine_account(scene.engine, "carl", TOLLGATE_EVER_AFTER, 0, &none), TOLLGATE_NOT_FOUND);
    CHECK_INT(tollgate_engine_account(scene.engine, "anna", TOLLGATE_EVER_AFTER, 4, &none), TOLLGATE_INVALID);
    CHECK(none == NULL);
    tollgate_text_free(all);
    tollgate_text_free(alone);
    scene_free(&scene);
}

static void quotes_know_what_was_used(void **state) {
    static const struct {
        const char *row, *event, *head, *amount;
    } rows[] = {
        {"the first tier is nearly used up", CALLS("9", "4"), "{\"outcome\":\"accepted\",\"reason\":null,", "\"1.2\""},
        {"it was told before", CALLS("1", "8"), "{\"outcome\":\"duplicate\",", "\"0\""},
        {"it has no price", DOCUMENT("9", "demo.Secret", "anna", "{}"), "{\"outcome\":\"unpriced\",\"reason\":\"",
         "\"0\""},
        {"nobody knows the account", DOCUMENT("9", "demo.Call", "bert", "{}"), "{\"outcome\":\"accepted\",", "\"0.5\""},
        {"it came with another content", CALLS("1", "9"), "{\"outcome\":\"conflict\",\"reason\":\"its", "\"0\""},
        {"it settles a hold", CALLS_HELD("9", "4"), "{\"outcome\":\"accepted\",", "\"1.2\""},
    };
    struct scene scene;
    (void)state;
    scene_make(&scene, 0);
    CHECK_INT(tell(&scene, ANNA "\n" CALLS("1", "8") "\n" HOLD), TOLLGATE_OK);
    CHECK_TEXT(slice_of(scene.outcomes), "1:accepted 2:accepted 3:accepted ");
    char *before = statement(&scene);
    FOR_ROWS(row, rows) {
        char *json = NULL, amount[40];
        CHECK_INT(tollgate_engine_quote(scene.engine, row->event, strlen(row->event), &json), TOLLGATE_OK);
        snprintf(amount, sizeof amount, "],\"amount\":%s,", row->amount);
        CHECK(starts(json, row->head));
        CHECK(strstr(json, amount) != NULL);
        tollgate_text_free(json);
    }
    char *after = statement(&scene), *none = NULL;
    CHECK_TEXT(slice_of(after), before);
    CHECK_INT(tollgate_engine_quote(scene.engine, ANNA, strlen(ANNA), &none), TOLLGATE_INVALID);
    CHECK_INT(tollgate_engine_quote(scene.engine, "[]", 2, &none), TOLLGATE_INVALID);
    CHECK_INT(tollgate_engine_quote(scene.engine, "", 0, &none), TOLLGATE_INVALID);
    CHECK(none == NULL);
    tollgate_text_free(before);
    tollgate_text_free(after);
    scene_free(&scene);
}

static void events_are_explained(void **state) {
    struct scene scene;
    char *json = NULL;
    (void)state;
    scene_make(&scene, TOLLGATE_KEEP_DOCUMENTS);
    CHECK_INT(tollgate_engine_explain(scene.engine, NULL, "1", &json), TOLLGATE_NOT_FOUND);
    CHECK_INT(tell(&scene, ANNA "\n" CALLS("1", "8")), TOLLGATE_OK);
    CHECK_INT(tell(&scene, "[" CALLS("2", "4") "]"), TOLLGATE_OK);
    CHECK_INT(tell(&scene, DOCUMENT("3", "demo.Secret", "anna", "{}")), TOLLGATE_OK);
    CHECK_INT(tollgate_engine_explain(scene.engine, "s", "1", &json), TOLLGATE_OK);
    CHECK(starts(json, "{\"id\":\"1\",\"steps\":[{\"topic\":\"operation\""));
    tollgate_text_free(json);
    CHECK_INT(tollgate_engine_explain(scene.engine, NULL, "2", &json), TOLLGATE_OK);
    CHECK(strstr(json, "2 x 0.1 USD") != NULL);
    tollgate_text_free(json);
    CHECK_INT(tollgate_engine_explain(scene.engine, NULL, "3", &json), TOLLGATE_OK);
    CHECK(strstr(json, "{\"topic\":\"unpriced\"") != NULL);
    tollgate_text_free(json);
    CHECK_INT(tollgate_engine_explain(scene.engine, "other", "1", &json), TOLLGATE_NOT_FOUND);
    scene_free(&scene);
    scene_make(&scene, 0);
    CHECK_INT(tollgate_engine_explain(scene.engine, NULL, "1", &json), TOLLGATE_STATE);
    scene_free(&scene);
}

/* ---- the gate ---- */

static tollgate_operation operation_of(const struct scene *scene, const char *name) {
    tollgate_operation operation = 0;
    CHECK_INT(tollgate_operation_find(scene->tariffs, name, &operation, NULL), TOLLGATE_OK);
    return operation;
}

static void gates_say_why(void **state) {
    static const struct {
        const char *row, *account, *operation;
        int seconds;
        tollgate_reason want;
        const char *pays, *order;
    } rows[] = {
        {"pay-as-you-go pays", "anna", "demo.Call", 0, TOLLGATE_ALLOWED, "payg", ""},
        {"nobody knows the account", "nobody", "demo.Call", 0, TOLLGATE_NO_ACCOUNT, NULL, ""},
        {"no price is published", "anna", "demo.Secret", 0, TOLLGATE_NO_PRICE, NULL, ""},
        {"a package pays", "anna", "demo.Packed", 0, TOLLGATE_ALLOWED, "single", "o-1"},
        {"the second call of a second", "anna", "demo.Packed", 0, TOLLGATE_ALLOWED, "single", "o-1"},
        {"the third is one too many", "anna", "demo.Packed", 0, TOLLGATE_QPS, NULL, "o-1"},
        {"the next second has its own calls", "anna", "demo.Packed", 1, TOLLGATE_ALLOWED, "single", "o-1"},
        {"nothing is left to pay", "prepaid", "demo.Call", 1, TOLLGATE_FUNDS, NULL, ""},
    };
    struct scene scene;
    tollgate_gate *gate = NULL;
    (void)state;
    scene_make(&scene, 0);
    CHECK_INT(tollgate_gate_new(scene.engine, NULL, &gate), TOLLGATE_OK);
    CHECK_INT(
        tell(&scene, ANNA
             "\n" DOCUMENT("o-1", "tollgate.order", "anna", "{\"tariff\":\"demo\",\"sku\":\"pack-3\"}") "\n" DOCUMENT(
                 "p", "tollgate.account", "prepaid", "{\"postpaid\":{\"demo\":false}}")),
        TOLLGATE_OK);
    FOR_ROWS(row, rows) {
        tollgate_answer answer;
        tollgate_question question = {.account = row->account,
                                      .operation = operation_of(&scene, row->operation),
                                      .now_ns = START + row->seconds * SECOND};
        CHECK_INT(tollgate_gate_ask(gate, &question, &answer), TOLLGATE_OK);
        CHECK_INT(answer.reason, row->want);
        CHECK_TEXT(slice_of(answer.pays != NULL ? answer.pays : ""), row->pays != NULL ? row->pays : "");
        CHECK_TEXT(slice_of(answer.order), row->order);
        CHECK((answer.reset_ns == question.now_ns + SECOND) ==
              (answer.calls.has_limit || row->want == TOLLGATE_ALLOWED || row->want == TOLLGATE_FUNDS));
    }
    tollgate_gate_free(gate);
    scene_free(&scene);
}

static void leases_take_slots(void **state) {
    struct scene scene;
    tollgate_gate *gate = NULL;
    tollgate_answer first, answer;
    (void)state;
    scene_make(&scene, 0);
    CHECK_INT(tollgate_gate_new(scene.engine, &(tollgate_gate_size){.windows = 64, .leases = 8}, &gate), TOLLGATE_OK);
    CHECK_INT(tell(&scene, ANNA), TOLLGATE_OK);
    tollgate_question question = {
        .account = "anna", .operation = operation_of(&scene, "demo.Job"), .now_ns = START, .lease_ns = SECOND};
    CHECK_INT(tollgate_gate_ask(gate, &question, &first), TOLLGATE_OK);
    CHECK(first.reason == TOLLGATE_ALLOWED && first.lease != 0 && first.tasks.limit == 2 && first.tasks.remaining == 1);
    question.is_rehearsal = true;
    CHECK_INT(tollgate_gate_ask(gate, &question, &answer), TOLLGATE_OK);
    CHECK(answer.reason == TOLLGATE_ALLOWED && answer.lease == 0);
    question.is_rehearsal = false;
    CHECK_INT(tollgate_gate_ask(gate, &question, &answer), TOLLGATE_OK);
    CHECK_INT(tollgate_gate_ask(gate, &question, &answer), TOLLGATE_OK);
    CHECK_INT(answer.reason, TOLLGATE_CONCURRENCY);
    CHECK_UINT(tollgate_gate_leases(gate, START), 2);
    CHECK(!tollgate_gate_end(gate, 0, START) && !tollgate_gate_end(gate, UINT64_MAX, START));
    CHECK(tollgate_gate_end(gate, first.lease, TOLLGATE_EVER_AFTER)); /* no instant: nothing expires */
    CHECK(!tollgate_gate_end(gate, first.lease, START));
    CHECK_UINT(tollgate_gate_leases(gate, TOLLGATE_EVER_AFTER), 1);
    CHECK_UINT(tollgate_gate_leases(gate, START + SECOND), 0);
    question.now_ns = TOLLGATE_EVER_AFTER;
    CHECK_INT(tollgate_gate_ask(gate, &question, &answer), TOLLGATE_RANGE);
    question.now_ns = TOLLGATE_EVER_BEFORE;
    CHECK_INT(tollgate_gate_ask(gate, &question, &answer), TOLLGATE_RANGE);
    question = (tollgate_question){.account = "anna", .operation = 0, .now_ns = START};
    CHECK_INT(tollgate_gate_ask(gate, &question, &answer), TOLLGATE_NOT_FOUND);
    question.operation = UINT64_C(1) << 32 | 99;
    CHECK_INT(tollgate_gate_ask(gate, &question, &answer), TOLLGATE_NOT_FOUND);
    tollgate_tariffs_free(scene.tariffs);
    tollgate_engine_free(scene.engine); /* the gate still needs it */
    question.operation = UINT64_C(1) << 32;
    CHECK_INT(tollgate_gate_ask(gate, &question, &answer), TOLLGATE_OK);
    tollgate_gate_free(gate);
}

/* ---- many threads ---- */

enum { THREADS = 8, CALLS_EACH = 300 };
struct racer {
    struct scene *scene;
    tollgate_gate *gate;
    int number;
    unsigned allowed;
};

static void *race(void *context) {
    struct racer *racer = context;
    char text[300], *json;
    for (int i = 0; i < CALLS_EACH; i++) {
        tollgate_answer answer;
        tollgate_question question = {.account = "anna",
                                      .operation = operation_of(racer->scene, "demo.Job"),
                                      .now_ns = START,
                                      .lease_ns = SECOND};
        int length =
            snprintf(text, sizeof text,
                     "{\"specversion\":\"1.0\",\"id\":\"%d-%d\",\"source\":\"r\",\"type\":\"demo.Call\",\"subject\":"
                     "\"anna\",\"time\":\"2026-02-15T00:00:00Z\",\"data\":{}}",
                     racer->number, i);
        if (tollgate_gate_ask(racer->gate, &question, &answer) == TOLLGATE_OK && answer.reason == TOLLGATE_ALLOWED)
            racer->allowed++;
        if (tollgate_engine_feed(racer->scene->engine, text, (size_t)length, NULL, NULL) != TOLLGATE_OK)
            return NULL;
        if (i % 100 == 0 && tollgate_engine_statement(racer->scene->engine, START, 0, &json) == TOLLGATE_OK)
            tollgate_text_free(json);
        if (i % 10 == 1 &&
            tollgate_engine_quote(racer->scene->engine, CALLS("q", "1"), strlen(CALLS("q", "1")), &json) == TOLLGATE_OK)
            tollgate_text_free(json);
        if (i % 10 == 2 && tollgate_engine_account(racer->scene->engine, "anna", START, 0, &json) == TOLLGATE_OK)
            tollgate_text_free(json);
    }
    return NULL;
}

static void threads_share_everything(void **state) {
    struct scene scene;
    struct racer racers[THREADS];
    pthread_t threads[THREADS];
    tollgate_gate *gate = NULL;
    unsigned allowed = 0;
    (void)state;
    scene_make(&scene, 0);
    CHECK_INT(tell(&scene, ANNA), TOLLGATE_OK);
    CHECK_INT(tollgate_gate_new(scene.engine, NULL, &gate), TOLLGATE_OK);
    for (int i = 0; i < THREADS; i++) {
        racers[i] = (struct racer){.scene = &scene, .gate = gate, .number = i};
        CHECK_INT(pthread_create(&threads[i], NULL, race, &racers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        allowed += racers[i].allowed;
    }
    CHECK_UINT(allowed, 2); /* the slots that there are */
    char *json = statement(&scene);
    CHECK(strstr(json, "\"quantity\":\"2390\"") != NULL && strstr(json, "\"total\":\"244.00\"") != NULL);
    tollgate_text_free(json);
    tollgate_gate_free(gate);
    scene_free(&scene);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(versions_and_names_are_told),
        cmocka_unit_test(instants_are_read),
        cmocka_unit_test(mistakes_in_tariffs_are_told),
        cmocka_unit_test(operations_are_found_or_suggested),
        cmocka_unit_test(every_document_has_a_reply),
        cmocka_unit_test(lines_are_counted_over_all_feeds),
        cmocka_unit_test(long_feeds_are_applied_whole),
        cmocka_unit_test(statements_change_nothing),
        cmocka_unit_test(one_account_is_stated_alone),
        cmocka_unit_test(quotes_know_what_was_used),
        cmocka_unit_test(events_are_explained),
        cmocka_unit_test(gates_say_why),
        cmocka_unit_test(leases_take_slots),
        cmocka_unit_test(threads_share_everything),
    };
    return CHECK_RUN(tests);
}
