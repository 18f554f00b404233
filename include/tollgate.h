/* SPDX-License-Identifier: Apache-2.0
 *
 * libtollgate: what usage costs, and whether a call may start, inside your own process.
 *
 * - Tariffs say what things cost. They are read once and never change.
 * - An engine keeps the state of accounts in memory: feed it CloudEvents (usage, orders, account changes), ask what an
 *   event would cost, and take bills, balances and everything that was not charged as JSON.
 * - A gate answers "may this call start now?" from the state of an engine, and counts calls per second and running
 *   tasks.
 *
 * Nothing is written to disk and no connection is opened; only tollgate_tariffs_load reads files.
 *
 * Threads: every function may be called from every thread at any time, with the same handles; the library locks. Only
 * freeing a handle has to come last for that handle. Handles may be freed in any order: what others still need stays.
 *
 * Texts are UTF-8. Texts that are handed out (char **) end in NUL, belong to the caller and are freed with
 * tollgate_text_free. `ret_` arguments are written when the call succeeds, and only then, unless it is said otherwise.
 *
 * Instants are nanoseconds since 1970-01-01T00:00:00Z; the years 1700 to 2200 can be used. Durations are nanoseconds.
 * Money and quantities are exact decimals, in JSON as strings.
 *
 * NULL handles and NULL texts where nothing is said of NULL are mistakes of the caller and are not looked for. */
#ifndef TOLLGATE_H
#define TOLLGATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define TOLLGATE_API __attribute__((visibility("default")))
#else
#define TOLLGATE_API
#endif

/* ---- version ---- */

/* Of this header. While the major version is 0, a new minor version may change functions and structures; the name of
 * the shared library (libtollgate.so.0) changes whenever programs have to be compiled again. */
#define TOLLGATE_VERSION_MAJOR 0
#define TOLLGATE_VERSION_MINOR 1
#define TOLLGATE_VERSION_PATCH 0
#define TOLLGATE_VERSION "0.1.0"

/* Of the library that runs: "0.1.0". Static. */
TOLLGATE_API const char *tollgate_version(void);

/* ---- faults ---- */

/* What a call could not do. That an event has no price, or that a call may not start, is an answer and no fault. */
typedef enum tollgate_status {
    TOLLGATE_OK = 0,
    TOLLGATE_INVALID = 1,   /* the input is not well formed; a message says what and where */
    TOLLGATE_NOT_FOUND = 2, /* there is no such thing */
    TOLLGATE_RANGE = 3,     /* a number, an instant or a length outside what can be kept */
    TOLLGATE_NO_MEMORY = 4,
    TOLLGATE_IO = 5,   /* the operating system refused; errno says more */
    TOLLGATE_STATE = 6 /* the engine was not made for this, or broke before: free it */
} tollgate_status;

/* A sentence for people, static; never NULL. */
TOLLGATE_API const char *tollgate_status_text(tollgate_status status);

/* Free a text that was handed out. NULL is let alone. */
TOLLGATE_API void tollgate_text_free(char *text);

/* ---- instants ---- */

/* Before everything; behind everything. */
#define TOLLGATE_EVER_BEFORE INT64_MIN
#define TOLLGATE_EVER_AFTER INT64_MAX

/* RFC 3339 with offset or Z, up to nine digits of a second: "2026-02-15T08:50:00+08:00". Fails: TOLLGATE_INVALID,
 * TOLLGATE_RANGE (a year before 1700 or after 2200). */
TOLLGATE_API tollgate_status tollgate_instant_parse(const char *text, int64_t *ret_ns);
/* The same in UTC, "2026-02-15T00:50:00Z", with NUL into text; returns its length. An instant outside the years 1700 to
 * 2200 gives "". */
#define TOLLGATE_INSTANT_MAX 40
TOLLGATE_API size_t tollgate_instant_format(int64_t at_ns, char text[TOLLGATE_INSTANT_MAX]);

/* ---- tariffs ---- */

typedef struct tollgate_tariffs tollgate_tariffs;

