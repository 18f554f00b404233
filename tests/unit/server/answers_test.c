/* SPDX-License-Identifier: Apache-2.0
 *
 * Kept answers: what a key finds, what a crash leaves, what is forgotten. */
#include "server/answers.h"

#include <string.h>

#include "support/check.h"

static const int64_t day = INT64_C(86400000000000);

struct bench {
    struct store *store;
    struct answers *answers;
    struct arena arena;
};

static struct bench bench_new(void) {
    struct bench bench = {0};
    CHECK_OK(store_memory_new(NULL, &bench.store));
    CHECK_OK(answers_new(bench.store, &bench.answers));
    return bench;
}

/* As after a crash: what was not written is gone. */
static void bench_crash(struct bench *bench, const struct answers_request *running) {
    struct store *store;
    if (running)
        answers_leave(bench->answers, running);
    answers_free(bench->answers);
    CHECK_OK(store_memory_reopen(bench->store, &store));
    bench->store = store;
    CHECK_OK(answers_new(store, &bench->answers));
}

static void bench_free(struct bench *bench) {
    answers_free(bench->answers);
    store_close(bench->store);
    arena_free(&bench->arena);
}

static struct answers_request request_of(const char *key, const char *what) {
    struct answers_request request = {.key = slice_of(key), .actor = SLICE("key-1")};
    struct slice part = slice_of(what);
    answers_hash(&part, 1, request.hash);
    return request;
}

static enum answers_found enter(struct bench *bench, const struct answers_request *request, int64_t now_ns,
                                struct answers_record *ret_record) {
    enum answers_found found;
    CHECK_OK(answers_enter(bench->answers, request, now_ns, &bench->arena, &found, ret_record));
    return found;
}

static void a_key_has_one_answer(void **state) {
    (void)state;
    struct bench bench = bench_new();
    struct answers_request first = request_of("k", "buy"), other = request_of("k", "sell");
    struct answers_record record;
    CHECK_INT(enter(&bench, &first, day, &record), ANSWERS_NEW);
    CHECK_INT(enter(&bench, &first, day, &record), ANSWERS_RUNNING);
    record = (struct answers_record){.at_ns = day, .id = SLICE("id-1")};
    CHECK_OK(answers_keep(bench.answers, &first, &record));
    bench_crash(&bench, &first);
    CHECK_INT(enter(&bench, &other, 2 * day, &record), ANSWERS_OTHER);
    CHECK_INT(enter(&bench, &first, 2 * day, &record), ANSWERS_BEGUN);
    CHECK_INT(record.at_ns, day);
    CHECK_TEXT(record.id, "id-1");
    record.status = 201;
    record.body = SLICE("{\"a\":\"\\u00e4\"}");
    CHECK_OK(answers_keep(bench.answers, &first, &record));
    bench_crash(&bench, &first);
    CHECK_INT(enter(&bench, &first, 3 * day, &record), ANSWERS_KEPT);
    CHECK_INT(record.status, 201);
    CHECK(!record.is_problem);
    CHECK_TEXT(record.body, "{\"a\":\"\\u00e4\"}");
    CHECK_INT(enter(&bench, &other, 3 * day, &record), ANSWERS_OTHER);
    bench_free(&bench);
}

static void what_was_left_before_it_was_kept_is_new(void **state) {
    (void)state;
    struct bench bench = bench_new();
    struct answers_request request = request_of("k", "buy");
    struct answers_record record;
    CHECK_INT(enter(&bench, &request, day, &record), ANSWERS_NEW);
    bench_crash(&bench, &request);
    CHECK_INT(enter(&bench, &request, day, &record), ANSWERS_NEW);
    answers_leave(bench.answers, &request);
    bench_free(&bench);
}

