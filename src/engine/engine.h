/* SPDX-License-Identifier: Apache-2.0
 *
 * The state machine: apply(state, record) and close(state). No clock, no I/O, no randomness; the same records in the
 * same order give the same state, and the same statement byte for byte. One thread applies. */
#ifndef TG_ENGINE_ENGINE_H
#define TG_ENGINE_ENGINE_H

#include "bill/bill.h"
#include "meter/record.h"

struct engine;

/* The set must outlive the engine. Fails: STATUS_NO_MEMORY. */
MUST_CHECK enum status engine_new(const struct tariff_set *tariffs, struct engine **ret_engine);
void engine_free(struct engine *engine);
/* Apply records in journal order. What they point to may go afterwards. trace (may be NULL) collects the steps of the
 * records applied. A record that would take a sum or an instant out of what can be kept is rejected. Fails:
 * STATUS_NO_MEMORY. */
MUST_CHECK enum status engine_apply(struct engine *engine, const struct record *records, uint32_t count,
                                    struct trace *trace);
/* The same for records that are known to be of different identities, such as those of a journal that was de-duplicated
 * when it was written. */
MUST_CHECK enum status engine_apply_new(struct engine *engine, const struct record *records, uint32_t count,
                                        struct trace *trace);

/* What became of a record. Usage that is priced in part is told by what was refused of it. */
#define OUTCOME_TABLE(ROW)                                                                                             \
    ROW(ACCEPTED, "accepted")                                                                                          \
    ROW(DUPLICATE, "duplicate") /* known: it changed nothing */                                                        \
    ROW(CONFLICT, "conflict")   /* its identity is known with another payload: it changed nothing */                   \
    ROW(REJECTED, "rejected")                                                                                          \
    ROW(UNPRICED, "unpriced")
enum outcome {
#define OUTCOME_ENUM(name, text) OUTCOME_##name,
    OUTCOME_TABLE(OUTCOME_ENUM)
#undef OUTCOME_ENUM
};
const char *outcome_name(enum outcome outcome);
struct reply {
    enum outcome outcome;
    uint32_t line, column; /* of what is wrong, in its input, from 1; 0 when nothing is */
    struct slice reason;   /* empty when nothing is wrong; lives as long as the engine */
    bool is_too_old;       /* rejected for its age alone */
    bool is_elsewhere;     /* rejected because another partition keeps its account: it was not written */
};
/* As engine_apply, with a reply for each record. */
MUST_CHECK enum status engine_answer(struct engine *engine, const struct record *records, uint32_t count,
                                     struct reply *replies, struct trace *trace);
/* Close every cycle that ends by until_ns (INSTANT_MAX: every cycle that has anything) and state everything: bills that
 * ticks closed while there was no sink, and those closed now, without a number. The engine is at its end then. Fails
 * as above. */
MUST_CHECK enum status engine_close(struct engine *engine, int64_t until_ns, struct statement *ret_statement);
/* Owner instant of the latest event so far; INSTANT_MIN: none. */
int64_t engine_last_ns(const struct engine *engine);

/* ---- for journals that last ---- */

/* Who takes every bill that a tick closes or an order makes, numbered. Its memory may go after the call. A failure
 * ends the applying; the engine is then good for nothing but engine_free. */
struct bill_sink {
    enum status (*take)(void *context, const struct bill *bill); /* NULL: bills are kept for the statement */
    void *context;
};
void engine_set_sink(struct engine *engine, struct bill_sink sink);

/* Identities leave the memory when their day is more than 41 days behind the recorded instant, sorted by hash: a pure
 * function of what is applied. Whoever wants to recognise them later keeps them; take NULL: nobody does. The list goes
 * after the call. A failure ends the applying. */
struct identity_slot;
struct seal_sink {
    enum status (*take)(void *context, const struct identity_slot *list, uint64_t count);
    void *context;
};
void engine_set_seal(struct engine *engine, struct seal_sink seal);
/* The first day (identity_day) that is remembered once records recorded at an instant are applied. */
uint64_t engine_border(const struct engine *engine, int64_t recorded_ns);
/* What is remembered of an identity; NULL: nothing. Valid until the engine changes. */
const struct identity_slot *engine_identity(const struct engine *engine, const uint8_t identity[16]);

/* Whether this very record was applied before: applying it again would change nothing. What is no record at all is
 * known by its bytes. */
bool engine_has(const struct engine *engine, const struct record *record);
/* It will be asked soon: the answer waits for memory otherwise. */
void engine_has_soon(const struct engine *engine, const struct record *record);
/* A document that is refused for the time when it comes, or because another one has its identity, is kept once: when it
 * comes again and would be refused for the same reason, it needs no place in the journal. */
enum refusal { REFUSAL_NONE, REFUSAL_OLD, REFUSAL_FORGOTTEN, REFUSAL_AHEAD, REFUSAL_CONFLICT };
struct intake_window {
    int64_t recorded_ns; /* of the batch that it would come into */
    uint64_t border;     /* engine_border of that */
    bool is_backfill;    /* nothing is too old */
};
/* REFUSAL_NONE: it is to be applied. */
enum refusal engine_refuses_again(const struct engine *engine, const struct record *record,
                                  const struct intake_window *window);
/* What is said of it. ptr NULL: memory is out. */
struct slice engine_refusal_text(struct arena *arena, const struct record *record, enum refusal refusal);
/* The key of the identity hashes; before the first record. */
void engine_set_key(struct engine *engine, const uint8_t key[16]);
#define ENGINE_PAST_NS (40 * 24 * INT64_C(3600) * NS_PER_SECOND)
/* What the following records come from: `file` stands in their notices; seq is the journal batch that they are (0: none
 * yet); recorded_ns is the instant at which they were recorded. Records whose time is more than 40 days before or
 * 5 minutes behind it are rejected; INSTANT_MIN switches that off, and a first record that is a backfill lets older
 * ones in. Fails: STATUS_NO_MEMORY. */
MUST_CHECK enum status engine_origin(struct engine *engine, struct slice file, uint64_t seq, int64_t recorded_ns);

/* ---- whole files ---- */

struct journal_progress {
    uint64_t bytes_done, bytes_total; /* total 0: unknown (a pipe) */
    uint64_t lines;
};
struct journal_part { /* some records of a file, in their order */
    struct record *records;
    uint32_t count;
    struct arena *arena; /* lives as long as the records */
    const void *ready;   /* what `prepare` made of them; NULL: nothing */
};
struct journal_options {
    uint32_t threads;        /* 0: one per core and one more to prepare, at most 8 */
    struct slice explain_id; /* trace the event with this id; empty: none */
    struct trace *trace;
    /* Called in journal order before records are applied: make them durable, take out of the list what shall not be
     * applied, and tell their origin (engine_origin). NULL: their origin is the file. A failure ends the reading before
     * any of them is applied. */
    enum status (*append)(void *context, struct journal_part *part);
    /* Called before it, on any thread, beside the calls for other parts: what needs the records alone. NULL: nothing
     * does. Fails: STATUS_NO_MEMORY. */
    enum status (*prepare)(void *context, struct journal_part *part);
    void (*progress)(
        void *context,
        const struct journal_progress *progress); /* about ten times a second, from the applying thread; may be NULL */
    void *context;
};
/* Read a file of NDJSON, one JSON array or one document ("-": standard input), meter it on all threads and apply it in
 * order. Every file counts its lines from 1; notices name the file. Fails: STATUS_IO, STATUS_NO_MEMORY, STATUS_RANGE;
 * bad lines are not failures. */
MUST_CHECK enum status engine_read(struct engine *engine, const char *path, const struct journal_options *options);

#endif
