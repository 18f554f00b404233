/* SPDX-License-Identifier: Apache-2.0
 *
 * Small commands, each acknowledged when it is durable: many threads, one document a call.
 *
 * Usage: commits TARIFFS DIRECTORY THREADS DOCUMENTS. The directory must not exist. Prints one JSON object. */
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "book/commit.h"
#include "lines.h"

#define NOW_NS (INT64_C(1771200000) * NS_PER_SECOND) /* 2026-02-16T00:00:00Z */
enum { THREADS_MAX = 1024 };

struct client {
    pthread_t thread;
    struct commits *commits;
    uint64_t number, documents;
    bool is_done;
};

static void stop(const char *what) {
    fprintf(stderr, "commits: %s\n", what);
    exit(4);
}

static void *client_run(void *context) {
    struct client *client = context;
    for (uint64_t i = 0; i < client->documents; i++) {
        char text[256];
        struct reply reply;
        int length = snprintf(text, sizeof text,
                              "{\"specversion\":\"1.0\",\"id\":\"e-%" PRIu64 "-%" PRIu64 "\",\"source\":\"s\",\"type\":"
                              "\"imm.GetFileMeta\",\"subject\":\"acct-%" PRIu64
                              "\",\"time\":\"2026-02-15T08:50:00Z\",\"data\":{}}",
                              client->number, i, i % 1000);
        struct slice document = {text, (size_t)length};
        if (commits_submit(client->commits, &document, 1, NOW_NS, &reply) != STATUS_OK ||
            reply.outcome != OUTCOME_ACCEPTED)
            return NULL;
    }
    client->is_done = true;
    return NULL;
}

int main(int argc, char **argv) {
    static struct client clients[THREADS_MAX];
    struct arena arena = {0};
    struct slice error;
    struct book *book;
    struct commits *commits;
    uint64_t threads = argc == 5 ? strtoumax(argv[3], NULL, 10) : 0;
    uint64_t documents = argc == 5 ? strtoumax(argv[4], NULL, 10) : 0;
    if (threads == 0 || threads > THREADS_MAX || documents < threads) {
        fprintf(stderr, "usage: commits TARIFFS DIRECTORY THREADS DOCUMENTS\n");
        return 2;
    }
    if (book_create(argv[2], argv[1], NULL, NULL, &arena, &error) != STATUS_OK ||
        book_open(argv[2], STORE_WRITE, &arena, &book, &error) != STATUS_OK || commits_new(book, &commits) != STATUS_OK)
        stop("the book cannot be made");
    long long start = now_ns();
    for (uint64_t i = 0; i < threads; i++) {
        clients[i] = (struct client){.commits = commits, .number = i, .documents = documents / threads};
        if (pthread_create(&clients[i].thread, NULL, client_run, &clients[i]) != 0)
            stop("a thread cannot be started");
    }
    for (uint64_t i = 0; i < threads; i++)
        if (pthread_join(clients[i].thread, NULL) != 0 || !clients[i].is_done)
            stop("a document was not accepted");
    printf("{\"threads\":%" PRIu64 ",\"documents\":%" PRIu64 ",\"batches\":%" PRIu64 ",\"ns\":%lld}\n", threads,
           documents / threads * threads, book_seq(book), now_ns() - start);
    commits_free(commits);
    book_close(book);
    arena_free(&arena);
    return 0;
}
