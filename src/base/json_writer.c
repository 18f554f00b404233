/* SPDX-License-Identifier: Apache-2.0
 *
 * Whatever bytes the text holds, the output is valid JSON: controls are escaped, bytes that are not UTF-8 become
 * U+FFFD. */
#include "base/json_writer.h"

#include <assert.h>

/* Comma and line break before a value or a key. */
static void item_start(struct json_writer *writer) {
    if (writer->after_key) {
        writer->after_key = false;
        return;
    }
    if (writer->depth == 0)
        return;
    if (writer->needs_comma)
        buf_char(writer->out, ',');
    if (writer->pretty) {
        buf_char(writer->out, '\n');
        buf_repeat(writer->out, ' ', (size_t)writer->depth * 2);
    }
}

static void open(struct json_writer *writer, char bracket) {
    item_start(writer);
    buf_char(writer->out, bracket);
    writer->depth++;
    writer->needs_comma = false;
}

static void close(struct json_writer *writer, char bracket) {
    assert(writer->depth > 0 && !writer->after_key);
    writer->depth--;
    if (writer->pretty && writer->needs_comma) {
        buf_char(writer->out, '\n');
        buf_repeat(writer->out, ' ', (size_t)writer->depth * 2);
    }
    buf_char(writer->out, bracket);
    writer->needs_comma = true;
}

void json_object(struct json_writer *writer) {
    open(writer, '{');
}

void json_object_end(struct json_writer *writer) {
    close(writer, '}');
}

void json_array(struct json_writer *writer) {
    open(writer, '[');
}

void json_array_end(struct json_writer *writer) {
    close(writer, ']');
}

static bool is_continuation(unsigned char byte) {
    return (byte & 0xC0) == 0x80;
}

/* Bytes of the well-formed UTF-8 sequence at the start (RFC 3629: no overlong forms, no surrogates), or 0. */
static size_t sequence_len(struct slice text) {
    unsigned char lead = (unsigned char)text.ptr[0];
    size_t len = lead >= 0xC2 && lead < 0xE0   ? 2
                 : lead >= 0xE0 && lead < 0xF0 ? 3
                 : lead >= 0xF0 && lead < 0xF5 ? 4
                                               : 0;
    if (len == 0 || text.len < len)
        return 0;
    for (size_t i = 1; i < len; i++)
        if (!is_continuation((unsigned char)text.ptr[i]))
            return 0;
    unsigned char second = (unsigned char)text.ptr[1];
    bool is_wrong = (lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F) ||
                    (lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F);
    return is_wrong ? 0 : len;
}

static void escape(struct buf *out, char c) {
    static const char from[] = "\"\\\n\t\r\b\f", to[] = "\"\\ntrbf";
    const char *found = memchr(from, c, sizeof from - 1);
    if (found != NULL) {
        buf_char(out, '\\');
        buf_char(out, to[found - from]);
    } else {
        buf_printf(out, "\\u%04x", (unsigned)(unsigned char)c);
    }
}

/* Eight bytes that are all printable ASCII, none of them a quote or a backslash: each test leaves a high bit where it
 * fails. */
static bool eight_are_plain(const char *bytes) {
    const uint64_t ones = UINT64_C(0x0101010101010101), high = ones << 7;
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    uint64_t quote = word ^ ones * '"', backslash = word ^ ones * '\\', rubout = word ^ ones * 0x7F;
    return ((word | (word - ones * 0x20) | (quote - ones) | (backslash - ones) | (rubout - ones)) & high) == 0;
}

/* Bytes at the start that can be written as they are. */
static size_t plain_len(struct slice text) {
    size_t at = 0;
    while (text.len - at >= 8 && eight_are_plain(text.ptr + at))
        at += 8;
    while (at < text.len) {
        unsigned char c = (unsigned char)text.ptr[at];
        if (c < 0x20 || c == '"' || c == '\\' || c == 0x7F)
            break;
        size_t step = c < 0x80 ? 1 : sequence_len((struct slice){text.ptr + at, text.len - at});
        if (step == 0)
            break;
        at += step;
    }
    return at;
}

static void quoted(struct buf *out, struct slice text) {
    buf_char(out, '"');
    while (text.len > 0) {
        size_t len = plain_len(text);
        if (len > 0)
            buf_append(out, (struct slice){text.ptr, len});
        text = (struct slice){text.ptr + len, text.len - len};
        if (text.len == 0)
            break;
        if ((unsigned char)text.ptr[0] < 0x80)
            escape(out, text.ptr[0]);
        else
            buf_append(out, SLICE("\xEF\xBF\xBD"));
        text = (struct slice){text.ptr + 1, text.len - 1};
    }
    buf_char(out, '"');
}

void json_key(struct json_writer *writer, const char *key) {
    assert(writer->depth > 0 && !writer->after_key);
    item_start(writer);
    buf_char(writer->out, '"'); /* keys are literals of the program: nothing in them needs an escape */
    buf_text(writer->out, key);
    buf_append(writer->out, writer->pretty ? SLICE("\": ") : SLICE("\":"));
    writer->after_key = true;
}

void json_text(struct json_writer *writer, struct slice text) {
    item_start(writer);
    quoted(writer->out, text);
    writer->needs_comma = true;
}

static void word(struct json_writer *writer, struct slice text) {
    item_start(writer);
    buf_append(writer->out, text);
    writer->needs_comma = true;
}

void json_null(struct json_writer *writer) {
    word(writer, SLICE("null"));
}

void json_bool(struct json_writer *writer, bool value) {
    word(writer, value ? SLICE("true") : SLICE("false"));
}

void json_uint(struct json_writer *writer, uint64_t value) {
    char digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    word(writer, (struct slice){digits + at, sizeof digits - at});
}

void json_member(struct json_writer *writer, const char *key, struct slice text) {
    json_key(writer, key);
    json_text(writer, text);
}
