/* SPDX-License-Identifier: Apache-2.0
 *
 * Any bytes as a line of an access log: an event that is a record with this source and account, or a reason. */
#include <stdlib.h>

#include "cxx/json.h"
#include "weblog/weblog.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition) {
    if (!condition)
        abort();
}

static struct weblog_pair data_pairs[] = {{{"count", 5}, {"1", 1}}};
static struct weblog_pair field_pairs[] = {{{"bytes", 5}, {"bytes", 5}}, {{"images", 6}, {"arg_images", 10}}};
static struct weblog_route routes[] = {
    {.path = {"/v1/labels", 10},
     .operation = {"imm.A", 5},
     .constants = data_pairs,
     .constant_count = 1,
     .fields = field_pairs,
     .field_count = 2},
    {.path = {"/live/{stream}/seg-{number}.ts", 30},
     .operation = {"imm.B", 5},
     .play =
         {.is_set = true, .media = {"stream", 6}, .number = {"number", 6}, .seconds = {(wide)10 * DECIMAL_ONE_PICO}}},
    {.path = {"/files/*", 8}, .operation = {"imm.C", 5}},
};

/* What was written is one JSON object on one line. */
static void check_event(struct slice text) {
    const struct json_token *tokens;
    struct json_error error;
    struct json_parser *parser = json_parser_new();
    char *padded = calloc(1, text.len + JSON_PADDING);
    require(parser != NULL && padded != NULL && text.len > 0 && text.ptr[text.len - 1] == '\n');
    require(memchr(text.ptr, '\n', text.len) == text.ptr + text.len - 1);
    memcpy(padded, text.ptr, text.len);
    require(json_parse(parser, padded, text.len, &tokens, &error) > 0 && tokens->type == JSON_OBJECT);
    free(padded);
    json_parser_free(parser);
}

static void read_line(bool is_json, const uint8_t *data, size_t size) {
    static const struct slice groups[] = {{"time", 4}, {"account", 7}, {"path", 4}, {"status", 6}, {"bytes", 5}};
    struct weblog_mapping mapping = {.is_json = is_json,
                                     .groups = (struct slice *)(uintptr_t)groups,
                                     .group_count = 5,
                                     .source = SLICE("edge"),
                                     .account = SLICE("account"),
                                     .time = SLICE("time"),
                                     .path = SLICE("path"),
                                     .status = SLICE("status"),
                                     .routes = routes,
                                     .route_count = 3};
    struct weblog *weblog;
    struct buf out = {0};
    enum weblog_outcome outcome;
    struct slice reason;
    char *line = calloc(1, size + JSON_PADDING);
    require(line != NULL);
    if (size > 0)
        memcpy(line, data, size);
    if (!is_json)
        require(regcomp(&mapping.pattern, "^([^|]*)[|]([^|]*)[|]([^|]*)[|]([^|]*)[|]([^|]*)$", REG_EXTENDED) == 0);
    mapping.has_pattern = !is_json;
    require(weblog_new(&mapping, &weblog) == STATUS_OK);
    for (int again = 0; again < 2; again++) {
        buf_clear(&out);
        require(weblog_line(weblog, (struct slice){line, size}, &out, &outcome, &reason) == STATUS_OK);
        require((outcome == WEBLOG_EVENT) == (out.len > 0) && (outcome == WEBLOG_MALFORMED) == (reason.len > 0));
        if (outcome == WEBLOG_EVENT)
            check_event(buf_slice(&out));
    }
    weblog_free(weblog);
    weblog_mapping_free(&mapping);
    buf_free(&out);
    free(line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size > 0 && size < 4096)
        read_line(data[0] != '|', data[0] != '|' ? data : data + 1, data[0] != '|' ? size : size - 1);
    return 0;
}
