/* SPDX-License-Identifier: Apache-2.0
 *
 * The engine's whole state as bytes, and back. The format is versioned and checksummed, and bound to the tariffs it was
 * made under: their fingerprint must be the same, for rates are numbers in them. */
#ifndef TG_ENGINE_SNAPSHOT_H
#define TG_ENGINE_SNAPSHOT_H

#include "engine/engine.h"

/* Append to out. The same state gives the same bytes. Fails: STATUS_NO_MEMORY. */
MUST_CHECK enum status engine_snapshot(const struct engine *engine, struct buf *out);
/* Fails: STATUS_INVALID (damaged, or of an unknown format), STATUS_CONFLICT (other tariffs), STATUS_NO_MEMORY. Nothing
 * outside the bytes is read, whatever they hold. The set must outlive the engine. */
MUST_CHECK enum status engine_restore(const struct tariff_set *tariffs, struct slice bytes, struct engine **ret_engine);
/* The same state once more, with the bills that wait for the statement; texts of those are borrowed, so that the engine
 * must outlive the copy. Fails: STATUS_NO_MEMORY. */
MUST_CHECK enum status engine_copy(const struct engine *engine, struct engine **ret_copy);
/* XXH3-128 over the merged texts of all tariffs. */
void tariff_set_fingerprint(const struct tariff_set *tariffs, uint8_t ret_fingerprint[16]);

#endif
