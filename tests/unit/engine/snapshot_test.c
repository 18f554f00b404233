/* SPDX-License-Identifier: Apache-2.0
 *
 * Snapshots: wherever a journal is cut, what was restored goes on as if nothing had happened, byte for byte. */
#include "engine/snapshot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/bytes.h"
#include "engine/snapshot_private.h"
#include "export/export.h"
#include "support/check.h"
#include "support/refuse.h"

static const uint8_t hash_key[16] = "sixteen bytes ok";

struct world {
    struct tariff_set tariffs;
    struct reader *reader;
    struct arena run;
    struct record *records; /* of the whole journal */
    uint32_t count;
};

static void world_load(struct world *world) {
    struct diags diags = {0};
    *world = (struct world){0};
    CHECK_OK(tariff_set_load(CHECK_SOURCE_ROOT "/tariffs", NULL, &world->tariffs, &diags));
    CHECK_OK(reader_new(&world->tariffs, hash_key, &world->reader));
    diags_free(&diags);
}

static void world_free(struct world *world) {
    reader_free(world->reader);
    tariff_set_free(&world->tariffs);
    arena_free(&world->run);
}

/* Everything that a journal of one line each says. */
static void world_read(struct world *world, struct slice text) {
    struct slice line;
    uint32_t number = 0, cap = 0;
    for (size_t i = 0; i < text.len; i++)
        cap += text.ptr[i] == '\n';
    world->records = ARENA_ARRAY(&world->run, cap + 1, struct record);
    world->count = 0;
    while (slice_cut(text, '\n', &line, &text)) {
        struct record *records;
        uint32_t count;
        char *document = arena_alloc(&world->run, line.len + JSON_PADDING);
        memcpy(document, line.ptr, line.len);
        CHECK_OK(reader_read(world->reader, (struct slice){document, line.len}, ++number, &world->run, NULL, &records,
                             &count));
        for (uint32_t i = 0; i < count && world->count < cap; i++)
            world->records[world->count++] = records[i];
    }
}

static void apply(struct engine *engine, const struct world *world, uint32_t from, uint32_t to, uint32_t chunk) {
    for (uint32_t at = from; at < to; at += chunk)
        CHECK_OK(engine_apply(engine, &world->records[at], to - at < chunk ? to - at : chunk, NULL));
}

static enum status keep(void *context, struct slice text) {
    buf_append(context, text);
    return STATUS_OK;
}

static struct buf closed_text(struct engine *engine) {
    struct buf text = {0};
    struct sink sink = {.write = keep, .context = &text};
    struct statement statement = {0};
    static const struct export_options options = {.explain = true};
    CHECK_OK(engine_close(engine, INSTANT_MAX, &statement));
    CHECK_OK(export_json(&statement, &options, &sink));
    CHECK_OK(sink_finish(&sink));
    statement_free(&statement);
    return text;
}

static struct buf snapshot_of(const struct engine *engine) {
    struct buf bytes = {0};
    CHECK_OK(engine_snapshot(engine, &bytes));
    return bytes;
}

static bool same(const struct buf *a, const struct buf *b) {
    return slice_eq(buf_slice(a), buf_slice(b));
}

/* Restore at `cut`, go on with other portions, and compare with the run that was never cut. */
static void check_cut(const struct world *world, uint32_t cut, const struct buf *want, const struct buf *want_text) {
    struct engine *before, *after = NULL;
    CHECK_OK(engine_new(&world->tariffs, &before));
    apply(before, world, 0, cut, 7);
    struct buf bytes = snapshot_of(before);
    engine_free(before);
    CHECK_OK(engine_restore(&world->tariffs, buf_slice(&bytes), &after));
    struct buf again = snapshot_of(after);
    CHECK(same(&again, &bytes));
    buf_free(&bytes);
    buf_free(&again);
    apply(after, world, cut, world->count, 100);
    again = snapshot_of(after);
    CHECK(same(&again, want));
    struct buf text = closed_text(after);
    CHECK(same(&text, want_text));
    buf_free(&again);
    buf_free(&text);
    engine_free(after);
}

static void check_journal(struct slice journal, int cuts) {
    struct world world;
    struct engine *whole;
    uint64_t seed = 11;
    world_load(&world);
    world_read(&world, journal);
    CHECK_OK(engine_new(&world.tariffs, &whole));
    apply(whole, &world, 0, world.count, UINT32_MAX);
    struct buf want = snapshot_of(whole), want_text = closed_text(whole);
    check_cut(&world, 0, &want, &want_text);
    check_cut(&world, world.count, &want, &want_text);
    for (int i = 0; i < cuts; i++)
        check_cut(&world, (uint32_t)(check_random(&seed) % world.count), &want, &want_text);
    buf_free(&want);
    buf_free(&want_text);
    engine_free(whole);
    world_free(&world);
}

