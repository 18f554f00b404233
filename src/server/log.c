/* SPDX-License-Identifier: Apache-2.0
 *
 * Lines are built where they happen, into one buffer, and written by a thread that swaps it for an empty one. */
#include "server/log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "calendar/calendar.h"
#include "export/grid.h"

enum { BUDGET_DEFAULT = 1000, CLASSES = 6, BUFFER_MAX = 1 << 20, TEXT_MAX = 4096, PATIENCE_MS = 500 };
#define GATHER_NS 10000000 /* so long lines wait for others behind a write: nobody is woken for each of a thousand */

struct log {
    struct log_options options;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t filled;
    struct buf waiting; /* lines that are not written yet */
    bool is_closing;
    int64_t second;               /* that the counts below are of */
    uint32_t lines[CLASSES];      /* of requests, by the first digit of the status */
    uint64_t left_out, told;      /* lines that are missing, and how many of them a line has told of */
    atomic_uint_least64_t missed; /* left_out, for whoever asks */
    pthread_mutex_t writing;      /* the descriptor */
    int file;
};

static const char *const level_names[] = {"error", "warning", "info"};

static int64_t clock_now(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * NS_PER_SECOND + now.tv_nsec;
}

static int file_open(const char *path) {
    return path == NULL ? STDERR_FILENO : open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
}

/* ---- lines, under the lock ---- */

static void time_text(int64_t now_ns, char text[INSTANT_TEXT_MAX], struct slice *ret_text) {
    *ret_text = (struct slice){text, instant_format(now_ns, NULL, text)};
}

static void line_begin(struct log *log, enum log_level level, const char *event, struct json_writer *writer) {
    char text[INSTANT_TEXT_MAX];
    struct slice time;
    time_text(clock_now() / 1000 * 1000, text, &time);
    *writer = (struct json_writer){.out = &log->waiting};
    if (log->options.is_plain) {
        buf_printf(&log->waiting, SLICE_FMT "  %-7s  %s", SLICE_ARG(time), level_names[level], event);
        return;
    }
    json_object(writer);
    json_member_plain(writer, "time", time);
    json_member_plain(writer, "level", slice_of(level_names[level]));
    json_member_plain(writer, "event", slice_of(event));
}

static void line_text(struct log *log, struct json_writer *writer, const char *key, struct slice text) {
    if (text.len == 0)
        return;
    if (!log->options.is_plain) {
        json_member(writer, key, text);
        return;
    }
    buf_text(&log->waiting, "  ");
    buf_visible(&log->waiting, text);
}

static void line_number(struct log *log, struct json_writer *writer, const char *key, uint64_t number) {
    if (log->options.is_plain) {
        buf_printf(&log->waiting, "  %s=%llu", key, (unsigned long long)number);
        return;
    }
    json_key(writer, key);
    json_uint(writer, number);
}

static void line_end(struct log *log, struct json_writer *writer) {
    if (!log->options.is_plain)
        json_object_end(writer);
    buf_char(&log->waiting, '\n');
}

static void leave_out(struct log *log) {
    atomic_store(&log->missed, ++log->left_out);
}

/* A line that did not get in whole is taken out again. */
static void line_done(struct log *log, size_t start, struct json_writer *writer) {
    line_end(log, writer);
    if (log->waiting.failed) {
        log->waiting.failed = false;
        log->waiting.len = start;
        leave_out(log);
    }
    pthread_cond_signal(&log->filled);
}

/* A second has gone by: say what it did not hold. */
static void second_begin(struct log *log, int64_t second) {
    struct json_writer writer;
    if (second == log->second)
        return;
    log->second = second;
    memset(log->lines, 0, sizeof log->lines);
    uint64_t count = log->left_out - log->told;
    if (count == 0)
        return;
    size_t start = log->waiting.len;
    uint64_t before = log->left_out;
    line_begin(log, LOG_WARNING, "suppressed", &writer);
    line_number(log, &writer, "lines", count);
    line_done(log, start, &writer);
    if (log->left_out == before)
        log->told = before;
    else
        log->left_out = before; /* this one does not count itself */
}

/* ---- the writer ---- */

/* Whether the reader takes more. One that has stopped reading must not keep the daemon from ending. */
static bool is_writable(struct log *log) {
    struct pollfd waiting = {.fd = log->file, .events = POLLOUT};
    while (poll(&waiting, 1, PATIENCE_MS) <= 0) {
        pthread_mutex_lock(&log->lock);
        bool is_closing = log->is_closing;
        pthread_mutex_unlock(&log->lock);
        if (is_closing)
            return false;
    }
    return true;
}

/* Pieces that a pipe which is ready takes without waiting. */
static void write_all(struct log *log, struct slice text) {
    pthread_mutex_lock(&log->writing);
    while (text.len > 0 && is_writable(log)) {
        ssize_t done = write(log->file, text.ptr, text.len < PIPE_BUF ? text.len : PIPE_BUF);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            break; /* nobody could be told */
        text = (struct slice){text.ptr + done, text.len - (size_t)done};
    }
    pthread_mutex_unlock(&log->writing);
}

