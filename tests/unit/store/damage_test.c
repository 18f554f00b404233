/* SPDX-License-Identifier: Apache-2.0
 *
 * Damaged files: flipped bytes, cut ends, overwritten pages, in the database and in its log. Every answer is a status;
 * nothing crashes, hangs or makes up a row. What a blob holds is for its own checksum to say. */
#include "case.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROWS = 40, FLIPS = 500, FLIPS_OF_LOG = 200, SECONDS_MAX = 90 };

static size_t row_size(uint64_t seq) {
    return seq % 8 == 0 ? 40000 : 50 * seq;
}

static void fill(struct store_case *test, struct store *store) {
    for (uint64_t seq = 1; seq <= ROWS; seq++)
        CHECK_OK(case_append(test, store, seq, row_size(seq)));
    for (uint64_t i = 0; i < 30; i++) {
        struct slice name = arena_printf(&test->arena, "%llu", (unsigned long long)i);
        struct store_document document = {SLICE("tariff"), name, case_row(test, i, 1000 * i).blob};
        CHECK_OK(store_put(store, &document));
    }
}

struct image {
    char path[128], *bytes;
    size_t size;
};

static struct image image_read(const struct store_case *test, const char *suffix) {
    struct image image = {0};
    (void)snprintf(image.path, sizeof image.path, "%s%s", test->path, suffix);
    int fd = open(image.path, O_RDONLY);
    off_t size = fd < 0 ? -1 : lseek(fd, 0, SEEK_END);
    if (size < 0 || (image.bytes = malloc((size_t)size + 1)) == NULL || pread(fd, image.bytes, (size_t)size, 0) != size)
        fail_msg("cannot read %s", image.path);
    image.size = (size_t)size;
    (void)close(fd);
    return image;
}

