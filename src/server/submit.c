/* SPDX-License-Identifier: Apache-2.0
 *
 * Documents of a request into its tenant's book, and what a client is told when that cannot be. */
#include "server/server_private.h"

void server_unwritten(struct tenant *tenant) {
    struct live_stats stats;
    live_stats(tenant->live, &stats);
    atomic_store(&tenant->written_then, stats.batches);
    atomic_fetch_add(&tenant->unwritten, 1);
}

void server_refuse(const struct http_request *request, struct http_answer *answer, enum status status) {
    struct slice why;
    if (status == STATUS_BUSY) {
        http_problem(request, answer, 503, "busy", "too much is waiting to be written; nothing was taken. Try again.");
        http_field(answer, "Retry-After", SLICE("1"));
    } else if (status == STATUS_NO_MEMORY) {
        http_problem(request, answer, 503, "no-memory", "memory is out; nothing was taken. Try again later.");
        http_field(answer, "Retry-After", SLICE("5"));
    } else if (live_is_broken(request_live(request), &why)) {
        http_problem(request, answer, 503, "broken",
                     "the book takes nothing more until it is started again. Whether this was taken is not known: send "
                     "it again then, with the same ids; it counts once.");
        http_field(answer, "Retry-After", SLICE("30"));
    } else {
        server_unwritten(request_tenant(request));
        http_problem(request, answer, 503, "storage",
                     "nothing could be written: the disk may be full. Nothing was "
                     "taken. Try again later.");
        http_field(answer, "Retry-After", SLICE("30"));
    }
}

/* Older events, under a name. */
static bool submit_backfill(const struct http_request *request, const struct server_intake *intake,
                            struct http_answer *answer) {
    struct live_backfill backfill = {intake->backfill, intake->documents, intake->count, intake->replies,
                                     intake->is_ingest};
    struct slice error;
    enum status status = live_backfill(request_live(request), &backfill, request->arena, &error);
    if (status != STATUS_OK && error.len > 0)
        http_problem(request, answer, status == STATUS_CONFLICT ? 409 : 422, "refused", SLICE_FMT ".",
                     SLICE_ARG(error));
    else if (status != STATUS_OK)
        server_refuse(request, answer, status);
    return status == STATUS_OK;
}

static enum status submit_now(const struct http_request *request, const struct server_intake *intake) {
    struct live *live = request_live(request);
    if (intake->is_ingest)
        return live_ingest(live, request_actor(request)->account, intake->documents, intake->count, request->arena,
                           intake->replies);
    if (intake->is_rehearsal)
        return live_rehearse(live, intake->documents, intake->count, request->arena, intake->replies);
    return live_submit(live, intake->documents, intake->count, request->arena, intake->replies);
}

bool server_submit(struct server *server, const struct http_request *request, struct server_intake *intake,
                   struct http_answer *answer) {
    (void)server;
    if (intake->replies == NULL)
        intake->replies = ARENA_ARRAY(request->arena, intake->count + 1, struct reply);
    if (intake->backfill.len > 0 && intake->replies != NULL) {
        if (!submit_backfill(request, intake, answer))
            return false;
    } else {
        enum status status = intake->replies != NULL ? submit_now(request, intake) : STATUS_NO_MEMORY;
        if (status != STATUS_OK) {
            server_refuse(request, answer, status);
            return false;
        }
    }
    for (uint32_t i = 0; i < intake->count && !intake->is_rehearsal; i++)
        atomic_fetch_add_explicit(&request_tenant(request)->outcomes[intake->replies[i].outcome], 1,
                                  memory_order_relaxed);
    return true;
}
