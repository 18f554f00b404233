/* SPDX-License-Identifier: Apache-2.0
 *
 * An account lived line by line: records written as (type, id, time, data), an engine that applies each at once, and
 * what it said about them. */
#ifndef TG_TESTS_ENGINE_LIFE_H
#define TG_TESTS_ENGINE_LIFE_H

#include "engine/engine_private.h"
#include "support/check.h"

struct life {
    struct tariff_set tariffs;
    struct reader *reader;
    struct engine *engine;
    struct arena arena;
    const char *subject, *source; /* NULL: "a", "s" */
    uint32_t line;
};

/* From a file below the source root. */
void life_begin(struct life *life, const char *tariff);
/* From its text; the name is for messages. */
void life_begin_text(struct life *life, const char *name, struct slice text);
void life_end(struct life *life);
/* Apply `type` (the command's name, or TARIFF.OPERATION) with this id at minute `minute` of 2026 for the subject.
 * Returns why it was refused or unpriced, of the last notice it made; empty: it was not. */
PRINTF(5, 6)
struct slice life_step(struct life *life, const char *type, const char *id, int minute, const char *data, ...);
/* The lot of an order; it must be there. */
const struct lot *life_lot(const struct life *life, const char *order);
/* CHECK that a lot's used, held and remaining are these, and that bought is their sum with what expired. */
void life_check_lot(const struct life *life, const char *order, int minute, const char *want);
int64_t life_instant(int minute);

#endif
