/* SPDX-License-Identifier: Apache-2.0
 *
 * Usage: quantities and amounts gathered into rows by what they are to be grouped by. */
#ifndef TG_VIEW_USAGE_H
#define TG_VIEW_USAGE_H

#include "base/names.h"
#include "book/sums.h"
#include "export/export.h"

/* What rows may be told apart by, besides tariff and item; in the order of columns. */
#define USAGE_KEY_TABLE(ROW)                                                                                           \
    ROW(ACCOUNT, "account")                                                                                            \
    ROW(REGION, "region")                                                                                              \
    ROW(CELL, "cell")                                                                                                  \
    ROW(OPERATION, "operation")                                                                                        \
    ROW(FUNDING, "funding")                                                                                            \
    ROW(ORDER, "order")
enum usage_key {
#define USAGE_KEY_ENUM(name, text) USAGE_##name,
    USAGE_KEY_TABLE(USAGE_KEY_ENUM)
#undef USAGE_KEY_ENUM
        USAGE_KEY_COUNT
};
const char *usage_key_name(enum usage_key key);

struct usage_query {
    bool by[USAGE_KEY_COUNT];
    bool by_time;
    enum cycle_kind time;         /* hour, day or month, in the tariff's zone */
    bool by_cycle;                /* instead: the cycle of the bill; only bills answer that */
    struct slice account, tariff; /* empty: any */
    int64_t from_ns, until_ns;    /* [from, until); INSTANT_MIN, INSTANT_MAX: open */
};

struct usage_row {
    const struct tariff *tariff;
    struct slice item, unit;
    struct slice keys[USAGE_KEY_COUNT]; /* empty: not grouped by, or it has none */
    int64_t time_ns;                    /* start of the hour, day, month or cycle; 0: not grouped by */
    struct decimal quantity, amount;
    struct decimal units; /* taken from packages and grants, by order; else zero */
    bool has_units;
    bool is_tiered;          /* the amount depends on more than the row: it is not known */
    const struct rate *rate; /* while gathering: rows of one price */
};

struct usage_rows {
    struct usage_query query;
    struct arena arena; /* texts of keys */
    struct names names; /* of rows */
    struct usage_row *rows;
    uint32_t count, cap;
    struct buf key;
    bool needs_journal; /* the bills cannot tell: a cycle is cut */
    bool needs_bills;   /* the sums of days cannot tell, but the bills may */
    bool is_of_journal; /* gathered event by event */
};

/* Which operation it was and which order paid for it stands on no bill. */
bool usage_needs_journal(const struct usage_query *query);
/* From the lines of one bill, with their exact amounts. rows->needs_journal says that bills do not answer the query.
 * Fails: STATUS_NO_MEMORY, STATUS_RANGE. */
MUST_CHECK enum status usage_of_bill(void *rows, const struct bill *bill);
/* From sums of such lines, likewise. rows->needs_bills or needs_journal says that they do not answer the query. */
MUST_CHECK enum status usage_of_sum(void *rows, const struct line_sum *sum);
/* Whether sums of days can answer at all. */
bool usage_has_sums(const struct usage_query *query);
struct sums_filter usage_sums_filter(const struct usage_query *query);
/* Forget all rows: the replay charges everything again. */
void usage_restart(void *context);
/* One quantity that is charged in a replay, or sums of such by day; usage_priced when all are there. Fails as above. */
MUST_CHECK enum status usage_of_charge(void *rows, const struct charge_view *charge);
MUST_CHECK enum status usage_of_charge_sum(void *rows, const struct charge_sum *sum);
/* Whether these sums can answer: days are the shortest that they know. */
bool usage_has_charges(const struct usage_query *query, const struct tariff_set *tariffs);
MUST_CHECK enum status usage_priced(struct usage_rows *rows);
/* One word of what to group by: a key, or hour, day or month (one of them); item and tariff always are. False: it is
 * none. */
bool usage_key_read(struct usage_query *query, struct slice word);
/* Where they are from, by what they are told apart, and the rows, as one object. */
void usage_rows_json(const struct usage_rows *rows, struct json_writer *writer);
/* By tariff, item, keys, time. */
void usage_sort(struct usage_rows *rows);
void usage_free(struct usage_rows *rows);

#endif
