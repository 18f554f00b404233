/* SPDX-License-Identifier: Apache-2.0
 *
 * Documents into a book in service, acknowledged when they are durable and in the state: many threads, some documents a
 * call.
 *
 * Usage: commits TARIFFS DIRECTORY THREADS DOCUMENTS [BATCH]. The directory must not exist. Prints one JSON object. */
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "lines.h"
#include "live/live.h"

#define NOW_NS (INT64_C(1771200000) * NS_PER_SECOND) /* 2026-02-16T00:00:00Z */
enum { THREADS_MAX = 1024, BATCH_MAX = 1000, TEXT_MAX = 256 };

struct client {
    pthread_t thread;
    struct live *live;
    uint64_t number, documents, batch;
    long long longest_ns;
    bool is_done;
};

_Noreturn static void stop(const char *what) {
    fprintf(stderr, "commits: %s\n", what);
    exit(4);
}

static int64_t clock_stopped(void *context) {
    (void)context;
    return NOW_NS;
}

static bool submit(struct client *client, uint64_t first, uint64_t count, char *texts, struct arena *arena) {
    struct slice documents[BATCH_MAX];
    struct reply replies[BATCH_MAX];
    for (uint64_t i = 0; i < count; i++) {
        char *text = texts + i * TEXT_MAX;
        int length = snprintf(text, TEXT_MAX,
                              "{\"specversion\":\"1.0\",\"id\":\"e-%" PRIu64 "-%" PRIu64 "\",\"source\":\"s\",\"type\":"
                              "\"imm.GetFileMeta\",\"subject\":\"acct-%" PRIu64
                              "\",\"time\":\"2026-02-15T08:50:00Z\",\"data\":{}}",
                              client->number, first + i, (first + i) % 1000);
        documents[i] = (struct slice){text, (size_t)length};
    }
    arena_reset(arena);
    if (live_submit(client->live, documents, (uint32_t)count, arena, replies) != STATUS_OK)
        return false;
    for (uint64_t i = 0; i < count; i++)
        if (replies[i].outcome != OUTCOME_ACCEPTED)
            return false;
    return true;
}

static void *client_run(void *context) {
    struct client *client = context;
    struct arena arena = {0};
    char *texts = malloc((size_t)BATCH_MAX * TEXT_MAX);
    client->is_done = texts != NULL;
    for (uint64_t i = 0; i < client->documents && client->is_done; i += client->batch) {
        uint64_t left = client->documents - i;
        long long start = now_ns();
        client->is_done = submit(client, i, left < client->batch ? left : client->batch, texts, &arena);
        if (now_ns() - start > client->longest_ns)
            client->longest_ns = now_ns() - start;
    }
    free(texts);
    arena_free(&arena);
    return NULL;
}

int main(int argc, char **argv) {
    static struct client clients[THREADS_MAX];
    struct arena arena = {0};
    struct slice error;
    struct live *live;
    struct live_options options = {.now = clock_stopped};
    struct live_stats stats;
    uint64_t threads = argc >= 5 ? strtoumax(argv[3], NULL, 10) : 0;
    uint64_t documents = argc >= 5 ? strtoumax(argv[4], NULL, 10) : 0;
    uint64_t batch = argc == 6 ? strtoumax(argv[5], NULL, 10) : 1;
    long long longest_ns = 0;
    if (threads == 0 || threads > THREADS_MAX || documents < threads || batch == 0 || batch > BATCH_MAX) {
        fprintf(stderr, "usage: commits TARIFFS DIRECTORY THREADS DOCUMENTS [BATCH]\n");
        return 2;
    }
    if (book_create(argv[2], argv[1], NULL, NULL, &arena, &error) != STATUS_OK ||
        live_open(argv[2], &options, &arena, &live, &error) != STATUS_OK)
        stop("the book cannot be made");
    long long start = now_ns();
    for (uint64_t i = 0; i < threads; i++) {
        clients[i] = (struct client){.live = live, .number = i, .documents = documents / threads, .batch = batch};
        if (pthread_create(&clients[i].thread, NULL, client_run, &clients[i]) != 0)
            stop("a thread cannot be started");
    }
    for (uint64_t i = 0; i < threads; i++) {
        if (pthread_join(clients[i].thread, NULL) != 0 || !clients[i].is_done)
            stop("a document was not accepted");
        longest_ns = clients[i].longest_ns > longest_ns ? clients[i].longest_ns : longest_ns;
    }
    long long total_ns = now_ns() - start;
    live_stats(live, &stats);
    printf("{\"threads\":%" PRIu64 ",\"documents\":%" PRIu64 ",\"batches\":%" PRIu64
           ",\"ns\":%lld,\"longest_ns\":%lld}\n",
           threads, documents / threads * threads, stats.batches, total_ns, longest_ns);
    live_close(live);
    arena_free(&arena);
    return 0;
}
