/* SPDX-License-Identifier: Apache-2.0
 *
 * What a check has handed out ends: settled by the usage event of what ran, or released because nothing did. */
#include "engine/view.h"
#include "export/export.h"
#include "server/admit.h"
#include "server/body.h"
#include "server/event_answer.h"

/* What ends. */
struct ending {
    uint64_t lease; /* 0: it is a hold */
    struct slice hold_id, account;
    bool is_open;      /* of a hold */
    struct slice type; /* of an open hold: of the event to come */
    int64_t at_ns;     /* and when it was taken */
};

static bool ending_read(const struct server *server, const struct http_request *request, struct http_answer *answer,
                        struct ending *ret_ending) {
    struct slice own = request_actor(request)->account;
    *ret_ending = (struct ending){.lease = 0};
    if (lease_read((struct lease_giver){server, request_tenant(request)}, request->params[0], &ret_ending->lease))
        return true;
    bool is_hold = lease_split(request->params[0], request->arena, &ret_ending->hold_id, &ret_ending->account);
    if (is_hold && (own.len == 0 || slice_eq(own, ret_ending->account)))
        return true;
    http_problem(request, answer, 404, "unknown-lease", "this process has given no such lease.");
    return false;
}

static enum status hold_look(struct ending *ending, const struct http_request *request) {
    struct live *live = request_live(request);
    struct hold_view view;
    uint32_t account;
    const struct engine *engine = live_state(live);
    ending->is_open = engine_account_find(engine, ending->account, &account) &&
                      engine_hold_find(engine, account, ending->hold_id, &view);
    if (ending->is_open) {
        ending->at_ns = view.at_ns;
        ending->type = arena_printf(request->arena, SLICE_FMT "." SLICE_FMT, SLICE_ARG(view.tariff->name),
                                    SLICE_ARG(view.operation->name));
    }
    live_state_end(live);
    return ending->is_open && !ending->type.ptr ? STATUS_NO_MEMORY : STATUS_OK;
}

/* ---- settling ---- */

static const char members[] = "specversion id source type subject time dataschema datacontenttype data";

/* Its data, and the hold that it settles. */
static void data_write(const struct ending *ending, const struct body *body, struct json_writer *writer) {
    const struct json_token *data = body_find(body, "data");
    json_key(writer, "data");
    json_object(writer);
    for (const struct json_token *key = data ? data + 1 : NULL; key && key->type == JSON_KEY;
         key = body_token_skip(key + 1)) {
        if (slice_is(body_token_text(key), "hold"))
            continue;
        if (writer->needs_comma)
            buf_char(writer->out, ',');
        buf_append(writer->out, (struct slice){body->request->body.ptr + key->raw_offset, key->raw_len});
        buf_char(writer->out, ':');
        body_value_copy(body->request->body, key + 1, writer->out);
        writer->needs_comma = true;
    }
    json_member(writer, "hold", ending->hold_id);
    json_object_end(writer);
}

/* The body is the event; what it leaves out is that of the hold. */
static void event_write(const struct ending *ending, const struct body *body, struct json_writer *writer) {
    char time[INSTANT_TEXT_MAX];
    struct slice id = arena_printf(body->request->arena, SLICE_FMT "/settled", SLICE_ARG(ending->hold_id));
    const struct {
        const char *name;
        struct slice value;
    } ours[] = {{"specversion", SLICE("1.0")}, {"id", id},
                {"source", SLICE("admit")},    {"type", ending->type},
                {"subject", ending->account},  {"time", {time, instant_format(ending->at_ns, NULL, time)}}};
    json_object(writer);
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++) {
        const struct json_token *given = body_find(body, ours[i].name);
        if (given && given->type == JSON_TEXT)
            json_member(writer, ours[i].name, body_token_text(given));
        else if (ending->is_open && !given)
            json_member(writer, ours[i].name, ours[i].value);
    }
    data_write(ending, body, writer);
    json_object_end(writer);
}

