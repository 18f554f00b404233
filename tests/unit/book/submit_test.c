/* SPDX-License-Identifier: Apache-2.0
 *
 * A few documents at once: every one gets its reply, and what the replies say is what the journal gives after a
 * reopen. */
#include "book/book.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/view.h"
#include "support/check.h"
#include "support/refuse.h"

#define NOW_NS (INT64_C(1771200000) * NS_PER_SECOND) /* 2026-02-16T00:00:00Z */
#define EVENT(id, type, data)                                                                                          \
    "{\"specversion\":\"1.0\",\"id\":\"" id "\",\"source\":\"test\",\"type\":\"" type                                  \
    "\",\"subject\":\"acct-1\",\"time\":\"2026-02-15T08:50:00Z\",\"data\":" data "}"
#define FACES(id, count) EVENT(id, "imm.DetectImageFaces", "{\"count\":" count "}")

struct scene {
    char directory[64];
    struct arena arena;
    struct book *book;
};

static void scene_open(struct scene *scene) {
    struct slice error;
    CHECK_OK(book_open(scene->directory, STORE_WRITE, &scene->arena, &scene->book, &error));
}

static void scene_make(struct scene *scene) {
    struct slice error;
    *scene = (struct scene){.directory = "/tmp/tollgate-submit-XXXXXX"};
    CHECK(mkdtemp(scene->directory) != NULL);
    CHECK_OK(book_create(scene->directory, CHECK_SOURCE_ROOT "/tariffs", NULL, NULL, &scene->arena, &error));
    scene_open(scene);
}

static int path_remove(const char *path, const struct stat *info, int kind, struct FTW *walk) {
    (void)info, (void)kind, (void)walk;
    return remove(path);
}

static void scene_remove(struct scene *scene) {
    book_close(scene->book);
    arena_free(&scene->arena);
    CHECK_INT(nftw(scene->directory, path_remove, 8, FTW_DEPTH | FTW_PHYS), 0);
}

static enum outcome submit_one(struct scene *scene, const char *text) {
    struct slice document = slice_of(text);
    struct reply reply = {.outcome = OUTCOME_UNPRICED};
    CHECK_OK(book_submit(scene->book, &document, 1, NOW_NS, &reply));
    return reply.outcome;
}

/* Into one book, one behind the other. */
static void each_document_has_its_reply(void **state) {
    (void)state;
    static const struct {
        const char *row, *document;
        enum outcome want;
        const char *reason;
        uint32_t column;
        uint64_t seq; /* of the last batch afterwards */
    } rows[] = {
        {"a new event is accepted", FACES("e-1", "1"), OUTCOME_ACCEPTED, "", 0, 1},
        {"the same again is known and not written", FACES("e-1", "1"), OUTCOME_DUPLICATE, "", 0, 1},
        {"the same identity with another payload is a conflict", FACES("e-1", "2"), OUTCOME_CONFLICT,
         "event \"e-1\" from \"test\" came before with another payload; give a correction a new id", 1, 2},
        {"an unknown operation has no price", EVENT("e-2", "imm.DetectImageFace", "{}"), OUTCOME_UNPRICED,
         "tariff imm has no operation \"DetectImageFace\"; did you mean \"DetectImageFaces\"?", 1, 3},
        {"what is no JSON is rejected with its place", "{\"id\" 1}", OUTCOME_REJECTED, NULL, 7, 4},
        {"the same again is known", "{\"id\" 1}", OUTCOME_DUPLICATE, "", 0, 4},
        {"an order of nothing known is rejected",
         EVENT("o-1", "tollgate.order", "{\"tariff\":\"viapi\",\"sku\":\"x\"}"), OUTCOME_REJECTED, NULL, 153, 5},
        {"an array is refused outright", "[" FACES("e-3", "1") "]", OUTCOME_REJECTED,
         "an array is no document; submit its elements one by one", 1, 5},
        {"nothing at all is rejected", "", OUTCOME_REJECTED, NULL, 1, 6},
    };
    struct scene scene;
    scene_make(&scene);
    FOR_ROWS(row, rows) {
        struct slice document = slice_of(row->document);
        struct reply reply;
        CHECK_OK(book_submit(scene.book, &document, 1, NOW_NS, &reply));
        CHECK_INT(reply.outcome, row->want);
        CHECK_UINT(reply.column, row->column);
        CHECK_UINT(reply.line, row->column > 0);
        CHECK_UINT(book_seq(scene.book), row->seq);
        if (row->reason != NULL)
            CHECK_TEXT(reply.reason, row->reason);
        else
            CHECK(reply.reason.len > 0);
    }
    scene_remove(&scene);
}

