/* SPDX-License-Identifier: Apache-2.0
 *
 * Percent escapes, characters and dots of targets (RFC 3986; a plus in the query is a space, as forms write it). */
#include "http/target.h"

static int hex_digit(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The next byte, decoded: -1 at the end or where an escape is malformed. */
static int take_byte(struct slice *rest, bool *ret_is_escaped) {
    size_t used = 1;
    int byte = -1;
    *ret_is_escaped = rest->len > 0 && rest->ptr[0] == '%';
    if (rest->len > 0 && !*ret_is_escaped)
        byte = (unsigned char)rest->ptr[0];
    if (*ret_is_escaped && rest->len > 2) {
        int high = hex_digit(rest->ptr[1]), low = hex_digit(rest->ptr[2]);
        byte = high < 0 || low < 0 ? -1 : high * 16 + low;
        used = 3;
    }
    if (byte >= 0)
        *rest = (struct slice){rest->ptr + used, rest->len - used};
    return byte;
}

struct utf8 {
    uint32_t code, least;
    unsigned missing;
};

static bool utf8_take(struct utf8 *text, uint32_t byte) {
    if (text->missing > 0) {
        text->code = text->code << 6 | (byte & 0x3f);
        text->missing--;
        bool is_whole = text->missing > 0 || (text->code >= text->least && text->code <= 0x10ffff &&
                                              (text->code < 0xd800 || text->code > 0xdfff));
        return (byte & 0xc0) == 0x80 && is_whole;
    }
    text->missing = byte < 0x80 ? 0 : byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
    text->least = text->missing == 1 ? 0x80 : text->missing == 2 ? 0x800 : 0x10000;
    text->code = byte & (text->missing == 1 ? 0x1f : text->missing == 2 ? 0x0f : 0x07);
    return byte < 0x80 || (byte >= 0xc2 && byte < 0xf5);
}

static bool is_allowed(char c, bool is_query) {
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))
        return true;
    return c != '\0' && strchr(is_query ? "-._~!$&'()*+,;=:@/?" : "-._~!$&'()*+,;=:@/", c) != NULL;
}

static bool is_allowed_escape(int byte, bool is_query) {
    return byte >= 0x20 && byte != 0x7f && (is_query || byte != '\\');
}

static bool scan(struct slice text, bool is_query) {
    struct utf8 utf8 = {0};
    size_t length = 0,
           dots = 0; /* of this segment, decoded; an escaped slash ends it here too: no dots hide behind one */
    while (text.len > 0) {
        bool is_escaped;
        int byte = take_byte(&text, &is_escaped);
        if (byte < 0 || !(is_escaped ? is_allowed_escape(byte, is_query) : is_allowed((char)byte, is_query)) ||
            !utf8_take(&utf8, (uint32_t)byte))
            return false;
        bool is_end = byte == '/';
        if (is_end && !is_query && length > 0 && length == dots && dots <= 2)
            return false;
        length = is_end ? 0 : length + 1;
        dots = is_end ? 0 : dots + (byte == '.');
    }
    return utf8.missing == 0 && (is_query || length == 0 || length > dots || dots > 2);
}

bool target_is_path(struct slice path) {
    return path.len > 0 && path.ptr[0] == '/' && scan(path, false);
}

bool target_is_query(struct slice query) {
    return scan(query, true);
}

struct slice target_decode(struct arena *arena, struct slice text, bool is_query) {
    char *out = arena_take(arena, text.len + 1);
    if (out == NULL)
        return (struct slice){0};
    size_t len = 0;
    bool is_escaped;
    for (int byte = take_byte(&text, &is_escaped); byte >= 0; byte = take_byte(&text, &is_escaped))
        out[len++] = byte == '+' && is_query && !is_escaped ? ' ' : (char)byte;
    out[len] = '\0';
    return (struct slice){out, len};
}
