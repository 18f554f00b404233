/* SPDX-License-Identifier: Apache-2.0
 *
 * Backfills of a book in service: taken back, and tried out. They are brought in by groups of their own (submit.c). */
#include <stdlib.h>

#include "live/live_private.h"

/* Under `writing`. Nobody waits for the disk while the state is held. */
static enum status revert_apply(struct live *live, struct revert *revert) {
    enum status status = STATUS_OK;
    bool has_more = true;
    while (has_more && status == STATUS_OK) {
        pthread_rwlock_wrlock(&live->state);
        status = book_revert_apply(revert, &has_more);
        pthread_rwlock_unlock(&live->state);
    }
    return status;
}

/* Under `writing`. */
static enum status revert_do(struct live *live, struct slice name, struct arena *arena, struct slice *ret_error) {
    struct revert *revert;
    int64_t now_ns = live_now(live);
    if (atomic_load(&live->is_broken))
        return STATUS_IO;
    TRY(book_revert_prepare(live->book, name, now_ns, arena, &revert, ret_error));
    enum status status = book_revert_write(revert);
    if (status == STATUS_OK)
        status = revert_apply(live, revert);
    book_revert_free(revert);
    if (status != STATUS_OK) {
        broken_look(live);
        return status;
    }
    atomic_store(&live->seq, book_seq(live->book));
    atomic_store(&live->applied_ns, now_ns);
    effects_write(live);
    return STATUS_OK;
}

enum status live_backfill_revert(struct live *live, struct slice name, struct arena *arena, struct slice *ret_error) {
    *ret_error = (struct slice){0};
    pthread_mutex_lock(&live->writing);
    enum status status = revert_do(live, name, arena, ret_error);
    pthread_mutex_unlock(&live->writing);
    return status;
}

static uint64_t notices_of(const struct engine *engine) {
    struct engine_size size;
    engine_size(engine, &size);
    return size.notices;
}

/* Under `writing`. */
static enum status fill(struct live *live, const char *path, struct live_fill *fill) {
    struct journal_options options = {.threads = 1};
    TRY(book_fill_begin(live->book, live_now(live)));
    TRY(book_fill_read(live->book, path, &options, &fill->intake));
    fill->refused = notices_of(book_engine_copy(live->book)) - notices_of(book_engine(live->book));
    return book_fill_compare(live->book, &fill->changes);
}

enum status live_backfill_preview(struct live *live, const char *path, struct live_fill_look look) {
    struct live_fill found = {.refused = 0};
    pthread_mutex_lock(&live->writing);
    enum status status = fill(live, path, &found);
    if (status == STATUS_OK)
        look.look(look.context, &found);
    pthread_mutex_unlock(&live->writing);
    free(found.changes.list);
    return status;
}
