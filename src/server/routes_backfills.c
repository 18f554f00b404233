/* SPDX-License-Identifier: Apache-2.0
 *
 * Older events under a name: tried out, brought in, listed, taken back. */
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "server/body.h"
#include "server/command.h"
#include "server/intake.h"
#include "server/once.h"
#include "server/read.h"

static enum status unknown(const struct http_request *request, struct http_answer *answer) {
    http_problem(request, answer, 404, "unknown-backfill", "there is no such backfill.");
    return STATUS_OK;
}

/* False: there is none of this name. */
static bool backfill_write(const struct http_request *request, struct json_writer *writer) {
    struct live *live = request_live(request);
    struct backfill_view view;
    bool is_known = engine_backfill_find(live_state(live), request->params[0], &view);
    if (is_known)
        view_backfill_json(&view, writer);
    live_state_end(live);
    return is_known;
}

enum status backfill_show(void *context, const struct http_request *request, struct http_answer *answer) {
    struct json_writer writer = {.out = &answer->body};
    (void)context;
    if (!backfill_write(request, &writer))
        return unknown(request, answer);
    return answer->body.failed ? STATUS_NO_MEMORY : STATUS_OK;
}

enum status backfill_list(void *context, const struct http_request *request, struct http_answer *answer) {
    struct live *live = request_live(request);
    struct listing listing;
    uint64_t first = 0;
    (void)context;
    if (!listing_begin(request, answer, &listing))
        return STATUS_OK;
    if (listing.page.after.ptr != NULL && !slice_number(listing.page.after, UINT32_MAX, &first))
        return STATUS_INVALID; /* listing_begin lets only cursors of this list pass */
    first += listing.page.after.ptr != NULL;
    const struct engine *engine = live_state(live);
    for (uint32_t i = (uint32_t)first; i < engine_backfill_count(engine); i++) {
        struct backfill_view view = engine_backfill_view(engine, i);
        if (!listing_take(&listing, arena_printf(request->arena, "%u", i)))
            break;
        view_backfill_json(&view, &listing.writer);
    }
    live_state_end(live);
    return listing_end(&listing);
}

/* ---- trying it out ---- */

static void count_json(struct json_writer *writer, const char *key, uint64_t count) {
    json_key(writer, key);
    json_uint(writer, count);
}

static void preview_look(void *context, const struct live_fill *fill) {
    struct json_writer *writer = context;
    json_object(writer);
    json_key(writer, "dry_run");
    json_bool(writer, true);
    count_json(writer, "documents", fill->intake.lines);
    count_json(writer, "known", fill->intake.duplicates);
    count_json(writer, "elsewhere", fill->intake.elsewhere);
    count_json(writer, "refused", fill->refused);
    json_key(writer, "changes");
    json_array(writer);
    for (uint32_t i = 0; i < fill->changes.count; i++)
        view_usage_change_json(&fill->changes.list[i], writer);
    json_array_end(writer);
    json_object_end(writer);
}

/* The journal is read from files: the documents become one, in memory. */
static enum status file_make(const struct server_intake *intake, int *ret_file) {
    int file = memfd_create("backfill", MFD_CLOEXEC);
    bool is_written = file >= 0;
    for (uint32_t i = 0; i < intake->count && is_written; i++) {
        struct slice rest = intake->documents[i];
        while (rest.len > 0 && is_written) {
            ssize_t done = write(file, rest.ptr, rest.len);
            is_written = done > 0;
            if (is_written)
                rest = (struct slice){rest.ptr + done, rest.len - (size_t)done};
        }
        is_written = is_written && write(file, "\n", 1) == 1;
    }
    if (!is_written && file >= 0)
        (void)close(file);
    *ret_file = file;
    return is_written ? STATUS_OK : STATUS_NO_MEMORY;
}

static enum status preview(struct server *server, const struct http_request *request,
                           const struct server_intake *intake, struct http_answer *answer) {
    struct json_writer writer = {.out = &answer->body};
    char path[32];
    int file;
    if (!read_replay_begin(server, request, answer))
        return STATUS_OK;
    enum status status = file_make(intake, &file);
    if (status == STATUS_OK) {
        (void)snprintf(path, sizeof path, "/proc/self/fd/%d", file);
        status = live_backfill_preview(request_live(request), path, (struct live_fill_look){preview_look, &writer});
        (void)close(file);
    }
    read_replay_end(server);
    return status == STATUS_OK && answer->body.failed ? STATUS_NO_MEMORY : status;
}

/* ---- bringing it in ---- */

struct adding {
    struct server *server;
    struct server_intake intake;
};

static enum status add_once(void *context, struct once *once) {
    struct adding *adding = context;
    const struct http_request *request = once->request;
    struct json_writer writer = {.out = &once->answer->body};
    if (!server_submit(adding->server, request, &adding->intake, once->answer))
        return STATUS_OK;
    json_object(&writer);
    json_key(&writer, "dry_run");
    json_bool(&writer, false);
    json_key(&writer, "backfill");
    if (!backfill_write(request, &writer))
        json_null(&writer); /* nothing in it was new */
    intake_counts_json(&adding->intake, &writer);
    intake_replies_json(&adding->intake, &writer);
    json_object_end(&writer);
    return once->answer->body.failed ? STATUS_NO_MEMORY : STATUS_OK;
}

enum status backfill_add(void *context, const struct http_request *request, struct http_answer *answer) {
    struct adding adding = {.server = context, .intake = {.backfill = request->params[0], .is_ingest = true}};
    struct once_task task = {.function = add_once, .context = &adding};
    bool is_preview;
    if (!command_flag(request, answer, "dry_run", &is_preview) || !intake_read(request, &adding.intake, answer))
        return STATUS_OK;
    return is_preview ? preview(context, request, &adding.intake, answer) : once_run(request, answer, &task);
}

/* ---- taking it back ---- */

static enum status refuse(const struct once *once, enum status status, struct slice error) {
    if (error.len == 0)
        server_refuse(once->request, once->answer, status);
    else
        http_problem(once->request, once->answer, status == STATUS_NOT_FOUND ? 404 : 409,
                     status == STATUS_NOT_FOUND ? "unknown-backfill" : "refused", "nothing is reverted: " SLICE_FMT ".",
                     SLICE_ARG(error));
    return STATUS_OK;
}

/* A request that comes again finds it reverted. */
static bool is_done(const struct once *once) {
    struct live *live = request_live(once->request);
    struct backfill_view view;
    bool is_reverted = engine_backfill_find(live_state(live), once->request->params[0], &view) && view.is_reverted;
    live_state_end(live);
    return once->is_again && is_reverted;
}

static enum status revert_once(void *context, struct once *once) {
    const struct http_request *request = once->request;
    struct slice error = {0};
    struct body body;
    enum status is_read;
    bool is_good = body_read(request, once->answer, "", &body, &is_read);
    body_free(&body);
    if (!is_good)
        return is_read;
    if (is_done(once))
        return backfill_show(context, request, once->answer);
    if (!read_replay_begin(context, request, once->answer))
        return STATUS_OK;
    enum status status = live_backfill_revert(request_live(request), request->params[0], request->arena, &error);
    read_replay_end(context);
    return status == STATUS_OK ? backfill_show(context, request, once->answer) : refuse(once, status, error);
}

enum status backfill_revert(void *context, const struct http_request *request, struct http_answer *answer) {
    struct once_task task = {.function = revert_once, .context = context};
    return once_run(request, answer, &task);
}
