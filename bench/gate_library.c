/* SPDX-License-Identifier: Apache-2.0
 *
 * Decisions of the gate through the C library, locks and all: the same accounts and questions as bench/gate.c.
 *
 * Usage: gate_library TARIFFS ACCOUNTS DECISIONS. Prints one JSON object. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tollgate.h>

#include "lines.h"

#define START (INT64_C(1771200000) * INT64_C(1000000000)) /* 2026-02-16T00:00:00Z */

_Noreturn static void stop(const char *what) {
    fprintf(stderr, "gate_library: %s\n", what);
    exit(4);
}

static void refuse(void *context, const tollgate_reply *reply) {
    (void)context;
    if (reply->outcome != TOLLGATE_ACCEPTED)
        stop("a command was refused");
}

static void tell(tollgate_engine *engine, uint64_t number, const char *type, const char *data) {
    char text[400];
    int length = snprintf(text, sizeof text,
                          "{\"specversion\":\"1.0\",\"id\":\"%" PRIu64 "\",\"source\":\"s\",\"type\":\"%s\","
                          "\"subject\":\"acct-%" PRIu64 "\",\"time\":\"2026-02-15T00:00:00Z\",\"data\":%s}",
                          number, type, number / 2, data);
    if (tollgate_engine_feed(engine, text, (size_t)length, refuse, NULL) != TOLLGATE_OK)
        stop("cannot feed");
}

static void accounts_make(tollgate_engine *engine, uint64_t count) {
    for (uint64_t i = 0; i < count; i++) {
        tell(engine, 2 * i, "tollgate.activate", "{\"tariff\":\"viapi\"}");
        if (i % 3 == 0)
            tell(engine, 2 * i + 1, "tollgate.order", "{\"tariff\":\"viapi\",\"sku\":\"object-detection-500000\"}");
        if (i % 3 == 1)
            tell(engine, 2 * i + 1, "tollgate.order",
                 "{\"tariff\":\"viapi\",\"sku\":\"face-comparison-1-1-qps-month\",\"quantity\":50}");
    }
}

/* How many were allowed. */
static uint64_t decide(tollgate_gate *gate, const tollgate_operation *operations, uint64_t accounts,
                       uint64_t decisions) {
    uint64_t allowed = 0, random = 1;
    char(*texts)[32] = calloc(accounts, sizeof *texts);
    if (!texts)
        stop("out of memory");
    for (uint64_t i = 0; i < accounts; i++)
        snprintf(texts[i], sizeof texts[i], "acct-%" PRIu64, i);
    long long start = now_ns();
    for (uint64_t i = 0; i < decisions; i++) {
        random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        tollgate_answer answer;
        tollgate_question question = {.account = texts[(random >> 35) % accounts],
                                      .operation = operations[(random >> 33) % 3],
                                      .now_ns = START + (int64_t)(i * 2000)};
        if (tollgate_gate_ask(gate, &question, &answer) != TOLLGATE_OK)
            stop("no answer");
        allowed += answer.reason == TOLLGATE_ALLOWED;
    }
    printf("{\"accounts\":%" PRIu64 ",\"decisions\":%" PRIu64 ",\"allowed\":%" PRIu64 ",\"ns\":%lld}\n", accounts,
           decisions, allowed, now_ns() - start);
    free(texts);
    return allowed;
}

int main(int argc, char **argv) {
    static const char *const names[] = {"imm.DetectImageFaces", "viapi.RecognizeLicensePlate",
                                        "viapi.face-comparison-1-1"};
    uint64_t accounts = argc == 4 ? strtoumax(argv[2], NULL, 10) : 0;
    uint64_t decisions = argc == 4 ? strtoumax(argv[3], NULL, 10) : 0;
    tollgate_tariffs *tariffs;
    tollgate_engine *engine;
    tollgate_gate *gate;
    tollgate_operation operations[3];
    if (accounts == 0 || decisions == 0) {
        fprintf(stderr, "usage: gate_library TARIFFS ACCOUNTS DECISIONS\n");
        return 2;
    }
    if (tollgate_tariffs_load(argv[1], NULL, &tariffs, NULL) != TOLLGATE_OK ||
        tollgate_engine_new(tariffs, 0, &engine) != TOLLGATE_OK ||
        tollgate_gate_new(engine, NULL, &gate) != TOLLGATE_OK)
        stop("cannot start");
    accounts_make(engine, accounts);
    for (int i = 0; i < 3; i++)
        if (tollgate_operation_find(tariffs, names[i], &operations[i], NULL) != TOLLGATE_OK)
            stop("an operation is missing");
    uint64_t allowed = decide(gate, operations, accounts, decisions);
    tollgate_gate_free(gate);
    tollgate_engine_free(engine);
    tollgate_tariffs_free(tariffs);
    return allowed > 0 ? 0 : 4;
}
