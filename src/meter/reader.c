/* SPDX-License-Identifier: Apache-2.0
 *
 * Documents to records: the CloudEvents envelope, arrays, and who reads the rest. What is wrong with a record is part
 * of the record; only memory can make reading fail. */
#include "meter/reader.h"

#include <stdlib.h>

#define COMMAND_PREFIX SLICE("tollgate")
#define ENVELOPE_TEXT_MAX 4096 /* bytes of id, source, subject, type each */

/* slot, JSON name */
#define ENVELOPE_TABLE(ROW)                                                                                            \
    ROW(SPECVERSION, "specversion")                                                                                    \
    ROW(ID, "id")                                                                                                      \
    ROW(SOURCE, "source")                                                                                              \
    ROW(TYPE, "type")                                                                                                  \
    ROW(SUBJECT, "subject")                                                                                            \
    ROW(TIME, "time")                                                                                                  \
    ROW(DATA, "data")

enum envelope_member {
#define ENVELOPE_ENUM(slot, name) ENVELOPE_##slot,
    ENVELOPE_TABLE(ENVELOPE_ENUM)
#undef ENVELOPE_ENUM
        ENVELOPE_COUNT
};

static const struct slice ENVELOPE_NAMES[] = {
#define ENVELOPE_NAME(slot, name) {name, sizeof name - 1},
    ENVELOPE_TABLE(ENVELOPE_NAME)
#undef ENVELOPE_NAME
};

struct envelope {
    const struct json_token *values[ENVELOPE_COUNT];
};

const struct tariff_set *reader_tariffs(const struct reader *reader) {
    return reader->tariffs;
}

enum status reader_new(const struct tariff_set *tariffs, const uint8_t key[16], struct reader **ret_reader) {
    struct reader *reader = calloc(1, sizeof *reader);
    if (reader == NULL)
        return STATUS_NO_MEMORY;
    reader->tariffs = tariffs;
    memcpy(reader->key, key, sizeof reader->key);
    reader->parser = json_parser_new();
    reader->cycles = calloc(tariffs->count + 1, sizeof *reader->cycles);
    if (reader->parser == NULL || reader->cycles == NULL) {
        reader_free(reader);
        return STATUS_NO_MEMORY;
    }
    *ret_reader = reader;
    return STATUS_OK;
}

void reader_free(struct reader *reader) {
    if (reader == NULL)
        return;
    for (size_t i = 0; i < SUGGESTION_COUNT; i++) {
        buf_free(&reader->suggestions[i].type);
        buf_free(&reader->suggestions[i].reason);
    }
    if (reader->parser != NULL)
        json_parser_free(reader->parser);
    buf_free(&reader->text);
    free(reader->cycles);
    free(reader->subtotals);
    free(reader->streams);
    free(reader);
}

/* Line and column of a byte of the document; callers only move forward, so that a long array is counted once. */
static void locate(struct reading *reading, uint32_t offset) {
    const char *at = reading->text.ptr + reading->line_offset;
    const char *end = reading->text.ptr + offset;
    for (const char *newline; at < end && (newline = memchr(at, '\n', (size_t)(end - at))) != NULL; at = newline + 1) {
        reading->line++;
        reading->line_offset = (uint32_t)(newline + 1 - reading->text.ptr);
    }
    reading->record->line = reading->line;
    reading->record->column = offset < reading->line_offset ? 1 : offset - reading->line_offset + 1;
}

bool reading_fail(struct reading *reading, enum status fault) {
    reading->fault = fault;
    return false;
}

PRINTF(3, 0)
static bool decide(struct reading *reading, enum record_kind kind, const char *format, va_list args) {
    reading->record->kind = kind;
    reading->record->reason = arena_vprintf(reading->batch, format, args);
    return reading->record->reason.ptr != NULL ? false : reading_fail(reading, STATUS_NO_MEMORY);
}

bool reading_reject(struct reading *reading, uint32_t offset, const char *format, ...) {
    va_list args;
    va_start(args, format);
    locate(reading, offset);
    decide(reading, RECORD_REJECTED, format, args);
    va_end(args);
    return false;
}

