/* SPDX-License-Identifier: Apache-2.0
 *
 * Usage events: the tariff and operation that the type names, and data as attributes in numbered slots. A value is kept
 * as what it is; whether that will do is decided by the formulas that need it. */
#include "meter/reader.h"

#include <endian.h>
#include <stdlib.h>

/* ---- attributes ---- */

/* One to eight bytes of digits, perhaps with a point among them, told without a loop: lengths vary, and a processor
 * that guesses one wrong loses more time than all of this takes. JSON_PADDING bytes behind the text are readable. */
static inline bool number_is_short(struct slice text, struct ratio *ret) {
    static const int64_t powers[] = {1, 10, 100, 1000, 10000, 100000, 1000000};
    const uint64_t ones = UINT64_C(0x0101010101010101), high = ones << 7;
    uint64_t word;
    if (text.len - 1 >= sizeof word)
        return false;
    memcpy(&word, text.ptr, sizeof word);
    word = (le64toh(word) ^ ones * '0') << (64 - 8 * text.len); /* a digit a byte, the last at the top, zeros below */
    uint64_t point = word ^ ones * ('.' ^ '0');
    point = (point - ones) & ~point & high; /* its lowest bit is the top of the first byte that is a point */
    size_t decimals = 0;
    if (point != 0) {
        size_t place = (size_t)__builtin_ctzll(point) / 8, first = 8 - text.len;
        decimals = 7 - place;
        if (decimals == 0 || place == first || (place - first > 1 && text.ptr[0] == '0'))
            return false;
        uint64_t before = (UINT64_C(1) << 8 * place) - 1, behind = ~UINT64_C(0) << (8 * place + 8);
        word = (word & before) << 8 | (word & behind);
    }
    if (((word | (word + ones * 0x76)) & high) != 0)
        return false;
    word = (word * 2561) >> 8; /* pairs of digits: 10 * 256 + 1; then of pairs, and of those */
    word = ((word & UINT64_C(0x00FF00FF00FF00FF)) * 6553601) >> 16;
    word = ((word & UINT64_C(0x0000FFFF0000FFFF)) * UINT64_C(42949672960001)) >> 32;
    *ret = (struct ratio){(int64_t)word, word == 0 ? 1 : powers[decimals]};
    return true;
}

/* Digits only: no need for the general reader. */
static bool number_is_whole(struct slice text, struct ratio *ret) {
    int64_t value = 0;
    if (text.len > 18)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return false;
        value = value * 10 + (text.ptr[i] - '0');
    }
    *ret = ratio_from_int(value);
    return text.len > 0;
}

/* In place: a value is large, and most of it is not used. */
static inline bool number_read(struct slice text, struct value *ret) {
    ret->kind = VALUE_NUMBER;
    return number_is_short(text, &ret->number) || number_is_whole(text, &ret->number) ||
           ratio_parse(text, &ret->number, NULL) == STATUS_OK;
}

/* Text that stands where another kind is declared. */
static inline bool text_convert(struct slice text, enum value_kind kind, struct value *ret) {
    int64_t at_ns;
    switch (kind) {
    case VALUE_NUMBER:
        return number_read(text, ret);
    case VALUE_FLAG:
        *ret = (struct value){.kind = VALUE_FLAG, .flag = slice_is(text, "true")};
        return ret->flag || slice_is(text, "false");
    case VALUE_INSTANT:
        if (instant_parse(text, &at_ns, NULL) != STATUS_OK)
            return false;
        *ret = (struct value){.kind = VALUE_INSTANT, .instant_ns = at_ns};
        return true;
    case VALUE_TEXT:
    case VALUE_NONE:
    default:
        return false;
    }
}

/* The declared kind where the token can be read as it, else what the token is. */
static inline void value_read(const struct json_token *token, enum value_kind kind, struct value *ret) {
    struct slice text = token_text(token);
    if (token->type == JSON_TRUE || token->type == JSON_FALSE) {
        *ret = (struct value){.kind = VALUE_FLAG, .flag = token->type == JSON_TRUE};
    } else if (token->type == JSON_NUMBER ? !number_read(text, ret) : !text_convert(text, kind, ret)) {
        ret->kind = VALUE_TEXT;
        ret->text = text;
    }
}

void attribute_read(const struct json_token *token, enum value_kind kind, struct value *ret) {
    value_read(token, kind, ret);
}

