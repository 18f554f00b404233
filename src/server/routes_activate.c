/* SPDX-License-Identifier: Apache-2.0
 *
 * POST /v1/tariffs/drafts/{draft}/activate: a draft that was checked holds from now on, and everything is rated again
 * under it. Where two persons are needed, it is proposed, and done when another one approves it. */
#include "engine/snapshot.h"
#include "server/approvals.h"
#include "server/body.h"
#include "server/drafts.h"
#include "server/server_private.h"

/* What is to hold, and what came of it. */
struct activation {
    struct live *live;
    struct arena *arena;
    struct draft draft;
    const char *refusal; /* code of a problem; NULL: it holds */
    struct slice reason;
    bool is_same; /* it held already */
};

static bool is_same(const struct tariff_set *a, const struct tariff_set *b) {
    uint8_t left[16], right[16];
    tariff_set_fingerprint(a, left);
    tariff_set_fingerprint(b, right);
    return memcmp(left, right, sizeof left) == 0;
}

static void refuse(struct activation *activation, const char *code, struct slice reason) {
    activation->refusal = code;
    activation->reason = reason.len > 0 ? reason : SLICE("it cannot hold");
}

static enum status candidate_activate(struct activation *activation, const struct candidate *candidate) {
    struct slice error = {0};
    if (!candidate->is_good) {
        refuse(activation, "draft-has-mistakes",
               arena_printf(activation->arena, "the draft has %u mistakes; its check tells where they are",
                            candidate->diags.error_count));
        return STATUS_OK;
    }
    activation->is_same = is_same(&candidate->tariffs, live_tariffs(activation->live));
    if (activation->is_same)
        return STATUS_OK;
    enum status status =
        live_reload(activation->live, candidate->path.ptr, candidate->base_dir, activation->arena, &error);
    if (status != STATUS_CONFLICT && status != STATUS_INVALID && status != STATUS_RANGE)
        return status;
    refuse(activation, "draft-refused", error);
    return STATUS_OK;
}

/* The draft must be the one that was looked at. */
static enum status activate(struct activation *activation, struct slice name, struct slice digest) {
    struct candidate candidate;
    struct slice error = {0};
    enum status status =
        draft_get(book_store(live_book(activation->live)), name, activation->arena, &activation->draft);
    if (status == STATUS_NOT_FOUND) {
        refuse(activation, "unknown-draft", SLICE("there is no such draft any more"));
        return STATUS_OK;
    }
    TRY(status);
    if (!slice_is(digest, activation->draft.digest)) {
        refuse(activation, "draft-changed", SLICE("the draft was changed since it was looked at; check it again"));
        return STATUS_OK;
    }
    TRY(candidate_make(activation->live, &activation->draft, activation->arena, &candidate, &error));
    status = candidate_activate(activation, &candidate);
    candidate_drop(&candidate);
    return status;
}

static enum status refuse_storage(const struct http_request *request, struct http_answer *answer) {
    http_problem(request, answer, 503, "storage",
                 "nothing was done: it could not be written, the disk may be full. Try again later.");
    http_field(answer, "Retry-After", SLICE("30"));
    return STATUS_OK;
}

bool approval_tariffs(struct approval_run *run) {
    struct activation activation = {.live = request_live(run->request), .arena = run->request->arena};
    struct slice name, digest = SLICE("");
    (void)slice_cut(run->approval->body, ' ', &name, &digest);
    enum status status = activate(&activation, name, digest);
    if (status != STATUS_OK) {
        (void)(refuse_storage(run->request, run->answer) == STATUS_OK);
        return false;
    }
    run->is_failed = activation.refusal != NULL;
    run->result = run->is_failed ? activation.reason
                                 : arena_printf(run->request->arena, "set %u holds", draft_set_number(activation.live));
    return true;
}

static enum status propose(const struct once *once, struct slice digest) {
    const struct http_request *request = once->request;
    struct proposal proposal = {.action = SLICE("tariff_activate"), .object = request->path};
    proposal.summary =
        arena_printf(request->arena, "let the draft " SLICE_FMT " of tariffs hold", SLICE_ARG(request->params[0]));
    proposal.body =
        arena_printf(request->arena, SLICE_FMT " " SLICE_FMT, SLICE_ARG(request->params[0]), SLICE_ARG(digest));
    if (!proposal.summary.ptr || !proposal.body.ptr)
        return STATUS_NO_MEMORY;
    (void)server_propose(once, &proposal);
    return STATUS_OK;
}

/* A request that comes again finds that the draft holds: by its own doing, when another set held at first. */
static bool is_changed(const struct once *once, const struct activation *activation) {
    uint64_t number = 0;
    bool is_known = once->is_again && slice_number(once->mark, UINT32_MAX, &number);
    return !activation->is_same || (is_known && number != draft_set_number(activation->live));
}

static enum status done(const struct once *once, const struct activation *activation) {
    const struct http_request *request = once->request;
    struct http_answer *answer = once->answer;
    struct json_writer writer = {.out = &answer->body};
    if (activation->refusal) {
        uint16_t status = strcmp(activation->refusal, "unknown-draft") == 0 ? 404 : 409;
        http_problem(request, answer, status, activation->refusal, SLICE_FMT ".", SLICE_ARG(activation->reason));
        return STATUS_OK;
    }
    json_object(&writer);
    json_member(&writer, "draft", activation->draft.name);
    json_member(&writer, "digest", slice_of(activation->draft.digest));
    json_key(&writer, "set");
    json_uint(&writer, draft_set_number(activation->live));
    json_key(&writer, "changed");
    json_bool(&writer, is_changed(once, activation));
    json_key(&writer, "position");
    json_uint(&writer, live_seq(activation->live));
    json_object_end(&writer);
    return answer->body.failed ? STATUS_NO_MEMORY : STATUS_OK;
}

static enum status run(const struct once *once, struct slice digest) {
    const struct http_request *request = once->request;
    struct activation activation = {.live = request_live(request), .arena = request->arena};
    struct draft draft;
    struct store *store = book_store(live_book(activation.live));
    enum status status = draft_get(store, request->params[0], request->arena, &draft);
    bool is_known = status == STATUS_OK && slice_is(digest, draft.digest);
    if (is_known && access_needs_two(request_tenant(request)->access, live_now(activation.live)))
        return propose(once, digest);
    status = activate(&activation, request->params[0], digest);
    if (status == STATUS_IO)
        return refuse_storage(request, once->answer);
    TRY(status);
    return done(once, &activation);
}

static enum status draft_activate_once(void *context, struct once *once) {
    (void)context;
    struct body body;
    struct slice digest = {0};
    enum status status;
    if (body_read(once->request, once->answer, "digest", &body, &status) && body_text(&body, "digest", true, &digest))
        status = run(once, digest);
    body_free(&body);
    return status;
}

enum status draft_activate(void *context, const struct http_request *request, struct http_answer *answer) {
    struct once_task task = {.function = draft_activate_once, .context = context};
    task.mark = arena_printf(request->arena, "%u", draft_set_number(request_live(request)));
    return task.mark.ptr ? once_run(request, answer, &task) : STATUS_NO_MEMORY;
}
