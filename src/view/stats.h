/* SPDX-License-Identifier: Apache-2.0
 *
 * How much a data directory holds, and what it takes. */
#ifndef TG_VIEW_STATS_H
#define TG_VIEW_STATS_H

#include "view/view.h"

struct view_file {
    struct slice name;
    uint64_t bytes;
};
struct view_stats {
    struct book_stats stats; /* the caller's to fill */
    struct view_file *files; /* of the store, by name */
    uint32_t file_count;
    uint64_t resident_bytes; /* of this process */
};
/* Look at the files of a directory and at this process. Fails: STATUS_IO, STATUS_NO_MEMORY. */
MUST_CHECK enum status view_stats_place(struct view_stats *view, const char *directory, struct arena *arena);

enum { VIEW_STATS_NUMBERS = 21 };
struct view_number {
    const char *key, *text; /* for JSON, for people */
    uint64_t value;
};
void view_stats_numbers(const struct view_stats *view, struct view_number out[VIEW_STATS_NUMBERS]);
/* Stored bytes per document in tenths, rounded down; 0 of nothing. */
uint64_t view_stats_tenths(const struct view_stats *view);
void view_stats_json(const struct view_stats *view, struct json_writer *writer);

#endif
