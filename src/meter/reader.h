/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside meter only: what the parts of the reader share. */
#ifndef TG_METER_READER_H
#define TG_METER_READER_H

#include "meter/record.h"

#define MEMBER_PATH_MAX 128 /* longest dotted attribute name that can match */
#define SUGGESTION_COUNT 64
#define RECENT_NAME_COUNT 128
#define RECENT_NAME_MAX 22 /* bytes of a member's name that is remembered */
#define RECENT_TYPE_COUNT 128
#define RECENT_TYPE_MAX 48    /* bytes of a type that is remembered */
#define RECENT_INSTANT_MAX 32 /* bytes of an instant that is remembered */

/* The most that a number of a command or a quantity of an event may be: a quadrillion. Sums of a billion of them, and
 * their amounts, stay far inside 128 bits, so that no journal can come to a sum that cannot be kept. */
static inline bool number_fits(struct decimal number) {
    const wide most = (wide)1000000000000000 * DECIMAL_ONE_PICO;
    return number.pico <= most && number.pico >= -most;
}

/* Reasons for unknown types, so that a journal full of one wrong name does not search for a suggestion each time. */
struct suggestion {
    struct buf type, reason;
};

/* What one item of an event comes to: an entry per (item, rate). */
struct subtotal {
    uint32_t item, rate;
    struct ratio raw;       /* not yet rounded */
    struct decimal rounded; /* rounded per stream */
};

/* The slot of a member's name, or that it is no attribute: journals repeat a few for ever. */
struct recent_name {
    char text[RECENT_NAME_MAX];
    uint8_t len;       /* 0: free */
    uint8_t next_slot; /* slot + 1; 0: no attribute */
};

/* What a type of an event means: journals repeat a few for ever. */
struct recent_type {
    char text[RECENT_TYPE_MAX];
    size_t len; /* 0: free */
    const struct tariff *tariff;
    const struct operation *operation;
};

/* The last instant that was read, at the start of its minute: the next one mostly differs in its seconds only. */
struct recent_instant {
    char text[RECENT_INSTANT_MAX];
    size_t len; /* 0: none */
    int64_t minute_ns;
};

struct reader {
    const struct tariff_set *tariffs;
    const struct reader_terms *terms; /* of the account whose record is being read; NULL: none */
    uint8_t key[16];
    struct json_parser *parser;
    struct attrs event;    /* of data */
    struct attrs stream;   /* of one stream, laid over them */
    struct period *cycles; /* last one per tariff */
    struct recent_name recent_names[RECENT_NAME_COUNT];
    struct recent_type recent_types[RECENT_TYPE_COUNT];
    struct recent_instant recent_instant;
    struct suggestion suggestions[SUGGESTION_COUNT];
    struct buf text; /* scratch for reasons */
    struct subtotal *subtotals;
    uint32_t subtotal_count, subtotal_cap;
    uint32_t *streams; /* token index of each stream object */
    uint32_t stream_count, stream_cap;
};

/* One record in the making. Steps return false as soon as it is decided: rejected, unpriced, or a fault. */
struct reading {
    struct reader *reader;
    struct slice text; /* the document */
    const struct json_token *tokens;
    struct arena *batch;
    struct trace *trace;
    struct record *record;
    uint32_t line, line_offset;        /* of the record's document: line and where it starts */
    const struct json_token *data;     /* NULL: none */
    bool has_streams, has_bad_streams; /* data.streams stands there; is no list of objects */
    enum status fault;
};

/* The token behind a value that starts at `value`. */
static inline const struct json_token *token_skip(const struct json_token *value) {
    bool is_container = value->type == JSON_OBJECT || value->type == JSON_ARRAY;
    return value + (is_container ? value->len : 1);
}
static inline struct slice token_text(const struct json_token *token) {
    return (struct slice){token->ptr, token->len};
}

