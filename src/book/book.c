/* SPDX-License-Identifier: Apache-2.0
 *
 * Opening and recovery: the newest valid snapshot, then the journal behind it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "book/book_private.h"

enum status book_fail(struct arena *arena, struct slice *ret_error, enum status status, const char *format, ...) {
    va_list args;
    va_start(args, format);
    *ret_error = arena_vprintf(arena, format, args);
    va_end(args);
    return status;
}

/* ---- tariffs and identity key ---- */

static enum status partition_load(struct book *book, struct arena *arena, struct slice *ret_error) {
    struct slice text, number_text, count_text;
    uint64_t number, count;
    enum status status = store_get(book->store, KIND_META, SLICE("partition"), arena, &text);
    book->partition = (struct book_partition){1, 1};
    if (status == STATUS_NOT_FOUND)
        return STATUS_OK;
    TRY(status);
    if (!slice_cut(text, '/', &number_text, &count_text) || !slice_number(count_text, UINT32_MAX, &count) ||
        !slice_number(number_text, count, &number) || number < 1)
        return book_fail(arena, ret_error, STATUS_INVALID, "the book's partition is damaged");
    book->partition = (struct book_partition){(uint32_t)number, (uint32_t)count};
    return STATUS_OK;
}

/* What the store says of the book, and the tariffs that hold at its end. */
static enum status load(struct book *book, struct arena *arena, struct slice *ret_error) {
    struct slice key;
    uint64_t last;
    TRY(store_get(book->store, KIND_META, SLICE("identity-key"), arena, &key));
    if (key.len != sizeof book->key)
        return book_fail(arena, ret_error, STATUS_INVALID,
                         "the book lacks its identity key or its tariffs' fingerprint");
    memcpy(book->key, key.ptr, sizeof book->key);
    TRY(partition_load(book, arena, ret_error));
    TRY(sets_list(book, arena, ret_error));
    TRY(book_journal_end(book, &last));
    return sets_use(book, sets_at(book, last), arena, ret_error);
}

/* ---- folding ---- */

enum status book_origin(struct book *book, uint64_t seq, int64_t recorded_ns) {
    char name[32];
    int len = snprintf(name, sizeof name, "batch %llu", (unsigned long long)seq);
    book->origin_seq = seq;
    return engine_origin(book->engine, (struct slice){name, (size_t)len}, seq, recorded_ns);
}

enum status book_records(struct book *book, const struct batch *batch, uint64_t seq, struct arena *arena,
                         struct record **ret_records, uint32_t *ret_count) {
    struct record *records = ARENA_ARRAY(arena, batch->document_count + 1, struct record);
    if (!records)
        return STATUS_NO_MEMORY;
    for (uint32_t i = 0; i < batch->document_count; i++) {
        struct record *one;
        uint32_t count;
        TRY(reader_read(book->reader, batch->documents[i], 1, arena, NULL, &one, &count));
        records[i] = *one;
        records[i].line = i + 1;
    }
    *ret_records = records;
    *ret_count = batch->document_count;
    return book_origin(book, seq, batch->recorded_ns);
}

/* ---- recovery ---- */

struct snapshot_head {
    uint64_t seq;
    uint8_t hash[BATCH_HASH_BYTES];
};

uint64_t book_snapshot_seq(struct slice name) {
    uint64_t seq = 0;
    for (size_t i = 0; i < name.len; i++)
        seq = seq * 10 + (uint64_t)(name.ptr[i] - '0');
    return seq;
}

/* A snapshot that names another hash than its batch has would lead a writer astray. */
static enum status snapshot_place(struct book *book, const struct snapshot_head *head, struct arena *arena) {
    struct store_row row = {0};
    if (head->seq > 0)
        TRY(store_read(book->store, head->seq, arena, &row));
    return memcmp(row.hash, head->hash, sizeof row.hash) == 0 ? STATUS_OK : STATUS_INVALID;
}

