/* SPDX-License-Identifier: Apache-2.0
 *
 * Work in parallel, finish in order: jobs are taken one after another, worked on by all threads, and finished in the
 * order in which they were taken; so no result depends on the number of threads. */
#ifndef TG_BASE_INORDER_H
#define TG_BASE_INORDER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"

struct inorder {
    void *context;
    /* Fill the job with what is next; *ret_more false: there is nothing more. One at a time. */
    enum status (*take)(void *context, void *job, bool *ret_more);
    /* On any thread, beside the others. */
    enum status (*work)(void *context, void *job);
    /* One at a time, in the order of taking. */
    enum status (*finish)(void *context, void *job);
};
/* One thread for each of the jobs (1 to 64), which are used again and again; the caller's thread is one of them. The
 * first failure, in the order of taking, ends it: nothing behind it is finished. Fewer threads than asked for are no
 * failure. Returns what take, work or finish failed with. */
MUST_CHECK enum status inorder_run(const struct inorder *inorder, void *const *jobs, uint32_t job_count);
/* As many threads as there are cores, at most `most`. */
uint32_t inorder_threads(uint32_t most);

#endif
