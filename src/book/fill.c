/* SPDX-License-Identifier: Apache-2.0
 *
 * What a backfill would change: two copies of the state, one with it. */
#include "book/book_private.h"

struct filling {
    struct book *book;
    const struct journal_options *options;
    struct book_intake counts;
    struct arena run;
};

static enum status copy_lead(struct book *book, int64_t now_ns) {
    struct backfill_note note = {SLICE("(preview)"), book->seq + 1, now_ns, false};
    struct record lead;
    struct arena arena = {0};
    enum status status = engine_origin(book->preview, SLICE("preview"), book->seq + 1, now_ns);
    if (status == STATUS_OK)
        status = book_backfill_record(book, note, &arena, &lead);
    if (status == STATUS_OK)
        status = engine_apply(book->preview, &lead, 1, NULL);
    arena_free(&arena);
    return status;
}

enum status book_fill_begin(struct book *book, int64_t now_ns) {
    engine_free(book->unfilled);
    book->unfilled = NULL;
    TRY(book_copy(book));
    book->unfilled = book->preview;
    book->preview = NULL;
    TRY(book_copy(book));
    book->filled_ns = now_ns;
    return copy_lead(book, now_ns);
}

static enum status drop_known(void *context, struct journal_part *part) {
    struct filling *filling = context;
    struct book *book = filling->book;
    struct sorting sorting = {.records = part->records,
                              .count = part->count,
                              .now_ns = book->filled_ns,
                              .is_backfill = true,
                              .scratch = &filling->run};
    uint32_t kept = 0;
    arena_reset(&filling->run);
    filling->counts.lines += part->count;
    TRY(book_sort_out(book, book->preview, &sorting));
    for (uint32_t i = 0; i < part->count; i++) {
        filling->counts.elsewhere += sorting.fates[i] == FATE_ELSEWHERE;
        filling->counts.duplicates += sorting.fates[i] == FATE_KNOWN || sorting.fates[i] == FATE_OWN;
        if (sorting.fates[i] == FATE_NEW)
            part->records[kept++] = part->records[i];
    }
    part->count = kept;
    return sorting.has_recall ? engine_apply(book->preview, &sorting.recall, 1, NULL) : STATUS_OK;
}

static void progress(void *context, const struct journal_progress *now) {
    const struct filling *filling = context;
    filling->options->progress(filling->options->context, now);
}

enum status book_fill_read(struct book *book, const char *path, const struct journal_options *options,
                           struct book_intake *ret_intake) {
    struct filling filling = {.book = book, .options = options};
    struct journal_options inner = {.threads = options->threads,
                                    .append = drop_known,
                                    .progress = options->progress ? progress : NULL,
                                    .context = &filling};
    enum status status = engine_read(book->preview, path, &inner);
    arena_free(&filling.run);
    *ret_intake = filling.counts;
    return status;
}

enum status book_fill_compare(struct book *book, struct usage_changes *ret_changes) {
    struct statement statement;
    TRY(engine_close(book->unfilled, INSTANT_MAX, &statement));
    statement_free(&statement);
    TRY(engine_close(book->preview, INSTANT_MAX, &statement));
    statement_free(&statement);
    return engine_compare(book->unfilled, book->preview, ret_changes);
}
