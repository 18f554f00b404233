/* SPDX-License-Identifier: Apache-2.0
 *
 * What people want of an endpoint: a JSON object, read strictly. */
#include "base/names.h"
#include "hook/hooks_private.h"
#include "hook/members.h"

enum status wish_wrong(struct hook_call *call, const char *pointer, const char *detail, ...) {
    va_list args;
    va_start(args, detail);
    call->pointer = slice_of(pointer);
    call->detail = arena_vprintf(call->arena, detail, args);
    va_end(args);
    return STATUS_INVALID;
}

static struct slice text_of(const struct json_token *token) {
    return (struct slice){token->ptr, token->len};
}

/* ", did you mean X?", or nothing. */
static const char *meant(struct hook_call *call, struct slice wrong, const struct slice *names, uint32_t count) {
    struct slice near = names_suggest(wrong, names, count);
    struct slice text = near.len > 0 ? arena_printf(call->arena, "; did you mean %.*s?", SLICE_ARG(near)) : SLICE("");
    return text.ptr ? text.ptr : "";
}

static enum status text_take(struct hook_call *call, const struct json_token *value, const char *pointer,
                             struct slice *text) {
    if (value->type != JSON_TEXT || value->len > ENDPOINT_TEXT_MAX)
        return wish_wrong(call, pointer, "it is a text of at most %d bytes.", ENDPOINT_TEXT_MAX);
    *text = arena_copy(call->arena, text_of(value));
    return text->ptr ? STATUS_OK : STATUS_NO_MEMORY;
}

static enum status url_take(struct hooks *hooks, struct hook_call *call, const struct json_token *value,
                            struct wish *wish) {
    struct buf out = {0};
    struct guard_url url;
    TRY(text_take(call, value, "/url", &wish->url));
    const char *why = guard_url(&hooks->options.guard, wish->url, &out, &url);
    if (!why)
        wish->url = arena_copy(call->arena, url.text);
    bool is_fault = out.failed;
    buf_free(&out);
    if (is_fault)
        return STATUS_NO_MEMORY;
    if (why)
        return wish_wrong(call, "/url", "nothing can be sent there: %s.", why);
    wish->has_url = true;
    return wish->url.ptr ? STATUS_OK : STATUS_NO_MEMORY;
}

static enum status types_take(struct hook_call *call, const struct json_token *value, struct wish *wish) {
    struct slice names[HOOK_TYPE_COUNT];
    uint32_t count = hook_type_names(names), index = 0, type;
    if (value->type != JSON_ARRAY)
        return wish_wrong(call, "/types", "it is a list of texts; an empty one means all types.");
    for (const struct json_token *at = element_next(value, NULL); at; at = element_next(value, at), index++) {
        if (at->type == JSON_TEXT && hook_type_read(text_of(at), &type)) {
            wish->types |= UINT32_C(1) << type;
            continue;
        }
        struct slice wrong = at->type == JSON_TEXT ? text_of(at) : SLICE("");
        struct slice pointer = arena_printf(call->arena, "/types/%u", index);
        return wish_wrong(call, pointer.ptr ? pointer.ptr : "/types", "there is no type \"%.*s\"%s", SLICE_ARG(wrong),
                          meant(call, wrong, names, count));
    }
    wish->has_types = true;
    return STATUS_OK;
}

static enum status accounts_take(struct hook_call *call, const struct json_token *value, struct wish *wish) {
    wish->accounts = ARENA_ARRAY(call->arena, ENDPOINT_ACCOUNTS_MAX, struct slice);
    wish->account_count = 0;
    if (!wish->accounts)
        return STATUS_NO_MEMORY;
    if (value->type != JSON_ARRAY)
        return wish_wrong(call, "/accounts", "it is a list of texts; an empty one means all accounts.");
    for (const struct json_token *at = element_next(value, NULL); at; at = element_next(value, at)) {
        if (wish->account_count == ENDPOINT_ACCOUNTS_MAX)
            return wish_wrong(call, "/accounts", "at most %d accounts; leave them out for all.", ENDPOINT_ACCOUNTS_MAX);
        struct slice pointer = arena_printf(call->arena, "/accounts/%u", wish->account_count);
        TRY(text_take(call, at, pointer.ptr ? pointer.ptr : "/accounts", &wish->accounts[wish->account_count]));
        if (wish->accounts[wish->account_count++].len == 0)
            return wish_wrong(call, "/accounts", "an account has a name.");
    }
    wish->has_accounts = true;
    return STATUS_OK;
}

static enum status enabled_take(struct hook_call *call, const struct json_token *value, struct wish *wish) {
    if (value->type != JSON_TRUE && value->type != JSON_FALSE)
        return wish_wrong(call, "/is_enabled", "it is true or false.");
    wish->has_enabled = true;
    wish->is_enabled = value->type == JSON_TRUE;
    return STATUS_OK;
}

static enum status scheme_take(struct hook_call *call, const struct json_token *value, struct wish *wish) {
    struct slice text = value->type == JSON_TEXT ? text_of(value) : SLICE("");
    if (!slice_is(text, "v1") && !slice_is(text, "v1a"))
        return wish_wrong(call, "/scheme", "it is \"v1\" (a shared secret) or \"v1a\" (a pair of keys).");
    wish->scheme = slice_is(text, "v1a") ? HOOK_V1A : HOOK_V1;
    return STATUS_OK;
}

