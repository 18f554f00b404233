/* SPDX-License-Identifier: Apache-2.0
 *
 * What ffprobe says of a file, as JSON, to streams with exact numbers. Its own decimal seconds are only used where a
 * file has nothing else: they are rounded to microseconds. */
#include "cxx/json.h"
#include "media/output.h"

#define NUMBER_MAX (UINT64_C(1) << 53)

/* ---- tokens ---- */

/* The value behind a key of the object at `object`; NULL: none. */
static const struct json_token *member(const struct json_token *object, const char *key) {
    if (object == NULL || object->type != JSON_OBJECT)
        return NULL;
    const struct json_token *end = object + object->len - 1;
    for (const struct json_token *at = object + 1; at < end;) {
        const struct json_token *value = at + 1;
        if (slice_is((struct slice){at->ptr, at->len}, key))
            return value;
        at = value + (value->type == JSON_OBJECT || value->type == JSON_ARRAY ? value->len : 1);
    }
    return NULL;
}

static struct slice text_of(const struct json_token *object, const char *key) {
    const struct json_token *value = member(object, key);
    bool is_text = value != NULL && (value->type == JSON_TEXT || value->type == JSON_NUMBER);
    return is_text ? (struct slice){value->ptr, value->len} : SLICE("");
}

static uint64_t number_of(const struct json_token *object, const char *key) {
    uint64_t value;
    return slice_number(text_of(object, key), NUMBER_MAX, &value) ? value : 0;
}

/* "30000/1001"; 0 when there is none. */
static struct ratio fraction_of(const struct json_token *object, const char *key) {
    struct slice num, den;
    uint64_t above, below;
    if (!slice_cut(text_of(object, key), '/', &num, &den) || !slice_number(num, INT32_MAX, &above) ||
        !slice_number(den, INT32_MAX, &below) || below == 0)
        return ratio_from_int(0);
    return (struct ratio){(wide)above, (wide)below};
}

/* ---- streams ---- */

static enum media_kind kind_of(const struct json_token *stream, bool is_image) {
    struct slice type = text_of(stream, "codec_type");
    if (slice_is(type, "video"))
        return is_image || number_of(member(stream, "disposition"), "attached_pic") == 1 ? MEDIA_PICTURE : MEDIA_VIDEO;
    return slice_is(type, "audio")      ? MEDIA_AUDIO
           : slice_is(type, "subtitle") ? MEDIA_SUBTITLE
           : slice_is(type, "data")     ? MEDIA_DATA
                                        : MEDIA_OTHER;
}

/* "-90" to 270; what is not a whole number of degrees is none. */
static uint32_t rotation_of(const struct json_token *stream) {
    const struct json_token *list = member(stream, "side_data_list");
    uint32_t rotation = 0;
    if (list == NULL || list->type != JSON_ARRAY)
        return 0;
    for (const struct json_token *at = list + 1; at < list + list->len - 1; at += at->len) {
        if (at->type != JSON_OBJECT)
            return rotation;
        struct slice text = text_of(at, "rotation");
        bool is_negative = text.len > 0 && text.ptr[0] == '-';
        uint64_t degrees;
        if (is_negative)
            text = (struct slice){text.ptr + 1, text.len - 1};
        if (slice_number(text, 360, &degrees))
            rotation = (uint32_t)(is_negative ? 360 - degrees : degrees) % 360;
    }
    return rotation;
}

static void sides_read(const struct json_token *token, struct media_stream *stream) {
    stream->width = number_of(token, "width");
    stream->height = number_of(token, "height");
    stream->rotation = rotation_of(token);
    if (stream->rotation != 90 && stream->rotation != 270)
        return;
    uint64_t width = stream->width;
    stream->width = stream->height;
    stream->height = width;
}