/* A snapshot document is the sequence number and hash of its last batch, then the engine's bytes. */
static enum status snapshot_try(struct book *book, struct slice name, uint64_t last_seq) {
    struct arena arena = {0};
    struct slice value, error;
    struct snapshot_head head;
    enum status status = sets_use(book, sets_at(book, book_snapshot_seq(name)), &arena, &error);
    if (status == STATUS_OK)
        status = store_get(book->store, KIND_SNAPSHOT, name, &arena, &value);
    if (status == STATUS_OK && value.len < sizeof head)
        status = STATUS_INVALID;
    if (status == STATUS_OK) {
        memcpy(&head, value.ptr, sizeof head);
        struct slice bytes = {value.ptr + sizeof head, value.len - sizeof head};
        bool is_ours = head.seq == book_snapshot_seq(name) && head.seq <= last_seq;
        status = is_ours ? snapshot_place(book, &head, &arena) : STATUS_INVALID;
        if (status == STATUS_OK)
            status = engine_restore(book->tariffs, bytes, &book->engine);
    }
    if (status == STATUS_OK) {
        book->seq = book->recovery.snapshot_seq = head.seq;
        memcpy(book->hash, head.hash, sizeof head.hash);
    }
    arena_free(&arena);
    return status;
}

/* Snapshots behind last_seq are left alone: of a past point they know too much. A writer leaves alone what knows more
 * than the sums: a replay from there would not make them whole. */
static enum status restore_newest(struct book *book, uint64_t last_seq, bool is_past, struct arena *arena,
                                  struct slice *ret_error) {
    struct slice *names;
    uint32_t count;
    TRY(store_list(book->store, KIND_SNAPSHOT, arena, &names, &count));
    for (uint32_t i = count; i > 0 && !book->engine; i--) {
        uint64_t seq = book_snapshot_seq(names[i - 1]);
        if ((is_past && seq > last_seq) || (!book->is_read_only && seq > book->sums.mark))
            continue;
        enum status status = snapshot_try(book, names[i - 1], last_seq);
        if (status == STATUS_NO_MEMORY)
            return status;
        /* One that is not there any more was replaced by a writer since the names were read. */
        book->recovery.bad_snapshots += status != STATUS_OK && status != STATUS_NOT_FOUND;
    }
    if (book->engine)
        return STATUS_OK;
    TRY(sets_use(book, 0, arena, ret_error));
    TRY(engine_new(book->tariffs, &book->engine));
    engine_set_key(book->engine, book->key);
    return STATUS_OK;
}

/* Bills that the store has are dropped; a writer writes those that a crash kept out of it. */
static enum status batch_recovered(void *context, struct book *book, uint32_t documents) {
    (void)context;
    (void)documents;
    book->recovery.replayed++;
    if (book->seq > book->marked_seq && !book->is_read_only)
        return book_bills_write(book);
    book_bills_drop(book);
    if (book->seq <= book->marked_seq) /* the store has them; a reader keeps what it may lack */
        book_seals_drop(book);
    return STATUS_OK;
}

static enum status recorded_at(struct book *book, uint64_t seq, struct arena *scratch, int64_t *ret_ns) {
    struct store_row row;
    struct batch_head head;
    enum batch_fault fault;
    TRY(store_read(book->store, seq, scratch, &row));
    TRY(batch_head(row.blob, &head, &fault));
    *ret_ns = head.recorded_ns;
    return STATUS_OK;
}

