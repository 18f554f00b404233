/* SPDX-License-Identifier: Apache-2.0
 *
 * Other tariffs for a book in service. */
#include "live/live_private.h"

/* Under `writing` and `state`. */
static enum status reload(struct live *live, const char *path, const char *base_dir, struct arena *arena,
                          struct slice *ret_error) {
    struct gate *gate;
    enum status status = book_rerate(live->book, path, base_dir, live_now(live), arena, ret_error);
    if (status == STATUS_OK)
        status = gate_new(book_tariffs(live->book), &live->options.gate, &gate);
    if (status != STATUS_OK) {
        atomic_store(&live->is_broken, true);
        return status;
    }
    gate_free(live->gate);
    live->gate = gate;
    atomic_store(&live->seq, book_seq(live->book));
    return STATUS_OK;
}

/* What is wrong with the files is found before the book is touched. */
static enum status examine(const char *path, const char *base_dir, struct arena *arena, struct slice *ret_error) {
    struct tariff_set tariffs;
    struct diags diags = {0};
    enum status status = tariff_set_load(path, base_dir, &tariffs, &diags);
    if (status != STATUS_OK && diags.count > 0)
        *ret_error = arena_copy(arena, diags.list[0].text);
    diags_free(&diags);
    tariff_set_free(&tariffs);
    return status;
}

enum status live_reload(struct live *live, const char *path, const char *base_dir, struct arena *arena,
                        struct slice *ret_error) {
    *ret_error = (struct slice){0};
    TRY(examine(path, base_dir, arena, ret_error));
    pthread_mutex_lock(&live->writing);
    pthread_rwlock_wrlock(&live->state);
    pthread_mutex_lock(&live->gating);
    enum status status = atomic_load(&live->is_broken) ? STATUS_IO : reload(live, path, base_dir, arena, ret_error);
    pthread_mutex_unlock(&live->gating);
    pthread_rwlock_unlock(&live->state);
    pthread_mutex_unlock(&live->writing);
    return status;
}
