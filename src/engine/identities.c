/* SPDX-License-Identifier: Apache-2.0
 *
 * The set of events seen: 20 bytes a slot, keyed hashes of 110 bits, so that nobody can make two ids collide. The
 * payload's hash tells a repetition from a contradiction. */
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/pages.h"
#include "engine/identities.h"

enum { IDENTITIES_FIRST = 4096, STALE_MANY = 1 << 18, RUN = 3 /* slots that a search may well look at */ };
#define HASH_BITS (~(IDENTITY_PARTIAL | IDENTITY_NOTHING | IDENTITY_DAY)) /* of rest */
#define DAY_NS (24 * INT64_C(3600) * 1000000000)
_Static_assert(sizeof(struct identity_slot) == 20, "memory per event is a promise");

static bool slot_is_empty(const struct identity_slot *slot) {
    return slot->low == 0 && slot->rest == 0;
}

void identity_slot_put(char *to, const struct identity_slot *slot) {
    bytes_put_u64(to, slot->low);
    bytes_put_u64(to + 8, slot->rest);
    bytes_put_u32(to + 16, slot->payload);
}

struct identity_slot identity_slot_get(const char *from) {
    return (struct identity_slot){bytes_u64(from), bytes_u64(from + 8), bytes_u32(from + 16)};
}

uint64_t identity_day(int64_t at_ns) {
    int64_t day = at_ns / DAY_NS;
    return day < 0 ? 0 : day > (int64_t)IDENTITY_DAY ? IDENTITY_DAY : (uint64_t)day;
}

static uint64_t slot_index(const struct identities *identities, uint64_t low, uint64_t rest) {
    uint64_t at = low & identities->mask;
    while (!slot_is_empty(&identities->slots[at]) &&
           (identities->slots[at].low != low || (identities->slots[at].rest ^ rest) & HASH_BITS))
        at = (at + 1) & identities->mask;
    return at;
}

static enum status identities_resize(struct identities *identities, uint64_t slot_count) {
    struct identities grown = *identities;
    grown.slots = pages_alloc(slot_count * sizeof *grown.slots);
    grown.mask = slot_count - 1;
    if (!grown.slots)
        return STATUS_NO_MEMORY;
    for (uint64_t i = 0; identities->slots && i <= identities->mask; i++)
        if (!slot_is_empty(&identities->slots[i]))
            grown.slots[slot_index(&grown, identities->slots[i].low, identities->slots[i].rest)] = identities->slots[i];
    identities_free(identities);
    *identities = grown;
    return STATUS_OK;
}

enum status identities_reserve(struct identities *identities, uint64_t count) {
    uint64_t slot_count = identities->slots ? identities->mask + 1 : IDENTITIES_FIRST;
    while (count > slot_count / 5 * 4)
        slot_count *= 2;
    bool is_enough = identities->slots && slot_count == identities->mask + 1;
    return is_enough ? STATUS_OK : identities_resize(identities, slot_count);
}

static void identity_words(const uint8_t identity[16], uint64_t *ret_low, uint64_t *ret_rest) {
    memcpy(ret_low, identity, 8);
    memcpy(ret_rest, identity + 8, 8);
    *ret_rest &= HASH_BITS;
    if (*ret_low == 0 && *ret_rest == 0)
        *ret_rest = IDENTITY_NOTHING << 1;
}

static void added(struct identities *identities, uint64_t day) {
    identities->oldest = identities->count == 0 || day < identities->oldest ? day : identities->oldest;
    identities->stale += day < identities->border;
    identities->count++;
}

