/* SPDX-License-Identifier: Apache-2.0
 *
 * The numbered attributes of a set of tariffs. */
#include "tariff/attr.h"

static const struct {
    const char *name;
    enum value_kind kind;
} standard[] = {
#define ATTR_ROW(slot, text, value) {.name = text, .kind = VALUE_##value},
    ATTR_TABLE(ATTR_ROW)
#undef ATTR_ROW
};
_Static_assert(sizeof(standard) / sizeof(standard[0]) == ATTR_STANDARD_COUNT, "one row per standard attribute");
_Static_assert(ATTR_STANDARD_COUNT <= ATTR_MAX, "the standard attributes fit");

enum status attr_names_init(struct attr_names *attrs) {
    *attrs = (struct attr_names){0};
    for (size_t i = 0; i < ATTR_STANDARD_COUNT; i++) {
        uint32_t slot;
        enum status status = attr_names_declare(attrs, slice_of(standard[i].name), standard[i].kind, &slot);
        if (status != STATUS_OK) {
            attr_names_free(attrs);
            return status;
        }
    }
    return STATUS_OK;
}

enum status attr_names_declare(struct attr_names *attrs, struct slice name, enum value_kind kind, uint32_t *ret_slot) {
    uint32_t slot = names_find(&attrs->names, name);
    if (slot == NAMES_NONE) {
        if (attrs->names.count == ATTR_MAX)
            return STATUS_RANGE;
        TRY(names_add(&attrs->names, name, &slot));
        attrs->kinds[slot] = kind;
    } else if (attrs->kinds[slot] != kind) {
        return STATUS_CONFLICT;
    }
    *ret_slot = slot;
    return STATUS_OK;
}

void attr_names_free(struct attr_names *attrs) {
    names_free(&attrs->names);
    *attrs = (struct attr_names){0};
}

const char *value_kind_name(enum value_kind kind) {
    switch (kind) {
    case VALUE_NUMBER:
        return "number";
    case VALUE_TEXT:
        return "text";
    case VALUE_FLAG:
        return "flag";
    case VALUE_INSTANT:
        return "instant";
    case VALUE_NONE:
        break;
    }
    return "nothing";
}

const char *attr_unit(uint32_t slot) {
    static const char *const units[ATTR_STANDARD_COUNT] = {
        [ATTR_INPUT_SECONDS] = "second",
        [ATTR_OUTPUT_SECONDS] = "second",
        [ATTR_TIMELINE_SECONDS] = "second",
        [ATTR_TOKENS] = "token",
        [ATTR_WIDTH] = "pixel",
        [ATTR_HEIGHT] = "pixel",
        [ATTR_FPS] = "frame per second",
        [ATTR_SECONDS] = "second",
        [ATTR_FRAMES] = "frame",
        [ATTR_IMAGES] = "image",
        [ATTR_BYTES] = "byte",
        [ATTR_PLAY_FROM] = "second",
        [ATTR_PLAY_TO] = "second",
        [ATTR_PLAYLIST_INITIAL] = "second",
        [ATTR_PLAYLIST_AHEAD] = "second",
        [ATTR_PLAYLIST_SEGMENT] = "second",
        [ATTR_PLAYLIST_DURATION] = "second",
    };
    return slot < ATTR_STANDARD_COUNT ? units[slot] : NULL;
}

const char *attr_outcome(size_t index) {
    static const char *const names[] = {"succeeded", "failed", "throttled"};
    return index < sizeof names / sizeof *names ? names[index] : NULL;
}
