/* SPDX-License-Identifier: Apache-2.0
 *
 * Attributes of an event: numbered slots shared by every tariff of a set, so that decoding writes and formulas read an
 * array. */
#ifndef TG_TARIFF_ATTR_H
#define TG_TARIFF_ATTR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/names.h"
#include "money/ratio.h"

enum value_kind { VALUE_NONE, VALUE_NUMBER, VALUE_TEXT, VALUE_FLAG, VALUE_INSTANT };

/* slot, JSON name (nested objects with a dot), kind */
#define ATTR_TABLE(ROW)                                                                                                \
    ROW(STATUS, "status", NUMBER)                                                                                      \
    ROW(COUNT, "count", NUMBER)                                                                                        \
    ROW(INPUT_SECONDS, "input_seconds", NUMBER)                                                                        \
    ROW(OUTPUT_SECONDS, "output_seconds", NUMBER)                                                                      \
    ROW(TIMELINE_SECONDS, "timeline_seconds", NUMBER)                                                                  \
    ROW(TOKENS, "tokens", NUMBER)                                                                                      \
    ROW(WIDTH, "width", NUMBER)                                                                                        \
    ROW(HEIGHT, "height", NUMBER)                                                                                      \
    ROW(FPS, "fps", NUMBER)                                                                                            \
    ROW(SECONDS, "seconds", NUMBER)                                                                                    \
    ROW(FRAMES, "frames", NUMBER)                                                                                      \
    ROW(IMAGES, "images", NUMBER)                                                                                      \
    ROW(BYTES, "bytes", NUMBER)                                                                                        \
    ROW(PLAY_FROM, "play.from", NUMBER)                                                                                \
    ROW(PLAY_TO, "play.to", NUMBER)                                                                                    \
    ROW(PLAYLIST_INITIAL, "playlist.initial_seconds", NUMBER)                                                          \
    ROW(PLAYLIST_AHEAD, "playlist.ahead_seconds", NUMBER)                                                              \
    ROW(PLAYLIST_SEGMENT, "playlist.segment_seconds", NUMBER)                                                          \
    ROW(PLAYLIST_DURATION, "playlist.duration_seconds", NUMBER)                                                        \
    ROW(OUTCOME, "outcome", TEXT)                                                                                      \
    ROW(REGION, "region", TEXT)                                                                                        \
    ROW(CODEC, "codec", TEXT)                                                                                          \
    ROW(FORMAT, "format", TEXT)                                                                                        \
    ROW(KIND, "kind", TEXT)                                                                                            \
    ROW(MEDIA, "media", TEXT)                                                                                          \
    ROW(JOB, "job", TEXT)                                                                                              \
    ROW(OPERATION, "operation", TEXT)                                                                                  \
    ROW(PREVIEW_ONLY, "preview_only", FLAG)                                                                            \
    ROW(HAS_LOCATION, "has_location", FLAG)                                                                            \
    ROW(READONLY, "readonly", FLAG)                                                                                    \
    ROW(CACHE_PREVIEW, "cache_preview", FLAG)                                                                          \
    ROW(SUBMITTED_AT, "submitted_at", INSTANT)                                                                         \
    ROW(PROJECT_CREATED_AT, "project_created_at", INSTANT)                                                             \
    ROW(TIME, "time", INSTANT)

enum attr_slot {
#define ATTR_ENUM(slot, name, kind) ATTR_##slot,
    ATTR_TABLE(ATTR_ENUM)
#undef ATTR_ENUM
        ATTR_STANDARD_COUNT
};

#define ATTR_MAX 128 /* standard and declared ones together, over all tariffs of a set */

struct value {
    enum value_kind kind;
    union {
        struct ratio number;
        struct slice text;
        bool flag;
        int64_t instant_ns;
    };
};

struct attribute {
    uint32_t slot;
    struct value value;
};

/* Values of one event (or one stream of it). values[slot] means something only where the bit is set. */
struct attrs {
    uint64_t present[ATTR_MAX / 64];
    struct value values[ATTR_MAX];
};

static inline bool attrs_has(const struct attrs *attrs, uint32_t slot) {
    return attrs->present[slot / 64] >> (slot % 64) & 1;
}
static inline struct value *attrs_set(struct attrs *attrs, uint32_t slot) {
    attrs->present[slot / 64] |= UINT64_C(1) << (slot % 64);
    return &attrs->values[slot];
}
static inline void attrs_clear(struct attrs *attrs) {
    for (size_t i = 0; i < ATTR_MAX / 64; i++)
        attrs->present[i] = 0;
}

/* name -> slot and kind, for all tariffs of one set. */
struct attr_names {
    struct names names;
    enum value_kind kinds[ATTR_MAX];
};

MUST_CHECK enum status attr_names_init(struct attr_names *attrs); /* the standard ones */
/* Declare, or find one declared before. Fails: STATUS_CONFLICT (another kind), STATUS_RANGE (ATTR_MAX),
 * STATUS_NO_MEMORY. */
MUST_CHECK enum status attr_names_declare(struct attr_names *attrs, struct slice name, enum value_kind kind,
                                          uint32_t *ret_slot);
void attr_names_free(struct attr_names *attrs);
const char *value_kind_name(enum value_kind kind); /* "number", "text", "flag", "instant" */
const char *attr_unit(uint32_t slot);              /* of a standard number: "second", "pixel"; NULL: it says nothing */
const char *attr_outcome(size_t index);            /* the words of `outcome`; NULL behind the last */

#endif
