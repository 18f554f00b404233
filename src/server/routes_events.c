/* SPDX-License-Identifier: Apache-2.0
 *
 * POST /v1/events: usage, one event or many. It is answered once all of it is durable and in the state; what became of
 * each event is told, and what is wrong with one is no matter of the others. */
#include "server/body.h"
#include "server/documents.h"
#include "server/event_answer.h"
#include "server/server_private.h"

/* What becomes of an event, for whoever sent it. */
enum result { RESULT_ACCEPTED, RESULT_DUPLICATE, RESULT_CONFLICT, RESULT_TOO_OLD, RESULT_UNPRICED, RESULT_INVALID };
static const char *const result_names[] = {"accepted", "duplicate", "conflict", "too-old", "unpriced", "invalid"};
enum { RESULT_COUNT = sizeof result_names / sizeof *result_names };

static enum result result_of(const struct reply *reply) {
    switch (reply->outcome) {
    case OUTCOME_ACCEPTED:
        return RESULT_ACCEPTED;
    case OUTCOME_DUPLICATE:
        return RESULT_DUPLICATE;
    case OUTCOME_CONFLICT:
        return RESULT_CONFLICT;
    case OUTCOME_UNPRICED:
        return RESULT_UNPRICED;
    case OUTCOME_REJECTED:
        break;
    }
    return reply->is_too_old ? RESULT_TOO_OLD : RESULT_INVALID;
}

/* Everything, what is not simply accepted, or nothing. */
enum wanted { WANTED_PROBLEMS, WANTED_ALL, WANTED_NONE };

static bool wanted_read(const struct http_request *request, struct http_answer *answer, enum wanted *ret_wanted) {
    static const char *const names[] = {"problems", "all", "none"};
    struct slice text = http_query(request, "results");
    for (int i = 0; i < 3; i++) {
        *ret_wanted = (enum wanted)i;
        if (text.ptr == NULL || slice_is(text, names[i]))
            return true;
    }
    http_problem(request, answer, 400, "bad-query", "results is one of problems, all, none.");
    return false;
}

/* ---- where ---- */

struct telling {
    const struct http_request *request;
    const struct documents *documents;
    struct documents_place place;
    struct json_parser *parser; /* made when a place is looked for */
};

/* JSON Pointer, in its document, of what is wrong; empty: the document is no JSON, or it is not known. */
static struct slice pointer_in(struct telling *telling, struct slice document, const struct reply *reply) {
    const struct json_token *tokens;
    struct json_error error = {0};
    const char *at = document.ptr, *end = document.ptr + document.len;
    for (uint32_t line = 1; at && line < reply->line; line++) {
        at = memchr(at, '\n', (size_t)(end - at));
        at = at ? at + 1 : NULL;
    }
    if (!telling->parser)
        telling->parser = json_parser_new();
    if (!at || !telling->parser || json_parse(telling->parser, document.ptr, document.len, &tokens, &error) == 0)
        return (struct slice){"", 0};
    uint32_t offset = (uint32_t)(at - document.ptr) + reply->column - 1;
    return body_pointer_at(tokens, offset, telling->request->arena);
}

/* ---- many ---- */

static void pointer_json(struct telling *telling, uint32_t index, const struct reply *reply,
                         struct json_writer *writer) {
    struct slice inner = pointer_in(telling, telling->documents->list[index], reply);
    if (telling->documents->is_array)
        inner = arena_printf(telling->request->arena, "/%u" SLICE_FMT, index, SLICE_ARG(inner));
    if (inner.len)
        json_member(writer, "pointer", inner);
}

static void item_json(struct telling *telling, uint32_t index, const struct reply *reply, struct json_writer *writer) {
    json_object(writer);
    json_key(writer, "index");
    json_uint(writer, index);
    json_member_plain(writer, "outcome", slice_of(result_names[result_of(reply)]));
    if (reply->line) {
        uint32_t line = reply->line, column = reply->column;
        documents_locate(&telling->place, telling->documents->list[index], &line, &column);
        json_key(writer, "line");
        json_uint(writer, line);
        json_key(writer, "column");
        json_uint(writer, column);
    }
    if (result_of(reply) == RESULT_INVALID)
        pointer_json(telling, index, reply, writer);
    if (reply->reason.len)
        json_member(writer, "reason", reply->reason);
    json_object_end(writer);
}

static enum status many_answer(struct telling *telling, const struct server_intake *intake, enum wanted wanted,
                               struct http_answer *answer) {
    struct json_writer writer = {.out = &answer->body};
    uint64_t counts[RESULT_COUNT] = {0};
    for (uint32_t i = 0; i < intake->count; i++)
        counts[result_of(&intake->replies[i])]++;
    json_object(&writer);
    json_key(&writer, "outcomes");
    json_object(&writer);
    for (uint32_t i = 0; i < RESULT_COUNT; i++) {
        json_key(&writer, result_names[i]);
        json_uint(&writer, counts[i]);
    }
    json_object_end(&writer);
    if (wanted != WANTED_NONE) {
        json_key(&writer, "items");
        json_array(&writer);
        for (uint32_t i = 0; i < intake->count; i++)
            if (wanted == WANTED_ALL || result_of(&intake->replies[i]) != RESULT_ACCEPTED)
                item_json(telling, i, &intake->replies[i], &writer);
        json_array_end(&writer);
    }
    json_object_end(&writer);
    return STATUS_OK;
}

/* ---- one ---- */

static enum status one_answer(struct telling *telling, const struct reply *reply, struct http_answer *answer) {
    const struct http_request *request = telling->request;
    const struct documents *documents = telling->documents;
    enum result result = result_of(reply);
    if (result == RESULT_CONFLICT || result == RESULT_TOO_OLD || result == RESULT_INVALID) {
        uint32_t line = reply->line, column = reply->column;
        if (!documents->is_binary)
            documents_locate(&telling->place, documents->list[0], &line, &column);
        http_problem(request, answer, result == RESULT_CONFLICT ? 409 : 422, result_names[result],
                     documents->is_binary ? SLICE_FMT "." : SLICE_FMT ", at line %u, column %u.",
                     SLICE_ARG(reply->reason), line, column);
        if (result == RESULT_INVALID && !documents->is_binary)
            http_problem_at(request, answer, pointer_in(telling, documents->list[0], reply), SLICE_FMT,
                            SLICE_ARG(reply->reason));
        return STATUS_OK;
    }
    struct json_writer writer = {.out = &answer->body};
    json_object(&writer);
    json_member_plain(&writer, "outcome", slice_of(result_names[result]));
    if (reply->reason.len)
        json_member(&writer, "reason", reply->reason);
    json_object_end(&writer);
    return STATUS_OK;
}

enum status event_answer(const struct http_request *request, const struct reply *reply, struct http_answer *answer) {
    struct documents none = {.is_binary = true};
    return one_answer(&(struct telling){.request = request, .documents = &none}, reply, answer);
}

enum status events_post(void *context, const struct http_request *request, struct http_answer *answer) {
    struct documents documents;
    enum wanted wanted;
    if (!wanted_read(request, answer, &wanted) || !documents_read(request, answer, &documents))
        return STATUS_OK;
    struct server_intake intake = {.documents = documents.list, .count = documents.count, .is_ingest = true};
    if (!server_submit(context, request, &intake, answer))
        return STATUS_OK;
    struct telling telling = {.request = request, .documents = &documents, .place = {.body = request->body, .line = 1}};
    enum status status = documents.is_single ? one_answer(&telling, intake.replies, answer)
                                             : many_answer(&telling, &intake, wanted, answer);
    if (telling.parser)
        json_parser_free(telling.parser);
    return status;
}
