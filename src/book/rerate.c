/* SPDX-License-Identifier: Apache-2.0
 *
 * Another set of tariffs for a book: the whole journal is folded once more under it, by the command that activates it
 * and by everyone who folds over that command later. */
#include "engine/rerate.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "book/book_private.h"
#include "book/files.h"

static enum status passed(void *context, struct book *book, uint32_t documents) {
    (void)context;
    (void)book;
    (void)documents;
    return STATUS_OK;
}

/* Fold the journal up to `last` into an engine that is rating again, as a book that knows only one set. */
static enum status fold_again(struct book *book, const struct tariff_set *tariffs, struct engine *engine, uint64_t last,
                              struct arena *arena, struct slice *ret_error) {
    struct book again = {
        .store = book->store, .directory = book->directory, .engine = engine, .partition = book->partition};
    memcpy(again.key, book->key, sizeof again.key);
    again.tariffs = tariffs;
    again.original = book;
    enum status status = reader_new(tariffs, again.key, &again.reader);
    if (status == STATUS_OK)
        status = book_replay(&again, last, &(struct book_visit){.batch = passed}, arena, ret_error);
    reader_free(again.reader);
    buf_free(&again.blob);
    arena_free(&again.arena);
    return status;
}

enum status book_rerated(struct book *book, const struct rating *rating, struct arena *arena,
                         struct engine **ret_engine, struct slice *ret_error) {
    struct engine *engine;
    TRY(engine_rerate_begin(book->engine, rating->tariffs, arena, &engine, ret_error));
    if (rating->watch.restarted)
        rating->watch.restarted(rating->watch.context);
    engine_set_watch(engine, rating->watch);
    enum status status = fold_again(book, rating->tariffs, engine, book->seq, arena, ret_error);
    if (status == STATUS_OK)
        status = engine_rerate_finish(engine, rating->number, arena, ret_error);
    if (status != STATUS_OK) {
        engine_free(engine);
        return status;
    }
    *ret_engine = engine;
    return STATUS_OK;
}

/* Everything that a set needs to hold; nothing of the book changes. */
static enum status change_make(struct book *book, uint32_t index, struct arena *arena, struct slice *ret_error,
                               struct change *change) {
    TRY(sets_load(book, index, arena, ret_error));
    change->index = index;
    TRY(reader_new(book->sets[index].tariffs, book->key, &change->reader));
    struct rating rating = {book->sets[index].tariffs, book->sets[index].number, book->watch};
    change->has_charges = book_charges_again(book, &change->charges, &rating.watch);
    TRY(book_rerated(book, &rating, arena, &change->engine, ret_error));
    engine_set_watch(change->engine, book->watch);
    return STATUS_OK;
}

static void change_free(struct change *change) {
    engine_free(change->engine);
    reader_free(change->reader);
    charges_free(&change->charges);
    *change = (struct change){0};
}

static void change_hold(struct book *book, struct change *change) {
    engine_free(book->engine);
    reader_free(book->reader);
    book->engine = change->engine;
    book->reader = change->reader;
    book->tariffs = book->sets[change->index].tariffs;
    if (change->has_charges)
        book_charges_replace(book, &change->charges);
    *change = (struct change){0};
    book_sums_watch(book);
    book_bills_take(book);
    book_seals_take(book);
}

enum status book_set_activate(struct book *book, uint32_t index, struct arena *arena, struct slice *ret_error) {
    struct change change = {0};
    enum status status = change_make(book, index, arena, ret_error, &change);
    if (status == STATUS_OK)
        change_hold(book, &change);
    else
        change_free(&change);
    return status;
}

/* ---- a new one ---- */

static bool is_there(struct slice path) {
    struct stat info;
    return lstat(path.ptr, &info) == 0;
}

/* What a set that was never activated left behind goes. */
static enum status files_place(struct book *book, const char *from, const char *stem, uint32_t number,
                               struct arena *arena, struct slice *ret_error) {
    struct slice name = set_name(stem, number, arena), draft;
    struct slice path = arena_printf(arena, "%.*s/%.*s", SLICE_ARG(book->directory), SLICE_ARG(name));
    if (!name.ptr || !path.ptr)
        return STATUS_NO_MEMORY;
    if (is_there(path))
        directory_drop(path);
    TRY(directory_draft(path.ptr, arena, &draft, ret_error));
    enum status status = book_tariffs_copy(from, draft, arena, ret_error);
    if (status == STATUS_OK)
        status = directory_place(draft, path.ptr, arena, ret_error);
    if (status != STATUS_OK)
        directory_drop(draft);
    return status;
}

