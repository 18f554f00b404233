/* SPDX-License-Identifier: Apache-2.0
 *
 * Numbered attributes. */
#include "support/check.h"
#include "tariff/attr.h"

static void standard_names_have_their_slots(void **state) {
    (void)state;
    struct attr_names names;
    assert_int_equal(attr_names_init(&names), STATUS_OK);
    CHECK_UINT(names.names.count, ATTR_STANDARD_COUNT);
    CHECK_UINT(names_find(&names.names, SLICE("status")), ATTR_STATUS);
    CHECK_UINT(names_find(&names.names, SLICE("playlist.ahead_seconds")), ATTR_PLAYLIST_AHEAD);
    CHECK_UINT(names_find(&names.names, SLICE("time")), ATTR_TIME);
    CHECK_UINT(names.kinds[ATTR_CODEC], VALUE_TEXT);
    CHECK_UINT(names.kinds[ATTR_READONLY], VALUE_FLAG);
    CHECK_UINT(names.kinds[ATTR_SUBMITTED_AT], VALUE_INSTANT);
    attr_names_free(&names);
}

static void declared_names_are_shared(void **state) {
    (void)state;
    struct attr_names names;
    uint32_t first, second;
    assert_int_equal(attr_names_init(&names), STATUS_OK);
    CHECK_OK(attr_names_declare(&names, SLICE("scenes"), VALUE_NUMBER, &first));
    CHECK_OK(attr_names_declare(&names, SLICE("scenes"), VALUE_NUMBER, &second));
    CHECK_UINT(first, ATTR_STANDARD_COUNT);
    CHECK_UINT(second, first);
    CHECK_STATUS(attr_names_declare(&names, SLICE("scenes"), VALUE_TEXT, &second), STATUS_CONFLICT);
    CHECK_STATUS(attr_names_declare(&names, SLICE("width"), VALUE_TEXT, &second), STATUS_CONFLICT);
    attr_names_free(&names);
}

static void there_is_room_for_ATTR_MAX_names(void **state) {
    (void)state;
    struct attr_names names;
    uint32_t slot = 0;
    char text[] = "a00";
    assert_int_equal(attr_names_init(&names), STATUS_OK);
    for (int i = ATTR_STANDARD_COUNT; i < ATTR_MAX; i++) {
        text[1] = (char)('A' + i / 26);
        text[2] = (char)('A' + i % 26);
        CHECK_OK(attr_names_declare(&names, slice_of(text), VALUE_FLAG, &slot));
    }
    CHECK_UINT(slot, ATTR_MAX - 1);
    CHECK_STATUS(attr_names_declare(&names, SLICE("one.more"), VALUE_FLAG, &slot), STATUS_RANGE);
    CHECK_OK(attr_names_declare(&names, SLICE("status"), VALUE_NUMBER, &slot));
    attr_names_free(&names);
}

static void kinds_have_names(void **state) {
    (void)state;
    CHECK_TEXT(slice_of(value_kind_name(VALUE_NUMBER)), "number");
    CHECK_TEXT(slice_of(value_kind_name(VALUE_TEXT)), "text");
    CHECK_TEXT(slice_of(value_kind_name(VALUE_FLAG)), "flag");
    CHECK_TEXT(slice_of(value_kind_name(VALUE_INSTANT)), "instant");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(standard_names_have_their_slots),
        cmocka_unit_test(declared_names_are_shared),
        cmocka_unit_test(there_is_room_for_ATTR_MAX_names),
        cmocka_unit_test(kinds_have_names),
    };
    return CHECK_RUN(tests);
}
