/* SPDX-License-Identifier: Apache-2.0
 *
 * Instants: what is read comes back from its written form, in UTC and in a zone; what is refused has a place. */
#include <assert.h>

#include "calendar/calendar.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_round_trip(int64_t at_ns, const struct zone *zone) {
    char out[INSTANT_TEXT_MAX];
    size_t len = instant_format(at_ns, zone, out);
    assert(len < INSTANT_TEXT_MAX);
    int64_t again = 0;
    enum status status = instant_parse((struct slice){out, len}, &again, NULL);
    /* In another zone the first and the last year may not be the written one. */
    assert((status == STATUS_OK && again == at_ns) || (status == STATUS_RANGE && (out[3] == '9' || out[3] == '1')));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const struct zone *zone;
    if (zone == NULL && zone_load(SLICE("Australia/Lord_Howe"), &zone) != STATUS_OK)
        __builtin_trap();
    struct slice text = {(const char *)data, size};
    int64_t at_ns = 42;
    size_t offset = SIZE_MAX;
    enum status status = instant_parse(text, &at_ns, &offset);
    if (status != STATUS_OK) {
        assert(at_ns == 42 && offset <= size);
        assert(status == STATUS_INVALID || (status == STATUS_RANGE && offset == 0));
        return 0;
    }
    assert(offset == SIZE_MAX);
    check_round_trip(at_ns, NULL);
    check_round_trip(at_ns, zone);
    return 0;
}
