/* SPDX-License-Identifier: Apache-2.0
 *
 * The head again, byte by byte: layout, request line, fields, and what the fields say together (RFC 9110, 9112). */
#include "http/guard.h"

#include "http/target.h"

#define REFUSAL_TABLE(ROW)                                                                                             \
    ROW(LINE, 400, "bad-request-line", "The first line must be a method, one space, a target, one space, HTTP/1.1.")   \
    ROW(LINE_LONG, 414, "request-line-too-long", "The first line may have 4096 bytes.")                                \
    ROW(HEAD_LARGE, 431, "head-too-large", "The head may have 8192 bytes and 64 fields.")                              \
    ROW(LAYOUT, 400, "bad-line", "Every line must end in CR LF, fields must not be folded, and NUL is not allowed.")   \
    ROW(NAME, 400, "bad-field-name", "The name of a field must be a token with a colon directly behind it.")           \
    ROW(VALUE, 400, "bad-field-value", "The value of a field has a control byte.")                                     \
    ROW(METHOD, 501, "unknown-method", "Known methods: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS.")                 \
    ROW(VERSION, 505, "unknown-version", "Only HTTP/1.1 and, without keeping the connection, HTTP/1.0 are spoken.")    \
    ROW(TARGET, 400, "bad-target",                                                                                     \
        "The target must be a path that starts with a slash, with well-formed escapes; no "                            \
        "dot segments, encoded backslashes, controls, or anything but UTF-8.")                                         \
    ROW(HOST, 400, "bad-host", "Exactly one Host field with a host is needed.")                                        \
    ROW(LENGTH, 400, "bad-length", "Content-Length must come once, as digits, and not with Transfer-Encoding.")        \
    ROW(CODING, 501, "unknown-transfer-coding", "The only transfer coding is chunked, once, in HTTP/1.1.")             \
    ROW(ENCODED, 415, "content-encoding", "Bodies are taken as they are: send it without Content-Encoding.")           \
    ROW(EXPECT, 417, "unknown-expectation", "The only expectation is 100-continue.")                                   \
    ROW(TWICE, 400, "repeated-field", "A field that must come once comes twice.")

enum refusal_kind {
#define REFUSAL_ENUM(name, status, code, detail) REFUSE_##name,
    REFUSAL_TABLE(REFUSAL_ENUM)
#undef REFUSAL_ENUM
};

static const struct guard_refusal REFUSALS[] = {
#define REFUSAL_ROW(name, status, code, detail) {status, code, detail},
    REFUSAL_TABLE(REFUSAL_ROW)
#undef REFUSAL_ROW
};

static const struct guard_refusal *refuse(enum refusal_kind kind) {
    return &REFUSALS[kind];
}

/* A bit for each byte of ASCII: letters, digits, and */
static const uint64_t TOKEN[2] = {0x03ff6cfa00000000, 0x57ffffffc7fffffe}; /* !#$%&'*+-.^_`|~ */
static const uint64_t HOST[2] = {0x2fff6ff200000000, 0x47fffffeaffffffe};  /* -._~!$&'()*+;=%:[] */

static bool is_all(struct slice text, const uint64_t set[2]) {
    uint64_t is_in = 1;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        is_in &= c < 128 ? set[c >> 6] >> (c & 63) : 0;
    }
    return is_in && text.len > 0;
}

static bool is_token(struct slice text) {
    return is_all(text, TOKEN);
}

/* Whether any of eight bytes is below a space, or DEL. */
static bool has_suspect(const char *at) {
    const uint64_t each = 0x0101010101010101;
    uint64_t word;
    memcpy(&word, at, sizeof word);
    uint64_t is_del = word ^ each * 0x7f;
    return ((((word - each * ' ') & ~word) | ((is_del - each) & ~is_del)) & each * 0x80) != 0;
}

static bool has_control(struct slice text) {
    for (size_t i = 0; i < text.len; i++) {
        while (text.len - i > sizeof(uint64_t) && !has_suspect(text.ptr + i))
            i += sizeof(uint64_t);
        unsigned char c = (unsigned char)text.ptr[i];
        if ((c < 0x20 && c != '\t') || c == 0x7f)
            return true;
    }
    return false;
}

/* Up to the next NUL or the end. */
static struct slice take_text(struct slice *rest) {
    const char *end = memchr(rest->ptr, '\0', rest->len);
    struct slice text = {rest->ptr, end != NULL ? (size_t)(end - rest->ptr) : rest->len};
    *rest = (struct slice){rest->ptr + text.len, rest->len - text.len};
    return text;
}

static bool take_nuls(struct slice *rest, size_t count) {
    if (rest->len < count || memcmp(rest->ptr, "\0\0", count) != 0)
        return false;
    *rest = (struct slice){rest->ptr + count, rest->len - count};
    return true;
}

/* The two NULs that were CR and LF, and nothing else. */
static bool take_line_end(struct slice *rest) {
    return take_nuls(rest, 2);
}

