/* SPDX-License-Identifier: Apache-2.0
 *
 * The guard alone, with heads as libmicrohttpd leaves them: `~` in the rows stands for the NULs that it writes. */
#include "support/check.h"

#include "http/guard.h"
#include "http/target.h"

/* A head with ~ for NUL; the target is what the row says. */
static const struct guard_refusal *check(const char *text, const char *target, struct guard_found *ret) {
    static char head[16384];
    size_t len = strlen(text);
    for (size_t i = 0; i < len; i++)
        head[i] = text[i] == '~' ? '\0' : text[i];
    struct guard_head given = {{head, len}, slice_of(target), 0};
    const struct guard_refusal *refusal = guard_check(&given, ret);
    given.field_count = ret->field_count; /* the first reading found the same */
    return refusal != NULL && ret->field_count == 0 ? refusal : guard_check(&given, ret);
}

static void heads(void **state) {
    (void)state;
    static const struct {
        const char *row, *head, *target, *code;
    } rows[] = {
        {"the least head", "GET~/a~HTTP/1.1~~Host~ a~~~~", "/a", NULL},
        {"a query, cut up as parameters", "GET~/a~b~c~d~HTTP/1.1~~Host~ a~~~~", "/a?b=c&d", NULL},
        {"values with spaces around", "GET~/a~HTTP/1.1~~Host~\t a \t~~X~~~~~", "/a", NULL},
        {"HTTP/1.0", "GET~/a~HTTP/1.0~~Host~ a~~~~", "/a", NULL},
        {"a line that ended in a bare LF", "GET~/a~HTTP/1.1~~Host~ a~X~ b~~~~", "/a", "bad-line"},
        {"a first line that did", "GET~/a~HTTP/1.1~Host~ a~~~~", "/a", "bad-line"},
        {"an empty line that did", "GET~/a~HTTP/1.1~~Host~ a~~~", "/a", "bad-line"},
        {"an empty line that is missing", "GET~/a~HTTP/1.1~~Host~ a~~", "/a", "bad-line"},
        {"a folded field, whose name was moved", "GET~/a~HTTP/1.1~~Host~ a~~~~ b~~ c~~~~", "/a", "bad-field-name"},
        {"a NUL in a value", "GET~/a~HTTP/1.1~~Host~ a~~X~ b~c~~~~", "/a", "bad-line"},
        {"a NUL at the end of a value", "GET~/a~HTTP/1.1~~Host~ a~~X~ b~~~~~", "/a", "bad-field-name"},
        {"a NUL in the target", "GET~/a~b~HTTP/1.1~~Host~ a~~~~", "/a", "bad-request-line"},
        {"a NUL behind the method", "GET~~/a~HTTP/1.1~~Host~ a~~~~", "/a", "bad-request-line"},
        {"a head that ends in the first line", "GET~/a~HTTP/1.1", "/a", "bad-line"},
        {"a head that ends in the method", "GET", "/a", "bad-request-line"},
        {"no head", "", "/a", "bad-request-line"},
        {"a space in the target", "GET~/a b~HTTP/1.1~~Host~ a~~~~", "/a b", "bad-request-line"},
        {"a space before the colon", "GET~/a~HTTP/1.1~~Host ~ a~~~~", "/a", "bad-field-name"},
        {"a control byte", "GET~/a~HTTP/1.1~~Host~ a~~X~ \x01~~~~", "/a", "bad-field-value"},
        {"no Host", "GET~/a~HTTP/1.1~~X~ a~~~~", "/a", "bad-host"},
        {"no field at all", "GET~/a~HTTP/1.1~~~~", "/a", "bad-host"},
        {"both lengths", "PUT~/a~HTTP/1.1~~Host~ a~~Content-Length~ 1~~Transfer-Encoding~ chunked~~~~", "/a",
         "bad-length"},
        {"a length twice", "PUT~/a~HTTP/1.1~~Host~ a~~Content-Length~ 1~~content-length~ 1~~~~", "/a", "bad-length"},
        {"a length of 2^63", "PUT~/a~HTTP/1.1~~Host~ a~~Content-Length~ 9223372036854775808~~~~", "/a", "bad-length"},
        {"a length with a space behind", "PUT~/a~HTTP/1.1~~Host~ a~~Content-Length~ 1 ~~~~", "/a", "bad-length"},
        {"a coding with a space behind", "PUT~/a~HTTP/1.1~~Host~ a~~Transfer-Encoding~ chunked ~~~~", "/a",
         "unknown-transfer-coding"},
        {"a coding in HTTP/1.0", "PUT~/a~HTTP/1.0~~Host~ a~~Transfer-Encoding~ chunked~~~~", "/a",
         "unknown-transfer-coding"},
        {"an unknown method", "FOO~/a~HTTP/1.1~~Host~ a~~~~", "/a", "unknown-method"},
        {"an unknown version", "GET~/a~HTTP/1.2~~Host~ a~~~~", "/a", "unknown-version"},
    };
    FOR_ROWS(row, rows) {
        struct guard_found found;
        const struct guard_refusal *refusal = check(row->head, row->target, &found);
        CHECK_TEXT(slice_of(refusal != NULL ? refusal->code : "-"), row->code != NULL ? row->code : "-");
    }
}

