/* SPDX-License-Identifier: Apache-2.0
 *
 * Deliveries: each alert once, to whoever wants it, whatever receivers, crashes and disks do. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "desk.h"
#include "hook/signature.h"

#define URL "\"url\":\"https://hooks.example.com/x\""
#define SECRET "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

static struct desk *desk; /* too large for a stack */

static int begin(void **state) {
    (void)state;
    desk = malloc(sizeof *desk);
    desk_begin(desk);
    return 0;
}

static int end(void **state) {
    (void)state;
    desk_end(desk);
    free(desk);
    return 0;
}

static bool has(const char *text, const char *part) {
    return strstr(text, part) != NULL;
}

static struct slice state_of(struct slice id) {
    return desk_member(desk, desk_call(desk, hooks_show, id, "", STATUS_OK), "state");
}

static struct slice deliveries_of(struct slice id) {
    return desk_call(desk, hooks_deliveries, id, "", STATUS_OK);
}

static uint32_t different_ids(void) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < desk->sent_count; i++) {
        uint32_t k = 0;
        while (k < i && strcmp(desk->sent[k].id, desk->sent[i].id) != 0)
            k++;
        count += k == i;
    }
    return count;
}

/* ---- what is told ---- */

static void each_alert_is_told_once(void **state) {
    (void)state;
    desk_two_alerts(desk, "before");
    desk_create(desk, "{" URL "}");
    desk_run(desk);
    CHECK_UINT(desk->sent_count, 0); /* the past is not told */
    desk_two_alerts(desk, "ann");
    desk_run(desk);
    desk_run(desk);
    if (CHECK_UINT(desk->sent_count, 2)) {
        CHECK(has(desk->sent[0].body, "{\"type\":\"tollgate.alert.package-low\",\"timestamp\":\"2026-01-01T00:02:00Z\","
                                      "\"data\":{\"kind\":\"package-low\",\"account\":\"ann\",\"tariff\":\"watch\""));
        CHECK(has(desk->sent[1].body, "\"tollgate.alert.package-empty\""));
        CHECK(strcmp(desk->sent[0].id, desk->sent[1].id) != 0);
        CHECK(strncmp(desk->sent[0].id, "msg_", 4) == 0 && strlen(desk->sent[0].id) == 36);
    }
}

static void endpoints_get_what_they_want(void **state) {
    static const struct {
        const char *row, *wants;
        uint32_t count;
    } rows[] = {
        {"everything", "", 5},
        {"a type", ",\"types\":[\"tollgate.alert.package-empty\"]", 2},
        {"two types", ",\"types\":[\"tollgate.alert.package-empty\",\"tollgate.alert.package-low\"]", 4},
        {"an account", ",\"accounts\":[\"ann\"]", 3},
        {"accounts that are not there", ",\"accounts\":[\"an\",\"anna\"]", 0},
        {"a type of an account", ",\"accounts\":[\"bob\"],\"types\":[\"tollgate.alert.package-low\"]", 1},
        {"usage without a price", ",\"types\":[\"tollgate.alert.unpriced\"]", 1},
        {"nothing, while it is disabled", ",\"is_enabled\":false", 0},
    };
    (void)state;
    FOR_ROWS(row, rows) {
        char body[256];
        snprintf(body, sizeof body, "{" URL "%s}", row->wants);
        desk_create(desk, body);
        desk->sent_count = desk->answered = 0;
        desk_two_alerts(desk, "ann");
        desk_two_alerts(desk, "bob");
        desk->life.subject = "ann";
        life_step(&desk->life, "watch.Nothing", row->row, 3, "\"count\":1");
        life_step(&desk->life, "watch.Nothing", row->wants[0] ? row->wants + 9 : "x", 3, "\"count\":1");
        desk_run(desk);
        CHECK_UINT(desk->sent_count, row->count);
        end(NULL);
        begin(NULL);
    }
}

