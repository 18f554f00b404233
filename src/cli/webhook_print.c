/* SPDX-License-Identifier: Apache-2.0
 *
 * Webhooks and deliveries for people: the members of the JSON that the API answers with. */
#include "cli/webhook.h"
#include "export/grid.h"
#include "hook/members.h"

static struct slice text_of(const struct json_token *token) {
    return (struct slice){token->ptr, token->len};
}

/* A member as a cell: a list with commas, all for an empty one. */
static void cell(struct grid *grid, const struct json_token *object, const char *name) {
    const struct json_token *value = member_find(object, name);
    struct buf text = {0};
    if (value && value->type == JSON_ARRAY) {
        for (const struct json_token *at = element_next(value, NULL); at; at = element_next(value, at)) {
            buf_text(&text, text.len > 0 ? ", " : "");
            buf_visible(&text, text_of(at));
        }
        if (text.len == 0)
            buf_text(&text, "all");
    } else if (value && value->type != JSON_NULL) {
        buf_visible(&text, text_of(value));
    }
    grid_cell(grid, text.len > 0 ? buf_slice(&text) : SLICE("-"));
    buf_free(&text);
}

static void line(struct grid *grid, const struct json_token *object, const char *name) {
    if (!member_find(object, name))
        return;
    grid_cell(grid, slice_of(name));
    cell(grid, object, name);
}

static void webhook_one(const struct json_token *object, struct grid *grid) {
    static const char *const names[] = {"id",    "url",     "description", "types",  "accounts",
                                        "state", "waiting", "failures",    "secret", "created_at"};
    grid_start(grid, "ll", false);
    for (uint32_t i = 0; i < COUNT_OF(names); i++)
        line(grid, object, names[i]);
    const struct json_token *keys = member_find(object, "keys");
    for (const struct json_token *at = keys ? element_next(keys, NULL) : NULL; at; at = element_next(keys, at)) {
        const struct json_token *scheme = member_find(at, "scheme"), *public = member_find(at, "public_key"),
                                *until = member_find(at, "until");
        bool is_public = public && public->type == JSON_TEXT, is_ending = until && until->type == JSON_TEXT;
        grid_cell(grid, SLICE("key"));
        grid_printf(grid, "%.*s%s%.*s%s%.*s", scheme ? (int)scheme->len : 0, scheme ? scheme->ptr : "",
                    is_public ? ", " : "", is_public ? (int)public->len : 0, is_public ? public->ptr : "",
                    is_ending ? ", until " : "", is_ending ? (int)until->len : 0, is_ending ? until->ptr : "");
    }
}

static void last_attempt(const struct json_token *delivery, struct grid *grid) {
    const struct json_token *attempts = member_find(delivery, "attempts"), *last = NULL;
    uint32_t count = 0;
    for (const struct json_token *at = attempts ? element_next(attempts, NULL) : NULL; at;
         at = element_next(attempts, at), count++)
        last = at;
    grid_printf(grid, "%u", count);
    const struct json_token *error = last ? member_find(last, "error") : NULL;
    if (!last)
        grid_cell(grid, SLICE("-"));
    else
        cell(grid, last, error && error->type == JSON_TEXT ? "error" : "status");
}

static void delivery_head(struct grid *grid) {
    static const char *const heads[] = {"number", "state", "type", "account", "created", "attempts", "last answer"};
    grid_start(grid, "rllllrl", true);
    for (uint32_t i = 0; i < COUNT_OF(heads); i++)
        grid_cell(grid, slice_of(heads[i]));
}

static void delivery_row(const struct json_token *delivery, struct grid *grid) {
    static const char *const names[] = {"number", "state", "type", "account", "created_at"};
    for (uint32_t i = 0; i < COUNT_OF(names); i++)
        cell(grid, delivery, names[i]);
    last_attempt(delivery, grid);
}

static void list(const struct json_token *answer, bool is_deliveries, struct grid *grid) {
    static const char *const names[] = {"id", "state", "url", "types", "accounts", "waiting"};
    const struct json_token *items = member_find(answer, "items");
    if (is_deliveries) {
        delivery_head(grid);
    } else {
        grid_start(grid, "lllllr", true);
        for (uint32_t i = 0; i < COUNT_OF(names); i++)
            grid_cell(grid, slice_of(names[i]));
    }
    for (const struct json_token *at = items ? element_next(items, NULL) : NULL; at; at = element_next(items, at)) {
        if (is_deliveries)
            delivery_row(at, grid);
        for (uint32_t i = 0; !is_deliveries && i < COUNT_OF(names); i++)
            cell(grid, at, names[i]);
    }
}

static bool answer_print(enum webhook_shape shape, struct slice answer, bool color, struct buf *out) {
    struct json_parser *parser = json_parser_new();
    const struct json_token *tokens;
    struct json_error error;
    struct grid grid = {0};
    bool is_json = parser && json_parse(parser, answer.ptr, answer.len, &tokens, &error) > 0;
    if (is_json && shape == WEBHOOK_DELIVERY && member_find(tokens, "number")) {
        delivery_head(&grid);
        delivery_row(tokens, &grid);
    } else if (is_json && (shape == WEBHOOK_ONE || shape == WEBHOOK_DELIVERY)) {
        webhook_one(tokens, &grid);
    } else if (is_json) {
        list(tokens, shape == WEBHOOK_DELIVERIES, &grid);
    }
    if (is_json)
        grid_print(&grid, 0, color, out);
    bool is_whole = is_json && !grid.failed;
    grid_free(&grid);
    json_parser_free(parser);
    return is_whole;
}

int webhook_print(const struct call *call, enum webhook_shape shape, struct slice answer) {
    struct sink out = output_sink();
    bool is_whole = true;
    if (shape == WEBHOOK_GONE)
        buf_text(&out.buf, is_json(call) ? "{}\n" : "");
    else if (is_json(call))
        buf_printf(&out.buf, "%.*s\n", SLICE_ARG(answer));
    else
        is_whole = answer_print(shape, answer, color_out(call), &out.buf);
    int code = output_finish(&out, EXIT_DONE);
    return is_whole ? code : complain_fault("the answer", STATUS_NO_MEMORY);
}
