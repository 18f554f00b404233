/* SPDX-License-Identifier: Apache-2.0
 *
 * Finding documents in a body. Only brackets and strings are looked at. */
#include "server/documents.h"

#include "base/json_writer.h"

/* ---- values ---- */

static bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static const char *space_skip(const char *at, const char *end) {
    while (at < end && is_space(*at))
        at++;
    return at;
}

/* The high bits of the bytes that are c, and perhaps of some above the lowest one. */
static uint64_t bytes_that_are(uint64_t word, char c) {
    const uint64_t each = 0x0101010101010101;
    uint64_t zero = word ^ each * (unsigned char)c;
    return (zero - each) & ~zero & each * 0x80;
}

/* To the first quote or backslash; eight bytes at a time, as far as there are eight. */
static const char *plain_skip(const char *at, const char *end) {
    uint64_t word, hits = 0;
    for (; end - at >= (ptrdiff_t)sizeof word; at += sizeof word) {
        memcpy(&word, at, sizeof word);
        hits = bytes_that_are(word, '"') | bytes_that_are(word, '\\');
        if (hits != 0)
            return at + __builtin_ctzll(hits) / 8;
    }
    while (at < end && *at != '"' && *at != '\\')
        at++;
    return at;
}

/* Behind the quote that ends a string; at: behind the one that begins it. NULL: none does. */
static const char *string_skip(const char *at, const char *end) {
    while ((at = plain_skip(at, end)) < end && *at != '"')
        at += 2;
    return at < end ? at + 1 : NULL;
}

/* Behind a value; NULL: it does not end. What is no value at all has no bytes. */
static const char *value_skip(const char *at, const char *end) {
    uint32_t depth = 0;
    while (at < end) {
        char c = *at;
        if (c == '"') {
            at = string_skip(at + 1, end);
            if (!at || depth == 0)
                return at;
            continue;
        }
        if (depth == 0 && (c == ',' || c == ']' || c == '}' || is_space(c)))
            return at;
        depth += c == '{' || c == '[';
        at++;
        if ((c == '}' || c == ']') && --depth == 0)
            return at;
    }
    return depth ? NULL : at;
}

/* ---- many ---- */

struct finding {
    const struct http_request *request;
    struct http_answer *answer;
    struct documents *found;
    uint32_t room;
};

static bool document_add(struct finding *finding, struct slice text) {
    struct documents *found = finding->found;
    if (found->count == DOCUMENTS_MAX) {
        http_problem(finding->request, finding->answer, 413, "too-many",
                     "one request takes %d documents; send several requests.", DOCUMENTS_MAX);
        return false;
    }
    if (found->count == finding->room) {
        uint32_t room = finding->room ? finding->room * 4 : 64;
        struct slice *list = ARENA_ARRAY(finding->request->arena, room, struct slice);
        if (!list) {
            http_problem(finding->request, finding->answer, 503, "no-memory", "memory is out; try again later.");
            return false;
        }
        if (found->count)
            memcpy(list, found->list, found->count * sizeof *list);
        found->list = list;
        finding->room = room;
    }
    found->list[found->count++] = text;
    return true;
}

static bool malformed(const struct finding *finding, const char *at, const char *what) {
    struct slice body = finding->request->body;
    struct documents_place place = {.body = body, .line = 1};
    uint32_t line = 1, column = 1;
    documents_locate(&place, (struct slice){at, 0}, &line, &column);
    http_problem(finding->request, finding->answer, 400, "malformed", "%s, at line %u, column %u; nothing was taken.",
                 what, line, column);
    return false;
}

static bool array_split(struct finding *finding, const char *at) {
    struct slice body = finding->request->body;
    const char *end = body.ptr + body.len;
    finding->found->is_array = true;
    at = space_skip(at + 1, end);
    bool is_empty = at < end && *at == ']';
    while (!is_empty) {
        const char *behind = value_skip(at, end);
        if (!behind || behind == at)
            return malformed(finding, at, behind ? "a document is missing" : "a document does not end");
        if (!document_add(finding, (struct slice){at, (size_t)(behind - at)}))
            return false;
        at = space_skip(behind, end);
        if (at == end || (*at != ',' && *at != ']'))
            return malformed(finding, at, "a comma or the end of the array is missing");
        if (*at == ']')
            break;
        at = space_skip(at + 1, end);
    }
    return space_skip(at + 1, end) == end || malformed(finding, at + 1, "something stands behind the array");
}

static bool lines_split(struct finding *finding) {
    struct slice rest = finding->request->body;
    while (rest.len > 0) {
        const char *newline = memchr(rest.ptr, '\n', rest.len);
        struct slice line = {rest.ptr, newline ? (size_t)(newline - rest.ptr) : rest.len};
        size_t taken = newline ? line.len + 1 : line.len;
        rest = (struct slice){rest.ptr + taken, rest.len - taken};
        const char *end = line.ptr + line.len, *start = space_skip(line.ptr, end);
        if (start < end && !document_add(finding, line))
            return false;
    }
    return true;
}

/* ---- the binary mode ---- */

static bool hex_digit(char c, uint32_t *code) {
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    const char *found = c ? strchr(digits, c) : NULL;
    *code = *code * 16 + (found ? (uint32_t)(found - digits) % 16 : 0);
    return found != NULL;
}

