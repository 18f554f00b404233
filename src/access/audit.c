/* SPDX-License-Identifier: Apache-2.0
 *
 * Writing the audit log. A line is written whole or taken back; what a sync has failed to keep is never synced again,
 * for the second one would succeed and lie. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "access/audit_private.h"

#define ROTATE_BYTES ((uint64_t)64 << 20)

struct audit {
    char *directory, *path;
    uint64_t rotate_bytes;
    pthread_mutex_t syncing; /* taken before `lock`; of `synced` */
    uint64_t synced;         /* of the bytes that were written since it was opened */
    pthread_mutex_t lock;    /* of everything below */
    int file;
    uint64_t size;      /* of the file */
    uint64_t first_seq; /* of the line that it begins with */
    uint64_t written;
    uint64_t seq; /* of the last line */
    uint8_t hash[AUDIT_HASH_BYTES];
    uint64_t lost;   /* lines */
    int64_t lost_ns; /* when the first of them was lost */
    bool is_broken;
    struct buf line;
};

/* ---- opening ---- */

static enum status refuse(struct arena *arena, struct slice *ret_error, const char *what, const char *path) {
    *ret_error = arena_printf(arena, "cannot %s %s: %s", what, path, strerror(errno));
    return STATUS_IO;
}

static bool directory_sync(const char *path) {
    int directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool is_synced = directory >= 0 && fsync(directory) == 0;
    if (directory >= 0)
        (void)close(directory);
    return is_synced;
}

static bool write_all(int file, const char *bytes, size_t len) {
    while (len > 0) {
        ssize_t written = write(file, bytes, len);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        bytes += written;
        len -= (size_t)written;
    }
    return true;
}

/* Bytes of `file` from `from` on, into the new file `path`. */
static bool copy_tail(int file, uint64_t from, const char *path) {
    char bytes[4096];
    ssize_t len = 0;
    int out = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    bool is_good = out >= 0;
    while (is_good && (len = pread(file, bytes, sizeof bytes, (off_t)from)) > 0) {
        is_good = write_all(out, bytes, (size_t)len);
        from += (uint64_t)len;
    }
    is_good = is_good && len == 0 && fsync(out) == 0;
    if (out >= 0 && close(out) != 0)
        is_good = false;
    return is_good;
}

/* Nobody was told that a line without an end is there. */
static enum status tail_set_aside(struct audit *audit, uint64_t torn, struct arena *arena,
                                  struct audit_opening *opening, struct slice *ret_error) {
    struct slice path = arena_printf(arena, "%s/audit.torn-%" PRIu64, audit->directory, audit->seq + 1);
    if (path.ptr == NULL)
        return STATUS_NO_MEMORY;
    if (!copy_tail(audit->file, audit->size, path.ptr))
        return refuse(arena, ret_error, "set aside the torn end of the audit log in", path.ptr);
    if (ftruncate(audit->file, (off_t)audit->size) != 0 || fsync(audit->file) != 0)
        return refuse(arena, ret_error, "cut the torn end off", audit->path);
    opening->torn_bytes = torn;
    opening->torn_path = path;
    return STATUS_OK;
}

static enum status walk_path(struct audit_walk *walk, const char *path, struct slice name, struct slice *ret_error) {
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return refuse(walk->arena, ret_error, "open", path);
    enum status status = audit_walk_file(walk, file, name);
    (void)fclose(file);
    return status == STATUS_IO ? refuse(walk->arena, ret_error, "read", path) : status;
}

