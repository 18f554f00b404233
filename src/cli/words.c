/* SPDX-License-Identifier: Apache-2.0
 *
 * key=value words to the data of one usage event. Dotted keys nest; stream=… words become the list of streams. */
#include "cli/words.h"

#include "cli/common.h"

#include <stdlib.h>

#define PATH_MAX_DEPTH 4

static int pair_cmp(const void *left, const void *right) {
    const struct words_pair *a = left, *b = right;
    return slice_cmp(a->key, b->key);
}

/* A key that no tariff declares would be ignored by rating, which is never what is meant. */
static int key_check(const struct words *words, struct slice key) {
    const struct names *names = &words->set->attrs.names;
    if (names_find(names, key) != NAMES_NONE)
        return EXIT_DONE;
    struct buf hint = {0};
    suggestion_print(key, names->texts, names->count, "", &hint);
    complain(EXIT_USAGE, "no tariff uses an attribute \"" SLICE_FMT "\"." SLICE_FMT, SLICE_ARG(key),
             SLICE_ARG(buf_slice(&hint)));
    buf_free(&hint);
    return EXIT_USAGE;
}

static void value_write(const struct words *words, struct slice key, struct slice value, struct json_writer *writer) {
    uint32_t slot = names_find(&words->set->attrs.names, key);
    bool is_flag = slot != NAMES_NONE && words->set->attrs.kinds[slot] == VALUE_FLAG;
    if (is_flag && slice_is(value, "true"))
        json_bool(writer, true);
    else if (is_flag && slice_is(value, "false"))
        json_bool(writer, false);
    else
        json_text(writer, value);
}

static uint32_t path_split(struct slice key, struct slice *parts) {
    uint32_t count = 0;
    bool more = true;
    while (more && count < PATH_MAX_DEPTH) {
        more = count + 1 < PATH_MAX_DEPTH && slice_cut(key, '.', &parts[count], &key);
        if (!more)
            parts[count] = key;
        count++;
    }
    return count;
}

static void key_write(struct slice key, struct arena *run, struct json_writer *writer) {
    struct slice text = arena_copy(run, key);
    if (text.ptr == NULL)
        writer->out->failed = true;
    else
        json_key(writer, text.ptr);
}

/* Sorted pairs: equal beginnings stand together, so that objects open and close as in a sorted list of paths. */
static void pairs_write(const struct words *words, const struct words_pair *pairs, uint32_t count,
                        struct json_writer *writer) {
    struct slice open[PATH_MAX_DEPTH], path[PATH_MAX_DEPTH];
    uint32_t open_count = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t depth = path_split(pairs[i].key, path), common = 0;
        while (common < open_count && common + 1 < depth && slice_eq(open[common], path[common]))
            common++;
        for (; open_count > common; open_count--)
            json_object_end(writer);
        for (; open_count + 1 < depth; open_count++) {
            open[open_count] = path[open_count];
            key_write(path[open_count], words->run, writer);
            json_object(writer);
        }
        key_write(path[depth - 1], words->run, writer);
        value_write(words, pairs[i].key, pairs[i].value, writer);
    }
    for (; open_count > 0; open_count--)
        json_object_end(writer);
}

static int pairs_check(const struct words *words, const struct words_pair *pairs, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        if (key_check(words, pairs[i].key) != EXIT_DONE)
            return EXIT_USAGE;
        if (i > 0 && slice_eq(pairs[i - 1].key, pairs[i].key))
            return complain(EXIT_USAGE, "\"" SLICE_FMT "\" is given twice.", SLICE_ARG(pairs[i].key));
    }
    return EXIT_DONE;
}

