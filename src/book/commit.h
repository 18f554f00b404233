/* SPDX-License-Identifier: Apache-2.0
 *
 * Group commit: many threads submit to one book, and whoever comes while a batch is being written goes into the next
 * one. A sync is paid by a group, not by a document. */
#ifndef TG_BOOK_COMMIT_H
#define TG_BOOK_COMMIT_H

#include "book/book.h"

struct commits;

/* The book is used by nobody else while there are submissions. Fails: STATUS_NO_MEMORY. */
MUST_CHECK enum status commits_new(struct book *book, struct commits **ret_commits);
void commits_free(struct commits *commits); /* nobody is waiting; the book stays open */
/* As book_submit, from any thread; returns when the documents are durable and in the state. Documents of one call stay
 * together in their order. The batch's recorded instant is the latest now_ns of its group. */
MUST_CHECK enum status commits_submit(struct commits *commits, const struct slice *documents, uint32_t count,
                                      int64_t now_ns, struct reply *replies);

#endif
