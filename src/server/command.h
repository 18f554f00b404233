/* SPDX-License-Identifier: Apache-2.0
 *
 * Requests that change something: each becomes one command of the journal (a CloudEvent `tollgate.…`), and is answered
 * with the journal's reply and what is known then. A row of data says which body becomes which command. */
#ifndef TG_SERVER_COMMAND_H
#define TG_SERVER_COMMAND_H

#include "access/approval.h"
#include "server/body.h"
#include "server/once.h"
#include "server/routes.h"
#include "view/view.h"

#define COMMAND_SOURCE SLICE("api") /* of every command that comes this way */

struct said;
struct command_kind {
    const char *type;    /* what follows "tollgate." */
    const char *members; /* of the body, by spaces */
    const char *own;     /* those of them that are not copied into data */
    const char *param;   /* the path's second parameter becomes this member of data; NULL: it has none */
    uint16_t status;     /* of the answer when it is taken */
    bool moves_money;    /* an Idempotency-Key must be sent */
    bool needs_account;  /* the account must be known: else 404 */
    bool closes;         /* the answer sums up the bills that it closed */
    /* What is checked before, and what `own` becomes: may fill said->account, said->more. False: the answer is a
     * problem, or *ret_status a fault. NULL: nothing. */
    bool (*prepare)(struct said *said, enum status *ret_status);
    /* Must a second person approve it? Then it says what is proposed: action and summary. NULL: never. */
    bool (*needs_two)(const struct said *said, struct proposal *proposal);
    /* What the answer shows, as members, of the state with the command in it. NULL: nothing. */
    enum status (*view)(const struct said *said, const struct view *view, struct json_writer *writer);
};

/* One request on its way. */
struct said {
    struct server *server;
    const struct http_request *request;
    struct http_answer *answer;
    const struct once *once; /* NULL: a rehearsal */
    const struct command_kind *kind;
    struct body body;
    struct slice account;  /* whose; ptr NULL: nobody's */
    struct slice given_id; /* the body's own id; empty: none */
    struct slice more;     /* members of data that are not the body's, as JSON; may be empty */
    struct slice id;       /* of the command */
    int64_t at_ns;         /* when it is said */
    struct slice document;
    struct reply reply;
    struct buf shown; /* by the command's view: members of the answer */
    enum status view_status;
    uint64_t bills_before;
    bool is_rehearsal;
    bool is_proposed; /* the answer is that it was */
};

/* Answer the request by its command. Fails: STATUS_NO_MEMORY, and faults of the store. */
MUST_CHECK enum status command_run(struct server *server, const struct command_kind *kind,
                                   const struct http_request *request, struct http_answer *answer);
/* True or false of a query parameter; absent: false. False after a problem. */
bool command_flag(const struct http_request *request, struct http_answer *answer, const char *name, bool *ret);
/* 96 random bits in hexadecimal digits. Fails: STATUS_IO, STATUS_NO_MEMORY. */
MUST_CHECK enum status command_random_id(struct arena *arena, struct slice *ret_id);

#endif
