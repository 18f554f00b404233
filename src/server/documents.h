/* SPDX-License-Identifier: Apache-2.0
 *
 * A request's body as documents: one object, the elements of an array, lines, or headers and data (the binary mode of
 * CloudEvents over HTTP). Documents are found, not read: what is wrong inside of one is told of that one alone. */
#ifndef TG_SERVER_DOCUMENTS_H
#define TG_SERVER_DOCUMENTS_H

#include "http/http.h"

enum { DOCUMENTS_MAX = 10000 };

struct documents {
    struct slice *list; /* parts of the body, or of the arena */
    uint32_t count;
    bool is_single; /* it was sent as one event, not as a batch that may hold one */
    bool is_array;  /* its documents are elements of the body */
    bool is_binary; /* made of headers: places in it mean nothing to whoever sent it */
};
/* False: the answer is a problem: 400 (malformed as a whole), 413 (more than DOCUMENTS_MAX), 415, 503. */
bool documents_read(const struct http_request *request, struct http_answer *answer, struct documents *ret_documents);

/* Goes through the body document by document, in their order: where in the body is a place of a document? */
struct documents_place {
    struct slice body;
    size_t at; /* up to here lines were counted */
    uint32_t line;
    size_t line_start;
};
/* In: line and column in the document, from 1; out: in the body. */
void documents_locate(struct documents_place *place, struct slice document, uint32_t *line, uint32_t *column);

#endif
