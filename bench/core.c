/* SPDX-License-Identifier: Apache-2.0
 *
 * The rating core alone: records that were read before are applied in memory. A round of records is copied from
 * templates with fresh identities and random accounts; only applying is timed, once for records known to be new
 * (core_ns) and once with de-duplication (apply_ns). A first round makes the accounts.
 *
 * Usage: core TARIFFS ACCOUNTS EVENTS. Prints one JSON object. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/names.h"
#include "engine/engine.h"
#include "lines.h"

enum { ROUND = 1024, TEMPLATES = 5 };

/* One event a kind; what a template charges is set by its tariff. */
static const char *const events[TEMPLATES] = {
    "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"s\",\"type\":\"imm.DetectImageFaces\",\"subject\":\"a\","
    "\"time\":\"2026-02-15T08:10:00+08:00\",\"data\":{}}",
    "{\"specversion\":\"1.0\",\"id\":\"2\",\"source\":\"s\",\"type\":\"viapi.RecognizeLicensePlate\",\"subject\":\"a\","
    "\"time\":\"2026-02-15T08:10:00+08:00\",\"data\":{}}",
    "{\"specversion\":\"1.0\",\"id\":\"3\",\"source\":\"s\",\"type\":\"ims-batch.intelligent-text-generation\","
    "\"subject\":\"a\","
    "\"time\":\"2026-02-15T08:10:00+08:00\",\"data\":{\"region\":\"us\",\"tokens\":900}}",
    "{\"specversion\":\"1.0\",\"id\":\"4\",\"source\":\"s\",\"type\":\"imm.GetFileMeta\",\"subject\":\"a\","
    "\"time\":\"2026-02-15T08:10:00+08:00\",\"data\":{}}",
    "{\"specversion\":\"1.0\",\"id\":\"5\",\"source\":\"s\",\"type\":\"imm.CreateMediaConvertTask\",\"subject\":\"a\","
    "\"time\":\"2026-02-15T08:10:00+08:00\",\"data\":{\"streams\":[{\"kind\":\"video\",\"codec\":\"h264\",\"width\":"
    "1280,"
    "\"height\":720,\"seconds\":\"10.2\"}]}}",
};

struct account {
    char text[32];
    struct slice name;
    uint64_t hash;
};

struct load {
    struct record templates[TEMPLATES];
    struct record *round;
    char (*subjects)[32]; /* of the round: a reader leaves them in its batch */
    struct account *accounts;
    uint64_t account_count, random, serial;
};

static uint64_t next(uint64_t *state) {
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

_Noreturn static void stop(const char *what) {
    fprintf(stderr, "core: %s\n", what);
    exit(4);
}

static void read_templates(const struct tariff_set *tariffs, struct arena *arena, struct load *load) {
    static const uint8_t key[16] = {1};
    struct reader *reader = NULL;
    if (reader_new(tariffs, key, &reader) != STATUS_OK)
        stop("no reader");
    for (uint32_t i = 0; i < TEMPLATES; i++) {
        char *text = arena_alloc(arena, strlen(events[i]) + JSON_PADDING);
        struct record *records = NULL;
        uint32_t count = 0;
        if (text == NULL)
            stop("out of memory");
        memcpy(text, events[i], strlen(events[i]));
        if (reader_read(reader, (struct slice){text, strlen(events[i])}, 1, arena, NULL, &records, &count) !=
                STATUS_OK ||
            count != 1 || records[0].kind != RECORD_USAGE)
            stop("a built-in event is not usage under these tariffs");
        load->templates[i] = records[0];
    }
    reader_free(reader);
}

static void make_accounts(struct load *load) {
    for (uint64_t i = 0; i < load->account_count; i++) {
        struct account *account = &load->accounts[i];
        snprintf(account->text, sizeof account->text, "acct-%07" PRIu64, i);
        account->name = slice_of(account->text);
        account->hash = names_hash(account->name);
    }
}

/* Fill a round; the account is the serial number's, or random when `is_random`. */
static void fill_round(struct load *load, uint32_t count, bool is_random) {
    for (uint32_t i = 0; i < count; i++) {
        struct record *record = &load->round[i];
        uint64_t draw = next(&load->random), serial = load->serial++;
        *record = load->templates[draw % TEMPLATES];
        const struct account *account = &load->accounts[(is_random ? draw >> 16 : serial) % load->account_count];
        memcpy(load->subjects[i], account->text, sizeof load->subjects[i]);
        record->subject = (struct slice){load->subjects[i], account->name.len};
        record->subject_hash = account->hash;
        uint64_t identity[2] = {next(&load->random), serial};
        memcpy(record->identity, identity, sizeof record->identity);
        record->line = (uint32_t)serial;
    }
}

typedef enum status apply_function(struct engine *engine, const struct record *records, uint32_t count,
                                   struct trace *trace);

static int64_t apply(struct engine *engine, struct load *load, uint64_t count, bool is_random,
                     apply_function *apply_round) {
    int64_t spent = 0;
    for (uint64_t done = 0; done < count; done += ROUND) {
        uint32_t part = count - done < ROUND ? (uint32_t)(count - done) : ROUND;
        fill_round(load, part, is_random);
        long long start = now_ns();
        if (apply_round(engine, load->round, part, NULL) != STATUS_OK)
            stop("a record was not applied");
        spent += now_ns() - start;
    }
    return spent;
}

int main(int argc, char **argv) {
    if (argc != 4 || strtoumax(argv[2], NULL, 10) == 0 || strtoumax(argv[3], NULL, 10) == 0) {
        fprintf(stderr, "usage: core TARIFFS ACCOUNTS EVENTS\n");
        return 2;
    }
    uint64_t event_count = strtoumax(argv[3], NULL, 10);
    struct load load = {.account_count = strtoumax(argv[2], NULL, 10), .random = 1};
    struct tariff_set tariffs = {0};
    struct diags diags = {0};
    struct arena arena = {0};
    struct engine *engine = NULL;
    load.round = calloc(ROUND, sizeof *load.round);
    load.subjects = calloc(ROUND, sizeof *load.subjects);
    load.accounts = calloc(load.account_count, sizeof *load.accounts);
    if (load.round == NULL || load.subjects == NULL || load.accounts == NULL ||
        tariff_set_load(argv[1], NULL, &tariffs, &diags) != STATUS_OK || engine_new(&tariffs, &engine) != STATUS_OK)
        stop("cannot start");
    read_templates(&tariffs, &arena, &load);
    make_accounts(&load);
    int64_t first = apply(engine, &load, load.account_count * 4, false, engine_apply);
    int64_t core = apply(engine, &load, event_count, true, engine_apply_new);
    int64_t spent = apply(engine, &load, event_count, true, engine_apply);
    printf("{\"accounts\":%" PRIu64 ",\"events\":%" PRIu64 ",\"core_ns\":%" PRId64 ",\"apply_ns\":%" PRId64
           ",\"first_ns\":%" PRId64 "}\n",
           load.account_count, event_count, core, spent, first);
    engine_free(engine);
    tariff_set_free(&tariffs);
    arena_free(&arena);
    free(load.accounts);
    free(load.round);
    free(load.subjects);
    return 0;
}
