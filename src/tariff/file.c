/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading a tariff's file, whole and bounded. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tariff/yaml.h"

enum { FILE_SIZE_MAX = 16 << 20 };

static enum status read_all(int fd, char *text, size_t size, size_t *ret_length) {
    size_t length = 0;
    while (length < size) {
        ssize_t count = read(fd, text + length, size - length);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return STATUS_IO;
        if (count == 0)
            break;
        length += (size_t)count;
    }
    *ret_length = length;
    return STATUS_OK;
}

static enum status read_open(int fd, const char *path, struct arena *plan, struct source_file **ret_file) {
    struct stat info;
    if (fstat(fd, &info) != 0)
        return STATUS_IO;
    if (!S_ISREG(info.st_mode)) {
        errno = S_ISDIR(info.st_mode) ? EISDIR : EINVAL;
        return STATUS_IO;
    }
    if (info.st_size > FILE_SIZE_MAX)
        return STATUS_RANGE;
    struct source_file *file = ARENA_NEW(plan, struct source_file);
    char *text = arena_alloc(plan, (size_t)info.st_size + 1);
    if (file == NULL || text == NULL)
        return STATUS_NO_MEMORY;
    size_t length = 0;
    TRY(read_all(fd, text, (size_t)info.st_size, &length));
    bool has_mark = length >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0; /* some editors write a byte order mark */
    file->text = (struct slice){text + (has_mark ? 3 : 0), length - (has_mark ? 3 : 0)};
    file->path = arena_copy(plan, slice_of(path));
    if (file->path.ptr == NULL)
        return STATUS_NO_MEMORY;
    *ret_file = file;
    return STATUS_OK;
}

enum status source_file_read(const char *path, struct arena *plan, struct source_file **ret_file) {
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return STATUS_IO;
    enum status status = read_open(fd, path, plan, ret_file);
    int saved = errno;
    close(fd);
    errno = saved;
    return status;
}
