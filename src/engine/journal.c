/* SPDX-License-Identifier: Apache-2.0
 *
 * Whole files: chunks of lines are read and metered on all threads, and applied in the order of the file. */
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/inorder.h"
#include "engine/engine_private.h"

/* A chunk that is appended is a batch and a sync; else it is so small that its records stay in the cache of the core
 * that reads them until they are applied. */
#define CHUNK_BYTES_APPENDED ((size_t)1 << 20)
#define CHUNK_BYTES ((size_t)1 << 17)
#define LINE_BYTES_MAX ((size_t)64 << 20) /* also the largest array document */
#define THREADS_MAX 8

struct source {
    int fd;
    size_t chunk_bytes;
    char *rest; /* the started line behind the last chunk */
    size_t rest_len;
    bool at_end;
    bool whole; /* one document over many lines: an array or a spread-out object */
    uint32_t next_line;
    uint64_t bytes_total, bytes_done;
};

struct chunk {
    char *text; /* len bytes and JSON_PADDING behind */
    size_t len, cap;
    uint32_t first_line;
    uint32_t line_count;
    bool whole;
};

struct pipeline {
    struct engine *engine;
    const struct journal_options *options;
    uint8_t key[16];
    struct source source;
    uint64_t lines;
    struct timespec shown;
};

/* ---- cutting the input ---- */

static enum status chunk_reserve(struct chunk *chunk, size_t len, size_t usual) {
    if (len + JSON_PADDING <= chunk->cap)
        return STATUS_OK;
    if (len > LINE_BYTES_MAX)
        return STATUS_RANGE;
    size_t cap = chunk->cap ? chunk->cap : usual * 2;
    while (cap < len + JSON_PADDING)
        cap *= 2;
    char *text = realloc(chunk->text, cap);
    if (!text)
        return STATUS_NO_MEMORY;
    chunk->text = text;
    chunk->cap = cap;
    return STATUS_OK;
}

static enum status source_fill(struct source *source, struct chunk *chunk, size_t want) {
    TRY(chunk_reserve(chunk, chunk->len + want, source->chunk_bytes));
    while (want > 0 && !source->at_end) {
        ssize_t got = read(source->fd, chunk->text + chunk->len, want);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return STATUS_IO;
        source->at_end = got == 0;
        chunk->len += (size_t)got;
        want -= (size_t)got;
    }
    return STATUS_OK;
}

static uint32_t count_lines(const char *text, size_t len) {
    uint32_t lines = 0;
    for (const char *at = text, *end = text + len; at < end; lines++) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        at = newline ? newline + 1 : end;
    }
    return lines;
}

/* Keep what stands behind the last newline for the next chunk. */
static enum status keep_rest(struct source *source, struct chunk *chunk) {
    const char *newline = memrchr(chunk->text, '\n', chunk->len);
    size_t used = newline ? (size_t)(newline - chunk->text) + 1 : 0;
    size_t rest = chunk->len - used;
    char *copy = realloc(source->rest, rest + 1);
    if (!copy)
        return STATUS_NO_MEMORY;
    source->rest = copy;
    source->rest_len = rest;
    memcpy(source->rest, chunk->text + used, rest);
    chunk->len = used;
    return STATUS_OK;
}

/* An input that starts with `[`, or with a line that holds only `{`, is one document. */
static bool starts_whole(const struct chunk *chunk) {
    struct slice text = {chunk->text, chunk->len};
    struct slice line, tail;
    while (slice_cut(text, '\n', &line, &tail) && slice_trim(line).len == 0)
        text = tail;
    struct slice first = slice_trim(line);
    if (first.len && first.ptr[first.len - 1] == '\r')
        first.len--;
    return first.len && (first.ptr[0] == '[' || slice_is(first, "{"));
}

/* The next chunk of whole lines; *ret_more is false at the end. */
static enum status source_next(struct source *source, struct chunk *chunk, bool *ret_more) {
    chunk->len = 0;
    TRY(chunk_reserve(chunk, source->rest_len, source->chunk_bytes));
    if (source->rest_len)
        memcpy(chunk->text, source->rest, source->rest_len);
    chunk->len = source->rest_len;
    source->rest_len = 0;
    size_t before = chunk->len;
    TRY(source_fill(source, chunk, source->chunk_bytes));
    if (source->next_line == 1 && starts_whole(chunk))
        source->whole = true;
    while (!source->at_end && (source->whole || !memrchr(chunk->text, '\n', chunk->len)))
        TRY(source_fill(source, chunk, source->chunk_bytes));
    source->bytes_done += chunk->len - before;
    if (!source->at_end)
        TRY(keep_rest(source, chunk));
    chunk->whole = source->whole;
    chunk->first_line = source->next_line;
    chunk->line_count = count_lines(chunk->text, chunk->len);
    if (source->next_line > UINT32_MAX - chunk->line_count)
        return STATUS_RANGE;
    source->next_line += chunk->line_count;
    if (chunk->len)
        memset(chunk->text + chunk->len, 0, JSON_PADDING);
    *ret_more = chunk->len > 0;
    return STATUS_OK;
}

