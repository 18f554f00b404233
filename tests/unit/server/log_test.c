/* SPDX-License-Identifier: Apache-2.0
 *
 * The log: its lines, what it leaves out and counts, readers that do not read. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "server/log.h"
#include "support/check.h"

enum { TEXT_MAX = 4 << 20 };
static char text[TEXT_MAX];

/* A log into a new file; *path is where it is. */
static struct log *file_log(const char *form, uint32_t budget, char path[64]) {
    struct log *log = NULL;
    (void)snprintf(path, 64, "/tmp/tollgate-log-XXXXXX");
    int file = mkstemp(path);
    assert_true(file >= 0);
    close(file);
    struct log_options options = {.path = path, .is_plain = strcmp(form, "plain") == 0, .line_budget = budget};
    assert_int_equal(log_open(&options, &log), STATUS_OK);
    return log;
}

/* Close it and return all that it wrote. */
static struct slice all_of(struct log *log, const char *path) {
    log_close(log);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t len = read(file, text, sizeof text - 1);
    close(file);
    unlink(path);
    assert_true(len >= 0);
    text[len] = '\0';
    return (struct slice){text, (size_t)len};
}

static uint32_t count_of(const char *words) {
    uint32_t count = 0;
    for (const char *at = strstr(text, words); at != NULL; at = strstr(at + 1, words))
        count++;
    return count;
}

static const struct log_request full = {.id = {"id-1", 4},
                                        .method = {"POST", 4},
                                        .route = {"/v1/events", 10},
                                        .tenant = {"eu", 2},
                                        .key_id = {"k\x1b[31m\n7", 8},
                                        .trace = {"00-a-b-01", 9},
                                        .status = 200,
                                        .bytes = 12,
                                        .microseconds = 34};

static void lines_hold_no_control_bytes(void **state) {
    (void)state;
    static const struct {
        const char *row, *form, *request, *event;
    } rows[] = {
        {"JSON escapes them", "json",
         "\"level\":\"info\",\"event\":\"request\",\"method\":\"POST\",\"route\":\"/v1/events\",\"status\":200,"
         "\"bytes\":12,\"us\":34,\"tenant\":\"eu\",\"key\":\"k\\u001b[31m\\n7\",\"id\":\"id-1\","
         "\"traceparent\":\"00-a-b-01\"}\n",
         "\"level\":\"error\",\"event\":\"broken\",\"text\":\"a \\\"b\\\"\\u0007\"}\n"},
        {"plain lines show question marks", "plain",
         "Z  info     request  POST  /v1/events  status=200  bytes=12  us=34  eu  k?[31m?7  id-1  00-a-b-01\n",
         "Z  error    broken  a \"b\"?\n"},
    };
    FOR_ROWS(row, rows) {
        char path[64];
        struct log *log = file_log(row->form, 0, path);
        log_request(log, &full);
        log_event(log, LOG_ERROR, "broken", "a \"%s\"%c", "b", '\a');
        (void)all_of(log, path);
        CHECK(strstr(text, row->request) != NULL);
        CHECK(strstr(text, row->event) != NULL);
        CHECK_UINT(count_of("\n"), 2);
    }
}

static void a_flood_of_one_class_hides_no_other(void **state) {
    (void)state;
    char path[64];
    struct log *log = file_log("json", 3, path);
    struct log_request refused = full, failed = full;
    refused.status = 401;
    failed.status = 503;
    for (int i = 0; i < 100; i++)
        log_request(log, &refused);
    log_request(log, &failed);
    log_event(log, LOG_INFO, "reload", "done");
    uint64_t missing = log_suppressed(log);
    (void)all_of(log, path);
    CHECK_UINT(count_of("\"status\":401") + missing, 100);
    CHECK(count_of("\"status\":401") >= 3 && missing >= 90); /* two seconds at most went by */
    CHECK_UINT(count_of("\"status\":503"), 1);
    CHECK_UINT(count_of("\"event\":\"reload\""), 1);
    CHECK(count_of("\"event\":\"suppressed\"") >= 1);
}

static void a_long_text_is_cut_and_a_status_may_be_none(void **state) {
    (void)state;
    char path[64];
    static char longest[100000];
    memset(longest, 'x', sizeof longest - 1);
    struct log *log = file_log("json", 0, path);
    struct log_request left = {.status = 0};
    log_request(log, &left);
    log_event(log, LOG_INFO, "long", "%s", longest);
    struct slice all = all_of(log, path);
    CHECK(all.len < 20000);
    CHECK_UINT(count_of("\n"), 2);
    CHECK(strstr(text, "\"status\":0,\"bytes\":0,\"us\":0}\n") != NULL);
}

/* Standard error is a pipe that nobody reads: nobody waits, and what has no room is counted. */
static void a_reader_that_does_not_read_stops_nobody(void **state) {
    (void)state;
    int ends[2], before = dup(STDERR_FILENO);
    struct log *log = NULL;
    assert_int_equal(pipe(ends), 0);
    dup2(ends[1], STDERR_FILENO);
    enum status status = log_open(&(struct log_options){.line_budget = 1000000}, &log);
    for (int i = 0; i < 20000 && status == STATUS_OK; i++)
        log_request(log, &full);
    uint64_t missing = status == STATUS_OK ? log_suppressed(log) : 0;
    log_close(log); /* returns */
    dup2(before, STDERR_FILENO);
    close(before);
    close(ends[1]);
    ssize_t len = read(ends[0], text, sizeof text);
    close(ends[0]);
    CHECK_OK(status);
    CHECK(missing > 1000 && missing < 20000);
    CHECK(len > 0 && text[0] == '{');
}

static void what_cannot_be_opened_is_told(void **state) {
    (void)state;
    struct log *log = NULL;
    CHECK_STATUS(log_open(&(struct log_options){.path = "/nowhere/log"}, &log), STATUS_IO);
    log_close(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_hold_no_control_bytes),
        cmocka_unit_test(a_flood_of_one_class_hides_no_other),
        cmocka_unit_test(a_long_text_is_cut_and_a_status_may_be_none),
        cmocka_unit_test(a_reader_that_does_not_read_stops_nobody),
        cmocka_unit_test(what_cannot_be_opened_is_told),
    };
    return CHECK_RUN(tests);
}
