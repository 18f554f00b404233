/* SPDX-License-Identifier: Apache-2.0
 *
 * Readers and writers of single fields (RFC 9110, RFC 9651, W3C Trace Context). */
#include "http/fields.h"

static bool is_token_char(char c) {
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))
        return true;
    return c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL;
}

static struct slice after(struct slice text, size_t count) {
    return (struct slice){text.ptr + count, text.len - count};
}

static struct slice take_token(struct slice *rest) {
    size_t len = 0;
    while (len < rest->len && is_token_char(rest->ptr[len]))
        len++;
    struct slice token = {rest->ptr, len};
    *rest = after(*rest, len);
    return token;
}

static void skip_spaces(struct slice *rest) {
    while (rest->len > 0 && (rest->ptr[0] == ' ' || rest->ptr[0] == '\t'))
        *rest = after(*rest, 1);
}

static bool take_char(struct slice *rest, char c) {
    if (rest->len == 0 || rest->ptr[0] != c)
        return false;
    *rest = after(*rest, 1);
    return true;
}

/* The inside of a quoted string, escapes and all; the rest begins behind the closing quote. */
static bool take_quoted(struct slice *rest, struct slice *ret_inside) {
    size_t at = 1;
    if (rest->len == 0 || rest->ptr[0] != '"')
        return false;
    while (at < rest->len && rest->ptr[at] != '"')
        at += rest->ptr[at] == '\\' ? 2 : 1;
    if (at >= rest->len)
        return false;
    *ret_inside = (struct slice){rest->ptr + 1, at - 1};
    *rest = after(*rest, at + 1);
    return true;
}

struct slice fields_idempotency_key(struct slice value, struct arena *arena) {
    struct slice rest = value, inside = value;
    bool is_quoted = value.len > 0 && value.ptr[0] == '"';
    if (is_quoted && (!take_quoted(&rest, &inside) || rest.len > 0))
        return (struct slice){0};
    char *out = arena_take(arena, inside.len + 1);
    size_t len = 0;
    for (size_t i = 0; out != NULL && i < inside.len; i++) {
        char c = inside.ptr[i];
        bool is_escape = is_quoted && c == '\\';
        if (is_escape)
            c = inside.ptr[++i]; /* take_quoted saw to it that there is one */
        bool is_quotable = c == '"' || c == '\\';
        if (c < 0x20 || c > 0x7e || (is_escape && !is_quotable) || (!is_quoted && (c == ' ' || is_quotable)))
            return (struct slice){0};
        out[len++] = c;
    }
    if (out == NULL || len == 0 || len > FIELDS_KEY_MAX)
        return (struct slice){0};
    out[len] = '\0';
    return (struct slice){out, len};
}

/* Digits and small letters, not all zero where that is asked. */
static bool is_hex(struct slice text, bool may_be_zero) {
    bool is_zero = true;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
            return false;
        is_zero = is_zero && c == '0';
    }
    return may_be_zero || !is_zero;
}

bool fields_is_traceparent(struct slice value) {
    if (value.len < 55 || value.ptr[2] != '-' || value.ptr[35] != '-' || value.ptr[52] != '-')
        return false;
    struct slice version = {value.ptr, 2};
    if (!is_hex(version, true) || slice_is(version, "ff"))
        return false;
    if (value.len > 55 && (slice_is(version, "00") || value.ptr[55] != '-'))
        return false;
    return is_hex((struct slice){value.ptr + 3, 32}, false) && is_hex((struct slice){value.ptr + 36, 16}, false) &&
           is_hex((struct slice){value.ptr + 53, 2}, true);
}

static struct slice lower(struct slice text, struct arena *arena) {
    char *out = arena_take(arena, text.len + 1);
    if (out == NULL)
        return (struct slice){0};
    for (size_t i = 0; i < text.len; i++)
        out[i] = text.ptr[i] >= 'A' && text.ptr[i] <= 'Z' ? (char)(text.ptr[i] + 32) : text.ptr[i];
    out[text.len] = '\0';
    return (struct slice){out, text.len};
}

/* `; name=value`: false at the end or where it is malformed, which *ret_is_malformed tells. */
static bool take_parameter(struct slice *rest, struct slice *ret_name, struct slice *ret_value,
                           bool *ret_is_malformed) {
    *ret_is_malformed = false;
    skip_spaces(rest);
    if (!take_char(rest, ';'))
        return false;
    skip_spaces(rest);
    *ret_name = take_token(rest);
    *ret_is_malformed = ret_name->len == 0 || !take_char(rest, '=');
    if (*ret_is_malformed || take_quoted(rest, ret_value))
        return !*ret_is_malformed;
    *ret_value = take_token(rest);
    *ret_is_malformed = ret_value->len == 0;
    return !*ret_is_malformed;
}

/* "type/subtype" */
static struct slice take_type(struct slice *rest) {
    const char *begin = rest->ptr;
    bool is_whole = take_token(rest).len > 0 && take_char(rest, '/') && take_token(rest).len > 0;
    return (struct slice){is_whole ? begin : NULL, is_whole ? (size_t)(rest->ptr - begin) : 0};
}

struct fields_media fields_media_type(struct slice value, struct arena *arena) {
    struct slice type = take_type(&value), charset = {"", 0}, name, text;
    bool is_malformed = type.ptr == NULL;
    while (!is_malformed && take_parameter(&value, &name, &text, &is_malformed))
        if (slice_eq_nocase(name, SLICE("charset")))
            charset = text;
    if (is_malformed || value.len > 0)
        return (struct fields_media){0};
    struct fields_media media = {lower(type, arena), lower(charset, arena)};
    return media.charset.ptr != NULL ? media : (struct fields_media){0};
}

