/* SPDX-License-Identifier: Apache-2.0
 *
 * Proposals and decisions. Their ids begin with the instant, so that their order is the order in which they came. */
#include <inttypes.h>
#include <sodium.h>

#include "access/access_private.h"
#include "access/approval.h"
#include "access/fields.h"
#include "export/export.h"

#define KIND_APPROVAL SLICE("approval")
enum { NAME_DIGITS = APPROVAL_ID_LEN - 16 }; /* behind those of the instant */
#define EXPIRY_NS (APPROVAL_DAYS * INT64_C(86400) * NS_PER_SECOND)

enum member { ID, STATE, ACTION, OBJECT, SUMMARY, BY, AT, EXPIRES_AT, DECIDED_BY, DECIDED_AT, RESULT, BODY, MEMBERS };
static const char *const names[MEMBERS] = {"id", "state",      "action",     "object",     "summary", "by",
                                           "at", "expires_at", "decided_by", "decided_at", "result",  "body"};
static const char *const states[] = {"open", "approved", "done", "failed", "rejected", "expired"};

const char *approval_state_name(enum approval_state state) {
    return states[state];
}

/* ---- documents ---- */

static void members_json(const struct approval *approval, struct json_writer *writer) {
    json_member(writer, names[ID], approval->id);
    json_member(writer, names[STATE], slice_of(states[approval->state]));
    json_member(writer, names[ACTION], approval->action);
    json_member(writer, names[OBJECT], approval->object);
    json_member(writer, names[SUMMARY], approval->summary);
    json_member(writer, names[BY], approval->by);
    json_instant(writer, names[AT], approval->at_ns, NULL);
    json_instant(writer, names[EXPIRES_AT], approval->expires_ns, NULL);
    json_optional(writer, names[DECIDED_BY], approval->decided_by);
    if (approval->decided_ns == INSTANT_MIN)
        json_member_null(writer, names[DECIDED_AT]);
    else
        json_instant(writer, names[DECIDED_AT], approval->decided_ns, NULL);
    json_optional(writer, names[RESULT], approval->result);
}

void approval_json(const struct approval *approval, struct json_writer *writer) {
    json_object(writer);
    members_json(approval, writer);
    json_object_end(writer);
}

static enum status approval_put(struct access *access, const struct approval *approval) {
    struct buf text = {0};
    struct json_writer writer = {.out = &text};
    json_object(&writer);
    members_json(approval, &writer);
    json_member(&writer, names[BODY], approval->body);
    json_object_end(&writer);
    struct store_document document = {KIND_APPROVAL, approval->id, buf_slice(&text)};
    enum status status = text.failed ? STATUS_NO_MEMORY : store_put(access->store, &document);
    buf_free(&text);
    return status;
}

static enum status state_take(const struct json_token *value, enum approval_state *ret_state) {
    for (uint32_t i = 0; i < sizeof states / sizeof *states; i++) {
        if (value->type == JSON_TEXT && slice_is((struct slice){value->ptr, value->len}, states[i])) {
            *ret_state = (enum approval_state)i;
            return STATUS_OK;
        }
    }
    return STATUS_INVALID;
}