static enum status secret_take(struct hook_call *call, const struct json_token *value, struct wish *wish) {
    if (value->type != JSON_TEXT || !hook_key_read(text_of(value), &wish->key))
        return wish_wrong(call, "/secret",
                          "it is whsec_ and 24 to 64 bytes in base64, or whsk_ and 32; leave it out for a new one.");
    wish->has_key = true;
    return STATUS_OK;
}

static enum status overlap_take(struct hook_call *call, const struct json_token *value, struct wish *wish) {
    bool is_none = value->type == JSON_TEXT && slice_is(text_of(value), "none");
    if (!is_none && (value->type != JSON_TEXT || duration_parse(text_of(value), &wish->overlap) != STATUS_OK ||
                     wish->overlap.unit > UNIT_DAY || wish->overlap.count > 1000000))
        return wish_wrong(call, "/overlap", "it is a duration such as \"24 hours\" or \"7 days\", or \"none\".");
    if (wish->overlap.unit == UNIT_DAY) /* of 24 hours: no zone is known here */
        wish->overlap = (struct duration){wish->overlap.count * 24, UNIT_HOUR};
    if (is_none)
        wish->overlap = (struct duration){0, UNIT_SECOND};
    wish->has_overlap = true;
    return STATUS_OK;
}

static enum status delivery_take(struct hook_call *call, const struct json_token *value, struct wish *wish) {
    if (value->type != JSON_NUMBER || !slice_number(text_of(value), INT64_MAX, &wish->delivery) || wish->delivery == 0)
        return wish_wrong(call, "/delivery", "it is the number of a delivery.");
    return STATUS_OK;
}

static enum status since_take(struct hook_call *call, const struct json_token *value, struct wish *wish) {
    if (value->type != JSON_TEXT || instant_parse(text_of(value), &wish->since_ns, NULL) != STATUS_OK)
        return wish_wrong(call, "/since", "it is an instant with its offset, such as 2026-03-01T00:00:00Z.");
    return STATUS_OK;
}

static enum status member_take(struct hooks *hooks, struct hook_call *call, const struct json_token *key,
                               struct wish *wish) {
    static enum status (*const takes[])(struct hook_call *, const struct json_token *, struct wish *) = {
        types_take, accounts_take, enabled_take, scheme_take, secret_take, overlap_take, delivery_take, since_take};
    static const char *const names[] = {"types",  "accounts", "is_enabled", "scheme",
                                        "secret", "overlap",  "delivery",   "since"};
    struct slice name = text_of(key);
    if (slice_is(name, "url"))
        return url_take(hooks, call, key + 1, wish);
    if (slice_is(name, "description")) {
        wish->has_description = true;
        return text_take(call, key + 1, "/description", &wish->description);
    }
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (slice_is(name, names[i]))
            return takes[i](call, key + 1, wish);
    return STATUS_INVALID;
}

static enum status members_take(struct hooks *hooks, struct hook_call *call, const char *allowed,
                                const struct json_token *tokens, struct wish *wish) {
    struct slice names[16], rest = slice_of(allowed);
    uint32_t count = 0, seen = 0;
    while (rest.len > 0 && count < 16 && slice_cut(rest, ' ', &names[count], &rest))
        count++;
    if (rest.len > 0 && count < 16)
        names[count++] = rest;
    for (const struct json_token *at = member_next(tokens, NULL); at; at = member_next(tokens, at)) {
        uint32_t name = 0;
        while (name < count && !slice_eq(text_of(at), names[name]))
            name++;
        struct slice pointer = arena_printf(call->arena, "/%.*s", SLICE_ARG(text_of(at)));
        if (name == count)
            return wish_wrong(call, pointer.ptr ? pointer.ptr : "", "there is no member of this name here%s",
                              meant(call, text_of(at), names, count));
        if (seen >> name & 1)
            return wish_wrong(call, pointer.ptr ? pointer.ptr : "", "it is there twice.");
        seen |= UINT32_C(1) << name;
        TRY(member_take(hooks, call, at, wish));
    }
    return STATUS_OK;
}

enum status wish_read(struct hooks *hooks, struct hook_call *call, const char *allowed, struct wish *ret_wish) {
    const struct json_token *tokens;
    struct json_error error;
    struct wish wish = {.since_ns = INSTANT_MIN};
    if (slice_trim(call->body).len == 0) {
        *ret_wish = wish;
        return STATUS_OK;
    }
    char *copy = arena_alloc(call->arena, call->body.len + JSON_PADDING);
    if (!copy)
        return STATUS_NO_MEMORY;
    memcpy(copy, call->body.ptr, call->body.len);
    if (json_parse(hooks->parser, copy, call->body.len, &tokens, &error) == 0)
        return error.is_fault ? STATUS_NO_MEMORY
                              : wish_wrong(call, "", "the body is no JSON: %s at byte %u.", error.text, error.offset);
    if (tokens[0].type != JSON_OBJECT)
        return wish_wrong(call, "", "the body is no JSON object.");
    TRY(members_take(hooks, call, allowed, tokens, &wish));
    *ret_wish = wish;
    return STATUS_OK;
}
