/* SPDX-License-Identifier: Apache-2.0
 *
 * The audit log: who did what, from its beginning or from its end, and whether it is as it was written. */
#include <string.h>

#include "access/audit.h"
#include "server/read.h"

struct audit_list {
    struct listing listing;
    struct slice actor, action; /* ptr NULL: all */
};

static bool is_wanted(const struct audit_list *list, const struct audit_line *line) {
    return (list->actor.ptr == NULL || slice_eq(list->actor, line->entry.actor)) &&
           (list->action.ptr == NULL || slice_eq(list->action, line->entry.action));
}

/* ---- from the oldest ---- */

static enum status audit_list_line(void *context, const struct audit_line *line) {
    struct audit_list *list = context;
    if (!is_wanted(list, line))
        return STATUS_OK;
    if (!listing_take(&list->listing, page_key(list->listing.request->arena, line->seq, 0)))
        return STATUS_RANGE; /* enough */
    json_raw(&list->listing.writer, line->text);
    return STATUS_OK;
}

static enum status oldest_first(struct audit_list *list, uint64_t after) {
    const struct http_request *request = list->listing.request;
    struct audit_check check;
    return audit_scan(request_tenant(request)->directory, after + 1, audit_list_line, list, request->arena, &check);
}

/* ---- from the newest: the lines before one, in stretches that begin further and further back ---- */

enum { STRETCH_FIRST = 4096 };

struct kept_line {
    uint64_t seq;
    struct buf text;
};
struct backwards {
    const struct audit_list *list;
    struct kept_line *ring; /* the last `room` of those that are wanted */
    uint64_t room, count;
    uint64_t before; /* the line that ends it */
};

static enum status line_keep(void *context, const struct audit_line *line) {
    struct backwards *back = context;
    if (line->seq >= back->before)
        return STATUS_RANGE; /* enough */
    if (!is_wanted(back->list, line))
        return STATUS_OK;
    struct kept_line *kept = &back->ring[back->count++ % back->room];
    kept->seq = line->seq;
    buf_clear(&kept->text);
    buf_append(&kept->text, line->text);
    return kept->text.failed ? STATUS_NO_MEMORY : STATUS_OK;
}

static enum status stretches_read(struct backwards *back, const struct http_request *request) {
    struct audit_check check;
    uint64_t from = back->before;
    for (uint64_t length = STRETCH_FIRST; from > 1 && back->count < back->room; length *= 8) {
        from = back->before > length ? back->before - length : 1;
        back->count = 0;
        enum status status =
            audit_scan(request_tenant(request)->directory, from, line_keep, back, request->arena, &check);
        if (status != STATUS_OK && status != STATUS_RANGE)
            return status;
    }
    return STATUS_OK;
}

static enum status newest_first(struct audit_list *list, uint64_t before) {
    const struct http_request *request = list->listing.request;
    struct backwards back = {.list = list, .room = list->listing.page.limit + 1, .before = before};
    if (before == 0)
        back.before = audit_last(request_tenant(request)->audit) + 1;
    back.ring = ARENA_ARRAY(request->arena, back.room, struct kept_line);
    if (back.ring == NULL)
        return STATUS_NO_MEMORY;
    memset(back.ring, 0, back.room * sizeof *back.ring);
    enum status status = stretches_read(&back, request);
    uint64_t count = back.count < back.room ? back.count : back.room;
    for (uint64_t i = 0; i < count && status == STATUS_OK; i++) {
        const struct kept_line *kept = &back.ring[(back.count - 1 - i) % back.room];
        if (!listing_take(&list->listing, page_key(request->arena, kept->seq, 0)))
            break;
        json_raw(&list->listing.writer, buf_slice(&kept->text));
    }
    for (uint64_t i = 0; i < back.room; i++)
        buf_free(&back.ring[i].text);
    return status;
}

enum status audit_get(void *context, const struct http_request *request, struct http_answer *answer) {
    struct audit_list list = {.actor = http_query(request, "actor"), .action = http_query(request, "action")};
    uint64_t place = 0;
    uint32_t low, order = 0;
    (void)context;
    if (!read_choice(request, answer, "order", "asc desc", &order) || !listing_begin(request, answer, &list.listing))
        return STATUS_OK;
    if (list.listing.page.after.ptr != NULL && !page_key_read(list.listing.page.after, &place, &low))
        return STATUS_INVALID; /* listing_begin lets only cursors of this list pass */
    enum status status = order == 1 ? newest_first(&list, place) : oldest_first(&list, place);
    return status == STATUS_OK || status == STATUS_RANGE ? listing_end(&list.listing) : status;
}

/* ---- the chain ---- */

enum status audit_chain(void *context, const struct http_request *request, struct http_answer *answer) {
    struct audit_check check;
    struct json_writer writer = {.out = &answer->body};
    if (!read_replay_begin(context, request, answer))
        return STATUS_OK;
    enum status status = audit_scan(request_tenant(request)->directory, 0, NULL, NULL, request->arena, &check);
    read_replay_end(context);
    TRY(status);
    audit_check_json(&check, check.bad_file.len == 0, &writer);
    return answer->body.failed ? STATUS_NO_MEMORY : STATUS_OK;
}
