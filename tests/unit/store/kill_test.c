/* SPDX-License-Identifier: Apache-2.0
 *
 * Writers that are killed at any moment: what they acknowledged is there, the sequence has no gap, nothing is locked.
 */
#include "case.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { KILLS = 200 };

/* By its number, so that the reader knows it; some rows are larger than what one commit usually writes. */
static size_t row_size(uint64_t seq) {
    return seq % 17 == 0 ? 300000 : seq * 7919 % 9000;
}

/* What the child has been told. */
struct told {
    uint64_t seq, position; /* of the last row, and of the last bill */
};

/* Some bills of every third call's rows; now and then only the mark moves. */
static enum status bills_add(struct store_case *test, struct store *store, struct told *told) {
    uint64_t count = told->seq % 5 == 0 ? 0 : told->seq % 40;
    TRY(case_bills(test, store, told->seq, told->position + 1, told->position + 1 + count));
    told->position += count;
    return STATUS_OK;
}

/* Append one to three rows at a time, now and then bills or a document, and tell all that is acknowledged. */
static _Noreturn void write_until_killed(struct store_case *test, int out) {
    struct store *store = NULL;
    struct store_mark mark;
    struct told told = {0};
    uint8_t hash[STORE_HASH_BYTES];
    if (case_open(test, STORE_WRITE, &store) != STATUS_OK || store_last(store, &told.seq, hash) != STATUS_OK ||
        store_bills_mark(store, &mark) != STATUS_OK)
        _exit(3);
    told.position = mark.position;
    for (;;) {
        struct store_row rows[3];
        uint32_t count = 1 + (uint32_t)(told.seq % 3);
        for (uint32_t i = 0; i < count; i++)
            rows[i] = case_row(test, told.seq + 1 + i, row_size(told.seq + 1 + i));
        if (store_append(store, rows, count) != STATUS_OK)
            _exit(4);
        told.seq += count;
        if (told.seq % 3 == 0 && bills_add(test, store, &told) != STATUS_OK)
            _exit(7);
        if (write(out, &told, sizeof told) != sizeof told)
            _exit(5);
        if (told.seq % 10 < 3 && case_put(store, "snapshot", "s", rows[0].blob) != STATUS_OK)
            _exit(6);
        arena_reset(&test->arena);
    }
}

/* The highest numbers that the child told before it was killed, which it was and did not give up. is_at_work: kill only
 * after its first acknowledgement; else perhaps while it opens and recovers. */
static struct told run_and_kill(struct store_case *test, bool is_at_work, unsigned wait_us) {
    int ends[2];
    if (pipe(ends) != 0)
        fail_msg("no pipe");
    pid_t child = fork();
    if (child == 0) {
        (void)close(ends[0]);
        write_until_killed(test, ends[1]);
    }
    (void)close(ends[1]);
    struct told acknowledged = {0}, told;
    if (is_at_work)
        CHECK(read(ends[0], &acknowledged, sizeof acknowledged) == sizeof acknowledged);
    (void)usleep(wait_us);
    (void)kill(child, SIGKILL);
    int how = 0;
    CHECK(waitpid(child, &how, 0) == child && WIFSIGNALED(how) && WTERMSIG(how) == SIGKILL);
    while (read(ends[0], &told, sizeof told) == sizeof told)
        acknowledged = told;
    (void)close(ends[0]);
    return acknowledged;
}

/* All bills that were acknowledged are there and whole; the mark is that of a call that was made. */
static void bills_check(struct store_case *test, struct store *store, uint64_t acknowledged) {
    struct store_bills_check check;
    CHECK_OK(store_bills_verify(store, &test->arena, &check));
    CHECK_TEXT(check.reason, "");
    CHECK(check.count >= acknowledged && check.mark.position == check.count);
    CHECK(check.mark.seq % 3 == 0 && check.mark.seq <= case_last(store));
    for (uint64_t position = check.count > 50 ? check.count - 50 : 1; position <= check.count; position++) {
        struct store_bill want = case_bill(test, position, CASE_ACCOUNTS), got;
        CHECK_OK(store_bill_get(store, want.series, want.number, &test->arena, &got));
        CHECK(got.position == position && slice_eq(got.body, want.body));
    }
}