static void what_is_forgotten_was_never_asked(void **state) {
    (void)state;
    struct bench bench = bench_new();
    struct answers_request first = request_of("k", "buy"), other = request_of("k", "sell");
    struct answers_record record;
    CHECK_INT(enter(&bench, &first, day, &record), ANSWERS_NEW);
    record = (struct answers_record){.at_ns = day, .id = SLICE("id-1"), .mark = SLICE("7 \"a\"")};
    CHECK_OK(answers_keep(bench.answers, &first, &record));
    bench_crash(&bench, &first);
    CHECK_INT(enter(&bench, &first, day, &record), ANSWERS_BEGUN);
    CHECK_TEXT(record.mark, "7 \"a\"");
    CHECK_UINT(record.secret_of.len, 0);
    CHECK_OK(answers_forget(bench.answers, &first));
    answers_leave(bench.answers, &first);
    CHECK_INT(enter(&bench, &other, day, &record), ANSWERS_NEW);
    record = (struct answers_record){
        .at_ns = day, .id = SLICE("id-2"), .status = 201, .body = SLICE(""), .secret_of = SLICE("/v1/keys/a")};
    CHECK_OK(answers_keep(bench.answers, &other, &record));
    bench_crash(&bench, &other);
    CHECK_INT(enter(&bench, &other, day, &record), ANSWERS_KEPT);
    CHECK_TEXT(record.secret_of, "/v1/keys/a");
    bench_free(&bench);
}

static void old_answers_are_forgotten(void **state) {
    (void)state;
    struct bench bench = bench_new();
    struct answers_record record;
    struct slice *names;
    uint32_t count;
    char text[] = "k-0";
    for (char c = '0'; c <= '9'; c++) {
        text[2] = c;
        struct answers_request request = request_of(text, "buy");
        CHECK_INT(enter(&bench, &request, day, &record), ANSWERS_NEW);
        record = (struct answers_record){.at_ns = day, .id = SLICE("id"), .status = 201, .body = SLICE("{}")};
        CHECK_OK(answers_keep(bench.answers, &request, &record));
        answers_leave(bench.answers, &request);
    }
    struct answers_request last = request_of("k-9", "buy");
    CHECK_INT(enter(&bench, &last, 41 * day - 1, &record), ANSWERS_KEPT);
    CHECK_INT(enter(&bench, &last, 41 * day, &record), ANSWERS_NEW);
    answers_leave(bench.answers, &last);
    for (int i = 0; i < 6; i++) { /* whoever comes cleans a little */
        struct answers_request another = request_of("another", "buy");
        CHECK_INT(enter(&bench, &another, 43 * day, &record), ANSWERS_NEW);
        answers_leave(bench.answers, &another);
    }
    CHECK_OK(store_list(bench.store, ANSWERS_KIND, &bench.arena, &names, &count));
    CHECK_INT(count, 0);
    bench_free(&bench);
}

static void keys_are_strings_or_tokens(void **state) {
    (void)state;
    static const struct {
        const char *row, *text, *key; /* key NULL: it is none */
    } rows[] = {
        {"a bare token", "8e03978e-40d5-43dd", "8e03978e-40d5-43dd"},
        {"a quoted string", "\"8e03 978e\"", "8e03 978e"},
        {"quotes inside", "\"a\\\"b\\\\c\"", "a\"b\\c"},
        {"spaces around", "  k1 ", "k1"},
        {"nothing", "", NULL},
        {"quotes around nothing", "\"\"", NULL},
        {"one quote", "\"", NULL},
        {"a string without an end", "\"abc", NULL},
        {"a quote in the middle", "\"a\"b\"", NULL},
        {"an escape of nothing", "\"a\\\"", NULL},
        {"an escape of a letter", "\"a\\n\"", NULL},
        {"a token with a space", "a b", NULL},
        {"a token with a quote", "a\"b", NULL},
        {"a control byte", "a\tb", NULL},
        {"beyond ASCII", "\xc3\xa4", NULL},
    };
    struct arena arena = {0};
    FOR_ROWS(row, rows) {
        struct slice key;
        bool is_key = answers_key_read(slice_of(row->text), &arena, &key);
        if (CHECK_INT(is_key, row->key != NULL) && is_key)
            CHECK_TEXT(key, row->key);
    }
    char longest[ANSWERS_KEY_MAX + 2];
    struct slice key;
    memset(longest, 'a', sizeof longest);
    CHECK(answers_key_read((struct slice){longest, ANSWERS_KEY_MAX}, &arena, &key));
    CHECK(!answers_key_read((struct slice){longest, ANSWERS_KEY_MAX + 1}, &arena, &key));
    arena_free(&arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_has_one_answer),
        cmocka_unit_test(what_was_left_before_it_was_kept_is_new),
        cmocka_unit_test(what_is_forgotten_was_never_asked),
        cmocka_unit_test(old_answers_are_forgotten),
        cmocka_unit_test(keys_are_strings_or_tokens),
    };
    return CHECK_RUN(tests);
}
