/* SPDX-License-Identifier: Apache-2.0
 *
 * Other tariffs for a book in service. All that takes long is done beside readers and the gate. */
#include "live/live_private.h"

/* Under `writing`. The moment in which other tariffs hold. */
static void change(struct live *live, struct gate *gate) {
    pthread_rwlock_wrlock(&live->state);
    pthread_mutex_lock(&live->gating);
    gate_follow(gate, live->gate);
    gate_free(live->gate);
    live->gate = gate;
    book_change_hold(live->book);
    atomic_store(&live->tariffs, book_tariffs(live->book));
    pthread_mutex_unlock(&live->gating);
    pthread_rwlock_unlock(&live->state);
    atomic_store(&live->seq, book_seq(live->book));
}

/* Under `writing`. */
static enum status reload(struct live *live, const char *path, const char *base_dir, struct arena *arena,
                          struct slice *ret_error) {
    struct gate *gate = NULL;
    TRY(book_change_prepare(live->book, path, base_dir, arena, ret_error));
    enum status status = gate_new_behind(live->gate, book_change_tariffs(live->book), &gate);
    if (status == STATUS_OK)
        status = book_change_write(live->book, live_now(live));
    if (status == STATUS_OK) {
        change(live, gate);
        return STATUS_OK;
    }
    gate_free(gate);
    book_change_drop(live->book);
    return status;
}

/* What is wrong with the files is found before the book is touched. */
static enum status examine(const char *path, const char *base_dir, struct arena *arena, struct slice *ret_error) {
    struct tariff_set tariffs;
    struct diags diags = {0};
    enum status status = tariff_set_load(path, base_dir, &tariffs, &diags);
    struct buf text = {0};
    if (status != STATUS_OK && diags.count > 0) {
        diags_print(&diags, false, &text);
        *ret_error = arena_copy(arena, buf_slice(&text));
    }
    buf_free(&text);
    diags_free(&diags);
    tariff_set_free(&tariffs);
    return status;
}

enum status live_reload(struct live *live, const char *path, const char *base_dir, struct arena *arena,
                        struct slice *ret_error) {
    *ret_error = (struct slice){0};
    TRY(examine(path, base_dir, arena, ret_error));
    pthread_mutex_lock(&live->writing);
    enum status status = atomic_load(&live->is_broken) ? STATUS_IO : reload(live, path, base_dir, arena, ret_error);
    broken_look(live);
    pthread_mutex_unlock(&live->writing);
    return status;
}

enum status live_reload_preview(struct live *live, const struct tariff_set *tariffs, struct arena *arena,
                                struct book_changes *ret_changes, struct slice *ret_error) {
    *ret_error = (struct slice){0};
    pthread_mutex_lock(&live->writing);
    enum status status = atomic_load(&live->is_broken)
                             ? STATUS_IO
                             : book_rerate_preview(live->book, tariffs, arena, ret_changes, ret_error);
    pthread_mutex_unlock(&live->writing);
    return status;
}