/* ---- one worker ---- */

struct worker {
    struct pipeline *pipeline;
    struct reader *reader;
    struct arena batch;
    struct record *records;
    uint32_t count, cap;
    const void *ready;
    struct chunk chunk;
};

static enum status worker_keep(struct worker *worker, const struct record *records, uint32_t count) {
    while (worker->cap - worker->count < count) {
        uint32_t cap = worker->cap ? worker->cap * 2 : 4096;
        struct record *grown = realloc(worker->records, cap * sizeof *grown);
        if (!grown)
            return STATUS_NO_MEMORY;
        worker->records = grown;
        worker->cap = cap;
    }
    memcpy(worker->records + worker->count, records, count * sizeof *records);
    worker->count += count;
    return STATUS_OK;
}

static enum status read_document(struct worker *worker, struct slice text, uint32_t line) {
    struct record *records;
    uint32_t count;
    if (text.len && text.ptr[text.len - 1] == '\r')
        text.len--;
    if (slice_trim(text).len == 0)
        return STATUS_OK;
    TRY(reader_read(worker->reader, text, line, &worker->batch, NULL, &records, &count));
    return worker_keep(worker, records, count);
}

/* The next line, or all of one document; the last line may lack its newline. */
static void next_cut(const struct chunk *chunk, struct slice *rest, struct slice *ret_line) {
    *ret_line = *rest;
    if (chunk->whole || !slice_cut(*rest, '\n', ret_line, rest))
        rest->len = 0;
}

static enum status worker_read(struct worker *worker) {
    arena_reset(&worker->batch);
    worker->count = 0;
    struct slice rest = {worker->chunk.text, worker->chunk.len}, line;
    for (uint32_t number = worker->chunk.first_line; rest.len; number++) {
        next_cut(&worker->chunk, &rest, &line);
        TRY(read_document(worker, line, number));
    }
    return STATUS_OK;
}

static void show_progress(struct pipeline *pipeline) {
    if (!pipeline->options->progress)
        return;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    int64_t passed_ms =
        (now.tv_sec - pipeline->shown.tv_sec) * 1000 + (now.tv_nsec - pipeline->shown.tv_nsec) / 1000000;
    if (passed_ms < 100)
        return;
    pipeline->shown = now;
    struct journal_progress progress = {.bytes_done = pipeline->source.bytes_done,
                                        .bytes_total = pipeline->source.bytes_total,
                                        .lines = pipeline->lines};
    pipeline->options->progress(pipeline->options->context, &progress);
}

static enum status take_chunk(void *context, void *job, bool *ret_more) {
    struct pipeline *pipeline = context;
    struct worker *worker = job;
    return source_next(&pipeline->source, &worker->chunk, ret_more);
}

static struct journal_part part_of(struct worker *worker) {
    return (struct journal_part){worker->records, worker->count, &worker->batch, worker->ready};
}

static enum status read_chunk(void *context, void *job) {
    const struct journal_options *options = ((struct pipeline *)context)->options;
    struct worker *worker = job;
    TRY(worker_read(worker));
    worker->ready = NULL;
    if (!options->prepare)
        return STATUS_OK;
    struct journal_part part = part_of(worker);
    enum status status = options->prepare(options->context, &part);
    worker->ready = part.ready;
    return status;
}

static enum status apply_chunk(void *context, void *job) {
    struct pipeline *pipeline = context;
    struct worker *worker = job;
    const struct journal_options *options = pipeline->options;
    struct journal_part part = part_of(worker);
    if (options->append)
        TRY(options->append(options->context, &part));
    worker->count = part.count;
    TRY(engine_apply(pipeline->engine, worker->records, worker->count, NULL));
    pipeline->lines += worker->chunk.line_count;
    show_progress(pipeline);
    return STATUS_OK;
}

static enum status worker_new(struct worker *worker, struct pipeline *pipeline) {
    *worker = (struct worker){.pipeline = pipeline};
    return reader_new(pipeline->engine->tariffs, pipeline->key, &worker->reader);
}

