/* SPDX-License-Identifier: Apache-2.0
 *
 * The C API: engines, and what is fed to them. Reading needs no state, so that gates wait only while a portion of
 * records is applied. */
#include <sodium.h>
#include <stdlib.h>

#include "engine/snapshot.h"
#include "lib/lib_private.h"

#define PORTION 256 /* records applied at once */

/* ---- texts ---- */

struct fed *lib_fed_new(const char *text, size_t length) {
    struct fed *fed = malloc(sizeof *fed + length + JSON_PADDING);
    if (fed == NULL)
        return NULL;
    *fed = (struct fed){.first_line = 1, .length = length};
    if (length > 0)
        memcpy(fed->text, text, length);
    memset(fed->text + length, 0, JSON_PADDING);
    return fed;
}

static struct slice without_return(struct slice line) {
    if (line.len > 0 && line.ptr[line.len - 1] == '\r')
        line.len--;
    return line;
}

/* As for files: a text that starts with `[`, or with a line that holds only `{`, is one document. */
struct fed_cursor lib_fed_start(const struct fed *fed) {
    struct fed_cursor cursor = {.rest = {fed->text, fed->length}, .line = fed->first_line};
    struct slice rest = cursor.rest, line = {0};
    while (rest.len > 0) {
        if (!slice_cut(rest, '\n', &line, &rest))
            rest.len = 0;
        line = slice_trim(without_return(line));
        if (line.len > 0)
            break;
    }
    cursor.is_whole = line.len > 0 && (line.ptr[0] == '[' || slice_is(line, "{"));
    return cursor;
}

bool lib_fed_next(struct fed_cursor *cursor, struct slice *ret_document, uint32_t *ret_line) {
    while (cursor->rest.len > 0) {
        struct slice line = cursor->rest;
        if (cursor->is_whole || !slice_cut(cursor->rest, '\n', &line, &cursor->rest))
            cursor->rest.len = 0;
        *ret_line = cursor->line++;
        *ret_document = without_return(line);
        if (slice_trim(*ret_document).len > 0)
            return true;
    }
    return false;
}

uint64_t lib_lines(struct slice text) {
    uint64_t lines = 0;
    while (text.len > 0) {
        struct slice line;
        lines++;
        if (!slice_cut(text, '\n', &line, &text))
            break;
    }
    return lines;
}

/* ---- engines ---- */

struct tollgate_engine *lib_engine_hold(struct tollgate_engine *engine) {
    atomic_fetch_add(&engine->owners, 1);
    return engine;
}

tollgate_status tollgate_engine_new(tollgate_tariffs *tariffs, unsigned flags, tollgate_engine **ret_engine) {
    if ((flags & ~TOLLGATE_KEEP_DOCUMENTS) != 0)
        return TOLLGATE_INVALID;
    if (sodium_init() < 0)
        return TOLLGATE_IO;
    struct tollgate_engine *engine = calloc(1, sizeof *engine);
    if (engine == NULL)
        return TOLLGATE_NO_MEMORY;
    atomic_init(&engine->owners, 1);
    engine->keeps_documents = (flags & TOLLGATE_KEEP_DOCUMENTS) != 0;
    engine->last = &engine->first;
    randombytes_buf(engine->key, sizeof engine->key);
    enum status status = engine_new(&tariffs->set, &engine->engine);
    if (status == STATUS_OK)
        engine_set_key(engine->engine, engine->key);
    if (status == STATUS_OK)
        status = reader_new(&tariffs->set, engine->key, &engine->reader);
    bool has_locks = status == STATUS_OK && pthread_mutex_init(&engine->feeding, NULL) == 0;
    if (has_locks && pthread_mutex_init(&engine->state, NULL) == 0) {
        atomic_fetch_add(&tariffs->owners, 1);
        engine->tariffs = tariffs;
        *ret_engine = engine;
        return TOLLGATE_OK;
    }
    if (has_locks)
        pthread_mutex_destroy(&engine->feeding);
    reader_free(engine->reader);
    engine_free(engine->engine);
    free(engine);
    return status == STATUS_OK ? TOLLGATE_NO_MEMORY : lib_status(status);
}

void tollgate_engine_free(tollgate_engine *engine) {
    if (engine == NULL || atomic_fetch_sub(&engine->owners, 1) > 1)
        return;
    for (struct fed *fed = engine->first, *next; fed != NULL; fed = next) {
        next = fed->next;
        free(fed);
    }
    reader_free(engine->reader);
    engine_free(engine->engine);
    pthread_mutex_destroy(&engine->feeding);
    pthread_mutex_destroy(&engine->state);
    tollgate_tariffs_free(engine->tariffs);
    free(engine);
}

