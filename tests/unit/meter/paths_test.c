/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading has short ways for what most lines look like: members without spaces, names, types and instants that came
 * before, short numbers. They must give what the long ways give, for every document of the tests and what a few random
 * changes make of it: a reader that is used again and again is held against a new one for each document, and against
 * the same document written so that no short way fits. */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const corpus[] = {"account", "activate", "call",    "escapes", "hold",     "list",  "live",
                                     "order",   "refund",   "release", "streams", "unpriced", "wallet"};

/* ---- a record as text ---- */

static void instant_append(struct buf *text, const char *name, int64_t at_ns) {
    buf_printf(text, " %s=%lld", name, (long long)at_ns);
}

static void text_append(struct buf *text, const char *name, struct slice value) {
    buf_printf(text, " %s=%zu:" SLICE_FMT, name, value.len, SLICE_ARG(value));
}

static void coverage_append(struct buf *text, const struct coverage *coverage) {
    const struct decimal parts[] = {coverage->length, coverage->segment, coverage->initial,
                                    coverage->from,   coverage->to,      coverage->ahead};
    buf_printf(text, " coverage %u %u %d%d%d %u", coverage->item, coverage->rate, coverage->has_length,
               coverage->has_range, coverage->has_initial, coverage->stream_count);
    text_append(text, "key", coverage->key);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        buf_char(text, ' ');
        decimal_append(text, parts[i]);
    }
}

static void command_append(struct buf *text, const struct command *command) {
    text_append(text, "sku", command->order.sku);
    text_append(text, "order", command->order_id);
    text_append(text, "terminal", command->terminal);
    buf_printf(text, " periods=%u settings=%u quantity=", command->order.periods, command->setting_count);
    decimal_append(text, command->order.quantity);
    buf_text(text, " units=");
    decimal_append(text, command->units);
    instant_append(text, "effective", command->order.effective_ns);
    instant_append(text, "expires", command->expires_ns);
}

/* What may differ between two spellings of one document. */
enum sameness {
    SAME_TEXT,    /* nothing */
    SAME_PAYLOAD, /* places in the text, and the identity of what is no record */
    SAME_MEANING, /* the payload, too: it is hashed as written */
};

static void record_append(struct buf *text, const struct record *record, enum sameness sameness) {
    buf_printf(text, "kind=%d billable=%d element=%d", (int)record->kind, record->is_billable, record->is_element);
    if (sameness == SAME_TEXT)
        buf_printf(text, " at=%u:%u document=%zu", record->line, record->column, record->document.len);
    if (sameness == SAME_TEXT || (sameness == SAME_PAYLOAD && record->kind != RECORD_REJECTED))
        buf_printf(text, " payload=%llx", (unsigned long long)record->payload);
    for (size_t i = 0; i < sizeof record->identity && (sameness == SAME_TEXT || record->kind != RECORD_REJECTED); i++)
        buf_printf(text, "%02x", record->identity[i]);
    text_append(text, "source", record->source);
    text_append(text, "id", record->id);
    text_append(text, "subject", record->subject);
    buf_printf(text, " hash=%llx", (unsigned long long)record->subject_hash);
    instant_append(text, "time", record->time_ns);
    instant_append(text, "owner", record->owner_ns);
    instant_append(text, "from", record->cycle.start_ns);
    text_append(text, "tariff", record->tariff != NULL ? record->tariff->name : SLICE("none"));
    text_append(text, "operation", record->operation != NULL ? record->operation->name : SLICE("none"));
    text_append(text, "reason", record->reason);
    for (uint32_t i = 0; i < record->usage_count; i++) {
        buf_printf(text, " usage %u %u ", record->usages[i].item, record->usages[i].rate);
        decimal_append(text, record->usages[i].quantity);
    }
    for (uint32_t i = 0; i < record->coverage_count; i++)
        coverage_append(text, &record->coverages[i]);
    if (record->command != NULL)
        command_append(text, record->command);
    buf_char(text, '\n');
}

/* ---- the same document, written another way ---- */

/* Space around every mark, so that no member is plain. */
static void write_spaced(struct slice text, struct buf *out) {
    bool in_string = false;
    buf_clear(out);
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool is_mark = !in_string && c != '\0' && strchr("{}[]:,", c) != NULL;
        buf_text(out, is_mark ? " \t" : "");
        buf_char(out, c);
        buf_text(out, is_mark ? " " : "");
        if (in_string && c == '\\' && i + 1 < text.len)
            buf_char(out, text.ptr[++i]);
        else if (c == '"')
            in_string = !in_string;
    }
}

/* The first letter of every name as an escape. */
static void write_escaped(struct slice text, struct buf *out) {
    size_t opened = 0;
    bool in_string = false;
    buf_clear(out);
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        buf_char(out, c);
        if (in_string && c == '\\') {
            buf_char(out, text.ptr[++i]);
        } else if (c == '"' && !in_string) {
            in_string = true;
            opened = out->len;
        } else if (c == '"') {
            in_string = false;
            char first = out->ptr[opened];
            if (i + 1 < text.len && text.ptr[i + 1] == ':' && first != '\\' && first != '"') {
                struct slice rest = {text.ptr + i + 1 - (out->len - opened) + 1, out->len - opened - 1};
                out->len = opened;
                buf_printf(out, "\\u%04x" SLICE_FMT, (unsigned)(unsigned char)first, SLICE_ARG(rest));
            }
        }
    }
}

