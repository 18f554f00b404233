/* SPDX-License-Identifier: Apache-2.0
 *
 * Work that is charged once however often it is repeated: which seconds of a key were covered, by account and stream.
 * Ranges are only collected while records are applied. Closing turns them, cycle by cycle, into what no earlier cycle
 * covered; so neither the order of viewers' events nor their number matters. Rule: imm 2b-23 to 2b-25, 2d-3 to 2d-6. */
#include <stdlib.h>

#include "engine/engine_private.h"

/* Attributes that describe the event or the range, not the stream that is made. */
static bool is_of_event(uint32_t slot) {
    switch (slot) {
    case ATTR_STATUS:
    case ATTR_COUNT:
    case ATTR_OUTCOME:
    case ATTR_MEDIA:
    case ATTR_JOB:
    case ATTR_OPERATION:
    case ATTR_SUBMITTED_AT:
    case ATTR_TIME:
    case ATTR_PLAY_FROM:
    case ATTR_PLAY_TO:
    case ATTR_PLAYLIST_INITIAL:
    case ATTR_PLAYLIST_AHEAD:
    case ATTR_PLAYLIST_SEGMENT:
    case ATTR_PLAYLIST_DURATION:
        return true;
    default:
        return false;
    }
}

static uint64_t mix(uint64_t hash, uint64_t word) {
    hash = (hash ^ word) * UINT64_C(0x9E3779B97F4A7C15);
    return hash ^ hash >> 32;
}

static uint64_t value_signature(uint64_t hash, uint32_t slot, const struct value *value) {
    hash = mix(mix(hash, slot), value->kind);
    switch (value->kind) {
    case VALUE_NUMBER: {
        struct decimal number;
        if (ratio_to_decimal(value->number, &number) == STATUS_OK)
            return mix(mix(hash, (uint64_t)number.pico), (uint64_t)(number.pico >> 64));
        return mix(mix(hash, (uint64_t)value->number.num), (uint64_t)value->number.den);
    }
    case VALUE_TEXT:
        return mix(hash, names_hash(value->text));
    case VALUE_FLAG:
        return mix(hash, value->flag);
    case VALUE_INSTANT:
        return mix(hash, (uint64_t)value->instant_ns);
    case VALUE_NONE:
        break;
    }
    return hash;
}

static uint64_t stream_signature(const struct attrs *stream) {
    uint64_t hash = 1;
    for (uint32_t slot = 0; slot < ATTR_MAX; slot++)
        if (attrs_has(stream, slot) && !is_of_event(slot))
            hash = value_signature(hash, slot, &stream->values[slot]);
    return hash;
}

static uint64_t streams_signature(const struct attrs *streams, uint32_t count) {
    uint64_t hash = count;
    for (uint32_t i = 0; i < count; i++)
        hash = mix(hash, stream_signature(&streams[i]));
    return hash | 1; /* 0 means none */
}

/* Streams of one playlist that are alike are made one by one. */
static void signatures_part(struct stream *streams, uint32_t index) {
    uint64_t base = streams[index].signature;
    uint32_t alike = 0;
    for (uint32_t i = 0; i < index; i++)
        alike += streams[i].signature == mix(base, alike);
    streams[index].signature = mix(base, alike);
}

static enum status stream_copy(struct arena *arena, const struct attrs *attrs, struct stream *ret_stream) {
    struct stream stream = {0};
    uint32_t count = 0;
    for (uint32_t slot = 0; slot < ATTR_MAX; slot++)
        count += attrs_has(attrs, slot);
    stream.values = ARENA_ARRAY(arena, count, struct attribute);
    if (count && !stream.values)
        return STATUS_NO_MEMORY;
    for (uint32_t slot = 0; slot < ATTR_MAX; slot++) {
        if (!attrs_has(attrs, slot))
            continue;
        struct value value = attrs->values[slot];
        if (value.kind == VALUE_TEXT)
            value.text = arena_copy(arena, value.text);
        if (value.kind == VALUE_TEXT && !value.text.ptr)
            return STATUS_NO_MEMORY;
        stream.values[stream.count++] = (struct attribute){slot, value};
    }
    *ret_stream = stream;
    return STATUS_OK;
}

static enum status playlist_remember(struct engine *engine, struct timeline *timeline, const struct coverage *coverage,
                                     int64_t at_ns, uint64_t signature) {
    for (uint32_t i = 0; i < timeline->playlist_count; i++) {
        struct playlist *known = &timeline->playlists[i];
        if (known->signature != signature)
            continue;
        if (coverage->has_length && (known->length.pico < 0 || at_ns < known->at_ns))
            known->length = coverage->length;
        if (at_ns < known->at_ns)
            known->at_ns = at_ns;
        return STATUS_OK;
    }
    void *list = timeline->playlists;
    enum status status =
        list_grow(&list, timeline->playlist_count, &timeline->playlist_cap, sizeof *timeline->playlists);
    timeline->playlists = list;
    TRY(status);
    struct playlist playlist = {.at_ns = at_ns,
                                .signature = signature,
                                .length = coverage->has_length ? coverage->length : decimal_from_int(-1),
                                .streams = ARENA_ARRAY(&engine->arena, coverage->stream_count, struct stream),
                                .stream_count = coverage->stream_count};
    if (!playlist.streams)
        return STATUS_NO_MEMORY;
    for (uint32_t i = 0; i < coverage->stream_count; i++) {
        TRY(stream_copy(&engine->arena, &coverage->streams[i], &playlist.streams[i]));
        playlist.streams[i].signature = stream_signature(&coverage->streams[i]);
        signatures_part(playlist.streams, i);
    }
    timeline->playlists[timeline->playlist_count++] = playlist;
    return STATUS_OK;
}

