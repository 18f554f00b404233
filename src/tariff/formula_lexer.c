/* SPDX-License-Identifier: Apache-2.0
 *
 * Formula text to tokens, and the messages that point into it. */
#include "tariff/formula_private.h"

#include <stdio.h>

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_name_byte(char c) {
    return is_letter(c) || is_digit(c) || c == '.';
}

static bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_continuation(char c) {
    return ((unsigned char)c & 0xC0) == 0x80;
}

struct slice text_clip(struct slice text) {
    size_t len = text.len;
    if (len > 40) {
        len = 40;
        while (len > 0 && is_continuation(text.ptr[len]))
            len--;
    }
    return (struct slice){text.ptr, len};
}

struct slice text_span(struct slice a, struct slice b) {
    return (struct slice){a.ptr, (size_t)(b.ptr + b.len - a.ptr)};
}

static struct place frame_place(const struct frame *frame, struct slice at) {
    struct place place = frame->place;
    if (place.file == NULL)
        return place;
    size_t start = 0, end = (size_t)(at.ptr - frame->text.ptr);
    for (size_t i = 0; i < end; i++) {
        if (frame->text.ptr[i] == '\n') {
            place.line++;
            start = i + 1;
        }
    }
    place.column = frame->place.column + (uint32_t)(end - start);
    place.length = (uint32_t)at.len;
    return place;
}

void compiler_report(struct compiler *compiler, struct slice at, const char *hint, const char *format, ...) {
    char text[512];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    compiler->has_error = true;
    diags_add(compiler->diags, SEVERITY_ERROR, frame_place(compiler->frame, at), hint && *hint ? hint : NULL, "%s",
              text);
}

/* What people write who come from other languages. */
static const char *character_hint(struct slice rest) {
    static const struct {
        const char *start, *hint;
    } rows[] = {
        {"&", "write: and"},
        {"|", "write: or"},
        {"!", "write: not"},
        {"%", "write 20% as 0.2; there is no remainder"},
        {"^", "there is no power; multiply"},
        {"?", "write: if(condition, a, b)"},
        {"[", "write: in(x, \"a\", \"b\")"},
        {"{", "write names without braces"},
        {"$", "write names without $"},
        {".", "write a digit before the point: 0.5"},
        {"\xE2\x80\x9C", "use plain quotes: \"text\""},
        {"\xE2\x80\x9D", "use plain quotes: \"text\""},
        {"\xE2\x80\x98", "use plain quotes: 'text'"},
        {"\xE2\x80\x99", "use plain quotes: 'text'"},
        {"\xC3\x97", "write: *"},
        {"\xE2\x89\xA4", "write: <="},
        {"\xE2\x89\xA5", "write: >="},
        {"\xE2\x89\xA0", "write: !="},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (slice_starts(rest, slice_of(rows[i].start)))
            return rows[i].hint;
    }
    return NULL;
}

static struct token lexer_wrong(struct compiler *compiler, struct slice rest) {
    size_t len = 1;
    while (len < rest.len && len < 4 && is_continuation(rest.ptr[len]))
        len++;
    struct slice character = {rest.ptr, len};
    unsigned char byte = (unsigned char)rest.ptr[0];
    if (byte < 0x20 || byte == 0x7F || (byte >= 0x80 && (len == 1 || byte < 0xC2)))
        compiler_report(compiler, character, NULL, "unexpected byte 0x%02X", byte);
    else
        compiler_report(compiler, character, character_hint(rest), "unexpected character " SLICE_FMT,
                        SLICE_ARG(character));
    return (struct token){TOKEN_WRONG, character};
}

static struct token lexer_text(struct compiler *compiler, struct slice rest) {
    for (size_t i = 1; i < rest.len; i++) {
        if (rest.ptr[i] == rest.ptr[0])
            return (struct token){TOKEN_TEXT, {rest.ptr, i + 1}};
    }
    compiler_report(compiler, rest, NULL, "the text has no closing %c", rest.ptr[0]);
    return (struct token){TOKEN_WRONG, rest};
}

static struct token lexer_number(struct compiler *compiler, struct slice rest) {
    size_t len = 0;
    while (len < rest.len && (is_digit(rest.ptr[len]) || rest.ptr[len] == '.'))
        len++;
    if (len < rest.len && (rest.ptr[len] == 'e' || rest.ptr[len] == 'E')) {
        size_t digits = len + 1;
        if (digits < rest.len && (rest.ptr[digits] == '+' || rest.ptr[digits] == '-'))
            digits++;
        if (digits < rest.len && is_digit(rest.ptr[digits]))
            len = digits;
    }
    while (len < rest.len && is_name_byte(rest.ptr[len]))
        len++;
    struct slice text = {rest.ptr, len};
    struct ratio ignored;
    enum status status = ratio_parse(text, &ignored, NULL);
    if (status == STATUS_OK)
        return (struct token){TOKEN_NUMBER, text};
    if (status == STATUS_RANGE)
        compiler_report(compiler, text, NULL, "the number " SLICE_FMT " is too large or too fine to be kept exactly",
                        SLICE_ARG(text_clip(text)));
    else
        compiler_report(compiler, text, NULL, "\"" SLICE_FMT "\" is not a number", SLICE_ARG(text_clip(text)));
    return (struct token){TOKEN_WRONG, text};
}

static struct token lexer_instant(struct slice rest) {
    size_t len = 1;
    while (len < rest.len && (is_digit(rest.ptr[len]) || is_letter(rest.ptr[len]) || rest.ptr[len] == ':' ||
                              rest.ptr[len] == '+' || rest.ptr[len] == '-' || rest.ptr[len] == '.'))
        len++;
    return (struct token){TOKEN_INSTANT, {rest.ptr, len}};
}

static struct token lexer_symbol(struct compiler *compiler, struct slice rest) {
    static const char *const symbols[] = {"==", "!=", "<=", ">=", "=", "<", ">", "+", "-", "*", "/", "(", ")", ","};
    for (size_t i = 0; i < sizeof(symbols) / sizeof(symbols[0]); i++) {
        struct slice symbol = slice_of(symbols[i]);
        if (slice_starts(rest, symbol))
            return (struct token){TOKEN_SYMBOL, {rest.ptr, symbol.len}};
    }
    return lexer_wrong(compiler, rest);
}

static struct token lexer_read(struct compiler *compiler, struct slice rest) {
    if (rest.len == 0)
        return (struct token){TOKEN_END, rest};
    char first = rest.ptr[0];
    if (is_digit(first))
        return lexer_number(compiler, rest);
    if (first == '"' || first == '\'')
        return lexer_text(compiler, rest);
    if (first == '@')
        return lexer_instant(rest);
    if (!is_letter(first))
        return lexer_symbol(compiler, rest);
    size_t len = 1;
    while (len < rest.len && is_name_byte(rest.ptr[len]))
        len++;
    return (struct token){TOKEN_NAME, {rest.ptr, len}};
}

void lexer_next(struct compiler *compiler) {
    struct frame *frame = compiler->frame;
    while (frame->offset < frame->text.len && is_space(frame->text.ptr[frame->offset]))
        frame->offset++;
    frame->token =
        lexer_read(compiler, (struct slice){frame->text.ptr + frame->offset, frame->text.len - frame->offset});
    frame->offset += frame->token.text.len;
}
