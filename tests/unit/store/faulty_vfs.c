/* SPDX-License-Identifier: Apache-2.0
 *
 * The system's own functions do all the work; two of them, write and sync, are asked first whether a fault strikes. */
#include "faulty_vfs.h"

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>

struct watched { /* the last file of a kind that was opened; the system's functions differ by kind */
    sqlite3_file *file;
    sqlite3_io_methods methods;
    const sqlite3_io_methods *system;
};

static struct {
    sqlite3_vfs vfs, *system;
    struct watched log, database;
    enum disk_fault fault;
    unsigned left, strikes;
} disk;

static bool strikes(const sqlite3_file *file, enum disk_fault log_fault, enum disk_fault database_fault) {
    if (disk.fault == DISK_WHOLE || disk.fault != (file == disk.log.file ? log_fault : database_fault))
        return false;
    if (disk.left > 0) {
        disk.left--;
        return false;
    }
    disk.strikes++;
    return true;
}

static const sqlite3_io_methods *system_of(const sqlite3_file *file) {
    return file == disk.log.file ? disk.log.system : disk.database.system;
}

static int disk_write(sqlite3_file *file, const void *bytes, int len, sqlite3_int64 at) {
    if (strikes(file, DISK_FULL_LOG, DISK_FULL_DATABASE)) {
        (void)system_of(file)->xWrite(file, bytes, len / 2, at); /* what still had room */
        return SQLITE_FULL;
    }
    if (strikes(file, DISK_WRITE_LOG, DISK_WRITE_DATABASE))
        return SQLITE_IOERR_WRITE;
    return system_of(file)->xWrite(file, bytes, len, at);
}

static int disk_sync(sqlite3_file *file, int flags) {
    if (strikes(file, DISK_SYNC_LOG, DISK_SYNC_DATABASE))
        return SQLITE_IOERR_FSYNC;
    return system_of(file)->xSync(file, flags);
}

static int disk_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *file, int flags, int *ret_flags) {
    int code = disk.system->xOpen(vfs, path, file, flags, ret_flags);
    if (code != SQLITE_OK || (flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_DB)) == 0)
        return code;
    struct watched *watched = (flags & SQLITE_OPEN_WAL) != 0 ? &disk.log : &disk.database;
    *watched = (struct watched){.file = file, .methods = *file->pMethods, .system = file->pMethods};
    watched->methods.xWrite = disk_write;
    watched->methods.xSync = disk_sync;
    file->pMethods = &watched->methods;
    return code;
}

void disk_install(void) {
    disk.system = sqlite3_vfs_find(NULL);
    disk.vfs = *disk.system;
    disk.vfs.zName = "faulty";
    disk.vfs.xOpen = disk_open;
    (void)sqlite3_vfs_register(&disk.vfs, 1);
}

void disk_fault_set(enum disk_fault fault, unsigned after) {
    disk.fault = fault;
    disk.left = after;
    disk.strikes = 0;
}

unsigned disk_fault_strikes(void) {
    return disk.strikes;
}
