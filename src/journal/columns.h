/* SPDX-License-Identifier: Apache-2.0
 *
 * Layout 1 of a batch: documents taken apart into what they have in common and columns of values. Every document comes
 * back byte for byte, JSON or not (docs/journal-format.md). */
#ifndef TG_JOURNAL_COLUMNS_H
#define TG_JOURNAL_COLUMNS_H

#include "base/buf.h"
#include "journal/batch.h"

/* The payload of a batch's documents, appended to out. Fails: STATUS_NO_MEMORY, STATUS_RANGE (BATCH_BYTES_MAX). */
MUST_CHECK enum status columns_write(const struct batch *batch, struct buf *out);
/* The documents of a payload, which has 64 readable bytes behind it, in the arena, each followed by 64 readable bytes.
 * Fails: STATUS_INVALID (no payload of `count` documents), STATUS_NO_MEMORY. Reads nothing beyond those and asks for no
 * more than BATCH_BYTES_MAX and what the payload itself takes, whatever it holds. */
MUST_CHECK enum status columns_read(struct slice payload, uint32_t count, struct arena *arena, struct slice *documents);

#endif
