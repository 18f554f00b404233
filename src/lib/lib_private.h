/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside lib only: what the handles of the C API hold. Two locks for each engine: `feeding` is held by whoever feeds
 * it, `state` only while something is applied or looked at; who takes both takes `feeding` first. */
#ifndef TG_LIB_LIB_PRIVATE_H
#define TG_LIB_LIB_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>
#include <tollgate.h>

#include "admit/gate.h"
#include "engine/engine.h"

/* The last one who lets go frees. */
struct tollgate_tariffs {
    atomic_uint owners;
    struct tariff_set set;
};

/* A text that was fed, with JSON_PADDING behind it. */
struct fed {
    struct fed *next;
    uint32_t first_line;
    size_t length;
    char text[];
};

struct tollgate_engine {
    atomic_uint owners;
    struct tollgate_tariffs *tariffs;
    bool keeps_documents;
    uint8_t key[16];
    pthread_mutex_t feeding;
    struct reader *reader; /* under feeding */
    struct fed *first, **last;
    uint32_t lines;
    pthread_mutex_t state;
    struct engine *engine; /* under state */
    bool is_broken;        /* a record may be half applied */
};

struct tollgate_gate {
    struct tollgate_engine *owner;
    struct gate *gate; /* under owner->state */
};

/* The years 1700 to 2200: what is reckoned from there stays an instant. */
static inline bool lib_is_instant(int64_t at_ns) {
    return at_ns >= INT64_C(-8520336000) * NS_PER_SECOND && at_ns < INT64_C(7289654400) * NS_PER_SECOND;
}

#define LIB_TEXT_MAX ((size_t)64 << 20)
tollgate_status lib_status(enum status status);
struct tollgate_engine *lib_engine_hold(struct tollgate_engine *engine);
/* A text of the heap, with JSON_PADDING behind it; NULL: out of memory. */
struct fed *lib_fed_new(const char *text, size_t length);
/* One document of a text that was fed after another: lines that are not empty, or the whole text. */
struct fed_cursor {
    struct slice rest;
    uint32_t line; /* of what comes next */
    bool is_whole;
};
struct fed_cursor lib_fed_start(const struct fed *fed);
bool lib_fed_next(struct fed_cursor *cursor, struct slice *ret_document, uint32_t *ret_line);
/* How many lines a text has. */
uint64_t lib_lines(struct slice text);
/* Copies the state; the caller frees it, before it lets go of the engine. */
MUST_CHECK enum status lib_copy(struct tollgate_engine *engine, struct engine **ret_copy);
/* A builder's text to the caller; it is empty then. Frees it on failure. */
tollgate_status lib_text_out(struct buf *buf, enum status status, char **ret_text);

#endif
