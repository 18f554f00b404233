/* SPDX-License-Identifier: Apache-2.0
 *
 * Identities: each event once; old days leave, sorted, and everything else is found as before. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/engine_private.h"
#include "engine/snapshot.h"
#include "life.h"

static void identity_of(uint64_t number, uint8_t identity[16]) {
    uint64_t seed = number * 2 + 1;
    uint64_t low = check_random(&seed), high = check_random(&seed);
    memcpy(identity, &low, 8);
    memcpy(identity + 8, &high, 8);
}

static enum identity_answer check(struct identities *identities, uint64_t number, uint64_t payload, uint64_t day) {
    uint8_t identity[16];
    enum identity_answer answer;
    identity_of(number, identity);
    CHECK_OK(identities_check(identities, identity, payload, day, &answer));
    return answer;
}

static enum identity_answer find(const struct identities *identities, uint64_t number, uint64_t payload) {
    uint8_t identity[16];
    identity_of(number, identity);
    return identities_find(identities, identity, payload);
}

static uint64_t day_of(uint64_t number) {
    uint64_t seed = number + 77;
    return 100 + check_random(&seed) % 50;
}

static void days_are_counted_from_1970_as_far_as_they_fit(void **state) {
    static const struct {
        const char *row;
        int64_t at_ns;
        uint64_t want;
    } rows[] = {
        {"the first instant", INSTANT_MIN, 0},
        {"before 1970", -1, 0},
        {"the first day", 0, 0},
        {"its last nanosecond", INT64_C(86400000000000) - 1, 0},
        {"the next day", INT64_C(86400000000000), 1},
        {"the last day that fits", INT64_C(65535) * 86400000000000, 65535},
        {"behind it", INT64_C(65536) * 86400000000000, 65535},
    };
    (void)state;
    FOR_ROWS(row, rows)
    CHECK_UINT(identity_day(row->at_ns), row->want);
}

static void old_days_leave_and_the_rest_stays(void **state) {
    (void)state;
    for (uint64_t round = 0; round < 20; round++) {
        enum { COUNT = 20000 };
        struct identities identities = {0}, rest = {0};
        struct identity_slot *left;
        uint64_t count, border = 100 + round * 3, want = 0;
        for (uint64_t i = 0; i < COUNT; i++)
            CHECK(check(&identities, i, i, day_of(i)) == IDENTITY_NEW);
        CHECK_OK(identities_forget(&identities, border, &left, &count));
        for (uint64_t i = 0; i < COUNT; i++) {
            bool is_old = day_of(i) < border;
            want += is_old;
            CHECK(find(&identities, i, i) == (is_old ? IDENTITY_NEW : IDENTITY_DUPLICATE));
            CHECK(is_old || find(&identities, i, i + 1) == IDENTITY_CONFLICT);
            if (!is_old)
                CHECK(check(&rest, i, i, day_of(i)) == IDENTITY_NEW);
        }
        CHECK_UINT(count, want);
        CHECK_UINT(identities.count, COUNT - want);
        for (uint64_t i = 0; i < count; i++)
            CHECK((left[i].rest & IDENTITY_DAY) < border && (i == 0 || identity_cmp(&left[i - 1], &left[i]) < 0));
        struct identity_slot *a = malloc((identities.count + 1) * sizeof *a), *b = malloc((rest.count + 1) * sizeof *b);
        CHECK_UINT(rest.count, identities.count);
        CHECK_OK(identities_reserve(&rest, identities.count));
        identities_list(&identities, a);
        identities_list(&rest, b);
        CHECK(identities.mask != rest.mask || memcmp(a, b, rest.count * sizeof *a) == 0);
        CHECK_OK(identities_recall(&identities, left, count));
        CHECK_UINT(identities.count, COUNT);
        CHECK_UINT(identities.stale, count);
        for (uint64_t i = 0; i < COUNT; i++)
            CHECK(find(&identities, i, i) == IDENTITY_DUPLICATE);
        CHECK_OK(identities_recall(&identities, left, count)); /* what is there stays */
        CHECK_UINT(identities.count, COUNT);
        free(a);
        free(b);
        free(left);
        identities_free(&identities);
        identities_free(&rest);
    }
}

static void memory_shrinks_with_what_left(void **state) {
    struct identities identities = {0};
    struct identity_slot *left;
    uint64_t count;
    (void)state;
    for (uint64_t i = 0; i < 200000; i++)
        CHECK(check(&identities, i, i, i < 1000 ? 10 : 5) == IDENTITY_NEW);
    uint64_t before = identities.mask;
    CHECK_OK(identities_forget(&identities, 10, &left, &count));
    CHECK_UINT(identities.count, 1000);
    CHECK(identities.mask < before / 16);
    for (uint64_t i = 0; i < 1000; i++)
        CHECK(find(&identities, i, i) == IDENTITY_DUPLICATE);
    free(left);
    identities_free(&identities);
}

struct sealed {
    uint64_t count, calls;
};

static enum status seal_count(void *context, const struct identity_slot *list, uint64_t count) {
    struct sealed *sealed = context;
    for (uint64_t i = 1; i < count; i++)
        CHECK(identity_cmp(&list[i - 1], &list[i]) < 0);
    sealed->count += count;
    sealed->calls++;
    return STATUS_OK;
}

/* Two years, thirty events a day: what is in memory is what the window holds. A restart in between changes nothing. */
static void memory_is_bounded_by_the_window(void **state) {
    enum { DAYS = 730, EACH = 30, KEPT = 42 };
    struct life life;
    struct sealed sealed = {0};
    (void)state;
    life_begin(&life, "tests/data/jobs.yaml");
    CHECK_TEXT(life_step(&life, "account", "postpaid", 0, "\"postpaid\":{\"jobs\":true}"), "");
    for (int day = 0; day < DAYS; day++) {
        engine_set_seal(life.engine, (struct seal_sink){seal_count, &sealed});
        CHECK_OK(engine_origin(life.engine, SLICE("batch"), (uint64_t)day + 1, life_instant(day * 1440 + 720)));
        for (int i = 0; i < EACH; i++) {
            char id[32];
            snprintf(id, sizeof id, "e%d-%d", day, i);
            CHECK_TEXT(life_step(&life, "jobs.Render", id, day * 1440 + i, "\"count\":1"), "");
        }
        CHECK(life.engine->identities.count <= KEPT * EACH + 1);
        if (day % 100 != 50)
            continue;
        struct buf bytes = {0}, again = {0};
        CHECK_OK(engine_snapshot(life.engine, &bytes));
        engine_free(life.engine);
        CHECK_OK(engine_restore(&life.tariffs, buf_slice(&bytes), &life.engine));
        CHECK_OK(engine_snapshot(life.engine, &again));
        CHECK(slice_eq(buf_slice(&bytes), buf_slice(&again)));
        buf_free(&bytes);
        buf_free(&again);
    }
    CHECK_UINT(life.engine->identities.count + sealed.count, DAYS * EACH + 1);
    CHECK_UINT(life.engine->sealed, sealed.count);
    CHECK(sealed.calls >= DAYS - KEPT && life.engine->identities.mask < 8192);
    life_end(&life);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(days_are_counted_from_1970_as_far_as_they_fit),
        cmocka_unit_test(old_days_leave_and_the_rest_stays),
        cmocka_unit_test(memory_shrinks_with_what_left),
        cmocka_unit_test(memory_is_bounded_by_the_window),
    };
    return CHECK_RUN(tests);
}
