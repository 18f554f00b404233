/* SPDX-License-Identifier: Apache-2.0
 *
 * POST /v1/admit and GET /v1/auth: may this operation start for this account now? Answered from memory on the thread
 * that read the request; only a hold, which must be durable, goes to a worker. */
#include <sys/random.h>

#include "base/names.h"
#include "export/export.h"
#include "server/admit.h"
#include "server/body.h"

enum { CHECKS_MAX = 100, CALLS_MAX = 1000000, LEASE_SECONDS_MAX = 86400, HOLD_SECONDS_MAX = 30 * 86400 };
#define HOLD_SECONDS 3600

/* ---- reading ---- */

/* One object of the body. */
struct asking {
    const struct http_request *request;
    struct http_answer *answer;
    const char *at; /* JSON Pointer of the object */
    struct check *check;
};

PRINTF(3, 4)
static bool wrong(const struct asking *asking, struct slice member, const char *format, ...) {
    va_list args;
    va_start(args, format);
    struct slice text = arena_vprintf(asking->request->arena, format, args);
    va_end(args);
    if (asking->answer->status == 0)
        http_problem(asking->request, asking->answer, 422, "invalid", "The check cannot be understood.");
    struct slice pointer = arena_printf(asking->request->arena, "%s/" SLICE_FMT, asking->at, SLICE_ARG(member));
    http_problem_at(asking->request, asking->answer, pointer.ptr ? pointer : SLICE(""), SLICE_FMT, SLICE_ARG(text));
    return false;
}

static bool number_read(const struct asking *asking, struct slice member, const struct json_token *value, uint64_t most,
                        uint64_t *ret) {
    if (value->type == JSON_NUMBER && slice_number(body_token_text(value), most, ret) && *ret > 0)
        return true;
    return wrong(asking, member, "A whole number from 1 to %llu.", (unsigned long long)most);
}

static bool text_read(const struct asking *asking, struct slice member, const struct json_token *value,
                      struct slice *ret) {
    if (value->type != JSON_TEXT || value->len == 0)
        return wrong(asking, member, "A text that is not empty.");
    *ret = body_token_text(value);
    return true;
}

enum member { MEMBER_ACCOUNT, MEMBER_TYPE, MEMBER_CALLS, MEMBER_LEASE, MEMBER_HOLD, MEMBER_REHEARSAL, MEMBER_COUNT };
static const struct slice member_names[MEMBER_COUNT] = {{"account", 7},        {"type", 4}, {"calls", 5},
                                                        {"lease_seconds", 13}, {"hold", 4}, {"dry_run", 7}};

static bool member_read(const struct asking *asking, enum member member, const struct json_token *value) {
    struct check *check = asking->check;
    struct slice name = member_names[member];
    uint64_t number = 0;
    switch (member) {
    case MEMBER_ACCOUNT:
        return text_read(asking, name, value, &check->question.account);
    case MEMBER_TYPE:
        return text_read(asking, name, value, &check->question.type);
    case MEMBER_CALLS:
        if (!number_read(asking, name, value, CALLS_MAX, &number))
            return false;
        check->question.calls = (uint32_t)number;
        return true;
    case MEMBER_LEASE:
        if (!number_read(asking, name, value, LEASE_SECONDS_MAX, &number))
            return false;
        check->question.lease_ns = (int64_t)number * NS_PER_SECOND;
        return true;
    case MEMBER_HOLD:
        check->hold = value->type == JSON_OBJECT ? value : NULL;
        return check->hold || wrong(asking, name, "An object; {} sets apart what one call needs.");
    case MEMBER_REHEARSAL:
        check->question.is_rehearsal = value->type == JSON_TRUE;
        return value->type == JSON_TRUE || value->type == JSON_FALSE || wrong(asking, name, "true or false.");
    case MEMBER_COUNT:
        break;
    }
    return false;
}

static bool check_read(const struct asking *asking, const struct json_token *object) {
    uint32_t seen = 0;
    if (object->type != JSON_OBJECT)
        return wrong(asking, (struct slice){"", 0}, "A check is an object.");
    const struct json_token *end = body_token_skip(object) - 1;
    for (const struct json_token *key = object + 1; key < end; key = body_token_skip(key + 1)) {
        struct slice name = body_token_text(key);
        enum member member = 0;
        while (member < MEMBER_COUNT && !slice_eq(member_names[member], name))
            member++;
        if (member == MEMBER_COUNT) {
            struct slice near = names_suggest(name, member_names, MEMBER_COUNT);
            return wrong(asking, name, near.len ? "Unknown. Did you mean \"%.*s\"?" : "Unknown%.*s.", SLICE_ARG(near));
        }
        if (seen & 1U << member)
            return wrong(asking, name, "It comes twice.");
        seen |= 1U << member;
        if (key[1].type != JSON_NULL && !member_read(asking, member, key + 1))
            return false;
    }
    if (!asking->check->question.account.ptr || !asking->check->question.type.ptr)
        return wrong(asking, member_names[asking->check->question.account.ptr ? MEMBER_TYPE : MEMBER_ACCOUNT],
                     "It is missing.");
    return !asking->check->hold || !asking->check->question.lease_ns ||
           wrong(asking, member_names[MEMBER_LEASE], "A hold has its own slot; ask for one of both.");
}