static void what_was_found(void **state) {
    (void)state;
    struct guard_found found;
    CHECK(check("PUT~/a%20b~c~HTTP/1.1~~Host~a~~X-Y~ \tb c\t ~~Content-Length~ 0042~~Expect~ 100-Continue~~~~",
                "/a%20b?c", &found) == NULL);
    CHECK_TEXT(found.method, "PUT");
    CHECK_TEXT(found.path, "/a%20b");
    CHECK_TEXT(found.query, "c");
    CHECK_UINT(found.field_count, 4);
    CHECK_TEXT(found.fields[1].name, "X-Y");
    CHECK_TEXT(found.fields[1].value, "b c");
    CHECK_UINT(found.length, 42);
    CHECK(found.has_length && !found.is_chunked && !found.is_old && found.expects_continue);
}

static void nuls_that_look_like_the_end_of_a_line(void **state) {
    (void)state;
    static const char head[] = "GET\0/a\0HTTP/1.1\0\0Host\0a\0\0X\0b\0\0\0";
    struct guard_found found;
    struct guard_head given = {{head, sizeof head}, SLICE("/a"), 2};
    CHECK(guard_check(&given, &found) == NULL);
    given.field_count = 1; /* "Host: a", NUL, NUL, "X", NUL, "b", CR, LF was one line */
    const struct guard_refusal *refusal = guard_check(&given, &found);
    CHECK(refusal != NULL && slice_is(SLICE("bad-line"), refusal->code));
}

static void sizes(void **state) {
    (void)state;
    static const struct {
        const char *row;
        uint32_t fields;
        size_t padding, target;
        uint16_t status;
    } rows[] = {
        {"64 fields", 64, 0, 1, 0},
        {"65 fields", 65, 0, 1, 431},
        {"a head of 8192 bytes", 1, 8192, 1, 0},
        {"a head of 8193 bytes", 1, 8193, 1, 431},
        {"a first line of 4096 bytes", 1, 0, 4096 - 15 + 2, 0},
        {"a first line of 4097 bytes", 1, 0, 4097 - 15 + 2, 414},
    };
    FOR_ROWS(row, rows) {
        static char target[8192], head[20000];
        size_t len = 0;
        memset(target, 'a', sizeof target);
        target[0] = '/';
        struct slice wanted = {target, row->target};
        memcpy(head, "GET", 4);
        memcpy(head + 4, target, row->target);
        memcpy(head + 4 + row->target, "\0HTTP/1.1\0\0Host\0a\0", 18);
        len = 4 + row->target + 18;
        head[len++] = '\0';
        for (uint32_t i = 1; i < row->fields; i++, len += 5)
            memcpy(head + len, "X\0a\0", 5);
        if (row->padding > 0) {
            memcpy(head + len, "X", 2);
            memset(head + len + 2, 'b', row->padding - len - 6);
            len = row->padding - 4;
            memset(head + len, 0, 2);
            len += 2;
        }
        memset(head + len, 0, 2);
        len += 2;
        struct guard_head given = {{head, len}, wanted, row->fields + (row->padding > 0)};
        struct guard_found found;
        const struct guard_refusal *refusal = guard_check(&given, &found);
        CHECK_UINT(refusal != NULL ? refusal->status : 0, row->status);
    }
}

