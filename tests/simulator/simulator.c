/* SPDX-License-Identifier: Apache-2.0
 *
 * Usage: simulator DIRECTORY SEED STEPS [SKIPPED]. DIRECTORY/tariffs holds the tariffs. SKIPPED lists steps to leave
 * out, 3,7-9, by which a failing run is made smaller. Every step draws from the seed and its own number alone. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/snapshot.h"
#include "engine/view.h"
#include "simulator.h"

#define BEGIN_NS (INT64_C(1767225600) * SECOND_NS) /* 2026-01-01T00:00:00Z */

void fail(const struct simulation *simulation, const char *format, ...) {
    va_list args;
    va_start(args, format);
    fflush(stdout);
    fprintf(stderr, "seed %" PRIu64 ", step %u: ", simulation->seed, simulation->step);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    _Exit(1);
}

void require_ok(const struct simulation *simulation, enum status status, const char *expression) {
    if (status != STATUS_OK)
        fail(simulation, "%s: %s", expression, status_text(status));
}

/* ---- the book and its store ---- */

static void book_start(struct simulation *simulation) {
    struct slice error;
    enum status status =
        book_open_store(simulation->store, simulation->directory, &simulation->run, &simulation->book, &error);
    if (status != STATUS_OK)
        fail(simulation, "the book does not open: %s: %.*s", status_text(status), SLICE_ARG(error));
}

/* The process is gone; what the store has is what there is. */
static void crash(struct simulation *simulation) {
    struct store *store;
    simulation->faults = (struct store_faults){0};
    REQUIRE_OK(simulation, store_memory_reopen(simulation->store, &store));
    simulation->book->store = NULL;
    book_close(simulation->book);
    simulation->store = store;
    simulation->crashes++;
    book_start(simulation);
}

/* ---- steps ---- */

static uint32_t documents_draw(struct simulation *simulation, struct slice *ret_documents) {
    uint32_t count = 1 + (uint32_t)draw(simulation, chance(simulation, 70) ? 6 : BATCH_MAX);
    for (uint32_t i = 0; i < count; i++)
        ret_documents[i] = generate_document(simulation, i);
    return count;
}

static struct engine *whole_copy(struct simulation *simulation) {
    struct buf bytes = {0};
    struct engine *copy;
    REQUIRE_OK(simulation, engine_snapshot(simulation->book->engine, &bytes));
    REQUIRE_OK(simulation, engine_restore(&simulation->tariffs, buf_slice(&bytes), &copy));
    buf_free(&bytes);
    return copy;
}

/* A command is tried on its account alone; then it is said, and does the same. */
static void step_rehearse(struct simulation *simulation) {
    struct slice document = generate_document(simulation, 1);
    struct reply rehearsed, reply;
    struct buf want = {0}, got = {0};
    const struct record *record = witness_read(simulation, document);
    for (int tries = 0; tries < 40 && !engine_is_one_account(record, 1); tries++) {
        document = generate_document(simulation, 1);
        record = witness_read(simulation, document);
    }
    REQUIRE_OK(simulation, book_rehearse(simulation->book, &document, 1, simulation->now_ns, &rehearsed));
    rehearsed.reason = arena_copy(&simulation->run, rehearsed.reason);
    account_state(simulation, simulation->book->preview, record->subject, &got);
    REQUIRE_OK(simulation, book_submit(simulation->book, &document, 1, simulation->now_ns, &reply));
    witness_keep(simulation, &document, 1, &reply);
    struct engine *whole = whole_copy(simulation);
    account_state(simulation, whole, record->subject, &want);
    engine_free(whole);
    REQUIRE(simulation, reply.outcome == rehearsed.outcome && slice_eq(reply.reason, rehearsed.reason));
    if (!slice_eq(buf_slice(&want), buf_slice(&got)))
        fail(simulation, "tried out, %.*s makes of its account: %.*s instead of: %.*s", SLICE_ARG(document),
             SLICE_ARG(buf_slice(&got)), SLICE_ARG(buf_slice(&want)));
    buf_free(&want);
    buf_free(&got);
}

