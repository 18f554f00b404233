/* SPDX-License-Identifier: Apache-2.0
 *
 * Whatever bytes the text holds, the output is valid JSON: controls are escaped, bytes that are not UTF-8 become
 * U+FFFD. */
#include "base/json_writer.h"

#include <assert.h>

#include "base/digits.h"

/* Before a value or a key: comma and line break. Returns room for `more` bytes behind, or NULL. */
static char *item_start(struct json_writer *writer, size_t more) {
    size_t indent = writer->pretty ? (size_t)writer->depth * 2 : 0;
    char *at = buf_reserve(writer->out, more + 2 + indent);
    bool after_key = writer->after_key;
    writer->after_key = false;
    if (at == NULL || after_key || writer->depth == 0)
        return at;
    if (writer->needs_comma)
        *at++ = ',';
    if (!writer->pretty)
        return at;
    *at = '\n';
    memset(at + 1, ' ', indent);
    return at + 1 + indent;
}

/* Up to 16 bytes as two words, which may overlap: most texts are short, and a call would cost more than copying. */
static char *put(char *at, const char *text, size_t len) {
    uint64_t words[2];
    uint32_t halves[2];
    if (len > 2 * sizeof *words) {
        memcpy(at, text, len);
    } else if (len >= sizeof *words) {
        memcpy(&words[0], text, sizeof *words);
        memcpy(&words[1], text + len - sizeof *words, sizeof *words);
        memcpy(at, &words[0], sizeof *words);
        memcpy(at + len - sizeof *words, &words[1], sizeof *words);
    } else if (len >= sizeof *halves) {
        memcpy(&halves[0], text, sizeof *halves);
        memcpy(&halves[1], text + len - sizeof *halves, sizeof *halves);
        memcpy(at, &halves[0], sizeof *halves);
        memcpy(at + len - sizeof *halves, &halves[1], sizeof *halves);
    } else {
        for (size_t i = 0; i < len; i++)
            at[i] = text[i];
    }
    return at + len;
}

static char *put_quoted(char *at, struct slice text) {
    *at = '"';
    at = put(at + 1, text.ptr, text.len);
    *at = '"';
    return at + 1;
}

/* As item_start, with the key. Keys are literals of the program: nothing in them needs an escape. */
static char *member_start(struct json_writer *writer, const char *key, size_t more) {
    assert(writer->depth > 0 && !writer->after_key);
    struct slice text = slice_of(key);
    char *at = item_start(writer, text.len + 4 + more);
    if (at == NULL)
        return NULL;
    at = put_quoted(at, text);
    *at++ = ':';
    if (writer->pretty)
        *at++ = ' ';
    return at;
}

static void open(struct json_writer *writer, char bracket) {
    char *at = item_start(writer, 1);
    if (at != NULL)
        buf_commit(writer->out, put(at, &bracket, 1));
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

bool json_is_utf8(struct slice text) {
    while (text.len > 0) {
        size_t len = (unsigned char)*text.ptr < 0x80 ? 1 : sequence_len(text);
        if (len == 0)
            return false;
        text = (struct slice){text.ptr + len, text.len - len};
    }
    return true;
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
    if (at > 0 && text.len - at < 8 && eight_are_plain(text.ptr + text.len - 8))
        return text.len; /* the rest, and some once more */
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

/* The rest of a text that has something to escape, and the closing quote. */
static void escaped(struct buf *out, struct slice text) {
    while (text.len > 0) {
        size_t len = plain_len(text);
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
    char *at = member_start(writer, key, 0);
    writer->after_key = true;
    if (at != NULL)
        buf_commit(writer->out, at);
}

static void plain(struct json_writer *writer, struct slice text) {
    char *at = item_start(writer, text.len + 2);
    writer->needs_comma = true;
    if (at != NULL)
        buf_commit(writer->out, put_quoted(at, text));
}

void json_text(struct json_writer *writer, struct slice text) {
    size_t len = plain_len(text);
    if (len == text.len) {
        plain(writer, text);
        return;
    }
    char *at = item_start(writer, len + 1);
    writer->needs_comma = true;
    if (at == NULL)
        return;
    *at = '"';
    buf_commit(writer->out, put(at + 1, text.ptr, len));
    escaped(writer->out, (struct slice){text.ptr + len, text.len - len});
}

static void word(struct json_writer *writer, struct slice text) {
    char *at = item_start(writer, text.len);
    writer->needs_comma = true;
    if (at != NULL)
        buf_commit(writer->out, put(at, text.ptr, text.len));
}

void json_raw(struct json_writer *writer, struct slice json) {
    word(writer, json);
}

void json_null(struct json_writer *writer) {
    word(writer, SLICE("null"));
}

void json_bool(struct json_writer *writer, bool value) {
    word(writer, value ? SLICE("true") : SLICE("false"));
}

void json_uint(struct json_writer *writer, uint64_t value) {
    char digits[DIGITS_MAX];
    word(writer, (struct slice){digits, (size_t)(digits_all(digits, value) - digits)});
}

void json_member_plain(struct json_writer *writer, const char *key, struct slice text) {
    char *at = member_start(writer, key, text.len + 2);
    writer->needs_comma = true;
    if (at != NULL)
        buf_commit(writer->out, put_quoted(at, text));
}

void json_member(struct json_writer *writer, const char *key, struct slice text) {
    if (plain_len(text) == text.len) {
        json_member_plain(writer, key, text);
        return;
    }
    json_key(writer, key);
    json_text(writer, text);
}

void json_member_null(struct json_writer *writer, const char *key) {
    char *at = member_start(writer, key, 4);
    writer->needs_comma = true;
    if (at != NULL)
        buf_commit(writer->out, put(at, "null", 4));
}