/* Where to stop: the end of the journal, or an earlier point. */
enum status book_point_find(struct book *book, const struct book_point *point, struct arena *arena, uint64_t *ret_seq,
                            struct slice *ret_error) {
    uint64_t last;
    uint8_t head[STORE_HASH_BYTES];
    TRY(store_last(book->store, &last, head));
    if (point && !point->has_instant && point->seq > last)
        return book_fail(arena, ret_error, STATUS_RANGE, "the journal ends with batch %llu", (unsigned long long)last);
    if (point && !point->has_instant)
        last = point->seq;
    struct arena scratch = {0};
    enum status status = STATUS_OK;
    for (; point && point->has_instant && last > 0; last--) {
        int64_t recorded_ns;
        arena_reset(&scratch);
        status = recorded_at(book, last, &scratch, &recorded_ns);
        if (status != STATUS_OK || recorded_ns <= point->at_ns)
            break;
    }
    arena_free(&scratch);
    if (status == STATUS_INVALID)
        return book_fail(arena, ret_error, status, "batch %llu is missing or cannot be read", (unsigned long long)last);
    *ret_seq = last;
    return status;
}

static enum status recover(struct book *book, const struct book_point *point, struct arena *arena,
                           struct slice *ret_error) {
    uint64_t last = 0;
    TRY(book_point_find(book, point, arena, &last, ret_error));
    if (!point)
        TRY(book_sums_begin(book, last));
    TRY(restore_newest(book, last, point != NULL, arena, ret_error));
    struct store_mark mark;
    TRY(store_bills_mark(book->store, &mark));
    book->marked_seq = mark.seq;
    book_bills_take(book);
    book_sums_watch(book);
    book_seals_take(book);
    book->outbox.known_seq = book->is_read_only ? UINT64_MAX : mark.seq; /* one tick can close millions */
    enum status status = book_replay(book, last, &(struct book_visit){.batch = batch_recovered}, arena, ret_error);
    book->outbox.known_seq = 0;
    return status;
}

/* The store is the book's from here on, whatever comes. */
static enum status book_on(struct store *store, const char *directory, struct arena *arena, struct book **ret_book,
                           struct slice *ret_error) {
    struct book *book = calloc(1, sizeof *book);
    if (!book) {
        store_close(store);
        return STATUS_NO_MEMORY;
    }
    book->store = store;
    book->sums.until = UINT64_MAX;
    pthread_mutex_init(&book->sums.lock, NULL);
    pthread_mutex_init(&book->reading, NULL);
    book->directory = arena_copy(&book->arena, slice_of(directory));
    enum status status = book->directory.ptr ? load(book, arena, ret_error) : STATUS_NO_MEMORY;
    if (status != STATUS_OK) {
        book_close(book);
        return status;
    }
    *ret_book = book;
    return STATUS_OK;
}

enum status book_attach(const char *directory, enum store_mode mode, struct arena *arena, struct book **ret_book,
                        struct slice *ret_error) {
    *ret_error = (struct slice){0};
    struct slice path = arena_printf(arena, "%s/" BOOK_STORE, directory);
    struct store *store;
    if (!path.ptr)
        return STATUS_NO_MEMORY;
    TRY(store_sqlite_open(path.ptr, mode, arena, &store, ret_error));
    TRY(book_on(store, directory, arena, ret_book, ret_error));
    (*ret_book)->is_read_only = mode == STORE_READ;
    return STATUS_OK;
}

static enum status recovered(struct book *book, const struct book_point *point, struct arena *arena,
                             struct book **ret_book, struct slice *ret_error) {
    enum status status = recover(book, point, arena, ret_error);
    if (status != STATUS_OK) {
        book_close(book);
        return status;
    }
    *ret_book = book;
    return STATUS_OK;
}

static enum status open_at(const char *directory, enum store_mode mode, const struct book_point *point,
                           struct arena *arena, struct book **ret_book, struct slice *ret_error) {
    struct book *book;
    TRY(book_attach(directory, mode, arena, &book, ret_error));
    return recovered(book, point, arena, ret_book, ret_error);
}

enum status book_open_store(struct store *store, const char *directory, struct arena *arena, struct book **ret_book,
                            struct slice *ret_error) {
    struct book *book;
    *ret_error = (struct slice){0};
    TRY(book_on(store, directory, arena, &book, ret_error));
    return recovered(book, NULL, arena, ret_book, ret_error);
}

