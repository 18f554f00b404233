/* SPDX-License-Identifier: Apache-2.0
 *
 * /v1/approvals: what waits for a second person; /v1/settings/two-persons: when one is needed. */
#include "server/approvals.h"
#include "server/body.h"
#include "server/read.h"

static const struct {
    const char *action;
    approval_function *function;
} acts[] = {
#define APPROVAL(action, function) {#action, function},
#include "server/approvals.def"
#undef APPROVAL
};

static enum status written(const struct http_answer *answer) {
    return answer->body.failed ? STATUS_NO_MEMORY : STATUS_OK;
}

static enum status refuse_storage(const struct http_request *request, struct http_answer *answer) {
    http_problem(request, answer, 503, "storage", "it could not be written: the disk may be full. Try again later.");
    http_field(answer, "Retry-After", SLICE("30"));
    return STATUS_OK;
}

static enum status show(const struct approval *approval, struct http_answer *answer) {
    struct json_writer writer = {.out = &answer->body};
    approval_json(approval, &writer);
    return written(answer);
}

/* ---- proposing ---- */

bool server_propose(const struct once *once, struct proposal *proposal) {
    const struct http_request *request = once->request;
    struct http_answer *answer = once->answer;
    const struct actor *actor = request_actor(request);
    struct approval approval;
    proposal->by = actor->key_id;
    proposal->request = once->id;
    proposal->now_ns = once->at_ns;
    enum status status = approval_propose(actor->tenant->access, proposal, request->arena, &approval);
    if (status == STATUS_RANGE) {
        http_problem(request, answer, 413, "too-large", "what is proposed is larger than %zu bytes.",
                     APPROVAL_BODY_MAX);
        return false;
    }
    if (status != STATUS_OK) {
        (void)(refuse_storage(request, answer) == STATUS_OK);
        return false;
    }
    struct json_writer writer = {.out = &answer->body};
    answer->status = 202;
    http_field(answer, "Location", arena_printf(request->arena, "/v1/approvals/" SLICE_FMT, SLICE_ARG(approval.id)));
    json_object(&writer);
    json_key(&writer, "approval");
    approval_json(&approval, &writer);
    json_object_end(&writer);
    return true;
}

/* ---- looking ---- */

static enum status unknown(const struct http_request *request, struct http_answer *answer) {
    http_problem(request, answer, 404, "unknown-approval", "there is no such proposal.");
    return STATUS_OK;
}

enum status approval_get(void *context, const struct http_request *request, struct http_answer *answer) {
    struct approval approval;
    (void)context;
    enum status status = approval_find(request_tenant(request)->access, request->params[0],
                                       live_now(request_live(request)), request->arena, &approval);
    if (status == STATUS_NOT_FOUND)
        return unknown(request, answer);
    TRY(status);
    return show(&approval, answer);
}

enum status approvals_get(void *context, const struct http_request *request, struct http_answer *answer) {
    struct access *access = request_tenant(request)->access;
    struct listing listing;
    struct slice *ids;
    uint32_t count;
    (void)context;
    if (!listing_begin(request, answer, &listing))
        return STATUS_OK;
    struct slice after = listing.page.after.ptr != NULL ? listing.page.after : SLICE("");
    TRY(approval_list(access, after, request->arena, &ids, &count));
    for (uint32_t i = 0; i < count && listing_take(&listing, ids[i]); i++) {
        struct approval approval;
        TRY(approval_find(access, ids[i], live_now(request_live(request)), request->arena, &approval));
        approval_json(&approval, &listing.writer);
    }
    return listing_end(&listing);
}

/* ---- deciding ---- */

static enum status refuse(const struct http_request *request, const struct decision *decision, enum status status,
                          struct http_answer *answer) {
    struct access *access = request_tenant(request)->access;
    struct approval approval;
    if (status == STATUS_NOT_FOUND)
        return unknown(request, answer);
    if (status == STATUS_IO)
        return refuse_storage(request, answer);
    if (status != STATUS_CONFLICT && status != STATUS_INVALID)
        return status;
    TRY(approval_find(access, decision->id, decision->now_ns, request->arena, &approval));
    const char *wrong = decision_wrong(access, &approval, decision);
    if (status == STATUS_INVALID)
        http_problem(request, answer, 403, "second-person", "%s.", wrong != NULL ? wrong : "another one must decide");
    else
        http_problem(request, answer, 409, "decided", "it is %s already.", approval_state_name(approval.state));
    return STATUS_OK;
}

