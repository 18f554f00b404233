/* SPDX-License-Identifier: Apache-2.0
 *
 * Every call of SQLite to the system, and every allocation of SQLite and of the store, is counted; one of them fails.
 * The system's own functions do all the work. */
#include "every_vfs.h"

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

enum { FILES_MAX = 16 };

struct watched {
    sqlite3_file *file;
    const sqlite3_io_methods *system;
    sqlite3_io_methods methods;
};

static struct {
    sqlite3_vfs vfs, *system;
    struct watched files[FILES_MAX];
    sqlite3_mem_methods memory;
    enum every_kind kind;
    uint64_t left; /* calls until one fails; 0: none will */
    bool has_struck;
} every;

void every_fault_set(enum every_kind kind, uint64_t at) {
    every.kind = kind;
    every.left = at;
    every.has_struck = false;
}

bool every_fault_struck(void) {
    return every.has_struck;
}

static bool strikes(enum every_kind kind) {
    if (every.left == 0 || every.kind != kind || --every.left > 0)
        return false;
    every.has_struck = true;
    return true;
}

/* ---- files ---- */

static struct watched *watched_of(const sqlite3_file *file) {
    for (int i = 0; i < FILES_MAX; i++)
        if (every.files[i].file == file)
            return &every.files[i];
    return NULL;
}

static const sqlite3_io_methods *system_of(const sqlite3_file *file) {
    return watched_of(file)->system;
}

static int file_close(sqlite3_file *file) {
    struct watched *watched = watched_of(file);
    watched->file = NULL;
    return watched->system->xClose(file);
}

static int file_read(sqlite3_file *file, void *bytes, int len, sqlite3_int64 at) {
    return strikes(EVERY_CALL) ? SQLITE_IOERR_READ : system_of(file)->xRead(file, bytes, len, at);
}

static int file_write(sqlite3_file *file, const void *bytes, int len, sqlite3_int64 at) {
    return strikes(EVERY_CALL) ? SQLITE_IOERR_WRITE : system_of(file)->xWrite(file, bytes, len, at);
}

static int file_truncate(sqlite3_file *file, sqlite3_int64 size) {
    return strikes(EVERY_CALL) ? SQLITE_IOERR_TRUNCATE : system_of(file)->xTruncate(file, size);
}

static int file_sync(sqlite3_file *file, int flags) {
    return strikes(EVERY_CALL) ? SQLITE_IOERR_FSYNC : system_of(file)->xSync(file, flags);
}

static int file_size(sqlite3_file *file, sqlite3_int64 *ret_size) {
    return strikes(EVERY_CALL) ? SQLITE_IOERR_FSTAT : system_of(file)->xFileSize(file, ret_size);
}

static int file_lock(sqlite3_file *file, int level) {
    return strikes(EVERY_CALL) ? SQLITE_IOERR_LOCK : system_of(file)->xLock(file, level);
}

static int shm_map(sqlite3_file *file, int page, int size, int may_grow, void volatile **ret_page) {
    return strikes(EVERY_CALL) ? SQLITE_IOERR_SHMMAP : system_of(file)->xShmMap(file, page, size, may_grow, ret_page);
}

static int shm_lock(sqlite3_file *file, int offset, int count, int flags) {
    bool is_unlock = (flags & SQLITE_SHM_UNLOCK) != 0; /* the system never refuses that */
    return !is_unlock && strikes(EVERY_CALL) ? SQLITE_IOERR_SHMLOCK
                                             : system_of(file)->xShmLock(file, offset, count, flags);
}

static int every_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *file, int flags, int *ret_flags) {
    if (strikes(EVERY_CALL)) {
        file->pMethods = NULL;
        return SQLITE_CANTOPEN;
    }
    int code = every.system->xOpen(vfs, path, file, flags, ret_flags);
    struct watched *watched = watched_of(NULL);
    if (file->pMethods == NULL || watched == NULL)
        return code;
    *watched = (struct watched){file, file->pMethods, *file->pMethods};
    watched->methods.xClose = file_close;
    watched->methods.xRead = file_read;
    watched->methods.xWrite = file_write;
    watched->methods.xTruncate = file_truncate;
    watched->methods.xSync = file_sync;
    watched->methods.xFileSize = file_size;
    watched->methods.xLock = file_lock;
    watched->methods.xShmMap = shm_map;
    watched->methods.xShmLock = shm_lock;
    file->pMethods = &watched->methods;
    return code;
}

static int every_delete(sqlite3_vfs *vfs, const char *path, int has_sync) {
    return strikes(EVERY_CALL) ? SQLITE_IOERR_DELETE : every.system->xDelete(vfs, path, has_sync);
}

static int every_access(sqlite3_vfs *vfs, const char *path, int flags, int *ret_answer) {
    return strikes(EVERY_CALL) ? SQLITE_IOERR_ACCESS : every.system->xAccess(vfs, path, flags, ret_answer);
}

static int every_path(sqlite3_vfs *vfs, const char *path, int size, char *ret_path) {
    return strikes(EVERY_CALL) ? SQLITE_CANTOPEN_FULLPATH : every.system->xFullPathname(vfs, path, size, ret_path);
}

/* ---- memory ---- */

static void *sqlite_malloc(int size) {
    return strikes(EVERY_ALLOCATION) ? NULL : every.memory.xMalloc(size);
}

static void *sqlite_realloc(void *memory, int size) {
    return strikes(EVERY_ALLOCATION) ? NULL : every.memory.xRealloc(memory, size);
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__real_reallocarray(void *memory, size_t count, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void *__wrap_reallocarray(void *memory, size_t count, size_t size);
void *__wrap_malloc(size_t size) {
    return strikes(EVERY_ALLOCATION) ? NULL : __real_malloc(size);
}
void *__wrap_calloc(size_t count, size_t size) {
    return strikes(EVERY_ALLOCATION) ? NULL : __real_calloc(count, size);
}
void *__wrap_realloc(void *memory, size_t size) {
    return strikes(EVERY_ALLOCATION) ? NULL : __real_realloc(memory, size);
}
void *__wrap_reallocarray(void *memory, size_t count, size_t size) {
    return strikes(EVERY_ALLOCATION) ? NULL : __real_reallocarray(memory, count, size);
}

void every_install(void) {
    (void)sqlite3_config(SQLITE_CONFIG_GETMALLOC, &every.memory);
    sqlite3_mem_methods counted = every.memory;
    counted.xMalloc = sqlite_malloc;
    counted.xRealloc = sqlite_realloc;
    (void)sqlite3_config(SQLITE_CONFIG_MALLOC, &counted);
    every.system = sqlite3_vfs_find(NULL);
    every.vfs = *every.system;
    every.vfs.zName = "every";
    every.vfs.xOpen = every_open;
    every.vfs.xDelete = every_delete;
    every.vfs.xAccess = every_access;
    every.vfs.xFullPathname = every_path;
    (void)sqlite3_vfs_register(&every.vfs, 1);
}