static void image_write(const struct image *image, size_t size) {
    int fd = open(image->path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (fd < 0 || write(fd, image->bytes, size) != (ssize_t)size)
        fail_msg("cannot write %s", image->path);
    (void)close(fd);
}

/* A failure has words and is one that a damaged file may have. */
static bool may_be(struct store *store, enum status status) {
    if (status == STATUS_INVALID || status == STATUS_IO)
        return store_error(store).len > 0;
    return status == STATUS_OK || status == STATUS_NOT_FOUND || status == STATUS_NO_MEMORY;
}

/* Read all there is, as a caller would that trusts nothing; then write. */
static void use_all(struct store_case *test, struct store *store) {
    uint64_t last = 0;
    uint8_t hash[STORE_HASH_BYTES];
    CHECK(may_be(store, store_last(store, &last, hash)));
    struct store_row row;
    for (uint64_t seq = 1; seq <= ROWS + 1; seq++)
        CHECK(may_be(store, store_read(store, seq, &test->arena, &row)));
    struct slice *names = NULL, value;
    uint32_t count = 0;
    CHECK(may_be(store, store_list(store, SLICE("tariff"), &test->arena, &names, &count)));
    for (uint32_t i = 0; i < count; i++)
        CHECK(may_be(store, store_get(store, SLICE("tariff"), names[i], &test->arena, &value)));
    CHECK(may_be(store, store_get(store, SLICE("tariff"), SLICE("29"), &test->arena, &value)));
}

static void write_all(struct store_case *test, struct store *store) {
    uint64_t last = 0;
    uint8_t hash[STORE_HASH_BYTES];
    if (store_last(store, &last, hash) == STATUS_OK && last < INT64_MAX)
        CHECK(may_be(store, case_append(test, store, last + 1, 30000)));
    CHECK(may_be(store, case_put(store, "tariff", "3", case_row(test, 1, 50000).blob)));
    CHECK(may_be(store, store_delete(store, SLICE("tariff"), SLICE("20"))));
}

/* Whether it opened. */
static bool try_all(struct store_case *test, enum store_mode mode) {
    struct store *store = NULL;
    enum status status = case_open(test, mode, &store);
    CHECK(status == STATUS_OK || ((status == STATUS_INVALID || status == STATUS_IO) && test->error.len > 0));
    if (status == STATUS_OK) {
        use_all(test, store);
        if (mode == STORE_WRITE)
            write_all(test, store);
        store_close(store);
    }
    arena_reset(&test->arena);
    return status == STATUS_OK;
}

static void log_delete(const struct store_case *test) {
    char path[128];
    static const char *const suffixes[] = {"-wal", "-shm"};
    for (int i = 0; i < 2; i++) {
        (void)snprintf(path, sizeof path, "%s%s", test->path, suffixes[i]);
        (void)unlink(path);
    }
}

static void flipped_bytes_never_crash(void **state) {
    (void)state;
    struct store_case test;
    case_begin(&test);
    struct store *store = case_must_open(&test, STORE_CREATE);
    fill(&test, store);
    store_close(store);
    struct image image = image_read(&test, "");
    uint64_t seed = 7;
    unsigned opened = 0;
    for (size_t i = 0; i < FLIPS; i++) {
        /* Every byte of the header, then the starts of pages (their cells and pointers), then anywhere. */
        size_t page = check_random(&seed) % (image.size / 16384) * 16384;
        size_t at = i < 100 ? i : i % 3 > 0 ? page + check_random(&seed) % 64 : check_random(&seed) % image.size;
        char was = image.bytes[at];
        image.bytes[at] = (char)(was ^ (i % 5 == 0 ? 0xff : 1 << check_random(&seed) % 8));
        log_delete(&test);
        image_write(&image, image.size);
        opened += try_all(&test, i % 8 == 0 ? STORE_WRITE : STORE_READ);
        image.bytes[at] = was;
    }
    CHECK(opened > FLIPS / 4);
    print_message("# %d flips, %u opened\n", FLIPS, opened);
    free(image.bytes);
    case_end(&test);
}

static void cut_and_overwritten_files_never_crash(void **state) {
    (void)state;
    struct store_case test;
    case_begin(&test);
    struct store *store = case_must_open(&test, STORE_CREATE);
    fill(&test, store);
    store_close(store);
    struct image image = image_read(&test, "");
    const size_t sizes[] = {
        0, 1, 16, 100, 512, 16383, 16384, 16385, 3 * 16384, image.size / 2, image.size - 16384, image.size - 1};
    for (size_t i = 0; i < CHECK_COUNT(sizes); i++) {
        for (enum store_mode mode = STORE_WRITE; mode <= STORE_READ; mode++) {
            log_delete(&test);
            image_write(&image, sizes[i]);
            (void)try_all(&test, mode);
        }
    }
    for (size_t page = 0; page < image.size / 16384; page++) { /* zeroes, or the page after it */
        char kept[16384], *bytes = image.bytes + page * 16384;
        memcpy(kept, bytes, sizeof kept);
        if (page % 2 == 0 || page + 2 > image.size / 16384)
            memset(bytes, 0, sizeof kept);
        else
            memcpy(bytes, bytes + 16384, sizeof kept);
        log_delete(&test);
        image_write(&image, image.size);
        (void)try_all(&test, STORE_READ);
        memcpy(bytes, kept, sizeof kept);
    }
    free(image.bytes);
    case_end(&test);
}

/* A writer that is killed leaves all rows in the log. */
static void fill_and_die(struct store_case *test) {
    pid_t child = fork();
    if (child == 0) {
        fill(test, case_must_open(test, STORE_CREATE));
        (void)raise(SIGKILL);
    }
    CHECK(waitpid(child, NULL, 0) == child);
}

/* Every acknowledged row is there or the writer is refused; only the last commit cannot be told from a torn one. A torn
 * log opens, with all rows before the tear. */
static void a_damaged_log_is_told_from_a_torn_one(void **state) {
    (void)state;
    struct store_case test;
    case_begin(&test);
    fill_and_die(&test);
    struct image database = image_read(&test, ""), log = image_read(&test, "-wal");
    const size_t last_commit = log.size - 8 * (16384 + 24); /* of a document, that many pages at most */
    uint64_t seed = 11;
    unsigned refused = 0;
    for (size_t i = 0; i < FLIPS_OF_LOG; i++) {
        size_t at = i < 32 + 24 ? i : check_random(&seed) % log.size;
        bool is_torn = i % 3 == 2;
        log.bytes[at] = (char)(log.bytes[at] ^ 1 << i % 8);
        log_delete(&test);
        image_write(&database, database.size);
        image_write(&log, is_torn ? at : log.size);
        struct store *store = NULL;
        enum status status = case_open(&test, i % 4 == 0 ? STORE_READ : STORE_WRITE, &store);
        if (status == STATUS_OK) {
            uint64_t last = case_last(store);
            CHECK(last <= ROWS && (is_torn || i % 4 == 0 || (last == ROWS && at >= last_commit)));
            for (uint64_t seq = 1; seq <= last; seq++)
                CHECK(case_row_is(&test, store, seq, row_size(seq)));
            store_close(store);
        } else { /* a log torn in its creation leaves no store */
            CHECK_STATUS(status, STATUS_INVALID);
            CHECK(is_torn || i % 4 == 0 || text_has(test.error, "its log is damaged at byte"));
            refused++;
        }
        log.bytes[at] = (char)(log.bytes[at] ^ 1 << i % 8);
        arena_reset(&test.arena);
    }
    print_message("# %d damaged logs, %u refused\n", FLIPS_OF_LOG, refused);
    free(database.bytes);
    free(log.bytes);
    case_end(&test);
}

int main(void) {
    (void)alarm(SECONDS_MAX); /* a loop over damaged pages would show */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flipped_bytes_never_crash),
        cmocka_unit_test(cut_and_overwritten_files_never_crash),
        cmocka_unit_test(a_damaged_log_is_told_from_a_torn_one),
    };
    return CHECK_RUN(tests);
}
