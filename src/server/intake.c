/* SPDX-License-Identifier: Apache-2.0
 *
 * Lines to documents, replies to JSON. */
#include "server/intake.h"

#include "export/export.h"

/* The next line that holds anything. False: there is none. */
static bool line_next(struct slice *rest, struct slice *ret_line) {
    while (rest->len > 0) {
        struct slice line, behind;
        bool has_more = slice_cut(*rest, '\n', &line, &behind);
        *rest = has_more ? behind : (struct slice){rest->ptr, 0};
        if (line.len > 0 && line.ptr[line.len - 1] == '\r')
            line.len--;
        if (slice_trim(line).len > 0) {
            *ret_line = line;
            return true;
        }
    }
    return false;
}

bool intake_read(const struct http_request *request, struct server_intake *intake, struct http_answer *answer) {
    struct slice rest = request->body, line;
    uint32_t count = 0;
    while (line_next(&rest, &line))
        count++;
    struct slice *documents = ARENA_ARRAY(request->arena, count + (size_t)1, struct slice);
    if (count > INTAKE_DOCUMENTS_MAX || documents == NULL) {
        http_problem(request, answer, 413, "too-many", "%u documents; one request takes %u.", count,
                     (uint32_t)INTAKE_DOCUMENTS_MAX);
        return false;
    }
    rest = request->body;
    for (uint32_t i = 0; i < count && line_next(&rest, &line); i++)
        documents[i] = line;
    intake->documents = documents;
    intake->count = count;
    return true;
}

void intake_replies_json(const struct server_intake *intake, struct json_writer *writer) {
    json_key(writer, "replies");
    json_array(writer);
    for (uint32_t i = 0; i < intake->count; i++) {
        const struct reply *reply = &intake->replies[i];
        json_object(writer);
        json_member_plain(writer, "outcome", slice_of(outcome_name(reply->outcome)));
        json_key(writer, "line");
        json_uint(writer, reply->line);
        json_key(writer, "column");
        json_uint(writer, reply->column);
        json_optional(writer, "reason", reply->reason);
        json_object_end(writer);
    }
    json_array_end(writer);
}

void intake_counts_json(const struct server_intake *intake, struct json_writer *writer) {
    uint64_t counts[OUTCOME_COUNT] = {0}, elsewhere = 0;
    for (uint32_t i = 0; i < intake->count; i++) {
        counts[intake->replies[i].outcome]++;
        elsewhere += intake->replies[i].is_elsewhere;
    }
    json_key(writer, "elsewhere");
    json_uint(writer, elsewhere);
    json_key(writer, "outcomes");
    json_object(writer);
    for (uint32_t i = 0; i < OUTCOME_COUNT; i++) {
        json_key(writer, outcome_name((enum outcome)i));
        json_uint(writer, counts[i]);
    }
    json_object_end(writer);
}