/* Where the tariffs that come with this version are installed; static. */
TOLLGATE_API const char *tollgate_tariffs_directory(void);

/* Read a tariff file, or every *.yaml of a directory. base (may be NULL): the directory in which `extends` looks for
 * tariffs that are not beside the file. *ret_messages (the argument may be NULL) becomes errors and warnings as a
 * compiler prints them, a remedy behind each, on failure as well; NULL when there is nothing to say. Fails:
 * TOLLGATE_INVALID (a mistake in a tariff: nothing is loaded), TOLLGATE_IO, TOLLGATE_NO_MEMORY. */
TOLLGATE_API tollgate_status tollgate_tariffs_load(const char *path, const char *base, tollgate_tariffs **ret_tariffs,
                                                   char **ret_messages);
/* Read one tariff from memory: length bytes of YAML, at most 16 MiB; it can neither include nor extend. name stands for
 * its path in messages. Otherwise as above, without TOLLGATE_IO; TOLLGATE_RANGE: it is too long. */
TOLLGATE_API tollgate_status tollgate_tariffs_read(const char *name, const char *text, size_t length,
                                                   tollgate_tariffs **ret_tariffs, char **ret_messages);
/* How many there are, and their names in alphabetic order. index is below the count. The name lives as long as the
 * tariffs. */
TOLLGATE_API size_t tollgate_tariffs_count(const tollgate_tariffs *tariffs);
TOLLGATE_API const char *tollgate_tariffs_name(const tollgate_tariffs *tariffs, size_t index);
/* NULL is let alone. */
TOLLGATE_API void tollgate_tariffs_free(tollgate_tariffs *tariffs);

/* An operation of a tariff, found once and asked for often; 0 is none. It means the same for every engine and gate over
 * these tariffs. */
typedef uint64_t tollgate_operation;
/* name: the type of its events, "viapi.RecognizeLicensePlate". *ret_message (the argument may be NULL) becomes what is
 * wrong with the name, with the nearest one there is, when it fails; else NULL. Fails: TOLLGATE_NOT_FOUND,
 * TOLLGATE_NO_MEMORY. */
TOLLGATE_API tollgate_status tollgate_operation_find(const tollgate_tariffs *tariffs, const char *name,
                                                     tollgate_operation *ret_operation, char **ret_message);

/* ---- the engine ---- */

typedef struct tollgate_engine tollgate_engine;

/* Keep every document that is fed, for tollgate_engine_explain. */
#define TOLLGATE_KEEP_DOCUMENTS 1u

/* An engine without accounts. flags: 0 or TOLLGATE_KEEP_DOCUMENTS. Fails: TOLLGATE_INVALID (unknown flags),
 * TOLLGATE_NO_MEMORY, TOLLGATE_IO (no random numbers to be had). */
TOLLGATE_API tollgate_status tollgate_engine_new(tollgate_tariffs *tariffs, unsigned flags,
                                                 tollgate_engine **ret_engine);
/* NULL is let alone. */
TOLLGATE_API void tollgate_engine_free(tollgate_engine *engine);

typedef enum tollgate_outcome {
    TOLLGATE_ACCEPTED = 0,
    TOLLGATE_DUPLICATE = 1, /* its source and id are known: it changed nothing */
    TOLLGATE_CONFLICT = 2,  /* they are known with another content: it changed nothing */
    TOLLGATE_REJECTED = 3,  /* it is no event, or a command that cannot be done */
    TOLLGATE_UNPRICED = 4   /* no price applies to some of it, which is not charged */
} tollgate_outcome;

/* What became of one document. */
typedef struct tollgate_reply {
    tollgate_outcome outcome;
    uint32_t line;      /* of the document, from 1, counted over all feeds as if they were one file; of an element of
                           an array: its line in the array */
    uint32_t column;    /* of what is wrong, in bytes from 1; 0: nothing is */
    const char *reason; /* NULL: nothing is wrong. Lives as long as the engine */
} tollgate_reply;
/* "accepted", "duplicate", …; static. */
TOLLGATE_API const char *tollgate_outcome_name(tollgate_outcome outcome);

