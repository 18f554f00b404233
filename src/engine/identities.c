/* SPDX-License-Identifier: Apache-2.0
 *
 * The set of events seen: 20 bytes a slot, keyed hashes of 111 bits, so that nobody can make two ids collide. The
 * payload's hash tells a repetition from a contradiction. */
#include <string.h>

#include "base/pages.h"
#include "engine/identities.h"

enum { IDENTITIES_FIRST = 4096 };
#define HASH_BITS (~(IDENTITY_PARTIAL | IDENTITY_DAY)) /* of rest */
#define DAY_NS (24 * INT64_C(3600) * 1000000000)
_Static_assert(sizeof(struct identity_slot) == 20, "memory per event is a promise");

static bool slot_is_empty(const struct identity_slot *slot) {
    return slot->low == 0 && slot->rest == 0;
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
    struct identities grown = {
        .slots = pages_alloc(slot_count * sizeof *grown.slots), .mask = slot_count - 1, .count = identities->count};
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
        *ret_rest = IDENTITY_PARTIAL << 1;
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
    identities->count++;
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
    if (identities->slots)
        __builtin_prefetch(&identities->slots[low & identities->mask], 1);
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
        identities->count++;
    }
    return STATUS_OK;
}

void identities_free(struct identities *identities) {
    pages_free(identities->slots, (identities->mask + 1) * sizeof *identities->slots);
    *identities = (struct identities){0};
}
