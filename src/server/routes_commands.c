/* SPDX-License-Identifier: Apache-2.0
 *
 * For administrators on this machine: the verbs of the command line go through here while a daemon holds the book. Over
 * the network each thing has a route of its own. POST /v1/commands: whatever a journal may hold, one document a line.
 * POST /v1/commands/rerate: other tariffs, from a folder of this machine. */
#include "export/export.h"
#include "server/body.h"
#include "server/command.h"
#include "server/drafts.h"
#include "server/intake.h"
#include "server/server_private.h"

static uint64_t bill_count(struct live *live) {
    uint64_t count = engine_bill_count(live_state(live));
    live_state_end(live);
    return count;
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
    if (!intake_read(request, &intake, answer))
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
    intake_counts_json(&intake, &writer);
    if (!is_short)
        intake_replies_json(&intake, &writer);
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
