/* SPDX-License-Identifier: Apache-2.0
 *
 * Backups: a directory like a data directory, taken while the book may be written. A copy is tried before it gets its
 * name: a backup must open under its tariffs, a restored book must pass the whole verification. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "book/backup.h"
#include "book/book_private.h"
#include "book/files.h"

/* A path in a directory. */
static struct slice path_in(struct slice directory, const char *name, struct arena *arena) {
    return arena_printf(arena, "%.*s/%s", SLICE_ARG(directory), name);
}

static enum status tariffs_copy(const char *from, struct slice to, struct arena *arena, struct slice *ret_error) {
    static const char *const stems[] = {BOOK_TARIFFS, BOOK_BASE};
    for (uint32_t i = 0; i < 2 * SETS_MAX; i++) { /* every set that the book was kept under */
        struct slice name = set_name(stems[i % 2], i / 2 + 1, arena);
        struct slice source = path_in(slice_of(from), name.ptr, arena), target = path_in(to, name.ptr, arena);
        if (name.ptr == NULL || source.ptr == NULL || target.ptr == NULL)
            return STATUS_NO_MEMORY;
        if (i > 1 && access(source.ptr, F_OK) != 0)
            break;
        TRY(files_copy(source.ptr, target, 0, arena, ret_error));
    }
    return STATUS_OK;
}

static enum status refuse_when_there(const char *path, struct arena *arena, struct slice *ret_error) {
    struct stat info;
    if (lstat(path, &info) != 0)
        return STATUS_OK;
    *ret_error = arena_printf(arena, "%s is there already", path);
    return STATUS_CONFLICT;
}

/* ---- logs that stand beside the store ---- */

/* The audit log: the file that grows, and those that were rotated away ("audit-SEQ.ndjson"). */
#define LOG "audit"
#define LOG_END ".ndjson"
enum { LOG_TRIES = 3 };

static bool is_log(const char *name) {
    size_t len = strlen(name), end = strlen(LOG_END);
    return strncmp(name, LOG, strlen(LOG)) == 0 && len > end && strcmp(name + len - end, LOG_END) == 0;
}

/* A line that is being written is none yet. */
static enum status line_cut(struct slice path, struct arena *arena, struct slice *ret_error) {
    int file = open(path.ptr, O_RDWR | O_CLOEXEC);
    off_t end = file >= 0 ? lseek(file, 0, SEEK_END) : -1;
    char byte = '\0';
    while (end > 0 && byte != '\n') {
        if (pread(file, &byte, 1, end - 1) != 1)
            break;
        end -= byte != '\n';
    }
    bool is_done = end >= 0 && (end == 0 || byte == '\n') && ftruncate(file, end) == 0 && fsync(file) == 0;
    enum status status = is_done ? STATUS_OK : file_refuse(arena, ret_error, "cannot write", path);
    if (file >= 0)
        (void)close(file);
    return status;
}

static enum status log_copy(const char *from, const char *name, struct slice to, struct arena *arena,
                            struct slice *ret_error) {
    struct slice source = path_in(slice_of(from), name, arena), target = path_in(to, name, arena);
    if (source.ptr == NULL || target.ptr == NULL)
        return STATUS_NO_MEMORY;
    TRY(file_copy(source.ptr, target, arena, ret_error));
    return line_cut(target, arena, ret_error);
}

/* Visits all of them; to (may be NULL): where they are copied to. *ret_rotated: how many were rotated away. */
static enum status logs_visit(const char *from, const struct slice *to, uint32_t *ret_rotated, struct arena *arena,
                              struct slice *ret_error) {
    DIR *folder = opendir(from);
    enum status status = STATUS_OK;
    *ret_rotated = 0;
    if (folder == NULL)
        return file_refuse(arena, ret_error, "cannot read", slice_of(from));
    for (struct dirent *entry = readdir(folder); entry != NULL && status == STATUS_OK; entry = readdir(folder)) {
        if (!is_log(entry->d_name))
            continue;
        *ret_rotated += strcmp(entry->d_name, LOG LOG_END) != 0;
        if (to != NULL)
            status = log_copy(from, entry->d_name, *to, arena, ret_error);
    }
    (void)closedir(folder);
    return status;
}

/* Behind the store, so that they have the line of every change that it has. When a file is rotated away meanwhile
 * they are copied again. */
static enum status logs_copy(const char *from, struct slice to, struct arena *arena, struct slice *ret_error) {
    uint32_t before, now, copied;
    enum status status = STATUS_OK;
    TRY(logs_visit(from, NULL, &now, arena, ret_error));
    for (int i = 0; i < LOG_TRIES; i++) {
        before = now;
        status = logs_visit(from, &to, &copied, arena, ret_error);
        TRY(logs_visit(from, NULL, &now, arena, ret_error));
        if (now == before)
            return status;
    }
    return status;
}

/* What is not of the book, and belongs to it. */
static enum status beside_copy(const char *from, struct slice to, struct arena *arena, struct slice *ret_error) {
    struct slice source = path_in(slice_of(from), BOOK_PARTIES, arena), target = path_in(to, BOOK_PARTIES, arena);
    if (source.ptr == NULL || target.ptr == NULL)
        return STATUS_NO_MEMORY;
    if (access(source.ptr, F_OK) == 0)
        TRY(file_copy(source.ptr, target, arena, ret_error));
    return logs_copy(from, to, arena, ret_error);
}