static enum status members_take(const struct fields *fields, struct arena *arena, struct approval *approval) {
    const struct {
        enum member member;
        struct slice *text;
    } texts[] = {{ID, &approval->id},           {ACTION, &approval->action}, {OBJECT, &approval->object},
                 {SUMMARY, &approval->summary}, {BY, &approval->by},         {DECIDED_BY, &approval->decided_by},
                 {RESULT, &approval->result},   {BODY, &approval->body}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        TRY(field_text_or_null(fields->values[texts[i].member], arena, texts[i].text));
    TRY(field_instant(fields->values[AT], INSTANT_MIN, &approval->at_ns));
    TRY(field_instant(fields->values[EXPIRES_AT], INSTANT_MAX, &approval->expires_ns));
    TRY(field_instant(fields->values[DECIDED_AT], INSTANT_MIN, &approval->decided_ns));
    return state_take(fields->values[STATE], &approval->state);
}

enum status approval_find(struct access *access, struct slice id, int64_t now_ns, struct arena *arena,
                          struct approval *ret_approval) {
    struct slice text;
    struct fields fields;
    struct approval approval;
    if (id.len != APPROVAL_ID_LEN)
        return STATUS_NOT_FOUND;
    TRY(store_get(access->store, KIND_APPROVAL, id, arena, &text));
    struct json_parser *parser = json_parser_new();
    if (parser == NULL)
        return STATUS_NO_MEMORY;
    enum status status = fields_read(parser, text, names, MEMBERS, arena, &fields);
    if (status == STATUS_OK)
        status = members_take(&fields, arena, &approval);
    json_parser_free(parser);
    TRY(status);
    if (approval.state == APPROVAL_OPEN && now_ns >= approval.expires_ns)
        approval.state = APPROVAL_EXPIRED;
    *ret_approval = approval;
    return STATUS_OK;
}

enum status approval_list(struct access *access, struct slice after, struct arena *arena, struct slice **ret_ids,
                          uint32_t *ret_count) {
    struct slice *ids;
    uint32_t count, first = 0;
    TRY(store_list(access->store, KIND_APPROVAL, arena, &ids, &count));
    while (first < count && slice_cmp(ids[first], after) <= 0)
        first++;
    *ret_ids = ids + first;
    *ret_count = count - first;
    return STATUS_OK;
}

/* ---- proposing and deciding ---- */

enum status approval_propose(struct access *access, const struct proposal *proposal, struct arena *arena,
                             struct approval *ret_approval) {
    char digits[KEY_ID_LEN + 1];
    struct approval approval = {.action = proposal->action,
                                .object = proposal->object,
                                .summary = proposal->summary,
                                .body = proposal->body,
                                .by = proposal->by,
                                .decided_by = SLICE(""),
                                .result = SLICE(""),
                                .state = APPROVAL_OPEN,
                                .at_ns = proposal->now_ns,
                                .expires_ns = proposal->now_ns + EXPIRY_NS,
                                .decided_ns = INSTANT_MIN};
    if (proposal->body.len > APPROVAL_BODY_MAX)
        return STATUS_RANGE;
    key_id_make(digits);
    bool is_named = proposal->request.len >= NAME_DIGITS;
    approval.id = arena_printf(arena, "%016" PRIx64 "%.*s", (uint64_t)proposal->now_ns, NAME_DIGITS,
                               is_named ? proposal->request.ptr : digits);
    if (approval.id.ptr == NULL)
        return STATUS_NO_MEMORY;
    if (is_named) {
        enum status status = approval_find(access, approval.id, proposal->now_ns, arena, ret_approval);
        if (status != STATUS_NOT_FOUND)
            return status;
    }
    TRY(approval_put(access, &approval));
    *ret_approval = approval;
    return STATUS_OK;
}

const char *decision_wrong(struct access *access, const struct approval *approval, const struct decision *decision) {
    struct key_view key;
    if (!decision->is_approved)
        return NULL;
    if (slice_eq(approval->by, decision->by))
        return "who proposed it cannot approve it; another one must";
    bool is_key = key_find(access, decision->by, decision->now_ns, &key) == STATUS_OK;
    if (is_key && key.created_ns >= approval->at_ns)
        return "a key that is younger than the proposal cannot approve it";
    return NULL;
}

static enum status decide(struct access *access, const struct decision *decision, struct arena *arena,
                          struct approval *approval) {
    TRY(approval_find(access, decision->id, decision->now_ns, arena, approval));
    bool is_again =
        approval->state == APPROVAL_APPROVED && decision->is_approved && slice_eq(approval->decided_by, decision->by);
    if (is_again)
        return STATUS_OK;
    if (approval->state != APPROVAL_OPEN)
        return STATUS_CONFLICT;
    if (decision_wrong(access, approval, decision) != NULL)
        return STATUS_INVALID;
    approval->state = decision->is_approved ? APPROVAL_APPROVED : APPROVAL_REJECTED;
    approval->decided_by = decision->by;
    approval->decided_ns = decision->now_ns;
    return approval_put(access, approval);
}

enum status approval_decide(struct access *access, const struct decision *decision, struct arena *arena,
                            struct approval *ret_approval) {
    struct approval approval;
    (void)pthread_mutex_lock(&access->change);
    enum status status = decide(access, decision, arena, &approval);
    (void)pthread_mutex_unlock(&access->change);
    if (status == STATUS_OK)
        *ret_approval = approval;
    return status;
}

enum status approval_finish(struct access *access, const struct approval *approval, enum approval_state state,
                            struct slice result, struct arena *arena) {
    struct approval known;
    (void)pthread_mutex_lock(&access->change);
    enum status status = approval_find(access, approval->id, approval->at_ns, arena, &known);
    if (status == STATUS_OK && known.state != APPROVAL_APPROVED && known.state != state)
        status = STATUS_CONFLICT;
    known.state = state;
    known.result = result;
    if (status == STATUS_OK)
        status = approval_put(access, &known);
    (void)pthread_mutex_unlock(&access->change);
    return status;
}