/* An object on its way into slots. */
struct flattening {
    struct reading *reading;
    struct attrs *attrs;
    bool is_stream;
    uint64_t seen[ATTR_MAX / 64]; /* by this object, to find duplicates */
    char path[MEMBER_PATH_MAX];   /* dotted prefix of the object that is open */
    uint32_t path_len;
    uint32_t outer_lens[JSON_DEPTH_MAX];
    uint32_t depth;
};

static bool duplicate_reject(struct reading *reading, const struct json_token *key, struct slice name) {
    return reading_reject(reading, key->raw_offset, "duplicate member \"" SLICE_FMT "\"", SLICE_ARG(name));
}

/* The member's dotted name; empty when it is longer than any attribute's. */
static struct slice member_name(struct flattening *flat, const struct json_token *key) {
    if (flat->depth == 0)
        return token_text(key);
    if (flat->path_len + key->len >= MEMBER_PATH_MAX)
        return SLICE("");
    memcpy(flat->path + flat->path_len, key->ptr, key->len);
    return (struct slice){flat->path, flat->path_len + key->len};
}

/* The slot of a name, or NAMES_NONE. The one seen last in the same place of a small table is tried before the name is
 * hashed. */
static uint32_t member_slot(struct reader *reader, struct slice name) {
    if (name.len == 0)
        return NAMES_NONE;
    size_t place =
        (name.len * 37 + (unsigned char)name.ptr[0] * 3u + (unsigned char)name.ptr[name.len - 1]) % RECENT_NAME_COUNT;
    struct recent_name *recent = &reader->recent_names[place];
    if (recent->len == name.len && bytes_eq(recent->text, name.ptr, name.len))
        return (uint32_t)recent->next_slot - 1; /* 0 - 1 is NAMES_NONE */
    uint32_t slot = names_find(&reader->tariffs->attrs.names, name);
    if (name.len <= RECENT_NAME_MAX) {
        *recent = (struct recent_name){.len = (uint8_t)name.len, .next_slot = (uint8_t)(slot + 1)};
        memcpy(recent->text, name.ptr, name.len);
    }
    return slot;
}
_Static_assert(NAMES_NONE == UINT32_MAX, "one below zero");
_Static_assert(ATTR_MAX <= 254, "a slot and one fits a byte");

/* Which hold ends with the event. It says nothing about the work, so it is no attribute. */
static bool hold_read(struct reading *reading, const struct json_token *key) {
    struct slice text;
    if (key[1].type == JSON_NULL)
        return true;
    if (reading->record->hold.len > 0)
        return duplicate_reject(reading, key, token_text(key));
    return reading_text(reading, key + 1, "hold", &text) && reading_copy(reading, text, &reading->record->hold);
}

static bool member_set(struct flattening *flat, const struct json_token *key, struct slice name) {
    const struct attr_names *attrs = &flat->reading->reader->tariffs->attrs;
    if (flat->depth == 0 && !flat->is_stream && slice_eq(name, SLICE("hold")))
        return hold_read(flat->reading, key);
    uint32_t slot = member_slot(flat->reading->reader, name);
    /* The engine sets these two; what data says under their names does not count. */
    if (slot == NAMES_NONE || slot == ATTR_OPERATION || slot == ATTR_TIME || key[1].type == JSON_NULL)
        return true;
    uint64_t bit = UINT64_C(1) << (slot % 64);
    if (flat->seen[slot / 64] & bit)
        return duplicate_reject(flat->reading, key, name);
    flat->seen[slot / 64] |= bit;
    value_read(key + 1, attrs->kinds[slot], attrs_set(flat->attrs, slot));
    return true;
}

/* A nested object goes on under a longer prefix, or is passed over when no attribute can have such a name. */
static const struct json_token *object_enter(struct flattening *flat, const struct json_token *key, struct slice name) {
    if (name.len == 0 || name.len + 1 >= MEMBER_PATH_MAX)
        return token_skip(key + 1);
    memmove(flat->path, name.ptr, name.len);
    flat->path[name.len] = '.';
    flat->outer_lens[flat->depth++] = flat->path_len;
    flat->path_len = (uint32_t)name.len + 1;
    return key + 2;
}

