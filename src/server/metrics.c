/* SPDX-License-Identifier: Apache-2.0
 *
 * Counting, and the exposition formats. */
#include "server/metrics.h"

const uint32_t metrics_bucket_us[METRICS_BUCKETS] = {50,    100,   250,    500,    1000,   2500,    5000,
                                                     10000, 25000, 100000, 250000, 500000, 1000000, 5000000};

void metrics_count(struct metrics_route *route, const struct http_done *done) {
    uint32_t class = done->status / 100U < METRICS_CLASSES ? done->status / 100U : 0, bucket = 0;
    while (bucket < METRICS_BUCKETS && done->microseconds > metrics_bucket_us[bucket])
        bucket++;
    atomic_fetch_add_explicit(&route->classes[class], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&route->buckets[bucket], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&route->microseconds, done->microseconds, memory_order_relaxed);
    atomic_fetch_add_explicit(&route->bytes, done->bytes, memory_order_relaxed);
}

void metrics_family(struct metrics_text *text, enum metrics_kind kind, const char *name, const char *help) {
    static const char *const kinds[] = {"counter", "gauge", "histogram"};
    const char *total = kind == METRICS_COUNTER && !text->is_open ? "_total" : "";
    text->name = name;
    text->kind = kind;
    buf_printf(text->out, "# HELP %s%s %s\n# TYPE %s%s %s\n", name, total, help, name, total, kinds[kind]);
}

static void sample_name(struct metrics_text *text, const char *suffix, struct slice labels) {
    buf_printf(text->out, "%s%s", text->name, suffix);
    if (labels.len > 0)
        buf_printf(text->out, "{" SLICE_FMT "}", SLICE_ARG(labels));
}

static const char *suffix_of(const struct metrics_text *text) {
    return text->kind == METRICS_COUNTER ? "_total" : "";
}

void metrics_value(struct metrics_text *text, struct slice labels, uint64_t value) {
    sample_name(text, suffix_of(text), labels);
    buf_printf(text->out, " %llu\n", (unsigned long long)value);
}

static void seconds_print(struct buf *out, uint64_t microseconds) {
    char digits[8];
    size_t len = 6;
    uint64_t rest = microseconds % 1000000;
    buf_printf(out, "%llu", (unsigned long long)(microseconds / 1000000));
    for (size_t i = len; i > 0; i--, rest /= 10)
        digits[i - 1] = (char)('0' + rest % 10);
    while (len > 1 && digits[len - 1] == '0')
        len--;
    buf_char(out, '.');
    buf_append(out, (struct slice){digits, len});
}

void metrics_seconds(struct metrics_text *text, struct slice labels, uint64_t microseconds) {
    sample_name(text, suffix_of(text), labels);
    buf_char(text->out, ' ');
    seconds_print(text->out, microseconds);
    buf_char(text->out, '\n');
}

void metrics_histogram(struct metrics_text *text, struct slice labels, const struct metrics_route *route) {
    uint64_t count = 0;
    for (uint32_t i = 0; i <= METRICS_BUCKETS; i++) {
        count += atomic_load_explicit(&route->buckets[i], memory_order_relaxed);
        buf_printf(text->out, "%s_bucket{" SLICE_FMT "%sle=\"", text->name, SLICE_ARG(labels),
                   labels.len > 0 ? "," : "");
        if (i < METRICS_BUCKETS)
            seconds_print(text->out, metrics_bucket_us[i]);
        else
            buf_text(text->out, "+Inf");
        buf_printf(text->out, "\"} %llu\n", (unsigned long long)count);
    }
    sample_name(text, "_sum", labels);
    buf_char(text->out, ' ');
    seconds_print(text->out, atomic_load_explicit(&route->microseconds, memory_order_relaxed));
    buf_char(text->out, '\n');
    sample_name(text, "_count", labels);
    buf_printf(text->out, " %llu\n", (unsigned long long)count);
}

void metrics_label(struct buf *labels, const char *name, struct slice value) {
    buf_printf(labels, "%s%s=\"", labels->len > 0 ? "," : "", name);
    for (size_t i = 0; i < value.len; i++) {
        char c = value.ptr[i];
        if (c == '"' || c == '\\')
            buf_char(labels, '\\');
        if (c == '\n')
            buf_text(labels, "\\n");
        else
            buf_char(labels, c);
    }
    buf_char(labels, '"');
}

void metrics_end(struct metrics_text *text) {
    if (text->is_open)
        buf_text(text->out, "# EOF\n");
}
