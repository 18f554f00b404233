/* SPDX-License-Identifier: Apache-2.0
 *
 * Names to small numbers: an open-addressing table that interns text in its own memory. */
#ifndef TG_BASE_NAMES_H
#define TG_BASE_NAMES_H

#include <stdint.h>

#include "base/arena.h"
#include "base/slice.h"
#include "base/status.h"

#define NAMES_NONE UINT32_MAX

struct names {
    struct names_slot *slots;
    struct slice *texts; /* index -> text, in order of insertion */
    uint32_t count, slot_count, text_cap;
    struct arena arena;
};

uint64_t names_hash(struct slice text); /* XXH3, 64 bits: the same for ever, for partitions go by it */
/* The index of `text`, or NAMES_NONE. */
uint32_t names_find(const struct names *names, struct slice text);
uint32_t names_find_hashed(const struct names *names, struct slice text, uint64_t hash);
/* Start fetching what a look-up of this hash will read. Three steps, some work apart from each other: each reads only
 * what the step before it asked for. */
enum names_step { NAMES_SLOT, NAMES_TEXT, NAMES_BYTES };
void names_prefetch(const struct names *names, uint64_t hash, enum names_step step);
/* The index of `text`, added when new. Fails: STATUS_NO_MEMORY, STATUS_RANGE (2^32 - 2 names). */
MUST_CHECK enum status names_add(struct names *names, struct slice text, uint32_t *ret_index);
MUST_CHECK enum status names_add_hashed(struct names *names, struct slice text, uint64_t hash, uint32_t *ret_index);
void names_free(struct names *names);

/* "did you mean": the candidate nearest to `wrong` (edit distance with transpositions, letter case ignored), or an
 * empty slice when none is near. */
struct slice names_suggest(struct slice wrong, const struct slice *candidates, size_t count);

#endif
