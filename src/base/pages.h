/* SPDX-License-Identifier: Apache-2.0
 *
 * Memory for large tables that are read at random: zeroed, on large pages where the system has them, so that a look-up
 * costs one miss and not two. */
#ifndef TG_BASE_PAGES_H
#define TG_BASE_PAGES_H

#include <stddef.h>

/* NULL when memory is out. */
void *pages_alloc(size_t size);
/* size as it was asked for; NULL is let alone. */
void pages_free(void *memory, size_t size);

#endif
