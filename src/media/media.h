/* SPDX-License-Identifier: Apache-2.0
 *
 * What a media file is: streams, durations, sizes and rates as exact numbers, measured by ffprobe in a child process
 * under limits. The file is opened here and handed over as a descriptor: the child is told no name, and what reads
 * other files (playlists, lists of files, numbered pictures) is not among the formats it may read. */
#ifndef TG_MEDIA_MEDIA_H
#define TG_MEDIA_MEDIA_H

#include "base/json_writer.h"
#include "money/ratio.h"
#include "tariff/media.h"

#define MEDIA_KIND_TABLE(ROW)                                                                                          \
    ROW(VIDEO, "video")                                                                                                \
    ROW(AUDIO, "audio")                                                                                                \
    ROW(SUBTITLE, "subtitle")                                                                                          \
    ROW(PICTURE, "picture") /* an image file, or a cover in another one */                                             \
    ROW(DATA, "data")                                                                                                  \
    ROW(OTHER, "other")
enum media_kind {
#define MEDIA_KIND_ENUM(kind, name) MEDIA_##kind,
    MEDIA_KIND_TABLE(MEDIA_KIND_ENUM)
#undef MEDIA_KIND_ENUM
        MEDIA_KIND_COUNT
};

/* Where a duration is from, the best first. */
enum media_origin { MEDIA_OF_STREAM, MEDIA_OF_PACKETS, MEDIA_OF_CONTAINER, MEDIA_UNKNOWN };

struct media_stream {
    uint32_t index; /* in the file */
    enum media_kind kind;
    struct slice codec;
    uint64_t width, height;   /* as shown, the rotation applied; 0: none */
    uint32_t rotation;        /* degrees, 0 to 359 */
    struct ratio frame_rate;  /* on average; 0: none */
    bool is_variable;         /* packets last differently long; known only when they were counted */
    struct ratio duration;    /* seconds */
    enum media_origin origin; /* of the duration; MEDIA_UNKNOWN: it has none */
    uint64_t frames;          /* of video: packets as counted; 0: not counted */
    uint64_t sample_rate, channels;
    struct ratio time_base; /* seconds of one tick of its clock */
};

enum { MEDIA_STREAMS_MAX = 64, MEDIA_WARNINGS_MAX = 4 };
struct media {
    struct slice format; /* "mov,mp4,m4a,3gp,3g2,mj2" */
    uint64_t bytes;
    bool has_container; /* it says how long it is */
    struct ratio container;
    bool is_counted; /* every packet was looked at, not the header alone */
    struct media_stream *streams;
    uint32_t stream_count;
    struct slice warnings[MEDIA_WARNINGS_MAX]; /* what the header says and the packets do not bear out */
    uint32_t warning_count;
};

struct media_options {
    const char *ffprobe; /* an absolute path */
    bool headers_only;   /* do not read the whole file */
    uint32_t seconds;    /* the most that reading may take */
};

/* Measure a file, into the arena. *ret_reason says why when it fails with STATUS_INVALID (it is no regular file, no
 * media file that can be measured, or measuring it passes the limits) or STATUS_IO (it cannot be read). Fails also:
 * STATUS_MISSING (ffprobe does not start), STATUS_NO_MEMORY. */
MUST_CHECK enum status media_measure(const struct media_options *options, const char *path, struct arena *arena,
                                     struct media *ret_media, struct slice *ret_reason);

/* The file's duration: its longest stream's. false: it has none. */
bool media_duration(const struct media *media, struct ratio *ret_seconds);
/* The stream that stands for the file: the first video, else audio, picture, subtitle; NULL: none of them. */
const struct media_stream *media_main(const struct media *media);
/* A fact of the file (stream NULL) or of a stream as an event writes it, in the arena; numbers are decimals, rounded up
 * at the twelfth digit where they do not end before. Empty: there is no such fact. ptr NULL: no memory. */
struct slice media_fact_text(const struct media *media, const struct media_stream *stream, enum media_fact fact,
                             struct arena *arena);

const char *media_kind_name(enum media_kind kind);
const char *media_origin_name(enum media_origin origin);
/* As one object; file: its name. */
void media_json(const struct media *media, struct slice file, struct arena *arena, struct json_writer *writer);

#endif