/* "kind:video,codec:h264" */
static int stream_write(const struct words *words, struct slice text, struct json_writer *writer) {
    struct words_pair *pairs = ARENA_ARRAY(words->run, text.len + 1, struct words_pair);
    uint32_t count = 0;
    bool more = true;
    if (pairs == NULL)
        return complain_fault("the event", STATUS_NO_MEMORY);
    while (more) {
        struct slice part;
        more = slice_cut(text, ',', &part, &text);
        if (!slice_cut(part, ':', &pairs[count].key, &pairs[count].value))
            return complain(EXIT_USAGE, "\"" SLICE_FMT "\" of a stream is not key:value.", SLICE_ARG(part));
        count++;
    }
    qsort(pairs, count, sizeof *pairs, pair_cmp);
    if (pairs_check(words, pairs, count) != EXIT_DONE)
        return EXIT_USAGE;
    json_object(writer);
    pairs_write(words, pairs, count, writer);
    json_object_end(writer);
    return EXIT_DONE;
}

static void measured_write(const struct words *words, struct json_writer *writer) {
    const struct words_measured *measured = words->measured;
    json_key(writer, "streams");
    json_array(writer);
    for (uint32_t i = 0; i < measured->stream_count; i++) {
        struct words_object *object = &measured->streams[i];
        qsort(object->pairs, object->count, sizeof *object->pairs, pair_cmp);
        json_object(writer);
        pairs_write(words, object->pairs, object->count, writer);
        json_object_end(writer);
    }
    json_array_end(writer);
}

static int streams_write(const struct words *words, const struct slice *streams, uint32_t count,
                         struct json_writer *writer) {
    if (count == 0 && words->measured != NULL && words->measured->stream_count > 0)
        measured_write(words, writer);
    if (count == 0)
        return EXIT_DONE;
    json_key(writer, "streams");
    json_array(writer);
    for (uint32_t i = 0; i < count; i++) {
        int code = stream_write(words, streams[i], writer);
        if (code != EXIT_DONE)
            return code;
    }
    json_array_end(writer);
    return EXIT_DONE;
}

/* Plain pairs and streams apart. */
static int words_read(const struct words *words, struct words_pair *pairs, uint32_t *ret_pair_count,
                      struct slice *streams, uint32_t *ret_stream_count) {
    static const char *const shorthands[] = {"count", "region"};
    uint32_t pair_count = 0, stream_count = 0;
    for (size_t i = 0; words->has_shorthands && i < sizeof shorthands / sizeof *shorthands; i++) {
        const char *value = option_value(words->call, shorthands[i]);
        if (value != NULL)
            pairs[pair_count++] = (struct words_pair){slice_of(shorthands[i]), slice_of(value)};
    }
    for (uint32_t i = words->first; i < words->call->operand_count; i++) {
        struct words_pair pair;
        if (!slice_cut(slice_of(words->call->operands[i]), '=', &pair.key, &pair.value))
            return complain(EXIT_USAGE, "\"%s\" is not key=value.", words->call->operands[i]);
        if (slice_is(pair.key, "stream"))
            streams[stream_count++] = pair.value;
        else
            pairs[pair_count++] = pair;
    }
    *ret_pair_count = pair_count;
    *ret_stream_count = stream_count;
    return EXIT_DONE;
}

int words_write(const struct words *words, struct json_writer *writer) {
    uint32_t measured_count = words->measured != NULL ? words->measured->data.count : 0;
    size_t most = words->call->operand_count + 2 + measured_count;
    struct words_pair *pairs = ARENA_ARRAY(words->run, most, struct words_pair);
    struct slice *streams = ARENA_ARRAY(words->run, most, struct slice);
    uint32_t pair_count = 0, stream_count = 0;
    if (pairs == NULL || streams == NULL)
        return complain_fault("the event", STATUS_NO_MEMORY);
    if (words_read(words, pairs, &pair_count, streams, &stream_count) != EXIT_DONE)
        return EXIT_USAGE;
    for (uint32_t i = 0; i < measured_count; i++)
        pairs[pair_count++] = words->measured->data.pairs[i];
    qsort(pairs, pair_count, sizeof *pairs, pair_cmp);
    if (pairs_check(words, pairs, pair_count) != EXIT_DONE)
        return EXIT_USAGE;
    pairs_write(words, pairs, pair_count, writer);
    return streams_write(words, streams, stream_count, writer);
}
