/* SPDX-License-Identifier: Apache-2.0
 *
 * Lists in pieces: each continues behind the key of the last thing of the one before, so that everything comes once
 * however much is added meanwhile. What a caller gets and sends back is a cursor: the key, not to be looked into, with
 * a check that tells a cursor of this list from anything else. */
#ifndef TG_VIEW_PAGE_H
#define TG_VIEW_PAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/slice.h"

enum { PAGE_LIMIT = 100, PAGE_LIMIT_MAX = 1000 };
struct page {
    struct slice after; /* key; ptr NULL: from the first on */
    uint32_t limit;
};

/* A cursor behind `key` of the list of that name, in the arena: letters, digits, - and _. ptr NULL: no memory. */
struct slice page_cursor(struct arena *arena, struct slice list, struct slice key);
/* False: it is no cursor of this list. */
bool page_cursor_read(struct arena *arena, struct slice list, struct slice cursor, struct slice *ret_key);

/* Keys that are numbers, in two parts: as bytes they sort as the numbers do. */
struct slice page_key(struct arena *arena, uint64_t high, uint32_t low);
bool page_key_read(struct slice key, uint64_t *ret_high, uint32_t *ret_low);

#endif
