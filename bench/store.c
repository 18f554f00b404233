/* SPDX-License-Identifier: Apache-2.0
 *
 * Durable appends: blobs of a size into a new store, each acknowledged before the next, and beside it the limit: the
 * same bytes appended to a plain file with fdatasync after each. Then the writer is killed and the store is opened.
 *
 * Usage: store DIRECTORY BLOB_BYTES COUNT. Prints one JSON object. */
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "store/store.h"

static int64_t now_ns(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static _Noreturn void give_up(const char *what) {
    fprintf(stderr, "store: %s\n", what);
    exit(4);
}

static uint64_t number(const char *text) {
    uint64_t value = 0;
    for (; *text >= '0' && *text <= '9'; text++)
        value = value * 10 + (uint64_t)(*text - '0');
    return value;
}

/* Bytes that no file system compresses away. */
static char *noise(size_t size) {
    char *bytes = malloc(size + 8);
    if (bytes == NULL)
        give_up("out of memory");
    uint64_t x = 88172645463325252U;
    for (size_t i = 0; i < size; i += 8) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        memcpy(bytes + i, &x, 8);
    }
    return bytes;
}

static struct store *open_store(const char *path, enum store_mode mode) {
    struct arena arena = {0};
    struct slice error = {0};
    struct store *store = NULL;
    if (store_sqlite_open(path, mode, &arena, &store, &error) != STATUS_OK)
        give_up(error.len > 0 ? error.ptr : "out of memory");
    arena_free(&arena);
    return store;
}

/* Nanoseconds of all appends, told through `out`; never closes the store. */
static _Noreturn void append_and_die(const char *path, struct slice blob, uint64_t count, int out) {
    struct store *store = open_store(path, STORE_CREATE);
    int64_t start = now_ns();
    for (uint64_t seq = 1; seq <= count; seq++) {
        struct store_row row = {.seq = seq, .blob = blob};
        if (store_append(store, &row, 1) != STATUS_OK)
            give_up(store_error(store).ptr);
    }
    int64_t took = now_ns() - start;
    if (write(out, &took, sizeof took) != sizeof took)
        give_up("no pipe");
    (void)raise(SIGKILL);
    _exit(4);
}

static int64_t time_appends(const char *path, struct slice blob, uint64_t count) {
    int ends[2];
    int64_t took = 0;
    if (pipe(ends) != 0)
        give_up("no pipe");
    pid_t child = fork();
    if (child == 0)
        append_and_die(path, blob, count, ends[1]);
    if (child < 0 || read(ends[0], &took, sizeof took) != sizeof took || waitpid(child, NULL, 0) != child)
        give_up("the writer failed");
    return took;
}

static int64_t time_plain(const char *path, struct slice blob, uint64_t count) {
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    int64_t start = now_ns();
    for (uint64_t i = 0; i < count; i++)
        if (write(fd, blob.ptr, blob.len) != (ssize_t)blob.len || fdatasync(fd) != 0)
            give_up("cannot write the plain file");
    (void)close(fd);
    return now_ns() - start;
}

int main(int argc, char **argv) {
    if (argc != 4)
        give_up("usage: store DIRECTORY BLOB_BYTES COUNT");
    char path[4096], plain[4096];
    (void)snprintf(path, sizeof path, "%s/bench.db", argv[1]);
    (void)snprintf(plain, sizeof plain, "%s/bench.plain", argv[1]);
    size_t size = number(argv[2]);
    uint64_t count = number(argv[3]);
    struct slice blob = {noise(size), size};
    double plain_s = (double)time_plain(plain, blob, count) / 1e9;
    double append_s = (double)time_appends(path, blob, count) / 1e9;
    struct stat info;
    if (stat(path, &info) != 0)
        give_up("the store is gone");
    int64_t start = now_ns();
    struct store *store = open_store(path, STORE_WRITE);
    double open_s = (double)(now_ns() - start) / 1e9;
    store_close(store);
    double megabytes = (double)size * (double)count / 1e6;
    printf(
        "{\"blob_bytes\": %zu, \"count\": %llu, \"appends_per_s\": %.1f, \"mb_per_s\": %.1f, \"plain_appends_per_s\": "
        "%.1f, \"plain_mb_per_s\": %.1f, \"open_after_kill_ms\": %.2f, \"file_bytes\": %lld}\n",
        size, (unsigned long long)count, (double)count / append_s, megabytes / append_s, (double)count / plain_s,
        megabytes / plain_s, open_s * 1e3, (long long)info.st_size);
    free((void *)(uintptr_t)blob.ptr);
    return 0;
}