/* ---- asking ---- */

/* Another account than its own is as unknown to a key as one that is not there. */
static bool may_know(const struct http_request *request, struct slice account) {
    struct slice own = request_actor(request)->account;
    return own.len == 0 || slice_eq(own, account);
}

static enum status ask(struct server *server, const struct http_request *request, const struct check *check,
                       struct checked *checked) {
    struct live *live = request_live(request);
    *checked = (struct checked){.lease = {0}};
    if (!may_know(request, check->question.account)) {
        checked->answer.gate.reason = ADMIT_NO_ACCOUNT;
        checked->answer.now_ns = live_now(live);
        return STATUS_OK;
    }
    TRY(live_admit(live, &check->question, &checked->answer));
    if (!checked->answer.gate.lease)
        return STATUS_OK;
    char *text = arena_take(request->arena, LEASE_TEXT);
    if (!text) {
        (void)live_end(live, checked->answer.gate.lease);
        return STATUS_NO_MEMORY;
    }
    lease_write((struct lease_giver){server, request_tenant(request)}, checked->answer.gate.lease, text);
    checked->lease = (struct slice){text, LEASE_TEXT};
    checked->expires_ns = checked->answer.now_ns + check->question.lease_ns;
    return STATUS_OK;
}

static enum status many_answer(struct server *server, const struct http_request *request, const struct json_token *list,
                               struct http_answer *answer) {
    struct check checks[CHECKS_MAX] = {0};
    struct asking asking = {.request = request, .answer = answer};
    const struct json_token *end = body_token_skip(list) - 1;
    uint32_t count = 0;
    for (const struct json_token *value = list + 1; value < end; value = body_token_skip(value), count++) {
        asking.at = arena_printf(request->arena, "/checks/%u", count).ptr;
        asking.check = &checks[count < CHECKS_MAX ? count : 0];
        if (!asking.at || count == CHECKS_MAX) {
            http_problem(request, answer, 422, "too-many", "One request takes %d checks.", CHECKS_MAX);
            return STATUS_OK;
        }
        if (!check_read(&asking, value))
            return STATUS_OK;
        if (checks[count].hold) {
            (void)wrong(&asking, member_names[MEMBER_HOLD], "A hold is asked for alone, not in a list.");
            return STATUS_OK;
        }
    }
    struct json_writer writer = {.out = &answer->body};
    json_object(&writer);
    json_key(&writer, "answers");
    json_array(&writer);
    for (uint32_t i = 0; i < count; i++) {
        struct checked checked;
        TRY(ask(server, request, &checks[i], &checked));
        json_object(&writer);
        json_key(&writer, "status");
        json_uint(&writer, admit_status(&checked));
        admit_members(&checks[i], &checked, &writer);
        json_object_end(&writer);
    }
    json_array_end(&writer);
    json_object_end(&writer);
    return STATUS_OK;
}

/* ---- holds ---- */

struct holding {
    struct slice id;
    int64_t expires_ns;
    const struct json_token *data; /* of the event to come; NULL: none */
};

