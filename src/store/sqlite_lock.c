/* SPDX-License-Identifier: Apache-2.0
 *
 * One writer at a time: an advisory lock on a file beside the store. The kernel lets go of it when its holder dies, so
 * a file that was left behind means nothing; it is never deleted, because two processes could then each lock one of its
 * name. The process id inside is for people only. */
#include "store/sqlite_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

/* 0 when there is no number: the holder has not written it yet. */
static long holder_read(int fd) {
    char text[18]; /* what fits into a long */
    ssize_t len = pread(fd, text, sizeof text, 0);
    long holder = 0;
    for (ssize_t i = 0; i < len && text[i] >= '0' && text[i] <= '9'; i++)
        holder = holder * 10 + (text[i] - '0');
    return holder;
}

static enum status holder_write(int fd) {
    char text[24];
    int len = snprintf(text, sizeof text, "%ld\n", (long)getpid());
    if (ftruncate(fd, 0) != 0 || pwrite(fd, text, (size_t)len, 0) != len)
        return STATUS_IO;
    return STATUS_OK;
}

static enum status lock_hold(int fd, const char *path, struct arena *arena, struct slice *ret_error) {
    int code;
    do
        code = flock(fd, LOCK_EX | LOCK_NB);
    while (code != 0 && errno == EINTR);
    if (code == 0 && holder_write(fd) == STATUS_OK)
        return STATUS_OK;
    if (code == 0 || errno != EWOULDBLOCK) {
        *ret_error = arena_printf(arena, "cannot lock %s: %s", path, strerror(errno));
        return STATUS_IO;
    }
    long holder = holder_read(fd);
    *ret_error = holder > 0 ? arena_printf(arena, "%s is being written by process %ld", path, holder)
                            : arena_printf(arena, "%s is being written by another process", path);
    return STATUS_CONFLICT;
}

enum status sqlite_lock_take(const char *path, struct arena *arena, int *ret_fd, struct slice *ret_error) {
    struct slice name = arena_printf(arena, "%s.lock", path);
    if (name.ptr == NULL)
        return STATUS_NO_MEMORY;
    int fd = open(name.ptr, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (fd < 0) {
        *ret_error = arena_printf(arena, "cannot open %s: %s", name.ptr, strerror(errno));
        return STATUS_IO;
    }
    enum status status = lock_hold(fd, path, arena, ret_error);
    if (status != STATUS_OK) {
        (void)close(fd);
        return status;
    }
    *ret_fd = fd;
    return STATUS_OK;
}
