/* SPDX-License-Identifier: Apache-2.0
 *
 * Time passes: whatever is due is done, each duty at its own instant. */
#include "engine/engine_private.h"

static enum status duty_run(struct engine *engine, const struct duty *duty) {
    switch (duty->kind) {
    case DUTY_CLOSE_CYCLE:
        return engine_close_cycle(engine, (uint32_t)duty->ref);
    case DUTY_HOLD_EXPIRY:
        return engine_hold_duty(engine, duty->account, duty->at_ns);
    case DUTY_LICENCE_LAPSE:
        return engine_licence_lapse(engine, duty);
    case DUTY_EXPIRY:
        return engine_expiry(engine, duty);
    case DUTY_SILENCE:
        return engine_silence(engine, duty);
    case DUTY_CONTRACT:
        return engine_lots_settle(engine, duty->account);
    case DUTY_SETTLEMENT:
        return engine_settle(engine, duty);
    case DUTY_EARN:
        return engine_earn(engine, duty);
    case DUTY_OVERDUE:
        return engine_suspend(engine, duty);
    case DUTY_COUNT:
        break;
    }
    return STATUS_INVALID;
}

enum status engine_tick(struct engine *engine, int64_t at_ns) {
    struct duty duty;
    while (agenda_take(&engine->agenda, at_ns, &duty)) {
        if (duty.at_ns > engine->now_ns)
            engine->now_ns = duty.at_ns;
        engine->at_ns = engine->now_ns;
        TRY(duty_run(engine, &duty));
    }
    if (at_ns > engine->now_ns)
        engine->now_ns = at_ns;
    return STATUS_OK;
}
