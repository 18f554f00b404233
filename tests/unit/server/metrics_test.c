/* SPDX-License-Identifier: Apache-2.0
 *
 * The text of counters, and into which bucket an answer goes. */
#include "server/metrics.h"
#include "support/check.h"

static void answers_are_counted_once(void **state) {
    (void)state;
    static const struct {
        const char *row;
        uint16_t status;
        uint64_t microseconds;
        uint32_t class, bucket;
    } rows[] = {
        {"a bucket holds its upper end", 200, 50, 2, 0},
        {"one more is of the next", 404, 51, 4, 1},
        {"nothing took no time", 304, 0, 3, 0},
        {"the last end", 503, 5000000, 5, METRICS_BUCKETS - 1},
        {"what is behind all ends", 500, 5000001, 5, METRICS_BUCKETS},
        {"a client that left has no class", 0, 10, 0, 0},
        {"nor has a status that there is not", 777, 10, 0, 0},
    };
    FOR_ROWS(row, rows) {
        struct metrics_route route = {0};
        uint64_t classes = 0, buckets = 0;
        metrics_count(&route,
                      &(struct http_done){.status = row->status, .microseconds = row->microseconds, .bytes = 7});
        for (uint32_t i = 0; i < METRICS_CLASSES; i++)
            classes += route.classes[i];
        for (uint32_t i = 0; i <= METRICS_BUCKETS; i++)
            buckets += route.buckets[i];
        CHECK_UINT(classes, 1);
        CHECK_UINT(buckets, 1);
        CHECK_UINT(route.classes[row->class], 1);
        CHECK_UINT(route.buckets[row->bucket], 1);
        CHECK_UINT(route.microseconds, row->microseconds);
        CHECK_UINT(route.bytes, 7);
    }
}

static void families_follow_the_formats(void **state) {
    (void)state;
    static const struct {
        const char *row;
        bool is_open;
        const char *want;
    } rows[] = {
        {"Prometheus names a counter's family with _total", false,
         "# HELP a_total Help.\n# TYPE a_total counter\na_total{x=\"1\"} 18446744073709551615\n"},
        {"OpenMetrics names the sample only", true,
         "# HELP a Help.\n# TYPE a counter\na_total{x=\"1\"} 18446744073709551615\n# EOF\n"},
    };
    FOR_ROWS(row, rows) {
        struct buf out = {0};
        struct metrics_text text = {.out = &out, .is_open = row->is_open};
        metrics_family(&text, METRICS_COUNTER, "a", "Help.");
        metrics_value(&text, SLICE("x=\"1\""), UINT64_MAX);
        metrics_end(&text);
        CHECK_TEXT(buf_slice(&out), row->want);
        buf_free(&out);
    }
}

static void seconds_are_exact(void **state) {
    (void)state;
    static const struct {
        const char *row;
        uint64_t microseconds;
        const char *want;
    } rows[] = {
        {"nothing", 0, "g 0.0\n"},
        {"one microsecond", 1, "g 0.000001\n"},
        {"zeros at the end go", 1500000, "g 1.5\n"},
        {"whole seconds keep one digit", 20000000, "g 20.0\n"},
        {"zeros in between stay", 1000100, "g 1.0001\n"},
    };
    FOR_ROWS(row, rows) {
        struct buf out = {0};
        struct metrics_text text = {.out = &out};
        metrics_family(&text, METRICS_GAUGE, "g", "Help.");
        buf_clear(&out);
        metrics_seconds(&text, SLICE(""), row->microseconds);
        CHECK_TEXT(buf_slice(&out), row->want);
        buf_free(&out);
    }
}

static void labels_are_escaped(void **state) {
    (void)state;
    struct buf labels = {0};
    metrics_label(&labels, "a", SLICE("x\"y\\z\n"));
    metrics_label(&labels, "b", SLICE(""));
    CHECK_TEXT(buf_slice(&labels), "a=\"x\\\"y\\\\z\\n\",b=\"\"");
    buf_free(&labels);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_are_counted_once),
        cmocka_unit_test(families_follow_the_formats),
        cmocka_unit_test(seconds_are_exact),
        cmocka_unit_test(labels_are_escaped),
    };
    return CHECK_RUN(tests);
}