static void tariffs_are_told(void **state) {
    (void)state;
    desk_create(desk, "{" URL ",\"types\":[\"tollgate.tariff.activated\"]}");
    desk->set = 3;
    desk_run(desk);
    if (CHECK_UINT(desk->sent_count, 2)) {
        CHECK(has(desk->sent[0].body, "\"type\":\"tollgate.tariff.activated\""));
        CHECK(has(desk->sent[0].body, "\"data\":{\"set\":2,\"tariffs\":[\"watch\"]}"));
        CHECK(has(desk->sent[1].body, "\"set\":3"));
    }
}

static void two_endpoints_see_the_same_id(void **state) {
    (void)state;
    desk_create(desk, "{" URL "}");
    desk_create(desk, "{\"url\":\"https://other.example.com/\"}");
    desk_two_alerts(desk, "ann");
    desk_run(desk);
    CHECK_UINT(desk->sent_count, 4);
    CHECK_UINT(different_ids(), 2);
}

static void what_is_sent_is_signed(void **state) {
    struct hook_key key;
    struct buf want = {0};
    (void)state;
    desk_create(desk, "{" URL ",\"secret\":\"" SECRET "\"}");
    desk_two_alerts(desk, "ann");
    desk_run(desk);
    if (CHECK(desk->sent_count == 2 && hook_key_read(SLICE(SECRET), &key))) {
        struct sent *sent = &desk->sent[0];
        uint64_t timestamp;
        CHECK(slice_number(slice_of(sent->timestamp), UINT64_MAX, &timestamp));
        hook_sign(&key, &(struct hook_signed){slice_of(sent->id), (int64_t)timestamp, slice_of(sent->body)}, &want);
        CHECK_TEXT(buf_slice(&want), sent->signature);
        CHECK_TEXT(slice_of(sent->url), "https://hooks.example.com/x");
    }
    buf_free(&want);
}

/* ---- what fails ---- */

static void failures_are_tried_again(void **state) {
    (void)state;
    struct slice id = desk_create(desk, "{" URL ",\"types\":[\"tollgate.alert.package-low\"]}");
    desk->status = 500;
    desk_two_alerts(desk, "ann");
    desk_run(desk);
    CHECK_UINT(desk->sent_count, 1);
    desk->now_ns += NS_PER_SECOND;
    desk_run(desk);
    CHECK_UINT(desk->sent_count, 1);
    desk->now_ns += 5 * NS_PER_SECOND;
    desk_run(desk);
    CHECK_UINT(desk->sent_count, 2);
    desk->status = 200;
    desk->now_ns += 400 * NS_PER_SECOND;
    desk_run(desk);
    if (CHECK_UINT(desk->sent_count, 3)) {
        CHECK_UINT(different_ids(), 1);
        CHECK(strcmp(desk->sent[0].timestamp, desk->sent[2].timestamp) < 0);
        CHECK(strcmp(desk->sent[0].signature, desk->sent[2].signature) != 0);
    }
    desk->now_ns += 100 * HOUR_NS;
    desk_run(desk);
    CHECK_UINT(desk->sent_count, 3);
    struct slice log = deliveries_of(id);
    CHECK(has(log.ptr, "\"state\":\"delivered\"") && has(log.ptr, "\"status\":500") && has(log.ptr, "\"status\":200"));
}

static void ten_attempts_are_all(void **state) {
    (void)state;
    struct slice id = desk_create(desk, "{" URL "}");
    desk->status = 0;
    desk_two_alerts(desk, "ann");
    int64_t start_ns = desk->now_ns;
    for (int hour = 0; hour < 24 * 8; hour++, desk->now_ns += HOUR_NS)
        desk_run(desk);
    CHECK(desk->sent_count >= 10 && desk->sent_count <= 20);
    CHECK_TEXT(state_of(id), "failing");
    CHECK(has(deliveries_of(id).ptr, "\"error\":\"nobody is there\""));
    CHECK(desk->now_ns - start_ns > 75 * HOUR_NS);
    /* nothing goes out until somebody enables it; then it goes on where it stopped */
    desk_two_alerts(desk, "bob");
    desk->status = 200;
    desk->sent_count = desk->answered = 0;
    desk_run(desk);
    CHECK_UINT(desk->sent_count, 0);
    CHECK_TEXT(desk_member(desk, desk_call(desk, hooks_change, id, "{\"is_enabled\":true}", STATUS_OK), "state"),
               "enabled");
    desk->now_ns += 48 * HOUR_NS;
    desk_run(desk);
    CHECK(desk->sent_count >= 2 && desk->sent_count <= 3);
}