static enum status set_prepare(struct book *book, const char *path, const char *base_dir, struct arena *arena,
                               struct slice *ret_error) {
    if (book->set_count == SETS_MAX)
        return book_fail(arena, ret_error, STATUS_RANGE, "the book has %u sets of tariffs already", book->set_count);
    struct book_set set = {.number = book->sets[book->set_count - 1].number + 1, .seq = book->seq + 1};
    struct tariff_set tariffs;
    struct diags diags = {0};
    TRY(files_place(book, path, BOOK_TARIFFS, set.number, arena, ret_error));
    TRY(files_place(book, base_dir ? base_dir : path, BOOK_BASE, set.number, arena, ret_error));
    struct slice to = arena_printf(arena, "%.*s/" BOOK_TARIFFS "-%u", SLICE_ARG(book->directory), set.number);
    struct slice base = arena_printf(arena, "%.*s/" BOOK_BASE "-%u", SLICE_ARG(book->directory), set.number);
    if (!to.ptr || !base.ptr)
        return STATUS_NO_MEMORY;
    enum status status = tariff_set_load(to.ptr, base.ptr, &tariffs, &diags);
    diags_free(&diags);
    if (status == STATUS_OK)
        tariff_set_fingerprint(&tariffs, set.fingerprint);
    tariff_set_free(&tariffs);
    if (status != STATUS_OK)
        return book_fail(arena, ret_error, status,
                         "the copied tariffs do not load: they need files that were not copied");
    set_unload(&book->sets[book->set_count]); /* one that was prepared before */
    book->sets[book->set_count] = set;
    return STATUS_OK;
}

static void files_drop(const struct book *book, const char *stem, uint32_t number, struct arena *arena) {
    struct slice path = arena_printf(arena, "%.*s/%s-%u", SLICE_ARG(book->directory), stem, number);
    if (path.ptr)
        directory_drop(path);
}

enum status book_change_prepare(struct book *book, const char *path, const char *base_dir, struct arena *arena,
                                struct slice *ret_error) {
    *ret_error = (struct slice){0};
    TRY(book_check_state(book));
    TRY(set_prepare(book, path, base_dir, arena, ret_error));
    uint32_t number = book->sets[book->set_count].number;
    enum status status = book_bills_write(book);
    if (status == STATUS_OK)
        status = change_make(book, book->set_count, arena, ret_error, &book->change);
    if (status != STATUS_OK)
        change_free(&book->change);
    if (status == STATUS_CONFLICT) {
        files_drop(book, BOOK_TARIFFS, number, arena);
        files_drop(book, BOOK_BASE, number, arena);
    }
    return status;
}

const struct tariff_set *book_change_tariffs(const struct book *book) {
    return book->sets[book->change.index].tariffs;
}

/* First what the set is known by; then the batch, and it counts. */
enum status book_change_write(struct book *book, int64_t now_ns) {
    const struct book_set *set = &book->sets[book->change.index];
    struct buf text = {0};
    enum status status = set_command(set, now_ns, &text);
    if (status == STATUS_OK)
        status = set_put(book, set);
    if (status == STATUS_OK)
        status = book_append_own(book, buf_slice(&text), now_ns);
    buf_free(&text);
    return status;
}

void book_change_hold(struct book *book) {
    book->set_count = book->change.index + 1;
    change_hold(book, &book->change);
}

void book_change_drop(struct book *book) {
    change_free(&book->change);
}

enum status book_rerate(struct book *book, const char *path, const char *base_dir, int64_t now_ns, struct arena *arena,
                        struct slice *ret_error) {
    TRY(book_change_prepare(book, path, base_dir, arena, ret_error));
    enum status status = book_change_write(book, now_ns);
    if (status == STATUS_OK)
        book_change_hold(book);
    else
        book_change_drop(book);
    return status;
}

uint32_t book_set_number(const struct book *book) {
    return book->sets[sets_at(book, book->seq)].number;
}

uint32_t book_set_number_of(const struct book *book, const struct tariff_set *tariffs) {
    for (uint32_t i = 0; i < book->set_count; i++)
        if (book->sets[i].tariffs == tariffs)
            return book->sets[i].number;
    return 0;
}
