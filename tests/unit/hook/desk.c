/* SPDX-License-Identifier: Apache-2.0
 *
 * See desk.h. */
#include "desk.h"

#include <stdio.h>

#include "hook/members.h"

static const struct engine *source_begin(void *context) {
    return ((struct desk *)context)->life.engine;
}
static void source_end(void *context) {
    (void)context;
}
static const struct tariff_set *source_tariffs(void *context) {
    return &((struct desk *)context)->life.tariffs;
}
static uint32_t source_set(void *context) {
    return ((struct desk *)context)->set;
}
static int64_t clock_now(void *context) {
    return ((struct desk *)context)->now_ns;
}

static void header_take(const char *line, const char *name, char *out, size_t size) {
    size_t len = strlen(name);
    if (strncmp(line, name, len) == 0)
        snprintf(out, size, "%s", line + len);
}

static enum status transport_send(void *context, const struct transport_request *request) {
    struct desk *desk = context;
    if (!CHECK(desk->sent_count < DESK_SENT_MAX))
        return STATUS_NO_MEMORY;
    struct sent *sent = &desk->sent[desk->sent_count++];
    *sent = (struct sent){.tag = request->tag};
    for (uint32_t i = 0; i < request->header_count; i++) {
        header_take(request->headers[i], "webhook-id: ", sent->id, sizeof sent->id);
        header_take(request->headers[i], "webhook-timestamp: ", sent->timestamp, sizeof sent->timestamp);
        header_take(request->headers[i], "webhook-signature: ", sent->signature, sizeof sent->signature);
    }
    snprintf(sent->body, sizeof sent->body, "%.*s", SLICE_ARG(request->body));
    snprintf(sent->url, sizeof sent->url, "%s", request->url);
    return STATUS_OK;
}

static uint32_t transport_wait(void *context, uint32_t milliseconds, struct transport_result *results, uint32_t cap) {
    struct desk *desk = context;
    uint32_t count = 0;
    (void)milliseconds;
    for (; !desk->is_silent && count < cap && desk->answered < desk->sent_count; count++) {
        results[count] = (struct transport_result){
            .tag = desk->sent[desk->answered++].tag, .status = desk->status, .retry_after = desk->retry_after};
        if (desk->status == 0)
            snprintf(results[count].error, sizeof results[count].error, "nobody is there");
    }
    return count;
}

static void transport_nothing(void *context) {
    (void)context;
}

static enum status desk_open(struct desk *desk) {
    struct hook_options options = {
        .store = desk->store,
        .source = {source_begin, source_end, source_tariffs, source_set, desk},
        .key = desk->key,
        .transport = {desk, transport_send, transport_wait, transport_nothing, transport_nothing},
        .now = clock_now,
        .now_context = desk};
    desk->error = (struct slice){0};
    desk->hooks = NULL;
    if (desk->refuse)
        *desk->refuse = desk->refuse_opening_at;
    return hooks_open(&options, &desk->arena, &desk->hooks, &desk->error);
}

void desk_begin(struct desk *desk) {
    memset(desk, 0, sizeof *desk);
    life_begin(&desk->life, "tests/data/hooks.yaml");
    CHECK_OK(store_memory_new(&desk->faults, &desk->store));
    desk->now_ns = life_instant(0);
    desk->status = 204;
    desk->set = 1;
    CHECK_OK(desk_open(desk));
}

void desk_end(struct desk *desk) {
    hooks_close(desk->hooks);
    store_close(desk->store);
    life_end(&desk->life);
    arena_free(&desk->arena);
}

enum status desk_crash(struct desk *desk) {
    bool was_full = desk->faults.is_full;
    struct store *old = desk->store;
    desk->faults.is_full = true; /* closing saves nothing */
    hooks_close(desk->hooks);
    desk->faults.is_full = was_full;
    CHECK_OK(store_memory_reopen(old, &desk->store));
    desk->answered = desk->sent_count;
    return desk_open(desk);
}

void desk_run(struct desk *desk) {
    uint32_t before;
    do {
        before = desk->sent_count;
        desk->now_ns += 2 * NS_PER_SECOND; /* so that what is known is noted */
        while (hooks_step(desk->hooks, 0) && !desk->is_silent) {
        }
    } while (desk->sent_count > before && !desk->is_silent);
}

void desk_two_alerts(struct desk *desk, const char *account) {
    static const char *const data[] = {"\"tariff\":\"watch\",\"sku\":\"calls-10\"", "\"count\":10"};
    char id[32];
    desk->life.subject = account;
    snprintf(id, sizeof id, "%s-%u", account, desk->life.line);
    CHECK_TEXT(life_step(&desk->life, "order", id, 1, "%s", data[0]), "");
    snprintf(id, sizeof id, "%s-%u", account, desk->life.line);
    CHECK_TEXT(life_step(&desk->life, "watch.Call", id, 2, "%s", data[1]), "");
}

struct slice desk_call(struct desk *desk, enum status (*call)(struct hooks *, struct slice, struct hook_call *),
                       struct slice id, const char *body, enum status want) {
    struct buf out = {0};
    struct hook_call asked = {.body = slice_of(body), .arena = &desk->arena, .out = &out};
    CHECK_STATUS(call(desk->hooks, id, &asked), want);
    struct slice answer = arena_copy(&desk->arena, want == STATUS_OK ? buf_slice(&out) : asked.detail);
    buf_free(&out);
    return answer;
}

static enum status create(struct hooks *hooks, struct slice id, struct hook_call *call) {
    (void)id;
    return hooks_create(hooks, call);
}

struct slice desk_create(struct desk *desk, const char *body) {
    return desk_member(desk, desk_call(desk, create, SLICE(""), body, STATUS_OK), "id");
}

struct slice desk_member(struct desk *desk, struct slice json, const char *name) {
    struct json_parser *parser = json_parser_new();
    const struct json_token *tokens;
    struct json_error error;
    struct slice text = {0};
    char *copy = arena_alloc(&desk->arena, json.len + JSON_PADDING);
    memcpy(copy, json.ptr, json.len);
    if (json_parse(parser, copy, json.len, &tokens, &error) > 0) {
        const struct json_token *value = member_find(tokens, name);
        if (value)
            text = arena_copy(&desk->arena, (struct slice){value->ptr, value->len});
    }
    json_parser_free(parser);
    return text;
}
