/* SPDX-License-Identifier: Apache-2.0
 *
 * What routes that read have in common. */
#include "server/read.h"

#include <string.h>

/* ---- who may see what ---- */

void read_missing(const struct http_request *request, struct http_answer *answer) {
    http_problem(request, answer, 404, "not-found", "there is no such thing, or it is not yours to see.");
}

bool read_may(const struct http_request *request, struct http_answer *answer, struct slice account) {
    struct slice own = request_actor(request)->account;
    if (own.len == 0 || slice_eq(own, account))
        return true;
    read_missing(request, answer);
    return false;
}

bool read_filter(const struct http_request *request, struct http_answer *answer, struct slice *ret_account) {
    struct slice asked = http_query(request, "account"), own = request_actor(request)->account;
    *ret_account = asked.len > 0 ? asked : own.len > 0 ? own : SLICE("");
    return read_may(request, answer, *ret_account);
}

/* ---- what has not changed ---- */

/* Weak and strong ones alike: whether a list of tags names this one, in quotes. */
static bool tags_have(struct slice tags, struct slice tag) {
    for (bool more = true; more;) {
        struct slice one;
        more = slice_cut(tags, ',', &one, &tags);
        one = slice_trim(one);
        if (slice_starts(one, SLICE("W/")))
            one = (struct slice){one.ptr + 2, one.len - 2};
        if (slice_is(one, "*") || slice_eq(one, tag))
            return true;
    }
    return false;
}

bool read_unchanged(const struct http_request *request, struct http_answer *answer, struct slice tag) {
    struct slice quoted = arena_printf(request->arena, "\"" SLICE_FMT "\"", SLICE_ARG(tag));
    struct slice known = http_header(request, "If-None-Match");
    if (quoted.ptr == NULL)
        return false; /* the answer needs none */
    http_field(answer, "ETag", quoted);
    answer->cache = "private, no-cache";
    if (known.ptr == NULL || !tags_have(known, quoted))
        return false;
    buf_clear(&answer->body);
    answer->status = 304;
    return true;
}

bool read_seen(const struct http_request *request, struct http_answer *answer) {
    struct slice tag = arena_printf(request->arena, "s%llu", (unsigned long long)live_seq(request_live(request)));
    return read_unchanged(request, answer, tag);
}

/* ---- the state ---- */

static void state_hold(const struct http_request *request, struct http_answer *answer, struct reading *ret_reading) {
    struct live *live = request_live(request);
    const struct engine *engine = live_state(live);
    *ret_reading = (struct reading){.request = request,
                                    .answer = answer,
                                    .live = live,
                                    .view = {engine, book_tariffs(live_book(live)), request->arena},
                                    .writer = {.out = &answer->body}};
}

bool read_begin(const struct http_request *request, struct http_answer *answer, struct reading *ret_reading) {
    state_hold(request, answer, ret_reading);
    if (!read_seen(request, answer))
        return true;
    live_state_end(ret_reading->live);
    return false;
}

bool read_account_now(const struct http_request *request, struct http_answer *answer, struct reading *ret_reading) {
    if (!read_may(request, answer, request->params[0]))
        return false;
    state_hold(request, answer, ret_reading);
    if (engine_account_find(ret_reading->view.engine, request->params[0], &ret_reading->account))
        return true;
    live_state_end(ret_reading->live);
    read_missing(request, answer);
    return false;
}

bool read_account(const struct http_request *request, struct http_answer *answer, struct reading *ret_reading) {
    if (!read_account_now(request, answer, ret_reading))
        return false;
    if (!read_seen(request, answer))
        return true;
    live_state_end(ret_reading->live);
    return false;
}

enum status read_end(struct reading *reading, enum status status) {
    live_state_end(reading->live);
    return status == STATUS_OK && reading->answer->body.failed ? STATUS_NO_MEMORY : status;
}

enum status read_part(const struct reading *reading, int64_t until_ns, struct read_part *ret_part) {
    *ret_part = (struct read_part){.engine = NULL};
    TRY(engine_part(reading->view.engine, reading->account, &ret_part->engine));
    return engine_close(ret_part->engine, until_ns, &ret_part->statement);
}

void read_part_free(struct read_part *part) {
    statement_free(&part->statement);
    engine_free(part->engine);
}

enum status read_store(const struct http_request *request, struct store **ret_store) {
    struct slice error, path = arena_printf(request->arena, "%s/" BOOK_STORE, request_tenant(request)->directory);
    if (path.ptr == NULL)
        return STATUS_NO_MEMORY;
    return store_sqlite_open(path.ptr, STORE_READ, request->arena, ret_store, &error);
}

bool read_replay_begin(struct server *server, const struct http_request *request, struct http_answer *answer) {
    if (!atomic_exchange(&server->is_replaying, true))
        return true;
    http_problem(request, answer, 503, "busy",
                 "this reads the whole journal, and one does so already; try again later.");
    http_field(answer, "Retry-After", SLICE("5"));
    return false;
}

void read_replay_end(struct server *server) {
    atomic_store(&server->is_replaying, false);
}

enum status read_replay_status(const struct http_request *request, struct http_answer *answer, enum status status) {
    if (status != STATUS_BUSY)
        return status;
    buf_clear(&answer->body);
    http_problem(request, answer, 503, "stopping", "the daemon is stopping; ask another one.");
    return STATUS_OK;
}