/* Called once for each document, in order, before the feed returns; it may call anything but
 * tollgate_engine_free on this engine. The reply is gone when it returns, its reason is not. */
typedef void tollgate_listener(void *context, const tollgate_reply *reply);

/* Read and apply length bytes: CloudEvents as JSON, one per line, or one array, or one document over several lines. At
 * most 64 MiB. The text is the caller's and may go afterwards. listener may be NULL. Feeds are applied one after
 * another; the gates of this engine wait only while a few hundred documents are applied. Events may have any time, and
 * each (source, id) counts once for the life of the engine. Bad documents are no fault: their reply says why. Fails:
 * TOLLGATE_RANGE (too long: nothing was read; or more than 2^32 lines in all), TOLLGATE_NO_MEMORY: what had no reply
 * was not applied, and if the memory ran out while something was applied, the engine answers TOLLGATE_STATE from then
 * on. */
TOLLGATE_API tollgate_status tollgate_engine_feed(tollgate_engine *engine, const char *text, size_t length,
                                                  tollgate_listener *listener, void *context);

/* With the steps of every bill line. */
#define TOLLGATE_EXPLAIN 1u

/* Everything as one JSON object, the same as `tollgate rate --json` prints: bills, balances, unpriced, rejected,
 * alerts, counts. Only cycles that end by until_ns are stated (TOLLGATE_EVER_AFTER: all that have anything). The engine
 * does not change: it is copied, which takes time and memory in proportion to its state, and the copy is closed; feeds
 * and gates wait while it is copied, not while it is closed. flags: 0 or TOLLGATE_EXPLAIN. Fails: TOLLGATE_INVALID
 * (unknown flags), TOLLGATE_RANGE, TOLLGATE_NO_MEMORY, TOLLGATE_STATE. */
TOLLGATE_API tollgate_status tollgate_engine_statement(tollgate_engine *engine, int64_t until_ns, unsigned flags,
                                                       char **ret_json);

/* The same of one account: its bills, balances and alerts, and none of the lists of what was not charged. In time by
 * what the account has, not by how many accounts there are; feeds and gates wait meanwhile. Fails as above;
 * TOLLGATE_NOT_FOUND: nothing was ever applied for this account. */
TOLLGATE_API tollgate_status tollgate_engine_account(tollgate_engine *engine, const char *account, int64_t until_ns,
                                                     unsigned flags, char **ret_json);

/* What one usage event would cost its account as it stands now; nothing changes. event: one JSON document of at most
 * 64 MiB. *ret_json becomes
 *   {"outcome": "accepted", "reason": null, "currency": "USD", "amount": "0.5",
 *    "items": [{"item": …, "unit": …, "quantity": …, "amount": …, "cycle": {"start": …, "end": …}}], "steps": […]}
 * amount: by how much the bills grow, before they are rounded; items: what makes it up; steps: how it came about.
 * outcome and reason as for a feed; what is not charged has no items. In time by what the account has; feeds and gates
 * wait meanwhile. An event that settles a hold, or whose operation counts by a business key, needs a copy of the whole
 * state. Fails: TOLLGATE_INVALID (not one usage event), TOLLGATE_RANGE, TOLLGATE_NO_MEMORY, TOLLGATE_STATE. */
TOLLGATE_API tollgate_status tollgate_engine_quote(tollgate_engine *engine, const char *event, size_t length,
                                                   char **ret_json);

/* How an event that was fed came to what it costs: everything that was fed is applied again, with tracing. *ret_json
 * becomes {"id": …, "steps": [{"topic": …, "text": …, "source": …}, …]}, the same as `tollgate explain --json`. source
 * may be NULL: of any source. Fails: TOLLGATE_NOT_FOUND (no such event), TOLLGATE_STATE (the engine was made without
 * TOLLGATE_KEEP_DOCUMENTS), TOLLGATE_RANGE, TOLLGATE_NO_MEMORY. */
TOLLGATE_API tollgate_status tollgate_engine_explain(tollgate_engine *engine, const char *source, const char *id,
                                                     char **ret_json);

