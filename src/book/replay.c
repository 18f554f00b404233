/* SPDX-License-Identifier: Apache-2.0
 *
 * Folding the journal: batches are decoded, read and metered on all threads, checked against the chain and applied in
 * their order. */
#include <assert.h>
#include <string.h>

#include "base/inorder.h"
#include "book/book_private.h"

enum { THREADS_MAX = 8 };

struct replay {
    struct book *book;
    uint64_t next, last; /* to be taken; where to stop */
    struct arena *arena;
    struct slice *error;
    const struct book_visit *visit;
};

struct replay_job {
    struct reader *reader;
    struct arena run;
    struct store_row row;
    struct batch batch;
    enum batch_fault fault;
    struct record *records;
};

static enum status take_row(void *context, void *job, bool *ret_more) {
    struct replay *replay = context;
    struct replay_job *mine = job;
    *ret_more = replay->next <= replay->last;
    if (!*ret_more)
        return STATUS_OK;
    arena_reset(&mine->run);
    return store_read(replay->book->store, replay->next++, &mine->run, &mine->row);
}

/* What is wrong with the bytes is told in its turn: it may be that they are not the journal's at all. */
static enum status read_row(void *context, void *job) {
    struct replay_job *mine = job;
    (void)context;
    enum status status = batch_decode(mine->row.blob, &mine->run, &mine->batch, &mine->fault);
    mine->records = NULL;
    if (status != STATUS_OK)
        return status == STATUS_INVALID ? STATUS_OK : status;
    struct record *records = ARENA_ARRAY(&mine->run, mine->batch.document_count + 1, struct record);
    if (!records)
        return STATUS_NO_MEMORY;
    for (uint32_t i = 0; i < mine->batch.document_count; i++) {
        struct record *one;
        uint32_t count;
        TRY(reader_read(mine->reader, mine->batch.documents[i], 1, &mine->run, NULL, &one, &count));
        records[i] = *one;
        records[i].line = i + 1;
    }
    mine->records = records;
    return STATUS_OK;
}

/* What activates a set of tariffs is no matter of the engine. */
static bool activates(const struct book *book, uint64_t seq) {
    const struct book *original = book->original ? book->original : book;
    for (uint32_t i = 1; i < original->set_count; i++)
        if (original->sets[i].seq == seq)
            return true;
    return false;
}

static enum status apply_row(void *context, void *job) {
    struct replay *replay = context;
    struct book *book = replay->book;
    const struct replay_job *mine = job;
    uint8_t hash[BATCH_HASH_BYTES];
    batch_chain(book->hash, mine->row.seq, mine->row.blob, hash);
    if (memcmp(hash, mine->row.hash, sizeof hash) != 0)
        return book_fail(replay->arena, replay->error, STATUS_INVALID,
                         "batch %llu is not what its hash says: the journal was changed or damaged",
                         (unsigned long long)mine->row.seq);
    if (!mine->records)
        return book_fail(replay->arena, replay->error, STATUS_INVALID, "batch %llu cannot be read: %s",
                         (unsigned long long)mine->row.seq, batch_fault_text(mine->fault));
    if (!activates(book, mine->row.seq)) {
        TRY(book_origin(book, mine->row.seq, mine->batch.recorded_ns));
        TRY(engine_apply(book->engine, mine->records, mine->batch.document_count, NULL));
    }
    memcpy(book->hash, hash, sizeof hash);
    book->seq = mine->row.seq;
    return replay->visit->batch(replay->visit->context, book, mine->batch.document_count);
}

/* All of it under book->tariffs. */
static enum status replay_part(struct book *book, uint64_t last, const struct book_visit *visit, struct arena *arena,
                               struct slice *ret_error) {
    static const struct inorder steps = {.take = take_row, .work = read_row, .finish = apply_row};
    struct replay replay = {
        .book = book, .next = book->seq + 1, .last = last, .arena = arena, .error = ret_error, .visit = visit};
    struct replay_job jobs[THREADS_MAX] = {0};
    void *list[THREADS_MAX];
    struct inorder inorder = steps;
    enum status status = STATUS_OK;
    uint32_t count = last > book->seq ? inorder_threads(THREADS_MAX) : 0, made = 0;
    inorder.context = &replay;
    if (count > last - book->seq)
        count = (uint32_t)(last - book->seq);
    for (; made < count && status == STATUS_OK; made++) {
        status = reader_new(book->tariffs, book->key, &jobs[made].reader);
        list[made] = &jobs[made];
    }
    if (status == STATUS_OK && made)
        status = inorder_run(&inorder, list, made);
    for (uint32_t i = 0; i < made; i++) {
        reader_free(jobs[i].reader);
        arena_free(&jobs[i].run);
    }
    if ((status == STATUS_INVALID && ret_error->len == 0) || status == STATUS_NOT_FOUND)
        return book_fail(arena, ret_error, STATUS_INVALID, "batch %llu is missing from the journal",
                         (unsigned long long)book->seq + 1);
    return status;
}

enum status book_replay(struct book *book, uint64_t last, const struct book_visit *visit, struct arena *arena,
                        struct slice *ret_error) {
    for (uint32_t i = 1; i < book->set_count; i++) {
        uint64_t seq = book->sets[i].seq;
        if (seq <= book->seq || seq > last)
            continue;
        TRY(replay_part(book, seq - 1, visit, arena, ret_error));
        TRY(book_set_activate(book, i, arena, ret_error));
        TRY(replay_part(book, seq, visit, arena, ret_error));
    }
    return replay_part(book, last, visit, arena, ret_error);
}