static void *log_run(void *context) {
    struct log *log = context;
    struct buf mine = {.max = BUFFER_MAX};
    pthread_mutex_lock(&log->lock);
    while (!log->is_closing || log->waiting.len > 0) {
        if (log->waiting.len == 0) {
            struct timespec until = {.tv_sec = time(NULL) + 2};
            (void)pthread_cond_timedwait(&log->filled, &log->lock, &until);
            second_begin(log, time(NULL));
            continue;
        }
        struct buf swapped = log->waiting;
        log->waiting = mine;
        mine = swapped;
        pthread_mutex_unlock(&log->lock);
        write_all(log, buf_slice(&mine));
        buf_clear(&mine);
        (void)nanosleep(&(struct timespec){.tv_nsec = GATHER_NS}, NULL);
        pthread_mutex_lock(&log->lock);
    }
    pthread_mutex_unlock(&log->lock);
    buf_free(&mine);
    return NULL;
}

/* ---- for others ---- */

enum status log_open(const struct log_options *options, struct log **ret_log) {
    struct log *log = calloc(1, sizeof *log);
    if (log == NULL)
        return STATUS_NO_MEMORY;
    log->options = *options;
    log->waiting.max = BUFFER_MAX;
    log->options.line_budget = options->line_budget > 0 ? options->line_budget : BUDGET_DEFAULT;
    log->file = file_open(options->path);
    if (log->file < 0) {
        free(log);
        return STATUS_IO;
    }
    pthread_mutex_init(&log->lock, NULL);
    pthread_mutex_init(&log->writing, NULL);
    pthread_cond_init(&log->filled, NULL);
    if (pthread_create(&log->thread, NULL, log_run, log) != 0) {
        free(log);
        return STATUS_NO_MEMORY;
    }
    *ret_log = log;
    return STATUS_OK;
}

void log_close(struct log *log) {
    if (log == NULL)
        return;
    pthread_mutex_lock(&log->lock);
    second_begin(log, 0);
    log->is_closing = true;
    pthread_cond_signal(&log->filled);
    pthread_mutex_unlock(&log->lock);
    pthread_join(log->thread, NULL);
    if (log->options.path != NULL)
        close(log->file);
    pthread_mutex_destroy(&log->lock);
    pthread_mutex_destroy(&log->writing);
    pthread_cond_destroy(&log->filled);
    buf_free(&log->waiting);
    free(log);
}

enum status log_reopen(struct log *log) {
    if (log->options.path == NULL)
        return STATUS_OK;
    int file = file_open(log->options.path);
    if (file < 0)
        return STATUS_IO;
    pthread_mutex_lock(&log->writing);
    int old = log->file;
    log->file = file;
    pthread_mutex_unlock(&log->writing);
    close(old);
    return STATUS_OK;
}

void log_event(struct log *log, enum log_level level, const char *event, const char *format, ...) {
    struct buf text = {.max = TEXT_MAX};
    struct json_writer writer;
    va_list args;
    va_start(args, format);
    buf_vprintf(&text, format, args);
    va_end(args);
    pthread_mutex_lock(&log->lock);
    size_t start = log->waiting.len;
    line_begin(log, level, event, &writer);
    line_text(log, &writer, "text", buf_slice(&text));
    line_done(log, start, &writer);
    pthread_mutex_unlock(&log->lock);
    buf_free(&text);
}

static enum log_level level_of(uint32_t status) {
    return status >= 500 ? LOG_ERROR : LOG_INFO;
}

void log_request(struct log *log, const struct log_request *request) {
    uint32_t class = request->status / 100 < CLASSES ? request->status / 100 : 0;
    struct json_writer writer;
    pthread_mutex_lock(&log->lock);
    second_begin(log, time(NULL));
    if (log->lines[class] >= log->options.line_budget) {
        leave_out(log);
        pthread_mutex_unlock(&log->lock);
        return;
    }
    log->lines[class]++;
    size_t start = log->waiting.len;
    line_begin(log, level_of(request->status), "request", &writer);
    line_text(log, &writer, "method", request->method);
    line_text(log, &writer, "route", request->route);
    line_number(log, &writer, "status", request->status);
    line_number(log, &writer, "bytes", request->bytes);
    line_number(log, &writer, "us", request->microseconds);
    line_text(log, &writer, "tenant", request->tenant);
    line_text(log, &writer, "key", request->key_id);
    line_text(log, &writer, "id", request->id);
    line_text(log, &writer, "traceparent", request->trace);
    line_done(log, start, &writer);
    pthread_mutex_unlock(&log->lock);
}

uint64_t log_suppressed(const struct log *log) {
    return atomic_load(&log->missed);
}
