/* SPDX-License-Identifier: Apache-2.0
 *
 * Usage events out of access logs: which request is which operation, of which account, with which quantities, is said
 * by a mapping file. The same line gives the same event, so that a log may be read again. */
#ifndef TG_WEBLOG_WEBLOG_H
#define TG_WEBLOG_WEBLOG_H

#include <regex.h>

#include "base/diag.h"
#include "base/json_writer.h"
#include "calendar/calendar.h"

#define WEBLOG_SEGMENT_MAX UINT64_C(1000000000000) /* the largest number of a segment */
#define WEBLOG_FIELDS_MAX 64                       /* of a line, captures of the path included */

struct weblog_pair {
    struct slice name;  /* of the attribute */
    struct slice value; /* a field's name; of a constant: JSON */
};
/* One fetched segment of a stream is a piece of it that was played. */
struct weblog_play {
    bool is_set;
    struct slice media, number; /* fields: the stream, the segment's number */
    uint64_t first;             /* the number of the first segment */
    struct decimal seconds;     /* of a segment */
};
struct weblog_route {
    struct slice path;      /* "/v1/{name}/labels"; a last "*" takes the rest */
    struct slice method;    /* empty: any */
    struct slice operation; /* "imm.DetectImageLabels" */
    struct weblog_pair *constants, *fields;
    uint32_t constant_count, field_count;
    struct weblog_play play;
};
struct weblog_mapping {
    bool is_json; /* else `pattern`, whose groups are `groups` */
    regex_t pattern;
    bool has_pattern;
    struct slice *groups;
    uint32_t group_count;
    struct slice source;
    struct slice account, id, time, method, path, status; /* fields; id, method and status may be empty */
    struct weblog_route *routes;
    uint32_t route_count;
};
/* Read a mapping file (YAML; docs/meter.md). Everything lives in the arena, but weblog_mapping_free is to be called in
 * every case. Fails: STATUS_INVALID (the diagnostics say where), STATUS_IO, STATUS_RANGE, STATUS_NO_MEMORY. */
MUST_CHECK enum status weblog_mapping_read(const char *path, struct arena *arena, struct diags *diags,
                                           struct weblog_mapping *ret_mapping);
void weblog_mapping_free(struct weblog_mapping *mapping);

struct weblog;
enum weblog_outcome {
    WEBLOG_EVENT,
    WEBLOG_OTHER,    /* no route is for this request, or it has no account */
    WEBLOG_MALFORMED /* the line is none of this log, or lacks what its route needs */
};
MUST_CHECK enum status weblog_new(const struct weblog_mapping *mapping, struct weblog **ret_weblog);
void weblog_free(struct weblog *weblog); /* NULL is let alone */
/* Read one line, without its newline; JSON_PADDING readable bytes behind it. An event is appended to `out` as one line
 * of JSON. *ret_reason says what is wrong with a malformed line; it lives until the next call. Fails:
 * STATUS_NO_MEMORY. */
MUST_CHECK enum status weblog_line(struct weblog *weblog, struct slice line, struct buf *out,
                                   enum weblog_outcome *ret_outcome, struct slice *ret_reason);

#endif
