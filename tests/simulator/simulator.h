/* SPDX-License-Identifier: Apache-2.0
 *
 * Years of a book in seconds, the same for the same seed: random documents, clocks, restarts and faults of the store,
 * and beside the book a witness that knows what was acknowledged and what must have come of it. */
#ifndef TG_TESTS_SIMULATOR_H
#define TG_TESTS_SIMULATOR_H

#include "book/book_private.h"
#include "engine/engine_private.h"

enum { POOL = 128, BATCH_MAX = 24, ACCOUNTS_MAX = 12, ORDERS_MAX = 256, HOLDS_MAX = 64, CURRENCIES_MAX = 16 };
#define SECOND_NS NS_PER_SECOND
#define MINUTE_NS (60 * SECOND_NS)
#define HOUR_NS (60 * MINUTE_NS)
#define DAY_NS (24 * HOUR_NS)

struct past_order {
    struct slice id;
    uint32_t account;
    const struct tariff *tariff;
    const struct product *product;
};
struct past_hold {
    struct slice id;
    uint32_t account;
    const struct tariff *tariff;
};

/* An engine that is fed what the journal holds, and what it billed. */
struct shadow {
    struct simulation *simulation;
    struct engine *engine;
    struct buf bills; /* every bill as bytes, one behind the other */
    uint64_t bill_count;
    uint64_t *numbers;   /* of the last bill, per tariff */
    struct names cycles; /* (account, tariff, cycle) that have a usage bill */
    struct names currencies;
    struct decimal asked[CURRENCIES_MAX]; /* of the totals of bills that ask for money, per currency */
    uwide charged;                        /* a number that stands for all that was charged */
};

/* What must be true, told by nobody but the acknowledgements. */
struct known { /* a document that has an identity */
    struct slice text;
    uint64_t day; /* it may be forgotten once this is before the border */
};
struct metered { /* of one account, meter and cycle */
    struct decimal quantity;
};
struct batch_kept {
    int64_t recorded_ns;
    struct slice *documents;
    uint32_t count;
};
struct witness {
    struct reader *reader;
    struct names ids;    /* id, or the whole text of what is no record */
    struct names works;  /* account, operation and business key */
    uint64_t *work_days; /* as in known */
    uint32_t work_cap;
    struct names refused; /* why, and the whole text: they stand in the journal */
    uint64_t *refused_days;
    uint32_t refused_cap;
    struct known *known;
    uint32_t known_cap;
    uint64_t applied;    /* documents that are records and count */
    uint64_t identities; /* that came, those that came again after they were forgotten counted anew */
    uint64_t border;     /* days before it are forgotten */
    struct batch_kept *batches;
    uint32_t batch_count, batch_cap;
    struct names meters; /* account, tariff, rate, cycle */
    struct metered *metered;
    uint32_t metered_cap;
    struct shadow whole;  /* folds the journal once, from its start, without a pause */
    struct shadow hopper; /* the same, restored from a snapshot of itself now and then, with ticks in between */
};

struct simulation {
    uint64_t seed, random;
    uint32_t step, step_count;
    bool *skipped; /* steps */
    bool is_verbose;
    const char *directory;
    struct tariff_set tariffs;
    uint8_t key[16];
    struct store_faults faults;
    struct store *store; /* the book's */
    struct book *book;
    struct arena arena; /* as long as the run */
    struct arena run;   /* of one step */
    int64_t now_ns;
    uint32_t account_count;
    struct slice pool[POOL]; /* documents that may come again */
    uint32_t pool_count;
    struct past_order orders[ORDERS_MAX];
    uint32_t order_count;
    struct past_hold holds[HOLDS_MAX];
    uint32_t hold_count;
    struct witness witness;
    uint64_t documents, crashes, faults_struck, years_seconds;
};

/* Tell the seed and the step, and end the program. */
PRINTF(2, 3) _Noreturn void fail(const struct simulation *simulation, const char *format, ...);
#define REQUIRE(simulation, condition)                                                                                 \
    ((condition) ? (void)0 : fail((simulation), "%s:%d: %s does not hold", __FILE__, __LINE__, #condition))
#define REQUIRE_OK(simulation, expression) require_ok((simulation), (expression), #expression)
void require_ok(const struct simulation *simulation, enum status status, const char *expression);

/* ---- chance: the same for the same seed and step ---- */

uint64_t draw(struct simulation *simulation, uint64_t below); /* from 0 */
bool chance(struct simulation *simulation, uint32_t percent);
/* From minutes to months, the shorter the likelier. */
int64_t draw_duration(struct simulation *simulation);

/* generate.c: one document, into the arena of the run or as long as the simulation. Number: within its step. */
struct slice generate_document(struct simulation *simulation, uint32_t number);
struct slice generate_tick(struct simulation *simulation, int64_t at_ns);
struct slice padded_copy(struct simulation *simulation, struct arena *arena, struct slice text);

/* witness.c */
void witness_begin(struct simulation *simulation);
void witness_end(struct simulation *simulation);
/* What the book must do with documents: which of them it writes, in order. */
uint32_t witness_written(struct simulation *simulation, const struct slice *documents, uint32_t count,
                         struct slice *ret_written);
/* A batch is in the journal. replies may be NULL: nobody was told. */
void witness_keep(struct simulation *simulation, const struct slice *documents, uint32_t count,
                  const struct reply *replies);
/* The record of a document that was acknowledged under an id; NULL: there is none. */
const struct record *witness_find(struct simulation *simulation, struct slice id);
/* One document that is one record. */
const struct record *witness_read(struct simulation *simulation, struct slice document);
void shadow_begin(struct simulation *simulation, struct shadow *shadow);
void shadow_end(struct shadow *shadow);
void shadow_watch(struct shadow *shadow); /* note what is charged from now on */

/* parts.c */
/* What can be said of an account in a state of which nothing else is needed any more. */
void account_state(struct simulation *simulation, struct engine *engine, struct slice account, struct buf *out);
/* invariants.c */
/* The book's state is what the witness's engines come to, byte for byte, and so are its bills. */
void check_state(struct simulation *simulation);
/* parts.c: one account by itself is what everybody together says of it. */
void check_parts(struct simulation *simulation);
/* Everything that is to be true at any time. */
void check_all(struct simulation *simulation);
/* sums.c: of usage by day, beside the closed bills. */
void check_sums(struct simulation *simulation);

#endif