static void several_documents_are_one_batch(void **state) {
    (void)state;
    const struct slice documents[] = {SLICE(FACES("e-1", "1")), SLICE(FACES("e-2", "1")), SLICE("["),
                                      SLICE(FACES("e-1", "1")), SLICE(FACES("e-2", "7")), SLICE(FACES("e-3", "1"))};
    static const enum outcome wanted[] = {OUTCOME_ACCEPTED,  OUTCOME_ACCEPTED, OUTCOME_REJECTED,
                                          OUTCOME_DUPLICATE, OUTCOME_CONFLICT, OUTCOME_ACCEPTED};
    struct reply replies[6];
    struct scene scene;
    scene_make(&scene);
    CHECK_OK(book_submit(scene.book, documents, 6, NOW_NS, replies));
    for (size_t i = 0; i < 6; i++)
        CHECK_INT(replies[i].outcome, wanted[i]);
    CHECK_UINT(book_seq(scene.book), 1);
    CHECK_OK(book_submit(scene.book, documents, 2, NOW_NS, replies));
    CHECK_INT(replies[1].outcome, OUTCOME_DUPLICATE);
    CHECK_UINT(book_seq(scene.book), 1);
    CHECK_OK(book_submit(scene.book, documents, 0, NOW_NS, replies));
    CHECK_UINT(book_seq(scene.book), 1);
    scene_remove(&scene);
}

static void what_was_acknowledged_is_there_after_a_reopen(void **state) {
    (void)state;
    struct scene scene;
    struct book_check check;
    struct slice error;
    scene_make(&scene);
    CHECK_INT(submit_one(&scene, FACES("e-1", "1")), OUTCOME_ACCEPTED);
    CHECK_INT(submit_one(&scene, "no json"), OUTCOME_REJECTED);
    book_close(scene.book);
    scene_open(&scene);
    CHECK_UINT(book_recovery(scene.book)->replayed, 2);
    CHECK_INT(submit_one(&scene, FACES("e-1", "1")), OUTCOME_DUPLICATE);
    CHECK_INT(submit_one(&scene, FACES("e-1", "3")), OUTCOME_CONFLICT);
    CHECK_OK(book_verify(scene.directory, &scene.arena, &check, &error));
    CHECK(check.bad_seq == 0 && !check.state_differs);
    CHECK_UINT(check.documents, 3);
    scene_remove(&scene);
}

static void reading_what_is_known_changes_nothing(void **state) {
    (void)state;
    struct scene scene;
    struct book_check check;
    struct book_intake intake;
    struct journal_options options = {.threads = 1};
    struct slice error;
    scene_make(&scene);
    CHECK_INT(submit_one(&scene, FACES("e-1", "1")), OUTCOME_ACCEPTED);
    struct slice path = arena_printf(&scene.arena, "%s/again.ndjson", scene.directory);
    FILE *file = fopen(path.ptr, "w");
    CHECK(file != NULL && fputs(FACES("e-1", "1") "\n", file) > 0 && fclose(file) == 0);
    CHECK_OK(book_ingest(scene.book, path.ptr, NOW_NS, &options, &intake));
    CHECK_UINT(intake.duplicates, 1);
    CHECK_OK(book_snapshot(scene.book));
    CHECK_OK(book_verify(scene.directory, &scene.arena, &check, &error));
    CHECK(!check.state_differs);
    scene_remove(&scene);
}

enum { CHUNKED = 14000, AGAIN_AT = 7000, AGAIN = 10 };

/* More than two chunks; the second one begins to repeat the first. */
static void chunks_write(const char *path) {
    FILE *file = fopen(path, "w");
    CHECK(file != NULL);
    for (uint32_t i = 0; i < CHUNKED + AGAIN; i++) {
        uint32_t number = i < AGAIN_AT ? i : i < AGAIN_AT + AGAIN ? i - AGAIN_AT : i - AGAIN;
        CHECK(fprintf(file, EVENT("e-%06u", "imm.DetectImageFaces", "{\"count\":1,\"job\":\"%032u\"}") "\n", number,
                      number) > 0);
    }
    CHECK(fclose(file) == 0);
}

