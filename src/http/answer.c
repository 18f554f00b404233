/* SPDX-License-Identifier: Apache-2.0
 *
 * Answers and problems, and how they are handed to libmicrohttpd: with the same few headers on every one. */
#include <assert.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/json_writer.h"
#include "http/http_private.h"

uint64_t http_now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void http_new_id(struct http_server *server, char ret_id[ID_LENGTH + 1]) {
    uint64_t number = atomic_fetch_add(&server->next_id, 1) * UINT64_C(0x9e3779b97f4a7c15);
    for (int i = ID_LENGTH - 1; i >= 0; i--, number >>= 4)
        ret_id[i] = "0123456789abcdef"[number & 15];
    ret_id[ID_LENGTH] = '\0';
}

void http_field(struct http_answer *answer, const char *name, struct slice value) {
    assert(answer->field_count < HTTP_FIELDS_MAX);
    answer->fields[answer->field_count++] = (struct http_field){slice_of(name), value};
}

static const char *title_of(uint16_t status) {
    const char *title = MHD_get_reason_phrase_for(status);
    return title != NULL ? title : "Error";
}

static void write_problem(struct buf *out, const char *id, const struct guard_refusal *refusal) {
    struct json_writer writer = {.out = out};
    json_object(&writer);
    json_key(&writer, "type");
    buf_printf(out, "\"urn:tollgate:problem:%s\"", refusal->code);
    writer.after_key = false;
    writer.needs_comma = true;
    json_member(&writer, "title", slice_of(title_of(refusal->status)));
    json_key(&writer, "status");
    json_uint(&writer, refusal->status);
    json_member(&writer, "code", slice_of(refusal->code));
    json_member(&writer, "detail", slice_of(refusal->detail));
    json_member(&writer, "instance", slice_of(id));
    json_object_end(&writer);
}

void http_problem(const struct http_request *request, struct http_answer *answer, uint16_t status, const char *code,
                  const char *detail, ...) {
    struct buf text = {.max = 4096};
    va_list args;
    va_start(args, detail);
    buf_vprintf(&text, detail, args);
    va_end(args);
    answer->status = status;
    answer->media_type = "application/problem+json";
    answer->cache = NULL;
    answer->policy = NULL;
    answer->field_count = 0;
    buf_clear(&answer->body);
    struct guard_refusal problem = {status, code, buf_slice(&text).ptr};
    write_problem(&answer->body, request->id.ptr, &problem);
    buf_free(&text);
}

/* The object is complete after every call: the list is opened again for the next place. */
void http_problem_at(const struct http_request *request, struct http_answer *answer, struct slice pointer,
                     const char *detail, ...) {
    (void)request;
    struct buf *body = &answer->body;
    if (body->failed || body->len < 2)
        return;
    bool has_list = body->ptr[body->len - 2] == ']';
    body->len -= has_list ? 2 : 1;
    buf_text(body, has_list ? "," : ",\"errors\":[");
    struct buf text = {.max = 4096};
    va_list args;
    va_start(args, detail);
    buf_vprintf(&text, detail, args);
    va_end(args);
    struct json_writer writer = {.out = body};
    json_object(&writer);
    json_member(&writer, "pointer", pointer);
    json_member(&writer, "detail", buf_slice(&text));
    json_object_end(&writer);
    buf_text(body, "]}");
    buf_free(&text);
}

/* On every answer. */
static const char *const SAFE[][2] = {
    {"X-Content-Type-Options", "nosniff"},
    {"Content-Security-Policy", "default-src 'none'"},
    {"Referrer-Policy", "no-referrer"},
};
enum { SAFE_COUNT = sizeof SAFE / sizeof *SAFE, SAFE_POLICY = 1 };

const char *answer_retry_after(const char *id) {
    static const char *const seconds[] = {"1", "2", "3", "4"};
    return seconds[(unsigned char)id[0] % 4];
}

