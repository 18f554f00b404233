/* SPDX-License-Identifier: Apache-2.0
 *
 * Two persons: when they are needed, who may decide, and what happens once only. */
#include "access/approval.h"
#include "support/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define DAY_NS (86400 * NS_PER_SECOND)
#define NOW (INT64_C(1800000000) * NS_PER_SECOND)

struct desk {
    struct store_faults faults;
    struct store *store;
    struct access *access;
    struct arena arena;
    struct slice error;
    char directory[64], pepper[80];
};

static void desk_begin(struct desk *desk) {
    *desk = (struct desk){0};
    (void)snprintf(desk->directory, sizeof desk->directory, "/tmp/approval-XXXXXX");
    CHECK(mkdtemp(desk->directory) != NULL);
    (void)snprintf(desk->pepper, sizeof desk->pepper, "%s/pepper", desk->directory);
    struct access_options options = {.directory = desk->directory};
    CHECK_OK(store_memory_new(&desk->faults, &desk->store));
    CHECK_OK(access_open(desk->store, &options, &desk->arena, &desk->access, &desk->error));
}

static void desk_end(struct desk *desk) {
    access_close(desk->access);
    store_close(desk->store);
    arena_free(&desk->arena);
    (void)unlink(desk->pepper);
    CHECK(rmdir(desk->directory) == 0);
}

static struct slice key_new(struct desk *desk, uint32_t roles, int64_t now_ns) {
    struct key_view key;
    struct key_secret secret;
    struct key_order order = {.name = SLICE("someone"),
                              .account = SLICE(""),
                              .created_by = SLICE("local:0"),
                              .roles = roles,
                              .now_ns = now_ns,
                              .expires_ns = INSTANT_MAX};
    CHECK_OK(key_create(desk->access, &order, &key, &secret));
    key_secret_wipe(&secret);
    return key.id;
}

static struct approval proposed(struct desk *desk, struct slice by) {
    struct approval approval;
    struct proposal proposal = {.action = SLICE("refund"),
                                .object = SLICE("accounts/a-1/orders/o-1"),
                                .summary = SLICE("refund \"o-1\"\n"),
                                .body = SLICE("{\"id\":\"r-1\"}\xff"),
                                .by = by,
                                .now_ns = NOW};
    CHECK_OK(approval_propose(desk->access, &proposal, &desk->arena, &approval));
    return approval;
}

static void the_rule_is_in_force_when_there_are_two(void **state) {
    (void)state;
    struct desk desk;
    desk_begin(&desk);
    struct access_rule rule = access_rule(desk.access);
    CHECK_INT(rule.mode, RULE_AUTO);
    CHECK(decimal_is_zero(rule.refund_limit));
    CHECK(!access_needs_two(desk.access, NOW));
    struct slice first = key_new(&desk, ROLE_ADMIN, NOW);
    (void)key_new(&desk, ROLE_BILLING | ROLE_READ, NOW);
    CHECK(!access_needs_two(desk.access, NOW));
    (void)key_new(&desk, ROLE_APPROVE, NOW);
    CHECK(access_needs_two(desk.access, NOW));
    CHECK_OK(key_revoke(desk.access, first, NOW));
    CHECK(!access_needs_two(desk.access, NOW));
    rule = (struct access_rule){RULE_ON, decimal_from_int(100)};
    CHECK_OK(access_rule_set(desk.access, &rule));
    CHECK(access_needs_two(desk.access, NOW));
    rule.mode = RULE_OFF;
    desk.faults.is_full = true;
    CHECK_STATUS(access_rule_set(desk.access, &rule), STATUS_IO);
    CHECK(access_needs_two(desk.access, NOW));
    desk.faults.is_full = false;
    CHECK_OK(access_rule_set(desk.access, &rule));
    CHECK(!access_needs_two(desk.access, NOW));
    struct access *again = NULL; /* as after a restart */
    struct access_options options = {.directory = desk.directory};
    CHECK_OK(access_open(desk.store, &options, &desk.arena, &again, &desk.error));
    CHECK_INT(access_rule(again).mode, RULE_OFF);
    CHECK_INT(decimal_cmp(access_rule(again).refund_limit, decimal_from_int(100)), 0);
    access_close(again);
    desk_end(&desk);
}

static void another_one_decides(void **state) {
    (void)state;
    static const struct {
        const char *row;
        int64_t key_age_ns; /* of the key that decides, against the proposal */
        bool is_own, is_approved;
        int64_t after_ns;
        enum status want;
        enum approval_state then;
    } rows[] = {
        {"another key approves", -1, false, true, 1, STATUS_OK, APPROVAL_APPROVED},
        {"another key rejects", -1, false, false, 1, STATUS_OK, APPROVAL_REJECTED},
        {"nobody approves his own", -1, true, true, 1, STATUS_INVALID, APPROVAL_OPEN},
        {"one's own is taken back", -1, true, false, 1, STATUS_OK, APPROVAL_REJECTED},
        {"a key that was made for it does not approve", 0, false, true, 1, STATUS_INVALID, APPROVAL_OPEN},
        {"the last moment", -1, false, true, APPROVAL_DAYS * DAY_NS - 1, STATUS_OK, APPROVAL_APPROVED},
        {"too late", -1, false, true, APPROVAL_DAYS * DAY_NS, STATUS_CONFLICT, APPROVAL_EXPIRED},
    };
    FOR_ROWS(row, rows) {
        struct desk desk;
        struct approval approval, now;
        desk_begin(&desk);
        struct slice by = key_new(&desk, ROLE_BILLING, NOW - DAY_NS);
        struct slice other = key_new(&desk, ROLE_APPROVE, NOW + row->key_age_ns);
        approval = proposed(&desk, by);
        struct decision decision = {approval.id, row->is_own ? by : other, row->is_approved, NOW + row->after_ns};
        CHECK_STATUS(approval_decide(desk.access, &decision, &desk.arena, &now), row->want);
        CHECK_OK(approval_find(desk.access, approval.id, NOW + row->after_ns, &desk.arena, &now));
        CHECK_INT(now.state, row->then);
        CHECK_TEXT(now.summary, "refund \"o-1\"\n");
        CHECK_TEXT(now.body, "{\"id\":\"r-1\"}\xef\xbf\xbd");
        desk_end(&desk);
    }
}

