/* SPDX-License-Identifier: Apache-2.0
 *
 * The store in memory, for runs that keep nothing and for tests that want faults. All that is kept is durable at once.
 * Faults are counted over the life of what is stored, so that one that has struck does not strike again after reopen.
 */
#include "store/store_private.h"

#include <stdlib.h>

struct kept_row {
    uint8_t hash[STORE_HASH_BYTES];
    struct slice blob; /* owned */
};

struct memory {
    struct store base;
    struct store_faults *faults; /* the caller's, or NULL */
    struct kept_row *rows;       /* row `seq` at seq - 1 */
    uint32_t row_count, row_room;
    struct store_document *documents; /* by kind and name; one owned block each, at kind.ptr */
    uint32_t document_count, document_room;
    uint32_t appends, reads;
};

static struct memory *memory_of(struct store *store) {
    return (struct memory *)store;
}

static struct store_faults faults_of(const struct memory *memory) {
    return memory->faults != NULL ? *memory->faults : (struct store_faults){0};
}

static bool array_reserve(void **array, uint32_t *room, uint64_t needed, size_t size) {
    if (needed <= *room)
        return true;
    uint64_t wanted = needed < 8 ? 8 : needed + needed / 2;
    void *grown = wanted > UINT32_MAX ? NULL : reallocarray(*array, wanted, size);
    if (grown == NULL)
        return false;
    *array = grown;
    *room = (uint32_t)wanted;
    return true;
}

static void rows_drop(struct memory *memory, uint32_t keep) {
    while (memory->row_count > keep)
        free((void *)(uintptr_t)memory->rows[--memory->row_count].blob.ptr);
}

static enum status rows_keep(struct memory *memory, const struct store_row *rows, uint32_t count) {
    uint32_t before = memory->row_count;
    if (!array_reserve((void **)&memory->rows, &memory->row_room, (uint64_t)before + count, sizeof *memory->rows))
        return STATUS_NO_MEMORY;
    for (uint32_t i = 0; i < count; i++) {
        char *bytes = malloc(rows[i].blob.len + 1);
        if (bytes == NULL) {
            rows_drop(memory, before);
            return STATUS_NO_MEMORY;
        }
        if (rows[i].blob.len > 0)
            memcpy(bytes, rows[i].blob.ptr, rows[i].blob.len);
        struct kept_row *kept = &memory->rows[memory->row_count++];
        kept->blob = (struct slice){bytes, rows[i].blob.len};
        memcpy(kept->hash, rows[i].hash, STORE_HASH_BYTES);
    }
    return STATUS_OK;
}

static enum status refuse_when_full(struct memory *memory) {
    if (faults_of(memory).is_full)
        return store_fail(&memory->base, STATUS_IO, "the store is full");
    return STATUS_OK;
}

static enum status memory_append(struct store *store, const struct store_row *rows, uint32_t count) {
    struct memory *memory = memory_of(store);
    struct store_faults faults = faults_of(memory);
    memory->appends++;
    TRY(refuse_when_full(memory));
    if (memory->appends == faults.fail_append_at) {
        store->is_broken = true;
        return store_fail(store, STATUS_IO, "the append was made to fail");
    }
    TRY(rows_keep(memory, rows, count));
    if (memory->appends == faults.lose_append_at) {
        store->is_broken = true;
        return store_fail(store, STATUS_IO, "the acknowledgement of the append was made to get lost");
    }
    return STATUS_OK;
}

static enum status memory_read(struct store *store, uint64_t seq, struct arena *arena, struct store_row *ret_row) {
    struct memory *memory = memory_of(store);
    if (++memory->reads == faults_of(memory).fail_read_at)
        return store_fail(store, STATUS_IO, "the read was made to fail");
    if (seq == 0 || seq > memory->row_count)
        return STATUS_NOT_FOUND;
    const struct kept_row *kept = &memory->rows[seq - 1];
    struct store_row row = {.seq = seq, .blob = arena_copy(arena, kept->blob)};
    if (row.blob.ptr == NULL)
        return STATUS_NO_MEMORY;
    memcpy(row.hash, kept->hash, STORE_HASH_BYTES);
    *ret_row = row;
    return STATUS_OK;
}

static enum status memory_last(struct store *store, uint64_t *ret_seq, uint8_t ret_hash[STORE_HASH_BYTES]) {
    const struct memory *memory = memory_of(store);
    *ret_seq = memory->row_count;
    memset(ret_hash, 0, STORE_HASH_BYTES);
    if (memory->row_count > 0)
        memcpy(ret_hash, memory->rows[memory->row_count - 1].hash, STORE_HASH_BYTES);
    return STATUS_OK;
}