/* Decide the record; always false. */
PRINTF(3, 4) bool reading_reject(struct reading *reading, uint32_t offset, const char *format, ...);
PRINTF(2, 3) bool reading_unprice(struct reading *reading, const char *format, ...);
bool reading_fail(struct reading *reading, enum status fault);
/* Copy into the batch. */
bool reading_copy(struct reading *reading, struct slice text, struct slice *ret_copy);
/* ", did you mean \"x\"?" for the nearest of the names, or nothing; lives in the reader's scratch buffer. */
const char *reading_suggest(struct reading *reading, struct slice wrong, const struct slice *names, size_t count);
bool reading_cycle(struct reading *reading, const struct tariff *tariff);
/* A scalar as decimal: JSON number or string holding decimal text. Rejects what is neither. */
bool reading_decimal(struct reading *reading, const struct json_token *value, const char *name, struct decimal *ret);
bool reading_instant(struct reading *reading, const struct json_token *value, const char *name, int64_t *ret_ns);
/* The tariff of a name, or what stands for it; NULL: none. */
const struct tariff *reading_tariff(const struct reading *reading, struct slice name);
/* A scalar as an attribute of that kind, or as what it is where it cannot be read so. Text is borrowed. */
void attribute_read(const struct json_token *token, enum value_kind kind, struct value *ret);
/* A non-empty text; rejects what is not. */
bool reading_text(struct reading *reading, const struct json_token *value, const char *name, struct slice *ret);

/* Read a whole usage event that stands inside the document, into a record of its own. What is none decides the record
 * that it stands in. */
bool reading_event(struct reading *reading, const struct json_token *object, struct record **ret_event);

/* reader_event.c: type is `<tariff>.<operation>`. */
void event_read(struct reading *reading, struct slice type);
/* What a type meant when it was read last; NULL when that is not remembered. */
const struct recent_type *type_recent(const struct reader *reader, struct slice type);
/* reader_command.c: name is what follows `tollgate.`; value its token. */
void command_read(struct reading *reading, struct slice name, const struct json_token *value);
/* meter.c: attributes to usages and coverages. */
void event_meter(struct reading *reading);

/* One event, or one stream of it, being metered. */
struct metering {
    struct reading *reading;
    const struct attrs *attrs; /* the event's, or a stream's laid over them */
    uint32_t stream;           /* index of that stream, or INDEX_NONE */
    const struct use *use;
    const struct item *item;
    bool has_match, has_kept, has_dropped; /* a use applied; was billable; was not */
};
/* As formula_eval; false when the event is unpriced, and then the reason names operation, item and `what`. */
bool meter_eval(struct metering *metering, const struct formula *formula, const char *what, struct value *ret);
bool meter_unprice(struct metering *metering, const char *format, ...) PRINTF(2, 3);
/* Which rate prices the item for these attributes: price version by owner instant, cell by classes and variant. */
bool meter_rate(struct metering *metering, uint32_t *ret_rate);
void meter_trace_formula_now(struct metering *metering, const char *topic, struct slice source,
                             const struct formula *formula);
static inline void meter_trace_formula(struct metering *metering, const char *topic, struct slice source,
                                       const struct formula *formula) {
    if (metering->reading->trace != NULL)
        meter_trace_formula_now(metering, topic, source, formula);
}
/* meter_interval.c: a use of an item charged by covered time. */
bool meter_coverage(struct metering *metering, uint32_t rate);

/* reader_event.c: lay the attributes of the stream object at `token` over the event's, in reader->stream. */
bool event_stream(struct reading *reading, uint32_t token);

/* identity.c */
/* Of the length of the source, the source and the id, which stand one behind the other (envelope_keep). */
void identity_hash(struct reading *reading);
/* The identity of reversing the event of such an identity. */
void reversal_identity(const struct reader *reader, const uint8_t event[16], uint8_t ret_identity[16]);
/* The identity of the work of this key; record->work->key and the operation are set. family: of the event's type as it
 * was written, whichever tariff stands for it. */
bool work_identity(struct reading *reading, struct slice family);
/* What is no record is known by its bytes. */
void document_identity(struct reading *reading);
/* Hash of all members of the object but the values `id` and `source`; the order of members and the white space between
 * tokens do not matter. */
uint64_t payload_hash(const char *text, const struct json_token *object, const struct json_token *id,
                      const struct json_token *source);

#endif
