/* SPDX-License-Identifier: Apache-2.0
 *
 * What an operation asks of an event: which attributes its conditions, classes, quantities and prices read. For forms
 * that let people describe a call, and for whoever sends events. */
#ifndef TG_TARIFF_READS_H
#define TG_TARIFF_READS_H

#include "tariff/tariff.h"

struct read_text {
    struct slice text;
    struct read_text *next;
};
/* The attribute of one slot. */
struct attr_read {
    bool is_read;
    bool is_needed;          /* without it no event of the operation has a price; else some may do without */
    bool is_closed;          /* a text that is none of `texts` has no price */
    struct value fallback;   /* what stands for it when the event lacks it; VALUE_NONE: nothing, or no constant */
    struct read_text *texts; /* that the rules tell apart, in the order of the rules; in the arena */
};
struct attr_reads {
    struct attr_read list[ATTR_MAX];
    struct arena *arena;
    bool has_failed; /* no memory: what is in `list` is not all */
};

/* Everything that the operation reads under the price versions of an instant (INSTANT_MIN: of all), but for what the
 * engine sets itself (`operation`, `time`). Overwrites *reads but for its arena. Fails: STATUS_NO_MEMORY. */
MUST_CHECK enum status operation_reads(const struct tariff *tariff, const struct operation *operation, int64_t at_ns,
                                       struct attr_reads *reads);

/* ---- its parts: is_sure: evaluated for every event ---- */

void formula_reads(const struct formula *formula, bool is_sure, struct attr_reads *reads); /* NULL reads nothing */
void class_reads(const struct class *class, bool is_sure, struct attr_reads *reads);
/* Once; a text that is there already is not added again. */
void attr_read_text(struct attr_reads *reads, uint32_t slot, struct slice text);

#endif
