/* SPDX-License-Identifier: Apache-2.0
 *
 * What routes that read have in common: a state that stands still, whose account it is, lists in pages, what has not
 * changed since (ETag), instants in the query. */
#ifndef TG_SERVER_READ_H
#define TG_SERVER_READ_H

#include "server/server_private.h"
#include "view/page.h"
#include "view/view.h"

/* ---- who may see what ---- */

/* 404 in the same words for what is not there and for what is somebody else's. */
void read_missing(const struct http_request *request, struct http_answer *answer);
/* A customer's key opens its own account alone. False: the answer is a 404. */
bool read_may(const struct http_request *request, struct http_answer *answer, struct slice account);
/* The account that the query asks for (`account`), or a customer's own; empty: all. False: the answer is a 404. */
bool read_filter(const struct http_request *request, struct http_answer *answer, struct slice *ret_account);

/* ---- what has not changed ---- */

/* An answer that `tag` (without quotes) tells from later ones: sets ETag. True: the client has it already, and the
 * answer is 304. */
bool read_unchanged(const struct http_request *request, struct http_answer *answer, struct slice tag);
/* The same for what follows from the state: the last batch in it is the tag. */
bool read_seen(const struct http_request *request, struct http_answer *answer);

/* ---- the state ---- */

struct reading {
    const struct http_request *request;
    struct http_answer *answer;
    struct live *live;
    struct view view;
    uint32_t account; /* of read_account */
    struct json_writer writer;
};
/* Let the state stand still until read_end. False: the answer is there (304), and nothing is held. */
bool read_begin(const struct http_request *request, struct http_answer *answer, struct reading *ret_reading);
/* The same with the account that the route's first parameter names. False: also 404. */
bool read_account(const struct http_request *request, struct http_answer *answer, struct reading *ret_reading);
/* The same of what changes without the journal: no condition is looked at. */
bool read_account_now(const struct http_request *request, struct http_answer *answer, struct reading *ret_reading);
/* status, or STATUS_NO_MEMORY when the answer did not fit into memory. */
MUST_CHECK enum status read_end(struct reading *reading, enum status status);
/* The account stated alone, as closing every cycle by until_ns would state it. In every case to be freed. */
struct read_part {
    struct engine *engine;
    struct statement statement;
};
MUST_CHECK enum status read_part(const struct reading *reading, int64_t until_ns, struct read_part *ret_part);
void read_part_free(struct read_part *part);
/* A handle of its own on the store of the tenant, beside the one that writes; to be closed. Fails as
 * store_sqlite_open. */
MUST_CHECK enum status read_store(const struct http_request *request, struct store **ret_store);

/* What reads a whole journal takes a processor and a disk for long: one at a time, for all tenants. False: the answer
 * is a 503 that says when to come again. */
bool read_replay_begin(struct server *server, const struct http_request *request, struct http_answer *answer);
void read_replay_end(struct server *server);
/* STATUS_BUSY, by which such a reading gives up when the daemon is to stop, becomes a 503. */
MUST_CHECK enum status read_replay_status(const struct http_request *request, struct http_answer *answer,
                                          enum status status);

/* ---- the query ---- */

/* An instant, or a day, which begins at 00:00 UTC; *ret stays when it is not asked for. False: the answer is a 400. */
bool read_instant(const struct http_request *request, struct http_answer *answer, const char *name, int64_t *ret_ns);
/* A whole number from 1 to most, likewise. */
bool read_number(const struct http_request *request, struct http_answer *answer, const char *name, uint64_t most,
                 uint64_t *ret);
/* One of these words ("true false"), likewise; *ret is its place, from 0. */
bool read_choice(const struct http_request *request, struct http_answer *answer, const char *name, const char *words,
                 uint32_t *ret);

/* ---- lists: {"items":[…],"next":"cursor" or null} ---- */

struct listing {
    const struct http_request *request;
    struct page page;
    struct json_writer writer;
    uint32_t count;
    struct slice last; /* key of the last thing listed, or looked at */
    bool is_full;      /* there is more */
};
/* Read limit and cursor, and begin; before the state is held. False: the answer is a 400. */
bool listing_begin(const struct http_request *request, struct http_answer *answer, struct listing *ret_listing);
/* Whether there is room for one more, whose key this is (copied); then the caller writes it. False: no more. */
bool listing_take(struct listing *listing, struct slice key);
/* Lists whose things the state numbers from 0 and only adds to. */
struct listing_numbers {
    uint32_t (*count)(void *context, const struct engine *engine);
    /* Write the thing of that number, unless it is not wanted. False: the page is full (listing_take said so). */
    bool (*write)(void *context, const struct engine *engine, uint32_t number);
    void *context;
    bool is_newest_first;
};
/* In pieces, between which the state goes on. The key to give to listing_take is listing_number. */
void listing_walk(struct listing *listing, const struct listing_numbers *numbers);
struct slice listing_number(const struct listing *listing, uint32_t number);
/* Behind the last thing: more is there behind `key`, though the page is not full. */
void listing_pause(struct listing *listing, struct slice key);
MUST_CHECK enum status listing_end(struct listing *listing);

#endif
