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
    struct store_mark mark;
    struct bill_chunk *chunks; /* owned blobs, by position */
    struct bill_key *keys;     /* by position */
    struct bill_run *runs;     /* owned names, in the order of their chunks */
    uint32_t chunk_count, chunk_room, key_count, key_room, run_count, run_room;
    struct store_sum *sums; /* by kind, account and instant; one owned block each, at account.ptr */
    uint32_t sum_count, sum_room;
    uint64_t sums_seq;
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

static void owned_free(struct slice bytes) {
    free((void *)(uintptr_t)bytes.ptr);
}

static bool owned_copy(struct slice bytes, struct slice *ret_copy) {
    char *copy = malloc(bytes.len + 1);
    if (copy == NULL)
        return false;
    if (bytes.len > 0)
        memcpy(copy, bytes.ptr, bytes.len);
    *ret_copy = (struct slice){copy, bytes.len};
    return true;
}

static void rows_drop(struct memory *memory, uint32_t keep) {
    while (memory->row_count > keep)
        owned_free(memory->rows[--memory->row_count].blob);
}

static enum status rows_keep(struct memory *memory, const struct store_row *rows, uint32_t count) {
    uint32_t before = memory->row_count;
    if (!array_reserve((void **)&memory->rows, &memory->row_room, (uint64_t)before + count, sizeof *memory->rows))
        return STATUS_NO_MEMORY;
    for (uint32_t i = 0; i < count; i++) {
        struct kept_row kept;
        if (!owned_copy(rows[i].blob, &kept.blob)) {
            rows_drop(memory, before);
            return STATUS_NO_MEMORY;
        }
        memcpy(kept.hash, rows[i].hash, STORE_HASH_BYTES);
        memory->rows[memory->row_count++] = kept;
    }
    return STATUS_OK;
}

static enum status refuse_when_full(struct memory *memory) {
    if (faults_of(memory).is_full)
        return store_fail(&memory->base, STATUS_IO, "the store is full");
    return STATUS_OK;
}

/* Before an append, of rows, of bills or of sums. */
static enum status append_begin(struct memory *memory) {
    memory->appends++;
    TRY(refuse_when_full(memory));
    if (memory->appends == faults_of(memory).full_append_at)
        return store_fail(&memory->base, STATUS_IO, "the store is full");
    if (memory->appends != faults_of(memory).fail_append_at)
        return STATUS_OK;
    memory->base.is_broken = true;
    return store_fail(&memory->base, STATUS_IO, "the append was made to fail");
}

/* After it. */
static enum status append_end(struct memory *memory) {
    if (memory->appends != faults_of(memory).lose_append_at)
        return STATUS_OK;
    memory->base.is_broken = true;
    return store_fail(&memory->base, STATUS_IO, "the acknowledgement of the append was made to get lost");
}

static enum status memory_append(struct store *store, const struct store_row *rows, uint32_t count) {
    struct memory *memory = memory_of(store);
    TRY(append_begin(memory));
    TRY(rows_keep(memory, rows, count));
    return append_end(memory);
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

/* ---- bills ---- */

static void bills_drop(struct memory *memory, uint32_t keep_chunks, uint32_t keep_runs) {
    while (memory->chunk_count > keep_chunks)
        owned_free(memory->chunks[--memory->chunk_count].blob);
    while (memory->run_count > keep_runs)
        owned_free(memory->runs[--memory->run_count].series);
}

static bool bills_reserve(struct memory *memory, const struct bill_write *write) {
    return array_reserve((void **)&memory->chunks, &memory->chunk_room,
                         (uint64_t)memory->chunk_count + write->chunk_count, sizeof *memory->chunks) &&
           array_reserve((void **)&memory->keys, &memory->key_room, (uint64_t)memory->key_count + write->key_count,
                         sizeof *memory->keys) &&
           array_reserve((void **)&memory->runs, &memory->run_room, (uint64_t)memory->run_count + write->run_count,
                         sizeof *memory->runs);
}

static enum status bills_keep(struct memory *memory, const struct bill_write *write) {
    uint32_t chunks = memory->chunk_count, runs = memory->run_count;
    bool is_kept = bills_reserve(memory, write);
    for (uint32_t i = 0; is_kept && i < write->chunk_count; i++) {
        struct bill_chunk chunk = write->chunks[i];
        is_kept = owned_copy(chunk.blob, &chunk.blob);
        if (is_kept)
            memory->chunks[memory->chunk_count++] = chunk;
    }
    for (uint32_t i = 0; is_kept && i < write->run_count; i++) {
        struct bill_run run = write->runs[i];
        is_kept = owned_copy(run.series, &run.series);
        if (is_kept)
            memory->runs[memory->run_count++] = run;
    }
    if (!is_kept) {
        bills_drop(memory, chunks, runs);
        return STATUS_NO_MEMORY;
    }
    for (uint32_t i = 0; i < write->key_count; i++) /* one for each position */
        memory->keys[write->keys[i].position - 1] = write->keys[i];
    memory->key_count += write->key_count;
    memory->mark = write->mark;
    return STATUS_OK;
}

static enum status memory_bills_write(struct store *store, const struct bill_write *write) {
    struct memory *memory = memory_of(store);
    TRY(append_begin(memory));
    TRY(bills_keep(memory, write));
    return append_end(memory);
}

static enum status memory_bills_mark(struct store *store, struct store_mark *ret_mark) {
    *ret_mark = memory_of(store)->mark;
    return STATUS_OK;
}

static enum status memory_bills_chunk(struct store *store, uint64_t position, struct arena *arena,
                                      struct bill_chunk *ret_chunk) {
    struct memory *memory = memory_of(store);
    if (++memory->reads == faults_of(memory).fail_read_at)
        return store_fail(store, STATUS_IO, "the read was made to fail");
    uint32_t low = 0, high = memory->chunk_count; /* chunks before low begin at or before the position */
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (memory->chunks[middle].first <= position)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0)
        return STATUS_NOT_FOUND;
    struct bill_chunk chunk = memory->chunks[low - 1];
    chunk.blob = arena_copy(arena, chunk.blob);
    if (chunk.blob.ptr == NULL)
        return STATUS_NO_MEMORY;
    *ret_chunk = chunk;
    return STATUS_OK;
}

