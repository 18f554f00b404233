/* SPDX-License-Identifier: Apache-2.0
 *
 * Memory that runs out at every allocation in turn: what is asked for is refused or done, and nothing that was told is
 * lost or told as another message. */
#include <stdlib.h>

#include "desk.h"
#include "support/refuse.h"

static struct desk *desk;

static enum status ask(enum status (*function)(struct hooks *, struct slice, struct hook_call *), struct slice id,
                       const char *body) {
    struct buf out = {0};
    struct arena arena = {0};
    struct hook_call call = {.body = slice_of(body), .arena = &arena, .out = &out};
    enum status status = function(desk->hooks, id, &call);
    buf_free(&out);
    arena_free(&arena);
    CHECK(status == STATUS_OK || status == STATUS_NO_MEMORY);
    return status;
}

static enum status create(struct hooks *hooks, struct slice id, struct hook_call *call) {
    (void)id;
    return hooks_create(hooks, call);
}

static enum status list(struct hooks *hooks, struct slice id, struct hook_call *call) {
    (void)id;
    return hooks_list(hooks, call);
}

static void steps(int count) {
    for (int i = 0; i < count; i++) {
        desk->now_ns += 2 * NS_PER_SECOND;
        hooks_step(desk->hooks, 0);
    }
}

/* All that people ask for and all that is sent, with memory that runs out once. Returns whether it ran out. */
static bool life_with(uint64_t at, struct slice id) {
    static const char *const second = "{\"url\":\"https://other.example.com/\",\"types\":[\"tollgate.alert.unpriced\"],"
                                      "\"accounts\":[\"ann\"],\"description\":\"d\",\"scheme\":\"v1a\"}";
    refuse_at = at;
    steps(2);
    (void)ask(create, SLICE(""), second);
    (void)ask(hooks_rotate, id, "{\"overlap\":\"1 hour\"}");
    (void)ask(hooks_change, id, "{\"accounts\":[\"ann\"],\"description\":\"e\"}");
    (void)ask(hooks_test, id, "");
    (void)ask(hooks_replay, id, "{\"since\":\"2026-01-01T00:00:00Z\"}");
    steps(3);
    (void)ask(hooks_show, id, "");
    (void)ask(hooks_deliveries, id, "");
    (void)ask(list, SLICE(""), "");
    bool ran_out = refuse_at == 0;
    refuse_at = 0;
    return ran_out;
}

static uint32_t different_alerts(void) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < desk->sent_count; i++) {
        uint32_t k = 0;
        while (k < i && strcmp(desk->sent[k].id, desk->sent[i].id) != 0)
            k++;
        count += k == i && strstr(desk->sent[i].body, "tollgate.alert") != NULL;
    }
    return count;
}

static void nothing_is_lost_without_memory(void **state) {
    bool ran_out = true;
    (void)state;
    for (uint64_t at = 1; ran_out && at < 5000; at++) {
        desk = malloc(sizeof *desk);
        desk_begin(desk);
        struct slice id = desk_create(desk, "{\"url\":\"https://hooks.example.com/x\"}");
        desk_two_alerts(desk, "ann");
        ran_out = life_with(at, id);
        desk_two_alerts(desk, "ann");
        desk_run(desk);
        desk->now_ns += HOUR_NS;
        desk_run(desk);
        CHECK_UINT(different_alerts(), 4);
        CHECK_OK(desk_crash(desk));
        desk_end(desk);
        free(desk);
    }
    CHECK(!ran_out);
}

/* An opening without memory is no opening, and leaves nothing behind. */
static void opening_needs_memory(void **state) {
    enum status status = STATUS_NO_MEMORY;
    (void)state;
    desk = malloc(sizeof *desk);
    desk_begin(desk);
    struct slice id = desk_create(desk, "{\"url\":\"https://hooks.example.com/x\",\"accounts\":[\"ann\"]}");
    desk_two_alerts(desk, "ann");
    desk_run(desk);
    for (uint64_t at = 1; status == STATUS_NO_MEMORY && at < 1000; at++) {
        desk->refuse = &refuse_at;
        desk->refuse_opening_at = at;
        status = desk_crash(desk);
        refuse_at = 0;
    }
    CHECK_OK(status);
    CHECK(strstr(desk_call(desk, hooks_deliveries, id, "", STATUS_OK).ptr, "\"delivered\"") != NULL);
    desk_end(desk);
    free(desk);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_lost_without_memory),
        cmocka_unit_test(opening_needs_memory),
    };
    return CHECK_RUN(tests);
}