/* ---- comparing ---- */

struct paths {
    struct fixture used; /* its reader reads everything */
    struct json_parser *parser;
    struct buf document, other, want, got;
    uint64_t compared;
};

static void read_into(struct fixture *fixture, struct slice text, enum sameness sameness, struct buf *out) {
    char *document = test_malloc(text.len + JSON_PADDING);
    if (text.len > 0)
        memcpy(document, text.ptr, text.len);
    memset(document + text.len, '}', JSON_PADDING);
    struct record *records = NULL;
    uint32_t count = 0;
    CHECK_OK(
        reader_read(fixture->reader, (struct slice){document, text.len}, 7, &fixture->batch, NULL, &records, &count));
    test_free(document);
    buf_clear(out);
    for (uint32_t i = 0; i < count; i++)
        record_append(out, &records[i], sameness);
    arena_reset(&fixture->batch);
}

/* By a reader that has seen nothing yet, and so remembers nothing. */
static void read_first(struct paths *paths, struct slice text, enum sameness sameness, struct buf *out) {
    static const uint8_t key[16] = "sixteen bytes ok";
    struct fixture fresh = {.tariffs = paths->used.tariffs};
    CHECK_OK(reader_new(&fresh.tariffs, key, &fresh.reader));
    read_into(&fresh, text, sameness, out);
    reader_free(fresh.reader);
    arena_free(&fresh.batch);
}

static void compare(struct paths *paths, struct slice text, struct slice other, enum sameness sameness) {
    read_first(paths, other, sameness, &paths->want);
    read_into(&paths->used, text, sameness, &paths->got);
    if (!slice_eq(buf_slice(&paths->got), buf_slice(&paths->want)))
        printf("# document: " SLICE_FMT "\n", SLICE_ARG(text));
    CHECK_SLICE(buf_slice(&paths->got), buf_slice(&paths->want));
    paths->compared++;
}

static bool is_json(struct paths *paths, struct slice text) {
    const struct json_token *tokens;
    struct json_error error;
    struct buf padded = {0};
    buf_append(&padded, text);
    buf_repeat(&padded, ' ', JSON_PADDING);
    bool is_read = json_parse(paths->parser, padded.ptr, text.len, &tokens, &error) > 0;
    buf_free(&padded);
    return is_read;
}

/* What is wrong with a text that is no JSON depends on where its tokens end; of that only being used again counts. */
static void compare_ways(struct paths *paths, struct slice text) {
    compare(paths, text, text, SAME_TEXT);
    if (!is_json(paths, text))
        return;
    write_spaced(text, &paths->other);
    compare(paths, text, buf_slice(&paths->other), SAME_PAYLOAD);
}

/* One small change: a byte replaced, removed or put in, or a stretch repeated. */
static void change(struct buf *document, uint64_t *seed) {
    static const char bytes[] = "{}[]\",:0123456789.eE+-\\u tnf/\t\x80";
    uint64_t draw = check_random(seed);
    size_t at = (size_t)(draw >> 8) % document->len, len = (size_t)(draw >> 40) % 24;
    char c = bytes[(draw >> 32) % (sizeof bytes - 1)];
    struct buf copy = {0};
    buf_append(&copy, (struct slice){document->ptr, at});
    if (draw % 4 < 2)
        buf_char(&copy, c);
    if (draw % 4 == 3)
        buf_append(&copy, (struct slice){document->ptr + at, len < document->len - at ? len : document->len - at});
    size_t behind = at + (draw % 4 == 0 || draw % 4 == 2);
    buf_append(&copy, (struct slice){document->ptr + behind, document->len - behind});
    buf_clear(document);
    buf_append(document, buf_slice(&copy));
    buf_free(&copy);
}

static void compare_changed(struct paths *paths, struct slice text, uint64_t *seed) {
    enum { ROUNDS = 60, CHANGES = 4 };
    for (int round = 0; round < ROUNDS; round++) {
        buf_clear(&paths->document);
        buf_append(&paths->document, text);
        for (int i = 0; i < CHANGES && paths->document.len > 0; i++) {
            change(&paths->document, seed);
            compare_ways(paths, buf_slice(&paths->document));
        }
    }
}

static void paths_init(struct paths *paths) {
    *paths = (struct paths){.parser = json_parser_new()};
    fixture_init(&paths->used);
}

static void paths_free(struct paths *paths) {
    json_parser_free(paths->parser);
    fixture_free(&paths->used);
    buf_free(&paths->document);
    buf_free(&paths->other);
    buf_free(&paths->want);
    buf_free(&paths->got);
}