enum status book_open(const char *directory, enum store_mode mode, struct arena *arena, struct book **ret_book,
                      struct slice *ret_error) {
    return open_at(directory, mode, NULL, arena, ret_book, ret_error);
}

enum status book_open_as_of(const char *directory, const struct book_point *point, struct arena *arena,
                            struct book **ret_book, struct slice *ret_error) {
    return open_at(directory, STORE_READ, point, arena, ret_book, ret_error);
}

void book_close(struct book *book) {
    if (!book)
        return;
    book_bills_free(book);
    book_sums_free(book);
    book_seals_drop(book);
    book_change_drop(book);
    engine_free(book->preview);
    engine_free(book->unfilled);
    engine_free(book->engine);
    reader_free(book->reader);
    sets_free(book);
    store_close(book->store);
    buf_free(&book->blob);
    arena_free(&book->arena);
    pthread_mutex_destroy(&book->reading);
    free(book);
}

const struct tariff_set *book_tariffs(const struct book *book) {
    return book->tariffs;
}

struct book_partition book_partition_of(const struct book *book) {
    return book->partition;
}

bool book_owns(const struct book *book, const struct record *record) {
    uint32_t part = (uint32_t)(record->subject_hash % book->partition.count);
    /* Time passes for every partition, and what names no account is told once. */
    if (record->kind == RECORD_TICK)
        return true;
    return (record->subject.len ? part : 0) == book->partition.number - 1;
}

const struct book_recovery *book_recovery(const struct book *book) {
    return &book->recovery;
}

struct store *book_store(struct book *book) {
    return book->store;
}

uint64_t book_seq(const struct book *book) {
    return book->seq;
}

const struct engine *book_engine(const struct book *book) {
    return book->engine;
}

const struct engine *book_engine_copy(const struct book *book) {
    return book->preview;
}

struct slice book_error(const struct book *book) {
    return book->error.len ? book->error : store_error(book->store);
}

/* ---- snapshots and previews ---- */

enum status book_snapshot(struct book *book) {
    TRY(book_check_state(book)); /* it would leave a batch out for ever */
    TRY(book_bills_write(book)); /* a replay from here would not make them again */
    TRY(book_sums_write(book));
    struct buf bytes = {0};
    struct snapshot_head head = {.seq = book->seq};
    char name[24];
    memcpy(head.hash, book->hash, sizeof head.hash);
    buf_append(&bytes, (struct slice){(const char *)&head, sizeof head});
    int len = snprintf(name, sizeof name, "%020llu", (unsigned long long)book->seq);
    struct arena arena = {0};
    struct slice *names;
    uint32_t count;
    enum status status = engine_snapshot(book->engine, &bytes);
    if (status == STATUS_OK)
        status =
            store_put(book->store, &(struct store_document){KIND_SNAPSHOT, {name, (size_t)len}, buf_slice(&bytes)});
    buf_free(&bytes);
    if (status == STATUS_OK)
        status = store_list(book->store, KIND_SNAPSHOT, &arena, &names, &count);
    for (uint32_t i = 0; status == STATUS_OK && count > 2 && i < count - 2; i++)
        status = store_delete(book->store, KIND_SNAPSHOT, names[i]);
    arena_free(&arena);
    return status;
}

enum status book_copy(struct book *book) {
    struct buf bytes = {0};
    engine_free(book->preview);
    book->preview = NULL;
    enum status status = engine_snapshot(book->engine, &bytes);
    if (status == STATUS_OK)
        status = engine_restore(book->tariffs, buf_slice(&bytes), &book->preview);
    buf_free(&bytes);
    return status;
}

/* Closing changes an engine, so it is done on a copy. */
enum status book_preview(struct book *book, int64_t until_ns, struct statement *ret_statement) {
    TRY(book_copy(book));
    return engine_close(book->preview, until_ns, ret_statement);
}