/* A value as CloudEvents has it in headers: perhaps quoted, then percent-encoded. ptr NULL: it is not. */
static struct slice header_decode(struct arena *arena, struct slice value) {
    bool is_quoted = value.len >= 2 && value.ptr[0] == '"' && value.ptr[value.len - 1] == '"';
    char *text = arena_take(arena, value.len + 1);
    size_t len = 0;
    for (size_t i = is_quoted, end = value.len - is_quoted; text && i < end; i++) {
        uint32_t code = 0;
        if (is_quoted && value.ptr[i] == '\\' && i + 1 < end)
            i++;
        text[len] = value.ptr[i];
        if (value.ptr[i] == '%') {
            if (i + 2 >= end || !hex_digit(value.ptr[i + 1], &code) || !hex_digit(value.ptr[i + 2], &code))
                return (struct slice){0};
            text[len] = (char)code;
            i += 2;
        }
        len++;
    }
    struct slice decoded = {text, len};
    return text && json_is_utf8(decoded) ? decoded : (struct slice){0};
}

static bool binary_data(const struct finding *finding, struct slice *ret_data) {
    struct slice type = finding->request->media_type, body = finding->request->body;
    const char *end = body.ptr + body.len, *at = space_skip(body.ptr, end);
    *ret_data = (struct slice){0};
    if (at == end)
        return true;
    if (type.len > 0 && !slice_is(type, "application/json")) {
        http_problem(finding->request, finding->answer, 415, "media-type", "data must be application/json.");
        return false;
    }
    const char *behind = value_skip(at, end);
    if (!behind || space_skip(behind, end) != end)
        return malformed(finding, behind ? behind : at, "the body must be one JSON object: the event's data");
    *ret_data = (struct slice){at, (size_t)(behind - at)};
    return true;
}

static bool binary_make(struct finding *finding) {
    static const char *const names[] = {"specversion", "id", "source", "type", "subject", "time", "dataschema"};
    const struct http_request *request = finding->request;
    struct buf text = {0};
    struct json_writer writer = {.out = &text};
    struct slice data;
    if (!binary_data(finding, &data))
        return false;
    json_object(&writer);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char header[16] = "ce-";
        memcpy(header + 3, names[i], strlen(names[i]) + 1);
        struct slice value = http_header(request, header);
        if (!value.ptr)
            continue;
        value = header_decode(request->arena, value);
        if (!value.ptr) {
            http_problem(request, finding->answer, 400, "malformed", "%s is not percent-encoded UTF-8.", header);
            buf_free(&text);
            return false;
        }
        json_member(&writer, names[i], value);
    }
    if (data.ptr) {
        json_key(&writer, "data");
        json_raw(&writer, data);
    }
    json_object_end(&writer);
    struct slice document = arena_copy(request->arena, buf_slice(&text));
    bool is_made = !text.failed && document.ptr;
    buf_free(&text);
    if (!is_made)
        http_problem(request, finding->answer, 503, "no-memory", "memory is out; try again later.");
    finding->found->is_single = finding->found->is_binary = true;
    return is_made && document_add(finding, document);
}

/* ---- which of them ---- */

static bool is_one_of(struct slice type, const char *const *list) {
    for (; *list; list++)
        if (slice_is(type, *list))
            return true;
    return false;
}

static bool body_split(struct finding *finding, bool may_be_one, bool may_be_many) {
    struct slice body = finding->request->body;
    const char *end = body.ptr + body.len, *at = space_skip(body.ptr, end);
    if (at == end)
        return malformed(finding, at, "the body is empty");
    if (*at == '[' && may_be_many)
        return array_split(finding, at);
    if (!may_be_one)
        return malformed(finding, at, "a batch is an array of events");
    finding->found->is_single = true;
    return document_add(finding, (struct slice){at, (size_t)(end - at)});
}

bool documents_read(const struct http_request *request, struct http_answer *answer, struct documents *ret_documents) {
    static const char *const lines[] = {"application/x-ndjson", "application/ndjson", "application/jsonl", NULL};
    struct finding finding = {.request = request, .answer = answer, .found = ret_documents};
    struct slice type = request->media_type;
    *ret_documents = (struct documents){0};
    if (slice_is(type, "application/cloudevents-batch+json"))
        return body_split(&finding, false, true);
    if (slice_is(type, "application/cloudevents+json"))
        return body_split(&finding, true, false);
    if (is_one_of(type, lines))
        return lines_split(&finding);
    if (http_header(request, "ce-specversion").ptr || http_header(request, "ce-id").ptr)
        return binary_make(&finding);
    if (slice_is(type, "application/json"))
        return body_split(&finding, true, true);
    http_problem(request, answer, 415, "media-type",
                 "send application/cloudevents+json, application/cloudevents-batch+json, application/json, "
                 "application/x-ndjson, or the binary mode with its ce- headers.");
    http_field(answer, "Accept",
               SLICE("application/cloudevents+json, application/cloudevents-batch+json, application/json, "
                     "application/x-ndjson"));
    return false;
}

/* ---- places ---- */

void documents_locate(struct documents_place *place, struct slice document, uint32_t *line, uint32_t *column) {
    size_t start = (size_t)(document.ptr - place->body.ptr);
    const char *newline;
    while (place->at < start && (newline = memchr(place->body.ptr + place->at, '\n', start - place->at)) != NULL) {
        place->line++;
        place->line_start = place->at = (size_t)(newline - place->body.ptr) + 1;
    }
    place->at = start;
    if (*line == 1)
        *column += (uint32_t)(start - place->line_start);
    *line += place->line - 1;
}