static approval_function *function_of(struct slice action) {
    for (size_t i = 0; i < sizeof acts / sizeof *acts; i++)
        if (slice_is(action, acts[i].action))
            return acts[i].function;
    return NULL;
}

static enum status carry_out(struct approval_run *run, struct approval *approval) {
    approval_function *function = function_of(approval->action);
    struct access *access = request_tenant(run->request)->access;
    if (function == NULL) { /* of a later version that was taken back */
        run->is_failed = true;
        run->result = SLICE("this version does not know how to do it");
    } else if (!function(run)) {
        return STATUS_OK;
    }
    approval->state = run->is_failed ? APPROVAL_FAILED : APPROVAL_DONE;
    approval->result = run->result;
    enum status status = approval_finish(access, approval, approval->state, run->result, run->request->arena);
    if (status == STATUS_IO)
        return refuse_storage(run->request, run->answer);
    TRY(status);
    return show(approval, run->answer);
}

static struct decision decision_of(const struct http_request *request, bool is_approved) {
    return (struct decision){request->params[0], request_actor(request)->key_id, is_approved,
                             live_now(request_live(request))};
}

/* What a request that comes again has decided before, and saw done. */
static bool is_decided(const struct once *once, const struct decision *decision, struct approval *approval) {
    return once->is_again &&
           approval_find(request_tenant(once->request)->access, decision->id, decision->now_ns, once->request->arena,
                         approval) == STATUS_OK &&
           slice_eq(approval->decided_by, decision->by) && approval->state != APPROVAL_APPROVED &&
           decision->is_approved == (approval->state != APPROVAL_REJECTED);
}

static enum status approve_once(void *context, struct once *once) {
    const struct http_request *request = once->request;
    struct approval approval;
    struct decision decision = decision_of(request, true);
    if (is_decided(once, &decision, &approval))
        return show(&approval, once->answer);
    enum status status = approval_decide(request_tenant(request)->access, &decision, request->arena, &approval);
    if (status != STATUS_OK)
        return refuse(request, &decision, status, once->answer);
    struct approval_run run = {
        .server = context, .request = request, .approval = &approval, .answer = once->answer, .result = SLICE("")};
    return carry_out(&run, &approval);
}

enum status approval_approve(void *context, const struct http_request *request, struct http_answer *answer) {
    struct once_task task = {.function = approve_once, .context = context};
    return once_run(request, answer, &task);
}

/* Who cannot approve may still take back what is its own. */
static enum status reject_once(void *context, struct once *once) {
    const struct http_request *request = once->request;
    struct access *access = request_tenant(request)->access;
    struct approval approval;
    struct decision decision = decision_of(request, false);
    (void)context;
    if (is_decided(once, &decision, &approval))
        return show(&approval, once->answer);
    enum status status = approval_find(access, decision.id, decision.now_ns, request->arena, &approval);
    bool is_own = status == STATUS_OK && slice_eq(approval.by, decision.by);
    if (status == STATUS_OK && !is_own && (request_actor(request)->roles & ROLE_APPROVE) == 0)
        return unknown(request, once->answer);
    if (status == STATUS_OK)
        status = approval_decide(access, &decision, request->arena, &approval);
    return status == STATUS_OK ? show(&approval, once->answer) : refuse(request, &decision, status, once->answer);
}

enum status approval_reject(void *context, const struct http_request *request, struct http_answer *answer) {
    struct once_task task = {.function = reject_once, .context = context};
    return once_run(request, answer, &task);
}

/* ---- a command that was written when it was proposed ---- */

bool approval_command(struct approval_run *run) {
    struct slice body = run->approval->body;
    char *document = arena_alloc(run->request->arena, body.len + HTTP_BODY_PADDING);
    struct reply reply = {0};
    struct server_intake intake = {.count = 1, .replies = &reply};
    if (document == NULL) {
        http_problem(run->request, run->answer, 503, "no-memory", "there is no memory for this now; approve it again.");
        return false;
    }
    memcpy(document, body.ptr, body.len);
    struct slice text = {document, body.len};
    intake.documents = &text;
    if (!server_submit(run->server, run->request, &intake, run->answer))
        return false;
    run->is_failed = reply.outcome != OUTCOME_ACCEPTED && reply.outcome != OUTCOME_DUPLICATE;
    struct slice reason = reply.reason.len > 0 ? reply.reason : slice_of(outcome_name(reply.outcome));
    run->result = arena_copy(run->request->arena, reason);
    return true;
}

