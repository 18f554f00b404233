/* SPDX-License-Identifier: Apache-2.0
 *
 * Anonymous maps; small tables come from the heap. */
#include "base/pages.h"

#include <stdlib.h>
#include <sys/mman.h>

enum { LARGE_PAGE = 2 * 1024 * 1024 };

void *pages_alloc(size_t size) {
    if (size < LARGE_PAGE)
        return calloc(1, size);
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return NULL;
    (void)madvise(memory, size, MADV_HUGEPAGE); /* a wish: without it only speed is lost */
    return memory;
}

void pages_free(void *memory, size_t size) {
    if (memory == NULL)
        return;
    if (size < LARGE_PAGE)
        free(memory);
    else
        (void)munmap(memory, size);
}