/* ---- backup ---- */

static enum status database_copy(const char *directory, struct slice draft, struct arena *arena,
                                 struct slice *ret_error) {
    struct book *book;
    struct slice target = path_in(draft, BOOK_STORE, arena);
    if (target.ptr == NULL)
        return STATUS_NO_MEMORY;
    TRY(book_attach(directory, STORE_READ, arena, &book, ret_error));
    enum status status = store_sqlite_backup(book->store, target.ptr);
    if (status != STATUS_OK)
        *ret_error = arena_copy(arena, store_error(book->store));
    book_close(book);
    return status;
}

/* What the copy holds; that it opens under the tariffs beside it is part of the answer. */
static enum status backup_look(struct slice draft, struct arena *arena, struct book_backup *ret_backup,
                               struct slice *ret_error) {
    struct book *book;
    struct store_mark mark;
    TRY(book_attach(draft.ptr, STORE_READ, arena, &book, ret_error));
    enum status status = store_last(book->store, &ret_backup->seq, ret_backup->head);
    if (status == STATUS_OK)
        status = store_bills_mark(book->store, &mark);
    if (status == STATUS_OK)
        ret_backup->bills = mark.position;
    else
        *ret_error = arena_copy(arena, store_error(book->store));
    book_close(book);
    return status;
}

enum status book_backup(const char *directory, const char *target, struct arena *arena, struct book_backup *ret_backup,
                        struct slice *ret_error) {
    struct slice draft;
    *ret_error = (struct slice){0};
    TRY(refuse_when_there(target, arena, ret_error));
    TRY(directory_draft(target, arena, &draft, ret_error));
    struct book_backup backup = {0};
    enum status status = database_copy(directory, draft, arena, ret_error);
    if (status == STATUS_OK)
        status = tariffs_copy(directory, draft, arena, ret_error);
    if (status == STATUS_OK)
        status = beside_copy(directory, draft, arena, ret_error);
    if (status == STATUS_OK)
        status = backup_look(draft, arena, &backup, ret_error);
    if (status == STATUS_OK)
        status = directory_place(draft, target, arena, ret_error);
    if (status != STATUS_OK) {
        directory_drop(draft);
        return status;
    }
    *ret_backup = backup;
    return STATUS_OK;
}

/* ---- restore ---- */

/* The database, and its log where somebody has opened the backup since: together they are the store. */
static enum status database_restore(const char *source, struct slice draft, struct arena *arena,
                                    struct slice *ret_error) {
    static const char *const names[] = {BOOK_STORE, BOOK_STORE "-wal"};
    for (int i = 0; i < 2; i++) {
        struct slice from = path_in(slice_of(source), names[i], arena), to = path_in(draft, names[i], arena);
        if (from.ptr == NULL || to.ptr == NULL)
            return STATUS_NO_MEMORY;
        if (access(from.ptr, F_OK) == 0) {
            TRY(file_copy(from.ptr, to, arena, ret_error));
        } else if (i == 0) {
            bool is_missing = errno == ENOENT || errno == ENOTDIR;
            enum status status = file_refuse(arena, ret_error, "cannot read", from);
            return is_missing ? STATUS_NOT_FOUND : status;
        }
    }
    return STATUS_OK;
}

static enum status restore_into(const char *source, struct slice draft, struct arena *arena,
                                struct book_check *ret_check, struct slice *ret_error) {
    TRY(database_restore(source, draft, arena, ret_error));
    TRY(tariffs_copy(source, draft, arena, ret_error));
    TRY(beside_copy(source, draft, arena, ret_error));
    TRY(book_verify(draft.ptr, arena, ret_check, ret_error));
    if (book_check_is_whole(ret_check))
        return STATUS_OK;
    if (ret_check->reason.len > 0)
        *ret_error = ret_check->reason;
    else if (ret_check->bills_differ)
        *ret_error = SLICE("its closed bills are not those that its journal makes");
    else if (ret_check->sealed_differ)
        *ret_error = SLICE("its sealed identities are not those that its journal makes");
    else if (ret_check->bad_snapshots > 0)
        *ret_error = SLICE("a snapshot in it is damaged");
    else
        *ret_error = SLICE("its snapshot does not give the state that its journal gives");
    return STATUS_INVALID;
}

enum status book_restore(const char *source, const char *directory, struct arena *arena, struct book_check *ret_check,
                         struct slice *ret_error) {
    struct slice draft;
    *ret_error = (struct slice){0};
    TRY(refuse_when_there(directory, arena, ret_error));
    TRY(directory_draft(directory, arena, &draft, ret_error));
    struct book_check check;
    enum status status = restore_into(source, draft, arena, &check, ret_error);
    if (status == STATUS_OK)
        status = directory_place(draft, directory, arena, ret_error);
    if (status != STATUS_OK) {
        directory_drop(draft);
        return status;
    }
    *ret_check = check;
    return STATUS_OK;
}
