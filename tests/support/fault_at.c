/* SPDX-License-Identifier: Apache-2.0
 *
 * Preloaded into the program by tests: counts the calls that change files, and kills the process before the n-th, or
 * lets it fail.
 *
 * FAULT_AT=kill:17, EIO:17, ENOSPC:17 (the 17th and every later one), count:0 (nothing happens).
 * FAULT_WHILE=FILE: the disk is full for as long as there is such a file. FAULT_SYNC_WHILE=FILE: it does not sync.
 * FAULT_COUNT=FILE: how many there were, written when the process ends by itself. */
#undef _FILE_OFFSET_BITS /* both names of every call are to be there */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

static unsigned long calls, at;
static int error_number; /* 0: kill */
static bool is_armed;
static const char *full_while, *unsynced_while;

__attribute__((constructor)) static void arm(void) {
    const char *text = getenv("FAULT_AT");
    full_while = getenv("FAULT_WHILE");
    unsynced_while = getenv("FAULT_SYNC_WHILE");
    if (text == NULL || strchr(text, ':') == NULL)
        return;
    for (const char *digit = strchr(text, ':') + 1; *digit >= '0' && *digit <= '9'; digit++)
        at = at * 10 + (unsigned long)(*digit - '0');
    error_number = strncmp(text, "EIO", 3) == 0 ? EIO : strncmp(text, "ENOSPC", 6) == 0 ? ENOSPC : 0;
    is_armed = at > 0;
}

__attribute__((destructor)) static void tell(void) {
    const char *path = getenv("FAULT_COUNT");
    FILE *file = path != NULL ? fopen(path, "w") : NULL;
    if (file == NULL)
        return;
    fprintf(file, "%lu\n", calls);
    fclose(file);
}

/* A full disk lets no byte in, but syncing and removing still work. */
static bool fails(bool takes_room) {
    if (full_while != NULL && takes_room && access(full_while, F_OK) == 0) {
        errno = ENOSPC;
        return true;
    }
    unsigned long now = __atomic_add_fetch(&calls, 1, __ATOMIC_SEQ_CST);
    if (!is_armed || now < at || (error_number != ENOSPC && now != at))
        return false;
    if (error_number == 0)
        kill(getpid(), SIGKILL);
    if (error_number == ENOSPC && !takes_room)
        return false;
    errno = error_number;
    return true;
}

static void *real(const char *name) {
    void *function = dlsym(RTLD_NEXT, name);
    if (function == NULL)
        abort();
    return function;
}

static bool sync_fails(void) {
    if (unsynced_while == NULL || access(unsynced_while, F_OK) != 0)
        return fails(false);
    errno = EIO;
    return true;
}

static bool is_file(int file) {
    struct stat info;
    return fstat(file, &info) == 0 && S_ISREG(info.st_mode);
}

#define CALL(name, type) ((type)(uintptr_t)real(name))

ssize_t write(int file, const void *bytes, size_t size) {
    if (is_file(file) && fails(true))
        return -1;
    return CALL("write", ssize_t(*)(int, const void *, size_t))(file, bytes, size);
}
ssize_t pwrite(int file, const void *bytes, size_t size, off_t offset) {
    return fails(true) ? -1 : CALL("pwrite", ssize_t(*)(int, const void *, size_t, off_t))(file, bytes, size, offset);
}
ssize_t pwrite64(int file, const void *bytes, size_t size, off64_t offset) {
    return fails(true) ? -1
                       : CALL("pwrite64", ssize_t(*)(int, const void *, size_t, off64_t))(file, bytes, size, offset);
}
int fsync(int file) {
    return sync_fails() ? -1 : CALL("fsync", int (*)(int))(file);
}
int fdatasync(int file) {
    return sync_fails() ? -1 : CALL("fdatasync", int (*)(int))(file);
}
int ftruncate(int file, off_t size) {
    return fails(false) ? -1 : CALL("ftruncate", int (*)(int, off_t))(file, size);
}
int ftruncate64(int file, off64_t size) {
    return fails(false) ? -1 : CALL("ftruncate64", int (*)(int, off64_t))(file, size);
}
int unlink(const char *path) {
    return fails(false) ? -1 : CALL("unlink", int (*)(const char *))(path);
}
int rename(const char *from, const char *to) {
    return fails(true) ? -1 : CALL("rename", int (*)(const char *, const char *))(from, to);
}
int mkdir(const char *path, mode_t mode) {
    return fails(true) ? -1 : CALL("mkdir", int (*)(const char *, mode_t))(path, mode);
}
int fallocate(int file, int mode, off_t offset, off_t size) {
    return fails(true) ? -1 : CALL("fallocate", int (*)(int, int, off_t, off_t))(file, mode, offset, size);
}