static void worker_free(struct worker *worker) {
    reader_free(worker->reader);
    arena_free(&worker->batch);
    free(worker->records);
    free(worker->chunk.text);
}

/* ---- tracing: one thread, one event ---- */

static enum status trace_chunk(struct worker *worker) {
    const struct journal_options *options = worker->pipeline->options;
    struct engine *engine = worker->pipeline->engine;
    struct slice rest = {worker->chunk.text, worker->chunk.len}, line;
    for (uint32_t number = worker->chunk.first_line; rest.len; number++) {
        next_cut(&worker->chunk, &rest, &line);
        arena_reset(&worker->batch);
        worker->count = 0;
        TRY(read_document(worker, line, number));
        for (uint32_t i = 0; i < worker->count; i++) {
            bool wanted = slice_eq(worker->records[i].id, options->explain_id);
            struct record *again = &worker->records[i];
            uint32_t count;
            if (wanted && worker->count == 1) /* read once more, with the steps of reading and metering */
                TRY(reader_read(worker->reader, line, number, &worker->batch, options->trace, &again, &count));
            TRY(engine_apply(engine, again, 1, wanted ? options->trace : NULL));
        }
    }
    return STATUS_OK;
}

static enum status run_tracing(struct pipeline *pipeline) {
    struct worker worker;
    bool more = true;
    TRY(worker_new(&worker, pipeline));
    enum status status = source_next(&pipeline->source, &worker.chunk, &more);
    while (status == STATUS_OK && more) {
        status = trace_chunk(&worker);
        if (status == STATUS_OK)
            status = source_next(&pipeline->source, &worker.chunk, &more);
    }
    worker_free(&worker);
    return status;
}

static enum status run_workers(struct pipeline *pipeline, uint32_t thread_count) {
    static const struct inorder steps = {.take = take_chunk, .work = read_chunk, .finish = apply_chunk};
    struct inorder inorder = steps;
    struct worker workers[THREADS_MAX];
    void *jobs[THREADS_MAX];
    uint32_t made = 0;
    enum status status = STATUS_OK;
    inorder.context = pipeline;
    for (; made < thread_count && status == STATUS_OK; made++) {
        status = worker_new(&workers[made], pipeline);
        jobs[made] = &workers[made];
    }
    if (status == STATUS_OK)
        status = inorder_run(&inorder, jobs, made);
    for (uint32_t i = 0; i < made; i++)
        worker_free(&workers[i]);
    return status;
}

/* Who prepares waits for a disk in its turn: one more works meanwhile. */
static uint32_t thread_count_of(const struct journal_options *options) {
    if (options->threads == 0)
        return inorder_threads(THREADS_MAX - 1) + (options->prepare != NULL);
    return options->threads > THREADS_MAX ? THREADS_MAX : options->threads;
}

enum status engine_read(struct engine *engine, const char *path, const struct journal_options *options) {
    static const struct journal_options defaults = {0};
    struct pipeline pipeline = {
        .engine = engine, .options = options ? options : &defaults, .source = {.fd = STDIN_FILENO, .next_line = 1}};
    if (sodium_init() < 0)
        return STATUS_IO;
    if (!engine->has_key)
        randombytes_buf(engine->key, sizeof engine->key);
    engine->has_key = true;
    memcpy(pipeline.key, engine->key, sizeof pipeline.key);
    if (strcmp(path, "-") != 0)
        pipeline.source.fd = open(path, O_RDONLY | O_CLOEXEC);
    if (pipeline.source.fd < 0)
        return STATUS_IO;
    pipeline.source.chunk_bytes = pipeline.options->append ? CHUNK_BYTES_APPENDED : CHUNK_BYTES;
    struct stat info = {0};
    if (fstat(pipeline.source.fd, &info) == 0 && S_ISDIR(info.st_mode)) {
        close(pipeline.source.fd);
        errno = EISDIR; /* threads that read it would keep that to themselves */
        return STATUS_IO;
    }
    if (!pipeline.options->append) /* which says where its records come from */
        engine->file = arena_copy(&engine->arena, slice_of(path));
    if (S_ISREG(info.st_mode))
        pipeline.source.bytes_total = (uint64_t)info.st_size;
    bool tracing = pipeline.options->explain_id.len > 0;
    enum status status = tracing ? run_tracing(&pipeline) : run_workers(&pipeline, thread_count_of(pipeline.options));
    free(pipeline.source.rest);
    if (pipeline.source.fd != STDIN_FILENO)
        close(pipeline.source.fd);
    return status;
}