/* The place of a document, or where it would be. */
static uint32_t document_find(const struct memory *memory, struct slice kind, struct slice name, bool *ret_found) {
    uint32_t low = 0, high = memory->document_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = slice_cmp(memory->documents[middle].kind, kind);
        if (order == 0)
            order = slice_cmp(memory->documents[middle].name, name);
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *ret_found = low < memory->document_count && slice_eq(memory->documents[low].kind, kind) &&
                 slice_eq(memory->documents[low].name, name);
    return low;
}

static bool document_copy(const struct store_document *from, struct store_document *ret_copy) {
    const struct slice parts[] = {from->kind, from->name, from->value};
    char *bytes = malloc(parts[0].len + parts[1].len + parts[2].len + 1);
    if (bytes == NULL)
        return false;
    struct slice copies[3];
    char *at = bytes;
    for (int i = 0; i < 3; i++) {
        if (parts[i].len > 0)
            memcpy(at, parts[i].ptr, parts[i].len);
        copies[i] = (struct slice){at, parts[i].len};
        at += parts[i].len;
    }
    *ret_copy = (struct store_document){copies[0], copies[1], copies[2]};
    return true;
}

static void document_free(const struct store_document *document) {
    free((void *)(uintptr_t)document->kind.ptr);
}

static enum status memory_put(struct store *store, const struct store_document *document) {
    struct memory *memory = memory_of(store);
    TRY(refuse_when_full(memory));
    uint64_t needed = (uint64_t)memory->document_count + 1;
    struct store_document copy;
    if (!array_reserve((void **)&memory->documents, &memory->document_room, needed, sizeof copy) ||
        !document_copy(document, &copy))
        return STATUS_NO_MEMORY;
    bool is_there;
    uint32_t at = document_find(memory, document->kind, document->name, &is_there);
    struct store_document *place = &memory->documents[at];
    if (is_there) {
        document_free(place);
    } else {
        memmove(place + 1, place, (memory->document_count - at) * sizeof *place);
        memory->document_count++;
    }
    *place = copy;
    return STATUS_OK;
}

static enum status memory_get(struct store *store, struct slice kind, struct slice name, struct arena *arena,
                              struct slice *ret_value) {
    const struct memory *memory = memory_of(store);
    bool is_there;
    uint32_t at = document_find(memory, kind, name, &is_there);
    if (!is_there)
        return STATUS_NOT_FOUND;
    struct slice value = arena_copy(arena, memory->documents[at].value);
    if (value.ptr == NULL)
        return STATUS_NO_MEMORY;
    *ret_value = value;
    return STATUS_OK;
}

static enum status memory_list(struct store *store, struct slice kind, struct arena *arena, struct slice **ret_names,
                               uint32_t *ret_count) {
    const struct memory *memory = memory_of(store);
    struct slice *names = NULL;
    uint32_t count = 0;
    for (uint32_t i = 0; i < memory->document_count; i++)
        if (slice_eq(memory->documents[i].kind, kind))
            TRY(store_names_add(arena, &names, &count, memory->documents[i].name));
    *ret_names = names;
    *ret_count = count;
    return STATUS_OK;
}

static enum status memory_delete(struct store *store, struct slice kind, struct slice name) {
    struct memory *memory = memory_of(store);
    TRY(refuse_when_full(memory));
    bool is_there;
    uint32_t at = document_find(memory, kind, name, &is_there);
    if (!is_there)
        return STATUS_OK;
    struct store_document *place = &memory->documents[at];
    document_free(place);
    memory->document_count--;
    memmove(place, place + 1, (memory->document_count - at) * sizeof *place);
    return STATUS_OK;
}

static void memory_close(struct store *store) {
    struct memory *memory = memory_of(store);
    rows_drop(memory, 0);
    for (uint32_t i = 0; i < memory->document_count; i++)
        document_free(&memory->documents[i]);
    free(memory->rows);
    free(memory->documents);
    free(memory);
}

static const struct store_adapter ADAPTER = {.append = memory_append,
                                             .read = memory_read,
                                             .last = memory_last,
                                             .put = memory_put,
                                             .get = memory_get,
                                             .list = memory_list,
                                             .delete = memory_delete,
                                             .close = memory_close};

enum status store_memory_new(struct store_faults *faults, struct store **ret_store) {
    struct memory *memory = malloc(sizeof *memory);
    if (memory == NULL)
        return STATUS_NO_MEMORY;
    *memory = (struct memory){.base = {.adapter = &ADAPTER}, .faults = faults};
    *ret_store = &memory->base;
    return STATUS_OK;
}

enum status store_memory_reopen(struct store *store, struct store **ret_store) {
    struct memory *memory = malloc(sizeof *memory); /* elsewhere, so that a use of the old handle is found */
    if (memory == NULL)
        return STATUS_NO_MEMORY;
    *memory = *memory_of(store);
    memory->base = (struct store){.adapter = &ADAPTER};
    free(store);
    *ret_store = &memory->base;
    return STATUS_OK;
}
