/* SPDX-License-Identifier: Apache-2.0
 *
 * A linked list in the caller's arena; a step that finds no memory is left out. */
#include "base/trace.h"

void trace_clear(struct trace *trace) {
    if (trace != NULL)
        *trace = (struct trace){.arena = trace->arena};
}

void trace_add_now(struct trace *trace, const char *topic, struct slice source, const char *format, ...) {
    va_list args;
    va_start(args, format);
    struct slice text = arena_vprintf(trace->arena, format, args);
    va_end(args);
    struct trace_step *step = ARENA_NEW(trace->arena, struct trace_step);
    if (text.ptr == NULL || step == NULL)
        return;
    *step = (struct trace_step){.topic = topic, .text = text, .source = source};
    if (trace->last != NULL)
        trace->last->next = step;
    else
        trace->first = step;
    trace->last = step;
    trace->count++;
}
