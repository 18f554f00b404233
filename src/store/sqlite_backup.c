/* SPDX-License-Identifier: Apache-2.0
 *
 * A copy of a SQLite store as it is at one moment, while its writer goes on: SQLite's own backup, all pages in one read
 * transaction. The copy has no log, so that it is one file and can be read where nothing can be written. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "store/sqlite_private.h"

/* The file is synced by SQLite when its last page is there. */
static int copy_pages(struct sqlite *sqlite, sqlite3 *copy) {
    int code = sqlite3_exec(copy, "PRAGMA journal_mode = MEMORY; PRAGMA synchronous = FULL;", NULL, NULL, NULL);
    sqlite3_backup *backup = code == SQLITE_OK ? sqlite3_backup_init(copy, "main", sqlite->db, "main") : NULL;
    if (backup == NULL)
        return sqlite3_extended_errcode(copy);
    code = sqlite3_backup_step(backup, -1);
    int finished = sqlite3_backup_finish(backup);
    if (code != SQLITE_DONE || finished != SQLITE_OK)
        return finished != SQLITE_OK ? finished : code;
    return sqlite3_exec(copy, "PRAGMA journal_mode = DELETE;", NULL, NULL, NULL);
}

static enum status backup_failed(struct sqlite *sqlite, int code, int system) {
    enum status status = STATUS_IO;
    if ((code & 0xff) == SQLITE_NOMEM)
        status = STATUS_NO_MEMORY;
    if ((code & 0xff) == SQLITE_CORRUPT || (code & 0xff) == SQLITE_NOTADB)
        status = STATUS_INVALID;
    return store_fail(&sqlite->base, status, "cannot copy it: %s%s%s", sqlite3_errstr(code), system != 0 ? ": " : "",
                      system != 0 ? strerror(system) : "");
}

enum status store_sqlite_backup(struct store *store, const char *target) {
    STORE_HOLD(store);
    struct sqlite *sqlite = sqlite_of(store);
    TRY(store_ready(store));
    int fd = open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640); /* it is ours, and nobody's before */
    if (fd < 0)
        return store_fail(store, errno == EEXIST ? STATUS_CONFLICT : STATUS_IO, "cannot make %s: %s", target,
                          strerror(errno));
    (void)close(fd);
    char file[4096 + 3];
    sqlite3 *copy = NULL;
    int code = SQLITE_CANTOPEN, system = ENAMETOOLONG;
    if (strlen(target) <= 4096) {
        (void)sqlite3_snprintf(sizeof file, file, "%s%s", target[0] == '/' ? "" : "./", target);
        code = sqlite3_open_v2(file, &copy, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
        code = code == SQLITE_OK ? copy_pages(sqlite, copy) : code;
        system = code == SQLITE_OK || copy == NULL ? 0 : sqlite3_system_errno(copy);
    }
    int closed = sqlite3_close(copy);
    code = code == SQLITE_OK ? closed : code;
    if (code == SQLITE_OK)
        return STATUS_OK;
    (void)unlink(target);
    return backup_failed(sqlite, code, system);
}
