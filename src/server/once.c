/* SPDX-License-Identifier: Apache-2.0
 *
 * A key is looked up, the request is written down, done, and its answer written down. */
#include "server/once.h"

#include "server/command.h"
#include "server/server_private.h"

struct run {
    struct once once;
    struct answers_request asked;
    struct answers_record record;
    const struct once_task *task;
};

void once_refuse_secret(const struct once *once, struct slice secret_of) {
    http_problem(once->request, once->answer, 409, "secret-shown",
                 "this was done before, and its secret is shown only once: see " SLICE_FMT
                 ". If nobody has the secret, rotate it there.",
                 SLICE_ARG(secret_of));
    http_field(once->answer, "Location", secret_of);
}

static enum status replay(struct run *run) {
    struct http_answer *answer = run->once.answer;
    if (run->record.secret_of.len > 0) {
        once_refuse_secret(&run->once, run->record.secret_of);
    } else {
        answer->status = run->record.status;
        answer->media_type = run->record.is_problem ? "application/problem+json" : NULL;
        buf_append(&answer->body, run->record.body);
    }
    http_field(answer, "Idempotent-Replayed", SLICE("true"));
    return answer->body.failed ? STATUS_NO_MEMORY : STATUS_OK;
}

static enum status begin(struct run *run) {
    const struct http_request *request = run->once.request;
    run->record = (struct answers_record){.at_ns = live_now(request_live(request)), .mark = run->task->mark};
    TRY(command_random_id(request->arena, &run->record.id));
    return run->once.has_key ? answers_keep(request_tenant(request)->answers, &run->asked, &run->record) : STATUS_OK;
}

/* Nothing was done: the request may come again, and be another one. */
static bool is_free(uint16_t status) {
    return status == 400 || status == 404 || status == 413 || status == 415 || status == 422;
}

/* What cannot be written down at the end is done again by whoever repeats the request. */
static enum status end(struct run *run) {
    struct answers *answers = request_tenant(run->once.request)->answers;
    const struct http_answer *answer = run->once.answer;
    uint16_t code = answer->status ? answer->status : 200;
    enum status status;
    if (code >= 500)
        return STATUS_OK;
    if (is_free(code)) {
        status = answers_forget(answers, &run->asked);
    } else {
        run->record.status = code;
        run->record.is_problem = answer->media_type != NULL;
        run->record.secret_of = run->once.secret_of;
        run->record.body = run->once.secret_of.len > 0 ? SLICE("") : buf_slice(&answer->body);
        status = answers_keep(answers, &run->asked, &run->record);
    }
    return status == STATUS_IO ? STATUS_OK : status;
}

static enum status act(struct run *run) {
    run->once.id = run->record.id;
    run->once.at_ns = run->record.at_ns;
    run->once.mark = run->record.mark;
    return run->task->function(run->task->context, &run->once);
}

/* The key is ours. */
static enum status act_kept(struct run *run, bool is_begun) {
    run->once.is_again = is_begun;
    enum status status = is_begun ? STATUS_OK : begin(run);
    if (status == STATUS_IO && run->task->rule != ONCE_ANYHOW) {
        http_problem(run->once.request, run->once.answer, 503, "storage",
                     "nothing could be written: the disk may be full. Nothing was done. Try again later.");
        http_field(run->once.answer, "Retry-After", SLICE("30"));
        return STATUS_OK;
    }
    if (status != STATUS_IO)
        TRY(status);
    TRY(act(run));
    return run->once.answer->body.failed ? STATUS_NO_MEMORY : end(run);
}

static enum status run_with_key(struct run *run) {
    const struct http_request *request = run->once.request;
    struct answers *answers = request_tenant(request)->answers;
    const struct slice parts[] = {slice_of(server_method_name(request->method)), request->path, request->body};
    enum answers_found found;
    enum status status = STATUS_OK;
    run->asked.actor = request_actor(request)->key_id;
    answers_hash(parts, sizeof parts / sizeof *parts, run->asked.hash);
    TRY(answers_enter(answers, &run->asked, live_now(request_live(request)), request->arena, &found, &run->record));
    switch (found) {
    case ANSWERS_NEW:
    case ANSWERS_BEGUN:
        status = act_kept(run, found == ANSWERS_BEGUN);
        answers_leave(answers, &run->asked);
        break;
    case ANSWERS_KEPT:
        return replay(run);
    case ANSWERS_OTHER:
        http_problem(request, run->once.answer, 422, "idempotency-key-reused",
                     "this Idempotency-Key was used for another request; give every request a key of its own.");
        break;
    case ANSWERS_RUNNING:
        http_problem(request, run->once.answer, 409, "idempotency-key-running",
                     "the same request is being answered just now; repeat it to get that answer.");
        http_field(run->once.answer, "Retry-After", SLICE("1"));
        break;
    }
    return status;
}

enum status once_run(const struct http_request *request, struct http_answer *answer, const struct once_task *task) {
    struct slice header = http_header(request, "Idempotency-Key");
    struct run run = {.once = {.request = request, .answer = answer, .has_key = header.ptr != NULL}, .task = task};
    if (!run.once.has_key && task->rule != ONCE_KEYED) {
        TRY(begin(&run));
        return act(&run);
    }
    if (run.once.has_key && answers_key_read(header, request->arena, &run.asked.key))
        return run_with_key(&run);
    http_problem(request, answer, 400, run.once.has_key ? "invalid-idempotency-key" : "idempotency-key-missing",
                 "send Idempotency-Key: a text of 1 to %d characters that no other request has; repeat it when you "
                 "repeat the request.",
                 ANSWERS_KEY_MAX);
    return STATUS_OK;
}

struct handled {
    http_handler *handler;
    void *context;
};

static enum status handle(void *context, struct once *once) {
    const struct handled *handled = context;
    return handled->handler(handled->context, once->request, once->answer);
}

enum status once_handle(const struct http_request *request, struct http_answer *answer, http_handler *handler,
                        void *context) {
    struct handled handled = {handler, context};
    struct once_task task = {.function = handle, .context = &handled};
    return once_run(request, answer, &task);
}
