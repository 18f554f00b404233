/* SPDX-License-Identifier: Apache-2.0
 *
 * See refuse.h. */
#include "support/refuse.h"

#include <stdbool.h>
#include <stdlib.h>

uint64_t refuse_at;

static bool refuses(void) {
    return refuse_at > 0 && --refuse_at == 0;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__real_reallocarray(void *memory, size_t count, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void *__wrap_reallocarray(void *memory, size_t count, size_t size);
void *__wrap_malloc(size_t size) {
    return refuses() ? NULL : __real_malloc(size);
}
void *__wrap_calloc(size_t count, size_t size) {
    return refuses() ? NULL : __real_calloc(count, size);
}
void *__wrap_realloc(void *memory, size_t size) {
    return refuses() ? NULL : __real_realloc(memory, size);
}
void *__wrap_reallocarray(void *memory, size_t count, size_t size) {
    return refuses() ? NULL : __real_reallocarray(memory, count, size);
}
