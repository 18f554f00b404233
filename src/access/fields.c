/* SPDX-License-Identifier: Apache-2.0
 *
 * Members by name. */
#include "access/fields.h"

#include <assert.h>
#include <sodium.h>

#include "calendar/calendar.h"

static size_t token_span(const struct json_token *token) {
    return token->type == JSON_OBJECT || token->type == JSON_ARRAY ? token->len : 1;
}

static bool members_find(const struct json_token *tokens, size_t token_count, const char *const *names, uint32_t count,
                         struct fields *fields) {
    uint32_t found = 0;
    if (tokens[0].type != JSON_OBJECT)
        return false;
    for (size_t i = 1; i + 1 < token_count; i += 1 + token_span(&tokens[i + 1])) {
        struct slice key = {tokens[i].ptr, tokens[i].len};
        uint32_t name = 0;
        while (name < count && !slice_is(key, names[name]))
            name++;
        if (name == count || fields->values[name] != NULL)
            return false;
        fields->values[name] = &tokens[i + 1];
        found++;
    }
    return found == count;
}

enum status fields_read(struct json_parser *parser, struct slice text, const char *const *names, uint32_t count,
                        struct arena *arena, struct fields *ret_fields) {
    const struct json_token *tokens;
    struct json_error error = {0};
    struct fields fields = {0};
    assert(count <= FIELDS_MAX);
    char *copy = arena_alloc(arena, text.len + JSON_PADDING);
    if (copy == NULL)
        return STATUS_NO_MEMORY;
    if (text.len > 0)
        memcpy(copy, text.ptr, text.len);
    size_t token_count = json_parse(parser, copy, text.len, &tokens, &error);
    if (token_count == 0)
        return error.is_fault ? STATUS_NO_MEMORY : STATUS_INVALID;
    if (!members_find(tokens, token_count, names, count, &fields))
        return STATUS_INVALID;
    *ret_fields = fields;
    return STATUS_OK;
}

enum status field_text(const struct json_token *value, struct arena *arena, struct slice *ret_text) {
    if (value->type != JSON_TEXT)
        return STATUS_INVALID;
    struct slice copy = arena_copy(arena, (struct slice){value->ptr, value->len});
    if (copy.ptr == NULL)
        return STATUS_NO_MEMORY;
    *ret_text = copy;
    return STATUS_OK;
}

enum status field_text_or_null(const struct json_token *value, struct arena *arena, struct slice *ret_text) {
    if (value->type != JSON_NULL)
        return field_text(value, arena, ret_text);
    *ret_text = SLICE("");
    return STATUS_OK;
}

enum status field_count(const struct json_token *value, uint64_t *ret_count) {
    struct slice text = {value->ptr, value->len};
    return value->type == JSON_NUMBER && slice_number(text, INT64_MAX, ret_count) ? STATUS_OK : STATUS_INVALID;
}

enum status field_instant(const struct json_token *value, int64_t missing, int64_t *ret_ns) {
    if (value->type == JSON_NULL) {
        *ret_ns = missing;
        return STATUS_OK;
    }
    if (value->type != JSON_TEXT)
        return STATUS_INVALID;
    return instant_parse((struct slice){value->ptr, value->len}, ret_ns, NULL) == STATUS_OK ? STATUS_OK
                                                                                            : STATUS_INVALID;
}

enum status field_hex(const struct json_token *value, uint8_t *bytes, size_t size) {
    size_t len = 0;
    if (value->type != JSON_TEXT || value->len != 2 * size ||
        sodium_hex2bin(bytes, size, value->ptr, value->len, NULL, &len, NULL) != 0 || len != size)
        return STATUS_INVALID;
    return STATUS_OK;
}

const struct json_token *field_next(const struct json_token *array, const struct json_token *at) {
    const struct json_token *next = at + (at == array ? 1 : token_span(at));
    return next->type == JSON_ARRAY_END ? NULL : next;
}