/* Whoever encodes a chunk, and when: its turn decides what it holds. */
static void chunks_are_written_in_their_order(void **state) {
    (void)state;
    for (uint32_t threads = 1; threads <= 4; threads += 3) {
        struct journal_options options = {.threads = threads};
        struct scene scene;
        struct book_check check;
        struct book_intake intake;
        struct slice error;
        uint32_t number = 0;
        scene_make(&scene);
        struct slice path = arena_printf(&scene.arena, "%s/chunks.ndjson", scene.directory);
        chunks_write(path.ptr);
        CHECK_OK(book_ingest(scene.book, path.ptr, NOW_NS, &options, &intake));
        CHECK_UINT(intake.duplicates, AGAIN);
        CHECK(intake.batches > 2);
        for (uint64_t seq = 1; seq <= book_seq(scene.book); seq++) {
            struct batch batch;
            CHECK_OK(book_batch(scene.book, seq, &scene.arena, &batch, &error));
            for (uint32_t i = 0; i < batch.document_count; i++, number++) {
                char id[16];
                CHECK(snprintf(id, sizeof id, "\"e-%06u\"", number) == 10);
                CHECK(memmem(batch.documents[i].ptr, batch.documents[i].len, id, 10) != NULL);
            }
        }
        CHECK_UINT(number, CHUNKED);
        CHECK_OK(book_verify(scene.directory, &scene.arena, &check, &error));
        CHECK(check.bad_seq == 0 && !check.state_differs);
        scene_remove(&scene);
    }
}

static void a_rehearsal_changes_nothing(void **state) {
    (void)state;
    struct slice document = SLICE(FACES("e-1", "1"));
    struct reply reply;
    struct scene scene;
    scene_make(&scene);
    CHECK_OK(book_rehearse(scene.book, &document, 1, NOW_NS, &reply));
    CHECK_INT(reply.outcome, OUTCOME_ACCEPTED);
    CHECK_UINT(book_seq(scene.book), 0);
    CHECK_INT(submit_one(&scene, FACES("e-1", "1")), OUTCOME_ACCEPTED);
    CHECK_OK(book_rehearse(scene.book, &document, 1, NOW_NS, &reply));
    CHECK_INT(reply.outcome, OUTCOME_DUPLICATE);
    CHECK_UINT(book_seq(scene.book), 1);
    scene_remove(&scene);
}

#define DAYS (24 * INT64_C(3600) * NS_PER_SECOND)
#define AT(id, time)                                                                                                   \
    "{\"specversion\":\"1.0\",\"id\":\"" id "\",\"source\":\"test\",\"type\":\"imm.DetectImageFaces\",\"subject\":"    \
    "\"acct-1\",\"time\":\"" time "\",\"data\":{\"count\":1}}"

/* Twice in one call: the same answer for each. */
static void check_repeated(struct scene *scene, struct slice document, int64_t now_ns, const struct reply *want) {
    struct reply replies[2];
    CHECK_OK(book_submit(scene->book, (struct slice[]){document, document}, 2, now_ns, replies));
    for (int i = 0; i < 2; i++) {
        CHECK_INT(replies[i].outcome, want->outcome);
        CHECK_INT(replies[i].is_too_old, want->is_too_old);
        CHECK(slice_eq(replies[i].reason, want->reason));
        CHECK_UINT(replies[i].line, 1);
        CHECK_UINT(replies[i].column, 1);
    }
}

/* A client that repeats what was refused gets the same answer, and the journal does not grow. The book is opened anew
 * before every row, from a snapshot or from its journal. */