static void what_was_acknowledged_survives_kills(void **state) {
    (void)state;
    struct store_case test;
    case_begin(&test);
    store_close(case_must_open(&test, STORE_CREATE));
    uint64_t seed = 20261121, before = 0;
    unsigned with_rows = 0, with_bills = 0;
    for (int i = 0; i < KILLS; i++) {
        struct told acknowledged = run_and_kill(&test, i % 4 < 3, (unsigned)(check_random(&seed) % 15000));
        /* A reader may be the first to come, as well as the next writer. */
        struct store *store = case_must_open(&test, i % 2 == 0 ? STORE_READ : STORE_WRITE);
        uint64_t last = case_last(store);
        CHECK(last >= acknowledged.seq && last >= before);
        for (uint64_t seq = before + 1; seq <= last; seq++)
            CHECK(case_row_is(&test, store, seq, row_size(seq)));
        bills_check(&test, store, acknowledged.position);
        store_close(store);
        arena_reset(&test.arena);
        with_rows += acknowledged.seq > 0;
        with_bills += acknowledged.position > 0;
        before = last;
    }
    CHECK(with_rows >= KILLS * 3 / 4 && with_bills >= KILLS / 2);
    struct store *store = case_must_open(&test, STORE_READ);
    for (uint64_t seq = 1; seq <= before; seq++) {
        CHECK(case_row_is(&test, store, seq, row_size(seq)));
        arena_reset(&test.arena);
    }
    struct slice value;
    CHECK_OK(store_get(store, SLICE("snapshot"), SLICE("s"), &test.arena, &value));
    store_close(store);
    print_message("# %d kills, %u with rows, %llu rows\n", KILLS, with_rows, (unsigned long long)before);
    case_end(&test);
}

/* A child that holds the store until it is killed; returns once it does. */
static pid_t hold_in_child(struct store_case *test) {
    int ends[2];
    if (pipe(ends) != 0)
        fail_msg("no pipe");
    pid_t child = fork();
    if (child == 0) {
        struct store *store = NULL;
        if (case_open(test, STORE_WRITE, &store) != STATUS_OK || write(ends[1], "x", 1) != 1)
            _exit(3);
        for (;;)
            (void)pause();
    }
    (void)close(ends[1]);
    char byte;
    CHECK(read(ends[0], &byte, 1) == 1);
    (void)close(ends[0]);
    return child;
}

static void a_second_writer_is_told_who_writes(void **state) {
    (void)state;
    struct store_case test;
    case_begin(&test);
    store_close(case_must_open(&test, STORE_CREATE));
    pid_t child = hold_in_child(&test);
    char want[160];
    (void)snprintf(want, sizeof want, "%s is being written by process %ld", test.path, (long)child);
    struct store *store = NULL;
    CHECK_STATUS(case_open(&test, STORE_WRITE, &store), STATUS_CONFLICT);
    CHECK_TEXT(test.error, want);
    CHECK_STATUS(case_open(&test, STORE_CREATE, &store), STATUS_CONFLICT);
    CHECK_TEXT(test.error, want);
    CHECK(store == NULL);
    store_close(case_must_open(&test, STORE_READ)); /* readers may */
    (void)kill(child, SIGKILL);
    CHECK(waitpid(child, NULL, 0) == child);
    store = case_must_open(&test, STORE_WRITE); /* the file is still there and names the dead process */
    struct store *second = NULL;
    CHECK_STATUS(case_open(&test, STORE_WRITE, &second), STATUS_CONFLICT); /* in one process too */
    CHECK_OK(case_append(&test, store, 1, 10));
    store_close(store);
    case_end(&test);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_second_writer_is_told_who_writes),
        cmocka_unit_test(what_was_acknowledged_survives_kills),
    };
    return CHECK_RUN(tests);
}
