/* SPDX-License-Identifier: Apache-2.0
 *
 * A new book: its directory, copies of the tariffs, an empty journal, and the key of its identity hashes. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "book/book_private.h"

static enum status refuse(struct arena *arena, struct slice *ret_error, const char *what, struct slice path) {
    *ret_error = arena_printf(arena, "%s %.*s: %s", what, SLICE_ARG(path), strerror(errno));
    return STATUS_IO;
}

static enum status make_directory(struct slice path, struct arena *arena, struct slice *ret_error) {
    if (mkdir(path.ptr, 0750) == 0 || errno == EEXIST)
        return STATUS_OK;
    return refuse(arena, ret_error, "cannot make", path);
}

static enum status write_all(int file, struct slice text) {
    while (text.len > 0) {
        ssize_t written = write(file, text.ptr, text.len);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return STATUS_IO;
        text = (struct slice){text.ptr + written, text.len - (size_t)written};
    }
    return fsync(file) == 0 ? STATUS_OK : STATUS_IO;
}

static enum status copy_file(const char *from, struct slice to, struct arena *arena, struct slice *ret_error) {
    struct source_file *source;
    enum status status = source_file_read(from, arena, &source);
    if (status != STATUS_OK)
        return refuse(arena, ret_error, "cannot read", slice_of(from));
    int file = open(to.ptr, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
    if (file < 0)
        return refuse(arena, ret_error, "cannot write", to);
    status = write_all(file, source->text);
    if (close(file) != 0 || status != STATUS_OK)
        return refuse(arena, ret_error, "cannot write", to);
    return STATUS_OK;
}

static bool is_yaml(const char *name) {
    size_t len = strlen(name);
    return len > 5 && strcmp(name + len - 5, ".yaml") == 0;
}

/* The YAML files of one directory, and of those below it: fragments may lie deeper. */
static enum status copy_tree(const char *from, struct slice to, unsigned depth, struct arena *arena,
                             struct slice *ret_error) {
    TRY(make_directory(to, arena, ret_error));
    DIR *directory = opendir(from);
    if (!directory)
        return refuse(arena, ret_error, "cannot read", slice_of(from));
    enum status status = STATUS_OK;
    for (struct dirent *entry; status == STATUS_OK && (entry = readdir(directory));) {
        struct slice source = arena_printf(arena, "%s/%s", from, entry->d_name);
        struct slice target = arena_printf(arena, "%.*s/%s", SLICE_ARG(to), entry->d_name);
        struct stat info;
        if (!source.ptr || !target.ptr)
            status = STATUS_NO_MEMORY;
        else if (entry->d_name[0] == '.' || stat(source.ptr, &info) != 0)
            continue;
        else if (S_ISDIR(info.st_mode) && depth < 4)
            status = copy_tree(source.ptr, target, depth + 1, arena, ret_error);
        else if (S_ISREG(info.st_mode) && is_yaml(entry->d_name))
            status = copy_file(source.ptr, target, arena, ret_error);
    }
    closedir(directory);
    return status;
}

static enum status copy_tariffs(const char *path, struct slice to, struct arena *arena, struct slice *ret_error) {
    struct stat info;
    if (stat(path, &info) != 0)
        return refuse(arena, ret_error, "cannot read", slice_of(path));
    if (S_ISDIR(info.st_mode))
        return copy_tree(path, to, 0, arena, ret_error);
    TRY(make_directory(to, arena, ret_error));
    const char *name = strrchr(path, '/');
    struct slice target = arena_printf(arena, "%.*s/%s", SLICE_ARG(to), name ? name + 1 : path);
    return target.ptr ? copy_file(path, target, arena, ret_error) : STATUS_NO_MEMORY;
}

/* The names of files and directories last only once their directory is synced. */
static enum status sync_directory(struct slice path, struct arena *arena, struct slice *ret_error) {
    int file = open(path.ptr, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (file < 0)
        return refuse(arena, ret_error, "cannot open", path);
    int failed = fsync(file);
    close(file);
    return failed ? refuse(arena, ret_error, "cannot sync", path) : STATUS_OK;
}

enum status book_found(struct store *store, const struct tariff_set *tariffs, const uint8_t key[16]) {
    uint8_t fingerprint[16];
    tariff_set_fingerprint(tariffs, fingerprint);
    TRY(store_put(store, &(struct store_document){KIND_META, SLICE("identity-key"), {(const char *)key, 16}}));
    return store_put(
        store, &(struct store_document){KIND_META, SLICE("tariffs"), {(const char *)fingerprint, sizeof fingerprint}});
}

static enum status found(struct store *store, const struct tariff_set *tariffs) {
    uint8_t key[16];
    if (sodium_init() < 0)
        return STATUS_IO;
    randombytes_buf(key, sizeof key);
    return book_found(store, tariffs, key);
}

static enum status fill(struct slice directory, struct slice tariffs, struct slice base, struct arena *arena,
                        struct slice *ret_error) {
    struct tariff_set set = {0};
    struct store *store = NULL;
    struct slice path = arena_printf(arena, "%.*s/" BOOK_STORE, SLICE_ARG(directory));
    if (!path.ptr)
        return STATUS_NO_MEMORY;
    struct diags diags = {0};
    enum status status = tariff_set_load(tariffs.ptr, base.ptr, &set, &diags);
    diags_free(&diags);
    if (status == STATUS_INVALID)
        *ret_error = SLICE("the copied tariffs do not load: they need files that were not copied");
    if (status == STATUS_OK)
        status = store_sqlite_open(path.ptr, STORE_CREATE, arena, &store, ret_error);
    if (status == STATUS_OK)
        status = found(store, &set);
    store_close(store);
    tariff_set_free(&set);
    return status == STATUS_OK ? sync_directory(directory, arena, ret_error) : status;
}

enum status book_create(const char *directory, const char *tariffs_path, const char *base_dir, struct arena *arena,
                        struct slice *ret_error) {
    *ret_error = (struct slice){0};
    struct slice home = arena_copy(arena, slice_of(directory));
    struct slice store = arena_printf(arena, "%s/" BOOK_STORE, directory);
    struct slice tariffs = arena_printf(arena, "%s/" BOOK_TARIFFS, directory);
    struct slice base = arena_printf(arena, "%s/" BOOK_BASE, directory);
    if (!home.ptr || !store.ptr || !tariffs.ptr || !base.ptr)
        return STATUS_NO_MEMORY;
    TRY(make_directory(home, arena, ret_error));
    if (access(store.ptr, F_OK) == 0) {
        *ret_error = arena_printf(arena, "there is a book in %s already", directory);
        return STATUS_CONFLICT;
    }
    TRY(copy_tariffs(tariffs_path, tariffs, arena, ret_error));
    TRY(copy_tariffs(base_dir ? base_dir : tariffs_path, base, arena, ret_error));
    return fill(home, tariffs, base, arena, ret_error);
}