static void all_ways_give_the_same_records(void **state) {
    (void)state;
    struct paths paths;
    uint64_t seed = 20260215;
    paths_init(&paths);
    for (size_t i = 0; i < CHECK_COUNT(corpus); i++) {
        char path[64];
        snprintf(path, sizeof path, "tests/fuzz/corpus/event/%s", corpus[i]);
        struct slice text = check_read(path);
        compare_ways(&paths, text);
        write_escaped(text, &paths.document);
        compare(&paths, text, buf_slice(&paths.document), SAME_MEANING);
        compare_changed(&paths, text, &seed);
        free((void *)(uintptr_t)text.ptr);
    }
    CHECK(paths.compared > 4000);
    paths_free(&paths);
}

/* Instants that share their minute, or nearly: the last one is remembered up to its seconds. */
static void instants_do_not_depend_on_the_last_one(void **state) {
    (void)state;
    static const char *const texts[] = {
        "2026-02-15T08:50:00+08:00",    "2026-02-15T08:50:59+08:00",   "2026-02-15T08:50:60+08:00",
        "2026-02-15T08:50:01+08:00",    "2026-02-15T08:50:01+09:00",   "2026-02-15T08:50:1x+08:00",
        "2026-02-15T08:50:01Z",         "2026-02-15T08:50:02Z",        "2026-02-15T08:50:02z",
        "2026-02-15T08:51:02Z",         "2026-02-15T08:50:02.5+08:00", "2026-02-15T08:50:03.5+08:00",
        "2026-02-15T08:50:03.25+08:00", "2016-12-31T23:59:60Z",        "2016-12-31T23:59:59Z",
        "2016-12-31T23:59:60Z",         "2026-02-15T08:50:6 +08:00",   "2026-02-15T08:50:0:+08:00",
    };
    struct paths paths;
    paths_init(&paths);
    for (size_t i = 0; i < CHECK_COUNT(texts) * CHECK_COUNT(texts); i++) {
        const char *pair[] = {texts[i / CHECK_COUNT(texts)], texts[i % CHECK_COUNT(texts)]};
        for (size_t j = 0; j < 2; j++) {
            buf_clear(&paths.document);
            buf_printf(&paths.document,
                       "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"s\",\"subject\":\"a\",\"time\":\"%s\","
                       "\"type\":\"demo.Call\"}",
                       pair[j]);
            compare_ways(&paths, buf_slice(&paths.document));
        }
    }
    paths_free(&paths);
}

/* Text that holds a number is the number that the money module reads; whole ones may begin with zeros. */
static bool number_of(struct slice text, struct ratio *ret) {
    bool is_whole = text.len > 0 && text.len <= 18;
    for (size_t i = 0; i < text.len; i++)
        is_whole = is_whole && text.ptr[i] >= '0' && text.ptr[i] <= '9';
    while (is_whole && text.len > 1 && text.ptr[0] == '0')
        text = (struct slice){text.ptr + 1, text.len - 1};
    return ratio_parse(text, ret, NULL) == STATUS_OK;
}

static void short_numbers_are_read_as_long_ones(void **state) {
    (void)state;
    enum { ROUNDS = 20000, DIGITS = 10 };
    uint64_t seed = 7;
    struct paths paths;
    paths_init(&paths);
    for (int round = 0; round < ROUNDS; round++) {
        char number[DIGITS + 1];
        uint64_t draw = check_random(&seed);
        size_t len = draw % DIGITS + 1;
        for (size_t i = 0; i < len; i++, draw = check_random(&seed))
            number[i] = "0123456789012345678901234567890123456789...x"[draw % 44];
        number[len] = '\0';
        buf_clear(&paths.document);
        buf_printf(
            &paths.document,
            "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"s\",\"subject\":\"a\","
            "\"time\":\"2026-02-15T08:50:00Z\",\"type\":\"demo.Scene\",\"data\":{\"count\":1,\"scenes\":\"%s\"}}",
            number);
        uint32_t count = 0;
        const struct record *record = fixture_read(&paths.used, buf_slice(&paths.document).ptr, NULL, &count);
        struct ratio want;
        struct decimal quantity = DECIMAL_ZERO;
        bool is_number = number_of(slice_of(number), &want) && ratio_to_decimal(want, &quantity) == STATUS_OK;
        bool is_same = record->kind == (is_number ? RECORD_USAGE : RECORD_UNPRICED) &&
                       record->usage_count == (is_number && !decimal_is_zero(quantity)) &&
                       (record->usage_count == 0 || decimal_cmp(record->usages[0].quantity, quantity) == 0);
        if (!is_same)
            printf("# number %s: " SLICE_FMT "\n", number, SLICE_ARG(fixture_show(&paths.used, record)));
        CHECK(is_same);
        arena_reset(&paths.used.batch);
    }
    paths_free(&paths);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_ways_give_the_same_records),
        cmocka_unit_test(instants_do_not_depend_on_the_last_one),
        cmocka_unit_test(short_numbers_are_read_as_long_ones),
    };
    return CHECK_RUN(tests);
}
