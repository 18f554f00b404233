/* SPDX-License-Identifier: Apache-2.0
 *
 * Rate and remaining time from bytes done, by the monotonic clock. */
#include "cli/progress.h"

#include "cli/common.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define QUIET_NS NS_PER_SECOND
#define LOG_EVERY_NS (10 * NS_PER_SECOND)

static int64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * NS_PER_SECOND + now.tv_nsec;
}

static void seconds_print(uint64_t seconds, struct buf *out) {
    if (seconds >= 3600)
        buf_printf(out, "%llu h %02llu min", (unsigned long long)(seconds / 3600),
                   (unsigned long long)(seconds / 60 % 60));
    else if (seconds >= 60)
        buf_printf(out, "%llu min %02llu s", (unsigned long long)(seconds / 60), (unsigned long long)(seconds % 60));
    else
        buf_printf(out, "%llu s", (unsigned long long)seconds);
}

static void progress_print(const struct journal_progress *done, uint64_t elapsed_ms, struct buf *out) {
    uint64_t rate = done->lines * 1000 / elapsed_ms;
    buf_printf(out, "%llu lines, %llu lines/s", (unsigned long long)done->lines, (unsigned long long)rate);
    if (done->bytes_total == 0 || done->bytes_done == 0)
        return;
    uint64_t left_bytes = done->bytes_total > done->bytes_done ? done->bytes_total - done->bytes_done : 0;
    uint64_t bytes_per_second = done->bytes_done * 1000 / elapsed_ms;
    uint64_t percent = (uint64_t)((unsigned __int128)done->bytes_done * 100 / done->bytes_total);
    buf_printf(out, ", %llu %%", (unsigned long long)percent);
    if (bytes_per_second > 0) {
        buf_text(out, ", ");
        seconds_print(left_bytes / bytes_per_second, out);
        buf_text(out, " left");
    }
}

static void progress_show(void *context, const struct journal_progress *done) {
    struct progress *progress = context;
    int64_t now = now_ns(), elapsed = now - progress->started_ns;
    int64_t since = now - (progress->shown_ns > 0 ? progress->shown_ns : progress->started_ns);
    if (elapsed < QUIET_NS || (!progress->is_terminal && since < LOG_EVERY_NS))
        return;
    struct buf text = {0};
    buf_text(&text, progress->is_terminal ? "\r\033[K" : "tollgate: ");
    progress_print(done, (uint64_t)(elapsed / 1000000), &text);
    buf_text(&text, progress->is_terminal ? "" : "\n");
    error_text(buf_slice(&text));
    buf_free(&text);
    progress->shown_ns = now;
}

void progress_start(struct progress *progress, bool is_forced, struct journal_options *options) {
    const char *term = getenv("TERM");
    *progress = (struct progress){.started_ns = now_ns()};
    progress->is_terminal = isatty(STDERR_FILENO) == 1 && term != NULL && strcmp(term, "dumb") != 0;
    if (progress->is_terminal || is_forced) {
        options->progress = progress_show;
        options->context = progress;
    }
}

void progress_restart(struct progress *progress) {
    progress_end(progress);
    progress->started_ns = now_ns();
}

void progress_end(struct progress *progress) {
    if (progress->is_terminal && progress->shown_ns > 0)
        error_text(SLICE("\r\033[K"));
    progress->shown_ns = 0;
}
