/* SPDX-License-Identifier: Apache-2.0
 *
 * The bills of a statement as JSON, by several threads: each takes the next block of bills, formats it into a text of
 * its own, and waits for its turn to hand it on. So the bytes do not depend on the number of threads. */
#include <pthread.h>
#include <unistd.h>

#include "export/export.h"

enum { BLOCK_BILLS = 128, THREADS_MAX = 8, DEPTH = 2 /* of a bill: statement, bills */ };

struct printing {
    const struct statement *statement;
    const struct export_options *options;
    struct sink *sink;
    pthread_mutex_t lock;
    pthread_cond_t turn;
    uint32_t taken, passed; /* blocks */
};

static void block_format(const struct printing *printing, uint32_t block, struct arena *scratch, struct buf *text) {
    const struct statement *statement = printing->statement;
    struct json_writer writer = {.out = text, .depth = DEPTH, .needs_comma = block > 0};
    uint32_t first = block * BLOCK_BILLS, left = statement->bill_count - first;
    uint32_t count = left < BLOCK_BILLS ? left : BLOCK_BILLS;
    buf_clear(text);
    for (uint32_t i = 0; i < count; i++)
        export_bill_json(&statement->bills[first + i], NULL, printing->options, scratch, &writer);
}

/* The number of the next block, or that there is none. */
static bool block_take(struct printing *printing, uint32_t *ret_block) {
    pthread_mutex_lock(&printing->lock);
    uint32_t block = printing->taken;
    bool is_there = block < (printing->statement->bill_count + BLOCK_BILLS - 1) / BLOCK_BILLS;
    printing->taken += is_there;
    pthread_mutex_unlock(&printing->lock);
    *ret_block = block;
    return is_there;
}

/* Only the thread whose turn it is touches the sink. */
static void block_pass(struct printing *printing, uint32_t block, const struct buf *text) {
    pthread_mutex_lock(&printing->lock);
    while (printing->passed != block)
        pthread_cond_wait(&printing->turn, &printing->lock);
    pthread_mutex_unlock(&printing->lock);
    sink_pass(printing->sink, text);
    pthread_mutex_lock(&printing->lock);
    printing->passed++;
    pthread_cond_broadcast(&printing->turn);
    pthread_mutex_unlock(&printing->lock);
}

static void *print_blocks(void *context) {
    struct printing *printing = context;
    struct arena scratch = {0};
    struct buf text = {0};
    uint32_t block;
    while (block_take(printing, &block)) {
        block_format(printing, block, &scratch, &text);
        block_pass(printing, block, &text);
    }
    buf_free(&text);
    arena_free(&scratch);
    return NULL;
}

/* No more than there are blocks: a small statement needs no second thread. */
static uint32_t thread_count_of(const struct statement *statement, const struct export_options *options) {
    long cores = options->threads > 0 ? (long)options->threads : sysconf(_SC_NPROCESSORS_ONLN);
    uint32_t count = cores < 1 ? 1 : cores > THREADS_MAX ? THREADS_MAX : (uint32_t)cores;
    uint32_t blocks = statement->bill_count / BLOCK_BILLS + 1;
    return count < blocks ? count : blocks;
}

void export_bills_json(const struct statement *statement, const struct export_options *options, struct sink *sink) {
    struct printing printing = {.statement = statement,
                                .options = options,
                                .sink = sink,
                                .lock = PTHREAD_MUTEX_INITIALIZER,
                                .turn = PTHREAD_COND_INITIALIZER};
    pthread_t threads[THREADS_MAX];
    uint32_t count = thread_count_of(statement, options), started = 0;
    while (started + 1 < count && pthread_create(&threads[started], NULL, print_blocks, &printing) == 0)
        started++; /* fewer threads give the same bytes */
    print_blocks(&printing);
    for (uint32_t i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    pthread_mutex_destroy(&printing.lock);
    pthread_cond_destroy(&printing.turn);
}