static void gone_is_gone(void **state) {
    (void)state;
    struct slice id = desk_create(desk, "{" URL "}");
    desk->status = 410;
    desk_two_alerts(desk, "ann");
    desk_run(desk);
    CHECK_TEXT(state_of(id), "gone");
    uint32_t sent = desk->sent_count;
    CHECK(sent <= 2);
    desk->now_ns += 100 * HOUR_NS;
    desk_two_alerts(desk, "bob");
    desk_run(desk);
    CHECK_UINT(desk->sent_count, sent);
    CHECK_OK(desk_crash(desk));
    CHECK_TEXT(state_of(id), "gone");
}

static void receivers_can_ask_for_time(void **state) {
    (void)state;
    desk_create(desk, "{" URL ",\"types\":[\"tollgate.alert.package-low\"]}");
    desk->status = 503;
    desk->retry_after = 1000;
    desk_two_alerts(desk, "ann");
    desk_run(desk);
    CHECK_UINT(desk->sent_count, 1);
    desk->now_ns += 900 * NS_PER_SECOND;
    desk_run(desk);
    CHECK_UINT(desk->sent_count, 1);
    desk->status = 200;
    desk->now_ns += 400 * NS_PER_SECOND;
    desk_run(desk);
    CHECK_UINT(desk->sent_count, 2);
}

static void a_dead_receiver_is_left_alone(void **state) {
    (void)state;
    char account[16];
    desk_create(desk, "{" URL "}");
    desk->status = 0;
    for (int i = 0; i < 100; i++) {
        snprintf(account, sizeof account, "a%d", i);
        desk_two_alerts(desk, account);
    }
    for (int i = 0; i < 60; i++) {
        desk->now_ns += NS_PER_SECOND;
        hooks_step(desk->hooks, 0);
    }
    CHECK(desk->sent_count <= 15); /* not 32 every five seconds */
    struct hook_stats stats;
    hooks_stats(desk->hooks, &stats);
    CHECK_UINT(stats.waiting, 32); /* the rest waits in the engine's list */
    desk->status = 200;
    desk->now_ns += 6 * HOUR_NS;
    desk_run(desk);
    desk->now_ns += 6 * HOUR_NS;
    desk_run(desk);
    hooks_stats(desk->hooks, &stats);
    CHECK_UINT(stats.waiting, 0);
    CHECK_UINT(stats.delivered, 200);
    CHECK_UINT(different_ids(), 200);
}

static void one_receiver_does_not_hold_another(void **state) {
    (void)state;
    struct slice id = desk_create(desk, "{" URL "}");
    desk->status = 500;
    desk_two_alerts(desk, "ann");
    desk_run(desk);
    desk_create(desk, "{\"url\":\"https://other.example.com/\"}");
    desk->status = 200;
    desk->sent_count = desk->answered = 0;
    desk_two_alerts(desk, "bob");
    desk_run(desk);
    uint32_t others = 0;
    for (uint32_t i = 0; i < desk->sent_count; i++)
        others += has(desk->sent[i].url, "other");
    CHECK_UINT(others, 2);
    CHECK(id.len > 0);
}

/* ---- crashes and disks ---- */

static void nothing_is_lost_by_a_crash(void **state) {
    (void)state;
    struct slice id = desk_create(desk, "{" URL "}");
    CHECK_OK(desk_crash(desk));
    desk_two_alerts(desk, "ann");
    desk->is_silent = true; /* sent, and killed before the answer */
    desk_run(desk);
    CHECK_UINT(desk->sent_count, 2);
    CHECK_OK(desk_crash(desk));
    desk->is_silent = false;
    desk_run(desk);
    CHECK_UINT(desk->sent_count, 4);
    CHECK_UINT(different_ids(), 2);
    CHECK_OK(desk_crash(desk)); /* what was noted is not sent again */
    desk_run(desk);
    CHECK_UINT(desk->sent_count, 4);
    CHECK(has(deliveries_of(id).ptr, "\"state\":\"delivered\""));
}