bool reading_unprice(struct reading *reading, const char *format, ...) {
    va_list args;
    va_start(args, format);
    decide(reading, RECORD_UNPRICED, format, args);
    va_end(args);
    return false;
}

bool reading_copy(struct reading *reading, struct slice text, struct slice *ret_copy) {
    struct slice copy = arena_copy(reading->batch, text);
    if (copy.ptr == NULL)
        return reading_fail(reading, STATUS_NO_MEMORY);
    *ret_copy = copy;
    return true;
}

const char *reading_suggest(struct reading *reading, struct slice wrong, const struct slice *names, size_t count) {
    struct slice near = names_suggest(wrong, names, count);
    struct buf *text = &reading->reader->text;
    buf_clear(text);
    if (near.len > 0)
        buf_printf(text, "; did you mean \"" SLICE_FMT "\"?", SLICE_ARG(near));
    return text->failed ? "" : buf_slice(text).ptr;
}

bool reading_cycle(struct reading *reading, const struct tariff *tariff) {
    struct record *record = reading->record;
    struct period *last = &reading->reader->cycles[tariff->index];
    /* A month that moves with a purchase needs an account; events of such a tariff are kept by calendar month. */
    enum cycle_kind kind = tariff->cycle == CYCLE_DYNAMIC_MONTH ? CYCLE_MONTH : tariff->cycle;
    if (!period_has(*last, record->owner_ns)) {
        struct period period;
        if (cycle_of(kind, tariff->zone, 0, record->owner_ns, &period) != STATUS_OK)
            return reading_unprice(reading, "its billing period is outside the calendar that can be kept");
        *last = period;
    }
    record->cycle = *last;
    return true;
}

const struct tariff *reading_tariff(const struct reading *reading, struct slice name) {
    const struct reader_terms *terms = reading->reader->terms;
    const struct tariff *tariff = tariff_find(reading->reader->tariffs, name);
    return tariff != NULL && terms != NULL && terms->instead[tariff->index] != NULL ? terms->instead[tariff->index]
                                                                                    : tariff;
}

bool reading_text(struct reading *reading, const struct json_token *value, const char *name, struct slice *ret) {
    if (value->type != JSON_TEXT)
        return reading_reject(reading, value->raw_offset, "\"%s\" must be a string", name);
    if (value->len == 0)
        return reading_reject(reading, value->raw_offset, "\"%s\" is empty", name);
    *ret = token_text(value);
    return true;
}

/* "2026-02-15T08:50:" before the seconds and "+08:00" behind them are those of the last instant. */
static bool instant_again(const struct recent_instant *recent, struct slice text, int64_t *ret_ns) {
    enum { SECONDS_AT = 17, SECONDS_END = 19 };
    if (text.len != recent->len || text.len <= SECONDS_END || !bytes_eq(text.ptr, recent->text, SECONDS_AT) ||
        !bytes_eq(text.ptr + SECONDS_END, recent->text + SECONDS_END, text.len - SECONDS_END))
        return false;
    unsigned tens = (unsigned)text.ptr[SECONDS_AT] - '0', ones = (unsigned)text.ptr[SECONDS_AT + 1] - '0';
    if (tens > 5 || ones > 9)
        return false;
    *ret_ns = recent->minute_ns + (int64_t)(tens * 10 + ones) * NS_PER_SECOND;
    return true;
}

static enum status instant_read(struct reader *reader, struct slice text, int64_t *ret_ns, size_t *ret_offset) {
    struct recent_instant *recent = &reader->recent_instant;
    if (instant_again(recent, text, ret_ns))
        return STATUS_OK;
    TRY(instant_parse(text, ret_ns, ret_offset));
    int64_t second = (text.ptr[17] - '0') * 10 + text.ptr[18] - '0';
    if (text.len <= sizeof recent->text && second < 60) {
        memcpy(recent->text, text.ptr, text.len);
        recent->len = text.len;
        recent->minute_ns = *ret_ns - second * NS_PER_SECOND;
    }
    return STATUS_OK;
}

