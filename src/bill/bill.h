/* SPDX-License-Identifier: Apache-2.0
 *
 * What rating gives back: bills, balances, alerts and everything that was not charged, in a fixed order. Plain data in
 * one arena; exporters only read it. */
#ifndef TG_BILL_BILL_H
#define TG_BILL_BILL_H

#include "base/trace.h"
#include "fund/fund.h"
#include "rate/rate.h"

#define BILL_KIND_TABLE(ROW)                                                                                           \
    ROW(ORDERS, "orders")                                                                                              \
    ROW(USAGE, "usage")                                                                                                \
    ROW(SETTLEMENT, "settlement") /* the sum of usage bills, rounded once */
enum bill_kind {
#define BILL_KIND_ENUM(name, text) BILL_##name,
    BILL_KIND_TABLE(BILL_KIND_ENUM)
#undef BILL_KIND_ENUM
        BILL_KIND_COUNT
};
const char *bill_kind_name(enum bill_kind kind);

struct bill_line {
    struct slice item;   /* item name, or sku of an order line */
    struct slice region; /* empty: null */
    struct slice label;  /* price cell, e.g. "720p / fps60"; may be empty */
    struct slice unit;
    struct decimal quantity;
    struct decimal unit_price, per;
    const char *funding; /* funding word; orders: "order", refunds: "refund" */
    struct decimal amount;
    bool has_tier, is_last_tier;
    struct decimal tier_from, tier_up_to;
    int64_t price_from_ns; /* the price version's first instant; INSTANT_MIN: since ever */
    struct slice order_id; /* order lines */
    struct slice note;     /* e.g. the merged ranges of an interval item */
    struct slice source;
    uint32_t item_index, rate; /* INDEX_NONE for order lines */
    bool is_adjustment;        /* the difference that late usage made to a cycle that was billed before */
    struct period adjusts;     /* that cycle */
};

struct bill {
    struct slice account;
    const struct tariff *tariff;
    enum bill_kind kind;
    struct period cycle;
    struct slice series; /* a closed bill's; empty: the tariff's name */
    uint64_t number;     /* in the series, from 1 without gaps; 0: a preview */
    int64_t closed_ns;   /* when it was closed; of a preview: when it would be */
    struct bill_line *lines;
    uint32_t line_count;
    struct decimal exact_total, rounding, total;
};

struct balance_row {
    struct slice account;
    const struct tariff *tariff;
    const struct lot *lot;
    struct balance balance;
};

enum fact { FACT_NONE, FACT_PAUSED, FACT_SUSPENDED };
struct notice {            /* an event or line that was not charged */
    enum fact fact;        /* whether that was because the account owed, and stays so under other prices */
    uint32_t line, column; /* of the file, from 1 */
    struct slice file, source, id, account, reason;
};

#define ALERT_TABLE(ROW)                                                                                               \
    ROW(PACKAGE_LOW, "package-low")                                                                                    \
    ROW(PACKAGE_EMPTY, "package-empty")                                                                                \
    ROW(PACKAGE_EXPIRED, "package-expired")                                                                            \
    ROW(OVER_LIMIT, "over-limit")                                                                                      \
    ROW(UNPRICED, "unpriced")                                                                                          \
    ROW(UNFUNDED, "unfunded")                                                                                          \
    ROW(OVERDUE, "overdue")                                                                                            \
    ROW(SUSPENDED, "suspended")                                                                                        \
    ROW(RESUMED, "resumed")                                                                                            \
    ROW(BALANCE_LOW, "balance-low")                                                                                    \
    ROW(LICENCE_LAPSED, "licence-lapsed")                                                                              \
    ROW(SUSPECTED_DOUBLE, "suspected-double")                                                                          \
    ROW(PACKAGE_EXPIRING, "package-expiring")                                                                          \
    ROW(PLAN_EXPIRING, "plan-expiring")                                                                                \
    ROW(PLAN_EXPIRED, "plan-expired")                                                                                  \
    ROW(BILL_CLOSED, "bill-closed")                                                                                    \
    ROW(SPEND_JUMP, "spend-jump")                                                                                      \
    ROW(SUDDEN_ZERO, "sudden-zero")
enum alert_kind {
#define ALERT_ENUM(name, text) ALERT_##name,
    ALERT_TABLE(ALERT_ENUM)
#undef ALERT_ENUM
        ALERT_KIND_COUNT
};
const char *alert_name(enum alert_kind kind);
struct alert {
    enum alert_kind kind;
    struct slice account, order_id, sku, item;
    struct slice note; /* in words; may be empty */
    const struct tariff *tariff;
    int64_t at_ns;
    struct decimal threshold; /* fraction left: 0.2; of a jump: how many times the mean is too much */
    struct decimal remaining; /* units; of bills, jumps and debts: money */
    uint64_t count;
};

struct external_row { /* metered here, billed by another product */
    struct slice account;
    const struct tariff *tariff;
    struct slice item, billed_by, unit;
    struct decimal quantity;
};

struct statement {
    struct arena arena;
    struct bill *bills; /* by account, tariff, cycle start, kind; from the heap */
    uint32_t bill_count;
    struct balance_row *balances; /* by account, tariff, order id, sku */
    uint32_t balance_count;
    struct notice *unpriced, *rejected; /* by line */
    uint32_t unpriced_count, rejected_count;
    struct alert *alerts; /* by account, time, kind */
    uint32_t alert_count;
    struct external_row *externals;
    uint32_t external_count;
    uint64_t duplicates, events, commands;
    uint64_t unbilled; /* events that outcome rules made free */
};

void statement_free(struct statement *statement);
/* How a bill line came about, as steps: version, tier, arithmetic, rounding, source. */
void bill_line_explain(const struct bill *bill, const struct bill_line *line, struct trace *trace);

#endif
