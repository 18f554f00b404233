/* SPDX-License-Identifier: Apache-2.0
 *
 * What an account has of its own, kept for when the state goes on. */
#ifndef TG_TRIAL_TERMS_H
#define TG_TRIAL_TERMS_H

#include "engine/standing.h"
#include "engine/view.h"

struct terms_of {
    const struct engine *engine; /* it stands still meanwhile */
    const struct tariff_set *tariffs;
    uint32_t account;
    int64_t at_ns;
};
/* Contracts as they hold at the instant, and attributes; everything in the arena. *ret_terms is NULL when the account
 * has none. Fails: STATUS_NO_MEMORY. */
MUST_CHECK enum status terms_take(const struct terms_of *of, struct arena *arena,
                                  const struct reader_terms **ret_terms);

#endif