static void what_was_refused_stands_in_the_journal_once(void **state) {
    (void)state;
    static const struct {
        const char *row, *document;
        int64_t later_ns;
        enum outcome want;
        bool is_too_old;
        uint64_t seq; /* of the last batch afterwards */
    } rows[] = {
        {"an event is taken", FACES("e-1", "1"), 0, OUTCOME_ACCEPTED, false, 1},
        {"another payload contradicts it", FACES("e-1", "2"), 0, OUTCOME_CONFLICT, false, 2},
        {"the same contradiction is not written again", FACES("e-1", "2"), 0, OUTCOME_CONFLICT, false, 2},
        {"nor an hour later", FACES("e-1", "2"), DAYS / 24, OUTCOME_CONFLICT, false, 2},
        {"another contradiction is", FACES("e-1", "3"), 0, OUTCOME_CONFLICT, false, 3},
        {"the event itself is still known", FACES("e-1", "1"), 0, OUTCOME_DUPLICATE, false, 3},
        {"what is too old is written", AT("e-2", "2026-01-01T00:00:00Z"), 0, OUTCOME_REJECTED, true, 4},
        {"and not again", AT("e-2", "2026-01-01T00:00:00Z"), DAYS, OUTCOME_REJECTED, true, 4},
        {"an older one of that identity is", AT("e-2", "2025-12-31T00:00:00Z"), DAYS, OUTCOME_REJECTED, true, 5},
        {"what is ahead of its time is written", AT("e-3", "2026-02-16T12:00:00Z"), 0, OUTCOME_REJECTED, false, 6},
        {"and not again", AT("e-3", "2026-02-16T12:00:00Z"), DAYS / 24, OUTCOME_REJECTED, false, 6},
        {"in its time it is taken", AT("e-3", "2026-02-16T12:00:00Z"), DAYS / 2, OUTCOME_ACCEPTED, false, 7},
        {"and known", AT("e-3", "2026-02-16T12:00:00Z"), DAYS / 2, OUTCOME_DUPLICATE, false, 7},
        {"a contradiction that has become too old is refused for that", FACES("e-1", "2"), 50 * DAYS, OUTCOME_REJECTED,
         true, 8},
        {"which is not written twice", FACES("e-1", "2"), 50 * DAYS, OUTCOME_REJECTED, true, 8},
        {"what was refused long ago is forgotten", AT("e-2", "2026-01-01T00:00:00Z"), 50 * DAYS, OUTCOME_REJECTED, true,
         9},
    };
    struct scene scene;
    struct book_check check;
    struct slice error;
    scene_make(&scene);
    FOR_ROWS(row, rows) {
        struct slice document = slice_of(row->document);
        struct reply reply;
        if (row->seq % 2)
            CHECK_OK(book_snapshot(scene.book));
        book_close(scene.book);
        scene_open(&scene);
        CHECK_OK(book_submit(scene.book, &document, 1, NOW_NS + row->later_ns, &reply));
        CHECK_INT(reply.outcome, row->want);
        CHECK_INT(reply.is_too_old, row->is_too_old);
        CHECK_UINT(book_seq(scene.book), row->seq);
        if (row->want != OUTCOME_ACCEPTED && row->want != OUTCOME_DUPLICATE)
            check_repeated(&scene, document, NOW_NS + row->later_ns, &reply);
        CHECK_UINT(book_seq(scene.book), row->seq);
    }
    CHECK_OK(book_snapshot(scene.book));
    CHECK_OK(book_verify(scene.directory, &scene.arena, &check, &error));
    CHECK(check.bad_seq == 0 && !check.state_differs && !check.bills_differ);
    CHECK_UINT(check.documents, 9);
    scene_remove(&scene);
}

/* As journals of earlier days have it: each refusal is told as often as it stands there. */
static void a_journal_that_has_repeated_refusals_folds_as_ever(void **state) {
    (void)state;
    const struct slice documents[] = {SLICE(FACES("e-1", "1")), SLICE(FACES("e-1", "2")), SLICE(FACES("e-1", "2")),
                                      SLICE(AT("e-2", "2026-01-01T00:00:00Z")),
                                      SLICE(AT("e-2", "2026-01-01T00:00:00Z"))};
    struct reply replies[5];
    struct scene scene;
    struct book_check check;
    struct slice error;
    scene_make(&scene);
    CHECK_OK(book_submit(scene.book, documents, 5, NOW_NS, replies)); /* one batch: nothing of it is known yet */
    for (int round = 0; round < 2; round++) {
        CHECK_UINT(engine_rejected_count(book_engine(scene.book)), 4);
        CHECK_INT(submit_one(&scene, FACES("e-1", "2")), OUTCOME_CONFLICT);
        CHECK_UINT(book_seq(scene.book), 1);
        book_close(scene.book);
        scene_open(&scene);
    }
    CHECK_OK(book_snapshot(scene.book));
    CHECK_OK(book_verify(scene.directory, &scene.arena, &check, &error));
    CHECK(!check.state_differs);
    scene_remove(&scene);
}

#define ORDER_OF(number)                                                                                               \
    "{\"specversion\":\"1.0\",\"id\":\"o-%u\",\"source\":\"test\",\"type\":\"tollgate.order\",\"subject\":\"acct-%"    \
    "u\","                                                                                                             \
    "\"time\":\"2026-02-15T08:50:00Z\",\"data\":{\"tariff\":\"viapi\",\"sku\":\"object-detection-5000\"}}",            \
        number, number

/* An order that meets a refused allocation is either not there at all, or there whole after a reopen; a book that has
 * fallen behind its journal takes nothing more. */
