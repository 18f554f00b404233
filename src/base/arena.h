/* SPDX-License-Identifier: Apache-2.0
 *
 * Bump allocation for one unit of work. Everything allocated lives until reset or free; nothing is freed alone.
 * Arena parameters are named after their lifetime (batch, run, plan). */
#ifndef TG_BASE_ARENA_H
#define TG_BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

#include "base/slice.h"
#include "base/status.h"

struct arena_block;
struct arena {
    struct arena_block *head; /* newest block */
    size_t used;              /* bytes used in it */
    size_t block_size;        /* of the next block; 0 = 64 KiB */
    size_t total;             /* bytes held from the system */
};

/* 16-byte aligned, not zeroed. NULL when memory is out. */
void *arena_take(struct arena *arena, size_t size);
/* Zeroed, 16-byte aligned. NULL when memory is out. */
void *arena_alloc(struct arena *arena, size_t size);
/* Zeroed array; NULL when memory is out or count * size overflows. */
void *arena_array(struct arena *arena, size_t count, size_t size);
/* NUL-terminated copy; ptr is NULL when memory is out. */
struct slice arena_copy(struct arena *arena, struct slice text);
PRINTF(2, 3) struct slice arena_printf(struct arena *arena, const char *format, ...);
PRINTF(2, 0) struct slice arena_vprintf(struct arena *arena, const char *format, va_list args);
/* Forget everything, keep one block for reuse. */
void arena_reset(struct arena *arena);
void arena_free(struct arena *arena);

#define ARENA_NEW(arena, type) ((type *)arena_alloc((arena), sizeof(type)))
#define ARENA_ARRAY(arena, count, type) ((type *)arena_array((arena), (count), sizeof(type)))

#endif