static bool streams_collect(struct reading *reading, const struct json_token *key) {
    struct reader *reader = reading->reader;
    if (reading->has_streams)
        return duplicate_reject(reading, key, token_text(key));
    reading->has_streams = true;
    reading->has_bad_streams = key[1].type != JSON_ARRAY;
    if (reading->has_bad_streams)
        return true;
    for (const struct json_token *stream = key + 2; stream->type != JSON_ARRAY_END; stream = token_skip(stream)) {
        if (reader->stream_count == reader->stream_cap) {
            uint32_t cap = reader->stream_cap == 0 ? 16 : reader->stream_cap * 2;
            uint32_t *list = reallocarray(reader->streams, cap, sizeof *list);
            if (list == NULL)
                return reading_fail(reading, STATUS_NO_MEMORY);
            reader->streams = list;
            reader->stream_cap = cap;
        }
        reader->streams[reader->stream_count++] = (uint32_t)(stream - reading->tokens);
        reading->has_bad_streams |= stream->type != JSON_OBJECT;
    }
    return true;
}

static bool object_flatten(struct flattening *flat, const struct json_token *object) {
    const struct json_token *token = object + 1;
    while (token->type == JSON_KEY || flat->depth > 0) {
        if (token->type == JSON_OBJECT_END) {
            flat->path_len = flat->outer_lens[--flat->depth];
            token++;
            continue;
        }
        struct slice name = member_name(flat, token);
        bool is_streams = flat->depth == 0 && !flat->is_stream && slice_eq(name, SLICE("streams"));
        if (token[1].type == JSON_OBJECT && !is_streams) {
            token = object_enter(flat, token, name);
            continue;
        }
        bool is_list = token[1].type == JSON_ARRAY;
        if (is_streams ? !streams_collect(flat->reading, token) : !is_list && !member_set(flat, token, name))
            return false;
        token = token_skip(token + 1);
    }
    return true;
}

/* Only what is there: an attrs is large, an event's attributes are few. */
static void attrs_lay(struct attrs *over, const struct attrs *base) {
    for (size_t word = 0; word < ATTR_MAX / 64; word++) {
        over->present[word] = base->present[word];
        for (uint64_t bits = base->present[word]; bits != 0; bits &= bits - 1) {
            size_t slot = word * 64 + (size_t)__builtin_ctzll(bits);
            over->values[slot] = base->values[slot];
        }
    }
}

bool event_stream(struct reading *reading, uint32_t token) {
    struct reader *reader = reading->reader;
    attrs_lay(&reader->stream, &reader->event);
    struct flattening flat = {.reading = reading, .attrs = &reader->stream, .is_stream = true};
    return object_flatten(&flat, reading->tokens + token);
}

static bool attributes_read(struct reading *reading) {
    struct reader *reader = reading->reader;
    attrs_clear(&reader->event);
    reader->stream_count = 0;
    reading->has_streams = reading->has_bad_streams = false;
    if (reading->data == NULL)
        return true;
    struct flattening flat = {.reading = reading, .attrs = &reader->event};
    return object_flatten(&flat, reading->data);
}

/* What the account says of all its events stands in where this one says nothing. */
static void attributes_default(struct reading *reading) {
    const struct reader_terms *terms = reading->reader->terms;
    const struct attr_names *attrs = &reading->reader->tariffs->attrs;
    for (uint32_t i = 0; terms != NULL && i < terms->attribute_count; i++) {
        const struct attribute *attribute = &terms->attributes[i];
        if (attrs_has(&reading->reader->event, attribute->slot))
            continue;
        *attrs_set(&reading->reader->event, attribute->slot) = attribute->value;
        trace_add(reading->trace, "note", SLICE(""), "the account's own " SLICE_FMT " stands in for the event's",
                  SLICE_ARG(attrs->names.texts[attribute->slot]));
    }
}

/* ---- the type ---- */

static size_t recent_place(struct slice type) {
    return (type.len * 37 + (unsigned char)type.ptr[type.len / 2] * 3u + (unsigned char)type.ptr[type.len - 1] * 7u +
            (unsigned char)type.ptr[0]) %
           RECENT_TYPE_COUNT;
}

const struct recent_type *type_recent(const struct reader *reader, struct slice type) {
    const struct recent_type *recent = &reader->recent_types[recent_place(type)];
    bool is_same = reader->terms == NULL && type.len == recent->len && bytes_eq(type.ptr, recent->text, type.len);
    return is_same ? recent : NULL;
}

/* The tariff and operation that a type names, as far as they are there. An account's own terms are not remembered. */
static void type_find(struct reading *reading, struct slice type, const struct tariff **ret_tariff,
                      const struct operation **ret_operation) {
    struct reader *reader = reading->reader;
    const struct recent_type *recent = type_recent(reader, type);
    struct slice family, name;
    if (recent == NULL) {
        slice_cut(type, '.', &family, &name);
        *ret_tariff = reading_tariff(reading, family);
        *ret_operation = *ret_tariff != NULL ? tariff_operation(*ret_tariff, name) : NULL;
    } else {
        *ret_tariff = recent->tariff;
        *ret_operation = recent->operation;
    }
    if (recent != NULL || reader->terms != NULL || *ret_operation == NULL || type.len > RECENT_TYPE_MAX)
        return;
    struct recent_type *kept = &reader->recent_types[recent_place(type)];
    *kept = (struct recent_type){.len = type.len, .tariff = *ret_tariff, .operation = *ret_operation};
    memcpy(kept->text, type.ptr, type.len);
}