static enum status timeline_add(struct engine *engine, struct timeline wanted, struct slice name, uint32_t *ret_index) {
    void *list = engine->timelines;
    enum status status =
        list_grow(&list, engine->timeline_names.count, &engine->timeline_cap, sizeof *engine->timelines);
    engine->timelines = list;
    TRY(status);
    struct timeline *timeline = ARENA_NEW(&engine->arena, struct timeline);
    struct slice key = arena_copy(&engine->arena, wanted.key);
    if (!timeline || !key.ptr)
        return STATUS_NO_MEMORY;
    struct account *owner = &engine->accounts[wanted.account];
    *timeline = (struct timeline){.account = wanted.account,
                                  .item = wanted.item,
                                  .tariff = wanted.tariff,
                                  .before = owner->timelines,
                                  .key = key};
    TRY(names_add(&engine->timeline_names, name, ret_index));
    timeline->number = *ret_index;
    engine->timelines[*ret_index] = owner->timelines = timeline;
    return STATUS_OK;
}

enum status engine_timeline(struct engine *engine, struct timeline wanted, struct timeline **ret_timeline) {
    struct buf name = {0};
    buf_printf(&name, "%u %u %u ", wanted.account, wanted.tariff->index, wanted.item);
    buf_append(&name, wanted.key);
    if (name.failed) {
        buf_free(&name);
        return STATUS_NO_MEMORY;
    }
    uint32_t index = names_find(&engine->timeline_names, buf_slice(&name));
    enum status status = index == NAMES_NONE ? timeline_add(engine, wanted, buf_slice(&name), &index) : STATUS_OK;
    buf_free(&name);
    TRY(status);
    *ret_timeline = engine->timelines[index];
    return STATUS_OK;
}

enum status engine_cycle_mark(struct engine *engine, uint32_t index, uint32_t timeline) {
    if (engine->cycles[index].is_closed)
        TRY(engine_reopen(engine, index));
    struct cycle *cycle = &engine->cycles[index];
    if (cycle->timeline_count && cycle->timelines[cycle->timeline_count - 1] == timeline)
        return STATUS_OK;
    void *list = cycle->timelines;
    enum status status = list_grow(&list, cycle->timeline_count, &cycle->timeline_cap, sizeof *cycle->timelines);
    cycle->timelines = list;
    TRY(status);
    cycle->timelines[cycle->timeline_count++] = timeline;
    return STATUS_OK;
}

static enum status covering_add(struct engine *engine, struct timeline *timeline, const struct record *record,
                                struct covering covering) {
    void *list = timeline->coverings;
    enum status status =
        list_grow(&list, timeline->covering_count, &timeline->covering_cap, sizeof *timeline->coverings);
    timeline->coverings = list;
    TRY(status);
    TRY(engine_cycle_mark(engine, covering.cycle, timeline->number));
    covering.file = engine->file;
    engine->file_room = 0;
    covering.source = arena_copy(&engine->arena, record->source);
    covering.id = arena_copy(&engine->arena, record->id);
    if (!covering.source.ptr || !covering.id.ptr)
        return STATUS_NO_MEMORY;
    timeline->coverings[timeline->covering_count++] = covering;
    return STATUS_OK;
}

static void trace_cover(struct trace *trace, const struct coverage *coverage, const char *what, struct decimal from,
                        struct decimal to) {
    char a[DECIMAL_TEXT_MAX], b[DECIMAL_TEXT_MAX];
    decimal_format(from, a);
    decimal_format(to, b);
    trace_add(trace, "interval", (struct slice){0},
              "%s: seconds %s to %s of \"%.*s\", widened to segment borders; the close of the cycle charges what no "
              "earlier range covered",
              what, a, to.pico < 0 ? "the end" : b, SLICE_ARG(coverage->key));
}

enum status engine_cover(struct engine *engine, uint32_t account, const struct record *record,
                         const struct coverage *coverage, struct trace *trace) {
    struct timeline *timeline;
    struct timeline wanted = {
        .account = account, .item = coverage->item, .tariff = record->tariff, .key = coverage->key};
    TRY(engine_timeline(engine, wanted, &timeline));
    struct covering covering = {
        .rate = coverage->rate, .at_ns = record->owner_ns, .segment = coverage->segment, .line = record->line};
    TRY(engine_cycle(engine, record->tariff, record->cycle, &covering.cycle));
    if (coverage->streams && coverage->stream_count) {
        covering.signature = streams_signature(coverage->streams, coverage->stream_count);
        TRY(playlist_remember(engine, timeline, coverage, record->owner_ns, covering.signature));
    }
    if (coverage->has_initial && coverage->initial.pico != 0) {
        covering.to = coverage->initial;
        covering.to_end = coverage->initial.pico < 0;
        trace_cover(trace, coverage, "made in advance", DECIMAL_ZERO, covering.to);
        TRY(covering_add(engine, timeline, record, covering));
    }
    if (coverage->has_range) {
        covering.from = coverage->from;
        covering.to_end = false;
        TRY(decimal_add(coverage->to, coverage->ahead, &covering.to));
        trace_cover(trace, coverage, "played, with what is made ahead", covering.from, covering.to);
        if (decimal_cmp(covering.from, covering.to) < 0) /* an empty range must not be widened to a segment */
            TRY(covering_add(engine, timeline, record, covering));
    }
    return STATUS_OK;
}