static void crashes_everywhere(void **state) {
    uint64_t seed = 7;
    char account[16];
    (void)state;
    desk_create(desk, "{" URL "}");
    for (int i = 0; i < 100; i++) {
        uint64_t dice = check_random(&seed) % 8;
        snprintf(account, sizeof account, "a%d", i);
        desk_two_alerts(desk, account);
        desk->status = dice < 2 ? 500 : 200;
        desk->is_silent = dice == 3;
        desk->now_ns += (int64_t)(check_random(&seed) % 1500) * 1000000;
        hooks_step(desk->hooks, 0);
        desk->faults.is_full = dice == 4;
        if (dice >= 6)
            CHECK_OK(desk_crash(desk));
    }
    desk->status = 200;
    desk->is_silent = desk->faults.is_full = false;
    for (int hour = 0; hour < 100; hour++, desk->now_ns += HOUR_NS)
        desk_run(desk);
    CHECK_UINT(different_ids(), 200);
    CHECK(desk->sent_count < 600);
}

static void a_full_disk_stops_no_delivery(void **state) {
    (void)state;
    struct slice id = desk_create(desk, "{" URL "}");
    desk->faults.is_full = true;
    desk_two_alerts(desk, "ann");
    desk_run(desk);
    CHECK_UINT(desk->sent_count, 2);
    desk->faults.is_full = false;
    desk_run(desk);
    CHECK_OK(desk_crash(desk));
    desk_run(desk);
    CHECK_UINT(desk->sent_count, 2);
    CHECK(has(deliveries_of(id).ptr, "\"number\":2"));
}

/* ---- keys ---- */

static void rotation_overlaps(void **state) {
    (void)state;
    struct slice id = desk_create(desk, "{" URL ",\"secret\":\"" SECRET "\"}");
    struct slice answer = desk_call(desk, hooks_rotate, id, "{\"overlap\":\"2 hours\",\"scheme\":\"v1a\"}", STATUS_OK);
    CHECK(has(answer.ptr, "\"public_key\":\"whpk_") && !has(answer.ptr, "secret"));
    desk_two_alerts(desk, "ann");
    desk_run(desk);
    CHECK(strncmp(desk->sent[0].signature, "v1a,", 4) == 0 && has(desk->sent[0].signature, " v1,"));
    desk->now_ns += 2 * HOUR_NS;
    CHECK_OK(desk_crash(desk));
    desk_two_alerts(desk, "bob");
    desk_run(desk);
    if (CHECK_UINT(desk->sent_count, 4))
        CHECK(strncmp(desk->sent[3].signature, "v1a,", 4) == 0 && !has(desk->sent[3].signature, " "));
    answer = desk_call(desk, hooks_rotate, id, "{\"overlap\":\"none\"}", STATUS_OK);
    CHECK(has(answer.ptr, "\"secret\":\"whsec_"));
    desk_two_alerts(desk, "eve");
    desk_run(desk);
    CHECK(strncmp(desk->sent[4].signature, "v1,", 3) == 0 && !has(desk->sent[4].signature, " "));
}

static void secrets_are_shown_once_and_kept_sealed(void **state) {
    static const uint8_t key[HOOK_KEY_BYTES] = "thirty-two bytes of a pepper, ok", other[HOOK_KEY_BYTES] = "other";
    struct slice kept;
    (void)state;
    desk->key = key;
    CHECK_OK(desk_crash(desk));
    struct slice id = desk_create(desk, "{" URL ",\"secret\":\"" SECRET "\"}");
    CHECK(!has(desk_call(desk, hooks_show, id, "", STATUS_OK).ptr, "whsec_"));
    CHECK(!has(deliveries_of(id).ptr, "whsec_"));
    CHECK_OK(store_get(desk->store, SLICE("endpoint"), id, &desk->arena, &kept));
    CHECK(has(kept.ptr, "sealed:") && !has(kept.ptr, "whsec_") && !has(kept.ptr, &SECRET[6]));
    CHECK_OK(desk_crash(desk));
    desk_two_alerts(desk, "ann");
    desk_run(desk);
    CHECK_UINT(desk->sent_count, 2);
    desk->key = other;
    CHECK_STATUS(desk_crash(desk), STATUS_INVALID);
    CHECK(has(desk->error.ptr, "do not open with the key"));
    desk->hooks = NULL;
}

