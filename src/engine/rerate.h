/* SPDX-License-Identifier: Apache-2.0
 *
 * Another set of tariffs for a journal that was rated before. An engine is begun beside the old one, is given the whole
 * journal again, and is finished: then it stands in the old one's place. Rules: docs/contracts.md. */
#ifndef TG_ENGINE_RERATE_H
#define TG_ENGINE_RERATE_H

#include "engine/engine.h"

/* An engine for the records that `old` was given, in the same order. Both sets and the old engine must outlive its
 * finishing. Fails: STATUS_CONFLICT (the set cannot replace the old one: *ret_refusal, arena, says why),
 * STATUS_NO_MEMORY. */
MUST_CHECK enum status engine_rerate_begin(struct engine *old, const struct tariff_set *tariffs, struct arena *arena,
                                           struct engine **ret_engine, struct slice *ret_refusal);
/* It takes over what was decided, billed and paid; differences on closed cycles will stand on the bills of the cycles
 * that are open now. set: the number of the set, told on those lines. Only engine_free may follow a failure. Fails:
 * STATUS_CONFLICT (something was bought that the set does not sell), STATUS_RANGE, STATUS_NO_MEMORY. */
MUST_CHECK enum status engine_rerate_finish(struct engine *engine, uint32_t set, struct arena *arena,
                                            struct slice *ret_refusal);

#endif