static enum status memory_bills_run(struct store *store, struct slice series, uint64_t number,
                                    struct bill_run *ret_run) {
    const struct memory *memory = memory_of(store);
    for (uint32_t i = memory->run_count; i > 0; i--) {
        const struct bill_run *run = &memory->runs[i - 1];
        if (run->first <= number && slice_eq(run->series, series)) {
            *ret_run = *run;
            ret_run->series = series;
            return STATUS_OK;
        }
    }
    return STATUS_NOT_FOUND;
}

static enum status memory_bills_key(struct store *store, const struct bill_key *from, uint64_t until, bool is_last,
                                    uint64_t *ret_position) {
    const struct memory *memory = memory_of(store);
    uint64_t end = until - 1 < memory->key_count ? until - 1 : memory->key_count; /* keys[position - 1] */
    uint64_t start = from->position - 1;
    for (uint64_t i = start; i < end; i++) {
        uint64_t at = is_last ? end - 1 - (i - start) : i;
        if (memory->keys[at].account == from->account) {
            *ret_position = memory->keys[at].position;
            return STATUS_OK;
        }
    }
    return STATUS_NOT_FOUND;
}

static enum status memory_bills_sum(struct store *store, struct bill_index_sum *ret_sum) {
    const struct memory *memory = memory_of(store);
    struct bill_index_sum sum = {.key_count = memory->key_count, .run_count = memory->run_count};
    for (uint32_t i = 0; i < memory->key_count; i++)
        sum.keys += bill_key_hash(&memory->keys[i]);
    for (uint32_t i = 0; i < memory->run_count; i++)
        sum.runs += bill_run_hash(&memory->runs[i]);
    *ret_sum = sum;
    return STATUS_OK;
}

/* ---- sums ---- */

static int sum_order(const struct store_sum *a, const struct store_sum *b) {
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    int order = slice_cmp(a->account, b->account);
    return order != 0 ? order : (a->at_ns > b->at_ns) - (a->at_ns < b->at_ns);
}

/* The place of a sum, or where it would be. */
static uint32_t sum_find(const struct memory *memory, const struct store_sum *sum, bool *ret_found) {
    uint32_t low = 0, high = memory->sum_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (sum_order(&memory->sums[middle], sum) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *ret_found = low < memory->sum_count && sum_order(&memory->sums[low], sum) == 0;
    return low;
}

static bool sum_copy(const struct store_sum *from, struct store_sum *ret_copy) {
    char *bytes = malloc(from->account.len + from->value.len + 1);
    if (bytes == NULL)
        return false;
    *ret_copy = *from;
    ret_copy->account.ptr = bytes;
    ret_copy->value.ptr = bytes + from->account.len;
    if (from->account.len > 0)
        memcpy(bytes, from->account.ptr, from->account.len);
    if (from->value.len > 0)
        memcpy(bytes + from->account.len, from->value.ptr, from->value.len);
    return true;
}

/* There is room. */
static void sum_keep(struct memory *memory, const struct store_sum *copy) {
    bool is_there;
    uint32_t at = sum_find(memory, copy, &is_there);
    struct store_sum *place = &memory->sums[at];
    if (is_there) {
        owned_free(place->account);
    } else {
        memmove(place + 1, place, (memory->sum_count - at) * sizeof *place);
        memory->sum_count++;
    }
    *place = *copy;
}

static void sums_drop(struct memory *memory, uint32_t dropped) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < memory->sum_count; i++) {
        if (dropped & 1U << memory->sums[i].kind)
            owned_free(memory->sums[i].account);
        else
            memory->sums[kept++] = memory->sums[i];
    }
    memory->sum_count = kept;
}

