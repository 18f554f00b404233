/* SPDX-License-Identifier: Apache-2.0
 *
 * The daemon's log: one line for each thing that happened, as JSON or for people. Nobody who logs ever waits for the
 * reader: lines are written by a thread of their own, and what is too much is counted, not kept. Never a secret, never
 * a raw control byte. */
#ifndef TG_SERVER_LOG_H
#define TG_SERVER_LOG_H

#include "base/json_writer.h"
#include "base/slice.h"
#include "base/status.h"

enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO };

struct log_options {
    const char *path;     /* appended to; NULL: standard error */
    bool is_plain;        /* for people; else JSON */
    uint32_t line_budget; /* requests a second, for each class of status; 0: 1,000. What happens to the daemon itself is
                             always kept */
};
struct log;
/* Fails: STATUS_IO (errno says why), STATUS_NO_MEMORY. */
MUST_CHECK enum status log_open(const struct log_options *options, struct log **ret_log);
/* Everything is written first. NULL is let alone. */
void log_close(struct log *log);
/* Open the file again, which somebody has renamed. Fails: STATUS_IO; then the old one goes on. */
MUST_CHECK enum status log_reopen(struct log *log);

/* What happened to the daemon: one word for programs ("start"), a sentence for people. */
PRINTF(4, 5) void log_event(struct log *log, enum log_level level, const char *event, const char *format, ...);

struct log_request {
    struct slice id, method, route, tenant, key_id, trace; /* empty: none */
    uint32_t status;
    uint64_t bytes, microseconds;
};
void log_request(struct log *log, const struct log_request *request);
/* How many lines were left out. */
uint64_t log_suppressed(const struct log *log);

#endif
