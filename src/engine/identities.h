/* SPDX-License-Identifier: Apache-2.0
 *
 * Identities: each event once. */
#ifndef TG_ENGINE_IDENTITIES_H
#define TG_ENGINE_IDENTITIES_H

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

enum identity_answer { IDENTITY_NEW, IDENTITY_DUPLICATE, IDENTITY_CONFLICT };
/* 111 bits of the keyed hash of (source, id), the day by which the identity may be forgotten, and whether all of the
 * event was charged. */
struct identity_slot {
    uint64_t low, rest; /* rest: 47 bits of the hash, IDENTITY_PARTIAL, the day; both 0: empty */
    uint32_t payload;
} __attribute__((packed));
#define IDENTITY_PARTIAL (UINT64_C(1) << 16)
#define IDENTITY_DAY UINT64_C(0xffff)
/* Days since 1970, as far as they fit. */
uint64_t identity_day(int64_t at_ns);
struct identities {
    struct identity_slot *slots;
    uint64_t mask, count;
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
void identities_free(struct identities *identities);

#endif
