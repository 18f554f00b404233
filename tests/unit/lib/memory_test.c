/* SPDX-License-Identifier: Apache-2.0
 *
 * Every allocation behind the C API fails once: the fault is told, what was handed out is right, nothing leaks (the
 * address sanitizer looks), and an engine whose memory was out while it applied says so from then on. */
#include <stdlib.h>
#include <string.h>
#include <tollgate.h>

#include "support/check.h"
#include "support/refuse.h"

static const char tariff_text[] =
    "tariff: demo\ntitle: Demo\ncurrency: USD\nzone: UTC\ncycle: month\nfunding: [free, single, payg]\n"
    "items: {call: {unit: call, price: {graduated: {tiers: [{up_to: 10, price: 0.5}, {price: 0.1}]}}}}\n"
    "operations: {Call: call}\n"
    "packages: {pack: {kind: single, unit: call, validity: 1 year, scope: {call: 1}, sizes: {3: 3}}}\n";

#define DOCUMENT(id, type, data)                                                                                       \
    "{\"specversion\":\"1.0\",\"id\":\"" id "\",\"source\":\"s\",\"type\":\"" type                                     \
    "\",\"subject\":\"anna\",\"time\":\"2026-02-15T00:00:00Z\",\"data\":" data "}\n"
static const char journal[] = DOCUMENT("1", "tollgate.account", "{\"postpaid\":{\"demo\":true}}")
    DOCUMENT("2", "tollgate.order", "{\"tariff\":\"demo\",\"sku\":\"pack-3\"}")
        DOCUMENT("3", "demo.Call", "{\"count\":9}") DOCUMENT("3", "demo.Call", "{\"count\":9}")
            DOCUMENT("4", "demo.Cal", "{}") "nothing\n";
static const char event[] = DOCUMENT("9", "demo.Call", "{\"count\":8}");

struct run {
    tollgate_tariffs *tariffs;
    tollgate_engine *engine;
    tollgate_gate *gate;
    tollgate_operation operation;
    char *texts[4];
    unsigned replies;
};

static void count(void *context, const tollgate_reply *reply) {
    struct run *run = context;
    run->replies += reply->line > 0;
}

/* The first fault of all steps; the steps behind it are done as far as there is something to do them with. */
static tollgate_status steps(struct run *run) {
    tollgate_question question = {.account = "anna", .now_ns = INT64_C(1771200000000000000)};
    tollgate_answer answer;
    tollgate_status status[8] = {TOLLGATE_OK};
    status[0] = tollgate_tariffs_read("demo.yaml", tariff_text, strlen(tariff_text), &run->tariffs, NULL);
    if (status[0] == TOLLGATE_OK)
        status[0] = tollgate_operation_find(run->tariffs, "demo.Call", &run->operation, NULL);
    if (status[0] == TOLLGATE_OK)
        status[0] = tollgate_engine_new(run->tariffs, TOLLGATE_KEEP_DOCUMENTS, &run->engine);
    if (status[0] != TOLLGATE_OK)
        return status[0];
    question.operation = run->operation;
    status[1] = tollgate_engine_feed(run->engine, journal, strlen(journal), count, run);
    status[2] = tollgate_engine_quote(run->engine, event, strlen(event), &run->texts[0]);
    status[3] = tollgate_engine_statement(run->engine, TOLLGATE_EVER_AFTER, TOLLGATE_EXPLAIN, &run->texts[1]);
    status[4] = tollgate_engine_account(run->engine, "anna", TOLLGATE_EVER_AFTER, 0, &run->texts[2]);
    status[5] = tollgate_engine_explain(run->engine, "s", "3", &run->texts[3]);
    status[6] = tollgate_gate_new(run->engine, &(tollgate_gate_size){64, 8}, &run->gate);
    if (status[6] == TOLLGATE_OK)
        status[7] = tollgate_gate_ask(run->gate, &question, &answer);
    for (int i = 1; i < 8; i++)
        if (status[i] != TOLLGATE_OK)
            return status[i];
    return TOLLGATE_OK;
}

static tollgate_status run_once(struct run *run) {
    *run = (struct run){0};
    tollgate_status status = steps(run);
    for (int i = 0; i < 4; i++)
        tollgate_text_free(run->texts[i]);
    tollgate_tariffs_free(run->tariffs);
    tollgate_engine_free(run->engine);
    tollgate_gate_free(run->gate);
    return status;
}

static void every_allocation_may_fail(void **state) {
    struct run run;
    unsigned number = 0, faults = 0;
    (void)state;
    CHECK_INT(run_once(&run), TOLLGATE_OK); /* what is made once is made: zones */
    for (bool was_out = true; was_out && number < 100000; number++) {
        refuse_at = number + 1;
        tollgate_status status = run_once(&run);
        was_out = refuse_at == 0;
        refuse_at = 0;
        if (status != TOLLGATE_OK)
            CHECK(was_out && (status == TOLLGATE_NO_MEMORY || status == TOLLGATE_STATE));
        CHECK(status != TOLLGATE_OK || run.replies == 6);
        faults += status != TOLLGATE_OK;
    }
    CHECK(faults > 50);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_allocation_may_fail)};
    return CHECK_RUN(tests);
}
