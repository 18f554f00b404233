/* SPDX-License-Identifier: Apache-2.0
 *
 * JSON bodies: parsed once, members checked, places told as JSON Pointers (RFC 6901). */
#include <stdio.h>

#include "base/names.h"
#include "server/body.h"

enum { MEMBERS_MAX = 32 };

static const struct json_token nothing[] = {{.type = JSON_OBJECT, .len = 2}, {.type = JSON_OBJECT_END}};

static bool is_json(struct slice media_type) {
    return media_type.len == 0 || slice_is(media_type, "application/json") ||
           (media_type.len > 5 && slice_is((struct slice){media_type.ptr + media_type.len - 5, 5}, "+json"));
}

static bool refuse_syntax(struct body *body, const struct json_error *error) {
    http_problem(body->request, body->answer, 400, "malformed-json", "the body is no JSON: %s, at byte %u.",
                 error->text ? error->text : "it is not well formed", error->offset);
    return false;
}

static bool parse(struct body *body, enum status *ret_status) {
    const struct http_request *request = body->request;
    struct json_error error = {0};
    body->tokens = nothing;
    if (request->body.len == 0)
        return true;
    if (!is_json(request->media_type)) {
        http_problem(request, body->answer, 415, "unsupported-media-type",
                     "the body must be JSON: send it with Content-Type: application/json.");
        return false;
    }
    body->parser = json_parser_new();
    size_t count =
        body->parser ? json_parse(body->parser, request->body.ptr, request->body.len, &body->tokens, &error) : 0;
    if (!body->parser || (count == 0 && error.is_fault)) {
        *ret_status = STATUS_NO_MEMORY;
        return false;
    }
    if (count == 0)
        return refuse_syntax(body, &error);
    if (body->tokens->type == JSON_OBJECT)
        return true;
    body_wrong(body, "", "the body must be one JSON object.");
    return false;
}

/* RFC 6901: ~ and / are written ~0 and ~1. */
static void pointer_part(struct buf *out, struct slice part) {
    buf_char(out, '/');
    for (size_t i = 0; i < part.len; i++) {
        if (part.ptr[i] == '~' || part.ptr[i] == '/')
            buf_text(out, part.ptr[i] == '~' ? "~0" : "~1");
        else
            buf_char(out, part.ptr[i]);
    }
}

static uint32_t members_split(const char *members, struct slice names[MEMBERS_MAX]) {
    struct slice rest = slice_of(members);
    uint32_t count = 0;
    while (rest.len > 0 && count < MEMBERS_MAX) {
        bool has_more = slice_cut(rest, ' ', &names[count++], &rest);
        rest.len = has_more ? rest.len : 0;
    }
    return count;
}

static void place_wrong(struct body *body, struct slice key, const char *what, struct slice near) {
    struct buf pointer = {0};
    pointer_part(&pointer, key);
    if (near.len > 0)
        http_problem_at(body->request, body->answer, buf_slice(&pointer), "%s Did you mean \"" SLICE_FMT "\"?", what,
                        SLICE_ARG(near));
    else
        http_problem_at(body->request, body->answer, buf_slice(&pointer), "%s", what);
    buf_free(&pointer);
}

/* Every wrong member is told, not only the first one. */
static bool members_check(struct body *body, const char *members) {
    struct slice names[MEMBERS_MAX];
    uint32_t count = members_split(members, names), seen = 0, wrong = 0;
    for (const struct json_token *key = body->tokens + 1; key->type == JSON_KEY; key = body_token_skip(key + 1)) {
        struct slice name = body_token_text(key);
        uint32_t i = 0;
        while (i < count && !slice_eq(names[i], name))
            i++;
        if (i < count && !(seen >> i & 1)) {
            seen |= UINT32_C(1) << i;
            continue;
        }
        if (wrong++ == 0)
            http_problem(body->request, body->answer, 422, "invalid-body", "the body has members that do not belong.");
        if (i < count)
            place_wrong(body, name, "it stands here twice.", (struct slice){0});
        else
            place_wrong(body, name, "there is no such member.", names_suggest(name, names, count));
        if (wrong == 20)
            return false;
    }
    return wrong == 0;
}