static bool is_fit(struct slice id) {
    for (size_t i = 0; i < id.len; i++)
        if (!memchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_~", id.ptr[i], 65))
            return false;
    return id.len <= 200;
}

static bool hold_read(const struct asking *asking, struct holding *holding) {
    const struct json_token *object = asking->check->hold, *end = body_token_skip(object) - 1;
    uint64_t seconds = HOLD_SECONDS;
    for (const struct json_token *key = object + 1; key < end; key = body_token_skip(key + 1)) {
        struct slice name = body_token_text(key);
        bool is_read = false;
        if (slice_is(name, "id"))
            is_read = text_read(asking, name, key + 1, &holding->id) &&
                      (is_fit(holding->id) || wrong(asking, name, "Letters, digits, - _ ~; at most 200."));
        else if (slice_is(name, "expires_seconds"))
            is_read = number_read(asking, name, key + 1, HOLD_SECONDS_MAX, &seconds);
        else if (slice_is(name, "data"))
            is_read = key[1].type == JSON_OBJECT || wrong(asking, name, "An object, as the usage event will have it.");
        else
            return wrong(asking, name, "Unknown: a hold has id, expires_seconds, data.");
        if (!is_read)
            return false;
        holding->data = slice_is(name, "data") ? key + 1 : holding->data;
    }
    holding->expires_ns = live_now(request_live(asking->request)) + (int64_t)seconds * NS_PER_SECOND;
    return true;
}

static enum status hold_name(struct arena *arena, struct holding *holding) {
    uint64_t bits[2];
    if (holding->id.len)
        return STATUS_OK;
    if (getrandom(bits, sizeof bits, 0) != (ssize_t)sizeof bits)
        return STATUS_IO;
    holding->id =
        arena_printf(arena, "h-%016llx%08llx", (unsigned long long)bits[0], (unsigned long long)(bits[1] & UINT32_MAX));
    return holding->id.ptr ? STATUS_OK : STATUS_NO_MEMORY;
}

static enum status hold_document(const struct http_request *request, const struct check *check,
                                 const struct holding *holding, struct slice *ret_document) {
    struct buf text = {0};
    struct json_writer writer = {.out = &text};
    json_object(&writer);
    json_member_plain(&writer, "specversion", SLICE("1.0"));
    json_member(&writer, "id", holding->id);
    json_member_plain(&writer, "source", SLICE("admit"));
    json_member_plain(&writer, "type", SLICE("tollgate.hold"));
    json_member(&writer, "subject", check->question.account);
    json_instant(&writer, "time", live_now(request_live(request)), NULL);
    json_key(&writer, "data");
    json_object(&writer);
    json_member(&writer, "operation", check->question.type);
    json_instant(&writer, "expires_at", holding->expires_ns, NULL);
    if (holding->data) {
        json_key(&writer, "data");
        body_value_copy(request->body, holding->data, &text);
        writer.after_key = false;
        writer.needs_comma = true;
    }
    json_object_end(&writer);
    json_object_end(&writer);
    *ret_document = text.failed ? (struct slice){0} : arena_copy(request->arena, buf_slice(&text));
    buf_free(&text);
    return ret_document->ptr ? STATUS_OK : STATUS_NO_MEMORY;
}

/* A hold that is open already was asked for before, by the same id. */
static bool hold_find(struct live *live, struct slice account, struct holding *holding) {
    struct hold_view view;
    uint32_t number;
    const struct engine *engine = live_state(live);
    bool is_open =
        engine_account_find(engine, account, &number) && engine_hold_find(engine, number, holding->id, &view);
    if (is_open)
        holding->expires_ns = view.expires_ns;
    live_state_end(live);
    return is_open;
}

static enum status hold_take(const struct http_request *request, const struct check *check, struct holding *holding,
                             struct checked *checked) {
    struct live *live = request_live(request);
    struct reply reply = {.outcome = OUTCOME_ACCEPTED};
    struct slice document;
    bool is_named = holding->id.len > 0;
    TRY(hold_name(request->arena, holding));
    TRY(hold_document(request, check, holding, &document));
    if (is_named && hold_find(live, check->question.account, holding)) {
        struct live_question again = check->question;
        again.is_rehearsal = true;
        TRY(live_admit(live, &again, &checked->answer));
        checked->answer.gate.reason = ADMIT_ALLOWED;
    } else {
        TRY(live_hold(live, &check->question, document, request->arena, &checked->answer, &reply));
    }
    if (checked->answer.gate.reason != ADMIT_ALLOWED)
        return STATUS_OK;
    atomic_fetch_add(&request_tenant(request)->outcomes[reply.outcome], 1);
    if (reply.outcome != OUTCOME_ACCEPTED) {
        checked->hold_said = reply.reason.len ? reply.reason : SLICE("a hold of this id was there before");
        return STATUS_OK;
    }
    checked->hold_id = holding->id;
    checked->expires_ns = holding->expires_ns;
    checked->lease = lease_of_hold(holding->id, check->question.account, request->arena);
    return checked->lease.ptr ? STATUS_OK : STATUS_NO_MEMORY;
}

static enum status hold_answer(const struct http_request *request, struct check *check, struct http_answer *answer) {
    struct asking asking = {.request = request, .answer = answer, .at = "/hold", .check = check};
    struct holding holding = {.data = NULL};
    struct checked checked = {.lease = {0}};
    if (!request->is_pooled)
        return STATUS_BUSY;
    if (check->question.is_rehearsal) {
        asking.at = "";
        (void)wrong(&asking, member_names[MEMBER_REHEARSAL], "A hold is taken or not; leave it out to look only.");
        return STATUS_OK;
    }
    if (!hold_read(&asking, &holding))
        return answer->status ? STATUS_OK : STATUS_NO_MEMORY;
    if (!may_know(request, check->question.account))
        checked.answer.gate.reason = ADMIT_NO_ACCOUNT;
    enum status status =
        may_know(request, check->question.account) ? hold_take(request, check, &holding, &checked) : STATUS_OK;
    if (status != STATUS_OK)
        server_refuse(request, answer, status);
    else
        admit_answer(check, &checked, request, answer);
    return STATUS_OK;
}

/* ---- the routes ---- */

enum status admit_post(void *context, const struct http_request *request, struct http_answer *answer) {
    struct server *server = context;
    struct body body;
    enum status status = STATUS_OK;
    struct check check = {.hold = NULL};
    struct checked checked;
    struct asking asking = {.request = request, .answer = answer, .at = "", .check = &check};
    if (!body_read(request, answer, "account type calls lease_seconds hold dry_run checks", &body, &status)) {
        body_free(&body);
        return status;
    }
    const struct json_token *list = body_find(&body, "checks");
    if (list && list->type == JSON_ARRAY && body_token_skip(body.tokens) - body.tokens == 3 + list->len) {
        status = many_answer(server, request, list, answer);
    } else if (list) {
        (void)wrong(&asking, SLICE("checks"), "A list of checks, and nothing beside it.");
    } else if (!check_read(&asking, body.tokens)) {
        status = answer->status ? STATUS_OK : STATUS_NO_MEMORY;
    } else if (check.hold) {
        status = hold_answer(request, &check, answer);
    } else {
        status = ask(server, request, &check, &checked);
        if (status == STATUS_OK)
            admit_answer(&check, &checked, request, answer);
    }
    body_free(&body);
    return status;
}

/* ---- for proxies ---- */

static struct slice said_in(const struct http_request *request, const char *query, const char *header) {
    struct slice text = http_query(request, query);
    return text.ptr ? text : http_header(request, header);
}

/* A proxy shows its own page: who asks is told by headers. */
static void auth_fields(const struct checked *checked, const struct http_request *request, struct http_answer *answer) {
    uint16_t status = admit_status(checked);
    http_field(answer, "X-Tollgate-Reason", slice_of(admit_reason_name(checked->answer.gate.reason)));
    http_field(answer, "X-Tollgate-Status", arena_printf(request->arena, "%u", status));
    if (checked->lease.len)
        http_field(answer, "X-Tollgate-Lease", checked->lease);
    if (status == 200)
        http_field(answer, "X-Tollgate-Pays", slice_of(funding_name(checked->answer.gate.pays)));
}

enum status auth_get(void *context, const struct http_request *request, struct http_answer *answer) {
    struct check check = {.question = {.account = said_in(request, "account", "X-Tollgate-Account"),
                                       .type = said_in(request, "type", "X-Tollgate-Type")}};
    struct slice lease = said_in(request, "lease_seconds", "X-Tollgate-Lease-Seconds");
    struct slice deny = http_query(request, "deny");
    struct checked checked;
    uint64_t seconds = 0;
    if (!check.question.account.len || !check.question.type.len ||
        (lease.ptr && !slice_number(lease, LEASE_SECONDS_MAX, &seconds)) || (deny.ptr && !slice_is(deny, "403"))) {
        http_problem(request, answer, 400, "bad-query",
                     "say account and type, in the query or as X-Tollgate-Account and X-Tollgate-Type; lease_seconds "
                     "is a number up to %d; deny is 403.",
                     LEASE_SECONDS_MAX);
        return STATUS_OK;
    }
    check.question.lease_ns = (int64_t)seconds * NS_PER_SECOND;
    TRY(ask(context, request, &check, &checked));
    admit_answer(&check, &checked, request, answer);
    auth_fields(&checked, request, answer);
    if (deny.ptr && answer->status != 0 && answer->status != 200)
        answer->status = 403;
    return STATUS_OK;
}

/* Some proxies (Envoy) ask in the method that their client has used; it says nothing about the check. */
#define AUTH_AS(method)                                                                                                \
    enum status auth_##method(void *context, const struct http_request *request, struct http_answer *answer) {         \
        return auth_get(context, request, answer);                                                                     \
    }
AUTH_AS(post)
AUTH_AS(put)
AUTH_AS(patch)
AUTH_AS(delete)
#undef AUTH_AS
