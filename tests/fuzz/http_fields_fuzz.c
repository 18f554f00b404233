/* SPDX-License-Identifier: Apache-2.0
 *
 * Any bytes as a field's value, by the first of them: what is read obeys its rules, and what is written can be read. */
#include <stdlib.h>

#include "http/fields.h"
#include "http/target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition) {
    if (!condition)
        abort();
}

static bool is_visible(struct slice text) {
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] < 0x20 || text.ptr[i] > 0x7e)
            return false;
    return true;
}

static void key(struct slice value, struct arena *arena) {
    struct slice got = fields_idempotency_key(value, arena);
    require(got.ptr == NULL || (got.len > 0 && got.len <= FIELDS_KEY_MAX && is_visible(got)));
}

/* A name of a policy is written as a string; the reader of keys reads strings. */
static void limit(struct slice value, struct arena *arena) {
    struct fields_limit one = {.name = value, .quota = 7, .window_seconds = 1};
    struct buf text = {0};
    fields_ratelimit_policy(&text, &one, 1);
    require(!text.failed && text.len > 8 && is_visible(buf_slice(&text)));
    struct slice name = {text.ptr, text.len - 8};
    struct slice got = fields_idempotency_key(name, arena);
    if (value.len > 0 && value.len <= FIELDS_KEY_MAX)
        require(got.len == value.len && (!is_visible(value) || slice_eq(got, value)));
    buf_free(&text);
}

static void media(struct slice value, struct arena *arena) {
    struct fields_media got = fields_media_type(value, arena);
    if (got.type.ptr == NULL)
        return;
    require(memchr(got.type.ptr, '/', got.type.len) != NULL && memchr(got.type.ptr, ' ', got.type.len) == NULL);
    for (size_t i = 0; i < got.type.len; i++)
        require(got.type.ptr[i] < 'A' || got.type.ptr[i] > 'Z');
}

static void others(struct slice value) {
    static const char *const offers[] = {"application/json", "text/csv"};
    require(fields_accept(value, offers, 2) <= 2);
    if (fields_is_traceparent(value))
        require(value.len >= 55 && is_visible((struct slice){value.ptr, 55}));
    if (fields_has_tag(value, SLICE("\"v7\""), true))
        require(fields_has_tag(value, SLICE("\"v7\""), false));
}

static void target(struct slice value, struct arena *arena) {
    if (target_is_path(value))
        require(target_is_query(value) && is_visible(value));
    if (!target_is_query(value))
        return;
    struct slice text = target_decode(arena, value, true);
    require(text.ptr != NULL && text.len <= value.len && memchr(text.ptr, '\0', text.len) == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct arena arena = {0};
    if (size == 0)
        return 0;
    char *copy = malloc(size); /* exactly as long, so that a byte too far is seen */
    require(copy != NULL);
    memcpy(copy, data + 1, size - 1);
    struct slice value = {copy, size - 1};
    switch (data[0] % 5) {
    case 0:
        key(value, &arena);
        break;
    case 1:
        limit(value, &arena);
        break;
    case 2:
        media(value, &arena);
        break;
    case 3:
        target(value, &arena);
        break;
    default:
        others(value);
        break;
    }
    free(copy);
    arena_free(&arena);
    return 0;
}