static void targets(void **state) {
    (void)state;
    static const struct {
        const char *row, *text;
        bool is_path, is_query;
    } rows[] = {
        {"a path", "/a/b", true, true},
        {"the root", "/", true, true},
        {"nothing", "", false, true},
        {"no slash at first", "a/b", false, true},
        {"dots among others", "/a../..b/...", true, true},
        {"a dot", "/a/.", false, true},
        {"two dots", "/../a", false, true},
        {"encoded dots", "/%2e./a", false, true},
        {"an encoded slash", "/a%2Fb", true, true},
        {"encoded slashes alone", "/%2f%2F", true, true},
        {"an escaped escape", "/a%252F..%252Fb", true, true},
        {"dots behind an encoded slash", "/a%2f..", false, true},
        {"dots before one", "/..%2fa", false, true},
        {"encoded dots between two", "/a%2F%2e%2E%2Fb", false, true},
        {"a dot between a slash and an encoded one", "/a/.%2fb", false, true},
        {"overlong slashes", "/a%c0%afb", false, false},
        {"an encoded backslash", "/a%5cb", false, true},
        {"an encoded NUL", "/a%00", false, false},
        {"an encoded DEL", "/a%7f", false, false},
        {"half an escape", "/a%4", false, false},
        {"a bare percent", "/a%", false, false},
        {"a bad escape", "/a%4g", false, false},
        {"UTF-8 of two bytes", "/%c3%a9", true, true},
        {"UTF-8 of three", "/%e2%82%ac", true, true},
        {"UTF-8 of four", "/%f0%9f%98%80", true, true},
        {"half of it", "/%c3", false, false},
        {"half of it before a slash", "/%c3/a", false, false},
        {"overlong", "/%c0%ae", false, false},
        {"overlong in three", "/%e0%80%ae", false, false},
        {"a surrogate", "/%ed%a0%80", false, false},
        {"over 10FFFF", "/%f4%90%80%80", false, false},
        {"a lone tail", "/%80", false, false},
        {"a raw byte", "/\xc3\xa9", false, false},
        {"a question mark", "/a?b", false, true},
        {"a fragment", "/a#b", false, false},
        {"brackets", "/a[b]", false, false},
        {"sub-delimiters", "/!$&'()*+,;=:@-._~", true, true},
    };
    FOR_ROWS(row, rows) {
        CHECK_INT(target_is_path(slice_of(row->text)), row->is_path);
        CHECK_INT(target_is_query(slice_of(row->text)), row->is_query);
    }
}

static void decoding(void **state) {
    (void)state;
    struct arena arena = {0};
    CHECK_TEXT(target_decode(&arena, SLICE("a%20b+c%2Bd"), false), "a b+c+d");
    CHECK_TEXT(target_decode(&arena, SLICE("a%20b+c%2Bd"), true), "a b c+d");
    CHECK_TEXT(target_decode(&arena, SLICE(""), true), "");
    arena_free(&arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heads),   cmocka_unit_test(what_was_found),
        cmocka_unit_test(sizes),   cmocka_unit_test(nuls_that_look_like_the_end_of_a_line),
        cmocka_unit_test(targets), cmocka_unit_test(decoding),
    };
    return CHECK_RUN(tests);
}
