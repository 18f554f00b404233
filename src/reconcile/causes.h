/* SPDX-License-Identifier: Apache-2.0
 *
 * What most likely made a difference: guesses are tried in a fixed order, and each is checked by reckoning. */
#ifndef TG_RECONCILE_CAUSES_H
#define TG_RECONCILE_CAUSES_H

#include "reconcile/reconcile.h"

/* Whether an exact amount is theirs but for rounding each of their lines to their digits, in whatever direction. */
bool amount_is_near(struct decimal exact, const struct side *theirs);
/* Fill cause and text of a finding with both sides. Fails: STATUS_NO_MEMORY. */
MUST_CHECK enum status cause_find(struct finding *finding, struct arena *arena);

#endif