/* ---- the rule itself: when it is in force, changing it needs two ---- */

static void rule_json(const struct access_rule *rule, bool is_in_force, struct json_writer *writer) {
    char limit[DECIMAL_TEXT_MAX];
    size_t len = decimal_format(rule->refund_limit, limit);
    json_object(writer);
    json_member(writer, "mode", slice_of(rule_mode_name(rule->mode)));
    json_member(writer, "refund_limit", (struct slice){limit, len});
    json_key(writer, "in_force");
    json_bool(writer, is_in_force);
    json_object_end(writer);
}

enum status rule_get(void *context, const struct http_request *request, struct http_answer *answer) {
    struct access *access = request_tenant(request)->access;
    struct access_rule rule = access_rule(access);
    struct json_writer writer = {.out = &answer->body};
    (void)context;
    rule_json(&rule, access_needs_two(access, live_now(request_live(request))), &writer);
    return written(answer);
}

/* "MODE LIMIT", as a proposal keeps it. */
static struct slice rule_text(const struct access_rule *rule, struct arena *arena) {
    char limit[DECIMAL_TEXT_MAX];
    (void)decimal_format(rule->refund_limit, limit);
    return arena_printf(arena, "%s %s", rule_mode_name(rule->mode), limit);
}

bool approval_rule(struct approval_run *run) {
    struct slice mode, limit = SLICE("");
    struct access_rule rule;
    bool is_good = slice_cut(run->approval->body, ' ', &mode, &limit) && rule_mode_parse(mode, &rule.mode) &&
                   decimal_parse(limit, &rule.refund_limit, NULL) == STATUS_OK;
    if (is_good && access_rule_set(request_tenant(run->request)->access, &rule) != STATUS_OK) {
        (void)(refuse_storage(run->request, run->answer) == STATUS_OK);
        return false;
    }
    run->is_failed = !is_good;
    run->result = is_good ? SLICE("changed") : SLICE("it is no rule");
    return true;
}

static bool rule_read(const struct body *body, struct access_rule *rule) {
    struct slice mode, limit = {0};
    if (!body_text(body, "mode", true, &mode) || !body_text(body, "refund_limit", false, &limit))
        return false;
    if (!rule_mode_parse(mode, &rule->mode)) {
        body_wrong(body, "mode", "\"mode\" is one of auto, on, off.");
        return false;
    }
    if (limit.ptr != NULL &&
        (decimal_parse(limit, &rule->refund_limit, NULL) != STATUS_OK || rule->refund_limit.pico < 0)) {
        body_wrong(body, "refund_limit", "\"refund_limit\" must be a decimal text that is not negative, like \"100\".");
        return false;
    }
    return true;
}

static enum status rule_change(void *context, const struct once *once, const struct access_rule *rule) {
    const struct http_request *request = once->request;
    struct http_answer *answer = once->answer;
    struct access *access = request_tenant(request)->access;
    if (!access_needs_two(access, live_now(request_live(request)))) {
        enum status status = access_rule_set(access, rule);
        return status == STATUS_IO   ? refuse_storage(request, answer)
               : status == STATUS_OK ? rule_get(context, request, answer)
                                     : status;
    }
    struct proposal proposal = {
        .action = SLICE("rule_change"), .object = request->path, .body = rule_text(rule, request->arena)};
    proposal.summary =
        arena_printf(request->arena, "two persons: the rule becomes " SLICE_FMT, SLICE_ARG(proposal.body));
    if (proposal.body.ptr == NULL || proposal.summary.ptr == NULL)
        return STATUS_NO_MEMORY;
    (void)server_propose(once, &proposal);
    return STATUS_OK;
}

static enum status rule_put_once(void *context, struct once *once) {
    struct access_rule rule = access_rule(request_tenant(once->request)->access);
    struct body body;
    enum status status;
    if (body_read(once->request, once->answer, "mode refund_limit", &body, &status) && rule_read(&body, &rule))
        status = rule_change(context, once, &rule);
    body_free(&body);
    return status;
}

enum status rule_put(void *context, const struct http_request *request, struct http_answer *answer) {
    struct once_task task = {.function = rule_put_once, .context = context};
    return once_run(request, answer, &task);
}