enum status identities_check(struct identities *identities, const uint8_t identity[16], uint64_t payload, uint64_t day,
                             enum identity_answer *ret_answer) {
    if (!identities->slots)
        TRY(identities_reserve(identities, 0));
    uint64_t low, rest;
    identity_words(identity, &low, &rest);
    struct identity_slot *slot = &identities->slots[slot_index(identities, low, rest)];
    if (!slot_is_empty(slot)) {
        *ret_answer = slot->payload == (uint32_t)payload ? IDENTITY_DUPLICATE : IDENTITY_CONFLICT;
        return STATUS_OK;
    }
    if (identities->count + 1 > (identities->mask + 1) / 5 * 4) {
        TRY(identities_reserve(identities, identities->count + 1));
        slot = &identities->slots[slot_index(identities, low, rest)];
    }
    *slot = (struct identity_slot){low, rest | day, (uint32_t)payload};
    added(identities, day);
    *ret_answer = IDENTITY_NEW;
    return STATUS_OK;
}

struct identity_slot *identities_slot(const struct identities *identities, const uint8_t identity[16]) {
    uint64_t low, rest;
    identity_words(identity, &low, &rest);
    if (!identities->slots)
        return NULL;
    struct identity_slot *slot = &identities->slots[slot_index(identities, low, rest)];
    return slot_is_empty(slot) ? NULL : slot;
}

enum identity_answer identities_find(const struct identities *identities, const uint8_t identity[16],
                                     uint64_t payload) {
    const struct identity_slot *slot = identities_slot(identities, identity);
    if (!slot)
        return IDENTITY_NEW;
    return slot->payload == (uint32_t)payload ? IDENTITY_DUPLICATE : IDENTITY_CONFLICT;
}

void identities_prefetch(const struct identities *identities, const uint8_t identity[16]) {
    uint64_t low, rest;
    identity_words(identity, &low, &rest);
    if (!identities->slots)
        return;
    const struct identity_slot *slot = &identities->slots[low & identities->mask];
    __builtin_prefetch(slot, 1);
    __builtin_prefetch(slot + RUN, 1);
}

/* As cells_list: one order for one set, whatever the order in which it came to be. */
void identities_list(const struct identities *identities, struct identity_slot *out) {
    uint64_t first = 0, count = 0;
    if (identities->count == 0)
        return;
    while (!slot_is_empty(&identities->slots[first]))
        first++;
    for (uint64_t i = 1; i <= identities->mask; i++) {
        struct identity_slot slot = identities->slots[(first + i) & identities->mask];
        if (slot_is_empty(&slot))
            continue;
        uint64_t at = count++, home = (slot.low - first) & identities->mask;
        for (; at > 0; at--) {
            const struct identity_slot *before = &out[at - 1];
            uint64_t before_home = (before->low - first) & identities->mask;
            bool is_after = before->low != slot.low ? before->low < slot.low : before->rest < slot.rest;
            if (before_home < home || (before_home == home && is_after))
                break;
            out[at] = *before;
        }
        out[at] = slot;
    }
}

enum status identities_load(struct identities *identities, const struct identity_slot *list, uint64_t count) {
    if (count == 0)
        return STATUS_OK;
    TRY(identities_reserve(identities, identities->count + count));
    for (uint64_t i = 0; i < count; i++) {
        struct identity_slot *slot = &identities->slots[slot_index(identities, list[i].low, list[i].rest)];
        if (slot_is_empty(&list[i]) || !slot_is_empty(slot))
            return STATUS_INVALID;
        *slot = list[i];
        added(identities, list[i].rest & IDENTITY_DAY);
    }
    return STATUS_OK;
}

/* ---- forgetting ---- */

enum status identities_recall(struct identities *identities, const struct identity_slot *list, uint64_t count) {
    TRY(identities_reserve(identities, identities->count + count));
    for (uint64_t i = 0; i < count; i++) {
        struct identity_slot *slot = &identities->slots[slot_index(identities, list[i].low, list[i].rest)];
        if (!slot_is_empty(slot) || slot_is_empty(&list[i]))
            continue;
        *slot = list[i];
        added(identities, list[i].rest & IDENTITY_DAY);
    }
    return STATUS_OK;
}

