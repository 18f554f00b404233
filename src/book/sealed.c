/* SPDX-License-Identifier: Apache-2.0
 *
 * Identities that left the engine's memory: sorted blocks, kept as documents of the store and looked through when
 * something older than the acceptance window comes. They are written behind the batch that made them leave, and before
 * any snapshot that lacks them; what a crash kept out is made again by the replay. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/bytes.h"
#include "book/book_private.h"

enum { PART_MAX = 1 << 20, AT_COUNT = 8, AT_CHECKSUM = 16, HEAD_BYTES = 24, NAME_MAX_BYTES = 40 };
static const char magic[8] = {'t', 'g', 's', 'e', 'a', 'l', '1', '\n'};

static enum status seal_take(void *context, const struct identity_slot *list, uint64_t count) {
    struct book *book = context;
    struct seal *seal = calloc(1, sizeof *seal);
    char *bytes = malloc(count * IDENTITY_SLOT_BYTES);
    if (!seal || !bytes) {
        free(seal);
        free(bytes);
        return STATUS_NO_MEMORY;
    }
    for (uint64_t i = 0; i < count; i++)
        identity_slot_put(bytes + i * IDENTITY_SLOT_BYTES, &list[i]);
    *seal = (struct seal){.seq = book->origin_seq, .bytes = bytes, .count = count};
    struct seal **end = &book->seals;
    while (*end)
        end = &(*end)->next;
    *end = seal;
    return STATUS_OK;
}

void book_seals_take(struct book *book) {
    engine_set_seal(book->engine, (struct seal_sink){seal_take, book});
}

void book_seals_drop(struct book *book) {
    for (struct seal *seal = book->seals, *next; seal; seal = next) {
        next = seal->next;
        free(seal->bytes);
        free(seal);
    }
    book->seals = NULL;
}

/* ---- documents ---- */

static struct slice part_name(const struct seal *seal, uint32_t part, char *text) {
    int len = snprintf(text, NAME_MAX_BYTES, "%020llu-%06u", (unsigned long long)seal->seq, part);
    return (struct slice){text, (size_t)len};
}

static uint32_t part_count(const struct seal *seal) {
    return (uint32_t)((seal->count + PART_MAX - 1) / PART_MAX);
}

static void part_encode(const struct seal *seal, uint32_t part, struct buf *out) {
    uint64_t first = (uint64_t)part * PART_MAX, count = seal->count - first < PART_MAX ? seal->count - first : PART_MAX;
    char head[HEAD_BYTES];
    struct slice slots = {seal->bytes + first * IDENTITY_SLOT_BYTES, count * IDENTITY_SLOT_BYTES};
    memcpy(head, magic, sizeof magic);
    bytes_put_u64(head + AT_COUNT, count);
    bytes_put_u64(head + AT_CHECKSUM, XXH3_64bits_withSeed(slots.ptr, slots.len, count));
    buf_clear(out);
    buf_append(out, (struct slice){head, sizeof head});
    buf_append(out, slots);
}

static enum status part_decode(struct slice value, struct slice *ret_slots) {
    if (value.len < HEAD_BYTES || memcmp(value.ptr, magic, sizeof magic) != 0)
        return STATUS_INVALID;
    uint64_t count = bytes_u64(value.ptr + AT_COUNT);
    struct slice slots = {value.ptr + HEAD_BYTES, value.len - HEAD_BYTES};
    if (count > PART_MAX || slots.len != count * IDENTITY_SLOT_BYTES ||
        bytes_u64(value.ptr + AT_CHECKSUM) != XXH3_64bits_withSeed(slots.ptr, slots.len, count))
        return STATUS_INVALID;
    *ret_slots = slots;
    return STATUS_OK;
}

enum status book_seals_write(struct book *book) {
    struct buf value = {0};
    enum status status = STATUS_OK;
    for (struct seal *seal = book->seals; seal && status == STATUS_OK; seal = seal->next)
        for (uint32_t part = 0; part < part_count(seal) && status == STATUS_OK; part++) {
            char name[NAME_MAX_BYTES];
            part_encode(seal, part, &value);
            status = value.failed
                         ? STATUS_NO_MEMORY
                         : store_put(book->store, &(struct store_document){KIND_SEALED, part_name(seal, part, name),
                                                                           buf_slice(&value)});
        }
    buf_free(&value);
    if (status == STATUS_OK)
        book_seals_drop(book);
    return status;
}

