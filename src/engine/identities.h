/* SPDX-License-Identifier: Apache-2.0
 *
 * Identities: each event once. */
#ifndef TG_ENGINE_IDENTITIES_H
#define TG_ENGINE_IDENTITIES_H

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

enum identity_answer { IDENTITY_NEW, IDENTITY_DUPLICATE, IDENTITY_CONFLICT };
/* 110 bits of the keyed hash of (source, id), the day by which the identity may be forgotten, and whether all of the
 * event was charged, or nothing. */
struct identity_slot {
    uint64_t low, rest; /* rest: 46 bits of the hash, two flags, the day; both 0: empty */
    uint32_t payload;
} __attribute__((packed));
#define IDENTITY_PARTIAL (UINT64_C(1) << 16) /* something of it was refused or has no price */
#define IDENTITY_NOTHING (UINT64_C(1) << 17) /* and nothing of it was charged */
#define IDENTITY_DAY UINT64_C(0xffff)
#define IDENTITY_SLOT_BYTES 20
/* As bytes, low first, and back. */
void identity_slot_put(char *to, const struct identity_slot *slot);
struct identity_slot identity_slot_get(const char *from);
/* Days since 1970, as far as they fit. */
uint64_t identity_day(int64_t at_ns);
struct identities {
    struct identity_slot *slots;
    uint64_t mask, count;
    uint64_t oldest; /* no day is before it */
    uint64_t border; /* days before it were forgotten once */
    uint64_t stale;  /* how many there are of such days all the same */
};
/* Whether it is known; it is from now on. */
MUST_CHECK enum status identities_check(struct identities *identities, const uint8_t identity[16], uint64_t payload,
                                        uint64_t day, enum identity_answer *ret_answer);
/* As a check, but nothing is added. */
enum identity_answer identities_find(const struct identities *identities, const uint8_t identity[16], uint64_t payload);
/* NULL: not known. Valid until the next check. */
struct identity_slot *identities_slot(const struct identities *identities, const uint8_t identity[16]);
void identities_prefetch(const struct identities *identities, const uint8_t identity[16]);
/* As cells_reserve, cells_list and cells_load. */
MUST_CHECK enum status identities_reserve(struct identities *identities, uint64_t count);
void identities_list(const struct identities *identities, struct identity_slot *out);
MUST_CHECK enum status identities_load(struct identities *identities, const struct identity_slot *list, uint64_t count);
/* Add what was forgotten; what is there already stays. Fails: STATUS_NO_MEMORY. */
MUST_CHECK enum status identities_recall(struct identities *identities, const struct identity_slot *list,
                                         uint64_t count);
/* Whether there is enough to forget: a day before `border` that is new, or many of older ones. */
bool identities_are_due(const struct identities *identities, uint64_t border);
/* Forget the days before `border`, from then on. They are handed out sorted by hash, from the heap; NULL: none. Fails:
 * STATUS_NO_MEMORY. */
MUST_CHECK enum status identities_forget(struct identities *identities, uint64_t border,
                                         struct identity_slot **ret_list, uint64_t *ret_count);
/* Make `border` the one up to which days were forgotten before. */
void identities_set_border(struct identities *identities, uint64_t border);
/* By hash, whatever else the slots say: below zero, 0, above zero. */
int identity_cmp(const struct identity_slot *a, const struct identity_slot *b);
/* A slot with the hash alone, to compare with. */
struct identity_slot identity_key(const uint8_t identity[16]);
void identities_free(struct identities *identities);

#endif
