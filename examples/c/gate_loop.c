/* SPDX-License-Identifier: Apache-2.0
 *
 * A loop that asks before every call, and tells what it used. The account has bought five calls per second.
 * cc gate_loop.c $(pkg-config --cflags --libs tollgate) && ./a.out [TARIFFS] */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <tollgate.h>

#define OPERATION "viapi.face-comparison-1-1"
#define SECOND INT64_C(1000000000)

static int64_t now_ns(void) {
    return (int64_t)time(NULL) * SECOND;
}

static void complain(void *context, const tollgate_reply *reply) {
    (void)context;
    if (reply->outcome != TOLLGATE_ACCEPTED)
        fprintf(stderr, "line %" PRIu32 ": %s: %s\n", reply->line, tollgate_outcome_name(reply->outcome),
                reply->reason != NULL ? reply->reason : "");
}

/* One CloudEvent of the account, now. */
static tollgate_status tell(tollgate_engine *engine, const char *type, const char *data) {
    static int number;
    char event[400], at[TOLLGATE_INSTANT_MAX];
    tollgate_instant_format(now_ns(), at);
    int length = snprintf(event, sizeof event,
                          "{\"specversion\":\"1.0\",\"id\":\"%d\",\"source\":\"loop\",\"type\":\"%s\","
                          "\"subject\":\"acct-42\",\"time\":\"%s\",\"data\":%s}",
                          ++number, type, at, data);
    return tollgate_engine_feed(engine, event, (size_t)length, complain, NULL);
}

static tollgate_status loop(tollgate_engine *engine, tollgate_gate *gate, tollgate_operation operation) {
    tollgate_answer answer;
    int done = 0, refused = 0;
    for (int i = 0; i < 20; i++) {
        tollgate_question question = {0};
        question.account = "acct-42";
        question.operation = operation;
        question.now_ns = now_ns();
        tollgate_status status = tollgate_gate_ask(gate, &question, &answer);
        if (status != TOLLGATE_OK)
            return status;
        if (answer.reason != TOLLGATE_ALLOWED) {
            if (++refused == 1)
                printf("call %d: %s: %s\n", i + 1, tollgate_reason_name(answer.reason),
                       answer.text != NULL ? answer.text : "");
            continue;
        }
        done++; /* the work itself goes here; then its use is told */
        status = tell(engine, OPERATION, "{}");
        if (status != TOLLGATE_OK)
            return status;
    }
    printf("%d calls were done, %d refused\n", done, refused);
    return TOLLGATE_OK;
}

int main(int argc, char **argv) {
    const char *path = argc > 1 ? argv[1] : tollgate_tariffs_directory();
    tollgate_tariffs *tariffs = NULL;
    tollgate_engine *engine = NULL;
    tollgate_gate *gate = NULL;
    tollgate_operation operation = 0;
    char *message = NULL;
    tollgate_status status = tollgate_tariffs_load(path, NULL, &tariffs, &message);
    if (status == TOLLGATE_OK)
        status = tollgate_operation_find(tariffs, OPERATION, &operation, &message);
    if (status == TOLLGATE_OK)
        status = tollgate_engine_new(tariffs, 0, &engine);
    if (status == TOLLGATE_OK)
        status = tell(engine, "tollgate.activate", "{\"tariff\":\"viapi\"}");
    if (status == TOLLGATE_OK)
        status = tell(engine, "tollgate.order",
                      "{\"tariff\":\"viapi\",\"sku\":\"face-comparison-1-1-qps-day\",\"quantity\":5}");
    if (status == TOLLGATE_OK)
        status = tollgate_gate_new(engine, NULL, &gate);
    if (status == TOLLGATE_OK)
        status = loop(engine, gate, operation);
    if (status != TOLLGATE_OK)
        fprintf(stderr, "%s\n", message != NULL ? message : tollgate_status_text(status));
    tollgate_text_free(message);
    tollgate_gate_free(gate);
    tollgate_engine_free(engine);
    tollgate_tariffs_free(tariffs);
    return status == TOLLGATE_OK ? 0 : 1;
}