enum status book_seals_compare(struct book *book, bool *ret_differ) {
    struct buf want = {0};
    struct arena arena = {0};
    enum status status = STATUS_OK;
    *ret_differ = false;
    for (struct seal *seal = book->seals; seal && status == STATUS_OK; seal = seal->next)
        for (uint32_t part = 0; part < part_count(seal) && status == STATUS_OK; part++) {
            char name[NAME_MAX_BYTES];
            struct slice value;
            arena_reset(&arena);
            part_encode(seal, part, &want);
            status = store_get(book->store, KIND_SEALED, part_name(seal, part, name), &arena, &value);
            *ret_differ |= status == STATUS_NOT_FOUND || (status == STATUS_OK && !slice_eq(value, buf_slice(&want)));
            status = status == STATUS_NOT_FOUND ? STATUS_OK : status;
        }
    if (want.failed)
        status = STATUS_NO_MEMORY;
    buf_free(&want);
    arena_free(&arena);
    return status;
}

/* ---- looking up ---- */

static int lookup_compare(const void *left, const void *right) {
    const struct lookup *const *a = left, *const *b = right;
    return identity_cmp(&(*a)->slot, &(*b)->slot);
}

/* Both are sorted. What is found is said by the slot; a later block knows better. */
static void merge(struct slice slots, struct lookup **list, uint32_t count) {
    uint32_t at = 0;
    for (size_t i = 0; i < slots.len && at < count; i += IDENTITY_SLOT_BYTES) {
        struct identity_slot slot = identity_slot_get(slots.ptr + i);
        while (at < count && identity_cmp(&list[at]->slot, &slot) < 0)
            at++;
        for (uint32_t same = at; same < count && identity_cmp(&list[same]->slot, &slot) == 0; same++) {
            list[same]->slot = slot;
            list[same]->is_found = true;
        }
    }
}

static enum status look_in_store(struct book *book, struct lookup **list, uint32_t count) {
    struct arena names_arena = {0}, arena = {0};
    struct slice *names, value, slots;
    uint32_t name_count = 0;
    enum status status = store_list(book->store, KIND_SEALED, &names_arena, &names, &name_count);
    for (uint32_t i = 0; i < name_count && status == STATUS_OK; i++) {
        struct slice seq, part;
        slice_cut(names[i], '-', &seq, &part);
        if (book_snapshot_seq(seq) > book->seq)
            break; /* of a past point they know too much */
        arena_reset(&arena);
        status = store_get(book->store, KIND_SEALED, names[i], &arena, &value);
        if (status == STATUS_OK && part_decode(value, &slots) != STATUS_OK)
            status = book_fail(&book->arena, &book->error, STATUS_INVALID,
                               "the block %.*s of sealed identities is damaged", SLICE_ARG(names[i]));
        if (status == STATUS_OK)
            merge(slots, list, count);
    }
    arena_free(&names_arena);
    arena_free(&arena);
    return status;
}

enum status book_lookup(struct book *book, const struct engine *engine, struct lookup *lookups, uint32_t count) {
    struct lookup **list = malloc((count + (size_t)1) * sizeof *list);
    uint32_t left = 0;
    if (!list)
        return STATUS_NO_MEMORY;
    for (uint32_t i = 0; i < count; i++) {
        const struct identity_slot *known = engine_identity(engine, lookups[i].identity);
        lookups[i].is_found = known != NULL;
        lookups[i].slot = known ? *known : identity_key(lookups[i].identity);
        if (!known)
            list[left++] = &lookups[i];
    }
    enum status status = STATUS_OK;
    if (left) {
        qsort(list, left, sizeof *list, lookup_compare);
        status = look_in_store(book, list, left);
        for (const struct seal *seal = book->seals; seal && status == STATUS_OK; seal = seal->next)
            merge((struct slice){seal->bytes, seal->count * IDENTITY_SLOT_BYTES}, list, left);
    }
    free(list);
    return status;
}
