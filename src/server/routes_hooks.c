/* SPDX-License-Identifier: Apache-2.0
 *
 * Webhooks: endpoints that are told what the engine tells. What the bodies mean is in src/hook. */
#include "hook/hooks.h"
#include "server/answers.h"
#include "server/lists.h"
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

static enum status run(const struct http_request *request, struct http_answer *answer, hook_function *function,
                       uint16_t status) {
    struct hook_call call = call_of(request, answer);
    answer->status = status;
    return answered(request, answer, function(request_tenant(request)->hooks, request->params[0], &call), &call);
}

enum status webhook_create(void *context, const struct http_request *request, struct http_answer *answer) {
    struct hook_call call = call_of(request, answer);
    struct slice key = http_header(request, "Idempotency-Key");
    (void)context;
    if (key.ptr != NULL && !answers_key_read(key, request->arena, &call.key)) {
        http_problem(request, answer, 400, "invalid-idempotency-key",
                     "Idempotency-Key is a text of 1 to %d visible characters.", ANSWERS_KEY_MAX);
        return STATUS_OK;
    }
    answer->status = 201;
    return answered(request, answer, hooks_create(request_tenant(request)->hooks, &call), &call);
}

enum status webhook_show(void *context, const struct http_request *request, struct http_answer *answer) {
    (void)context;
    return run(request, answer, hooks_show, 200);
}

enum status webhook_change(void *context, const struct http_request *request, struct http_answer *answer) {
    (void)context;
    return run(request, answer, hooks_change, 200);
}

enum status webhook_remove(void *context, const struct http_request *request, struct http_answer *answer) {
    (void)context;
    return run(request, answer, hooks_remove, 204);
}

enum status webhook_rotate(void *context, const struct http_request *request, struct http_answer *answer) {
    (void)context;
    return run(request, answer, hooks_rotate, 200);
}

enum status webhook_test(void *context, const struct http_request *request, struct http_answer *answer) {
    (void)context;
    return run(request, answer, hooks_test, 202);
}

enum status webhook_replay(void *context, const struct http_request *request, struct http_answer *answer) {
    (void)context;
    return run(request, answer, hooks_replay, 202);
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
