/* SPDX-License-Identifier: Apache-2.0
 *
 * From facts to deliveries: what the engine has told since, in its order. */
#include "hook/hooks_private.h"

/* Whose first usage without a price it is, in the order of the journal. Other tariffs make another list: then it is
 * gone through from its start, and only accounts that were not seen before are new. */
static enum status unpriced_scan(struct hooks *hooks, const struct engine *engine, uint32_t most) {
    uint32_t count = engine_unpriced_count(engine), index;
    if (count < hooks->unpriced_seen)
        hooks->unpriced_seen = 0;
    for (uint32_t end = count - hooks->unpriced_seen > most ? hooks->unpriced_seen + most : count;
         hooks->unpriced_seen < end; hooks->unpriced_seen++) {
        struct slice account = engine_unpriced_view(engine, hooks->unpriced_seen).account;
        if (account.len > 0)
            TRY(names_add(&hooks->unpriced, account, &index));
    }
    return STATUS_OK;
}

struct filling {
    struct hooks *hooks;
    const struct engine *engine;
    struct lane *lane;
    struct told end; /* facts up to here are there */
    struct arena arena;
    int64_t now_ns;
};

static enum status tell(struct filling *filling, const struct message *message, bool is_replay) {
    struct delivery *delivery = lane_add(filling->lane, message, filling->now_ns);
    if (!delivery)
        return STATUS_NO_MEMORY;
    delivery->is_replay = is_replay;
    return STATUS_OK;
}

static struct alert unpriced_alert(const struct filling *filling, uint32_t index) {
    struct slice name = filling->hooks->unpriced.texts[index];
    uint32_t account;
    struct alert alert = {.kind = ALERT_UNPRICED, .account = name, .at_ns = INSTANT_MIN};
    if (engine_account_find(filling->engine, name, &account)) {
        struct account_view view = engine_account_view(filling->engine, account);
        alert.at_ns = view.unpriced > 0 ? view.unpriced_ns : INSTANT_MIN;
        alert.count = view.unpriced;
    }
    return alert;
}

/* The next fact behind `told`, before `end`; false: there is none. */
static bool fact_next(const struct filling *filling, struct told *told, struct told end, struct alert *ret_alert,
                      uint32_t *ret_index) {
    *ret_index = told->alerts;
    if (told->alerts < end.alerts) {
        *ret_alert = engine_alert_view(filling->engine, told->alerts++);
        return true;
    }
    *ret_index = 0;
    if (told->unpriced >= end.unpriced)
        return false;
    *ret_alert = unpriced_alert(filling, told->unpriced++);
    return true;
}

static enum status alerts_tell(struct filling *filling, struct told *told, struct told end, int64_t since_ns) {
    struct alert alert;
    uint32_t index;
    for (uint32_t i = 0; i < SCAN_MAX && filling->lane->waiting < DELIVERY_WINDOW; i++) {
        struct message message;
        if (!fact_next(filling, told, end, &alert, &index))
            break;
        if (alert.at_ns < since_ns || !endpoint_wants(filling->lane->endpoint, alert.kind, alert.account))
            continue;
        TRY(message_alert(filling->hooks, index, &alert, &filling->arena, &message));
        TRY(tell(filling, &message, since_ns > INSTANT_MIN));
    }
    return STATUS_OK;
}

static enum status sets_tell(struct filling *filling) {
    const struct hook_source *source = &filling->hooks->options.source;
    struct lane *lane = filling->lane;
    while (lane->told.set < filling->end.set && lane->waiting < DELIVERY_WINDOW) {
        struct message message;
        lane->told.set++;
        if (!endpoint_wants(lane->endpoint, HOOK_TARIFF_ACTIVATED, SLICE("")))
            continue;
        TRY(message_set(filling->hooks, lane->told.set, source->tariffs(source->context), &filling->arena, &message));
        TRY(tell(filling, &message, false));
    }
    return STATUS_OK;
}

static void replay_end(struct lane *lane) {
    if (lane->since_ns == INSTANT_MIN || lane->replay.alerts < lane->replay_end.alerts ||
        lane->replay.unpriced < lane->replay_end.unpriced)
        return;
    lane->since_ns = INSTANT_MIN;
    lane->is_noted = false;
}

/* A book that was restored from an older copy has less than was told. */
static void told_clip(struct told *told, struct told end) {
    told->alerts = told->alerts < end.alerts ? told->alerts : end.alerts;
    told->unpriced = told->unpriced < end.unpriced ? told->unpriced : end.unpriced;
    told->set = told->set < end.set ? told->set : end.set;
}

static enum status lane_fill(struct filling *filling, bool *more) {
    struct lane *lane = filling->lane;
    if (lane->endpoint->state != ENDPOINT_ENABLED)
        return STATUS_OK;
    told_clip(&lane->told, filling->end);
    TRY(alerts_tell(filling, &lane->told, filling->end, INSTANT_MIN));
    TRY(sets_tell(filling));
    if (lane->since_ns > INSTANT_MIN) {
        told_clip(&lane->replay_end, filling->end);
        TRY(alerts_tell(filling, &lane->replay, lane->replay_end, lane->since_ns));
        replay_end(lane);
    }
    *more = *more || (lane->waiting < DELIVERY_WINDOW &&
                      (lane->told.alerts < filling->end.alerts || lane->told.unpriced < filling->end.unpriced ||
                       lane->since_ns > INSTANT_MIN));
    return STATUS_OK;
}

static struct told told_of(const struct hooks *hooks, const struct engine *engine) {
    const struct hook_source *source = &hooks->options.source;
    return (struct told){engine_alert_count(engine), hooks->unpriced.count, source->set_number(source->context)};
}

/* The state stands still for one lane at a time. */
static enum status lane_fill_still(struct hooks *hooks, struct lane *lane, bool *more) {
    const struct hook_source *source = &hooks->options.source;
    struct filling filling = {.hooks = hooks, .lane = lane, .now_ns = hooks_now(hooks)};
    filling.engine = source->begin(source->context);
    filling.end = told_of(hooks, filling.engine);
    enum status status = lane_fill(&filling, more);
    source->end(source->context);
    arena_free(&filling.arena);
    return status;
}

enum status lanes_fill(struct hooks *hooks, bool *ret_more) {
    const struct hook_source *source = &hooks->options.source;
    const struct engine *engine = source->begin(source->context);
    bool more = false;
    enum status status = unpriced_scan(hooks, engine, SCAN_MAX);
    bool is_scanned = hooks->unpriced_seen == engine_unpriced_count(engine);
    source->end(source->context);
    for (uint32_t i = 0; is_scanned && status == STATUS_OK && i < HOOK_ENDPOINTS_MAX; i++)
        if (hooks->lanes[i])
            status = lane_fill_still(hooks, hooks->lanes[i], &more);
    *ret_more = more || !is_scanned;
    return status;
}

enum status told_now(struct hooks *hooks, struct told *ret_told) {
    const struct hook_source *source = &hooks->options.source;
    const struct engine *engine = source->begin(source->context);
    enum status status = unpriced_scan(hooks, engine, UINT32_MAX);
    if (status == STATUS_OK)
        *ret_told = told_of(hooks, engine);
    source->end(source->context);
    return status;
}