/* ---- the gate ---- */

typedef struct tollgate_gate tollgate_gate;

/* Zeros are the defaults. */
typedef struct tollgate_gate_size {
    uint32_t windows; /* pairs of an account and a limit that may have calls in one second; default 65,536 */
    uint32_t leases;  /* tasks that may run at once, of all accounts together; default 65,536 */
} tollgate_gate_size;

/* A gate over the state of an engine: what is fed counts at once. size may be NULL. Fails: TOLLGATE_NO_MEMORY. */
TOLLGATE_API tollgate_status tollgate_gate_new(tollgate_engine *engine, const tollgate_gate_size *size,
                                               tollgate_gate **ret_gate);
/* NULL is let alone. */
TOLLGATE_API void tollgate_gate_free(tollgate_gate *gate);

/* In the order in which they are looked for: the first that holds is the answer. */
typedef enum tollgate_reason {
    TOLLGATE_ALLOWED = 0,
    TOLLGATE_NO_ACCOUNT = 1,
    TOLLGATE_SUSPENDED = 2,     /* it owes for too long */
    TOLLGATE_OVERDUE = 3,       /* it owes, and what could pay pauses */
    TOLLGATE_NOT_ACTIVATED = 4, /* the tariff wants an activation before the first call */
    TOLLGATE_NO_PRICE = 5,      /* nothing that could be charged has a price now */
    TOLLGATE_CONCURRENCY = 6,   /* all tasks at once are taken */
    TOLLGATE_QPS = 7,           /* the calls of this second are used up */
    TOLLGATE_FUNDS = 8,         /* nothing is left to pay */
    TOLLGATE_BUSY = 9           /* the gate's own tables are full */
} tollgate_reason;
/* "allowed", "no-account", …; static. */
TOLLGATE_API const char *tollgate_reason_name(tollgate_reason reason);

/* Set what is not used to zero. */
typedef struct tollgate_question {
    const char *account;
    tollgate_operation operation;
    int64_t now_ns;    /* your clock; an earlier instant than the latest so far counts as that */
    uint32_t calls;    /* how many calls start; 0 counts as 1 */
    bool is_rehearsal; /* look, and count nothing */
    int64_t lease_ns;  /* take a slot of every limit on tasks at once, for at most so long; 0: only look for one */
} tollgate_question;

/* Of the limit that is nearest to its end. */
typedef struct tollgate_limit {
    bool has_limit;
    uint64_t limit, remaining; /* after this answer */
} tollgate_limit;

typedef struct tollgate_answer {
    tollgate_reason reason;
    const char *text; /* more about a refusal; NULL: nothing more. Static */
    const char *pays; /* what would pay first: "free", "package", "payg", …; NULL when refused. Static */
    char order[64];   /* of what pays, its order id, cut behind 63 bytes; "": no order */
    bool has_units;   /* units says how many whole ones what pays still holds */
    int64_t units;
    tollgate_limit calls, tasks; /* per second; at once */
    int64_t reset_ns;            /* when the running second ends; 0: no limit on calls was looked at */
    uint64_t lease;              /* to be ended with tollgate_gate_end; 0: none was taken */
} tollgate_answer;

/* May this start now? Checking and counting are one step: of many threads that ask for the last slot, one gets it. A
 * refusal counts nothing. Asks for no memory. Fails: TOLLGATE_NOT_FOUND (no such operation), TOLLGATE_RANGE (an instant
 * that cannot be used), TOLLGATE_STATE. */
TOLLGATE_API tollgate_status tollgate_gate_ask(tollgate_gate *gate, const tollgate_question *question,
                                               tollgate_answer *ret_answer);
/* A task has ended, and its slots are free. False: the lease is not known, or its time was over; nothing changes. */
TOLLGATE_API bool tollgate_gate_end(tollgate_gate *gate, uint64_t lease, int64_t now_ns);
/* How many leases run at that instant. */
TOLLGATE_API uint32_t tollgate_gate_leases(tollgate_gate *gate, int64_t now_ns);

#ifdef __cplusplus
}
#endif
#endif