/* Looking for what may go costs a look at everything: it is done once a day, and when much has come back. */
bool identities_are_due(const struct identities *identities, uint64_t border) {
    return identities->count > 0 &&
           ((border > identities->border && identities->oldest < border) || identities->stale >= STALE_MANY);
}

/* The slots of a run behind an emptied one move up as far as they belong. */
static void slot_remove(struct identities *identities, uint64_t hole) {
    struct identity_slot *slots = identities->slots;
    uint64_t mask = identities->mask;
    for (uint64_t at = (hole + 1) & mask; !slot_is_empty(&slots[at]); at = (at + 1) & mask) {
        uint64_t home = slots[at].low & mask;
        if (((at - home) & mask) < ((at - hole) & mask))
            continue;
        slots[hole] = slots[at];
        hole = at;
    }
    slots[hole] = (struct identity_slot){0};
    identities->count--;
}

static int slot_compare(const void *left, const void *right) {
    return identity_cmp(left, right);
}

static uint64_t count_before(const struct identities *identities, uint64_t border) {
    uint64_t count = 0;
    for (uint64_t i = 0; identities->slots && i <= identities->mask; i++)
        count += !slot_is_empty(&identities->slots[i]) && (identities->slots[i].rest & IDENTITY_DAY) < border;
    return count;
}

void identities_set_border(struct identities *identities, uint64_t border) {
    identities->border = border;
    identities->stale = count_before(identities, border);
}

/* From behind an empty slot on, so that no run is met in its middle. */
static uint64_t slots_take(struct identities *identities, uint64_t border, struct identity_slot *list) {
    uint64_t first = 0, count = 0;
    identities->oldest = IDENTITY_DAY;
    while (!slot_is_empty(&identities->slots[first]))
        first++;
    for (uint64_t i = 1; i <= identities->mask; i++) {
        uint64_t at = (first + i) & identities->mask;
        while (!slot_is_empty(&identities->slots[at]) && (identities->slots[at].rest & IDENTITY_DAY) < border) {
            list[count++] = identities->slots[at];
            slot_remove(identities, at);
        }
        uint64_t day = identities->slots[at].rest & IDENTITY_DAY;
        if (!slot_is_empty(&identities->slots[at]) && day < identities->oldest)
            identities->oldest = day;
    }
    return count;
}

enum status identities_forget(struct identities *identities, uint64_t border, struct identity_slot **ret_list,
                              uint64_t *ret_count) {
    uint64_t count = identities->count ? count_before(identities, border) : 0;
    struct identity_slot *list = count ? malloc(count * sizeof *list) : NULL;
    if (count && !list)
        return STATUS_NO_MEMORY;
    if (count) {
        slots_take(identities, border, list);
        qsort(list, count, sizeof *list, slot_compare);
    }
    identities->border = border;
    identities->stale = 0;
    uint64_t slot_count = identities->slots ? identities->mask + 1 : 0;
    if (slot_count > IDENTITIES_FIRST && identities->count < slot_count / 8) {
        while (slot_count > IDENTITIES_FIRST && identities->count < slot_count / 4)
            slot_count /= 2;
        if (identities_resize(identities, slot_count) != STATUS_OK) {
            free(list);
            return STATUS_NO_MEMORY;
        }
    }
    *ret_list = list;
    *ret_count = count;
    return STATUS_OK;
}

int identity_cmp(const struct identity_slot *a, const struct identity_slot *b) {
    uint64_t x = a->rest & HASH_BITS, y = b->rest & HASH_BITS;
    if (a->low != b->low)
        return a->low < b->low ? -1 : 1;
    return (x > y) - (x < y);
}

struct identity_slot identity_key(const uint8_t identity[16]) {
    uint64_t low, rest;
    identity_words(identity, &low, &rest);
    return (struct identity_slot){.low = low, .rest = rest};
}

void identities_free(struct identities *identities) {
    pages_free(identities->slots, (identities->mask + 1) * sizeof *identities->slots);
    *identities = (struct identities){0};
}
