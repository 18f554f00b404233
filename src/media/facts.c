/* SPDX-License-Identifier: Apache-2.0
 *
 * What was measured, in the words of tariffs and as JSON. */
#include "media/media.h"

const char *media_kind_name(enum media_kind kind) {
    static const char *const names[] = {
#define MEDIA_KIND_ROW(kind, name) name,
        MEDIA_KIND_TABLE(MEDIA_KIND_ROW)
#undef MEDIA_KIND_ROW
    };
    return names[kind];
}

const char *media_origin_name(enum media_origin origin) {
    static const char *const names[] = {"stream", "packets", "container", "unknown"};
    return names[origin];
}

bool media_duration(const struct media *media, struct ratio *ret_seconds) {
    struct ratio longest = ratio_from_int(0);
    for (uint32_t i = 0; i < media->stream_count; i++) {
        const struct media_stream *stream = &media->streams[i];
        bool is_timed = stream->kind == MEDIA_VIDEO || stream->kind == MEDIA_AUDIO;
        if (is_timed && stream->origin != MEDIA_UNKNOWN && ratio_cmp(stream->duration, longest) > 0)
            longest = stream->duration;
    }
    *ret_seconds = longest;
    return longest.num > 0;
}

const struct media_stream *media_main(const struct media *media) {
    static const enum media_kind order[] = {MEDIA_VIDEO, MEDIA_AUDIO, MEDIA_PICTURE, MEDIA_SUBTITLE};
    for (size_t kind = 0; kind < sizeof order / sizeof *order; kind++) {
        for (uint32_t i = 0; i < media->stream_count; i++) {
            if (media->streams[i].kind == order[kind])
                return &media->streams[i];
        }
    }
    return NULL;
}

static struct slice ratio_text(struct arena *arena, struct ratio value) {
    char text[DECIMAL_TEXT_MAX];
    struct decimal decimal;
    if (ratio_to_decimal_rounded(value, DECIMAL_SCALE, ROUND_CEIL, &decimal) != STATUS_OK)
        return SLICE("");
    return arena_copy(arena, (struct slice){text, decimal_format(decimal, text)});
}

static struct slice count_text(struct arena *arena, uint64_t count) {
    return count > 0 ? arena_printf(arena, "%llu", (unsigned long long)count) : SLICE("");
}

static struct slice duration_text(const struct media *media, const struct media_stream *stream, struct arena *arena) {
    struct ratio seconds;
    if (stream != NULL)
        return stream->origin != MEDIA_UNKNOWN ? ratio_text(arena, stream->duration) : SLICE("");
    return media_duration(media, &seconds) ? ratio_text(arena, seconds) : SLICE("");
}

/* What belongs to a stream; of the file it is that of its main one. */
static struct slice stream_text(const struct media_stream *stream, enum media_fact fact, struct arena *arena) {
    switch (fact) {
    case MEDIA_FACT_KIND:
        return slice_of(media_kind_name(stream->kind));
    case MEDIA_FACT_CODEC:
        return stream->codec;
    case MEDIA_FACT_WIDTH:
        return count_text(arena, stream->width);
    case MEDIA_FACT_HEIGHT:
        return count_text(arena, stream->height);
    case MEDIA_FACT_FRAME_RATE:
        return stream->frame_rate.num > 0 ? ratio_text(arena, stream->frame_rate) : SLICE("");
    case MEDIA_FACT_FRAMES:
        return count_text(arena, stream->frames);
    case MEDIA_FACT_SAMPLE_RATE:
        return count_text(arena, stream->sample_rate);
    case MEDIA_FACT_CHANNELS:
        return count_text(arena, stream->channels);
    case MEDIA_FACT_DURATION:
    case MEDIA_FACT_FORMAT:
    case MEDIA_FACT_BYTES:
    case MEDIA_FACT_COUNT:
        break;
    }
    return SLICE("");
}

struct slice media_fact_text(const struct media *media, const struct media_stream *stream, enum media_fact fact,
                             struct arena *arena) {
    const struct media_stream *of = stream != NULL ? stream : media_main(media);
    if (fact == MEDIA_FACT_DURATION)
        return duration_text(media, stream, arena);
    if (fact == MEDIA_FACT_FORMAT)
        return media->format;
    if (fact == MEDIA_FACT_BYTES)
        return arena_printf(arena, "%llu", (unsigned long long)media->bytes);
    return of != NULL ? stream_text(of, fact, arena) : SLICE("");
}

/* ---- JSON ---- */

static void member_text(struct json_writer *writer, const char *key, struct slice text) {
    if (text.ptr == NULL)
        writer->out->failed = true;
    else if (text.len > 0)
        json_member(writer, key, text);
    else
        json_member_null(writer, key);
}

static void ratio_member(struct json_writer *writer, const char *key, struct ratio value) {
    char text[RATIO_TEXT_MAX];
    json_member_plain(writer, key, (struct slice){text, ratio_format(value, text)});
}

static void stream_json(const struct media *media, const struct media_stream *stream, struct arena *arena,
                        struct json_writer *writer) {
    static const struct {
        const char *key;
        enum media_fact fact;
    } facts[] = {{"width", MEDIA_FACT_WIDTH},       {"height", MEDIA_FACT_HEIGHT},
                 {"frames", MEDIA_FACT_FRAMES},     {"sample_rate", MEDIA_FACT_SAMPLE_RATE},
                 {"channels", MEDIA_FACT_CHANNELS}, {"frame_rate", MEDIA_FACT_FRAME_RATE},
                 {"duration", MEDIA_FACT_DURATION}};
    json_object(writer);
    json_key(writer, "index");
    json_uint(writer, stream->index);
    json_member(writer, "kind", slice_of(media_kind_name(stream->kind)));
    member_text(writer, "codec", stream->codec);
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++) {
        struct slice text = media_fact_text(media, stream, facts[i].fact, arena);
        if (text.ptr == NULL || text.len > 0)
            member_text(writer, facts[i].key, text);
    }
    if (stream->frame_rate.num > 0)
        ratio_member(writer, "frame_rate_exact", stream->frame_rate);
    if (stream->kind == MEDIA_VIDEO && media->is_counted) {
        json_key(writer, "is_variable");
        json_bool(writer, stream->is_variable);
    }
    if (stream->origin != MEDIA_UNKNOWN) {
        ratio_member(writer, "duration_exact", stream->duration);
        json_member(writer, "duration_from", slice_of(media_origin_name(stream->origin)));
    }
    if (stream->rotation > 0) {
        json_key(writer, "rotation");
        json_uint(writer, stream->rotation);
    }
    json_object_end(writer);
}

void media_json(const struct media *media, struct slice file, struct arena *arena, struct json_writer *writer) {
    json_object(writer);
    json_member(writer, "file", file);
    json_member(writer, "format", media->format);
    member_text(writer, "bytes", media_fact_text(media, NULL, MEDIA_FACT_BYTES, arena));
    member_text(writer, "duration", media_fact_text(media, NULL, MEDIA_FACT_DURATION, arena));
    json_key(writer, "is_counted");
    json_bool(writer, media->is_counted);
    json_key(writer, "streams");
    json_array(writer);
    for (uint32_t i = 0; i < media->stream_count; i++)
        stream_json(media, &media->streams[i], arena, writer);
    json_array_end(writer);
    json_key(writer, "warnings");
    json_array(writer);
    for (uint32_t i = 0; i < media->warning_count; i++)
        json_text(writer, media->warnings[i]);
    json_array_end(writer);
    json_object_end(writer);
}
