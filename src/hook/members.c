/* SPDX-License-Identifier: Apache-2.0
 *
 * Walking through a parsed JSON document. */
#include "hook/members.h"

#include "calendar/calendar.h"

static const struct json_token *behind(const struct json_token *value) {
    return value + (value->type == JSON_OBJECT || value->type == JSON_ARRAY ? value->len : 1);
}

const struct json_token *member_next(const struct json_token *object, const struct json_token *member) {
    if (object->type != JSON_OBJECT)
        return NULL;
    const struct json_token *next = member ? behind(member + 1) : object + 1;
    return next->type == JSON_KEY ? next : NULL;
}

const struct json_token *member_find(const struct json_token *object, const char *name) {
    for (const struct json_token *at = member_next(object, NULL); at; at = member_next(object, at))
        if (slice_is((struct slice){at->ptr, at->len}, name))
            return at + 1;
    return NULL;
}

const struct json_token *element_next(const struct json_token *array, const struct json_token *element) {
    if (array->type != JSON_ARRAY)
        return NULL;
    const struct json_token *next = element ? behind(element) : array + 1;
    return next->type == JSON_ARRAY_END ? NULL : next;
}

static struct slice text_of(const struct json_token *value) {
    return (struct slice){value->ptr, value->len};
}

enum status member_text(const struct json_token *object, const char *name, struct arena *arena, struct slice *text) {
    const struct json_token *value = member_find(object, name);
    if (!value)
        return STATUS_OK;
    if (value->type != JSON_TEXT)
        return STATUS_INVALID;
    struct slice copy = arena_copy(arena, text_of(value));
    if (!copy.ptr)
        return STATUS_NO_MEMORY;
    *text = copy;
    return STATUS_OK;
}

enum status member_optional(const struct json_token *object, const char *name, struct arena *arena,
                            struct slice *text) {
    const struct json_token *value = member_find(object, name);
    return value && value->type == JSON_NULL ? STATUS_OK : member_text(object, name, arena, text);
}

enum status member_number(const struct json_token *object, const char *name, uint64_t *number) {
    const struct json_token *value = member_find(object, name);
    bool is_good = !value || (value->type == JSON_NUMBER && slice_number(text_of(value), INT64_MAX, number));
    return is_good ? STATUS_OK : STATUS_INVALID;
}

enum status member_bool(const struct json_token *object, const char *name, bool *value) {
    const struct json_token *token = member_find(object, name);
    if (!token)
        return STATUS_OK;
    *value = token->type == JSON_TRUE;
    return token->type == JSON_TRUE || token->type == JSON_FALSE ? STATUS_OK : STATUS_INVALID;
}

enum status member_instant(const struct json_token *object, const char *name, int64_t *at_ns) {
    const struct json_token *value = member_find(object, name);
    if (!value || value->type == JSON_NULL)
        return STATUS_OK;
    bool is_good = value->type == JSON_TEXT && instant_parse(text_of(value), at_ns, NULL) == STATUS_OK;
    return is_good ? STATUS_OK : STATUS_INVALID;
}
