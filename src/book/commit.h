/* SPDX-License-Identifier: Apache-2.0
 *
 * Submitting in steps, for who serves many threads: requests are read beside each other, those of many callers become
 * one durable batch, and the state is changed in portions. book_submit is these steps one behind the other. */
#ifndef TG_BOOK_COMMIT_H
#define TG_BOOK_COMMIT_H

#include "book/book.h"

/* What a caller may say; the rest is refused with a reply, and is not kept. */
struct book_scope {
    bool events_only;     /* no commands */
    struct slice account; /* of this account only; empty: of all */
};
/* The documents of one caller. */
struct book_request {
    const struct book_scope *scope;   /* NULL: everything may be said */
    const struct tariff_set *tariffs; /* that they were read under */
    struct record *records;           /* in the arena */
    uint32_t *places;                 /* of each record in the caller's list */
    uint32_t count;
    size_t bytes;                /* of all documents */
    struct reply *replies;       /* the caller's */
    struct arena *arena, *texts; /* records; what replies say */
    struct book_request *next;   /* in its batch */
};
/* A reader for book_request_read, under one of the book's sets of tariffs. Fails: STATUS_NO_MEMORY. */
MUST_CHECK enum status book_reader_new(const struct book *book, const struct tariff_set *tariffs,
                                       struct reader **ret_reader);
/* Read documents (JSON texts, one object each), under the tariffs that the reader was made for. From any thread, with a
 * reader of its own; the book does not change. What is no document at all has its reply then. request: its scope,
 * replies, arena and texts are the caller's, and live until the commit is done; the rest is filled. Fails:
 * STATUS_NO_MEMORY. */
MUST_CHECK enum status book_request_read(struct reader *reader, const struct slice *documents, uint32_t count,
                                         struct book_request *request);

/* A batch in the making. */
struct book_commit {
    struct book *book;
    struct book_request *requests; /* were all read under book_tariffs */
    int64_t now_ns;                /* recorded instant */
    struct arena *arena;           /* lives until the commit is done */
    bool is_group; /* of many callers: what several of them say is written once; else the fold finds it */
    /* what the steps keep */
    struct record *records; /* that are new */
    struct book_place *places;
    uint32_t count, applied;
    struct book_twin *twins; /* of them: said again in the same batch, and not written */
    uint32_t twin_count;
    struct lead *lead; /* what goes before them; NULL: nothing, or it was applied */
    struct record *recall;
};
/* Sort out what is known and write the rest as one durable batch; nothing is written when nothing is new. The state
 * does not change. commit->count says how many records are to be applied. Fails as book_submit. */
MUST_CHECK enum status book_commit_write(struct book_commit *commit);
/* Apply the next `most` records at most, and give their replies; done when applied == count. Reasons live as long as
 * the state. A failure leaves the state behind the journal: nothing more can be written. */
MUST_CHECK enum status book_commit_apply(struct book_commit *commit, uint32_t most);
/* Whose request record `index` of the commit came with. */
struct book_request *book_commit_request(const struct book_commit *commit, uint32_t index);
/* Bills and forgotten identities to the store. What a full disk keeps out stays, and goes with the next ones. */
MUST_CHECK enum status book_effects_write(struct book *book);
/* Whether there are any. */
bool book_effects_wait(const struct book *book);
/* Nothing can be written any more, until it is opened again. */
bool book_is_broken(const struct book *book);

#endif