bool body_read(const struct http_request *request, struct http_answer *answer, const char *members,
               struct body *ret_body, enum status *ret_status) {
    *ret_status = STATUS_OK;
    *ret_body = (struct body){.request = request, .answer = answer};
    return parse(ret_body, ret_status) && members_check(ret_body, members);
}

void body_free(struct body *body) {
    if (body->parser)
        json_parser_free(body->parser);
}

const struct json_token *body_find(const struct body *body, const char *name) {
    for (const struct json_token *key = body->tokens + 1; key->type == JSON_KEY; key = body_token_skip(key + 1))
        if (slice_is(body_token_text(key), name))
            return key[1].type == JSON_NULL ? NULL : key + 1;
    return NULL;
}

void body_wrong(const struct body *body, const char *pointer, const char *detail, ...) {
    struct buf text = {.max = 4096}, place = {0};
    va_list args;
    va_start(args, detail);
    buf_vprintf(&text, detail, args);
    va_end(args);
    if (pointer[0] != '\0') {
        buf_char(&place, '/');
        buf_text(&place, pointer);
    }
    http_problem(body->request, body->answer, 422, "invalid-body", "%s", text.ptr ? text.ptr : detail);
    http_problem_at(body->request, body->answer, buf_slice(&place), "%s", text.ptr ? text.ptr : detail);
    buf_free(&text);
    buf_free(&place);
}

bool body_text(const struct body *body, const char *name, bool is_needed, struct slice *ret) {
    const struct json_token *value = body_find(body, name);
    if (!value && is_needed)
        body_wrong(body, name, "\"%s\" is missing.", name);
    else if (value && (value->type != JSON_TEXT || value->len == 0))
        body_wrong(body, name, "\"%s\" must be a text that is not empty.", name);
    else if (value)
        *ret = body_token_text(value);
    return value ? value->type == JSON_TEXT && value->len > 0 : !is_needed;
}

void body_value_copy(struct slice text, const struct json_token *value, struct buf *out) {
    bool needs_comma = false;
    for (const struct json_token *token = value, *end = body_token_skip(value); token < end; token++) {
        bool is_end = token->type == JSON_OBJECT_END || token->type == JSON_ARRAY_END;
        bool is_start = token->type == JSON_OBJECT || token->type == JSON_ARRAY;
        if (needs_comma && !is_end)
            buf_char(out, ',');
        buf_append(out, (struct slice){text.ptr + token->raw_offset, is_start || is_end ? 1 : token->raw_len});
        if (token->type == JSON_KEY)
            buf_char(out, ':');
        needs_comma = !is_start && token->type != JSON_KEY;
    }
}

/* Steps down as long as the offset lies inside of a member's value. */
struct slice body_pointer_at(const struct json_token *tokens, uint32_t offset, struct arena *arena) {
    struct buf out = {0};
    const struct json_token *value = tokens;
    bool is_found = true;
    while (is_found && (value->type == JSON_OBJECT || value->type == JSON_ARRAY)) {
        const struct json_token *end = body_token_skip(value) - 1, *key = NULL, *child = NULL;
        uint32_t index = 0, found_index = 0;
        bool is_object = value->type == JSON_OBJECT;
        for (const struct json_token *at = value + 1; at < end; index++) {
            const struct json_token *own = is_object ? at + 1 : at;
            if (at->raw_offset <= offset) {
                key = is_object ? at : NULL;
                child = own;
                found_index = index;
            }
            at = body_token_skip(own);
        }
        is_found = child && offset < end->raw_offset;
        if (!is_found)
            break;
        char digits[12];
        struct slice part = key ? body_token_text(key) : (struct slice){digits, 0};
        if (!key)
            part.len = (size_t)snprintf(digits, sizeof digits, "%u", found_index);
        pointer_part(&out, part);
        value = child;
    }
    struct slice pointer = arena_copy(arena, buf_slice(&out));
    buf_free(&out);
    return pointer;
}