static enum status memory_sums_write(struct store *store, const struct store_sums_write *write) {
    struct memory *memory = memory_of(store);
    struct store_sum *copies = reallocarray(NULL, write->count + (size_t)1, sizeof *copies);
    uint64_t needed = (uint64_t)memory->sum_count + write->count;
    uint32_t count = 0;
    enum status status = append_begin(memory);
    bool is_kept = copies != NULL && array_reserve((void **)&memory->sums, &memory->sum_room, needed, sizeof *copies);
    for (; status == STATUS_OK && is_kept && count < write->count; count += is_kept)
        is_kept = sum_copy(&write->sums[count], &copies[count]);
    if (status == STATUS_OK && is_kept) {
        sums_drop(memory, write->dropped);
        for (uint32_t i = 0; i < count; i++)
            sum_keep(memory, &copies[i]);
        memory->sums_seq = write->seq;
        count = 0;
    }
    for (uint32_t i = 0; i < count; i++)
        owned_free(copies[i].account);
    free(copies);
    TRY(status);
    return is_kept ? append_end(memory) : STATUS_NO_MEMORY;
}

static enum status memory_sums_mark(struct store *store, uint64_t *ret_seq) {
    *ret_seq = memory_of(store)->sums_seq;
    return STATUS_OK;
}

static enum status memory_sum_get(struct store *store, struct store_sum *sum, struct arena *arena) {
    const struct memory *memory = memory_of(store);
    bool is_there;
    uint32_t at = sum_find(memory, sum, &is_there);
    if (!is_there)
        return STATUS_NOT_FOUND;
    struct slice value = arena_copy(arena, memory->sums[at].value);
    if (value.ptr == NULL)
        return STATUS_NO_MEMORY;
    sum->value = value;
    return STATUS_OK;
}

static enum status memory_sums_scan(struct store *store, const struct store_sum_filter *filter, store_sum_visit *visit,
                                    void *context) {
    const struct memory *memory = memory_of(store);
    for (uint32_t i = 0; i < memory->sum_count; i++) {
        const struct store_sum *sum = &memory->sums[i];
        if (sum->kind == filter->kind && sum->at_ns >= filter->from_ns && sum->at_ns < filter->until_ns &&
            (filter->account.len == 0 || slice_eq(sum->account, filter->account)))
            TRY(visit(context, sum));
    }
    return STATUS_OK;
}

static void memory_close(struct store *store) {
    struct memory *memory = memory_of(store);
    rows_drop(memory, 0);
    for (uint32_t i = 0; i < memory->document_count; i++)
        document_free(&memory->documents[i]);
    bills_drop(memory, 0, 0);
    sums_drop(memory, UINT32_MAX);
    free(memory->sums);
    free(memory->rows);
    free(memory->documents);
    free(memory->chunks);
    free(memory->keys);
    free(memory->runs);
    free(memory);
}

static const struct store_adapter ADAPTER = {.append = memory_append,
                                             .read = memory_read,
                                             .last = memory_last,
                                             .put = memory_put,
                                             .get = memory_get,
                                             .list = memory_list,
                                             .delete = memory_delete,
                                             .bills_write = memory_bills_write,
                                             .bills_mark = memory_bills_mark,
                                             .bills_chunk = memory_bills_chunk,
                                             .bills_run = memory_bills_run,
                                             .bills_key = memory_bills_key,
                                             .bills_sum = memory_bills_sum,
                                             .sums_write = memory_sums_write,
                                             .sums_mark = memory_sums_mark,
                                             .sum_get = memory_sum_get,
                                             .sums_scan = memory_sums_scan,
                                             .close = memory_close};

enum status store_memory_new(struct store_faults *faults, struct store **ret_store) {
    struct memory *memory = malloc(sizeof *memory);
    if (memory == NULL)
        return STATUS_NO_MEMORY;
    *memory = (struct memory){.base = {.adapter = &ADAPTER, .lock = PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP},
                              .faults = faults};
    *ret_store = &memory->base;
    return STATUS_OK;
}

enum status store_memory_reopen(struct store *store, struct store **ret_store) {
    struct memory *memory = malloc(sizeof *memory); /* elsewhere, so that a use of the old handle is found */
    if (memory == NULL)
        return STATUS_NO_MEMORY;
    *memory = *memory_of(store);
    memory->base = (struct store){.adapter = &ADAPTER, .lock = PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP};
    free(store);
    *ret_store = &memory->base;
    return STATUS_OK;
}

enum status store_memory_leave(struct store *store, struct store **ret_store) {
    STORE_HOLD(store);
    struct memory *old = memory_of(store), *memory = malloc(sizeof *memory);
    if (memory == NULL)
        return STATUS_NO_MEMORY;
    *memory = *old;
    memory->base = (struct store){.adapter = &ADAPTER, .lock = PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP};
    memset((char *)old + sizeof old->base, 0, sizeof *old - sizeof old->base);
    old->base.is_broken = true;
    *ret_store = &memory->base;
    return STATUS_OK;
}

uint32_t store_memory_appends(const struct store *store) {
    return ((const struct memory *)store)->appends;
}
