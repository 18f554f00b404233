/* SPDX-License-Identifier: Apache-2.0
 *
 * The audit log: what is written is there, what was changed is found, and what cannot be written is told. */
#include "access/audit.h"
#include "calendar/calendar.h"
#include "support/check.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOW (INT64_C(1800000000) * NS_PER_SECOND)

static bool is_sync_failing;
static uint32_t syncs;
int __real_fdatasync(int file);
int __wrap_fdatasync(int file);
int __wrap_fdatasync(int file) {
    __atomic_add_fetch(&syncs, 1, __ATOMIC_RELAXED);
    if (!is_sync_failing)
        return __real_fdatasync(file);
    errno = EIO;
    return -1;
}

struct desk {
    char directory[64], path[96];
    struct audit *audit;
    struct audit_opening opening;
    struct arena arena;
    struct slice error;
};

static void desk_open(struct desk *desk, uint64_t rotate_bytes) {
    CHECK_OK(audit_open(desk->directory, rotate_bytes, &desk->arena, &desk->audit, &desk->opening, &desk->error));
}

static void desk_begin(struct desk *desk) {
    *desk = (struct desk){0};
    (void)snprintf(desk->directory, sizeof desk->directory, "/tmp/audit-XXXXXX");
    CHECK(mkdtemp(desk->directory) != NULL);
    (void)snprintf(desk->path, sizeof desk->path, "%s/" AUDIT_FILE, desk->directory);
    desk_open(desk, 0);
}

static void desk_close(struct desk *desk) {
    audit_close(desk->audit);
    desk->audit = NULL;
}

static int drop_one(const char *path, const struct stat *info, int kind, struct FTW *where) {
    (void)info;
    (void)kind;
    (void)where;
    return remove(path);
}

static void desk_end(struct desk *desk) {
    desk_close(desk);
    arena_free(&desk->arena);
    CHECK(nftw(desk->directory, drop_one, 8, FTW_DEPTH | FTW_PHYS) == 0);
}

static struct audit_entry entry_of(const char *object) {
    return (struct audit_entry){.at_ns = NOW,
                                .tenant = SLICE("default"),
                                .actor = SLICE("local:0"),
                                .origin = SLICE("127.0.0.1"),
                                .action = SLICE("order_create"),
                                .object = slice_of(object),
                                .result = SLICE("begun"),
                                .request = SLICE("r-1"),
                                .roles = 5};
}

static enum status say(struct desk *desk, const char *object, enum audit_when when) {
    struct audit_entry entry = entry_of(object);
    uint64_t seq;
    return audit_write(desk->audit, &entry, when, &seq);
}

static struct audit_check checked(struct desk *desk) {
    struct audit_check check = {0};
    CHECK_OK(audit_scan(desk->directory, 0, NULL, NULL, &desk->arena, &check));
    return check;
}

/* The file as it is, in the arena. */
static struct slice content(struct desk *desk) {
    struct stat info;
    int file = open(desk->path, O_RDONLY);
    CHECK(file >= 0 && fstat(file, &info) == 0);
    char *bytes = arena_alloc(&desk->arena, (size_t)info.st_size + 1);
    CHECK(bytes != NULL && read(file, bytes, (size_t)info.st_size) == info.st_size);
    (void)close(file);
    return (struct slice){bytes, (size_t)info.st_size};
}

static void replace(struct desk *desk, struct slice text) {
    int file = open(desk->path, O_WRONLY | O_TRUNC);
    CHECK(file >= 0 && write(file, text.ptr, text.len) == (ssize_t)text.len);
    (void)close(file);
}

/* ---- what is written ---- */

static enum status last_line(void *context, const struct audit_line *line) {
    struct desk *desk = context;
    desk->error = arena_copy(&desk->arena, line->entry.object);
    return STATUS_OK;
}