bool reading_instant(struct reading *reading, const struct json_token *value, const char *name, int64_t *ret_ns) {
    struct slice text = {0};
    if (!reading_text(reading, value, name, &text))
        return false;
    size_t at = 0;
    enum status status = instant_read(reading->reader, text, ret_ns, &at);
    if (status == STATUS_OK)
        return true;
    bool is_plain = value->len + 2 == value->raw_len; /* no escapes: the byte can be shown */
    return reading_reject(reading, value->raw_offset + (is_plain && status == STATUS_INVALID ? 1 + (uint32_t)at : 0),
                          status == STATUS_RANGE ? "\"%s\" is outside the years 1700 to 2200"
                                                 : "\"%s\" is not an instant like 2026-02-15T08:50:00+08:00",
                          name);
}

bool reading_decimal(struct reading *reading, const struct json_token *value, const char *name, struct decimal *ret) {
    if (value->type != JSON_NUMBER && value->type != JSON_TEXT)
        return reading_reject(reading, value->raw_offset, "\"%s\" must be a number or a string with one", name);
    enum status status = decimal_parse(token_text(value), ret, NULL);
    if (status == STATUS_OK)
        return number_fits(*ret) || reading_reject(reading, value->raw_offset, "\"%s\" is too large", name);
    return reading_reject(reading, value->raw_offset,
                          status == STATUS_RANGE ? "\"%s\" has more than 26 digits before or 12 behind the point"
                                                 : "\"%s\" is not a decimal number",
                          name);
}

/* ENVELOPE_COUNT: none of them. By length first: most keys are decided by one comparison of fixed size. */
static enum envelope_member envelope_find(struct slice name) {
    switch (name.len) {
    case 2:
        return memcmp(name.ptr, "id", 2) == 0 ? ENVELOPE_ID : ENVELOPE_COUNT;
    case 4:
        return memcmp(name.ptr, "type", 4) == 0   ? ENVELOPE_TYPE
               : memcmp(name.ptr, "time", 4) == 0 ? ENVELOPE_TIME
               : memcmp(name.ptr, "data", 4) == 0 ? ENVELOPE_DATA
                                                  : ENVELOPE_COUNT;
    case 6:
        return memcmp(name.ptr, "source", 6) == 0 ? ENVELOPE_SOURCE : ENVELOPE_COUNT;
    case 7:
        return memcmp(name.ptr, "subject", 7) == 0 ? ENVELOPE_SUBJECT : ENVELOPE_COUNT;
    case 11:
        return memcmp(name.ptr, "specversion", 11) == 0 ? ENVELOPE_SPECVERSION : ENVELOPE_COUNT;
    default:
        return ENVELOPE_COUNT;
    }
}

/* Time passes for everybody, and what is said of a batch belongs to no account. */
static bool is_for_all(const struct envelope *envelope) {
    const struct json_token *type = envelope->values[ENVELOPE_TYPE];
    return type != NULL && type->type == JSON_TEXT &&
           (slice_is(token_text(type), "tollgate.tick") || slice_is(token_text(type), "tollgate.backfill") ||
            slice_is(token_text(type), "tollgate.recall"));
}

static bool envelope_collect(struct reading *reading, const struct json_token *object, struct envelope *envelope) {
    for (const struct json_token *key = object + 1; key->type == JSON_KEY; key = token_skip(key + 1)) {
        enum envelope_member member = envelope_find(token_text(key));
        if (member == ENVELOPE_COUNT)
            continue;
        if (envelope->values[member] != NULL)
            return reading_reject(reading, key->raw_offset, "duplicate member \"%s\"", ENVELOPE_NAMES[member].ptr);
        envelope->values[member] = key + 1;
    }
    for (size_t i = 0; i < ENVELOPE_DATA; i++) {
        if (envelope->values[i] == NULL && !(i == ENVELOPE_SUBJECT && is_for_all(envelope)))
            return reading_reject(reading, object->raw_offset,
                                  "\"%s\" is missing: a record has specversion, id, source, type, subject and time",
                                  ENVELOPE_NAMES[i].ptr);
    }
    return true;
}