/* "0.25" in thousandths; false: it is no quality. */
static bool read_quality(struct slice text, uint32_t *ret) {
    uint32_t value = 0;
    if (text.len == 0 || text.len > 5 || text.ptr[0] < '0' || text.ptr[0] > '1' || (text.len > 1 && text.ptr[1] != '.'))
        return false;
    for (size_t i = 0; i < 5; i++) {
        char c = i < text.len ? text.ptr[i] : '0';
        if (i == 1)
            continue;
        if (c < '0' || c > '9')
            return false;
        value = value * 10 + (uint32_t)(c - '0');
    }
    *ret = value;
    return value <= 1000;
}

/* How exactly a range ("text/" + "*") names an offer: 0: not at all. */
static uint32_t match_range(struct slice range, struct slice offer) {
    if (slice_eq_nocase(range, offer))
        return 3;
    if (slice_is(range, "*/*"))
        return 1;
    bool is_family = range.len > 2 && range.ptr[range.len - 1] == '*' && range.ptr[range.len - 2] == '/';
    bool is_same = is_family && offer.len >= range.len - 1 &&
                   slice_eq_nocase((struct slice){range.ptr, range.len - 1}, (struct slice){offer.ptr, range.len - 1});
    return is_same ? 2 : 0;
}

struct accept_item {
    struct slice range;
    uint32_t quality;
};

/* False at the end or where it is malformed. */
static bool take_item(struct slice *rest, struct accept_item *ret_item, bool *ret_is_malformed) {
    struct slice name, text;
    *ret_is_malformed = false;
    skip_spaces(rest);
    while (take_char(rest, ','))
        skip_spaces(rest);
    if (rest->len == 0)
        return false;
    *ret_item = (struct accept_item){take_type(rest), 1000};
    *ret_is_malformed = ret_item->range.ptr == NULL;
    while (!*ret_is_malformed && take_parameter(rest, &name, &text, ret_is_malformed))
        if (slice_eq_nocase(name, SLICE("q")))
            *ret_is_malformed = !read_quality(text, &ret_item->quality);
    if (rest->len > 0 && rest->ptr[0] != ',')
        *ret_is_malformed = true;
    return !*ret_is_malformed;
}

/* The quality of one offer: of the range that names it most exactly. */
static uint32_t quality_of(struct slice value, struct slice offer, bool *ret_is_malformed) {
    struct accept_item item;
    uint32_t best = 0, quality = 0;
    while (take_item(&value, &item, ret_is_malformed)) {
        uint32_t match = match_range(item.range, offer);
        if (match > best) {
            best = match;
            quality = item.quality;
        }
    }
    return quality;
}

uint32_t fields_accept(struct slice value, const char *const *offers, uint32_t count) {
    uint32_t chosen = count, best = 0;
    if (slice_trim(value).len == 0)
        return 0;
    for (uint32_t i = 0; i < count; i++) {
        bool is_malformed = false;
        uint32_t quality = quality_of(value, slice_of(offers[i]), &is_malformed);
        if (is_malformed)
            return count;
        if (quality > best) {
            best = quality;
            chosen = i;
        }
    }
    return chosen;
}

bool fields_has_tag(struct slice list, struct slice tag, bool is_strong) {
    list = slice_trim(list);
    if (slice_is(list, "*"))
        return true;
    while (list.len > 0) {
        skip_spaces(&list);
        if (take_char(&list, ','))
            continue;
        bool is_weak = slice_starts(list, SLICE("W/"));
        if (is_weak)
            list = after(list, 2);
        const char *end = list.len > 1 && list.ptr[0] == '"' ? memchr(list.ptr + 1, '"', list.len - 1) : NULL;
        if (end == NULL)
            return false;
        struct slice found = {list.ptr, (size_t)(end - list.ptr) + 1};
        if (slice_eq(found, tag) && !(is_weak && is_strong))
            return true;
        list = after(list, found.len);
    }
    return false;
}

/* A structured-field string (RFC 9651 3.3.3). */
static void write_string(struct buf *out, struct slice text) {
    buf_char(out, '"');
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '"' || c == '\\')
            buf_char(out, '\\');
        buf_char(out, c < 0x20 || c > 0x7e ? '_' : c);
    }
    buf_char(out, '"');
}

static void write_number(struct buf *out, const char *key, uint64_t value) {
    const uint64_t most = 999999999999999;
    buf_printf(out, ";%s=%llu", key, (unsigned long long)(value < most ? value : most));
}

void fields_ratelimit_policy(struct buf *out, const struct fields_limit *limits, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        buf_text(out, i > 0 ? ", " : "");
        write_string(out, limits[i].name);
        write_number(out, "q", limits[i].quota);
        if (limits[i].unit != NULL)
            buf_printf(out, ";qu=\"%s\"", limits[i].unit);
        if (limits[i].window_seconds > 0)
            write_number(out, "w", limits[i].window_seconds);
    }
}

void fields_ratelimit(struct buf *out, const struct fields_limit *limits, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        buf_text(out, i > 0 ? ", " : "");
        write_string(out, limits[i].name);
        write_number(out, "r", limits[i].remaining);
        if (limits[i].has_reset)
            write_number(out, "t", limits[i].reset_seconds);
    }
}