static void what_is_decided_stays(void **state) {
    (void)state;
    struct desk desk;
    struct approval approval, now;
    desk_begin(&desk);
    approval = proposed(&desk, SLICE("local:0"));
    struct decision yes = {approval.id, SLICE("local:7"), true, NOW + 1},
                    no = {approval.id, SLICE("local:7"), false, NOW + 1};
    struct decision other = {approval.id, SLICE("local:8"), true, NOW + 1};
    CHECK_STATUS(approval_finish(desk.access, &approval, APPROVAL_DONE, SLICE(""), &desk.arena), STATUS_CONFLICT);
    desk.faults.is_full = true;
    CHECK_STATUS(approval_decide(desk.access, &yes, &desk.arena, &now), STATUS_IO);
    desk.faults.is_full = false;
    CHECK_OK(approval_decide(desk.access, &yes, &desk.arena, &now));
    CHECK_OK(approval_decide(desk.access, &yes, &desk.arena, &now)); /* the answer was lost */
    CHECK_STATUS(approval_decide(desk.access, &no, &desk.arena, &now), STATUS_CONFLICT);
    CHECK_STATUS(approval_decide(desk.access, &other, &desk.arena, &now), STATUS_CONFLICT);
    CHECK_OK(approval_finish(desk.access, &approval, APPROVAL_DONE, SLICE("accepted"), &desk.arena));
    CHECK_STATUS(approval_decide(desk.access, &yes, &desk.arena, &now), STATUS_CONFLICT);
    CHECK_OK(approval_find(desk.access, approval.id, NOW + 100 * DAY_NS, &desk.arena, &now));
    CHECK_INT(now.state, APPROVAL_DONE);
    CHECK_TEXT(now.result, "accepted");
    CHECK_TEXT(now.decided_by, "local:7");
    CHECK_STATUS(approval_find(desk.access, SLICE("0000000000000000000000"), NOW, &desk.arena, &now), STATUS_NOT_FOUND);
    desk_end(&desk);
}

static void lists_are_in_the_order_of_time(void **state) {
    (void)state;
    struct desk desk;
    struct approval first, second;
    struct slice *ids;
    uint32_t count;
    desk_begin(&desk);
    struct proposal proposal = {SLICE("refund"),  SLICE("o"), SLICE("s"), SLICE("b"),
                                SLICE("local:0"), SLICE(""),  NOW + 5};
    CHECK_OK(approval_propose(desk.access, &proposal, &desk.arena, &second));
    proposal.now_ns = NOW;
    CHECK_OK(approval_propose(desk.access, &proposal, &desk.arena, &first));
    CHECK_OK(approval_list(desk.access, SLICE(""), &desk.arena, &ids, &count));
    CHECK_UINT(count, 2);
    CHECK_SLICE(ids[0], first.id);
    CHECK_OK(approval_list(desk.access, first.id, &desk.arena, &ids, &count));
    CHECK_UINT(count, 1);
    CHECK_SLICE(ids[0], second.id);
    CHECK_OK(approval_list(desk.access, second.id, &desk.arena, &ids, &count));
    CHECK_UINT(count, 0);
    proposal.body = (struct slice){"", APPROVAL_BODY_MAX + 1};
    CHECK_STATUS(approval_propose(desk.access, &proposal, &desk.arena, &first), STATUS_RANGE);
    desk_end(&desk);
}

static void what_is_proposed_again_is_one_proposal(void **state) {
    (void)state;
    struct desk desk;
    struct approval first, again, other;
    struct slice *ids;
    uint32_t count;
    desk_begin(&desk);
    struct slice second = key_new(&desk, ROLE_APPROVE, NOW - 1);
    struct proposal proposal = {SLICE("refund"),  SLICE("o"),      SLICE("s"), SLICE("b"),
                                SLICE("local:0"), SLICE("0a1b2c"), NOW};
    CHECK_OK(approval_propose(desk.access, &proposal, &desk.arena, &first));
    struct decision decision = {first.id, second, false, NOW};
    CHECK_OK(approval_decide(desk.access, &decision, &desk.arena, &again));
    CHECK_OK(approval_propose(desk.access, &proposal, &desk.arena, &again)); /* the answer was lost meanwhile */
    CHECK_SLICE(again.id, first.id);
    CHECK_INT(again.state, APPROVAL_REJECTED);
    proposal.request = SLICE("0a1b2d");
    CHECK_OK(approval_propose(desk.access, &proposal, &desk.arena, &other));
    CHECK_OK(approval_list(desk.access, SLICE(""), &desk.arena, &ids, &count));
    CHECK_UINT(count, 2);
    desk_end(&desk);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_rule_is_in_force_when_there_are_two),
        cmocka_unit_test(another_one_decides),
        cmocka_unit_test(what_is_decided_stays),
        cmocka_unit_test(lists_are_in_the_order_of_time),
        cmocka_unit_test(what_is_proposed_again_is_one_proposal),
    };
    return CHECK_RUN(tests);
}