static void lines_come_back(void **state) {
    (void)state;
    static const struct {
        const char *row, *object, *want;
    } rows[] = {
        {"plain text", "acct-1", "acct-1"},
        {"quotes and backslashes", "a\"b\\c", "a\"b\\c"},
        {"controls", "a\nb\r\x1b[31m\x7f", "a\nb\r\x1b[31m\x7f"},
        {"other scripts", "\xe8\xb4\xa6\xe5\x8f\xb7", "\xe8\xb4\xa6\xe5\x8f\xb7"},
        {"C1 controls",
         "a\xc2\x9b"
         "31m",
         "a\xc2\x9b"
         "31m"},
        {"turned text",
         "a\xe2\x80\xae"
         "b\xe2\x81\xa6",
         "a\xe2\x80\xae"
         "b\xe2\x81\xa6"},
        {"a line separator", "a\xe2\x80\xa8", "a\xe2\x80\xa8"},
        {"what is no UTF-8",
         "a\xff"
         "b",
         "a\xef\xbf\xbd"
         "b"},
        {"a cut character at the end", "a\xe2\x80", "a\xef\xbf\xbd\xef\xbf\xbd"},
    };
    struct desk desk;
    desk_begin(&desk);
    FOR_ROWS(row, rows) {
        struct audit_check check;
        CHECK_OK(say(&desk, row->object, AUDIT_LATER));
        CHECK_OK(audit_scan(desk.directory, 0, last_line, &desk, &desk.arena, &check));
        CHECK_TEXT(desk.error, row->want);
        CHECK_UINT(check.bad_file.len, 0);
    }
    struct slice text = content(&desk);
    for (size_t i = 0; i < text.len; i++)
        CHECK((unsigned char)text.ptr[i] >= 0x20 || text.ptr[i] == '\n');
    CHECK(memmem(text.ptr, text.len, "\xe2\x80\xae", 3) == NULL && memmem(text.ptr, text.len, "\xc2\x9b", 2) == NULL);
    desk_end(&desk);
}

static void texts_are_cut_between_characters(void **state) {
    (void)state;
    char text[400];
    struct desk desk;
    struct audit_check check;
    desk_begin(&desk);
    for (size_t at = 0; at < 4; at++) {
        memset(text, 'a', sizeof text);
        for (size_t i = at; i + 3 < sizeof text; i += 3)
            memcpy(text + i, "\xe8\xb4\xa6", 3);
        text[sizeof text - 1] = '\0';
        CHECK_OK(say(&desk, text, AUDIT_LATER));
        CHECK_OK(audit_scan(desk.directory, 0, last_line, &desk, &desk.arena, &check));
        CHECK(desk.error.len > AUDIT_TEXT_MAX - 3 && desk.error.len <= AUDIT_TEXT_MAX);
        CHECK(memcmp(desk.error.ptr, text, desk.error.len) == 0);
    }
    desk_end(&desk);
}

static void a_line_is_as_it_was(void **state) {
    (void)state;
    struct desk desk;
    desk_begin(&desk);
    struct audit_entry entry = entry_of("o-1");
    uint64_t seq;
    entry.has_digest = true;
    audit_digest(SLICE("{}"), entry.digest);
    entry.before = SLICE("batch 12");
    CHECK_OK(audit_write(desk.audit, &entry, AUDIT_SAFE, &seq));
    CHECK_UINT(seq, 1);
    entry.of = seq;
    entry.after = SLICE("batch 13");
    entry.result = SLICE("done");
    CHECK_OK(audit_write(desk.audit, &entry, AUDIT_LATER, &seq));
    CHECK_UINT(seq, 2);
    CHECK_GOLDEN(content(&desk), "access/audit.ndjson");
    desk_end(&desk);
}

/* ---- going on ---- */

static void the_chain_goes_on(void **state) {
    (void)state;
    struct desk desk;
    desk_begin(&desk);
    for (int round = 0; round < 5; round++) {
        CHECK_OK(say(&desk, "a", AUDIT_SAFE));
        CHECK_OK(say(&desk, "b", AUDIT_LATER));
        desk_close(&desk);
        desk_open(&desk, 0);
        CHECK_UINT(desk.opening.torn_bytes + desk.opening.damaged_line, 0);
    }
    struct audit_check check = checked(&desk);
    CHECK_UINT(check.lines, 10);
    CHECK_UINT(check.last_seq, 10);
    CHECK_UINT(check.bad_file.len, 0);
    desk_end(&desk);
}

static enum status count_lines(void *context, const struct audit_line *line) {
    uint64_t *next = context;
    CHECK_UINT(line->seq, *next);
    ++*next;
    return STATUS_OK;
}

