/* SPDX-License-Identifier: Apache-2.0
 *
 * Linear probing over slots that keep the whole hash: a miss rarely touches the text, growth never does. */
#include "base/names.h"

#include <stdbool.h>
#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/pages.h"

enum { SLOT_COUNT_FIRST = 16, SUGGEST_LEN_MAX = 64 };

/* Short texts are kept in the slot itself: comparing one then costs no further miss. */
struct names_slot {
    uint64_t hash;
    uint32_t next_index; /* index + 1; 0 = free */
    uint32_t len;
    char head[16]; /* the text, when it has room */
};
_Static_assert(sizeof(struct names_slot) == 32, "two slots share a cache line");

static bool is_short(size_t len) {
    return len <= sizeof((struct names_slot *)0)->head;
}

uint64_t names_hash(struct slice text) {
    return XXH3_64bits(text.ptr, text.len);
}

uint32_t names_find(const struct names *names, struct slice text) {
    return names_find_hashed(names, text, names_hash(text));
}

static bool slot_holds(const struct names *names, const struct names_slot *slot, struct slice text, uint64_t hash) {
    if (slot->hash != hash || slot->len != text.len)
        return false;
    return is_short(text.len) ? bytes_eq(slot->head, text.ptr, text.len)
                              : slice_eq(names->texts[slot->next_index - 1], text);
}

/* The slot that holds the text, or the free one where it belongs. At least one slot is free. */
static struct names_slot *slot_of(const struct names *names, struct slice text, uint64_t hash) {
    uint32_t mask = names->slot_count - 1;
    for (uint32_t at = (uint32_t)hash & mask;; at = (at + 1) & mask) {
        struct names_slot *slot = &names->slots[at];
        if (slot->next_index == 0)
            return slot;
        if (slot_holds(names, slot, text, hash))
            return slot;
    }
}

uint32_t names_find_hashed(const struct names *names, struct slice text, uint64_t hash) {
    if (names->count == 0)
        return NAMES_NONE;
    return slot_of(names, text, hash)->next_index - 1; /* free: 0 - 1 is NAMES_NONE */
}

void names_prefetch(const struct names *names, uint64_t hash, enum names_step step) {
    if (names->count == 0)
        return;
    uint32_t mask = names->slot_count - 1, at = (uint32_t)hash & mask;
    if (step == NAMES_SLOT) {
        __builtin_prefetch(&names->slots[at]);
        return;
    }
    while (names->slots[at].next_index != 0 && names->slots[at].hash != hash)
        at = (at + 1) & mask;
    const struct names_slot *slot = &names->slots[at];
    if (slot->next_index == 0 || is_short(slot->len))
        return;
    const struct slice *text = &names->texts[slot->next_index - 1];
    __builtin_prefetch(step == NAMES_TEXT ? (const void *)text : text->ptr);
}

static enum status slots_grow(struct names *names) {
    if (names->slot_count > UINT32_MAX / 2)
        return STATUS_RANGE;
    uint32_t slot_count = names->slot_count == 0 ? SLOT_COUNT_FIRST : names->slot_count * 2;
    struct names_slot *slots = pages_alloc(slot_count * sizeof *slots);
    if (slots == NULL)
        return STATUS_NO_MEMORY;
    for (uint32_t from = 0; from < names->slot_count; from++) {
        struct names_slot slot = names->slots[from];
        if (slot.next_index == 0)
            continue;
        uint32_t at = (uint32_t)slot.hash & (slot_count - 1);
        while (slots[at].next_index != 0)
            at = (at + 1) & (slot_count - 1);
        slots[at] = slot;
    }
    pages_free(names->slots, names->slot_count * sizeof *slots);
    names->slots = slots;
    names->slot_count = slot_count;
    return STATUS_OK;
}

static enum status texts_grow(struct names *names) {
    uint64_t cap = names->text_cap == 0 ? SLOT_COUNT_FIRST : (uint64_t)names->text_cap * 2;
    cap = cap > UINT32_MAX ? UINT32_MAX : cap;
    struct slice *texts = pages_alloc(cap * sizeof *texts);
    if (texts == NULL)
        return STATUS_NO_MEMORY;
    if (names->count > 0)
        memcpy(texts, names->texts, names->count * sizeof *texts);
    pages_free(names->texts, names->text_cap * sizeof *texts);
    names->texts = texts;
    names->text_cap = (uint32_t)cap;
    return STATUS_OK;
}

enum status names_add(struct names *names, struct slice text, uint32_t *ret_index) {
    return names_add_hashed(names, text, names_hash(text), ret_index);
}

enum status names_add_hashed(struct names *names, struct slice text, uint64_t hash, uint32_t *ret_index) {
    uint32_t index = names_find_hashed(names, text, hash);
    if (index != NAMES_NONE) {
        *ret_index = index;
        return STATUS_OK;
    }
    if (names->count >= names->slot_count / 4 * 3)
        TRY(slots_grow(names));
    if (names->count == names->text_cap)
        TRY(texts_grow(names));
    struct slice copy = arena_copy(&names->arena, text);
    if (copy.ptr == NULL)
        return STATUS_NO_MEMORY;
    struct names_slot *slot = slot_of(names, text, hash);
    names->texts[names->count++] = copy;
    *slot = (struct names_slot){.hash = hash, .next_index = names->count, .len = (uint32_t)text.len};
    if (is_short(text.len) && text.len > 0)
        memcpy(slot->head, text.ptr, text.len);
    *ret_index = names->count - 1;
    return STATUS_OK;
}

void names_free(struct names *names) {
    pages_free(names->slots, names->slot_count * sizeof *names->slots);
    pages_free(names->texts, names->text_cap * sizeof *names->texts);
    arena_free(&names->arena);
    *names = (struct names){0};
}

static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static size_t least(size_t a, size_t b) {
    return a < b ? a : b;
}

/* Optimal string alignment: insert, delete, replace, or swap two neighbours. Both texts have at most SUGGEST_LEN_MAX
 * bytes. Three rows rotate: this one, the one above, the one above that. */
static size_t edit_distance(struct slice a, struct slice b) {
    size_t rows[3][SUGGEST_LEN_MAX + 1];
    for (size_t j = 0; j <= b.len; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= a.len; i++) {
        size_t *row = rows[i % 3], *above = rows[(i + 2) % 3], *above2 = rows[(i + 1) % 3];
        char c = lower(a.ptr[i - 1]);
        row[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            char d = lower(b.ptr[j - 1]);
            row[j] = least(least(above[j], row[j - 1]) + 1, above[j - 1] + (c != d));
            if (i > 1 && j > 1 && c == lower(b.ptr[j - 2]) && lower(a.ptr[i - 2]) == d)
                row[j] = least(row[j], above2[j - 2] + 1);
        }
    }
    return rows[a.len % 3][b.len];
}

struct slice names_suggest(struct slice wrong, const struct slice *candidates, size_t count) {
    struct slice nearest = SLICE("");
    if (wrong.len == 0 || wrong.len > SUGGEST_LEN_MAX)
        return nearest;
    size_t limit = wrong.len / 3 > 1 ? wrong.len / 3 : 1;
    size_t best = limit + 1;
    for (size_t i = 0; i < count; i++) {
        if (candidates[i].len == 0 || candidates[i].len > SUGGEST_LEN_MAX)
            continue;
        size_t distance = edit_distance(wrong, candidates[i]);
        if (distance < best) {
            best = distance;
            nearest = candidates[i];
        }
    }
    return nearest;
}