/* ---- once more ---- */

static void deliveries_are_replayed(void **state) {
    (void)state;
    struct slice id = desk_create(desk, "{" URL "}");
    desk_two_alerts(desk, "ann");
    desk_run(desk);
    struct slice answer = desk_call(desk, hooks_replay, id, "{\"delivery\":1}", STATUS_OK);
    CHECK(has(answer.ptr, "\"number\":3") && has(answer.ptr, "\"is_replay\":true"));
    desk_run(desk);
    if (CHECK_UINT(desk->sent_count, 3)) {
        CHECK(strcmp(desk->sent[2].id, desk->sent[0].id) == 0);
        CHECK(strcmp(desk->sent[2].body, desk->sent[0].body) == 0);
    }
    desk_call(desk, hooks_replay, id, "{\"since\":\"2026-01-01T00:02:00Z\"}", STATUS_OK);
    CHECK_OK(desk_crash(desk));
    desk_run(desk);
    CHECK_UINT(desk->sent_count, 5);
    CHECK_UINT(different_ids(), 2);
    desk_call(desk, hooks_replay, id, "{\"since\":\"2026-01-01T00:02:01Z\"}", STATUS_OK);
    desk_run(desk);
    CHECK_UINT(desk->sent_count, 5);
    desk_call(desk, hooks_replay, id, "{\"delivery\":77}", STATUS_NOT_FOUND);
}

static void tests_are_sent(void **state) {
    (void)state;
    struct slice id = desk_create(desk, "{" URL ",\"types\":[\"tollgate.alert.unpriced\"]}");
    desk_call(desk, hooks_test, id, "", STATUS_OK);
    desk_run(desk);
    if (CHECK_UINT(desk->sent_count, 1))
        CHECK(has(desk->sent[0].body, "\"type\":\"tollgate.webhook.test\""));
    desk_call(desk, hooks_change, id, "{\"is_enabled\":false}", STATUS_OK);
    CHECK(has(desk_call(desk, hooks_test, id, "", STATUS_CONFLICT).ptr, "enable it first"));
}

static void the_log_is_bounded(void **state) {
    char account[16];
    (void)state;
    struct slice id = desk_create(desk, "{" URL "}");
    for (int i = 0; i < 150; i++) {
        snprintf(account, sizeof account, "a%d", i);
        desk_two_alerts(desk, account);
        desk_run(desk);
    }
    CHECK_UINT(desk->sent_count, 300);
    struct buf out = {0};
    uint64_t cursor = 0;
    uint32_t pages = 0;
    for (struct slice next = SLICE("x"); next.len > 0 && pages < 9; pages++) {
        struct hook_call call = {.limit = 40, .cursor = cursor, .arena = &desk->arena, .out = &out};
        buf_clear(&out);
        CHECK_OK(hooks_deliveries(desk->hooks, id, &call));
        next = desk_member(desk, buf_slice(&out), "next");
        if (!slice_number(next, UINT64_MAX, &cursor))
            next.len = 0;
    }
    CHECK_UINT(pages, 3);
    CHECK(has(out.ptr, "\"number\":201,") && !has(out.ptr, "\"number\":200,"));
    buf_free(&out);
}

/* ---- what people say ---- */

