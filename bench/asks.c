/* SPDX-License-Identifier: Apache-2.0
 *
 * Decisions of the gate of a book in service: many threads ask, with all its locks and its clock.
 *
 * Usage: asks TARIFFS DIRECTORY THREADS DECISIONS ACCOUNTS. The directory must not exist. Prints one JSON object. */
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "lines.h"
#include "live/live.h"

enum { THREADS_MAX = 64, SET_UP = 100 };

struct asker {
    pthread_t thread;
    struct live *live;
    uint64_t number, decisions, accounts, allowed;
};

_Noreturn static void stop(const char *what) {
    fprintf(stderr, "asks: %s\n", what);
    exit(4);
}

static void accounts_make(struct live *live, uint64_t accounts) {
    struct arena arena = {0};
    struct slice documents[SET_UP];
    struct reply replies[SET_UP];
    char time[INSTANT_TEXT_MAX];
    size_t len = instant_format(live_now(live), NULL, time);
    for (uint64_t i = 0; i < accounts; i += SET_UP) {
        arena_reset(&arena);
        for (uint32_t k = 0; k < SET_UP; k++)
            documents[k] = arena_printf(&arena,
                                        "{\"specversion\":\"1.0\",\"id\":\"o-%" PRIu64
                                        "\",\"source\":\"s\",\"type\":\"tollgate.activate\",\"subject\":\"acct-%" PRIu64
                                        "\",\"time\":\"%.*s\",\"data\":{\"tariff\":\"viapi\"}}",
                                        i + k, i + k, (int)len, time);
        if (live_submit(live, documents, SET_UP, &arena, replies) != STATUS_OK ||
            replies[0].outcome != OUTCOME_ACCEPTED)
            stop("an account was refused");
    }
    arena_free(&arena);
}

static void *asker_run(void *context) {
    static const char *const types[] = {"imm.DetectImageFaces", "viapi.RecognizeLicensePlate",
                                        "viapi.face-comparison-1-1"};
    struct asker *asker = context;
    uint64_t random = asker->number + 1;
    for (uint64_t i = 0; i < asker->decisions; i++) {
        char name[32];
        struct live_answer answer;
        random = random * UINT64_C(6364136223846793005) + 1442695040888963407;
        int len = snprintf(name, sizeof name, "acct-%" PRIu64, (random >> 33) % asker->accounts);
        struct live_question question = {.account = {name, (size_t)len}, .type = slice_of(types[i % 3])};
        if (live_admit(asker->live, &question, &answer) != STATUS_OK)
            stop("no answer");
        asker->allowed += answer.gate.reason == ADMIT_ALLOWED;
    }
    return NULL;
}

int main(int argc, char **argv) {
    static struct asker askers[THREADS_MAX];
    struct arena arena = {0};
    struct slice error;
    struct live *live;
    struct live_options options = {.tick_seconds = 0};
    uint64_t threads = argc == 6 ? strtoumax(argv[3], NULL, 10) : 0;
    uint64_t decisions = argc == 6 ? strtoumax(argv[4], NULL, 10) : 0;
    uint64_t accounts = argc == 6 ? strtoumax(argv[5], NULL, 10) : 0, allowed = 0;
    if (threads == 0 || threads > THREADS_MAX || decisions < threads || accounts == 0 || accounts % SET_UP != 0) {
        fprintf(stderr, "usage: asks TARIFFS DIRECTORY THREADS DECISIONS ACCOUNTS\n");
        return 2;
    }
    if (book_create(argv[2], argv[1], NULL, NULL, &arena, &error) != STATUS_OK ||
        live_open(argv[2], &options, &arena, &live, &error) != STATUS_OK)
        stop("the book cannot be made");
    accounts_make(live, accounts);
    long long start = now_ns();
    for (uint64_t i = 0; i < threads; i++) {
        askers[i] = (struct asker){.live = live, .number = i, .decisions = decisions / threads, .accounts = accounts};
        if (pthread_create(&askers[i].thread, NULL, asker_run, &askers[i]) != 0)
            stop("a thread cannot be started");
    }
    for (uint64_t i = 0; i < threads; i++) {
        if (pthread_join(askers[i].thread, NULL) != 0)
            stop("a thread did not end");
        allowed += askers[i].allowed;
    }
    printf("{\"threads\":%" PRIu64 ",\"accounts\":%" PRIu64 ",\"decisions\":%" PRIu64 ",\"allowed\":%" PRIu64
           ",\"ns\":%lld}\n",
           threads, accounts, decisions / threads * threads, allowed, now_ns() - start);
    live_close(live);
    arena_free(&arena);
    return 0;
}