/* A text of the envelope, not copied yet. */
static bool envelope_text(struct reading *reading, const struct envelope *envelope, enum envelope_member member,
                          struct slice *ret) {
    const struct json_token *value = envelope->values[member];
    struct slice text = {0};
    if (!reading_text(reading, value, ENVELOPE_NAMES[member].ptr, &text))
        return false;
    if (text.len > ENVELOPE_TEXT_MAX)
        return reading_reject(reading, value->raw_offset, "\"%s\" is longer than %d bytes", ENVELOPE_NAMES[member].ptr,
                              ENVELOPE_TEXT_MAX);
    *ret = text;
    return true;
}

static bool envelope_texts(struct reading *reading, const struct envelope *envelope) {
    struct record *record = reading->record;
    return envelope_text(reading, envelope, ENVELOPE_ID, &record->id) &&
           envelope_text(reading, envelope, ENVELOPE_SOURCE, &record->source) &&
           (envelope->values[ENVELOPE_SUBJECT] == NULL ||
            envelope_text(reading, envelope, ENVELOPE_SUBJECT, &record->subject));
}

/* Source, id and subject, those that were read, move into the batch, one behind the other and behind the length of the
 * source: so the identity's message stands there already. */
static bool envelope_keep(struct reading *reading) {
    struct record *record = reading->record;
    struct slice *const texts[] = {&record->source, &record->id, &record->subject};
    uint64_t source_len = record->source.len;
    char *at =
        arena_take(reading->batch, sizeof source_len + record->source.len + record->id.len + record->subject.len);
    if (at == NULL)
        return reading_fail(reading, STATUS_NO_MEMORY);
    memcpy(at, &source_len, sizeof source_len);
    at += sizeof source_len;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (texts[i]->len == 0)
            continue;
        memcpy(at, texts[i]->ptr, texts[i]->len);
        texts[i]->ptr = at;
        at += texts[i]->len;
    }
    return true;
}

static bool envelope_read(struct reading *reading, const struct envelope *envelope) {
    struct record *record = reading->record;
    const struct json_token *version = envelope->values[ENVELOPE_SPECVERSION];
    const struct json_token *data = envelope->values[ENVELOPE_DATA];
    bool is_read = envelope_texts(reading, envelope);
    if (!envelope_keep(reading) || !is_read ||
        !reading_instant(reading, envelope->values[ENVELOPE_TIME], "time", &record->time_ns))
        return false;
    if (version->type != JSON_TEXT || !slice_is(token_text(version), "1.0"))
        return reading_reject(reading, version->raw_offset, "\"specversion\" must be \"1.0\"");
    if (data != NULL && data->type != JSON_OBJECT && data->type != JSON_NULL)
        return reading_reject(reading, data->raw_offset, "\"data\" must be an object");
    reading->data = data != NULL && data->type == JSON_OBJECT ? data : NULL;
    record->owner_ns = record->time_ns;
    record->subject_hash = names_hash(record->subject);
    return true;
}

/* Envelope and identity; *ret_type is its type. */
static bool envelope_whole(struct reading *reading, const struct json_token *object,
                           const struct json_token **ret_type) {
    locate(reading, object->raw_offset);
    if (object->type != JSON_OBJECT)
        return reading_reject(reading, object->raw_offset, "a record must be a JSON object");
    struct envelope envelope = {{NULL}};
    if (!envelope_collect(reading, object, &envelope) || !envelope_read(reading, &envelope))
        return false;
    const struct json_token *value = envelope.values[ENVELOPE_TYPE];
    struct slice type, family, name;
    if (!reading_text(reading, value, "type", &type))
        return false;
    identity_hash(reading);
    reading->record->payload =
        payload_hash(reading->text.ptr, object, envelope.values[ENVELOPE_ID], envelope.values[ENVELOPE_SOURCE]);
    *ret_type = value;
    return type_recent(reading->reader, type) != NULL ||
           (slice_cut(type, '.', &family, &name) && family.len > 0 && name.len > 0) ||
           reading_reject(reading, value->raw_offset, "\"type\" must be written TARIFF.OPERATION or tollgate.COMMAND");
}

static void element_read(struct reading *reading, const struct json_token *object) {
    const struct json_token *type;
    struct slice family, name;
    if (!envelope_whole(reading, object, &type))
        return;
    bool is_recent = type_recent(reading->reader, token_text(type)) != NULL;
    struct record *record = reading->record;
    record->is_command =
        !is_recent && slice_cut(token_text(type), '.', &family, &name) && slice_eq(family, COMMAND_PREFIX);
    if (record->is_command)
        command_read(reading, name, type);
    else
        event_read(reading, token_text(type));
}

