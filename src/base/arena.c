/* SPDX-License-Identifier: Apache-2.0
 *
 * A list of blocks, the newest at the head and filled from its start. Blocks double up to a limit, so that after a few
 * resets one kept block serves the whole unit of work. */
#include "base/arena.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { ALIGNMENT = 16, BLOCK_SIZE_FIRST = 64 * 1024, BLOCK_SIZE_LAST = 4 * 1024 * 1024 };

struct arena_block {
    struct arena_block *next;
    size_t size;
    _Alignas(ALIGNMENT) char bytes[];
};

static struct arena_block *block_new(struct arena *arena, size_t size) {
    struct arena_block *block = malloc(sizeof *block + size);
    if (block == NULL)
        return NULL;
    *block = (struct arena_block){.size = size};
    arena->total += size;
    return block;
}

static void *block_add(struct arena *arena, size_t size) {
    if (arena->block_size == 0)
        arena->block_size = BLOCK_SIZE_FIRST;
    bool is_large = size > arena->block_size;
    struct arena_block *block = block_new(arena, is_large ? size : arena->block_size);
    if (block == NULL)
        return NULL;
    if (is_large && arena->head != NULL) { /* behind the head, whose rest stays usable */
        block->next = arena->head->next;
        arena->head->next = block;
        return block->bytes;
    }
    block->next = arena->head;
    arena->head = block;
    arena->used = size;
    if (arena->block_size < BLOCK_SIZE_LAST)
        arena->block_size *= 2;
    return block->bytes;
}

void *arena_take(struct arena *arena, size_t size) {
    if (size > PTRDIFF_MAX - ALIGNMENT)
        return NULL;
    size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    struct arena_block *head = arena->head;
    if (head == NULL || size > head->size - arena->used)
        return block_add(arena, size);
    void *memory = head->bytes + arena->used;
    arena->used += size;
    return memory;
}

void *arena_alloc(struct arena *arena, size_t size) {
    void *memory = arena_take(arena, size);
    if (memory != NULL)
        memset(memory, 0, size);
    return memory;
}

void *arena_array(struct arena *arena, size_t count, size_t size) {
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes))
        return NULL;
    return arena_alloc(arena, bytes);
}

struct slice arena_copy(struct arena *arena, struct slice text) {
    char *copy = text.len == SIZE_MAX ? NULL : arena_take(arena, text.len + 1);
    if (copy == NULL)
        return (struct slice){NULL, 0};
    if (text.len > 0)
        memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    return (struct slice){copy, text.len};
}

struct slice arena_printf(struct arena *arena, const char *format, ...) {
    va_list args;
    va_start(args, format);
    struct slice text = arena_vprintf(arena, format, args);
    va_end(args);
    return text;
}

struct slice arena_vprintf(struct arena *arena, const char *format, va_list args) {
    va_list again;
    va_copy(again, args);
    char small[256];
    int len = vsnprintf(small, sizeof small, format, args);
    struct slice text = {NULL, 0};
    if (len >= 0 && (size_t)len < sizeof small) {
        text = arena_copy(arena, (struct slice){small, (size_t)len});
    } else if (len >= 0) {
        char *memory = arena_take(arena, (size_t)len + 1);
        if (memory != NULL && vsnprintf(memory, (size_t)len + 1, format, again) == len)
            text = (struct slice){memory, (size_t)len};
    }
    va_end(again);
    return text;
}

static void blocks_free(struct arena *arena, struct arena_block *block) {
    while (block != NULL) {
        struct arena_block *next = block->next;
        arena->total -= block->size;
        free(block);
        block = next;
    }
}

void arena_reset(struct arena *arena) {
    if (arena->head == NULL)
        return;
    blocks_free(arena, arena->head->next);
    arena->head->next = NULL;
    arena->used = 0;
}

void arena_free(struct arena *arena) {
    blocks_free(arena, arena->head);
    *arena = (struct arena){0};
}
