/* SPDX-License-Identifier: Apache-2.0
 *
 * The port: the rules that hold for every adapter (a broken store stays broken, readers do not write, rows continue the
 * sequence, a gap is no end) and the way to the adapter's function. */
#include "store/store_private.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

enum status store_fail(struct store *store, enum status status, const char *format, ...) {
    va_list args;
    va_start(args, format);
    (void)vsnprintf(store->error, sizeof store->error, format, args);
    va_end(args);
    return status;
}

struct store *store_hold(struct store *store) {
    int failed = pthread_mutex_lock(&store->lock);
    assert(!failed); /* only a visitor that uses the handle that visits it can fail */
    return store;
}

void store_release(struct store **held) {
    int failed = pthread_mutex_unlock(&(*held)->lock);
    assert(!failed);
}

enum status store_names_add(struct arena *arena, struct slice **names, uint32_t *count, struct slice name) {
    if ((*count & (*count - 1)) == 0) { /* 0, 1, 2, 4 …: full */
        struct slice *grown = ARENA_ARRAY(arena, *count == 0 ? 1 : (size_t)*count * 2, struct slice);
        if (grown == NULL)
            return STATUS_NO_MEMORY;
        if (*count > 0)
            memcpy(grown, *names, *count * sizeof **names);
        *names = grown;
    }
    struct slice copy = arena_copy(arena, name);
    if (copy.ptr == NULL)
        return STATUS_NO_MEMORY;
    (*names)[(*count)++] = copy;
    return STATUS_OK;
}

enum status store_ready(struct store *store) {
    if (store->is_broken)
        return STATUS_IO;
    store->error[0] = '\0';
    return STATUS_OK;
}

enum status store_ready_to_write(struct store *store) {
    TRY(store_ready(store));
    if (store->is_read_only)
        return store_fail(store, STATUS_IO, "the store was opened for reading only");
    return STATUS_OK;
}

enum status store_append(struct store *store, const struct store_row *rows, uint32_t count) {
    STORE_HOLD(store);
    TRY(store_ready_to_write(store));
    uint64_t last = 0;
    uint8_t hash[STORE_HASH_BYTES];
    TRY(store->adapter->last(store, &last, hash));
    for (uint32_t i = 0; i < count; i++) {
        if (rows[i].seq != last + 1 + i)
            return store_fail(store, STATUS_CONFLICT,
                              "row %" PRIu64 " does not continue a journal that ends at %" PRIu64, rows[i].seq,
                              last + i);
        if (rows[i].blob.len > STORE_BLOB_BYTES_MAX)
            return store_fail(store, STATUS_RANGE, "row %" PRIu64 " has %zu bytes; the limit is %zu", rows[i].seq,
                              rows[i].blob.len, STORE_BLOB_BYTES_MAX);
    }
    return count == 0 ? STATUS_OK : store->adapter->append(store, rows, count);
}

enum status store_read(struct store *store, uint64_t seq, struct arena *arena, struct store_row *ret_row) {
    STORE_HOLD(store);
    TRY(store_ready(store));
    enum status status = store->adapter->read(store, seq, arena, ret_row);
    if (status != STATUS_NOT_FOUND || seq == 0)
        return status;
    uint64_t last = 0;
    uint8_t hash[STORE_HASH_BYTES];
    TRY(store->adapter->last(store, &last, hash));
    if (seq > last)
        return STATUS_NOT_FOUND;
    status = store->adapter->read(store, seq, arena, ret_row); /* a writer may have come between the two */
    if (status != STATUS_NOT_FOUND)
        return status;
    return store_fail(store, STATUS_INVALID, "row %" PRIu64 " is missing though the journal goes on to %" PRIu64, seq,
                      last);
}

enum status store_last(struct store *store, uint64_t *ret_seq, uint8_t ret_hash[STORE_HASH_BYTES]) {
    STORE_HOLD(store);
    TRY(store_ready(store));
    return store->adapter->last(store, ret_seq, ret_hash);
}

enum status store_put(struct store *store, const struct store_document *document) {
    STORE_HOLD(store);
    TRY(store_ready_to_write(store));
    return store->adapter->put(store, document);
}

enum status store_get(struct store *store, struct slice kind, struct slice name, struct arena *arena,
                      struct slice *ret_value) {
    STORE_HOLD(store);
    TRY(store_ready(store));
    return store->adapter->get(store, kind, name, arena, ret_value);
}

enum status store_list(struct store *store, struct slice kind, struct arena *arena, struct slice **ret_names,
                       uint32_t *ret_count) {
    STORE_HOLD(store);
    TRY(store_ready(store));
    return store->adapter->list(store, kind, arena, ret_names, ret_count);
}

enum status store_delete(struct store *store, struct slice kind, struct slice name) {
    STORE_HOLD(store);
    TRY(store_ready_to_write(store));
    return store->adapter->delete (store, kind, name);
}

enum status store_check(struct store *store) {
    STORE_HOLD(store);
    TRY(store_ready(store));
    return store->adapter->check != NULL ? store->adapter->check(store) : STATUS_OK;
}

bool store_is_broken(struct store *store) {
    STORE_HOLD(store);
    return store->is_broken;
}

void store_close(struct store *store) {
    if (store != NULL)
        store->adapter->close(store);
}

struct slice store_error(const struct store *store) {
    return slice_of(store->error);
}
