/* SPDX-License-Identifier: Apache-2.0
 *
 * The file is mapped; anonymous pages behind it hold the padding. */
#include "lines.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cxx/json.h"

bool journal_read(const char *path, struct journal *ret_journal) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat info;
    if (fd < 0 || fstat(fd, &info) != 0) {
        perror(path);
        return false;
    }
    size_t len = (size_t)info.st_size;
    /* Reserve the length and the padding, then lay the file over the front. */
    char *text =
        mmap(NULL, len + JSON_PADDING, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (text == MAP_FAILED ||
        mmap(text, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED | MAP_POPULATE, fd, 0) == MAP_FAILED) {
        perror(path);
        close(fd);
        return false;
    }
    close(fd);
    *ret_journal = (struct journal){text, len};
    return true;
}

void journal_free(struct journal *journal) {
    munmap(journal->text, journal->len + JSON_PADDING);
}

long long now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}
