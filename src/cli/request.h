/* SPDX-License-Identifier: Apache-2.0
 *
 * Verbs that say something to a data directory: they write one or a few commands as CloudEvents, submit them as one
 * batch, and print the replies. */
#ifndef TG_CLI_REQUEST_H
#define TG_CLI_REQUEST_H

#include "cli/data.h"
#include "engine/view.h"

#define REQUEST_DOCUMENTS_MAX 64

/* The options of every such verb; others go in front. */
#define OPTIONS_REQUEST                                                                                                \
    OPTION_DATA,                                                                                                       \
        {"id", "ID", "the command's id: said again with the same id and instant it changes nothing; default: random",  \
         NULL, false},                                                                                                 \
        {"source", "SOURCE", "who says it; default: tollgate", NULL, false},                                           \
        OPTION_NOW("when it is said and recorded"),                                                                    \
        {"dry-run", NULL, "on a copy of the state: show the reply, change nothing", NULL, false}, OPTION_JSON,         \
        OPTIONS_COMMON

struct request {
    const struct call *call;
    struct arena arena;
    struct slice account, source, id; /* id of the first document */
    int64_t now_ns;
    struct buf text; /* of the document being written */
    struct json_writer writer;
    struct slice documents[REQUEST_DOCUMENTS_MAX];
    struct reply replies[REQUEST_DOCUMENTS_MAX];
    const char *names[REQUEST_DOCUMENTS_MAX];
    uint32_t count;
    struct book *book;     /* NULL until submitted */
    struct remote *remote; /* the daemon that keeps the book; then `book` is for reading. NULL: none does */
    struct book *before;   /* as it was read before the daemon was told; NULL: no daemon */
    uint64_t bills_before; /* bills that were closed when it was submitted */
    bool is_rehearsal;
};

/* Read the common options. EXIT_DONE or EXIT_USAGE after a complaint; free in every case. */
int request_begin(const struct call *call, struct slice account, struct request *ret_request);
/* Members of data are written between the two. name: what follows `tollgate.`, static. */
struct json_writer *request_document(struct request *request, const char *name);
void request_document_end(struct request *request);
/* The id of the document at an index; the first one has the command's own. Lives in the command's arena. */
struct slice request_id(struct request *request, uint32_t index);
/* Open the book before anything is submitted, for its tariffs. EXIT_DONE, or the exit code after a complaint. */
int request_open(struct request *request);
/* Submit what was written (or rehearse it). A document that is no command is told and nothing is written. EXIT_DONE:
 * every reply is there; else the exit code after a complaint. */
int request_submit(struct request *request);
/* request_remote.c: the same through request->remote. */
int request_submit_remote(struct request *request);
bool request_is_accepted(const struct request *request); /* accepted, or known from before */
/* The state with the command in it. */
const struct engine *request_engine(const struct request *request);
/* Print the replies, `more` behind them (NULL: nothing): in a table as lines, in JSON as members. The exit code: 1 when
 * something was refused. */
int request_print(struct request *request, void (*more)(struct request *request, struct sink *out));
void request_free(struct request *request);

#endif
