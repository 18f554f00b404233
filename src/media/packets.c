/* SPDX-License-Identifier: Apache-2.0
 *
 * Packets as they are in the file, against what its header says. */
#include "media/output.h"

#include <stdio.h>

/* A header may differ from the packets by a second and by a twentieth: streams end at different times. */
enum { SLACK_SECONDS = 1, SLACK_PART = 20 };

static bool integer_read(struct slice text, int64_t *ret) {
    bool is_negative = text.len > 0 && text.ptr[0] == '-';
    uint64_t value;
    if (is_negative)
        text = (struct slice){text.ptr + 1, text.len - 1};
    if (text.len == 0 || !slice_number(text, INT64_MAX / 4, &value))
        return false;
    *ret = is_negative ? -(int64_t)value : (int64_t)value;
    return true;
}

static void packet_add(struct packet_stream *stream, struct slice start_text, struct slice duration_text) {
    int64_t start, duration;
    bool has_start = integer_read(start_text, &start), has_duration = integer_read(duration_text, &duration);
    if (!has_duration)
        duration = 0;
    if (stream->count == 0) {
        *stream = (struct packet_stream){.has_times = has_start};
        stream->first = stream->end = has_start ? start : 0;
    } else if (stream->count == 1) {
        stream->shortest = stream->longest = stream->last;
    } else {
        stream->shortest = stream->last < stream->shortest ? stream->last : stream->shortest;
        stream->longest = stream->last > stream->longest ? stream->last : stream->longest;
    }
    stream->count++;
    stream->last = duration;
    stream->has_times = stream->has_times && has_start;
    if (!has_start)
        return;
    stream->first = start < stream->first ? start : stream->first;
    stream->end = start + duration > stream->end ? start + duration : stream->end;
}

static enum status line_take(struct packets *packets, struct slice line) {
    struct slice index_text, start, rest, duration;
    uint64_t index;
    if (line.len == 0)
        return STATUS_OK; /* behind packets with side data */
    if (!slice_cut(line, ',', &index_text, &rest) || !slice_cut(rest, ',', &start, &duration) ||
        !slice_number(index_text, MEDIA_STREAMS_MAX - 1, &index))
        return STATUS_INVALID;
    slice_cut(duration, ',', &duration, &rest);
    packet_add(&packets->streams[index], start, duration);
    return STATUS_OK;
}

enum status media_packets_take(void *context, struct slice piece) {
    struct packets *packets = context;
    for (size_t i = 0; i < piece.len; i++) {
        if (piece.ptr[i] == '\n') {
            TRY(line_take(packets, (struct slice){packets->line, packets->len}));
            packets->len = 0;
        } else if (packets->len == PACKET_LINE_MAX) {
            return STATUS_INVALID;
        } else {
            packets->line[packets->len++] = piece.ptr[i];
        }
    }
    return STATUS_OK;
}

/* ---- what they say ---- */

static bool span(const struct packet_stream *counted, const struct media_stream *stream, struct ratio *ret) {
    return counted->count > 0 && counted->has_times && counted->end > counted->first &&
           ratio_mul(ratio_from_int(counted->end - counted->first), stream->time_base, ret) == STATUS_OK;
}

/* Whether a said duration is too far from a counted one. What cannot be compared is not. */
static bool is_far(struct ratio said, struct ratio counted) {
    struct ratio gap, slack, part = {1, SLACK_PART};
    if (ratio_sub(said, counted, &gap) != STATUS_OK || ratio_mul(counted, part, &slack) != STATUS_OK)
        return true;
    gap.num = gap.num < 0 ? -gap.num : gap.num;
    return ratio_cmp(gap, ratio_from_int(SLACK_SECONDS)) > 0 && ratio_cmp(gap, slack) > 0;
}

static enum status warn(struct media *media, struct arena *arena, const char *who, struct ratio said,
                        struct ratio counted) {
    struct decimal told[2];
    char texts[2][DECIMAL_TEXT_MAX];
    if (media->warning_count == MEDIA_WARNINGS_MAX)
        return STATUS_OK;
    for (size_t i = 0; i < 2; i++) {
        if (ratio_to_decimal_rounded(i == 0 ? said : counted, 3, ROUND_HALF_UP, &told[i]) != STATUS_OK)
            told[i] = DECIMAL_ZERO;
        decimal_format(told[i], texts[i]);
    }
    struct slice text = arena_printf(arena, "%s says %s seconds, its packets last %s", who, texts[0], texts[1]);
    if (text.ptr == NULL)
        return STATUS_NO_MEMORY;
    media->warnings[media->warning_count++] = text;
    return STATUS_OK;
}

static enum status stream_judge(const struct packet_stream *counted, struct arena *arena, struct media *media,
                                struct media_stream *stream) {
    bool is_timed = stream->kind == MEDIA_VIDEO || stream->kind == MEDIA_AUDIO;
    struct ratio length;
    char who[64];
    if (stream->kind == MEDIA_VIDEO) {
        stream->frames = counted->count;
        stream->is_variable = counted->count > 2 && counted->longest - counted->shortest > 1;
    }
    if (!is_timed || (counted->count > 0 && !counted->has_times))
        return STATUS_OK;
    if (!span(counted, stream, &length))
        length = ratio_from_int(0);
    if (stream->origin == MEDIA_OF_STREAM) {
        snprintf(who, sizeof who, "stream %u", stream->index);
        return is_far(stream->duration, length) ? warn(media, arena, who, stream->duration, length) : STATUS_OK;
    }
    if (length.num > 0) {
        stream->duration = length;
        stream->origin = MEDIA_OF_PACKETS;
    }
    return STATUS_OK;
}

enum status media_packets_judge(const struct packets *packets, struct arena *arena, struct media *media) {
    struct ratio longest = ratio_from_int(0);
    bool is_comparable = false;
    media->is_counted = true;
    for (uint32_t i = 0; i < media->stream_count; i++) {
        struct media_stream *stream = &media->streams[i];
        const struct packet_stream *counted = &packets->streams[stream->index];
        struct ratio length;
        TRY(stream_judge(counted, arena, media, stream));
        is_comparable = is_comparable || ((stream->kind == MEDIA_VIDEO || stream->kind == MEDIA_AUDIO) &&
                                          (counted->count == 0 || counted->has_times));
        if (span(counted, stream, &length) && ratio_cmp(length, longest) > 0)
            longest = length;
    }
    if (media->has_container && is_comparable && is_far(media->container, longest))
        return warn(media, arena, "the header", media->container, longest);
    return STATUS_OK;
}