static void step_submit(struct simulation *simulation) {
    struct slice documents[BATCH_MAX];
    struct reply replies[BATCH_MAX], rehearsed[BATCH_MAX];
    uint32_t count = documents_draw(simulation, documents);
    bool is_rehearsed = chance(simulation, 10);
    if (is_rehearsed)
        REQUIRE_OK(simulation, book_rehearse(simulation->book, documents, count, simulation->now_ns, rehearsed));
    for (uint32_t i = 0; is_rehearsed && i < count; i++)
        rehearsed[i].reason = arena_copy(&simulation->run, rehearsed[i].reason);
    REQUIRE_OK(simulation, book_submit(simulation->book, documents, count, simulation->now_ns, replies));
    for (uint32_t i = 0; is_rehearsed && i < count; i++) {
        REQUIRE(simulation, replies[i].outcome == rehearsed[i].outcome);
        REQUIRE(simulation, slice_eq(replies[i].reason, rehearsed[i].reason));
    }
    witness_keep(simulation, documents, count, replies);
}

static void step_ingest(struct simulation *simulation) {
    struct slice documents[BATCH_MAX], written[BATCH_MAX];
    uint32_t count = documents_draw(simulation, documents);
    struct slice path = arena_printf(&simulation->run, "%s/batch.ndjson", simulation->directory);
    FILE *file = fopen(path.ptr, "w");
    REQUIRE(simulation, file != NULL);
    for (uint32_t i = 0; i < count; i++)
        fprintf(file, "%.*s\n", SLICE_ARG(documents[i]));
    REQUIRE(simulation, fclose(file) == 0);
    struct book_intake intake;
    struct journal_options options = {.threads = 2};
    REQUIRE_OK(simulation, book_ingest(simulation->book, path.ptr, simulation->now_ns, &options, &intake));
    uint32_t want = witness_written(simulation, documents, count, written);
    REQUIRE(simulation, intake.lines == count && intake.duplicates == count - want);
    REQUIRE(simulation, intake.batches == (want > 0));
    witness_keep(simulation, documents, count, NULL);
}

static void tick(struct simulation *simulation, int64_t at_ns) {
    struct slice document = generate_tick(simulation, at_ns);
    struct reply reply;
    REQUIRE_OK(simulation, book_submit(simulation->book, &document, 1, simulation->now_ns, &reply));
    witness_keep(simulation, &document, 1, &reply);
}

static void step_tick(struct simulation *simulation) {
    int64_t at_ns = simulation->now_ns;
    if (chance(simulation, 10))
        at_ns -= (int64_t)draw(simulation, 45 * 86400) * SECOND_NS;
    else if (chance(simulation, 10))
        at_ns += (int64_t)draw(simulation, 330) * SECOND_NS;
    tick(simulation, at_ns);
}

static void step_leap(struct simulation *simulation) {
    simulation->now_ns += draw_duration(simulation);
    tick(simulation, simulation->now_ns);
}

/* Sums go to the store before the snapshot; a disk may be full in between, or the outcome unknown. */
static void step_snapshot(struct simulation *simulation) {
    uint32_t at = store_memory_appends(simulation->store) + 1, fault = (uint32_t)draw(simulation, 6);
    uint32_t *const faults[] = {&simulation->faults.full_append_at, &simulation->faults.fail_append_at,
                                &simulation->faults.lose_append_at};
    if (fault < 3)
        *faults[fault] = at;
    enum status status = book_snapshot(simulation->book);
    simulation->faults = (struct store_faults){0};
    REQUIRE(simulation, status == STATUS_OK || (fault < 3 && status == STATUS_IO));
    simulation->faults_struck += status != STATUS_OK;
    if (status != STATUS_OK && (fault > 0 || chance(simulation, 50)))
        crash(simulation);
    check_sums(simulation);
}

static void step_crash(struct simulation *simulation) {
    crash(simulation);
    check_all(simulation);
}

/* Nothing fits: nothing changes; then there is room again. */
static void step_full(struct simulation *simulation) {
    struct slice documents[BATCH_MAX], written[BATCH_MAX];
    struct reply replies[BATCH_MAX];
    uint32_t count = documents_draw(simulation, documents);
    bool is_new = witness_written(simulation, documents, count, written) > 0;
    simulation->faults.is_full = true;
    enum status status = book_submit(simulation->book, documents, count, simulation->now_ns, replies);
    REQUIRE(simulation, status == (is_new ? STATUS_IO : STATUS_OK));
    simulation->faults.is_full = false;
    simulation->faults_struck++;
    check_state(simulation);
    REQUIRE_OK(simulation, book_submit(simulation->book, documents, count, simulation->now_ns, replies));
    witness_keep(simulation, documents, count, replies);
}