/* Where the log is: at the end of its file, or, when that was just begun, of the one that was rotated away last. */
static enum status end_find(struct audit *audit, struct audit_walk *walk, struct audit_opening *opening,
                            struct slice *ret_error) {
    struct slice *names;
    uint32_t count;
    struct stat info;
    TRY(audit_files_list(audit->directory, walk->arena, &names, &count));
    if (fstat(audit->file, &info) != 0)
        return refuse(walk->arena, ret_error, "look at", audit->path);
    if (info.st_size == 0 && count > 0) {
        struct slice path = arena_printf(walk->arena, "%s/" SLICE_FMT, audit->directory, SLICE_ARG(names[count - 1]));
        if (path.ptr == NULL)
            return STATUS_NO_MEMORY;
        TRY(walk_path(walk, path.ptr, names[count - 1], ret_error));
    }
    uint64_t lines = walk->check.lines;
    TRY(walk_path(walk, audit->path, SLICE(AUDIT_FILE), ret_error));
    audit->seq = walk->check.last_seq;
    audit->first_seq = audit->seq + 1 - (walk->check.lines - lines);
    memcpy(audit->hash, walk->check.hash, sizeof audit->hash);
    audit->size = walk->good_bytes;
    opening->damaged_line = walk->check.bad_file.len > 0 ? walk->check.bad_line : 0;
    if (walk->check.torn_bytes > 0)
        TRY(tail_set_aside(audit, walk->check.torn_bytes, walk->arena, opening, ret_error));
    return STATUS_OK;
}

