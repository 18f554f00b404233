/* SPDX-License-Identifier: Apache-2.0
 *
 * Commands on a data directory that a daemon keeps: it submits them, and the state with them in it is read from the
 * directory. */
#include "cli/remote.h"
#include "cli/request.h"
#include "cxx/json.h"

/* One document a line: what breaks a line inside of one is white space, for in texts it is written otherwise. */
static void body_write(const struct request *request, struct buf *body) {
    for (uint32_t i = 0; i < request->count; i++) {
        size_t start = body->len;
        buf_append(body, request->documents[i]);
        for (size_t at = start; at < body->len; at++) {
            if (body->ptr[at] == '\n' || body->ptr[at] == '\r')
                body->ptr[at] = ' ';
        }
        buf_char(body, '\n');
    }
}

static bool outcome_find(struct slice name, enum outcome *ret_outcome) {
    static const enum outcome all[] = {
#define OUTCOME_ONE(name, text) OUTCOME_##name,
        OUTCOME_TABLE(OUTCOME_ONE)
#undef OUTCOME_ONE
    };
    for (uint32_t i = 0; i < COUNT_OF(all); i++) {
        if (slice_is(name, outcome_name(all[i]))) {
            *ret_outcome = all[i];
            return true;
        }
    }
    return false;
}

/* A member of the answer: replies come in the order of the documents, each beginning with its outcome. */
static bool member_take(struct request *request, struct slice key, struct slice value, uint32_t *taken) {
    struct reply *reply = *taken > 0 ? &request->replies[*taken - 1] : NULL;
    uint64_t number;
    if (slice_is(key, "bills_before"))
        return slice_number(value, UINT64_MAX / 2, &request->bills_before);
    if (slice_is(key, "outcome")) {
        if (*taken == request->count)
            return false;
        request->replies[*taken] = (struct reply){0};
        return outcome_find(value, &request->replies[(*taken)++].outcome);
    }
    if (reply != NULL && slice_is(key, "reason")) {
        reply->reason = arena_copy(&request->arena, value);
        return reply->reason.ptr != NULL;
    }
    bool is_line = slice_is(key, "line");
    if (reply != NULL && (is_line || slice_is(key, "column"))) {
        bool is_number = slice_number(value, UINT32_MAX, &number);
        *(is_line ? &reply->line : &reply->column) = is_number ? (uint32_t)number : 0;
        return is_number;
    }
    return true;
}

static bool answer_read(struct request *request, const struct remote_answer *answer, struct json_parser *parser) {
    const struct json_token *tokens;
    struct json_error error;
    uint32_t taken = 0;
    size_t count = json_parse(parser, answer->body.ptr, answer->body.len, &tokens, &error);
    for (size_t i = 0; i + 1 < count; i++) {
        const struct json_token *key = &tokens[i], *value = &tokens[i + 1];
        if (key->type != JSON_KEY || (value->type != JSON_TEXT && value->type != JSON_NUMBER))
            continue;
        if (!member_take(request, (struct slice){key->ptr, key->len}, (struct slice){value->ptr, value->len}, &taken))
            return false;
    }
    return taken == request->count;
}

static int answer_take(struct request *request, enum status status, const struct remote_answer *answer) {
    if (status != STATUS_OK || answer->status != 200)
        return remote_complain(status, answer);
    struct json_parser *parser = json_parser_new();
    bool is_read = parser != NULL && answer_read(request, answer, parser);
    json_parser_free(parser);
    return is_read ? EXIT_DONE : complain(EXIT_FAULT, "the daemon's answer cannot be read; is it of another version?");
}

int request_submit_remote(struct request *request) {
    struct remote_answer answer = {0};
    struct buf body = {0};
    body_write(request, &body);
    enum status status =
        body.failed ? STATUS_NO_MEMORY : remote_post(request->remote, "/v1/commands", buf_slice(&body), &answer);
    int code = answer_take(request, status, &answer);
    buf_free(&body);
    remote_answer_free(&answer);
    if (code != EXIT_DONE)
        return code;
    request->before = request->book; /* what was found in it is still pointed at */
    request->book = NULL;
    return data_open(request->call, STORE_READ, &request->book);
}