/* Reasons for types that no tariff knows are remembered: searching a suggestion takes longer than all the rest. */
static void type_unprice(struct reading *reading, struct slice type, const struct tariff *tariff) {
    struct reader *reader = reading->reader;
    struct suggestion *kept = &reader->suggestions[names_hash(type) % SUGGESTION_COUNT];
    if (kept->reason.len == 0 || !slice_eq(buf_slice(&kept->type), type)) {
        struct slice family, name;
        slice_cut(type, '.', &family, &name);
        buf_clear(&kept->type);
        buf_clear(&kept->reason);
        buf_append(&kept->type, type);
        if (tariff == NULL)
            buf_printf(&kept->reason, "no tariff \"" SLICE_FMT "\" is loaded%s", SLICE_ARG(family),
                       reading_suggest(reading, family, reader->tariffs->names.texts, reader->tariffs->names.count));
        else
            buf_printf(&kept->reason, "tariff " SLICE_FMT " has no operation \"" SLICE_FMT "\"%s", SLICE_ARG(family),
                       SLICE_ARG(name),
                       reading_suggest(reading, name, tariff->operation_names.texts, tariff->operation_names.count));
        if (kept->type.failed || kept->reason.failed) {
            buf_clear(&kept->reason);
            reading_fail(reading, STATUS_NO_MEMORY);
            return;
        }
    }
    reading_unprice(reading, SLICE_FMT, SLICE_ARG(buf_slice(&kept->reason)));
}

/* The business key of what is charged. An event without it is no known piece of work, and counts as it is. */
static bool event_work(struct reading *reading, struct slice type) {
    struct record *record = reading->record;
    struct value key;
    struct eval_error error;
    struct slice family, name;
    if (formula_eval(record->operation->work.key, &reading->reader->event, &key, &error) != STATUS_OK) {
        if (error.fault == EVAL_MISSING)
            return true;
        struct buf *text = &reading->reader->text;
        buf_clear(text);
        eval_error_print(&error, &reading->reader->tariffs->attrs, &reading->reader->event, text);
        record->usage_count = record->coverage_count = 0;
        return reading_unprice(reading, "operation " SLICE_FMT ", key of its work: " SLICE_FMT,
                               SLICE_ARG(record->operation->name), SLICE_ARG(buf_slice(text)));
    }
    if (key.text.len == 0)
        return true;
    record->work = ARENA_NEW(reading->batch, struct work);
    if (record->work == NULL)
        return reading_fail(reading, STATUS_NO_MEMORY);
    slice_cut(type, '.', &family, &name);
    return reading_copy(reading, key.text, &record->work->key) && work_identity(reading, family);
}

void event_read(struct reading *reading, struct slice type) {
    struct record *record = reading->record;
    struct attrs *event = &reading->reader->event;
    const struct tariff *tariff;
    const struct operation *operation;
    type_find(reading, type, &tariff, &operation);
    if (!attributes_read(reading))
        return;
    attributes_default(reading);
    if (tariff == NULL) {
        type_unprice(reading, type, NULL);
        return;
    }
    record->tariff = tariff;
    const struct value *submitted = &event->values[ATTR_SUBMITTED_AT];
    if (tariff->owner_submitted && attrs_has(event, ATTR_SUBMITTED_AT) && submitted->kind == VALUE_INSTANT)
        record->owner_ns = submitted->instant_ns;
    if (!reading_cycle(reading, tariff))
        return;
    record->operation = operation;
    if (operation == NULL) {
        type_unprice(reading, type, tariff);
        return;
    }
    *attrs_set(event, ATTR_OPERATION) = (struct value){.kind = VALUE_TEXT, .text = operation->name};
    *attrs_set(event, ATTR_TIME) = (struct value){.kind = VALUE_INSTANT, .instant_ns = record->time_ns};
    record->kind = RECORD_USAGE;
    event_meter(reading);
    if (record->operation->work.key != NULL && record->usage_count + record->coverage_count > 0)
        event_work(reading, type);
}
