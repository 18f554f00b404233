/* SPDX-License-Identifier: Apache-2.0
 *
 * Counters of requests, and the text in which Prometheus and OpenMetrics want what is counted. No label is ever made
 * of what a customer or a caller says: there are as many series as there are routes, reasons and tenants. */
#ifndef TG_SERVER_METRICS_H
#define TG_SERVER_METRICS_H

#include <stdatomic.h>

#include "base/buf.h"
#include "http/http.h"

enum { METRICS_CLASSES = 6, METRICS_BUCKETS = 14 };
/* Upper ends of the buckets in microseconds; behind the last one is everything else. */
extern const uint32_t metrics_bucket_us[METRICS_BUCKETS];

struct metrics_route {
    atomic_uint_least64_t classes[METRICS_CLASSES]; /* answers by the first digit of their status */
    atomic_uint_least64_t buckets[METRICS_BUCKETS + 1];
    atomic_uint_least64_t microseconds, bytes;
};
/* From any thread. */
void metrics_count(struct metrics_route *route, const struct http_done *done);

/* ---- text ---- */

enum metrics_kind { METRICS_COUNTER, METRICS_GAUGE, METRICS_HISTOGRAM };
struct metrics_text {
    struct buf *out;
    bool is_open;     /* OpenMetrics 1.0; else Prometheus 0.0.4 */
    const char *name; /* of the family that was begun; a counter's without _total */
    enum metrics_kind kind;
};
/* A family: all its samples follow. name, help: static. */
void metrics_family(struct metrics_text *text, enum metrics_kind kind, const char *name, const char *help);
/* labels: `route="/v1/events",method="POST"`; empty: none. Values have been escaped (metrics_label). */
void metrics_value(struct metrics_text *text, struct slice labels, uint64_t value);
/* The same for a number of microseconds, written as seconds. */
void metrics_seconds(struct metrics_text *text, struct slice labels, uint64_t microseconds);
/* The buckets, sum and count of a histogram of seconds. */
void metrics_histogram(struct metrics_text *text, struct slice labels, const struct metrics_route *route);
/* `name="value"`, with a comma before when there is something already. */
void metrics_label(struct buf *labels, const char *name, struct slice value);
void metrics_end(struct metrics_text *text);

#endif
