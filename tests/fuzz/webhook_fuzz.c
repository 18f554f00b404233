/* SPDX-License-Identifier: Apache-2.0
 *
 * Webhooks: bodies that people send, and documents of a damaged store. What is read is shown, changed, and written so
 * that it is read again as the same. Input: a body; or, behind a byte 0xff, an endpoint, 0xff, its deliveries. */
#include <stdlib.h>

#include "hook/hooks.h"
#include "store/store.h"

static struct tariff_set tariffs;
static struct engine *engine;

static const struct engine *source_begin(void *context) {
    (void)context;
    return engine;
}
static void source_end(void *context) {
    (void)context;
}
static const struct tariff_set *source_tariffs(void *context) {
    (void)context;
    return &tariffs;
}
static uint32_t source_set(void *context) {
    (void)context;
    return 1;
}
static int64_t clock_now(void *context) {
    (void)context;
    return INT64_C(1771200000) * NS_PER_SECOND;
}

static void must(bool condition) {
    if (!condition)
        abort();
}

static enum status open_hooks(struct store *store, struct arena *arena, struct hooks **ret_hooks) {
    struct hook_options options = {
        .store = store, .source = {source_begin, source_end, source_tariffs, source_set, NULL}, .now = clock_now};
    struct slice error = {0};
    return hooks_open(&options, arena, ret_hooks, &error);
}

static void shown(struct hooks *hooks, struct arena *arena, struct buf *out) {
    struct hook_call call = {.arena = arena, .out = out};
    buf_clear(out);
    must(hooks_list(hooks, &call) == STATUS_OK);
    enum status status = hooks_deliveries(hooks, SLICE("wh_x"), &call);
    must(status == STATUS_OK || status == STATUS_NOT_FOUND);
}

/* What is written is read again as it was. */
static void again(struct hooks *hooks, struct store *store, struct arena *arena) {
    struct buf before = {0}, after = {0};
    shown(hooks, arena, &before);
    hooks_close(hooks);
    must(open_hooks(store, arena, &hooks) == STATUS_OK);
    shown(hooks, arena, &after);
    must(slice_eq(buf_slice(&before), buf_slice(&after)));
    hooks_close(hooks);
    buf_free(&before);
    buf_free(&after);
}

static void documents_try(struct store *store, struct slice input, struct arena *arena) {
    struct slice endpoint, deliveries = {0};
    struct hooks *hooks;
    if (!slice_cut(input, (char)0xff, &endpoint, &deliveries))
        return;
    must(store_put(store, &(struct store_document){SLICE("endpoint"), SLICE("wh_x"), endpoint}) == STATUS_OK);
    must(store_put(store, &(struct store_document){SLICE("delivery"), SLICE("wh_x"), deliveries}) == STATUS_OK);
    if (open_hooks(store, arena, &hooks) != STATUS_OK)
        return;
    struct buf out = {0};
    struct hook_call call = {.body = SLICE("{\"is_enabled\":true}"), .arena = arena, .out = &out};
    enum status status = hooks_change(hooks, SLICE("wh_x"), &call);
    must(status == STATUS_OK || status == STATUS_NOT_FOUND);
    if (status == STATUS_OK)
        again(hooks, store, arena);
    else
        hooks_close(hooks);
    buf_free(&out);
}

static void body_try(struct store *store, struct slice input, struct arena *arena) {
    struct hooks *hooks;
    struct buf out = {0};
    struct hook_call call = {.body = input, .arena = arena, .out = &out};
    must(open_hooks(store, arena, &hooks) == STATUS_OK);
    enum status status = hooks_create(hooks, &call);
    must(status == STATUS_OK || (status == STATUS_INVALID && call.detail.len > 0));
    again(hooks, store, arena);
    buf_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct slice input = {(const char *)data, size};
    struct arena arena = {0};
    struct store *store;
    if (!engine)
        must(engine_new(&tariffs, &engine) == STATUS_OK);
    must(store_memory_new(NULL, &store) == STATUS_OK);
    if (size > 0 && data[0] == 0xff)
        documents_try(store, (struct slice){input.ptr + 1, size - 1}, &arena);
    else
        body_try(store, input, &arena);
    store_close(store);
    arena_free(&arena);
    return 0;
}
