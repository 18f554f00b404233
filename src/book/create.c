/* SPDX-License-Identifier: Apache-2.0
 *
 * A new book: its directory, copies of the tariffs, an empty journal, and the key of its identity hashes. */
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "book/book_private.h"
#include "book/files.h"

enum status book_tariffs_copy(const char *path, struct slice to, struct arena *arena, struct slice *ret_error) {
    struct stat info;
    if (stat(path, &info) != 0)
        return file_refuse(arena, ret_error, "cannot read", slice_of(path));
    if (S_ISDIR(info.st_mode))
        return files_copy(path, to, 0, arena, ret_error);
    TRY(directory_make(to, arena, ret_error));
    const char *name = strrchr(path, '/');
    struct slice target = arena_printf(arena, "%.*s/%s", SLICE_ARG(to), name ? name + 1 : path);
    return target.ptr ? file_copy(path, target, arena, ret_error) : STATUS_NO_MEMORY;
}

enum status book_found(struct store *store, const struct tariff_set *tariffs, const uint8_t key[16]) {
    uint8_t fingerprint[16];
    tariff_set_fingerprint(tariffs, fingerprint);
    TRY(store_put(store, &(struct store_document){KIND_META, SLICE("identity-key"), {(const char *)key, 16}}));
    return store_put(
        store, &(struct store_document){KIND_META, SLICE("tariffs"), {(const char *)fingerprint, sizeof fingerprint}});
}

static enum status found(struct store *store, const struct tariff_set *tariffs, struct book_partition partition) {
    uint8_t key[16];
    char text[32];
    int len = snprintf(text, sizeof text, "%u/%u", partition.number, partition.count);
    TRY(store_put(store, &(struct store_document){KIND_META, SLICE("partition"), {text, (size_t)len}}));
    if (sodium_init() < 0)
        return STATUS_IO;
    randombytes_buf(key, sizeof key);
    return book_found(store, tariffs, key);
}

static enum status fill(struct slice directory, struct book_partition partition, struct arena *arena,
                        struct slice *ret_error) {
    struct tariff_set set = {0};
    struct store *store = NULL;
    struct slice path = arena_printf(arena, "%.*s/" BOOK_STORE, SLICE_ARG(directory));
    struct slice tariffs = arena_printf(arena, "%.*s/" BOOK_TARIFFS, SLICE_ARG(directory));
    struct slice base = arena_printf(arena, "%.*s/" BOOK_BASE, SLICE_ARG(directory));
    if (!path.ptr || !tariffs.ptr || !base.ptr)
        return STATUS_NO_MEMORY;
    struct diags diags = {0};
    enum status status = tariff_set_load(tariffs.ptr, base.ptr, &set, &diags);
    diags_free(&diags);
    if (status == STATUS_INVALID)
        *ret_error = SLICE("the copied tariffs do not load: they need files that were not copied");
    if (status == STATUS_OK)
        status = store_sqlite_open(path.ptr, STORE_CREATE, arena, &store, ret_error);
    if (status == STATUS_OK)
        status = found(store, &set, partition);
    store_close(store);
    tariff_set_free(&set);
    return status == STATUS_OK ? directory_sync(directory, arena, ret_error) : status;
}

enum status book_create(const char *directory, const char *tariffs_path, const char *base_dir,
                        const struct book_partition *partition, struct arena *arena, struct slice *ret_error) {
    *ret_error = (struct slice){0};
    struct slice home = arena_copy(arena, slice_of(directory));
    struct slice store = arena_printf(arena, "%s/" BOOK_STORE, directory);
    struct slice tariffs = arena_printf(arena, "%s/" BOOK_TARIFFS, directory);
    struct slice base = arena_printf(arena, "%s/" BOOK_BASE, directory);
    if (!home.ptr || !store.ptr || !tariffs.ptr || !base.ptr)
        return STATUS_NO_MEMORY;
    TRY(directory_make(home, arena, ret_error));
    if (access(store.ptr, F_OK) == 0) {
        *ret_error = arena_printf(arena, "there is a book in %s already", directory);
        return STATUS_CONFLICT;
    }
    TRY(book_tariffs_copy(tariffs_path, tariffs, arena, ret_error));
    TRY(book_tariffs_copy(base_dir ? base_dir : tariffs_path, base, arena, ret_error));
    return fill(home, partition ? *partition : (struct book_partition){1, 1}, arena, ret_error);
}
