/* SPDX-License-Identifier: Apache-2.0
 *
 * Tells a damaged write-ahead log from a torn one. SQLite takes the first frame with a wrong checksum for the end,
 * which is right after a crash in the middle of a write, but would drop rows that were acknowledged when a bit has
 * flipped. A transaction is synced before the next one begins, so: a commit at or behind the bad frame that has an
 * intact successor was synced, and the bad frame was whole once. Frames chain their checksums, each starting from the
 * one before, so that leftovers of a transaction that was undone are never taken for a successor. */
#include "store/sqlite_private.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

/* Offsets of the file format; its numbers are big-endian. */
enum {
    HEADER_BYTES = 32,
    HEADER_PAGE_SIZE = 8,
    HEADER_SALT = 16,
    HEADER_CHECKSUM = 24,
    FRAME_BYTES = 24, /* before its page */
    FRAME_COMMIT = 4,
    FRAME_CHAINED = 8, /* that many of them are in the checksum, and the page */
    FRAME_SALT = 8,
    FRAME_CHECKSUM = 16,
};
static const uint32_t MAGIC_MASK = 0xfffffffe, MAGIC = 0x377f0682; /* the last bit: checksums of big-endian words */

struct chain {
    uint32_t a, b;
};

static uint32_t number_at(const uint8_t *bytes) {
    uint32_t number;
    memcpy(&number, bytes, sizeof number);
    return be32toh(number);
}

static struct chain chain_at(const uint8_t *bytes) {
    return (struct chain){number_at(bytes), number_at(bytes + 4)};
}

static bool chain_eq(struct chain x, struct chain y) {
    return x.a == y.a && x.b == y.b;
}

static struct chain chain_next(struct chain chain, const uint8_t *bytes, size_t len, bool is_big) {
    for (size_t i = 0; i < len; i += 8) {
        uint32_t words[2];
        memcpy(words, bytes + i, sizeof words);
        chain.a += (is_big ? be32toh(words[0]) : le32toh(words[0])) + chain.b;
        chain.b += (is_big ? be32toh(words[1]) : le32toh(words[1])) + chain.a;
    }
    return chain;
}

struct log {
    int fd;
    uint8_t header[HEADER_BYTES];
    uint8_t *frame; /* and its page */
    size_t frame_size;
    bool is_big;
};

/* A frame of this log, not of an older one, has both salts; they are in no checksum. */
static bool has_salts(const struct log *log, const uint8_t *frame) {
    return chain_eq(chain_at(frame + FRAME_SALT), chain_at(log->header + HEADER_SALT));
}

/* The same when one salt may be what is damaged: frames of an older log have neither. */
static bool has_a_salt(const struct log *log, const uint8_t *frame) {
    struct chain salt = chain_at(frame + FRAME_SALT), want = chain_at(log->header + HEADER_SALT);
    return salt.a == want.a || salt.b == want.b;
}

/* The place of the first bad frame when there is proof behind it that it was whole once; -1: no damage can be shown. */
static off_t damage_find(struct log *log) {
    struct chain before = chain_at(log->header + HEADER_CHECKSUM);
    off_t at = HEADER_BYTES, bad_at = -1;
    bool has_commit = false;
    while (pread(log->fd, log->frame, log->frame_size, at) == (ssize_t)log->frame_size) {
        struct chain want = chain_at(log->frame + FRAME_CHECKSUM);
        struct chain got = chain_next(before, log->frame, FRAME_CHAINED, log->is_big);
        got = chain_next(got, log->frame + FRAME_BYTES, log->frame_size - FRAME_BYTES, log->is_big);
        bool is_linked = has_salts(log, log->frame) && chain_eq(got, want);
        if (is_linked && has_commit)
            return bad_at;
        if (!is_linked && bad_at < 0)
            bad_at = at;
        if (bad_at >= 0 && has_a_salt(log, log->frame) && number_at(log->frame + FRAME_COMMIT) != 0)
            has_commit = true;
        before = want;
        at += (off_t)log->frame_size;
    }
    return -1;
}

static off_t log_scan(struct log *log) {
    if (pread(log->fd, log->header, HEADER_BYTES, 0) != HEADER_BYTES)
        return -1;
    uint32_t magic = number_at(log->header), page_size = number_at(log->header + HEADER_PAGE_SIZE);
    log->is_big = (magic & ~MAGIC_MASK) != 0;
    struct chain sum = chain_next((struct chain){0, 0}, log->header, HEADER_CHECKSUM, log->is_big);
    bool is_whole = (magic & MAGIC_MASK) == MAGIC && page_size >= 512 && page_size <= 65536 &&
                    (page_size & (page_size - 1)) == 0 && chain_eq(sum, chain_at(log->header + HEADER_CHECKSUM));
    if (!is_whole) { /* the header is synced before the first frame that bears its salt */
        uint8_t frame[FRAME_BYTES];
        bool has_frame = pread(log->fd, frame, FRAME_BYTES, HEADER_BYTES) == FRAME_BYTES && has_a_salt(log, frame);
        return has_frame ? 0 : -1;
    }
    log->frame_size = FRAME_BYTES + page_size;
    return damage_find(log);
}

enum status sqlite_log_check(struct sqlite *sqlite, const char *file, struct arena *arena) {
    struct slice path = arena_printf(arena, "%s-wal", file);
    struct log log = {.frame = malloc(FRAME_BYTES + 65536)};
    if (path.ptr == NULL || log.frame == NULL) {
        free(log.frame);
        return STATUS_NO_MEMORY;
    }
    log.fd = open(path.ptr, O_RDONLY | O_CLOEXEC);
    enum status status = STATUS_OK;
    if (log.fd < 0 && errno != ENOENT)
        status = store_fail(&sqlite->base, STATUS_IO, "cannot read its log: %s", strerror(errno));
    off_t damage = log.fd < 0 ? -1 : log_scan(&log);
    if (damage >= 0)
        status =
            store_fail(&sqlite->base, STATUS_INVALID,
                       "its log is damaged at byte %lld; rows that were acknowledged lie behind it", (long long)damage);
    if (log.fd >= 0)
        (void)close(log.fd);
    free(log.frame);
    return status;
}
