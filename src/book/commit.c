/* SPDX-License-Identifier: Apache-2.0
 *
 * The first thread to come leads: it writes for all that are waiting, again and again until nobody is. */
#include "book/commit.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { GROUP_DOCUMENTS_MAX = 65536 };

struct submission {
    const struct slice *documents;
    struct reply *replies;
    uint32_t count;
    int64_t now_ns;
    enum status status;
    bool is_done;
    struct submission *next;
};

struct commits {
    struct book *book;
    pthread_mutex_t lock;
    pthread_cond_t done;
    struct submission *first, **end; /* waiting, in the order of coming */
    bool has_leader;
};

enum status commits_new(struct book *book, struct commits **ret_commits) {
    struct commits *commits = calloc(1, sizeof *commits);
    if (!commits)
        return STATUS_NO_MEMORY;
    commits->book = book;
    commits->end = &commits->first;
    pthread_mutex_init(&commits->lock, NULL);
    pthread_cond_init(&commits->done, NULL);
    *ret_commits = commits;
    return STATUS_OK;
}

void commits_free(struct commits *commits) {
    if (!commits)
        return;
    pthread_mutex_destroy(&commits->lock);
    pthread_cond_destroy(&commits->done);
    free(commits);
}

/* Take what waits from the front, as far as it makes one batch. Under the lock. */
static struct submission *group_take(struct commits *commits, uint32_t *ret_documents) {
    struct submission *first = commits->first, *last = first;
    uint32_t documents = first->count;
    while (last->next && documents + last->next->count <= GROUP_DOCUMENTS_MAX) {
        last = last->next;
        documents += last->count;
    }
    commits->first = last->next;
    if (!commits->first)
        commits->end = &commits->first;
    last->next = NULL;
    *ret_documents = documents;
    return first;
}

static enum status group_write(struct book *book, struct submission *group, uint32_t count) {
    struct slice *documents = malloc((count + (size_t)1) * sizeof *documents);
    struct reply *replies = malloc((count + (size_t)1) * sizeof *replies);
    enum status status = documents && replies ? STATUS_OK : STATUS_NO_MEMORY;
    int64_t now_ns = group->now_ns;
    uint32_t at = 0;
    for (struct submission *one = group; one && status == STATUS_OK; one = one->next) {
        memcpy(documents + at, one->documents, one->count * sizeof *documents);
        at += one->count;
        now_ns = one->now_ns > now_ns ? one->now_ns : now_ns;
    }
    if (status == STATUS_OK)
        status = book_submit(book, documents, count, now_ns, replies);
    at = 0;
    for (struct submission *one = group; one; one = one->next) {
        one->status = status;
        if (status == STATUS_OK)
            memcpy(one->replies, replies + at, one->count * sizeof *replies);
        at += one->count;
    }
    free(documents);
    free(replies);
    return status;
}

/* Under the lock, which is let go while a group is written. */
static void lead(struct commits *commits) {
    commits->has_leader = true;
    while (commits->first) {
        uint32_t documents;
        struct submission *group = group_take(commits, &documents);
        pthread_mutex_unlock(&commits->lock);
        (void)group_write(commits->book, group, documents); /* every submission has its status */
        pthread_mutex_lock(&commits->lock);
        for (struct submission *one = group, *next; one; one = next) {
            next = one->next; /* its thread may go once it is done */
            one->is_done = true;
        }
        pthread_cond_broadcast(&commits->done);
    }
    commits->has_leader = false;
}

enum status commits_submit(struct commits *commits, const struct slice *documents, uint32_t count, int64_t now_ns,
                           struct reply *replies) {
    struct submission mine = {.documents = documents, .replies = replies, .count = count, .now_ns = now_ns};
    pthread_mutex_lock(&commits->lock);
    *commits->end = &mine;
    commits->end = &mine.next;
    while (!mine.is_done) {
        if (commits->has_leader)
            pthread_cond_wait(&commits->done, &commits->lock);
        else
            lead(commits);
    }
    pthread_mutex_unlock(&commits->lock);
    return mine.status;
}