enum status lib_copy(struct tollgate_engine *engine, struct engine **ret_copy) {
    pthread_mutex_lock(&engine->state);
    enum status status = engine->is_broken ? STATUS_CONFLICT : engine_copy(engine->engine, ret_copy);
    pthread_mutex_unlock(&engine->state);
    return status;
}

/* ---- feeding ---- */

const char *tollgate_outcome_name(tollgate_outcome outcome) {
    return (unsigned)outcome <= TOLLGATE_UNPRICED ? outcome_name((enum outcome)outcome) : "unknown";
}

struct told {
    struct reply reply;
    uint32_t line;
};

struct feeding {
    struct tollgate_engine *engine;
    struct arena batch;
    struct told *told; /* in order, of all that was applied */
    size_t told_count, told_cap;
    bool is_asked; /* somebody listens */
};

static enum status told_reserve(struct feeding *feeding, uint32_t more) {
    if (!feeding->is_asked || feeding->told_cap - feeding->told_count >= more)
        return STATUS_OK;
    size_t cap = feeding->told_cap * 2 + more;
    struct told *grown = realloc(feeding->told, cap * sizeof *grown);
    if (grown == NULL)
        return STATUS_NO_MEMORY;
    feeding->told = grown;
    feeding->told_cap = cap;
    return STATUS_OK;
}

static enum status records_apply(struct feeding *feeding, const struct record *records, uint32_t count) {
    struct tollgate_engine *engine = feeding->engine;
    struct reply replies[PORTION];
    TRY(told_reserve(feeding, count));
    pthread_mutex_lock(&engine->state);
    enum status status =
        engine->is_broken ? STATUS_CONFLICT : engine_answer(engine->engine, records, count, replies, NULL);
    engine->is_broken = engine->is_broken || status != STATUS_OK;
    pthread_mutex_unlock(&engine->state);
    for (uint32_t i = 0; feeding->is_asked && status == STATUS_OK && i < count; i++)
        feeding->told[feeding->told_count++] = (struct told){replies[i], records[i].line};
    return status;
}

static enum status text_apply(struct feeding *feeding, const struct fed *fed) {
    struct fed_cursor cursor = lib_fed_start(fed);
    struct record *portion = malloc(PORTION * sizeof *portion), *records;
    struct slice document;
    uint32_t line, count, waiting = 0;
    enum status status = portion != NULL ? STATUS_OK : STATUS_NO_MEMORY;
    while (status == STATUS_OK && lib_fed_next(&cursor, &document, &line)) {
        status = reader_read(feeding->engine->reader, document, line, &feeding->batch, NULL, &records, &count);
        for (uint32_t i = 0; i < count && status == STATUS_OK; i++) {
            portion[waiting++] = records[i];
            if (waiting < PORTION)
                continue;
            status = records_apply(feeding, portion, waiting);
            waiting = 0;
        }
        if (waiting == 0)
            arena_reset(&feeding->batch);
    }
    if (status == STATUS_OK && waiting > 0)
        status = records_apply(feeding, portion, waiting);
    free(portion);
    return status;
}

static enum status feed(struct feeding *feeding, const char *text, size_t length) {
    struct tollgate_engine *engine = feeding->engine;
    uint64_t lines = lib_lines((struct slice){text, length});
    if (lines > UINT32_MAX - 1 - engine->lines)
        return STATUS_RANGE;
    struct fed *fed = lib_fed_new(text, length);
    if (fed == NULL)
        return STATUS_NO_MEMORY;
    fed->first_line = engine->lines + 1;
    engine->lines += (uint32_t)lines;
    enum status status = text_apply(feeding, fed);
    arena_free(&feeding->batch);
    if (!engine->keeps_documents) {
        free(fed);
        return status;
    }
    *engine->last = fed;
    engine->last = &fed->next;
    return status;
}

tollgate_status tollgate_engine_feed(tollgate_engine *engine, const char *text, size_t length,
                                     tollgate_listener *listener, void *context) {
    struct feeding feeding = {.engine = engine, .is_asked = listener != NULL};
    if (length > LIB_TEXT_MAX)
        return TOLLGATE_RANGE;
    pthread_mutex_lock(&engine->feeding);
    enum status status = feed(&feeding, text, length);
    pthread_mutex_unlock(&engine->feeding);
    for (size_t i = 0; i < feeding.told_count; i++) {
        const struct reply *reply = &feeding.told[i].reply;
        tollgate_reply told = {.outcome = (tollgate_outcome)reply->outcome,
                               .line = feeding.told[i].line,
                               .column = reply->column,
                               .reason = reply->reason.len > 0 ? reply->reason.ptr : NULL};
        listener(context, &told);
    }
    free(feeding.told);
    return lib_status(status);
}