/* The append of the batch, or that of its bills, fails, with or without having been done. Then the process starts
 * again, and the client sends everything once more. */
static void step_fault(struct simulation *simulation) {
    struct slice documents[BATCH_MAX];
    struct reply replies[BATCH_MAX];
    uint32_t count = documents_draw(simulation, documents), at = store_memory_appends(simulation->store) + 1;
    bool is_lost = chance(simulation, 50), is_bills = chance(simulation, 40);
    if (chance(simulation, 40))
        documents[0] = generate_tick(simulation, simulation->now_ns);
    *(is_lost ? &simulation->faults.lose_append_at : &simulation->faults.fail_append_at) = at + is_bills;
    enum status status = book_submit(simulation->book, documents, count, simulation->now_ns, replies);
    bool is_struck = status != STATUS_OK;
    REQUIRE(simulation, !is_struck || status == STATUS_IO);
    simulation->faults_struck += is_struck;
    if (is_struck)
        crash(simulation);
    simulation->faults = (struct store_faults){0};
    if (!is_struck || is_lost || is_bills)
        witness_keep(simulation, documents, count, is_struck ? NULL : replies);
    check_state(simulation);
    if (is_struck) {
        REQUIRE_OK(simulation, book_submit(simulation->book, documents, count, simulation->now_ns, replies));
        witness_keep(simulation, documents, count, replies);
    }
}

/* There is room for the batch and none for its bills: it counts, and the bills are written with the next call. */
static void step_full_bills(struct simulation *simulation) {
    struct slice documents[2] = {generate_tick(simulation, simulation->now_ns), generate_document(simulation, 1)};
    struct reply replies[2];
    simulation->faults.full_append_at = store_memory_appends(simulation->store) + 2;
    enum status status = book_submit(simulation->book, documents, 2, simulation->now_ns, replies);
    bool is_struck = status == STATUS_IO;
    REQUIRE(simulation, is_struck || status == STATUS_OK);
    simulation->faults.full_append_at = 0;
    simulation->faults_struck += is_struck;
    witness_keep(simulation, documents, 2, is_struck ? NULL : replies);
    if (is_struck && chance(simulation, 50))
        crash(simulation);
    REQUIRE_OK(simulation, book_submit(simulation->book, documents, 2, simulation->now_ns, replies));
    witness_keep(simulation, documents, 2, replies);
    check_state(simulation);
}

static void step_preview(struct simulation *simulation) {
    struct statement statement;
    int64_t until = simulation->now_ns + draw_duration(simulation) - draw_duration(simulation);
    REQUIRE_OK(simulation, book_preview(simulation->book, chance(simulation, 30) ? INSTANT_MAX : until, &statement));
    for (uint32_t i = 0; i < statement.bill_count; i++) {
        struct decimal sum = DECIMAL_ZERO;
        REQUIRE(simulation, statement.bills[i].number == 0);
        for (uint32_t k = 0; k < statement.bills[i].line_count; k++)
            REQUIRE_OK(simulation, decimal_add(sum, statement.bills[i].lines[k].amount, &sum));
        REQUIRE(simulation, decimal_cmp(sum, statement.bills[i].exact_total) == 0);
    }
    statement_free(&statement);
    check_state(simulation);
}

static const struct {
    const char *name;
    uint32_t weight;
    void (*run)(struct simulation *simulation);
} kinds[] = {
    {"submit", 30, step_submit},
    {"rehearse", 8, step_rehearse},
    {"ingest", 6, step_ingest},
    {"tick", 12, step_tick},
    {"leap", 14, step_leap},
    {"snapshot", 6, step_snapshot},
    {"crash", 6, step_crash},
    {"full", 4, step_full},
    {"fault", 8, step_fault},
    {"preview", 4, step_preview},
    {"full-bills", 2, step_full_bills},
};