static void duration_read(const struct json_token *token, const struct media *media, struct media_stream *stream) {
    uint64_t ticks = number_of(token, "duration_ts");
    stream->origin = MEDIA_UNKNOWN;
    if (stream->kind == MEDIA_PICTURE)
        return;
    if (ticks > 0 && stream->time_base.num > 0 &&
        ratio_mul(ratio_from_int((int64_t)ticks), stream->time_base, &stream->duration) == STATUS_OK) {
        stream->origin = MEDIA_OF_STREAM;
    } else if (media->has_container) {
        stream->duration = media->container;
        stream->origin = MEDIA_OF_CONTAINER;
    }
}

static enum status stream_read(const struct json_token *token, bool is_image, struct arena *arena,
                               const struct media *media, struct media_stream *stream) {
    stream->index = (uint32_t)number_of(token, "index");
    stream->kind = kind_of(token, is_image);
    stream->codec = arena_copy(arena, text_of(token, "codec_name"));
    if (stream->codec.ptr == NULL)
        return STATUS_NO_MEMORY;
    stream->time_base = fraction_of(token, "time_base");
    stream->frame_rate = ratio_from_int(0);
    if (stream->kind == MEDIA_VIDEO || stream->kind == MEDIA_PICTURE)
        sides_read(token, stream);
    if (stream->kind == MEDIA_VIDEO)
        stream->frame_rate = fraction_of(token, "avg_frame_rate");
    if (stream->kind == MEDIA_AUDIO) {
        stream->sample_rate = number_of(token, "sample_rate");
        stream->channels = number_of(token, "channels");
    }
    duration_read(token, media, stream);
    return STATUS_OK;
}

/* Formats of single pictures: "png_pipe". */
static bool is_image_format(struct slice format) {
    const struct slice end = SLICE("_pipe");
    return format.len > end.len && slice_eq((struct slice){format.ptr + format.len - end.len, end.len}, end);
}

static enum status streams_read(const struct json_token *list, struct arena *arena, struct media *media,
                                const char **ret_reason) {
    bool is_image = is_image_format(media->format);
    media->streams = ARENA_ARRAY(arena, MEDIA_STREAMS_MAX, struct media_stream);
    if (media->streams == NULL)
        return STATUS_NO_MEMORY;
    for (const struct json_token *at = list + 1; at < list + list->len - 1; at += at->len) {
        *ret_reason = "it has more than 64 streams";
        if (at->type != JSON_OBJECT || media->stream_count == MEDIA_STREAMS_MAX ||
            number_of(at, "index") >= MEDIA_STREAMS_MAX)
            return STATUS_INVALID;
        TRY(stream_read(at, is_image, arena, media, &media->streams[media->stream_count++]));
    }
    *ret_reason = "it has no streams";
    return media->stream_count > 0 ? STATUS_OK : STATUS_INVALID;
}

static enum status tokens_read(const struct json_token *root, struct arena *arena, struct media *media,
                               const char **ret_reason) {
    const struct json_token *format = member(root, "format"), *streams = member(root, "streams");
    struct decimal seconds;
    *ret_reason = "ffprobe does not say what it is";
    if (format == NULL || streams == NULL || streams->type != JSON_ARRAY)
        return STATUS_INVALID;
    media->format = arena_copy(arena, text_of(format, "format_name"));
    if (media->format.ptr == NULL)
        return STATUS_NO_MEMORY;
    media->has_container = decimal_parse(text_of(format, "duration"), &seconds, NULL) == STATUS_OK && seconds.pico > 0;
    if (media->has_container)
        media->container = ratio_from_decimal(seconds);
    return streams_read(streams, arena, media, ret_reason);
}

enum status media_header_read(struct slice json, struct arena *arena, struct media *ret_media,
                              const char **ret_reason) {
    const struct json_token *tokens;
    struct json_error error;
    struct json_parser *parser = json_parser_new();
    enum status status = STATUS_INVALID;
    if (parser == NULL)
        return STATUS_NO_MEMORY;
    if (json_parse(parser, json.ptr, json.len, &tokens, &error) > 0)
        status = tokens_read(tokens, arena, ret_media, ret_reason);
    else if (error.is_fault)
        status = STATUS_NO_MEMORY;
    else
        *ret_reason = "ffprobe said nothing that is JSON";
    json_parser_free(parser);
    return status;
}
