/* SPDX-License-Identifier: Apache-2.0
 *
 * Which bills a tick has closed: who asked for it and lost the answer asks again. Remembered for as long as the tick's
 * identity is. */
#include <string.h>

#include "engine/engine_private.h"
#include "engine/view.h"

enum status engine_closing_keep(struct engine *engine, const struct record *record, uint64_t before) {
    struct tick_closing closing = {
        .first = before + 1, .last = engine_bill_count(engine), .day = identity_day(record->time_ns)};
    if (closing.last == before)
        return STATUS_OK;
    memcpy(closing.identity, record->identity, sizeof closing.identity);
    void *list = engine->closings;
    enum status status = list_grow(&list, engine->closing_count, &engine->closing_cap, sizeof *engine->closings);
    engine->closings = list;
    TRY(status);
    engine->closings[engine->closing_count++] = closing;
    return STATUS_OK;
}

void engine_closings_forget(struct engine *engine, uint64_t border) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < engine->closing_count; i++)
        if (engine->closings[i].day >= border)
            engine->closings[kept++] = engine->closings[i];
    engine->closing_count = kept;
}

bool engine_closing_find(const struct engine *engine, const uint8_t identity[16], uint64_t *ret_first,
                         uint64_t *ret_last) {
    for (uint32_t i = engine->closing_count; i > 0; i--) {
        const struct tick_closing *closing = &engine->closings[i - 1];
        if (memcmp(closing->identity, identity, sizeof closing->identity) != 0)
            continue;
        *ret_first = closing->first;
        *ret_last = closing->last;
        return true;
    }
    return false;
}