static void step(struct simulation *simulation) {
    simulation->random = simulation->seed * UINT64_C(0x9e3779b97f4a7c15) ^ (uint64_t)simulation->step << 32;
    uint32_t at = (uint32_t)draw(simulation, 100), kind = 0;
    for (; at >= kinds[kind].weight; kind++)
        at -= kinds[kind].weight;
    simulation->now_ns += (int64_t)draw(simulation, 1800) * SECOND_NS;
    if (simulation->is_verbose)
        printf("step %u: %s\n", simulation->step, kinds[kind].name);
    kinds[kind].run(simulation);
    if (chance(simulation, 20))
        check_state(simulation);
    arena_reset(&simulation->run);
}

/* ---- a run ---- */

static void begin(struct simulation *simulation) {
    struct slice path = arena_printf(&simulation->arena, "%s/tariffs", simulation->directory);
    struct diags diags = {0};
    REQUIRE_OK(simulation, tariff_set_load(path.ptr, NULL, &simulation->tariffs, &diags));
    diags_free(&diags);
    simulation->random = simulation->seed;
    for (size_t i = 0; i < sizeof simulation->key; i++)
        simulation->key[i] = (uint8_t)draw(simulation, 256);
    simulation->account_count = 1 + (uint32_t)draw(simulation, ACCOUNTS_MAX);
    simulation->now_ns = BEGIN_NS + (int64_t)draw(simulation, 300 * 86400) * SECOND_NS;
    REQUIRE_OK(simulation, store_memory_new(&simulation->faults, &simulation->store));
    REQUIRE_OK(simulation, book_found(simulation->store, &simulation->tariffs, simulation->key));
    book_start(simulation);
    witness_begin(simulation);
}

static void end(struct simulation *simulation) {
    simulation->step = simulation->step_count;
    check_all(simulation);
    crash(simulation);
    check_all(simulation);
    const struct engine *engine = simulation->book->engine;
    printf("%u steps, %" PRIu64 " documents, %" PRIu64 " bills, %u accounts, %" PRIu64 " restarts, %" PRIu64
           " faults, ",
           simulation->step_count, simulation->documents, simulation->witness.whole.bill_count,
           simulation->account_count, simulation->crashes, simulation->faults_struck);
    printf("%u reversals, %u alerts, %u rejected, %u unpriced, %u settlements, until %" PRId64 "\n",
           engine->reversal_count, engine->alert_count, engine->rejected_count, engine->unpriced_count,
           engine->money.settlement_count, simulation->now_ns / SECOND_NS);
    for (uint32_t i = 0; simulation->is_verbose && i < engine->rejected_count + engine->unpriced_count; i++) {
        const struct notice *notice =
            i < engine->rejected_count ? &engine->rejected[i] : &engine->unpriced[i - engine->rejected_count];
        printf("%s %.*s: %.*s\n", i < engine->rejected_count ? "rejected" : "unpriced", SLICE_ARG(notice->id),
               SLICE_ARG(notice->reason));
    }
    witness_end(simulation);
    book_close(simulation->book);
    tariff_set_free(&simulation->tariffs);
    arena_free(&simulation->arena);
    arena_free(&simulation->run);
    free(simulation->skipped);
}

static bool skip_read(struct simulation *simulation, const char *text) {
    char *at;
    for (; *text; text = *at == ',' ? at + 1 : at) {
        uintmax_t first = strtoumax(text, &at, 10), last = first;
        if (at == text)
            return false;
        if (*at == '-')
            last = strtoumax(at + 1, &at, 10);
        for (; first <= last && first < simulation->step_count; first++)
            simulation->skipped[first] = true;
        if (*at != ',' && *at != '\0')
            return false;
    }
    return true;
}

int main(int argc, char **argv) {
    static struct simulation simulation;
    if (argc < 4 || argc > 5) {
        fprintf(stderr, "usage: simulator DIRECTORY SEED STEPS [SKIPPED]\n");
        return 2;
    }
    simulation.directory = argv[1];
    simulation.seed = strtoumax(argv[2], NULL, 10);
    simulation.step_count = (uint32_t)strtoumax(argv[3], NULL, 10);
    simulation.skipped = calloc(simulation.step_count + 1, sizeof *simulation.skipped);
    simulation.is_verbose = getenv("SIMULATOR_VERBOSE") != NULL;
    if (!simulation.skipped || (argc == 5 && !skip_read(&simulation, argv[4])))
        return 2;
    begin(&simulation);
    for (simulation.step = 0; simulation.step < simulation.step_count; simulation.step++)
        if (!simulation.skipped[simulation.step])
            step(&simulation);
    end(&simulation);
    return 0;
}
