/* SPDX-License-Identifier: Apache-2.0
 *
 * Webhooks: endpoints that are told what the engine tells. What the bodies mean is in src/hook. */
#include "hook/hooks.h"
#include "server/lists.h"
#include "server/once.h"
#include "server/server_private.h"

static struct hook_call call_of(const struct http_request *request, struct http_answer *answer) {
    return (struct hook_call){.body = request->body, .arena = request->arena, .out = &answer->body};
}

static void refuse(const struct http_request *request, struct http_answer *answer, uint16_t status, const char *code,
                   const struct hook_call *call) {
    http_problem(request, answer, status, code, SLICE_FMT, SLICE_ARG(call->detail));
    if (call->pointer.len > 0)
        http_problem_at(request, answer, call->pointer, SLICE_FMT, SLICE_ARG(call->detail));
}

static void refuse_storage(const struct http_request *request, struct http_answer *answer) {
    http_problem(request, answer, 503, "storage", "it could not be written: the disk may be full. Try again later.");
    http_field(answer, "Retry-After", SLICE("30"));
}

/* The answer to a call that came to this. */
static enum status answered(const struct http_request *request, struct http_answer *answer, enum status status,
                            const struct hook_call *call) {
    if (status == STATUS_INVALID && call->detail.len > 0)
        refuse(request, answer, 422, "invalid-webhook", call);
    else if (status == STATUS_NOT_FOUND && call->detail.len > 0)
        refuse(request, answer, 404, "unknown-webhook", call);
    else if ((status == STATUS_CONFLICT || status == STATUS_RANGE) && call->detail.len > 0)
        refuse(request, answer, 409, status == STATUS_RANGE ? "too-many-webhooks" : "conflict", call);
    else if (status == STATUS_IO)
        refuse_storage(request, answer);
    else
        return status;
    return STATUS_OK;
}

typedef enum status hook_function(struct hooks *hooks, struct slice id, struct hook_call *call);

static enum status create(struct hooks *hooks, struct slice id, struct hook_call *call) {
    (void)id;
    return hooks_create(hooks, call);
}

/* A change, and the status of its answer. */
struct change {
    hook_function *function;
    uint16_t status;
};

static struct slice place_of(const struct once *once, struct slice id) {
    struct slice place = arena_printf(once->request->arena, "/v1/webhooks/" SLICE_FMT, SLICE_ARG(id));
    return place.ptr != NULL ? place : SLICE("/v1/webhooks");
}

static enum status change(void *context, struct once *once) {
    const struct change *change = context;
    const struct http_request *request = once->request;
    struct hook_call call = call_of(request, once->answer);
    call.request = once->id;
    call.is_again = once->is_again;
    call.mark = once->mark;
    once->answer->status = change->status;
    enum status status = change->function(request_tenant(request)->hooks, request->params[0], &call);
    if (call.has_secret || call.is_done)
        once->secret_of = place_of(once, call.id);
    if (!call.is_done)
        return answered(request, once->answer, status, &call);
    once_refuse_secret(once, once->secret_of);
    return STATUS_OK;
}

static enum status run(const struct http_request *request, struct http_answer *answer, struct change what) {
    struct once_task task = {.function = change, .context = &what};
    if (what.function != create)
        TRY(hooks_mark(request_tenant(request)->hooks, request->params[0], request->arena, &task.mark));
    return once_run(request, answer, &task);
}

enum status webhook_create(void *context, const struct http_request *request, struct http_answer *answer) {
    (void)context;
    return run(request, answer, (struct change){create, 201});
}

enum status webhook_show(void *context, const struct http_request *request, struct http_answer *answer) {
    struct hook_call call = call_of(request, answer);
    (void)context;
    return answered(request, answer, hooks_show(request_tenant(request)->hooks, request->params[0], &call), &call);
}

enum status webhook_change(void *context, const struct http_request *request, struct http_answer *answer) {
    (void)context;
    return run(request, answer, (struct change){hooks_change, 200});
}

enum status webhook_remove(void *context, const struct http_request *request, struct http_answer *answer) {
    (void)context;
    return run(request, answer, (struct change){hooks_remove, 204});
}

enum status webhook_rotate(void *context, const struct http_request *request, struct http_answer *answer) {
    (void)context;
    return run(request, answer, (struct change){hooks_rotate, 200});
}

enum status webhook_test(void *context, const struct http_request *request, struct http_answer *answer) {
    (void)context;
    return run(request, answer, (struct change){hooks_test, 202});
}

enum status webhook_replay(void *context, const struct http_request *request, struct http_answer *answer) {
    (void)context;
    return run(request, answer, (struct change){hooks_replay, 202});
}

static bool list_read(const struct http_request *request, struct http_answer *answer, struct hook_call *call) {
    struct list_query query;
    if (!list_query_read(request, answer, &query))
        return false;
    call->limit = query.limit;
    if (query.cursor.len == 0 || slice_number(query.cursor, INT64_MAX, &call->cursor))
        return true;
    (void)!list_cursor_wrong(request, answer);
    return false;
}

enum status webhooks_list(void *context, const struct http_request *request, struct http_answer *answer) {
    struct hook_call call = call_of(request, answer);
    (void)context;
    if (!list_read(request, answer, &call))
        return STATUS_OK;
    return answered(request, answer, hooks_list(request_tenant(request)->hooks, &call), &call);
}

enum status webhook_deliveries(void *context, const struct http_request *request, struct http_answer *answer) {
    struct hook_call call = call_of(request, answer);
    (void)context;
    if (!list_read(request, answer, &call))
        return STATUS_OK;
    return answered(request, answer, hooks_deliveries(request_tenant(request)->hooks, request->params[0], &call),
                    &call);
}
