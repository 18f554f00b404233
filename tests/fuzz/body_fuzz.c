/* SPDX-License-Identifier: Apache-2.0
 *
 * Any bytes as an Idempotency-Key (up to the first line break) and as the body of a request: what is taken can be said
 * again and stays the same, every place in it has a pointer, and what is refused is refused with a whole problem. */
#include <stdint.h>
#include <string.h>

#include "server/answers.h"
#include "server/body.h"

enum { SIZE_MAX_BYTES = 16 << 10 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void key_check(struct slice text, struct arena *arena) {
    struct slice key;
    if (!answers_key_read(text, arena, &key))
        return;
    if (key.len == 0 || key.len > ANSWERS_KEY_MAX)
        __builtin_trap();
    for (size_t i = 0; i < key.len; i++)
        if (key.ptr[i] < 0x20 || key.ptr[i] > 0x7e)
            __builtin_trap();
}

/* The text of the object without white space; ptr NULL: it is none. */
static struct slice object_copy(struct slice text, struct arena *arena) {
    char *padded = arena_alloc(arena, text.len + JSON_PADDING);
    struct json_parser *parser = json_parser_new();
    const struct json_token *tokens;
    struct json_error error;
    struct buf out = {0};
    memcpy(padded, text.ptr, text.len);
    if (json_parse(parser, padded, text.len, &tokens, &error) == 0)
        __builtin_trap();
    body_value_copy((struct slice){padded, text.len}, tokens, &out);
    for (uint32_t offset = 0; offset < text.len; offset += 1 + (uint32_t)text.len / 64) {
        struct slice pointer = body_pointer_at(tokens, offset, arena);
        if (pointer.len > 0 && pointer.ptr[0] != '/')
            __builtin_trap();
    }
    struct slice copy = arena_copy(arena, buf_slice(&out));
    buf_free(&out);
    json_parser_free(parser);
    return copy;
}

static void problem_check(struct http_answer *answer, struct arena *arena) {
    struct slice text = buf_slice(&answer->body);
    if (answer->status < 400 || answer->status > 422 || text.len == 0)
        __builtin_trap();
    (void)object_copy(text, arena);
}

static void body_check(struct slice text, struct arena *arena) {
    char *padded = arena_alloc(arena, text.len + HTTP_BODY_PADDING);
    memcpy(padded, text.ptr, text.len);
    struct http_request request = {
        .body = {padded, text.len}, .media_type = SLICE("application/json"), .id = SLICE("fuzz"), .arena = arena};
    struct http_answer answer = {0};
    struct body body;
    enum status status;
    if (body_read(&request, &answer, "id account data with a b", &body, &status)) {
        struct slice id = {0};
        if (text.len > 0) {
            struct slice once = object_copy(text, arena), twice = object_copy(once, arena);
            if (!slice_eq(once, twice))
                __builtin_trap();
        }
        if (!body_text(&body, "id", true, &id))
            problem_check(&answer, arena);
    } else if (status == STATUS_OK) {
        problem_check(&answer, arena);
    }
    body_free(&body);
    buf_free(&answer.body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct arena arena = {0};
    struct slice key, body, text = {(const char *)data, size};
    if (size > SIZE_MAX_BYTES)
        return 0;
    if (!slice_cut(text, '\n', &key, &body))
        body = (struct slice){text.ptr + size, 0};
    key_check(key, &arena);
    body_check(body, &arena);
    arena_free(&arena);
    return 0;
}