static void files_are_rotated_with_the_chain(void **state) {
    (void)state;
    struct desk desk;
    desk_begin(&desk);
    desk_close(&desk);
    desk_open(&desk, 2000);
    for (int i = 0; i < 40; i++) {
        CHECK_OK(say(&desk, "a", AUDIT_SAFE));
        if (i % 7 == 0) {
            desk_close(&desk);
            desk_open(&desk, 2000);
        }
    }
    struct audit_check check = checked(&desk);
    CHECK_UINT(check.lines, 40);
    CHECK_UINT(check.bad_file.len, 0);
    uint64_t next = 33;
    CHECK_OK(audit_scan(desk.directory, 33, count_lines, &next, &desk.arena, &check));
    CHECK_UINT(next, 41);
    CHECK(check.lines < 20); /* older files were not read */
    desk_close(&desk);
    CHECK(unlink(desk.path) == 0); /* as if it had stopped between the two names */
    desk_open(&desk, 2000);
    CHECK_OK(say(&desk, "b", AUDIT_SAFE));
    check = checked(&desk);
    CHECK_UINT(check.bad_file.len, 0);
    CHECK(access(desk.path, F_OK) == 0);
    desk_end(&desk);
}

static void *write_many(void *context) {
    for (int i = 0; i < 100; i++)
        CHECK_OK(say(context, "a", i % 3 == 0 ? AUDIT_LATER : AUDIT_SAFE));
    return NULL;
}

