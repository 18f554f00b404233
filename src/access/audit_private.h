/* SPDX-License-Identifier: Apache-2.0
 *
 * The files of the audit log. */
#ifndef TG_ACCESS_AUDIT_PRIVATE_H
#define TG_ACCESS_AUDIT_PRIVATE_H

#include <stdio.h>

#include "access/audit_line.h"
#include "cxx/json.h"

/* audit_scan.c */
struct audit_walk {
    struct json_parser *parser;
    struct arena line;   /* of the line at hand */
    struct arena *arena; /* of what is told */
    audit_visit *visit;
    void *context;
    uint64_t from;
    bool is_begun;       /* a line was there: the next one must follow it */
    uint64_t good_bytes; /* of the file at hand, up to the end of its last line */
    struct audit_check check;
};
/* Go through one file. Fails as audit_scan, but for STATUS_NOT_FOUND. */
MUST_CHECK enum status audit_walk_file(struct audit_walk *walk, FILE *file, struct slice name);
/* Names of the files that were rotated away, oldest first. Fails: STATUS_IO, STATUS_NO_MEMORY. */
MUST_CHECK enum status audit_files_list(const char *directory, struct arena *arena, struct slice **ret_names,
                                        uint32_t *ret_count);
#define AUDIT_ROTATED "audit-%020llu.ndjson" /* the number of its first line */

#endif
