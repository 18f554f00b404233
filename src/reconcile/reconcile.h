/* SPDX-License-Identifier: Apache-2.0
 *
 * A vendor's bill held against our own rating of our own usage: which lines are equal, which differ, by how much, and
 * what most likely made the difference. Nothing here decides what is right. */
#ifndef TG_RECONCILE_RECONCILE_H
#define TG_RECONCILE_RECONCILE_H

#include "base/diag.h"
#include "base/names.h"
#include "engine/view.h"
#include "export/export.h"

/* ---- how the vendor's file is read ---- */

#define COLUMN_TABLE(ROW)                                                                                              \
    ROW(ACCOUNT, "account")                                                                                            \
    ROW(ITEM, "item")                                                                                                  \
    ROW(REGION, "region")                                                                                              \
    ROW(START, "start") /* of what the line is for: an instant, a day, a month */                                      \
    ROW(QUANTITY, "quantity")                                                                                          \
    ROW(AMOUNT, "amount")                                                                                              \
    ROW(CURRENCY, "currency")                                                                                          \
    ROW(KIND, "kind") /* of the line; only those that `kinds` lists count */
enum column {
#define COLUMN_ENUM(name, text) COLUMN_##name,
    COLUMN_TABLE(COLUMN_ENUM)
#undef COLUMN_ENUM
        COLUMN_COUNT
};
struct renaming {
    struct slice theirs, ours;
};
enum span { SPAN_TOTAL, SPAN_HOUR, SPAN_DAY, SPAN_MONTH }; /* over which lines are added up before they are compared */
struct mapping {
    struct slice columns[COLUMN_COUNT]; /* their names in the first row; empty: there is none */
    struct slice other_account;         /* the account's where the one above has none; may be empty */
    const struct renaming *items, *regions, *accounts, *currencies;
    uint32_t item_count, region_count, account_count, currency_count;
    const struct slice *kinds; /* 0 of them: every line counts */
    uint32_t kind_count;
    const struct slice *skips; /* a row with a cell that is one of them does not count: totals */
    uint32_t skip_count;
    struct slice tariff, account; /* the only tariff that is compared; the account where no column says one */
    char separator;
    char thousands; /* a mark in numbers that is passed over; 0: none */
    char decimal;   /* in front of their fractions */
    enum span span;
    const struct zone *zone; /* of instants without an offset, and of days and months; NULL: the tariff's, then UTC */
};
/* Read a mapping file (YAML; docs/reconcile.md). Everything lives in the arena. Fails: STATUS_INVALID (the diagnostics
 * say where), STATUS_IO, STATUS_RANGE, STATUS_NO_MEMORY. */
MUST_CHECK enum status mapping_read(const char *path, struct arena *arena, struct diags *diags,
                                    struct mapping *ret_mapping);
/* Without a mapping file: "focus" (FOCUS 1.2 to 1.4, usage rows) or "tollgate" (what --csv prints). False: unknown. */
bool mapping_named(struct slice name, struct mapping *ret_mapping);

/* ---- the two sides ---- */

/* What one side asks for one thing in one span. */
struct side {
    struct slice account, item, region, currency;
    int64_t start_ns;         /* INSTANT_MIN with SPAN_TOTAL */
    struct decimal quantity;  /* all of it */
    struct decimal charged;   /* ours: pay-as-you-go only; theirs: as quantity */
    struct decimal amount;    /* exact */
    const struct item *known; /* ours, by name; NULL: no item of the tariffs */
    const struct tariff *tariff;
    uint32_t lines;  /* added up */
    uint32_t line;   /* theirs: of the file, the first of them, from 1 */
    int digits;      /* theirs: the most behind the point of any amount */
    bool has_amount; /* some line said one */
    bool has_quantity;
};
struct sides {
    struct side *list; /* by account, item, region, start; from the heap */
    uint32_t count, cap;
    struct names texts; /* theirs: what the sides speak of */
};
void sides_free(struct sides *sides);

/* Read the vendor's file, of any size; "-" is standard input. What is wrong in it becomes a diagnostic with its place.
 * Fails: STATUS_INVALID (something is wrong; the first hundred places are told), STATUS_IO, STATUS_RANGE,
 * STATUS_NO_MEMORY. */
MUST_CHECK enum status sides_of_file(const char *path, const struct mapping *mapping, const struct tariff_set *tariffs,
                                     struct arena *arena, struct diags *diags, struct sides *ret_sides);
/* Our usage bills in the same spans. The statement must outlive the sides. Fails: STATUS_RANGE, STATUS_NO_MEMORY. */
MUST_CHECK enum status sides_of_statement(const struct statement *statement, const struct mapping *mapping,
                                          struct sides *ret_sides);

/* ---- what came out ---- */

