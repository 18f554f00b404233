/* SPDX-License-Identifier: Apache-2.0
 *
 * Files and directories of a book. What is built of several files is built beside its place and then renamed, so that
 * an interruption leaves a draft with another name and nothing half done. */
#include "book/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { COPY_BYTES = 1 << 20, DEPTH_MAX = 4, DESCRIPTORS = 16 };

enum status file_refuse(struct arena *arena, struct slice *ret_error, const char *what, struct slice path) {
    *ret_error = arena_printf(arena, "%s %.*s: %s%s", what, SLICE_ARG(path), strerror(errno), errno_advice(errno));
    return STATUS_IO;
}

enum status directory_make(struct slice path, struct arena *arena, struct slice *ret_error) {
    if (mkdir(path.ptr, 0750) == 0 || errno == EEXIST)
        return STATUS_OK;
    return file_refuse(arena, ret_error, "cannot make", path);
}

enum status directory_sync(struct slice path, struct arena *arena, struct slice *ret_error) {
    int file = open(path.ptr, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (file < 0)
        return file_refuse(arena, ret_error, "cannot open", path);
    int failed = fsync(file);
    (void)close(file);
    return failed ? file_refuse(arena, ret_error, "cannot sync", path) : STATUS_OK;
}

static bool write_all(int file, const char *bytes, size_t len) {
    while (len > 0) {
        ssize_t written = write(file, bytes, len);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return false;
        bytes += written;
        len -= (size_t)written;
    }
    return true;
}

/* From where `in` is to its end, and sync. *ret_is_read: the failure is one of writing. */
static bool pour(int in, int out, char *buffer, bool *ret_is_read) {
    ssize_t got;
    *ret_is_read = false;
    while ((got = read(in, buffer, COPY_BYTES)) != 0) {
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return false;
        *ret_is_read = true;
        if (!write_all(out, buffer, (size_t)got))
            return false;
        *ret_is_read = false;
    }
    *ret_is_read = true;
    return fsync(out) == 0;
}

enum status file_copy(const char *from, struct slice to, struct arena *arena, struct slice *ret_error) {
    char *buffer = malloc(COPY_BYTES);
    if (buffer == NULL)
        return STATUS_NO_MEMORY;
    int in = open(from, O_RDONLY | O_CLOEXEC);
    int out = in < 0 ? -1 : open(to.ptr, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
    bool is_read = in >= 0;
    enum status status = STATUS_OK;
    if (out < 0 || !pour(in, out, buffer, &is_read))
        status = is_read ? file_refuse(arena, ret_error, "cannot write", to)
                         : file_refuse(arena, ret_error, "cannot read", slice_of(from));
    if (in >= 0)
        (void)close(in);
    if (out >= 0 && close(out) != 0 && status == STATUS_OK)
        status = file_refuse(arena, ret_error, "cannot write", to);
    free(buffer);
    return status;
}

static bool is_yaml(const char *name) {
    size_t len = strlen(name);
    return len > 5 && strcmp(name + len - 5, ".yaml") == 0;
}

enum status files_copy(const char *from, struct slice to, unsigned depth, struct arena *arena,
                       struct slice *ret_error) {
    TRY(directory_make(to, arena, ret_error));
    DIR *directory = opendir(from);
    if (!directory)
        return file_refuse(arena, ret_error, "cannot read", slice_of(from));
    enum status status = STATUS_OK;
    for (struct dirent *entry; status == STATUS_OK && (entry = readdir(directory));) {
        struct slice source = arena_printf(arena, "%s/%s", from, entry->d_name);
        struct slice target = arena_printf(arena, "%.*s/%s", SLICE_ARG(to), entry->d_name);
        struct stat info;
        if (!source.ptr || !target.ptr)
            status = STATUS_NO_MEMORY;
        else if (entry->d_name[0] == '.' || stat(source.ptr, &info) != 0)
            continue;
        else if (S_ISDIR(info.st_mode) && depth < DEPTH_MAX)
            status = files_copy(source.ptr, target, depth + 1, arena, ret_error);
        else if (S_ISREG(info.st_mode) && is_yaml(entry->d_name))
            status = file_copy(source.ptr, target, arena, ret_error);
    }
    (void)closedir(directory);
    return status == STATUS_OK ? directory_sync(to, arena, ret_error) : status;
}

/* ---- drafts ---- */

/* Without slashes at its end: what stands beside it would stand in it. */
static struct slice path_trim(const char *path) {
    struct slice trimmed = slice_of(path);
    while (trimmed.len > 1 && trimmed.ptr[trimmed.len - 1] == '/')
        trimmed.len--;
    return trimmed;
}

enum status directory_draft(const char *path, struct arena *arena, struct slice *ret_draft, struct slice *ret_error) {
    struct slice name = path_trim(path);
    struct slice draft = arena_printf(arena, "%.*s.XXXXXX", SLICE_ARG(name));
    if (draft.ptr == NULL)
        return STATUS_NO_MEMORY;
    if (mkdtemp((char *)(uintptr_t)draft.ptr) == NULL || chmod(draft.ptr, 0750) != 0)
        return file_refuse(arena, ret_error, "cannot make a directory beside", name);
    *ret_draft = draft;
    return STATUS_OK;
}

static struct slice parent_of(struct slice path, struct arena *arena) {
    const char *slash = memrchr(path.ptr, '/', path.len);
    if (slash == NULL)
        return arena_copy(arena, SLICE("."));
    return arena_copy(arena, (struct slice){path.ptr, slash == path.ptr ? 1 : (size_t)(slash - path.ptr)});
}

enum status directory_place(struct slice draft, const char *path, struct arena *arena, struct slice *ret_error) {
    struct slice name = arena_copy(arena, path_trim(path));
    struct slice parent = name.ptr != NULL ? parent_of(name, arena) : name;
    if (parent.ptr == NULL)
        return STATUS_NO_MEMORY;
    TRY(directory_sync(draft, arena, ret_error));
    if (rename(draft.ptr, name.ptr) != 0) {
        bool is_there = errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR;
        enum status status = file_refuse(arena, ret_error, "cannot make", name);
        return is_there ? STATUS_CONFLICT : status;
    }
    return directory_sync(parent, arena, ret_error);
}

static int drop_one(const char *path, const struct stat *info, int kind, struct FTW *where) {
    (void)info;
    (void)kind;
    (void)where;
    return remove(path);
}

void directory_drop(struct slice draft) {
    (void)nftw(draft.ptr, drop_one, DESCRIPTORS, FTW_DEPTH | FTW_PHYS);
}
