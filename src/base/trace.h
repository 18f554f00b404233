/* SPDX-License-Identifier: Apache-2.0
 *
 * An explanation in the making: named steps in order. NULL traces are accepted everywhere and cost one test. */
#ifndef TG_BASE_TRACE_H
#define TG_BASE_TRACE_H

#include "base/arena.h"
#include "base/slice.h"

struct trace_step {
    const char *topic; /* static: "operation", "condition", "quantity", "rounding", "price", "funding", "tier",
                          "amount", "contract", "note" */
    struct slice text;
    struct slice source; /* where the rule was read; may be empty */
    struct trace_step *next;
};

struct trace {
    struct arena *arena;
    struct trace_step *first, *last;
    unsigned count;
};

/* Forget the steps so far. */
void trace_clear(struct trace *trace);
PRINTF(4, 5) void trace_add_now(struct trace *trace, const char *topic, struct slice source, const char *format, ...);
/* (trace, topic, source, format, ...): without a trace the rest is not even evaluated. */
#define trace_add(trace, ...) ((trace) != NULL ? trace_add_now((trace), __VA_ARGS__) : (void)0)

#endif
