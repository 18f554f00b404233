/* SPDX-License-Identifier: Apache-2.0
 *
 * Flipped bits: whatever bit of a small book's file flips, the book gives the same answers, or it is refused, or
 * verification finds it. The test takes a sample; `book_flip_test --all PART PARTS` takes every bit of the file whose
 * number modulo PARTS is PART, prints progress, and counts. */
#include "book/backup.h"
#include "book/book_private.h"

#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "support/check.h"

#define NOW_NS (INT64_C(1771200000) * NS_PER_SECOND) /* 2026-02-16T00:00:00Z */
#define HOUR_NS (3600 * NS_PER_SECOND)
enum { SAMPLE = 1200, PAGE_BYTES = 16384, SECONDS_MAX = 110 };

struct scene {
    struct arena arena;
    char directory[64], home[96], target[96], file[128];
    struct buf answers; /* of the whole book */
    off_t size;
    uint64_t same, refused, found, missed;
};

/* ---- a small book ---- */

static void submit(struct scene *scene, struct book *book, uint64_t first, uint64_t count, int64_t now_ns) {
    struct slice documents[16] = {0};
    struct reply replies[16];
    for (uint64_t i = 0; i < count; i++)
        documents[i] = arena_printf(
            &scene->arena,
            "{\"specversion\":\"1.0\",\"id\":\"e-%u\",\"source\":\"test\",\"type\":\"demo.Call\",\"subject\":"
            "\"acct-%u\",\"time\":\"2026-02-15T%02u:50:00Z\",\"data\":{\"count\":%u}}",
            (unsigned)(first + i), (unsigned)(i % 5), (unsigned)(first / 100 + 16), (unsigned)(i + 1));
    CHECK_OK(book_submit(book, documents, (uint32_t)count, now_ns, replies));
    for (uint64_t i = 0; i < count; i++)
        CHECK(replies[i].outcome == OUTCOME_ACCEPTED);
}

static void tick(struct scene *scene, struct book *book, unsigned hour) {
    struct reply reply;
    struct slice document =
        arena_printf(&scene->arena,
                     "{\"specversion\":\"1.0\",\"id\":\"t-%u\",\"source\":\"test\",\"type\":\"tollgate.tick\","
                     "\"subject\":\"clock\",\"time\":\"2026-02-15T%02u:55:00Z\",\"data\":{}}",
                     hour, hour);
    CHECK_OK(book_submit(book, &document, 1, NOW_NS, &reply));
}

/* Two snapshots, batches and closed bills before and behind them. */
static void book_fill(struct scene *scene) {
    struct slice error = {0};
    struct book *book;
    CHECK_OK(
        book_create(scene->home, CHECK_SOURCE_ROOT "/tests/data/meter/demo.yaml", NULL, NULL, &scene->arena, &error));
    CHECK_OK(book_open(scene->home, STORE_WRITE, &scene->arena, &book, &error));
    for (unsigned round = 0; round < 4; round++) {
        submit(scene, book, 100 * round, 16, NOW_NS);
        tick(scene, book, 18 + round);
        if (round % 2 == 0)
            CHECK_OK(book_snapshot(book));
    }
    book_close(book);
}

/* ---- what a book answers ---- */

static enum status bill_answer(void *context, const struct store_bill *bill) {
    struct buf *answers = context;
    buf_printf(answers, "%llu %llu ", (unsigned long long)bill->position, (unsigned long long)bill->number);
    buf_append(answers, bill->account);
    buf_append(answers, bill->body);
    return STATUS_OK;
}

/* The state, all bills, and those of one account, which an index finds. */
static enum status answers_take(struct scene *scene, struct book *book, struct buf *answers) {
    struct store_bill_filter all = {0}, one = {.account = SLICE("acct-3")};
    struct store_bill bill;
    TRY(engine_snapshot(book->engine, answers));
    TRY(store_bills_scan(book->store, &all, bill_answer, answers));
    TRY(store_bills_scan(book->store, &one, bill_answer, answers));
    TRY(store_bill_get(book->store, SLICE("demo"), 7, &scene->arena, &bill));
    return bill_answer(answers, &bill);
}

static enum status book_ask(struct scene *scene, struct buf *answers) {
    struct slice error = {0};
    struct book *book;
    TRY(book_open(scene->target, STORE_READ, &scene->arena, &book, &error));
    enum status status = answers_take(scene, book, answers);
    book_close(book);
    return status;
}

