/* SPDX-License-Identifier: Apache-2.0
 *
 * The audit log of a tenant: DIRECTORY/audit.ndjson, one JSON object a line, only ever appended to. Every line bears
 * the BLAKE2b-256 of the line before it, so that a change, a loss or another order shows. Whoever changes money writes
 * a line that is safe on the disk before, and what came of it behind: when the log cannot be written, nothing changes.
 */
#ifndef TG_ACCESS_AUDIT_H
#define TG_ACCESS_AUDIT_H

#include "base/arena.h"
#include "base/json_writer.h"
#include "base/slice.h"
#include "base/status.h"

#define AUDIT_FILE "audit.ndjson"
#define AUDIT_HASH_BYTES 32
#define AUDIT_TEXT_MAX 256 /* bytes of a text; what is longer is cut */

struct audit_entry {
    int64_t at_ns;
    struct slice tenant, actor, origin, action, object, result, request; /* any bytes */
    struct slice before, after; /* what the change goes from and to; empty: nothing */
    uint32_t roles;
    bool has_digest;
    uint8_t digest[AUDIT_HASH_BYTES]; /* of the request's body */
    uint64_t of;                      /* the line that this is the result of; 0: none */
};
/* BLAKE2b-256. */
void audit_digest(struct slice bytes, uint8_t ret_digest[AUDIT_HASH_BYTES]);

/* ---- writing; one process at a time: whoever holds the tenant's store for writing ---- */

struct audit;
struct audit_opening {
    uint64_t torn_bytes;    /* of a last line that had no end, set aside in a file of its own; 0: none */
    struct slice torn_path; /* arena */
    uint64_t damaged_line;  /* number in the file of the first line that is not as it was written; 0: none */
};
/* Go on behind the last line; a log that is not there is begun. Damage does not keep it from going on: audit_scan shows
 * it for ever. rotate_bytes: a file that has them gets the name audit-SEQ.ndjson, of its first line; 0: 64 MiB.
 * Fails: STATUS_IO, STATUS_NO_MEMORY; *ret_error (arena) says more. */
MUST_CHECK enum status audit_open(const char *directory, uint64_t rotate_bytes, struct arena *arena,
                                  struct audit **ret_audit, struct audit_opening *ret_opening, struct slice *ret_error);
void audit_close(struct audit *audit); /* what was written is synced; NULL is let alone */
enum audit_when {
    AUDIT_SAFE,  /* on the disk when it returns; several that wait share one sync */
    AUDIT_LATER, /* with the next one that is, or at the latest by audit_close; never waits for a disk */
};
/* One line; its number is *ret_seq. Any thread. Fails: STATUS_IO, STATUS_NO_MEMORY: then it is not there, or not safe.
 * A full disk is over when there is room; after a failed sync nothing is written any more until the log is opened
 * again. Lines that were AUDIT_LATER and failed are counted, and the next good line is led by one that says how many.
 */
MUST_CHECK enum status audit_write(struct audit *audit, const struct audit_entry *entry, enum audit_when when,
                                   uint64_t *ret_seq);
uint64_t audit_last(struct audit *audit); /* number of the last line; 0: there is none */

/* ---- reading: no daemon is needed, and none is disturbed ---- */

struct audit_line {
    struct audit_entry entry;
    uint64_t seq;
    uint8_t hash[AUDIT_HASH_BYTES];
    struct slice text; /* as it is in the file, without its end */
};
struct audit_check {
    uint64_t lines, first_seq, last_seq; /* 0: none */
    uint8_t hash[AUDIT_HASH_BYTES];      /* of the last line */
    uint64_t torn_bytes;                 /* behind the last line's end: being written, or torn */
    struct slice bad_file;               /* arena; empty: all is whole */
    uint64_t bad_line;                   /* its number in that file */
    const char *reason;                  /* static */
};
/* Called for every line that can be read; it lives until it returns. Another status than STATUS_OK ends the scan. */
typedef enum status audit_visit(void *context, const struct audit_line *line);
/* Read the whole log from the line `from` on (0: the first; older files are passed over unread) and check the chain.
 * What is damaged is told in *ret_check, the first of it, and reading goes on behind it. visit may be NULL. Fails:
 * STATUS_NOT_FOUND (there is no log), STATUS_IO, STATUS_NO_MEMORY, and as the visit. */
MUST_CHECK enum status audit_scan(const char *directory, uint64_t from, audit_visit *visit, void *context,
                                  struct arena *arena, struct audit_check *ret_check);
/* What came of it, as an object. */
void audit_check_json(const struct audit_check *check, bool is_whole, struct json_writer *writer);

#endif