static enum status begin(struct audit *audit, struct arena *arena, struct audit_opening *opening,
                         struct slice *ret_error) {
    struct audit_walk walk = {.arena = arena};
    audit->file = open(audit->path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (audit->file < 0 || !directory_sync(audit->directory))
        return refuse(arena, ret_error, "open", audit->path);
    walk.parser = json_parser_new();
    if (walk.parser == NULL)
        return STATUS_NO_MEMORY;
    enum status status = end_find(audit, &walk, opening, ret_error);
    json_parser_free(walk.parser);
    arena_free(&walk.line);
    return status;
}

enum status audit_open(const char *directory, uint64_t rotate_bytes, struct arena *arena, struct audit **ret_audit,
                       struct audit_opening *ret_opening, struct slice *ret_error) {
    struct audit *audit = calloc(1, sizeof *audit);
    *ret_error = SLICE("");
    *ret_opening = (struct audit_opening){0};
    if (audit == NULL)
        return STATUS_NO_MEMORY;
    audit->file = -1;
    audit->rotate_bytes = rotate_bytes > 0 ? rotate_bytes : ROTATE_BYTES;
    (void)pthread_mutex_init(&audit->syncing, NULL);
    (void)pthread_mutex_init(&audit->lock, NULL);
    audit->directory = strdup(directory);
    if (asprintf(&audit->path, "%s/" AUDIT_FILE, directory) < 0)
        audit->path = NULL;
    enum status status = STATUS_NO_MEMORY;
    if (audit->directory != NULL && audit->path != NULL)
        status = begin(audit, arena, ret_opening, ret_error);
    if (status == STATUS_OK)
        *ret_audit = audit;
    else
        audit_close(audit);
    return status;
}

void audit_close(struct audit *audit) {
    if (audit == NULL)
        return;
    if (audit->file >= 0) {
        if (!audit->is_broken)
            (void)fsync(audit->file);
        (void)close(audit->file);
    }
    (void)pthread_mutex_destroy(&audit->syncing);
    (void)pthread_mutex_destroy(&audit->lock);
    buf_free(&audit->line);
    free(audit->directory);
    free(audit->path);
    free(audit);
}

/* ---- lines: the lock is held ---- */

/* What is in the file in part is taken back; when even that fails nothing more is written behind it. */
static enum status append(struct audit *audit, const struct audit_entry *entry) {
    buf_clear(&audit->line);
    audit_line_write(entry, audit->seq + 1, audit->hash, &audit->line);
    struct slice text = buf_slice(&audit->line);
    buf_char(&audit->line, '\n');
    if (audit->line.failed)
        return STATUS_NO_MEMORY;
    text.ptr = audit->line.ptr;
    if (!write_all(audit->file, audit->line.ptr, audit->line.len)) {
        audit->is_broken = ftruncate(audit->file, (off_t)audit->size) != 0;
        return STATUS_IO;
    }
    audit_digest(text, audit->hash);
    audit->size += audit->line.len;
    audit->written += audit->line.len;
    audit->seq++;
    return STATUS_OK;
}

/* That some are missing is the next that is said. */
static enum status append_lost(struct audit *audit) {
    char count[24];
    (void)snprintf(count, sizeof count, "%" PRIu64, audit->lost);
    struct audit_entry entry = {
        .at_ns = audit->lost_ns, .action = SLICE("audit_lost"), .object = slice_of(count), .result = SLICE("lost")};
    TRY(append(audit, &entry));
    audit->lost = 0;
    return STATUS_OK;
}

static enum status append_counted(struct audit *audit, const struct audit_entry *entry, enum audit_when when,
                                  uint64_t *ret_seq) {
    enum status status = audit->is_broken ? STATUS_IO : STATUS_OK;
    if (status == STATUS_OK && audit->lost > 0)
        status = append_lost(audit);
    if (status == STATUS_OK)
        status = append(audit, entry);
    if (status == STATUS_OK) {
        *ret_seq = audit->seq;
    } else if (when == AUDIT_LATER) {
        audit->lost_ns = audit->lost == 0 ? entry->at_ns : audit->lost_ns;
        audit->lost++;
    }
    return status;
}

/* ---- files and syncs ---- */

/* Both locks are held. A failure before the rename leaves all as it was; behind it the log is broken. */
static enum status rotate(struct audit *audit) {
    char *name = NULL;
    if (fsync(audit->file) != 0) {
        audit->is_broken = true;
        return STATUS_IO;
    }
    audit->synced = audit->written;
    if (asprintf(&name, "%s/" AUDIT_ROTATED, audit->directory, (unsigned long long)audit->first_seq) < 0)
        return STATUS_NO_MEMORY;
    bool is_renamed = rename(audit->path, name) == 0;
    free(name);
    if (!is_renamed)
        return STATUS_IO;
    int file = open(audit->path, O_RDWR | O_APPEND | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0 || !directory_sync(audit->directory)) {
        audit->is_broken = true;
        if (file >= 0)
            (void)close(file);
        return STATUS_IO;
    }
    (void)close(audit->file);
    audit->file = file;
    audit->size = 0;
    audit->first_seq = audit->seq + 1;
    return STATUS_OK;
}

/* A file that cannot be rotated away now grows on. */
static void rotate_when_due(struct audit *audit) {
    (void)pthread_mutex_lock(&audit->syncing);
    (void)pthread_mutex_lock(&audit->lock);
    if (!audit->is_broken && audit->size >= audit->rotate_bytes && rotate(audit) != STATUS_OK)
        audit->rotate_bytes += ROTATE_BYTES;
    (void)pthread_mutex_unlock(&audit->lock);
    (void)pthread_mutex_unlock(&audit->syncing);
}

/* Whoever comes first syncs for all that have written by then. */
static enum status sync_to(struct audit *audit, uint64_t written) {
    enum status status = STATUS_OK;
    (void)pthread_mutex_lock(&audit->syncing);
    if (audit->synced < written) {
        (void)pthread_mutex_lock(&audit->lock);
        uint64_t until = audit->written;
        int file = audit->file;
        bool is_broken = audit->is_broken;
        (void)pthread_mutex_unlock(&audit->lock);
        status = is_broken || fdatasync(file) != 0 ? STATUS_IO : STATUS_OK;
        if (status == STATUS_OK) {
            audit->synced = until;
        } else {
            (void)pthread_mutex_lock(&audit->lock);
            audit->is_broken = true;
            (void)pthread_mutex_unlock(&audit->lock);
        }
    }
    (void)pthread_mutex_unlock(&audit->syncing);
    return status;
}

enum status audit_write(struct audit *audit, const struct audit_entry *entry, enum audit_when when, uint64_t *ret_seq) {
    (void)pthread_mutex_lock(&audit->lock);
    enum status status = append_counted(audit, entry, when, ret_seq);
    uint64_t written = audit->written;
    bool is_full = audit->size >= audit->rotate_bytes;
    (void)pthread_mutex_unlock(&audit->lock);
    if (status == STATUS_OK && when == AUDIT_SAFE)
        status = sync_to(audit, written);
    if (status == STATUS_OK && when == AUDIT_SAFE && is_full)
        rotate_when_due(audit);
    return status;
}

uint64_t audit_last(struct audit *audit) {
    pthread_mutex_lock(&audit->lock);
    uint64_t seq = audit->seq;
    pthread_mutex_unlock(&audit->lock);
    return seq;
}