static void refusals_have_a_place(void **state) {
    static const struct {
        const char *row, *body, *pointer, *detail;
    } rows[] = {
        {"no URL", "{}", "/url", "a webhook needs the URL of its receiver."},
        {"no body", "", "/url", "a webhook needs the URL of its receiver."},
        {"no JSON", "{", "", "the body is no JSON"},
        {"no object", "[]", "", "the body is no JSON object."},
        {"a URL of the inside", "{\"url\":\"https://127.0.0.1/\"}", "/url",
         "nothing can be sent there: it is the host itself."},
        {"a URL that is none", "{\"url\":7}", "/url", "it is a text of at most 1024 bytes."},
        {"an unknown type", "{" URL ",\"types\":[\"tollgate.alert.package-lo\"]}", "/types/0",
         "there is no type \"tollgate.alert.package-lo\"; did you mean tollgate.alert.package-low?"},
        {"a type that nobody can want", "{" URL ",\"types\":[\"tollgate.webhook.test\"]}", "/types/0",
         "there is no type"},
        {"an account that is none", "{" URL ",\"accounts\":[\"a\",7]}", "/accounts/1", "it is a text"},
        {"an unknown member", "{" URL ",\"accountx\":[]}", "/accountx",
         "there is no member of this name here; did you mean accounts?"},
        {"a member of another call", "{" URL ",\"since\":\"x\"}", "/since", "there is no member of this name here"},
        {"twice the same", "{" URL "," URL "}", "/url", "it is there twice."},
        {"a short secret", "{" URL ",\"secret\":\"whsec_AAAA\"}", "/secret", "it is whsec_"},
        {"an unknown scheme", "{" URL ",\"scheme\":\"v2\"}", "/scheme", "it is \"v1\""},
        {"a state that is none", "{" URL ",\"is_enabled\":1}", "/is_enabled", "it is true or false."},
    };
    (void)state;
    FOR_ROWS(row, rows) {
        struct buf out = {0};
        struct hook_call call = {.body = slice_of(row->body), .arena = &desk->arena, .out = &out};
        CHECK_STATUS(hooks_create(desk->hooks, &call), STATUS_INVALID);
        CHECK_TEXT(call.pointer, row->pointer);
        CHECK(slice_starts(call.detail, slice_of(row->detail)));
        buf_free(&out);
    }
    desk_call(desk, hooks_show, SLICE("wh_none"), "", STATUS_NOT_FOUND);
    desk_call(desk, hooks_change, SLICE("wh_none"), "{}", STATUS_NOT_FOUND);
    desk_call(desk, hooks_remove, SLICE("wh_none"), "", STATUS_NOT_FOUND);
    struct slice id = desk_create(desk, "{" URL "}");
    desk_call(desk, hooks_replay, id, "{}", STATUS_INVALID);
    desk_call(desk, hooks_replay, id, "{\"delivery\":0}", STATUS_INVALID);
    desk_call(desk, hooks_rotate, id, "{\"overlap\":\"1 month\"}", STATUS_INVALID);
}

static void a_request_makes_one_endpoint(void **state) {
    struct buf out = {0};
    struct hook_call call = {.body = SLICE("{" URL "}"), .request = SLICE("r-1"), .arena = &desk->arena, .out = &out};
    (void)state;
    CHECK_OK(hooks_create(desk->hooks, &call));
    CHECK(call.has_secret && !call.is_done);
    struct slice id = desk_member(desk, buf_slice(&out), "id");
    CHECK(has(out.ptr, "whsec_"));
    CHECK_SLICE(call.id, id);
    CHECK_OK(desk_crash(desk)); /* the answer was lost */
    struct hook_call again = {.body = call.body, .request = call.request, .arena = &desk->arena, .out = &out};
    again.is_again = true;
    buf_clear(&out);
    CHECK_STATUS(hooks_create(desk->hooks, &again), STATUS_CONFLICT);
    CHECK(again.is_done && !again.has_secret);
    CHECK_SLICE(again.id, id);
    CHECK_UINT(out.len, 0);
    call.request = SLICE("r-2");
    CHECK_OK(hooks_create(desk->hooks, &call));
    struct hook_stats stats;
    hooks_stats(desk->hooks, &stats);
    CHECK_UINT(stats.endpoints, 2);
    buf_free(&out);
}