#define VERDICT_TABLE(ROW)                                                                                             \
    ROW(EQUAL, "equal")                                                                                                \
    ROW(ROUNDED, "rounded")       /* equal but for the rounding of amounts */                                          \
    ROW(DIFFERENT, "different")   /* both have it */                                                                   \
    ROW(MISSING, "missing")       /* only we have it, and it costs something */                                        \
    ROW(UNEXPECTED, "unexpected") /* only they have it */
enum verdict {
#define VERDICT_ENUM(name, text) VERDICT_##name,
    VERDICT_TABLE(VERDICT_ENUM)
#undef VERDICT_ENUM
        VERDICT_COUNT
};
const char *verdict_name(enum verdict verdict);

#define CAUSE_TABLE(ROW)                                                                                               \
    ROW(NONE, "")                                                                                                      \
    ROW(CURRENCY, "currency")                                                                                          \
    ROW(REGION, "region")       /* the price of another region */                                                      \
    ROW(VERSION, "version")     /* the price of another time */                                                        \
    ROW(TIER, "tier")           /* the price of another tier */                                                        \
    ROW(VARIANT, "variant")     /* the price of another variant of the item */                                         \
    ROW(FUNDING, "funding")     /* what a package or the free quota paid was charged, or the other way round */        \
    ROW(DUPLICATE, "duplicate") /* a whole number of times */                                                          \
    ROW(UNIT, "unit")           /* a factor between units */                                                           \
    ROW(ROUNDING, "rounding")   /* quantities rounded at another point */                                              \
    ROW(EVENT, "event")         /* one event more or less */                                                           \
    ROW(ITEM, "item")           /* an item that no tariff knows */                                                     \
    ROW(PRICE, "price")         /* same quantity, a price that the tariffs do not have */                              \
    ROW(QUANTITY, "quantity")
enum cause {
#define CAUSE_ENUM(name, text) CAUSE_##name,
    CAUSE_TABLE(CAUSE_ENUM)
#undef CAUSE_ENUM
        CAUSE_COUNT
};
const char *cause_name(enum cause cause);

/* An event's part of a quantity, from a second reading. */
struct usage_part {
    int64_t at_ns;
    struct decimal quantity;
};
struct finding {
    enum verdict verdict;
    enum cause cause;
    const struct side *ours, *theirs; /* NULL: that side has none */
    struct decimal difference;        /* of the amounts: theirs - ours */
    struct slice text;                /* the cause in words */
};
struct findings {
    struct finding *list; /* in the order of the sides */
    uint32_t count;
    uint32_t verdicts[VERDICT_COUNT];
};
/* Both lists are held against each other; nothing is lost: every side of either list is in exactly one finding.
 * Fails: STATUS_RANGE, STATUS_NO_MEMORY. */
MUST_CHECK enum status reconcile(const struct sides *ours, const struct sides *theirs, struct arena *arena,
                                 struct findings *ret_findings);
/* What made a finding, from the events that our side consists of; only where the cause is CAUSE_QUANTITY does it look.
 * Fails: STATUS_NO_MEMORY. */
MUST_CHECK enum status finding_look_closer(struct finding *finding, const struct usage_part *parts, uint32_t count,
                                           struct arena *arena);
/* The events behind findings that differ in quantity, collected while usage is read once more. */
struct parts {
    const struct findings *findings;
    const struct mapping *mapping;
    struct part_list *lists; /* one for each finding */
};
MUST_CHECK enum status parts_new(const struct findings *findings, const struct mapping *mapping,
                                 struct parts *ret_parts);
void parts_free(struct parts *parts);
/* Whether any finding needs them. */
bool parts_are_wanted(const struct findings *findings);
struct charge_watch parts_watch(struct parts *parts); /* for engine_set_watch; they must outlive it */
/* Look closer at every finding. Fails: STATUS_NO_MEMORY. */
MUST_CHECK enum status parts_use(const struct parts *parts, struct findings *findings, struct arena *arena);

/* As JSON, one object; as a page of HTML. all: equal ones as well. Fails: STATUS_NO_MEMORY; faults of writing stay in
 * the sink. */
MUST_CHECK enum status findings_json(const struct findings *findings, const struct mapping *mapping, bool all,
                                     struct sink *sink);
MUST_CHECK enum status findings_html(const struct findings *findings, const struct mapping *mapping, bool all,
                                     struct sink *sink);
/* The side that is there: ours, when both are. */
const struct side *finding_side(const struct finding *finding);

/* Whether everything is equal, or but for rounding. */
bool findings_are_well(const struct findings *findings);

/* The first instant of the span that holds an instant. Fails: STATUS_RANGE. */
MUST_CHECK enum status span_start(enum span span, const struct zone *zone, int64_t at_ns, int64_t *ret_ns);

#endif
