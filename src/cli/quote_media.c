/* SPDX-License-Identifier: Apache-2.0
 *
 * tollgate quote --media FILE. What the words of the command line say is not taken from the file. */
#include "cli/quote_media.h"

#include "cli/probe.h"

struct filling {
    const struct asking *asking;
    const struct media *media;
    const char *path;
    struct words_measured *measured;
};

/* Whether a word KEY=VALUE, or --count or --region, says it already. */
static bool is_given(const struct call *call, struct slice attribute) {
    for (uint32_t i = 1; i < call->operand_count; i++) {
        struct slice key, value;
        if (slice_cut(slice_of(call->operands[i]), '=', &key, &value) && slice_eq(key, attribute))
            return true;
    }
    return (slice_is(attribute, "count") || slice_is(attribute, "region")) && option_given(call, attribute.ptr);
}

/* The pairs of one object. EXIT_DONE or EXIT_FAULT. */
static int pairs_fill(const struct filling *filling, const struct media_pairs *pairs, const struct media_stream *stream,
                      struct words_object *object) {
    struct arena *run = filling->asking->quote.run;
    object->pairs = ARENA_ARRAY(run, (size_t)pairs->count + 1, struct words_pair);
    if (object->pairs == NULL)
        return complain_fault(filling->path, STATUS_NO_MEMORY);
    for (uint32_t i = 0; i < pairs->count; i++) {
        const struct media_pair *pair = &pairs->list[i];
        struct slice value = media_fact_text(filling->media, stream, pair->fact, run);
        if (value.ptr == NULL)
            return complain_fault(filling->path, STATUS_NO_MEMORY);
        if (value.len == 0 || is_given(filling->asking->call, pair->attribute))
            continue;
        if (pair->fact == MEDIA_FACT_DURATION && filling->media->warning_count > 0)
            return complain(EXIT_INCOMPLETE, "%s: " SLICE_FMT ". Say which one it is: " SLICE_FMT "=…", filling->path,
                            SLICE_ARG(filling->media->warnings[0]), SLICE_ARG(pair->attribute));
        object->pairs[object->count++] = (struct words_pair){pair->attribute, value};
    }
    return EXIT_DONE;
}

static bool part_of(enum media_kind kind, enum media_part *ret_part) {
    switch (kind) {
    case MEDIA_VIDEO:
        *ret_part = MEDIA_PART_VIDEO;
        return true;
    case MEDIA_AUDIO:
        *ret_part = MEDIA_PART_AUDIO;
        return true;
    case MEDIA_SUBTITLE:
        *ret_part = MEDIA_PART_SUBTITLE;
        return true;
    case MEDIA_PICTURE:
        *ret_part = MEDIA_PART_PICTURE;
        return true;
    case MEDIA_DATA:
    case MEDIA_OTHER:
    case MEDIA_KIND_COUNT:
        break;
    }
    return false;
}

static int streams_fill(const struct filling *filling, const struct media_rule *rule) {
    const struct media *media = filling->media;
    struct words_measured *measured = filling->measured;
    int code = EXIT_DONE;
    measured->streams = ARENA_ARRAY(filling->asking->quote.run, (size_t)media->stream_count + 1, struct words_object);
    if (measured->streams == NULL)
        return complain_fault(filling->path, STATUS_NO_MEMORY);
    for (uint32_t i = 0; i < media->stream_count && code == EXIT_DONE; i++) {
        enum media_part part;
        if (part_of(media->streams[i].kind, &part) && rule->parts[part].count > 0)
            code = pairs_fill(filling, &rule->parts[part], &media->streams[i],
                              &measured->streams[measured->stream_count++]);
    }
    return code;
}

/* What was taken from the file is told: a mapping decided it, not the reader. */
static void origin_tell(const struct filling *filling) {
    for (uint32_t i = 0; i < filling->media->stream_count; i++) {
        const struct media_stream *stream = &filling->media->streams[i];
        if (stream->origin == MEDIA_OF_CONTAINER && stream->kind != MEDIA_DATA)
            complain(0, "%s: stream %u does not say how long it is; the file's duration was taken.", filling->path,
                     stream->index);
    }
}

int quote_media(const struct asking *asking, struct words_measured *ret_measured) {
    const struct quote *quote = &asking->quote;
    const struct operation *operation = tariff_operation(quote->tariff, quote->operation);
    const char *path = option_value(asking->call, "media");
    struct media_options options;
    struct media media;
    *ret_measured = (struct words_measured){0};
    if (path == NULL)
        return EXIT_DONE;
    if (operation->media == NULL)
        return complain(EXIT_USAGE,
                        "the tariff " SLICE_FMT " does not say what of a media file " SLICE_FMT
                        " needs: its key `media` would. Give the numbers yourself, as KEY=VALUE.",
                        SLICE_ARG(quote->tariff->name), SLICE_ARG(quote->operation));
    int code = probe_options(asking->call, quote->run, &options);
    if (code == EXIT_DONE)
        code = probe_file(&options, path, quote->run, &media);
    if (code != EXIT_DONE)
        return code;
    struct filling filling = {asking, &media, path, ret_measured};
    code = pairs_fill(&filling, &operation->media->parts[MEDIA_PART_DATA], NULL, &ret_measured->data);
    if (code == EXIT_DONE)
        code = streams_fill(&filling, operation->media);
    if (code == EXIT_DONE)
        origin_tell(&filling);
    return code;
}
