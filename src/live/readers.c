/* SPDX-License-Identifier: Apache-2.0
 *
 * Readers of documents, kept for the next request: each holds a parser's memory and what it has learnt of names. */
#include "live/live_private.h"

enum status readers_take(struct live *live, struct reader **ret_reader) {
    const struct tariff_set *tariffs = atomic_load(&live->tariffs);
    struct readers *readers = &live->readers;
    struct reader *reader = NULL;
    pthread_mutex_lock(&readers->lock);
    while (!reader && readers->count > 0) {
        reader = readers->list[--readers->count];
        if (reader_tariffs(reader) == tariffs)
            continue;
        reader_free(reader);
        reader = NULL;
    }
    pthread_mutex_unlock(&readers->lock);
    if (!reader)
        TRY(book_reader_new(live->book, tariffs, &reader));
    *ret_reader = reader;
    return STATUS_OK;
}

void readers_give(struct live *live, struct reader *reader) {
    struct readers *readers = &live->readers;
    pthread_mutex_lock(&readers->lock);
    bool is_kept = readers->count < READERS_MAX;
    if (is_kept)
        readers->list[readers->count++] = reader;
    pthread_mutex_unlock(&readers->lock);
    if (!is_kept)
        reader_free(reader);
}

void readers_free(struct readers *readers) {
    while (readers->count > 0)
        reader_free(readers->list[--readers->count]);
}
