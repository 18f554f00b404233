/* SPDX-License-Identifier: Apache-2.0
 *
 * The bills of a statement as JSON, by several threads: each takes the next block of bills and formats it into a text
 * of its own; the texts are handed on in order. So the bytes do not depend on the number of threads. */
#include "base/inorder.h"
#include "export/export.h"

enum { BLOCK_BILLS = 128, THREADS_MAX = 8, DEPTH = 2 /* of a bill: statement, bills */ };

struct printing {
    const struct statement *statement;
    const struct export_options *options;
    struct sink *sink;
    uint32_t taken; /* bills */
};

struct block {
    uint32_t first, count;
    struct buf text;
    struct arena scratch;
};

static enum status block_take(void *context, void *job, bool *ret_more) {
    struct printing *printing = context;
    struct block *block = job;
    uint32_t left = printing->statement->bill_count - printing->taken;
    block->first = printing->taken;
    block->count = left < BLOCK_BILLS ? left : BLOCK_BILLS;
    printing->taken += block->count;
    *ret_more = block->count > 0;
    return STATUS_OK;
}

static enum status block_format(void *context, void *job) {
    const struct printing *printing = context;
    struct block *block = job;
    struct json_writer writer = {.out = &block->text, .depth = DEPTH, .needs_comma = block->first > 0};
    buf_clear(&block->text);
    for (uint32_t i = 0; i < block->count; i++)
        export_bill_json(&printing->statement->bills[block->first + i], NULL, printing->options, &block->scratch,
                         &writer);
    return block->text.failed ? STATUS_NO_MEMORY : STATUS_OK;
}

static enum status block_pass(void *context, void *job) {
    const struct printing *printing = context;
    const struct block *block = job;
    return sink_pass(printing->sink, buf_slice(&block->text));
}

/* No more than there are blocks: a small statement needs no second thread. */
static uint32_t thread_count_of(const struct statement *statement, const struct export_options *options) {
    uint32_t most = options->threads > 0 && options->threads < THREADS_MAX ? options->threads : THREADS_MAX;
    uint32_t count = options->threads > 0 ? most : inorder_threads(most);
    uint32_t blocks = statement->bill_count / BLOCK_BILLS + 1;
    return count < blocks ? count : blocks;
}

enum status export_bills_json(const struct statement *statement, const struct export_options *options,
                              struct sink *sink) {
    struct printing printing = {.statement = statement, .options = options, .sink = sink};
    struct inorder inorder = {.context = &printing, .take = block_take, .work = block_format, .finish = block_pass};
    struct block blocks[THREADS_MAX] = {0};
    void *jobs[THREADS_MAX];
    uint32_t count = thread_count_of(statement, options);
    for (uint32_t i = 0; i < count; i++)
        jobs[i] = &blocks[i];
    enum status status = inorder_run(&inorder, jobs, count);
    for (uint32_t i = 0; i < count; i++) {
        buf_free(&blocks[i].text);
        arena_free(&blocks[i].scratch);
    }
    return status;
}
