/* SPDX-License-Identifier: Apache-2.0
 *
 * What ffprobe prints, read: its JSON of a file, and its lines of packets. */
#ifndef TG_MEDIA_OUTPUT_H
#define TG_MEDIA_OUTPUT_H

#include "media/child.h"
#include "media/media.h"

/* ---- header.c ---- */

/* What ffprobe printed as JSON (behind it JSON_PADDING readable bytes). Fails: STATUS_INVALID with a static reason,
 * STATUS_NO_MEMORY. */
MUST_CHECK enum status media_header_read(struct slice json, struct arena *arena, struct media *ret_media,
                                         const char **ret_reason);

/* ---- packets.c: lines of "stream,pts,duration", as they come ---- */

enum { PACKET_LINE_MAX = 256 };
struct packet_stream {
    bool has_times;     /* of every packet */
    int64_t first, end; /* in ticks; end is behind the last one's duration */
    int64_t last, shortest, longest;
    uint64_t count;
};
struct packets {
    struct packet_stream streams[MEDIA_STREAMS_MAX];
    char line[PACKET_LINE_MAX];
    size_t len;
};
/* For child.take; context: struct packets. Fails: STATUS_INVALID (no such line). */
MUST_CHECK enum status media_packets_take(void *context, struct slice piece);
/* Fill in what was counted, and compare. Fails: STATUS_NO_MEMORY. */
MUST_CHECK enum status media_packets_judge(const struct packets *packets, struct arena *arena, struct media *media);

#endif
