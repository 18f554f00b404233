/* SPDX-License-Identifier: Apache-2.0
 *
 * JSON documents to tokens: what they are, where they stand, and what is refused where. */
#include "cxx/json.h"

#include <stdlib.h>

#include "base/buf.h"
#include "support/check.h"

struct parsed {
    struct buf tokens;
    struct json_error error;
};

/* The padding is closing brackets: a parser that looks at it is found out. */
static struct parsed parse(struct json_parser *parser, struct slice text) {
    static const char *const marks[] = {"{", "}", "[", "]", "k:", "t:", "n:", "true", "false", "null"};
    char *document = malloc(text.len + JSON_PADDING);
    memcpy(document, text.ptr, text.len);
    memset(document + text.len, '}', JSON_PADDING);
    struct parsed parsed = {0};
    const struct json_token *tokens;
    size_t count = json_parse(parser, document, text.len, &tokens, &parsed.error);
    for (size_t i = 0; i < count; i++) {
        buf_printf(&parsed.tokens, "%s%s@%u+%u", i > 0 ? " " : "", marks[tokens[i].type], tokens[i].raw_offset,
                   tokens[i].raw_len);
        if (tokens[i].type >= JSON_KEY && tokens[i].type <= JSON_NUMBER)
            buf_printf(&parsed.tokens, "=%.*s", (int)tokens[i].len, tokens[i].ptr);
    }
    free(document);
    return parsed;
}

static void documents_become_tokens(void **state) {
    static const struct {
        const char *row, *text, *want;
    } rows[] = {
        {"an empty object", "{}", "{@0+1 }@1+1"},
        {"an empty list with spaces", " [ ] ", "[@1+1 ]@3+1"},
        {"a member", "{\"a\":1}", "{@0+1 k:@1+3=a n:@5+1=1 }@6+1"},
        {"space is no part of a token", "{ \"a\" : 1.50e3 }", "{@0+1 k:@2+3=a n:@8+6=1.50e3 }@15+1"},
        {"numbers stay text, of any size", "[1e400,-0.00]", "[@0+1 n:@1+5=1e400 n:@7+5=-0.00 ]@12+1"},
        {"literals", "[true,false,null]", "[@0+1 true@1+4 false@6+5 null@12+4 ]@16+1"},
        {"escapes are undone", "[\"x\\u00e9\\n\",\"\\\\\"]", "[@0+1 t:@1+11=x\303\251\n t:@13+4=\\ ]@17+1"},
        {"a surrogate pair is one character", "[\"\\ud83d\\ude00\"]", "[@0+1 t:@1+14=\360\237\230\200 ]@15+1"},
        {"keys are unescaped too", "{\"\\u0061\":\"b\"}", "{@0+1 k:@1+8=a t:@10+3=b }@13+1"},
        {"duplicates are both there", "{\"a\":1,\"a\":2}", "{@0+1 k:@1+3=a n:@5+1=1 k:@7+3=a n:@11+1=2 }@12+1"},
        {"plain members in a row", "{\"a\":12345678,\"b\":\"\",\"c\":123456789,\"d\":0}",
         "{@0+1 k:@1+3=a n:@5+8=12345678 k:@14+3=b t:@18+2= k:@21+3=c n:@25+9=123456789 k:@35+3=d n:@39+1=0 }@40+1"},
        {"plain members and others", "{\"a\":1,\"b\" :2,\"c\":-3,\"d\":null,\"e\":\"\\n\"}",
         "{@0+1 k:@1+3=a n:@5+1=1 k:@7+3=b n:@12+1=2 k:@14+3=c n:@18+2=-3 k:@21+3=d null@25+4 k:@30+3=e t:@34+4=\n "
         "}@38+1"},
        {"plain members around objects", "{\"a\":{\"b\":1},\"c\":{},\"d\":[{\"e\":2}]}",
         "{@0+1 k:@1+3=a {@5+1 k:@6+3=b n:@10+1=1 }@11+1 k:@13+3=c {@17+1 }@18+1 k:@20+3=d [@24+1 {@25+1 k:@26+3=e "
         "n:@30+1=2 }@31+1 ]@32+1 }@33+1"},
        {"a single value", "42", "n:@0+2=42"},
        {"sixteen levels", "[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]",
         "[@0+1 [@1+1 [@2+1 [@3+1 [@4+1 [@5+1 [@6+1 [@7+1 [@8+1 [@9+1 [@10+1 [@11+1 [@12+1 [@13+1 [@14+1 [@15+1 "
         "]@16+1 ]@17+1 ]@18+1 ]@19+1 ]@20+1 ]@21+1 ]@22+1 ]@23+1 ]@24+1 ]@25+1 ]@26+1 ]@27+1 ]@28+1 ]@29+1 ]@30+1 "
         "]@31+1"},
    };
    (void)state;
    struct json_parser *parser = json_parser_new();
    FOR_ROWS(row, rows) {
        struct parsed parsed = parse(parser, slice_of(row->text));
        CHECK_TEXT(buf_slice(&parsed.tokens), row->want);
        buf_free(&parsed.tokens);
    }
    json_parser_free(parser);
}

