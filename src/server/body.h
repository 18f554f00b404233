/* SPDX-License-Identifier: Apache-2.0
 *
 * The body of a request as one JSON object. What is wrong with it becomes a problem that points at the place. */
#ifndef TG_SERVER_BODY_H
#define TG_SERVER_BODY_H

#include "base/buf.h"
#include "cxx/json.h"
#include "http/http.h"

struct body {
    const struct http_request *request;
    struct http_answer *answer;
    struct json_parser *parser;
    const struct json_token *tokens; /* the object's, then its members' */
};
/* Parse; every member must be one of `members` (names by spaces) and come once. An empty body is an object without
 * members. False: the answer is a problem (400, 415, 422), or *ret_status a fault. Free in every case. */
bool body_read(const struct http_request *request, struct http_answer *answer, const char *members,
               struct body *ret_body, enum status *ret_status);
void body_free(struct body *body);

/* The member's value; NULL: it is not there, or null. */
const struct json_token *body_find(const struct body *body, const char *name);
/* A text that is not empty. False after a problem. is_needed: it must be there; else *ret stays when it is not. */
bool body_text(const struct body *body, const char *name, bool is_needed, struct slice *ret);
/* The answer becomes a problem 422 that points at a member (or below it: "streams/0"); empty: at the whole body. */
PRINTF(3, 4) void body_wrong(const struct body *body, const char *pointer, const char *detail, ...);

static inline struct slice body_token_text(const struct json_token *token) {
    return (struct slice){token->ptr, token->len};
}
/* The token behind a value. */
static inline const struct json_token *body_token_skip(const struct json_token *value) {
    bool is_container = value->type == JSON_OBJECT || value->type == JSON_ARRAY;
    return value + (is_container ? value->len : 1);
}
/* A value as it was written, without white space between its tokens. text: the document that the tokens are of. */
void body_value_copy(struct slice text, const struct json_token *value, struct buf *out);
/* JSON Pointer of the innermost token that stands at `offset` of a document, below the value at `tokens`. */
struct slice body_pointer_at(const struct json_token *tokens, uint32_t offset, struct arena *arena);

#endif