static void the_demo_can_be_cut_anywhere(void **state) {
    struct slice journal = check_read("examples/demo.ndjson");
    (void)state;
    check_journal(journal, 40);
    free((void *)(uintptr_t)journal.ptr);
}

static struct buf generated(const char *lines, const char *accounts, const char *seed, const char *days) {
    struct buf text = {0};
    char chunk[4096];
    int ends[2], result = -1;
    CHECK_INT(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        close(ends[1]);
        execl(GEN_JOURNAL, GEN_JOURNAL, lines, accounts, seed, days, (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    for (ssize_t got; (got = read(ends[0], chunk, sizeof chunk)) > 0;)
        buf_append(&text, (struct slice){chunk, (size_t)got});
    close(ends[0]);
    CHECK(waitpid(child, &result, 0) == child);
    CHECK_INT(result, 0);
    return text;
}

static void a_generated_journal_can_be_cut_anywhere(void **state) {
    struct buf journal = generated("4000", "150", "5", "60");
    (void)state;
    check_journal(buf_slice(&journal), 12);
    buf_free(&journal);
}

/* A state with something of every kind. */
static struct buf rich_snapshot(struct world *world) {
    struct slice journal = check_read("examples/demo.ndjson");
    struct buf text = {0};
    struct engine *engine;
    buf_append(&text, journal);
    buf_text(&text,
             "{\"specversion\":\"1.0\",\"id\":\"bad\"}\n"
             "{\"specversion\":\"1.0\",\"id\":\"u-1\",\"source\":\"s\",\"type\":\"imm.NoSuch\",\"subject\":\"x\","
             "\"time\":\"2026-02-15T08:03:10+08:00\",\"data\":{}}\n"
             "{\"specversion\":\"1.0\",\"id\":\"o-1\",\"source\":\"s\",\"type\":\"tollgate.order\",\"subject\":\"x\","
             "\"time\":\"2026-02-15T08:04:10+08:00\",\"data\":{\"tariff\":\"vclm\",\"sku\":\"image-animate-100\"}}\n"
             "{\"specversion\":\"1.0\",\"id\":\"w-1\",\"source\":\"s\",\"type\":\"tollgate.wallet\",\"subject\":\"x\","
             "\"time\":\"2026-02-15T08:04:20+08:00\",\"data\":{\"amount\":\"5\",\"currency\":\"USD\"}}\n"
             "{\"specversion\":\"1.0\",\"id\":\"a-1\",\"source\":\"s\",\"type\":\"tollgate.account\",\"subject\":\"x\","
             "\"time\":\"2026-02-15T08:04:30+08:00\",\"data\":{\"credit\":{\"USD\":1,\"CNY\":2},\"low\":{\"USD\":9}}}\n"
             "{\"specversion\":\"1.0\",\"id\":\"t-1\",\"source\":\"s\",\"type\":\"tollgate.tick\",\"subject\":\"x\","
             "\"time\":\"2026-02-20T00:00:00+08:00\",\"data\":{}}\n"
             "{\"specversion\":\"1.0\",\"id\":\"h-1\",\"source\":\"s\",\"type\":\"tollgate.hold\",\"subject\":\"x\","
             "\"time\":\"2026-02-20T08:05:10+08:00\",\"data\":{\"operation\":\"vclm.SubmitImageAnimateJob\","
             "\"data\":{\"count\":7}}}\n");
    world_read(world, buf_slice(&text));
    CHECK_OK(engine_new(&world->tariffs, &engine));
    apply(engine, world, 0, world->count, 50);
    CHECK(engine->accounts[names_find(&engine->account_names, SLICE("x"))].holds != NULL);
    CHECK(engine->money.settlement_count > 0 && ledger_count(&engine->money.ledger) > 4);
    CHECK_OK(engine_origin(engine, SLICE("late"), 2, INT64_C(1774828800) * NS_PER_SECOND));
    apply(engine, world, 0, world->count, 50); /* much of it is too old by then */
    CHECK(engine->refusals.count > 4 && engine->closing_count > 0);
    struct buf bytes = snapshot_of(engine);
    engine_free(engine);
    free((void *)(uintptr_t)journal.ptr);
    buf_free(&text);
    return bytes;
}

static enum status restore_copy(const struct world *world, struct slice bytes) {
    struct engine *engine = NULL;
    char *copy = malloc(bytes.len + (bytes.len == 0));
    if (bytes.len > 0)
        memcpy(copy, bytes.ptr, bytes.len);
    enum status status = engine_restore(&world->tariffs, (struct slice){copy, bytes.len}, &engine);
    free(copy);
    if (status == STATUS_OK)
        engine_free(engine);
    return status;
}

static void damage_is_found(void **state) {
    struct world world;
    (void)state;
    world_load(&world);
    struct buf bytes = rich_snapshot(&world);
    CHECK_OK(restore_copy(&world, buf_slice(&bytes)));
    uint64_t seed = 3;
    for (int i = 0; i < 400; i++) {
        size_t bit = check_random(&seed) % ((i < 200 ? SNAPSHOT_HEAD_BYTES : bytes.len) * 8);
        bytes.ptr[bit / 8] ^= (char)(1 << bit % 8);
        CHECK_STATUS(restore_copy(&world, buf_slice(&bytes)), STATUS_INVALID);
        bytes.ptr[bit / 8] ^= (char)(1 << bit % 8);
    }
    for (int i = 0; i < 200; i++)
        CHECK_STATUS(restore_copy(&world, (struct slice){bytes.ptr, check_random(&seed) % bytes.len}), STATUS_INVALID);
    buf_char(&bytes, '\0');
    CHECK_STATUS(restore_copy(&world, buf_slice(&bytes)), STATUS_INVALID);
    buf_free(&bytes);
    world_free(&world);
}

/* Lies with a right checksum: refused, or read as a state that can be written again. */
static void lies_do_no_harm(void **state) {
    struct world world;
    (void)state;
    world_load(&world);
    struct buf bytes = rich_snapshot(&world);
    uint64_t seed = 5;
    size_t at = SNAPSHOT_HEAD_BYTES;
    for (uint32_t which = 1; which <= SECTION_LAST; which++) {
        size_t length = bytes_u64(bytes.ptr + at + SECTION_AT_LENGTH);
        for (int i = 0; i < 300 && length > 0; i++) {
            char *byte = bytes.ptr + at + SECTION_HEAD_BYTES + check_random(&seed) % length;
            char before = *byte;
            *byte = (char)(i % 2 ? check_random(&seed) : UINT64_C(0xff));
            bytes_put_u64(bytes.ptr + at + SECTION_AT_CHECKSUM, snapshot_section_checksum(bytes.ptr + at, length));
            enum status status = restore_copy(&world, buf_slice(&bytes));
            CHECK(status == STATUS_OK || status == STATUS_INVALID);
            *byte = before;
        }
        bytes_put_u64(bytes.ptr + at + SECTION_AT_CHECKSUM, snapshot_section_checksum(bytes.ptr + at, length));
        at += SECTION_HEAD_BYTES + length;
    }
    CHECK_OK(restore_copy(&world, buf_slice(&bytes)));
    buf_free(&bytes);
    world_free(&world);
}

/* Each in turn, until one run needs no more. */
static void every_allocation_may_fail(void **state) {
    struct world world;
    struct engine *engine = NULL;
    (void)state;
    world_load(&world);
    struct buf bytes = rich_snapshot(&world);
    enum status status = STATUS_NO_MEMORY;
    for (uint64_t at = 1; status == STATUS_NO_MEMORY; at++) {
        refuse_at = at;
        status = engine_restore(&world.tariffs, buf_slice(&bytes), &engine);
        refuse_at = 0;
    }
    CHECK_OK(status);
    status = STATUS_NO_MEMORY;
    for (uint64_t at = 1; status == STATUS_NO_MEMORY; at++) {
        struct buf again = {0};
        refuse_at = at;
        status = engine_snapshot(engine, &again);
        refuse_at = 0;
        CHECK(status == STATUS_OK ? same(&again, &bytes) : again.len == 0);
        buf_free(&again);
    }
    CHECK_OK(status);
    engine_free(engine);
    buf_free(&bytes);
    world_free(&world);
}

static void other_tariffs_are_a_conflict(void **state) {
    struct world world, other = {0};
    struct diags diags = {0};
    uint8_t a[16], b[16];
    (void)state;
    world_load(&world);
    struct buf bytes = rich_snapshot(&world);
    CHECK_OK(tariff_set_load(CHECK_SOURCE_ROOT "/tests/data/meter", NULL, &other.tariffs, &diags));
    tariff_set_fingerprint(&world.tariffs, a);
    tariff_set_fingerprint(&other.tariffs, b);
    CHECK(memcmp(a, b, sizeof a) != 0);
    CHECK_STATUS(restore_copy(&other, buf_slice(&bytes)), STATUS_CONFLICT);
    diags_free(&diags);
    buf_free(&bytes);
    tariff_set_free(&other.tariffs);
    world_free(&world);
}

static void fingerprint_of(const char *text, uint8_t ret_fingerprint[16]) {
    struct tariff_set set = {0};
    struct diags diags = {0};
    CHECK_OK(tariff_set_add_text(&set, SLICE("t.yaml"), slice_of(text), &diags));
    tariff_set_fingerprint(&set, ret_fingerprint);
    tariff_set_free(&set);
    diags_free(&diags);
}

#define TARIFF_TEXT(zone, comment)                                                                                     \
    comment "tariff: demo\ntitle: Demo\ncurrency: USD\nzone: " zone "\ncycle: hour\nowner: submitted\n"                \
            "sources: {page: made for the tests}\n"                                                                    \
            "items:\n  call: {title: Call, unit: call, source: page, price: 1}\n"                                      \
            "operations:\n  Call: call\n"

static void fingerprints_see_meaning_only(void **state) {
    static const struct {
        const char *row, *text;
        bool want;
    } rows[] = {
        {"the same text", TARIFF_TEXT("Asia/Shanghai", ""), true},
        {"a comment and other places", TARIFF_TEXT("Asia/Shanghai", "# a comment\n\n"), true},
        {"another zone", TARIFF_TEXT("Asia/Tokyo", ""), false},
    };
    uint8_t want[16], got[16];
    char text[33];
    (void)state;
    fingerprint_of(rows[0].text, want);
    for (size_t i = 0; i < sizeof want; i++)
        snprintf(text + 2 * i, 3, "%02x", want[i]);
    CHECK_TEXT(slice_of(text), "ae257af269432674aad9cd1cefc3821c"); /* of snapshots that exist: it must not change */
    FOR_ROWS(row, rows) {
        fingerprint_of(row->text, got);
        CHECK_INT(memcmp(got, want, sizeof got) == 0, row->want);
    }
}

/* The bytes of a small state: who changes them changes the format version, too. */
static void the_format_keeps_its_bytes(void **state) {
    static const char journal[] =
        "{\"specversion\":\"1.0\",\"id\":\"e-1\",\"source\":\"s\",\"type\":\"demo.Call\",\"subject\":\"a\","
        "\"time\":\"2026-02-15T08:50:00+08:00\",\"data\":{\"count\":3}}\n"
        "{\"specversion\":\"1.0\",\"id\":\"e-2\",\"source\":\"s\",\"type\":\"demo.None\",\"subject\":\"b\","
        "\"time\":\"2026-02-15T09:50:00+08:00\",\"data\":{}}\n";
    struct world world = {0};
    struct diags diags = {0};
    struct engine *engine;
    (void)state;
    CHECK_OK(tariff_set_add_text(&world.tariffs, SLICE("t.yaml"), slice_of(TARIFF_TEXT("Asia/Shanghai", "")), &diags));
    CHECK_OK(reader_new(&world.tariffs, hash_key, &world.reader));
    world_read(&world, slice_of(journal));
    CHECK_OK(engine_new(&world.tariffs, &engine));
    apply(engine, &world, 0, world.count, 1);
    struct buf bytes = snapshot_of(engine);
    CHECK_GOLDEN(buf_slice(&bytes), "engine/snapshot.bin");
    CHECK_OK(restore_copy(&world, buf_slice(&bytes)));
    engine_free(engine);
    buf_free(&bytes);
    diags_free(&diags);
    world_free(&world);
}

static void the_page_of_the_format_is_of_this_version(void **state) {
    struct slice page = check_read("docs/journal-format.md");
    struct buf version = {0}, sections = {0};
    (void)state;
    buf_printf(&version, "| %d | 4 | format version: %d |\n", SNAPSHOT_AT_VERSION, SNAPSHOT_VERSION);
    buf_printf(&sections, "| %d | 4 | number of sections: %d |\n", SNAPSHOT_AT_COUNT, SECTION_LAST);
    CHECK(strstr(page.ptr, version.ptr));
    CHECK(strstr(page.ptr, sections.ptr));
    buf_free(&version);
    buf_free(&sections);
    free((void *)(uintptr_t)page.ptr);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_demo_can_be_cut_anywhere),
        cmocka_unit_test(a_generated_journal_can_be_cut_anywhere),
        cmocka_unit_test(damage_is_found),
        cmocka_unit_test(lies_do_no_harm),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(other_tariffs_are_a_conflict),
        cmocka_unit_test(fingerprints_see_meaning_only),
        cmocka_unit_test(the_format_keeps_its_bytes),
        cmocka_unit_test(the_page_of_the_format_is_of_this_version),
    };
    return CHECK_RUN(tests);
}