static const struct guard_refusal *read_line(const struct guard_head *head, struct slice *rest,
                                             struct guard_found *found) {
    found->method = take_text(rest);
    if (!is_token(found->method) || !take_nuls(rest, 1) || rest->len < head->target.len)
        return refuse(REFUSE_LINE);
    if (memchr(head->target.ptr, ' ', head->target.len) != NULL)
        return refuse(REFUSE_LINE);
    *rest = (struct slice){rest->ptr + head->target.len, rest->len - head->target.len};
    if (!take_nuls(rest, 1))
        return refuse(REFUSE_LINE);
    struct slice version = take_text(rest);
    if (head->block.len - rest->len > GUARD_LINE_MAX)
        return refuse(REFUSE_LINE_LONG);
    if (version.len != 8 || memcmp(version.ptr, "HTTP/", 5) != 0)
        return refuse(REFUSE_LINE);
    if (!take_line_end(rest))
        return refuse(REFUSE_LAYOUT);
    found->is_old = slice_is(version, "HTTP/1.0");
    return found->is_old || slice_is(version, "HTTP/1.1") ? NULL : refuse(REFUSE_VERSION);
}

static const struct guard_refusal *read_field(struct slice *rest, struct guard_found *found) {
    if (found->field_count == GUARD_FIELDS_MAX)
        return refuse(REFUSE_HEAD_LARGE);
    struct slice name = take_text(rest);
    if (!is_token(name))
        return refuse(REFUSE_NAME);
    if (!take_nuls(rest, 1))
        return refuse(REFUSE_LAYOUT);
    struct slice value = take_text(rest);
    if (!take_line_end(rest))
        return refuse(REFUSE_LAYOUT);
    if (has_control(value))
        return refuse(REFUSE_VALUE);
    found->fields[found->field_count++] = (struct http_field){name, slice_trim(value)};
    return NULL;
}

static const struct guard_refusal *read_fields(struct slice rest, struct guard_found *found) {
    found->field_count = 0;
    while (rest.len > 2) {
        const struct guard_refusal *refusal = read_field(&rest, found);
        if (refusal != NULL)
            return refusal;
    }
    return take_line_end(&rest) ? NULL : refuse(REFUSE_LAYOUT);
}

static const struct guard_refusal *check_method(struct slice method) {
    static const char *const known[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (slice_is(method, known[i]))
            return NULL;
    return refuse(REFUSE_METHOD);
}

static const struct guard_refusal *check_target(struct slice target, struct guard_found *found) {
    found->query = (struct slice){"", 0};
    slice_cut(target, '?', &found->path, &found->query);
    return target_is_path(found->path) && target_is_query(found->query) ? NULL : refuse(REFUSE_TARGET);
}

/* How often a field comes; *ret is its first value. */
static uint32_t find(const struct guard_found *found, struct slice name, struct slice *ret) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < found->field_count; i++)
        if (slice_eq_nocase(found->fields[i].name, name) && count++ == 0)
            *ret = found->fields[i].value;
    return count;
}

/* Where the body ends. The value of Transfer-Encoding as libmicrohttpd compares it: a space behind it is another
 * coding there. */
static const struct guard_refusal *check_framing(struct guard_found *found) {
    struct slice length, coding;
    uint32_t lengths = find(found, SLICE("Content-Length"), &length);
    uint32_t codings = find(found, SLICE("Transfer-Encoding"), &coding);
    if (lengths > 1 || (lengths > 0 && codings > 0))
        return refuse(REFUSE_LENGTH);
    if (lengths > 0 && (!slice_number(length, INT64_MAX, &found->length) || length.ptr[length.len] != '\0'))
        return refuse(REFUSE_LENGTH);
    if (codings > 0 &&
        (codings > 1 || found->is_old || !slice_eq_nocase(coding, SLICE("chunked")) || coding.ptr[coding.len] != '\0'))
        return refuse(REFUSE_CODING);
    found->has_length = lengths > 0;
    found->is_chunked = codings > 0;
    return NULL;
}

static const struct guard_refusal *check_fields(struct guard_found *found) {
    static const struct slice singles[] = {{"Authorization", 13}, {"Idempotency-Key", 15}, {"Content-Type", 12},
                                           {"Expect", 6},         {"Traceparent", 11},     {"If-Match", 8},
                                           {"If-None-Match", 13}};
    struct slice value;
    if (find(found, SLICE("Host"), &value) != 1 || !is_all(value, HOST))
        return refuse(REFUSE_HOST);
    for (size_t i = 0; i < sizeof singles / sizeof *singles; i++)
        if (find(found, singles[i], &value) > 1)
            return refuse(REFUSE_TWICE);
    if (find(found, SLICE("Content-Encoding"), &value) > 0)
        return refuse(REFUSE_ENCODED);
    found->expects_continue = find(found, SLICE("Expect"), &value) > 0;
    if (found->expects_continue && !slice_eq_nocase(value, SLICE("100-continue")))
        return refuse(REFUSE_EXPECT);
    return NULL;
}

const struct guard_refusal *guard_check(const struct guard_head *head, struct guard_found *ret_found) {
    struct slice rest = head->block;
    memset(ret_found, 0, offsetof(struct guard_found, fields));
    const struct guard_refusal *refusal = read_line(head, &rest, ret_found);
    if (refusal == NULL && head->block.len > GUARD_HEAD_MAX)
        refusal = refuse(REFUSE_HEAD_LARGE);
    if (refusal == NULL)
        refusal = read_fields(rest, ret_found);
    if (refusal == NULL && ret_found->field_count != head->field_count)
        refusal = refuse(REFUSE_LAYOUT);
    if (refusal == NULL)
        refusal = check_framing(ret_found);
    if (refusal == NULL)
        refusal = check_method(ret_found->method);
    if (refusal == NULL)
        refusal = check_target(head->target, ret_found);
    if (refusal == NULL)
        refusal = check_fields(ret_found);
    return refusal;
}