/* Once, and once more as after a crash; whether the second one found it done. */
static bool twice(enum status (*change)(struct hooks *, struct slice, struct hook_call *), struct slice id,
                  const char *body) {
    struct buf out = {0}, again = {0};
    struct hook_call call = {.body = slice_of(body), .request = SLICE("r-7"), .arena = &desk->arena, .out = &out};
    CHECK_OK(hooks_mark(desk->hooks, id, &desk->arena, &call.mark));
    CHECK_OK(change(desk->hooks, id, &call));
    CHECK_OK(desk_crash(desk));
    call.is_again = true;
    call.out = &again;
    enum status status = change(desk->hooks, id, &call);
    CHECK_STATUS(status, call.is_done ? STATUS_CONFLICT : STATUS_OK);
    if (out.len > 0 && !call.is_done)
        CHECK_SLICE(desk_member(desk, buf_slice(&again), "id"), desk_member(desk, buf_slice(&out), "id"));
    buf_free(&out);
    buf_free(&again);
    return call.is_done;
}

static void a_request_that_comes_again_changes_nothing_more(void **state) {
    (void)state;
    struct slice id = desk_create(desk, "{" URL "}");
    CHECK(!twice(hooks_test, id, ""));
    CHECK(!twice(hooks_replay, id, "{\"delivery\":1}"));
    struct slice log = desk_call(desk, hooks_deliveries, id, "", STATUS_OK);
    CHECK(has(log.ptr, "\"number\":2") && !has(log.ptr, "\"number\":3"));
    CHECK(twice(hooks_rotate, id, "{}"));
    CHECK(!twice(hooks_remove, id, ""));
    desk_call(desk, hooks_remove, id, "", STATUS_NOT_FOUND);
}

static void endpoints_come_and_go(void **state) {
    (void)state;
    struct slice id = desk_create(desk, "{" URL ",\"description\":\"d\"}"), first = id;
    for (int i = 1; i < HOOK_ENDPOINTS_MAX; i++)
        id = desk_create(desk, "{" URL "}");
    struct buf out = {0};
    struct hook_call call = {.body = SLICE("{" URL "}"), .arena = &desk->arena, .out = &out};
    CHECK_STATUS(hooks_create(desk->hooks, &call), STATUS_RANGE);
    desk_call(desk, hooks_remove, id, "", STATUS_OK);
    desk_call(desk, hooks_show, id, "", STATUS_NOT_FOUND);
    CHECK_OK(desk_crash(desk));
    desk_call(desk, hooks_show, id, "", STATUS_NOT_FOUND);
    CHECK_TEXT(desk_member(desk, desk_call(desk, hooks_show, first, "", STATUS_OK), "description"), "d");
    call.limit = 98;
    CHECK_OK(hooks_list(desk->hooks, &call));
    CHECK_TEXT(desk_member(desk, buf_slice(&out), "next"), "98");
    desk->is_silent = true; /* removed while something is under way to it */
    desk_two_alerts(desk, "ann");
    desk_run(desk);
    desk_call(desk, hooks_remove, first, "", STATUS_OK);
    desk->is_silent = false;
    desk_run(desk);
    buf_free(&out);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(each_alert_is_told_once),
        TEST(endpoints_get_what_they_want),
        TEST(tariffs_are_told),
        TEST(two_endpoints_see_the_same_id),
        TEST(what_is_sent_is_signed),
        TEST(failures_are_tried_again),
        TEST(ten_attempts_are_all),
        TEST(gone_is_gone),
        TEST(receivers_can_ask_for_time),
        TEST(a_dead_receiver_is_left_alone),
        TEST(one_receiver_does_not_hold_another),
        TEST(nothing_is_lost_by_a_crash),
        TEST(crashes_everywhere),
        TEST(a_full_disk_stops_no_delivery),
        TEST(rotation_overlaps),
        TEST(secrets_are_shown_once_and_kept_sealed),
        TEST(deliveries_are_replayed),
        TEST(tests_are_sent),
        TEST(the_log_is_bounded),
        TEST(refusals_have_a_place),
        TEST(a_request_makes_one_endpoint),
        TEST(a_request_that_comes_again_changes_nothing_more),
        TEST(endpoints_come_and_go),
    };
    return CHECK_RUN(tests);
}
