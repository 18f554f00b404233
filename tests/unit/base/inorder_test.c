/* SPDX-License-Identifier: Apache-2.0
 *
 * Jobs are finished in the order in which they were taken, by any number of threads, up to the first failure. */
#include "base/inorder.h"

#include <time.h>

#include "support/check.h"

enum { JOBS = 400 };

struct job {
    uint64_t number, squared;
};
struct run {
    uint64_t taken, finished, take_fails_at, work_fails_at, finish_fails_at; /* 0: never */
};

static enum status take(void *context, void *job, bool *ret_more) {
    struct run *run = context;
    struct job *next = job;
    next->number = ++run->taken;
    *ret_more = next->number <= JOBS;
    return next->number == run->take_fails_at ? STATUS_IO : STATUS_OK;
}

static enum status work(void *context, void *job) {
    const struct run *run = context;
    struct job *mine = job;
    struct timespec rest = {.tv_nsec = (long)(mine->number % 7) * 10000};
    nanosleep(&rest, NULL);
    mine->squared = mine->number * mine->number;
    return mine->number == run->work_fails_at ? STATUS_INVALID : STATUS_OK;
}

static enum status finish(void *context, void *job) {
    struct run *run = context;
    const struct job *mine = job;
    CHECK_UINT(mine->number, run->finished + 1);
    CHECK_UINT(mine->squared, mine->number * mine->number);
    if (mine->number == run->finish_fails_at)
        return STATUS_RANGE;
    run->finished = mine->number;
    return STATUS_OK;
}

static void jobs_end_in_order(void **state) {
    static const struct {
        const char *row;
        uint32_t threads;
        struct run run;
        enum status want;
        uint64_t finished;
    } rows[] = {
        {"one thread", 1, {0}, STATUS_OK, JOBS},
        {"two threads", 2, {0}, STATUS_OK, JOBS},
        {"more threads than cores", 16, {0}, STATUS_OK, JOBS},
        {"taking fails: what was taken before is finished", 4, {.take_fails_at = 100}, STATUS_IO, 99},
        {"work fails in its turn", 4, {.work_fails_at = 100}, STATUS_INVALID, 99},
        {"finishing fails: nothing behind it is finished", 4, {.finish_fails_at = 100}, STATUS_RANGE, 99},
        {"the first of two failures counts", 8, {.work_fails_at = 51, .finish_fails_at = 50}, STATUS_RANGE, 49},
        {"at the first job", 3, {.work_fails_at = 1}, STATUS_INVALID, 0},
    };
    (void)state;
    FOR_ROWS(row, rows) {
        struct job jobs[16] = {0};
        void *list[16];
        struct run run = row->run;
        struct inorder inorder = {&run, take, work, finish};
        for (int i = 0; i < 16; i++)
            list[i] = &jobs[i];
        CHECK_STATUS(inorder_run(&inorder, list, row->threads), row->want);
        CHECK_UINT(run.finished, row->finished);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(jobs_end_in_order)};
    return CHECK_RUN(tests);
}