bool reading_event(struct reading *reading, const struct json_token *object, struct record **ret_event) {
    struct record *outer = reading->record, *event = ARENA_NEW(reading->batch, struct record);
    const struct json_token *data = reading->data, *type;
    struct slice family, name;
    if (event == NULL)
        return reading_fail(reading, STATUS_NO_MEMORY);
    reading->record = event;
    if (envelope_whole(reading, object, &type)) {
        slice_cut(token_text(type), '.', &family, &name);
        if (slice_eq(family, COMMAND_PREFIX))
            reading_reject(reading, type->raw_offset, "a command is no usage event");
        else
            event_read(reading, token_text(type));
    }
    reading->record = outer;
    reading->data = data;
    *ret_event = event;
    if (reading->fault != STATUS_OK)
        return false;
    if (event->kind != RECORD_REJECTED)
        return true;
    outer->kind = RECORD_REJECTED;
    outer->line = event->line;
    outer->column = event->column;
    outer->reason = arena_printf(reading->batch, "data.event: " SLICE_FMT, SLICE_ARG(event->reason));
    return outer->reason.ptr == NULL && reading_fail(reading, STATUS_NO_MEMORY);
}

static uint32_t element_count(const struct json_token *array) {
    uint32_t count = 0;
    for (const struct json_token *value = array + 1; value->type != JSON_ARRAY_END; value = token_skip(value))
        count++;
    return count;
}

enum status reader_read(struct reader *reader, struct slice text, uint32_t line, struct arena *batch,
                        struct trace *trace, struct record **ret_records, uint32_t *ret_count) {
    struct json_error error = {0};
    struct reading reading = {.reader = reader, .text = text, .batch = batch, .trace = trace, .line = line};
    size_t token_count = json_parse(reader->parser, text.ptr, text.len, &reading.tokens, &error);
    if (error.is_fault)
        return STATUS_NO_MEMORY;
    bool is_list = token_count > 0 && reading.tokens->type == JSON_ARRAY;
    uint32_t count = is_list ? element_count(reading.tokens) : 1;
    struct record *records = ARENA_ARRAY(batch, count, struct record);
    if (records == NULL)
        return STATUS_NO_MEMORY;
    const struct json_token *value = is_list ? reading.tokens + 1 : reading.tokens;
    for (uint32_t i = 0; i < count; i++) {
        reading.record = &records[i];
        records[i].document = text;
        if (token_count == 0) {
            reading_reject(&reading, error.offset, "%s", error.text);
        } else {
            element_read(&reading, value);
            const struct json_token *next = token_skip(value), *last = next - 1;
            if (is_list)
                records[i].document =
                    (struct slice){text.ptr + value->raw_offset, last->raw_offset + last->raw_len - value->raw_offset};
            records[i].is_element = is_list;
            value = next;
        }
        if (records[i].kind == RECORD_REJECTED)
            document_identity(&reading);
        if (reading.fault != STATUS_OK)
            return reading.fault;
    }
    *ret_records = records;
    *ret_count = count;
    return STATUS_OK;
}

enum status reader_read_under(struct reader *reader, const struct record *record, const struct reader_terms *terms,
                              struct arena *batch, struct trace *trace, struct record *ret_record) {
    struct record *own;
    uint32_t count;
    reader->terms = terms;
    enum status status = reader_read(reader, record->document, record->line, batch, trace, &own, &count);
    reader->terms = NULL;
    TRY(status);
    own->line = record->line;
    own->column = record->column ? record->column : own->column;
    own->is_element = record->is_element;
    memcpy(own->identity, record->identity, sizeof own->identity);
    own->payload = record->payload;
    if (own->kind == RECORD_REVERSAL) {
        memcpy(own->command->reversed, record->command->reversed, sizeof own->command->reversed);
        memcpy(own->command->event->identity, record->command->event->identity, sizeof own->identity);
    }
    *ret_record = *own;
    return STATUS_OK;
}
