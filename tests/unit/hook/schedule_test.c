/* SPDX-License-Identifier: Apache-2.0
 *
 * When a delivery is tried again. */
#include "hook/schedule.h"

#include <stdio.h>

#include "support/check.h"

#define SECOND INT64_C(1000000000)

static void attempts_are_spread_over_days(void **state) {
    static const struct {
        const char *row;
        uint32_t attempt;
        int64_t retry_after, seconds;
    } rows[] = {
        {"the second after five seconds", 1, 0, 5},
        {"the third after five minutes", 2, 0, 300},
        {"then half an hour", 3, 0, 1800},
        {"then two hours", 4, 0, 7200},
        {"then five", 5, 0, 18000},
        {"then ten", 6, 0, 36000},
        {"then fourteen", 7, 0, 50400},
        {"then twenty", 8, 0, 72000},
        {"the last after a day", 9, 0, 86400},
        {"no eleventh", 10, 0, 0},
        {"none before the first", 0, 0, 0},
        {"no overflow of counts", UINT32_MAX, 0, 0},
        {"later when the receiver asks for it", 1, 120, 120},
        {"not earlier when the receiver asks for it", 2, 1, 300},
        {"a day later at most", 1, 1000000000, 86400},
        {"a receiver cannot ask for the past", 1, -5, 5},
        {"a receiver cannot overflow it", 3, INT64_MAX, 86400},
        {"not even backwards", 3, INT64_MIN, 1800},
        {"what asks in vain", 10, 60, 0},
    };
    (void)state;
    FOR_ROWS(row, rows) {
        int64_t least = INT64_MAX, most = 0;
        for (int i = 0; i < 500; i++) {
            char id[16];
            int len = snprintf(id, sizeof id, "msg_%d", i);
            int64_t delay = schedule_delay((struct slice){id, (size_t)len}, row->attempt, row->retry_after);
            least = delay < least ? delay : least;
            most = delay > most ? delay : most;
        }
        CHECK(least >= row->seconds * SECOND && most <= row->seconds * SECOND + row->seconds * SECOND / 5);
        /* and they use that room */
        CHECK(row->seconds == 0 ||
              (least < row->seconds * (SECOND + SECOND / 100) && most > row->seconds * (SECOND + SECOND / 6)));
    }
}

static void the_same_delivery_waits_the_same_time(void **state) {
    (void)state;
    CHECK_INT(schedule_delay(SLICE("msg_a"), 3, 0), schedule_delay(SLICE("msg_a"), 3, 0));
    CHECK(schedule_delay(SLICE("msg_a"), 3, 0) != schedule_delay(SLICE("msg_b"), 3, 0));
    int64_t first = schedule_delay(SLICE("msg_a"), 1, 0) * 100 / (5 * SECOND);
    CHECK(first != schedule_delay(SLICE("msg_a"), 2, 0) * 100 / (300 * SECOND) ||
          first != schedule_delay(SLICE("msg_a"), 3, 0) * 100 / (1800 * SECOND));
}

static void answers_have_a_meaning(void **state) {
    static const struct {
        const char *row;
        uint32_t status;
        enum schedule_verdict want;
    } rows[] = {
        {"ok", 200, SCHEDULE_DELIVERED},
        {"no content", 204, SCHEDULE_DELIVERED},
        {"any success", 299, SCHEDULE_DELIVERED},
        {"a redirect is none", 301, SCHEDULE_FAILED},
        {"nor is this one", 308, SCHEDULE_FAILED},
        {"nor one that means no change", 304, SCHEDULE_FAILED},
        {"refused", 400, SCHEDULE_FAILED},
        {"not found may be found later", 404, SCHEDULE_FAILED},
        {"gone for good", 410, SCHEDULE_GONE},
        {"too many", 429, SCHEDULE_FAILED},
        {"broken", 500, SCHEDULE_FAILED},
        {"no answer", 0, SCHEDULE_FAILED},
        {"an answer before the answer", 103, SCHEDULE_FAILED},
        {"nonsense", 999, SCHEDULE_FAILED},
    };
    (void)state;
    FOR_ROWS(row, rows) {
        CHECK_INT(schedule_verdict(row->status), row->want);
    }
}

static void what_fails_is_left_alone(void **state) {
    static const struct {
        const char *row;
        uint32_t failures;
        int64_t seconds;
    } rows[] = {{"not at once", 0, 0},
                {"not for four", 4, 0},
                {"for five", 5, 5},
                {"twice as long each time", 6, 10},
                {"and again", 10, 160},
                {"half an hour at most", 14, 1800},
                {"for ever", UINT32_MAX, 1800}};
    (void)state;
    FOR_ROWS(row, rows) {
        CHECK_INT(schedule_pause(row->failures), row->seconds * SECOND);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(attempts_are_spread_over_days),
        cmocka_unit_test(the_same_delivery_waits_the_same_time),
        cmocka_unit_test(answers_have_a_meaning),
        cmocka_unit_test(what_fails_is_left_alone),
    };
    return CHECK_RUN(tests);
}
