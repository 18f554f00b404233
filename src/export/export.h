/* SPDX-License-Identifier: Apache-2.0
 *
 * A statement as text: JSON, table, CSV; and explanations. Only reads what it is given and writes into a sink, piece by
 * piece, so that a large statement never stands in memory twice. The same statement gives the same bytes. */
#ifndef TG_EXPORT_EXPORT_H
#define TG_EXPORT_EXPORT_H

#include "base/buf.h"
#include "base/json_writer.h"
#include "base/trace.h"
#include "bill/bill.h"

/* Text on its way out: what was built is handed to `write` whenever enough of it waits. The first fault stays. */
struct sink {
    struct buf buf;
    enum status (*write)(void *context, struct slice text);
    void *context;
    enum status status;
};

/* Hand on what waits, once it is more than 64 KiB. */
void sink_spill(struct sink *sink);
/* Hand on what waits and this text behind it. Returns the first fault. */
MUST_CHECK enum status sink_pass(struct sink *sink, struct slice text);
/* Hand on everything and free the memory. Returns the first fault: STATUS_NO_MEMORY, or what `write` said. */
MUST_CHECK enum status sink_finish(struct sink *sink);

struct export_options {
    bool explain;     /* the steps of every line */
    bool color;       /* table only */
    bool each;        /* table: every bill on its own, also of short cycles */
    uint32_t threads; /* JSON: that format bills; 0: one per core */
    bool csv_safe;    /* CSV: a leading = + - @ tab or return in a text cell is disarmed with an apostrophe */
};

/* All fail with STATUS_NO_MEMORY and STATUS_RANGE (a sum over bills left 128 bits); faults of writing stay in the sink.
 * JSON is one object on one line: docs of the interface name its keys. CSV is RFC 4180, one row per bill line. */
MUST_CHECK enum status export_json(const struct statement *statement, const struct export_options *options,
                                   struct sink *sink);
MUST_CHECK enum status export_table(const struct statement *statement, const struct export_options *options,
                                    struct sink *sink);
/* The same row by row: the head, then the lines of bills. Failures stay in the sink. */
void export_csv_head(const struct export_options *options, struct sink *sink);
void export_csv_bill(const struct bill *bill, const struct export_options *options, struct arena *scratch,
                     struct sink *sink);
MUST_CHECK enum status export_csv(const struct statement *statement, const struct export_options *options,
                                  struct sink *sink);

/* All bills of the statement as the elements of its "bills", which is open in the sink; by several threads. Fails:
 * STATUS_NO_MEMORY, or with the fault of writing, which is the sink's as well. */
MUST_CHECK enum status export_bills_json(const struct statement *statement, const struct export_options *options,
                                         struct sink *sink);

/* Pieces of the above that other outputs need. */
void export_bill_json(const struct bill *bill, const struct bill_line *only, const struct export_options *options,
                      struct arena *scratch, struct json_writer *writer); /* only: NULL = every line */
/* The same without lines. */
void export_bill_head_json(const struct bill *bill, struct arena *scratch, struct json_writer *writer);
/* What was bought; amount: what it cost, or, below zero, what was given back. */
void export_order_json(const struct tariff *tariff, const struct lot *lot, struct decimal amount,
                       struct json_writer *writer);
void export_balance_json(const struct balance_row *row, struct json_writer *writer);
void export_alert_json(const struct alert *alert, struct json_writer *writer);
void export_notice_json(const struct notice *notice, struct json_writer *writer);
void export_external_json(const struct external_row *row, struct json_writer *writer);
void export_steps_json(const struct trace *trace, struct json_writer *writer);
/* One step per line, topics aligned, sources in brackets. */
void export_steps_text(const struct trace *trace, unsigned indent, struct buf *out);
void json_decimal(struct json_writer *writer, const char *key, struct decimal value);
/* RFC 3339 in the zone; null for "since ever" and "for ever". */
void json_instant(struct json_writer *writer, const char *key, int64_t at_ns, const struct zone *zone);
/* Null when empty. */
void json_optional(struct json_writer *writer, const char *key, struct slice text);
/* "viapi-12": series and number; empty for a preview, which has none. */
struct slice text_bill_number(struct arena *arena, const struct bill *bill);
/* "2026-02-15T08:00:00+08:00"; "ever" for the open ends. */
struct slice text_instant(struct arena *arena, int64_t at_ns, const struct zone *zone);
struct slice text_decimal(struct arena *arena, struct decimal value);
/* "0.028", "0.028 / 1000": a price and what it is per. */
struct slice text_price(struct arena *arena, struct decimal price, struct decimal per);

#endif