static void scene_make(struct scene *scene) {
    struct slice error = {0};
    struct book_backup backup;
    *scene = (struct scene){0};
    const char *base = getenv("TMPDIR");
    (void)snprintf(scene->directory, sizeof scene->directory, "%.30s/flip-XXXXXX", base != NULL ? base : "/tmp");
    CHECK(mkdtemp(scene->directory) != NULL);
    (void)snprintf(scene->home, sizeof scene->home, "%s/book", scene->directory);
    (void)snprintf(scene->target, sizeof scene->target, "%s/backup", scene->directory);
    (void)snprintf(scene->file, sizeof scene->file, "%s/" BOOK_STORE, scene->target);
    book_fill(scene);
    CHECK_OK(book_backup(scene->home, scene->target, &scene->arena, &backup, &error)); /* one file, without a log */
    CHECK(backup.bills >= 10);
    CHECK_OK(book_ask(scene, &scene->answers));
    int fd = open(scene->file, O_RDONLY);
    scene->size = lseek(fd, 0, SEEK_END);
    (void)close(fd);
    CHECK(scene->size > 6 * PAGE_BYTES && scene->size <= 1 << 20);
}

static int path_remove(const char *path, const struct stat *info, int kind, struct FTW *walk) {
    (void)info, (void)kind, (void)walk;
    return remove(path);
}

static void scene_remove(struct scene *scene) {
    CHECK_INT(nftw(scene->directory, path_remove, 8, FTW_DEPTH | FTW_PHYS), 0);
    buf_free(&scene->answers);
    arena_free(&scene->arena);
}

/* ---- flips ---- */

static void bit_flip(const struct scene *scene, uint64_t bit) {
    uint8_t byte = 0;
    int fd = open(scene->file, O_RDWR);
    CHECK(fd >= 0 && pread(fd, &byte, 1, (off_t)(bit / 8)) == 1);
    byte = (uint8_t)(byte ^ 1U << bit % 8);
    CHECK(pwrite(fd, &byte, 1, (off_t)(bit / 8)) == 1);
    (void)close(fd);
}

static bool verify_finds(struct scene *scene) {
    struct slice error = {0};
    struct book_check check;
    return book_verify(scene->target, &scene->arena, &check, &error) != STATUS_OK || !book_check_is_whole(&check);
}

static void flip_try(struct scene *scene, uint64_t bit) {
    struct buf answers = {0};
    bit_flip(scene, bit);
    if (book_ask(scene, &answers) != STATUS_OK) {
        scene->refused++;
    } else if (slice_eq(buf_slice(&answers), buf_slice(&scene->answers))) {
        scene->same++;
    } else if (verify_finds(scene)) {
        scene->found++;
    } else {
        scene->missed++;
        print_message("# bit %llu of byte %llu: other answers, and verify finds nothing\n",
                      (unsigned long long)(bit % 8), (unsigned long long)(bit / 8));
    }
    bit_flip(scene, bit);
    buf_free(&answers);
    arena_reset(&scene->arena);
}

static void scene_tell(const struct scene *scene) {
    print_message("# %llu same answers, %llu refused, %llu found by verify, %llu missed\n",
                  (unsigned long long)scene->same, (unsigned long long)scene->refused, (unsigned long long)scene->found,
                  (unsigned long long)scene->missed);
}

static void no_flipped_bit_changes_an_answer_unseen(void **state) {
    (void)state;
    struct scene scene;
    scene_make(&scene);
    uint64_t seed = 99, pages = (uint64_t)scene.size / PAGE_BYTES;
    for (uint64_t i = 0; i < SAMPLE; i++) { /* headers and cells of pages, where their structure is, and anywhere */
        uint64_t page = check_random(&seed) % pages * PAGE_BYTES * 8;
        uint64_t in_page = check_random(&seed) % (i % 3 == 0 ? (uint64_t)PAGE_BYTES * 8 : 40 * 8);
        flip_try(&scene, i < 100 * 8 / 4 ? i * 4 + i % 4 : page + in_page);
    }
    scene_tell(&scene);
    CHECK_UINT(scene.missed, 0);
    CHECK(scene.same > 100 && scene.refused > 100);
    scene_remove(&scene);
}

/* Every bit of a part. */
static int flip_all(uint64_t part, uint64_t parts) {
    struct scene scene;
    scene_make(&scene);
    uint64_t bits = (uint64_t)scene.size * 8;
    for (uint64_t bit = part; bit < bits; bit += parts) {
        flip_try(&scene, bit);
        if (bit / parts % 20000 == 19999)
            print_message("# %llu of %llu bits\n", (unsigned long long)bit, (unsigned long long)bits);
    }
    scene_tell(&scene);
    bool is_good = scene.missed == 0;
    scene_remove(&scene);
    return is_good ? 0 : 1;
}

static uint64_t number(const char *text) {
    uint64_t value = 0;
    for (; *text >= '0' && *text <= '9'; text++)
        value = value * 10 + (uint64_t)(*text - '0');
    return value;
}

int main(int argc, char **argv) {
    if (argc == 4 && strcmp(argv[1], "--all") == 0 && number(argv[3]) > 0)
        return flip_all(number(argv[2]), number(argv[3]));
    (void)alarm(SECONDS_MAX); /* a loop over a damaged page would show */
    const struct CMUnitTest tests[] = {cmocka_unit_test(no_flipped_bit_changes_an_answer_unseen)};
    return CHECK_RUN(tests);
}