static void what_is_not_json_is_refused_where_it_stands(void **state) {
    static const struct {
        const char *row, *text, *want;
        uint32_t offset;
    } rows[] = {
        {"nothing", "", "the document is empty", 0},
        {"only space", " \t ", "the document is empty", 0},
        {"a member in a list", "[\"a\":1]", "unexpected colon", 4},
        {"two commas", "[1,2,,3]", "unexpected comma", 5},
        {"a comma before the end of a list", "[1,]", "unexpected closing bracket", 3},
        {"a comma before the end of an object", "{\"a\":1,}", "unexpected closing bracket", 7},
        {"no colon", "{\"a\" 1}", "a colon is missing", 5},
        {"no comma", "[1 2]", "a comma is missing", 3},
        {"two strings side by side", "[\"a\"\"b\"]", "a comma is missing", 4},
        {"the wrong bracket", "{\"a\":[}", "unexpected closing bracket", 6},
        {"a name that is no string", "{a:1}", "a member's name must be a string", 1},
        {"no value behind a colon", "{\"a\":}", "unexpected closing bracket", 5},
        {"a value in place of a name", "{[]:1}", "a member's name must be a string", 1},
        {"only a bracket that closes", "]", "not a JSON value", 0},
        {"only a comma", ",", "not a JSON value", 0},
        {"a bracket too many", "[]]", "text after the document", 2},
        {"a leading zero behind plain members", "{\"a\":1,\"b\":01}", "not a JSON value", 11},
        {"a sign inside a short number", "{\"a\":1,\"b\":1-2}", "not a JSON value", 11},
        {"bytes behind a member's string", "{\"a\":1,\"b\":\"x\"y}", "a comma is missing", 14},
        {"a plain member in a list's bracket", "{\"a\":1,\"b\":2]", "unexpected closing bracket", 12},
        {"a name without a value", "{\"a\":1,\"b\"}", "unexpected closing bracket", 10},
        {"a leading zero", "[01]", "not a JSON value", 1},
        {"a plus sign", "[+1]", "not a JSON value", 1},
        {"a point without digits", "[1.]", "not a JSON value", 1},
        {"a number that starts with a point", "[.5]", "not a JSON value", 1},
        {"an exponent without digits", "[1e+]", "not a JSON value", 1},
        {"a literal cut short", "[tru]", "not a JSON value", 1},
        {"a literal too long", "[nullx]", "not a JSON value", 1},
        {"NaN", "[NaN]", "not a JSON value", 1},
        {"text behind the document", "{} x", "text after the document", 3},
        {"a second document", "{}{}", "text after the document", 2},
        {"an open object", "{\"a\":1", "the document ends too early", 6},
        {"an open string", "[\"abc", "the string that starts here is not closed", 1},
        {"a line break in a string", "[\"a\nb\"]", "a control character inside a string must be escaped", 3},
        {"a bad escape", "[\"\\x\"]", "a string with a bad escape", 1},
        {"a lone high surrogate", "[\"\\ud800\"]", "a string with a bad escape", 1},
        {"a lone low surrogate", "[\"\\udc00\"]", "a string with a bad escape", 1},
        {"a byte that is no UTF-8", "[\"a\377\"]", "text is not valid UTF-8", 3},
        {"a character cut short", "[\"\303\251\342\202\",1]", "text is not valid UTF-8", 4},
        {"seventeen levels", "[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]", "nested deeper than 16 levels", 16},
    };
    (void)state;
    struct json_parser *parser = json_parser_new();
    FOR_ROWS(row, rows) {
        struct parsed parsed = parse(parser, slice_of(row->text));
        CHECK_TEXT(buf_slice(&parsed.tokens), "");
        CHECK_TEXT(slice_of(parsed.error.text ? parsed.error.text : ""), row->want);
        CHECK_UINT(parsed.error.offset, row->offset);
        buf_free(&parsed.tokens);
    }
    json_parser_free(parser);
}

static void buffers_grow_with_the_document(void **state) {
    (void)state;
    struct json_parser *parser = json_parser_new();
    struct buf text = {0};
    buf_char(&text, '[');
    for (int i = 0; i < 20000; i++)
        buf_printf(&text, "%s\"\\u00e9%d\"", i > 0 ? "," : "", i);
    buf_char(&text, ']');
    struct parsed parsed = parse(parser, buf_slice(&text));
    CHECK(parsed.error.text == NULL);
    CHECK(parsed.tokens.len > 20000 * 8);
    buf_free(&parsed.tokens);
    parsed = parse(parser, SLICE("[1]"));
    CHECK_TEXT(buf_slice(&parsed.tokens), "[@0+1 n:@1+1=1 ]@2+1");
    buf_free(&parsed.tokens);
    buf_free(&text);
    json_parser_free(parser);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(documents_become_tokens),
        cmocka_unit_test(what_is_not_json_is_refused_where_it_stands),
        cmocka_unit_test(buffers_grow_with_the_document),
    };
    return CHECK_RUN(tests);
}
