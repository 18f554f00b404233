/* SPDX-License-Identifier: Apache-2.0
 *
 * Many threads submit at once: every document is answered, counted once, and durable in far fewer batches. */
#include "book/commit.h"

#include <ftw.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "support/check.h"

#define NOW_NS (INT64_C(1771200000) * NS_PER_SECOND) /* 2026-02-16T00:00:00Z */
enum { THREADS = 24, ROUNDS = 60 };

struct client {
    pthread_t thread;
    struct commits *commits;
    int number, accepted, duplicate;
};

/* Its own documents, and between them one that all the others submit, too. */
static void *client_run(void *context) {
    struct client *client = context;
    for (int i = 0; i < ROUNDS; i++) {
        char texts[2][256];
        struct slice documents[2];
        struct reply replies[2];
        int ids[2] = {client->number * 1000 + i, 900000 + i};
        for (int k = 0; k < 2; k++) {
            int length =
                snprintf(texts[k], sizeof texts[k],
                         "{\"specversion\":\"1.0\",\"id\":\"e-%d\",\"source\":\"s\",\"type\":\"imm.GetFileMeta\","
                         "\"subject\":\"acct-%d\",\"time\":\"2026-02-15T08:50:00Z\",\"data\":{}}",
                         ids[k], ids[k] % 7);
            documents[k] = (struct slice){texts[k], (size_t)length};
        }
        CHECK_OK(commits_submit(client->commits, documents, 2, NOW_NS + i, replies));
        CHECK_INT(replies[0].outcome, OUTCOME_ACCEPTED);
        client->accepted += replies[1].outcome == OUTCOME_ACCEPTED;
        client->duplicate += replies[1].outcome == OUTCOME_DUPLICATE;
    }
    return NULL;
}

static int path_remove(const char *path, const struct stat *info, int kind, struct FTW *walk) {
    (void)info, (void)kind, (void)walk;
    return remove(path);
}

static void many_threads_share_batches(void **state) {
    char directory[] = "/tmp/tollgate-commit-XXXXXX";
    struct arena arena = {0};
    struct slice error;
    struct book *book;
    struct commits *commits;
    struct client clients[THREADS];
    int accepted = 0, duplicate = 0;
    (void)state;
    CHECK(mkdtemp(directory) != NULL);
    CHECK_OK(book_create(directory, CHECK_SOURCE_ROOT "/tariffs", NULL, NULL, &arena, &error));
    CHECK_OK(book_open(directory, STORE_WRITE, &arena, &book, &error));
    CHECK_OK(commits_new(book, &commits));
    for (int i = 0; i < THREADS; i++) {
        clients[i] = (struct client){.commits = commits, .number = i + 1};
        CHECK_INT(pthread_create(&clients[i].thread, NULL, client_run, &clients[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        CHECK_INT(pthread_join(clients[i].thread, NULL), 0);
        accepted += clients[i].accepted;
        duplicate += clients[i].duplicate;
    }
    CHECK_INT(accepted, ROUNDS);
    CHECK_INT(duplicate, (THREADS - 1) * ROUNDS);
    uint64_t batches = book_seq(book);
    CHECK(batches < THREADS * ROUNDS);
    commits_free(commits);
    book_close(book);
    struct book_check check;
    CHECK_OK(book_verify(directory, &arena, &check, &error));
    CHECK_UINT(check.batches, batches);
    CHECK(check.bad_seq == 0 && !check.state_differs);
    CHECK_INT(nftw(directory, path_remove, 8, FTW_DEPTH | FTW_PHYS), 0);
    arena_free(&arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(many_threads_share_batches)};
    return CHECK_RUN(tests);
}