static void every_refused_allocation_leaves_all_or_nothing(void **state) {
    (void)state;
    struct scene scene;
    struct book_check check;
    struct slice error;
    uint32_t refused = 0, behind = 0;
    scene_make(&scene);
    for (uint32_t number = 1; refused + 1 >= number; number++) {
        char text[512];
        struct reply reply;
        int len = snprintf(text, sizeof text, ORDER_OF(number));
        struct slice document = {text, (size_t)len};
        refuse_at = number;
        enum status status = book_submit(scene.book, &document, 1, NOW_NS, &reply);
        refused += refuse_at == 0;
        refuse_at = 0;
        if (status == STATUS_OK) {
            CHECK_INT(reply.outcome, OUTCOME_ACCEPTED);
            continue;
        }
        CHECK_STATUS(status, STATUS_NO_MEMORY);
        status = book_submit(scene.book, &document, 1, NOW_NS, &reply);
        if (status == STATUS_OK) { /* a duplicate when only its bill had not been written */
            CHECK(reply.outcome == OUTCOME_ACCEPTED || reply.outcome == OUTCOME_DUPLICATE);
            continue;
        }
        behind++;
        CHECK_STATUS(status, STATUS_IO);
        CHECK_STATUS(book_snapshot(scene.book), STATUS_IO);
        CHECK(book_error(scene.book).len > 0);
        book_close(scene.book);
        scene_open(&scene);
        CHECK_OK(book_submit(scene.book, &document, 1, NOW_NS, &reply));
        CHECK_INT(reply.outcome, OUTCOME_DUPLICATE);
    }
    CHECK(refused > 10 && behind > 1);
    CHECK_OK(book_snapshot(scene.book));
    CHECK_OK(book_verify(scene.directory, &scene.arena, &check, &error));
    CHECK(check.bad_seq == 0 && !check.state_differs && !check.bills_differ);
    CHECK_UINT(check.documents, refused + 1);
    scene_remove(&scene);
}

/* What gives_up when the second charge is told of. */
struct impatience {
    atomic_bool gives_up;
    uint32_t charges, most;
};

static enum status charge_count(void *context, const struct charge_view *charge) {
    struct impatience *impatience = context;
    (void)charge;
    if (++impatience->charges == impatience->most)
        atomic_store(&impatience->gives_up, true);
    return STATUS_OK;
}

static void a_fold_that_is_watched_can_be_given_up(void **state) {
    (void)state;
    static const char *const texts[] = {FACES("e-1", "1"), FACES("e-2", "2"), FACES("e-3", "3"), FACES("e-4", "4")};
    static const struct {
        const char *row;
        uint32_t most, charges; /* a batch has one */
        enum status want;
    } rows[] = {
        {"nobody gives up", 0, 4, STATUS_OK},
        {"after the first batch", 1, 1, STATUS_BUSY},
        {"after the third", 3, 3, STATUS_BUSY},
    };
    struct scene scene;
    struct slice error;
    struct book *watched;
    scene_make(&scene);
    for (size_t i = 0; i < CHECK_COUNT(texts); i++)
        CHECK_INT(submit_one(&scene, texts[i]), OUTCOME_ACCEPTED);
    FOR_ROWS(row, rows) {
        struct impatience impatience = {.most = row->most};
        struct charge_watch watch = {.charged = charge_count, .context = &impatience, .gives_up = &impatience.gives_up};
        enum status status = book_watch(scene.directory, NULL, watch, &scene.arena, &watched, &error);
        CHECK_STATUS(status, row->want);
        CHECK_UINT(impatience.charges, row->charges);
        if (status == STATUS_OK)
            book_close(watched);
    }
    scene_remove(&scene);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_document_has_its_reply),
        cmocka_unit_test(several_documents_are_one_batch),
        cmocka_unit_test(what_was_acknowledged_is_there_after_a_reopen),
        cmocka_unit_test(reading_what_is_known_changes_nothing),
        cmocka_unit_test(chunks_are_written_in_their_order),
        cmocka_unit_test(a_rehearsal_changes_nothing),
        cmocka_unit_test(what_was_refused_stands_in_the_journal_once),
        cmocka_unit_test(a_journal_that_has_repeated_refusals_folds_as_ever),
        cmocka_unit_test(every_refused_allocation_leaves_all_or_nothing),
        cmocka_unit_test(a_fold_that_is_watched_can_be_given_up),
    };
    return CHECK_RUN(tests);
}