static enum status settle(struct server *server, const struct ending *ending, const struct body *body,
                          struct http_answer *answer) {
    const struct http_request *request = body->request;
    const struct json_token *data = body_find(body, "data");
    struct buf text = {0};
    struct json_writer writer = {.out = &text};
    struct slice document = request->body;
    if (data && data->type != JSON_OBJECT) {
        body_wrong(body, "data", "\"data\" must be an object.");
        return STATUS_OK;
    }
    if (!ending->lease) {
        event_write(ending, body, &writer);
        document = text.failed ? (struct slice){0} : arena_copy(request->arena, buf_slice(&text));
        buf_free(&text);
        if (!document.ptr)
            return STATUS_NO_MEMORY;
    }
    struct server_intake intake = {.documents = &document, .count = 1, .is_ingest = true};
    if (!server_submit(server, request, &intake, answer))
        return STATUS_OK;
    if (ending->lease)
        (void)live_end(request_live(request), ending->lease);
    return event_answer(request, intake.replies, answer);
}

enum status lease_settle(void *context, const struct http_request *request, struct http_answer *answer) {
    struct ending ending;
    struct body body;
    enum status status = STATUS_OK;
    if (!ending_read(context, request, answer, &ending))
        return STATUS_OK;
    if (!ending.lease)
        TRY(hold_look(&ending, request));
    if (body_read(request, answer, members, &body, &status)) {
        if (!ending.lease && !ending.is_open && !(body_find(&body, "type") && body_find(&body, "time")))
            http_problem(request, answer, 404, "lease-ended",
                         "it was settled, released or has expired. Usage that it does not have yet is sent as an event "
                         "with id, type and time of its own.");
        else
            status = settle(context, &ending, &body, answer);
    }
    body_free(&body);
    return status;
}

/* ---- releasing ---- */

static enum status released(bool is_released, struct http_answer *answer) {
    struct json_writer writer = {.out = &answer->body};
    json_object(&writer);
    json_key(&writer, "released");
    json_bool(&writer, is_released);
    json_object_end(&writer);
    return STATUS_OK;
}

static enum status hold_release_now(struct server *server, const struct ending *ending,
                                    const struct http_request *request, struct http_answer *answer) {
    struct buf text = {0};
    struct json_writer writer = {.out = &text};
    struct slice id = arena_printf(request->arena, SLICE_FMT "/released", SLICE_ARG(ending->hold_id));
    json_object(&writer);
    json_member_plain(&writer, "specversion", SLICE("1.0"));
    json_member(&writer, "id", id);
    json_member_plain(&writer, "source", SLICE("admit"));
    json_member_plain(&writer, "type", SLICE("tollgate.release"));
    json_member(&writer, "subject", ending->account);
    json_instant(&writer, "time", live_now(request_live(request)), NULL);
    json_key(&writer, "data");
    json_object(&writer);
    json_member(&writer, "hold", ending->hold_id);
    json_object_end(&writer);
    json_object_end(&writer);
    struct slice document = text.failed ? (struct slice){0} : arena_copy(request->arena, buf_slice(&text));
    buf_free(&text);
    if (!document.ptr || !id.ptr)
        return STATUS_NO_MEMORY;
    struct server_intake intake = {.documents = &document, .count = 1};
    if (!server_submit(server, request, &intake, answer))
        return STATUS_OK;
    return released(intake.replies[0].outcome == OUTCOME_ACCEPTED, answer);
}

/* There is nothing to say; what is said is not passed over in silence. */
static bool has_no_members(const struct http_request *request, struct http_answer *answer, enum status *ret_status) {
    struct body body;
    bool is_good = body_read(request, answer, "", &body, ret_status);
    body_free(&body);
    return is_good;
}

enum status lease_release(void *context, const struct http_request *request, struct http_answer *answer) {
    struct ending ending;
    enum status status;
    if (!has_no_members(request, answer, &status))
        return status;
    if (!ending_read(context, request, answer, &ending))
        return STATUS_OK;
    if (ending.lease)
        return released(live_end(request_live(request), ending.lease), answer);
    if (!request->is_pooled)
        return STATUS_BUSY;
    TRY(hold_look(&ending, request));
    return ending.is_open ? hold_release_now(context, &ending, request, answer) : released(false, answer);
}
