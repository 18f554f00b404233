/* SPDX-License-Identifier: Apache-2.0
 *
 * What people hand over instead of CSV with commas, in words. */
#ifndef TG_BASE_FILE_KIND_H
#define TG_BASE_FILE_KIND_H

#include <string.h>

#include "base/slice.h"

/* By the first bytes of a file. NULL: none of it. */
static inline const char *file_kind(struct slice head) {
    static const struct {
        const char *bytes, *kind;
    } kinds[] = {{"\x1f\x8b", "packed by gzip"},
                 {"\x28\xb5\x2f\xfd", "packed by zstd"},
                 {"BZh", "packed by bzip2"},
                 {"PK\x03\x04", "a ZIP archive or a workbook"},
                 {"PAR1", "Parquet"},
                 {"\xff\xfe", "UTF-16"},
                 {"\xfe\xff", "UTF-16"},
                 {"{", "JSON"},
                 {"[", "JSON"}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (slice_starts(head, slice_of(kinds[i].bytes)))
            return kinds[i].kind;
    size_t seen = head.len < 1024 ? head.len : 1024;
    return seen > 0 && memchr(head.ptr, '\0', seen) != NULL ? "binary" : NULL; /* no text has a byte of 0 */
}

/* By its first line, where commas were expected. NULL: there are some, or nothing better. */
static inline const char *file_separation(struct slice head) {
    struct slice line = head, rest;
    slice_cut(head, '\n', &line, &rest);
    if (line.len == 0 || memchr(line.ptr, ',', line.len) != NULL)
        return NULL;
    return memchr(line.ptr, ';', line.len) != NULL    ? "separated by semicolons"
           : memchr(line.ptr, '\t', line.len) != NULL ? "separated by tabs"
                                                      : NULL;
}

#endif
