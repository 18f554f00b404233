/* SPDX-License-Identifier: Apache-2.0
 *
 * Identities: each event once. */
#ifndef TG_ENGINE_IDENTITIES_H
#define TG_ENGINE_IDENTITIES_H

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

enum identity_answer { IDENTITY_NEW, IDENTITY_DUPLICATE, IDENTITY_CONFLICT };
struct identity_slot {
    uint64_t low, high; /* keyed 128-bit hash of (source, id); both 0: empty */
    uint32_t payload;
} __attribute__((packed));
struct identities {
    struct identity_slot *slots;
    uint64_t mask, count;
};
MUST_CHECK enum status identities_check(struct identities *identities, const uint8_t identity[16], uint64_t payload,
                                        enum identity_answer *ret_answer);
/* As a check, but nothing is added. */
enum identity_answer identities_find(const struct identities *identities, const uint8_t identity[16], uint64_t payload);
void identities_prefetch(const struct identities *identities, const uint8_t identity[16]);
/* As cells_reserve, cells_list and cells_load. */
MUST_CHECK enum status identities_reserve(struct identities *identities, uint64_t count);
void identities_list(const struct identities *identities, struct identity_slot *out);
MUST_CHECK enum status identities_load(struct identities *identities, const struct identity_slot *list, uint64_t count);
void identities_free(struct identities *identities);

#endif
