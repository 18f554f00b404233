/* SPDX-License-Identifier: Apache-2.0
 *
 * Any bytes as a body of events: a batch (when they begin with a bracket) or lines. A batch that is JSON has as many
 * documents as the parser finds elements, each where it stands; every place in a document is one in the body. */
#include <stdint.h>
#include <string.h>

#include "cxx/json.h"
#include "server/documents.h"

enum { SIZE_MAX_BYTES = 16 << 10 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition) {
    if (!condition)
        __builtin_trap();
}

/* As the parser sees it. */
static void batch_check(const struct documents *documents, bool is_read, struct slice body) {
    struct json_parser *parser = json_parser_new();
    const struct json_token *tokens;
    struct json_error error;
    size_t count = json_parse(parser, body.ptr, body.len, &tokens, &error);
    require(count == 0 || is_read || tokens->type != JSON_ARRAY);
    uint32_t index = 0;
    for (size_t i = 1; count > 0 && is_read && i + 1 < count; index++) {
        bool is_container = tokens[i].type == JSON_OBJECT || tokens[i].type == JSON_ARRAY;
        require(index < documents->count && documents->list[index].ptr == body.ptr + tokens[i].raw_offset);
        i += is_container ? tokens[i].len : 1;
        require(documents->list[index].ptr + documents->list[index].len ==
                body.ptr + tokens[i - 1].raw_offset + tokens[i - 1].raw_len);
    }
    require(count == 0 || !is_read || index == documents->count);
    json_parser_free(parser);
}

static void places_check(const struct documents *documents, struct slice body) {
    struct documents_place place = {.body = body, .line = 1};
    uint32_t last = 1;
    for (uint32_t i = 0; i < documents->count; i++) {
        struct slice document = documents->list[i];
        uint32_t line = 1, column = 1;
        require(document.ptr >= body.ptr && document.ptr + document.len <= body.ptr + body.len);
        documents_locate(&place, document, &line, &column);
        require(line >= last && column >= 1 && column <= body.len + 1);
        last = line;
        const char *at = body.ptr;
        for (uint32_t k = 1; k < line; k++)
            at = (const char *)memchr(at, '\n', (size_t)(body.ptr + body.len - at)) + 1;
        require(at + column - 1 == document.ptr);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct arena arena = {0};
    struct http_answer answer = {0};
    struct documents documents;
    if (size > SIZE_MAX_BYTES)
        return 0;
    char *padded = arena_alloc(&arena, size + HTTP_BODY_PADDING);
    if (size > 0)
        memcpy(padded, data, size);
    bool is_batch = size > 0 && *padded == '[';
    struct http_request request = {.body = {padded, size},
                                   .media_type = is_batch ? SLICE("application/cloudevents-batch+json")
                                                          : SLICE("application/x-ndjson"),
                                   .id = SLICE("fuzz"),
                                   .arena = &arena};
    bool is_read = documents_read(&request, &answer, &documents);
    require(is_read ? answer.status == 0 : answer.status >= 400 && answer.status < 500);
    if (is_batch)
        batch_check(&documents, is_read, request.body);
    if (is_read)
        places_check(&documents, request.body);
    buf_free(&answer.body);
    arena_free(&arena);
    return 0;
}