static void many_threads_write(void **state) {
    (void)state;
    pthread_t threads[8];
    struct desk desk;
    desk_begin(&desk);
    desk_close(&desk);
    desk_open(&desk, 60000);
    for (size_t i = 0; i < 8; i++)
        CHECK(pthread_create(&threads[i], NULL, write_many, &desk) == 0);
    for (size_t i = 0; i < 8; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    struct audit_check check = checked(&desk);
    CHECK_UINT(check.lines, 800);
    CHECK_UINT(check.bad_file.len, 0);
    desk_end(&desk);
}

/* ---- damage ---- */

enum damage { FLIP, DROP, SWAP, DOUBLE, BLANK, TAIL, CUT_FRONT };
static struct slice damaged(struct desk *desk, struct slice text, enum damage damage) {
    const char *second = memchr(text.ptr, '\n', text.len);
    const char *third = memchr(second + 1, '\n', text.len) + 1;
    int one = (int)(++second - text.ptr), two = (int)(third - second), rest = (int)(text.len - (size_t)(one + two));
    char *copy;
    switch (damage) {
    case FLIP:
        copy = arena_copy(&desk->arena, text).ptr == NULL ? NULL : arena_take(&desk->arena, text.len);
        memcpy(copy, text.ptr, text.len);
        copy[one + 60] ^= 1;
        return (struct slice){copy, text.len};
    case DROP:
        return arena_printf(&desk->arena, "%.*s%.*s", one, text.ptr, rest, third);
    case SWAP:
        return arena_printf(&desk->arena, "%.*s%.*s%.*s", two, second, one, text.ptr, rest, third);
    case DOUBLE:
        return arena_printf(&desk->arena, "%.*s%.*s%.*s%.*s", one, text.ptr, two, second, two, second, rest, third);
    case BLANK:
        return arena_printf(&desk->arena, "%.*s\n%.*s", one, text.ptr, two + rest, second);
    case TAIL:
        return (struct slice){text.ptr, text.len - 7};
    case CUT_FRONT:
        return (struct slice){second, text.len - (size_t)one};
    }
    return text;
}

static void damage_is_located(void **state) {
    (void)state;
    static const struct {
        const char *row;
        enum damage damage;
        uint64_t bad_line;
        bool torn;
    } rows[] = {
        {"one bit of the second line", FLIP, 2, false},
        {"the second line is gone", DROP, 2, false},
        {"the first two are exchanged", SWAP, 2, false},
        {"one comes twice", DOUBLE, 3, false},
        {"an empty line", BLANK, 2, false},
        {"the end is torn", TAIL, 0, true},
        {"the beginning is cut off, which may be an archive's", CUT_FRONT, 0, false},
    };
    FOR_ROWS(row, rows) {
        struct desk desk;
        desk_begin(&desk);
        for (int i = 0; i < 5; i++)
            CHECK_OK(say(&desk, "object", AUDIT_LATER));
        desk_close(&desk);
        struct slice text = content(&desk);
        replace(&desk, damaged(&desk, text, row->damage));
        struct audit_check check = checked(&desk);
        /* a bit in a member shows in its own line or in the next one, which bears the hash */
        CHECK(check.bad_line == row->bad_line || (row->damage == FLIP && check.bad_line == 3));
        CHECK_INT(check.torn_bytes > 0, row->torn);
        desk_open(&desk, 0);
        CHECK_INT(desk.opening.torn_bytes > 0, row->torn);
        CHECK_INT(desk.opening.damaged_line > 0, row->bad_line > 0);
        if (row->torn) {
            struct stat info;
            CHECK(stat(desk.opening.torn_path.ptr, &info) == 0 && (uint64_t)info.st_size == desk.opening.torn_bytes);
        }
        CHECK_OK(say(&desk, "behind", AUDIT_SAFE)); /* it goes on, and what is bad stays so */
        check = checked(&desk);
        CHECK_INT(check.bad_line > 0, row->bad_line > 0);
        CHECK_UINT(check.torn_bytes, 0);
        desk_end(&desk);
    }
}

/* ---- faults ---- */

static void file_size_limit(rlim_t bytes) {
    struct rlimit limit;
    CHECK(getrlimit(RLIMIT_FSIZE, &limit) == 0);
    limit.rlim_cur = bytes;
    CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
}

static void a_full_disk_is_over_when_there_is_room(void **state) {
    (void)state;
    struct desk desk;
    struct stat info;
    struct audit_check check;
    (void)signal(SIGXFSZ, SIG_IGN);
    desk_begin(&desk);
    CHECK_OK(say(&desk, "a", AUDIT_SAFE));
    CHECK(stat(desk.path, &info) == 0);
    for (rlim_t more = 0; more < 30; more += 7) {
        file_size_limit((rlim_t)info.st_size + more);
        CHECK_STATUS(say(&desk, "money", AUDIT_SAFE), STATUS_IO);
        CHECK_STATUS(say(&desk, "read", AUDIT_LATER), STATUS_IO);
    }
    file_size_limit(RLIM_INFINITY);
    CHECK_OK(say(&desk, "b", AUDIT_SAFE));
    check = checked(&desk);
    CHECK_UINT(check.lines, 3); /* a, how many were lost, b */
    CHECK_UINT(check.bad_file.len + check.torn_bytes, 0);
    CHECK(memmem(content(&desk).ptr, content(&desk).len, "\"audit_lost\",\"object\":\"5\"", 25) != NULL);
    desk_end(&desk);
}

static void after_a_failed_sync_nothing_is_written(void **state) {
    (void)state;
    struct desk desk;
    desk_begin(&desk);
    CHECK_OK(say(&desk, "a", AUDIT_SAFE));
    is_sync_failing = true;
    CHECK_STATUS(say(&desk, "b", AUDIT_SAFE), STATUS_IO);
    is_sync_failing = false;
    uint32_t before = syncs;
    CHECK_STATUS(say(&desk, "c", AUDIT_SAFE), STATUS_IO);
    CHECK_STATUS(say(&desk, "d", AUDIT_LATER), STATUS_IO);
    CHECK_UINT(syncs, before);
    desk_close(&desk);
    desk_open(&desk, 0); /* as after a restart: it goes on behind what is there */
    CHECK_OK(say(&desk, "e", AUDIT_SAFE));
    CHECK_UINT(checked(&desk).bad_file.len, 0);
    desk_end(&desk);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_come_back),
        cmocka_unit_test(texts_are_cut_between_characters),
        cmocka_unit_test(a_line_is_as_it_was),
        cmocka_unit_test(the_chain_goes_on),
        cmocka_unit_test(files_are_rotated_with_the_chain),
        cmocka_unit_test(many_threads_write),
        cmocka_unit_test(damage_is_located),
        cmocka_unit_test(a_full_disk_is_over_when_there_is_room),
        cmocka_unit_test(after_a_failed_sync_nothing_is_written),
    };
    return CHECK_RUN(tests);
}
