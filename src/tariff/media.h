/* SPDX-License-Identifier: Apache-2.0
 *
 * Which attributes of an event a measured media file gives, as the key `media` of a tariff says it. Only the words:
 * nothing here reads a file. */
#ifndef TG_TARIFF_MEDIA_H
#define TG_TARIFF_MEDIA_H

#include "tariff/attr.h"

/* What can be measured of a file or of a stream in it: constant, word, kind of its value. */
#define MEDIA_FACT_TABLE(ROW)                                                                                          \
    ROW(KIND, "kind", TEXT)                                                                                            \
    ROW(CODEC, "codec", TEXT)                                                                                          \
    ROW(FORMAT, "format", TEXT)                                                                                        \
    ROW(DURATION, "duration", NUMBER)                                                                                  \
    ROW(WIDTH, "width", NUMBER)                                                                                        \
    ROW(HEIGHT, "height", NUMBER)                                                                                      \
    ROW(FRAME_RATE, "frame_rate", NUMBER)                                                                              \
    ROW(FRAMES, "frames", NUMBER)                                                                                      \
    ROW(SAMPLE_RATE, "sample_rate", NUMBER)                                                                            \
    ROW(CHANNELS, "channels", NUMBER)                                                                                  \
    ROW(BYTES, "bytes", NUMBER)
enum media_fact {
#define MEDIA_FACT_ENUM(fact, name, kind) MEDIA_FACT_##fact,
    MEDIA_FACT_TABLE(MEDIA_FACT_ENUM)
#undef MEDIA_FACT_ENUM
        MEDIA_FACT_COUNT
};

/* What the facts are told of: the file as a whole, or every stream of a kind. */
#define MEDIA_PART_TABLE(ROW)                                                                                          \
    ROW(DATA, "data")                                                                                                  \
    ROW(VIDEO, "video")                                                                                                \
    ROW(AUDIO, "audio")                                                                                                \
    ROW(SUBTITLE, "subtitle")                                                                                          \
    ROW(PICTURE, "picture")
enum media_part {
#define MEDIA_PART_ENUM(part, name) MEDIA_PART_##part,
    MEDIA_PART_TABLE(MEDIA_PART_ENUM)
#undef MEDIA_PART_ENUM
        MEDIA_PART_COUNT
};
const char *media_part_name(enum media_part part);

struct media_pair {
    struct slice attribute; /* of an event's data, or of an object of data.streams */
    enum media_fact fact;
};
struct media_pairs {
    const struct media_pair *list;
    uint32_t count; /* 0 of a kind of stream: streams of that kind are left out */
};
struct media_rule {
    struct media_pairs parts[MEDIA_PART_COUNT];
};

#endif