void answer_write_refusal(struct buf *out, const char *id, const struct guard_refusal *refusal) {
    struct buf body = {0};
    write_problem(&body, id, refusal);
    buf_printf(out, "HTTP/1.1 %u %s\r\nConnection: close\r\nContent-Type: application/problem+json\r\n",
               refusal->status, title_of(refusal->status));
    for (size_t i = 0; i < SAFE_COUNT; i++)
        buf_printf(out, "%s: %s\r\n", SAFE[i][0], SAFE[i][1]);
    if (refusal->status == 408 || refusal->status == 503)
        buf_printf(out, "Retry-After: %s\r\n", answer_retry_after(id));
    buf_printf(out, "Cache-Control: no-store\r\nX-Request-Id: %s\r\nContent-Length: %zu\r\n\r\n", id, body.len);
    buf_append(out, buf_slice(&body));
    out->failed |= body.failed;
    buf_free(&body);
}

static bool add_header(struct MHD_Response *response, const char *name, const char *value) {
    return MHD_add_response_header(response, name, value) == MHD_YES;
}

/* False: memory is out, or a value cannot be sent (a line end in it, say). */
static bool add_headers(const struct exchange *exchange, struct MHD_Response *response) {
    const struct http_answer *answer = &exchange->answer;
    const char *type = answer->media_type != NULL ? answer->media_type : "application/json";
    bool is_added = add_header(response, "Cache-Control", answer->cache != NULL ? answer->cache : "no-store");
    is_added &= add_header(response, "X-Request-Id", exchange->id);
    if (answer->status != 204 && answer->status != 304)
        is_added &= add_header(response, "Content-Type", type);
    for (size_t i = 0; i < SAFE_COUNT; i++)
        is_added &= add_header(response, SAFE[i][0], i == SAFE_POLICY && answer->policy ? answer->policy : SAFE[i][1]);
    for (uint32_t i = 0; i < answer->field_count; i++) {
        struct slice value = arena_copy(exchange->request.arena, answer->fields[i].value);
        is_added &= value.ptr != NULL && add_header(response, answer->fields[i].name.ptr, value.ptr);
    }
    if (exchange->must_close)
        is_added &= add_header(response, "Connection", "close");
    return is_added;
}

static void wipe_and_free(void *body) {
    explicit_bzero(body, malloc_usable_size(body));
    free(body);
}

static struct MHD_Response *make_response(struct exchange *exchange) {
    struct buf *body = &exchange->answer.body;
    char nothing = 0;
    exchange->sent_bytes = body->len;
    struct MHD_Response *response;
    if (body->ptr == NULL)
        response = MHD_create_response_from_buffer(0, &nothing, MHD_RESPMEM_MUST_COPY);
    else if (exchange->answer.is_secret)
        response = MHD_create_response_from_buffer_with_free_callback(body->len, body->ptr, wipe_and_free);
    else
        response = MHD_create_response_from_buffer(body->len, body->ptr, MHD_RESPMEM_MUST_FREE);
    if (response == NULL)
        return NULL;
    *body = (struct buf){0};
    if (add_headers(exchange, response))
        return response;
    MHD_destroy_response(response);
    return NULL;
}

enum MHD_Result answer_send(struct exchange *exchange) {
    struct http_answer *answer = &exchange->answer;
    if (answer->body.failed)
        http_problem(&exchange->request, answer, 503, "no-memory", "There is not enough memory for the answer now.");
    if (answer->status == 0)
        answer->status = 200;
    exchange->must_close |= atomic_load(&exchange->server->drains);
    uint64_t most = exchange->server->options.limits.answer_seconds * UINT64_C(1000000000);
    if (!link_enter(link_of(exchange), PHASE_ANSWER, http_now_ns() + most))
        return MHD_NO;
    exchange->stage = STAGE_SENT;
    struct MHD_Response *response = make_response(exchange);
    if (response == NULL) {
        http_problem(&exchange->request, answer, 500, "fault", "The answer could not be written.");
        response = make_response(exchange);
    }
    if (response == NULL)
        return MHD_NO;
    enum MHD_Result result = MHD_queue_response(exchange->connection, answer->status, response);
    MHD_destroy_response(response);
    return result;
}
