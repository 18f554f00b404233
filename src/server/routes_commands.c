/* SPDX-License-Identifier: Apache-2.0
 *
 * For administrators on this machine: the verbs of the command line go through here while a daemon holds the book. Over
 * the network each thing has a route of its own. POST /v1/commands: whatever a journal may hold, one document a line.
 * POST /v1/commands/rerate: other tariffs, from a folder of this machine. */
#include "export/export.h"
#include "server/body.h"
#include "server/command.h"
#include "server/drafts.h"
#include "server/server_private.h"

enum { DOCUMENTS_MAX = 65536 };

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

static bool documents_read(const struct http_request *request, struct server_intake *intake,
                           struct http_answer *answer) {
    struct slice rest = request->body, line;
    uint32_t count = 0;
    while (line_next(&rest, &line))
        count++;
    struct slice *documents = ARENA_ARRAY(request->arena, count + (size_t)1, struct slice);
    if (count > DOCUMENTS_MAX || documents == NULL) {
        http_problem(request, answer, 413, "too-many", "%u documents; one request takes %u.", count,
                     (uint32_t)DOCUMENTS_MAX);
        return false;
    }
    rest = request->body;
    for (uint32_t i = 0; i < count && line_next(&rest, &line); i++)
        documents[i] = line;
    intake->documents = documents;
    intake->count = count;
    return true;
}

static uint64_t bill_count(struct live *live) {
    uint64_t count = engine_bill_count(live_state(live));
    live_state_end(live);
    return count;
}

static void replies_json(const struct server_intake *intake, struct json_writer *writer) {
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

static void counts_json(const struct server_intake *intake, struct json_writer *writer) {
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

/* False after a problem. */
static bool is_from_here(const struct http_request *request, struct http_answer *answer) {
    if (slice_starts(request_actor(request)->key_id, SLICE("local:")))
        return true;
    http_problem(request, answer, 403, "local-only",
                 "this comes over the daemon's own socket, without a key; over the network use the route of what you "
                 "want to do.");
    return false;
}

/* What the query says. False after a problem. */
static bool query_read(const struct http_request *request, struct server_intake *intake, bool *ret_is_short,
                       struct http_answer *answer) {
    struct slice backfill = http_query(request, "backfill"), replies = http_query(request, "replies");
    intake->backfill = backfill.ptr != NULL ? backfill : intake->backfill;
    *ret_is_short = slice_eq(replies, SLICE("none"));
    if (!command_flag(request, answer, "dry_run", &intake->is_rehearsal))
        return false;
    if (replies.ptr != NULL && !*ret_is_short) {
        http_problem(request, answer, 400, "invalid-parameter", "\"replies\" can only be none.");
        return false;
    }
    if (backfill.ptr != NULL && backfill.len == 0) {
        http_problem(request, answer, 422, "refused",
                     "the name of a backfill has 1 to 200 bytes and begins with no parenthesis.");
        return false;
    }
    if (intake->is_rehearsal && intake->backfill.len > 0) {
        http_problem(request, answer, 400, "no-dry-run",
                     "a backfill is not rehearsed; `tollgate backfill preview` shows what it would change.");
        return false;
    }
    return true;
}

enum status commands_post(void *context, const struct http_request *request, struct http_answer *answer) {
    struct server_intake intake = {0};
    struct live *live = request_live(request);
    bool is_short;
    if (!is_from_here(request, answer) || !query_read(request, &intake, &is_short, answer))
        return STATUS_OK;
    if (!documents_read(request, &intake, answer))
        return STATUS_OK;
    uint64_t bills = bill_count(live), seq = live_seq(live);
    if (!server_submit(context, request, &intake, answer))
        return STATUS_OK;
    struct json_writer writer = {.out = &answer->body};
    json_object(&writer);
    json_key(&writer, "seq_before");
    json_uint(&writer, seq);
    json_key(&writer, "seq");
    json_uint(&writer, live_seq(live));
    json_key(&writer, "bills_before");
    json_uint(&writer, bills);
    json_instant(&writer, "recorded_at", live_now(live), NULL);
    counts_json(&intake, &writer);
    if (!is_short)
        replies_json(&intake, &writer);
    json_object_end(&writer);
    return answer->body.failed ? STATUS_NO_MEMORY : STATUS_OK;
}

static void rerate_refuse(const struct body *body, enum status status, struct slice error) {
    struct slice why = error.len > 0 ? error : slice_of(status_text(status));
    bool is_ours = status == STATUS_NO_MEMORY || (status == STATUS_IO && error.len == 0);
    http_problem(body->request, body->answer, is_ours ? 503 : 409, is_ours ? "storage" : "refused", SLICE_FMT ".",
                 SLICE_ARG(why));
}

enum status rerate_post(void *context, const struct http_request *request, struct http_answer *answer) {
    struct live *live = request_live(request);
    struct body body = {0};
    struct slice path = {0}, base = {0}, error = {0};
    enum status status = STATUS_OK;
    (void)context;
    if (!is_from_here(request, answer))
        return STATUS_OK;
    if (!body_read(request, answer, "tariffs base", &body, &status) || !body_text(&body, "tariffs", true, &path) ||
        !body_text(&body, "base", false, &base)) {
        body_free(&body);
        return status;
    }
    path = arena_copy(request->arena, path);
    base = arena_copy(request->arena, base);
    status = path.ptr == NULL || base.ptr == NULL
                 ? STATUS_NO_MEMORY
                 : live_reload(live, path.ptr, base.len > 0 ? base.ptr : NULL, request->arena, &error);
    if (status == STATUS_OK) {
        struct json_writer writer = {.out = &answer->body};
        json_object(&writer);
        json_key(&writer, "set");
        json_uint(&writer, draft_set_number(live));
        json_object_end(&writer);
    } else {
        rerate_refuse(&body, status, error);
    }
    body_free(&body);
    return answer->body.failed ? STATUS_NO_MEMORY : STATUS_OK;
}
