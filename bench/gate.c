/* SPDX-License-Identifier: Apache-2.0
 *
 * Decisions of the gate, in process: accounts with packages, plans and nothing at all, asked in random order.
 *
 * Usage: gate TARIFFS ACCOUNTS DECISIONS. Prints one JSON object. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admit/gate.h"
#include "lines.h"

#define START (INT64_C(1771200000) * NS_PER_SECOND) /* 2026-02-16T00:00:00Z */

struct load {
    struct tariff_set tariffs;
    struct reader *reader;
    struct engine *engine;
    struct arena run;
};

_Noreturn static void stop(const char *what) {
    fprintf(stderr, "gate: %s\n", what);
    exit(4);
}

static void tell(struct load *load, uint64_t number, const char *type, uint64_t account, const char *data) {
    struct record *records;
    uint32_t count;
    arena_reset(&load->run);
    struct slice text =
        arena_printf(&load->run,
                     "{\"specversion\":\"1.0\",\"id\":\"%" PRIu64 "\",\"source\":\"s\",\"type\":\"%s\","
                     "\"subject\":\"acct-%" PRIu64 "\",\"time\":\"2026-02-15T00:00:00Z\",\"data\":%s}%64s",
                     number, type, account, data, "");
    if (!text.ptr ||
        reader_read(load->reader, (struct slice){text.ptr, text.len - 64}, 1, &load->run, NULL, &records, &count) !=
            STATUS_OK ||
        records->reason.len || engine_apply(load->engine, records, count, NULL) != STATUS_OK)
        stop("a command was refused");
}

static void accounts_make(struct load *load, uint64_t count) {
    for (uint64_t i = 0; i < count; i++) {
        tell(load, 2 * i, "tollgate.activate", i, "{\"tariff\":\"viapi\"}");
        if (i % 3 == 0)
            tell(load, 2 * i + 1, "tollgate.order", i,
                 "{\"tariff\":\"viapi\",\"sku\":\"object-detection-500000\",\"quantity\":1}");
        if (i % 3 == 1)
            tell(load, 2 * i + 1, "tollgate.order", i,
                 "{\"tariff\":\"viapi\",\"sku\":\"face-comparison-1-1-qps-month\",\"quantity\":50}");
    }
}

int main(int argc, char **argv) {
    static const uint8_t key[16] = {1};
    static const char *const names[] = {"imm.DetectImageFaces", "viapi.RecognizeLicensePlate",
                                        "viapi.face-comparison-1-1"};
    uint64_t accounts = argc == 4 ? strtoumax(argv[2], NULL, 10) : 0;
    uint64_t decisions = argc == 4 ? strtoumax(argv[3], NULL, 10) : 0, allowed = 0, random = 1;
    struct load load = {0};
    struct diags diags = {0};
    struct gate *gate;
    struct admit_question questions[3] = {0};
    if (accounts == 0 || decisions == 0) {
        fprintf(stderr, "usage: gate TARIFFS ACCOUNTS DECISIONS\n");
        return 2;
    }
    if (tariff_set_load(argv[1], NULL, &load.tariffs, &diags) != STATUS_OK ||
        reader_new(&load.tariffs, key, &load.reader) != STATUS_OK ||
        engine_new(&load.tariffs, &load.engine) != STATUS_OK || gate_new(&load.tariffs, NULL, &gate) != STATUS_OK)
        stop("cannot start");
    accounts_make(&load, accounts);
    for (int i = 0; i < 3; i++) {
        struct slice tariff, operation;
        slice_cut(slice_of(names[i]), '.', &tariff, &operation);
        questions[i].tariff = tariff_find(&load.tariffs, tariff);
        questions[i].operation = tariff_operation(questions[i].tariff, operation);
        if (!questions[i].operation)
            stop("an operation is missing");
    }
    char(*texts)[32] = calloc(accounts, sizeof *texts);
    if (!texts)
        stop("out of memory");
    for (uint64_t i = 0; i < accounts; i++)
        snprintf(texts[i], sizeof texts[i], "acct-%" PRIu64, i);
    long long start = now_ns();
    for (uint64_t i = 0; i < decisions; i++) {
        random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        struct admit_question question = questions[(random >> 33) % 3];
        struct admit_answer answer;
        question.account = slice_of(texts[(random >> 35) % accounts]);
        question.now_ns = START + (int64_t)(i * 2000);
        if (gate_admit(gate, load.engine, &question, &answer) != STATUS_OK)
            stop("no answer");
        allowed += answer.reason == ADMIT_ALLOWED;
    }
    printf("{\"accounts\":%" PRIu64 ",\"decisions\":%" PRIu64 ",\"allowed\":%" PRIu64 ",\"ns\":%lld}\n", accounts,
           decisions, allowed, now_ns() - start);
    return 0;
}