/* ---- the query ---- */

bool read_instant(const struct http_request *request, struct http_answer *answer, const char *name, int64_t *ret_ns) {
    struct slice text = http_query(request, name);
    if (text.ptr == NULL)
        return true;
    struct slice whole = text;
    if (text.len == 10)
        whole = arena_printf(request->arena, SLICE_FMT "T00:00:00Z", SLICE_ARG(text));
    if (whole.ptr != NULL && instant_parse(whole, ret_ns, NULL) == STATUS_OK)
        return true;
    http_problem(request, answer, 400, "bad-query",
                 "%s is no instant such as 2026-02-15T08:50:00%%2B08:00 (a plus in a query is %%2B), and no day such "
                 "as 2026-02-15.",
                 name);
    return false;
}

bool read_number(const struct http_request *request, struct http_answer *answer, const char *name, uint64_t most,
                 uint64_t *ret) {
    struct slice text = http_query(request, name);
    uint64_t number;
    if (text.ptr == NULL)
        return true;
    if (slice_number(text, most, &number) && number > 0) {
        *ret = number;
        return true;
    }
    http_problem(request, answer, 400, "bad-query", "%s is not a whole number from 1 to %llu.", name,
                 (unsigned long long)most);
    return false;
}

bool read_choice(const struct http_request *request, struct http_answer *answer, const char *name, const char *words,
                 uint32_t *ret) {
    struct slice text = http_query(request, name), rest = slice_of(words), word;
    uint32_t place = 0;
    if (text.ptr == NULL)
        return true;
    for (bool more = true; more; place++) {
        more = slice_cut(rest, ' ', &word, &rest);
        if (slice_eq(text, word)) {
            *ret = place;
            return true;
        }
    }
    http_problem(request, answer, 400, "bad-query", "%s is one of: %s.", name, words);
    return false;
}

/* ---- lists ---- */

bool listing_begin(const struct http_request *request, struct http_answer *answer, struct listing *ret_listing) {
    struct slice cursor = http_query(request, "cursor");
    uint64_t limit = PAGE_LIMIT;
    struct page page = {.limit = 0};
    if (!read_number(request, answer, "limit", PAGE_LIMIT_MAX, &limit))
        return false;
    page.limit = (uint32_t)limit;
    if (cursor.ptr != NULL && !page_cursor_read(request->arena, slice_of(request->route->name), cursor, &page.after)) {
        http_problem(request, answer, 400, "bad-cursor",
                     "this is no cursor of this list: take it from \"next\" as it is, or begin without one.");
        return false;
    }
    *ret_listing = (struct listing){.request = request, .page = page, .writer = {.out = &answer->body}};
    json_object(&ret_listing->writer);
    json_key(&ret_listing->writer, "items");
    json_array(&ret_listing->writer);
    return true;
}

static void key_keep(struct listing *listing, struct slice key) {
    listing->last = arena_copy(listing->request->arena, key);
    if (listing->last.ptr == NULL)
        listing->writer.out->failed = true;
}

bool listing_take(struct listing *listing, struct slice key) {
    if (listing->count == listing->page.limit) {
        listing->is_full = true;
        return false;
    }
    listing->count++;
    key_keep(listing, key);
    return true;
}

struct slice listing_number(const struct listing *listing, uint32_t number) {
    return page_key(listing->request->arena, number, 0);
}

enum { NUMBERS_AT_ONCE = 65536 };

/* From *next on, which goes up, or down from one behind to 0. False: it is done. */
static bool walk_some(const struct listing_numbers *numbers, struct live *live, uint64_t *next) {
    const struct engine *engine = live_state(live);
    uint64_t count = numbers->count(numbers->context, engine);
    bool more = true;
    if (numbers->is_newest_first && *next > count)
        *next = count;
    for (uint32_t i = 0; more && i < NUMBERS_AT_ONCE; i++) {
        more = numbers->is_newest_first ? *next > 0 : *next < count;
        if (more && numbers->is_newest_first)
            more = numbers->write(numbers->context, engine, (uint32_t)(--*next));
        else if (more)
            more = numbers->write(numbers->context, engine, (uint32_t)(*next)++);
    }
    live_state_end(live);
    return more;
}

void listing_walk(struct listing *listing, const struct listing_numbers *numbers) {
    uint64_t next = numbers->is_newest_first ? UINT64_MAX : 0, after;
    uint32_t low;
    if (listing->page.after.ptr != NULL && page_key_read(listing->page.after, &after, &low))
        next = numbers->is_newest_first ? after : after + 1;
    while (walk_some(numbers, request_live(listing->request), &next))
        continue;
}

void listing_pause(struct listing *listing, struct slice key) {
    key_keep(listing, key);
    listing->is_full = true;
}

enum status listing_end(struct listing *listing) {
    struct slice next = {0};
    json_array_end(&listing->writer);
    if (listing->is_full && listing->last.ptr != NULL) {
        next = page_cursor(listing->request->arena, slice_of(listing->request->route->name), listing->last);
        if (next.ptr == NULL)
            return STATUS_NO_MEMORY;
    }
    json_optional(&listing->writer, "next", next);
    json_object_end(&listing->writer);
    return listing->writer.out->failed ? STATUS_NO_MEMORY : STATUS_OK;
}
