/* SPDX-License-Identifier: Apache-2.0
 *
 * What was not charged, and what somebody should know. */
#include "engine/engine_private.h"

static enum status notice_add(struct engine *engine, struct notice **list, uint32_t *count, uint32_t *cap,
                              struct notice notice) {
    void *grown = *list;
    enum status status = list_grow(&grown, *count, cap, sizeof **list);
    *list = grown;
    TRY(status);
    notice.source = arena_copy(&engine->arena, notice.source);
    notice.id = arena_copy(&engine->arena, notice.id);
    notice.account = arena_copy(&engine->arena, notice.account);
    if (!notice.source.ptr || !notice.id.ptr || !notice.account.ptr || !notice.reason.ptr)
        return STATUS_NO_MEMORY;
    (*list)[(*count)++] = notice;
    return STATUS_OK;
}

static struct notice notice_of(struct engine *engine, const struct record *record, struct slice reason) {
    engine->file_room = 0; /* it keeps the name */
    return (struct notice){.file = engine->file,
                           .line = record->line,
                           .column = record->column,
                           .source = record->source,
                           .id = record->id,
                           .account = record->subject,
                           .reason = reason};
}

const char *outcome_name(enum outcome outcome) {
    static const char *const names[] = {
#define OUTCOME_NAME(name, text) [OUTCOME_##name] = text,
        OUTCOME_TABLE(OUTCOME_NAME)
#undef OUTCOME_NAME
    };
    return names[outcome];
}

/* The first thing that is wrong is the reply. */
static void reply_set(struct engine *engine, enum outcome outcome, const struct record *record, struct slice reason) {
    if (engine->reply && engine->reply->outcome == OUTCOME_ACCEPTED)
        *engine->reply =
            (struct reply){.outcome = outcome, .line = record->line, .column = record->column, .reason = reason};
}

enum status engine_reject_as(struct engine *engine, const struct record *record, struct slice reason) {
    reply_set(engine, OUTCOME_REJECTED, record, reason);
    return notice_add(engine, &engine->rejected, &engine->rejected_count, &engine->rejected_cap,
                      notice_of(engine, record, reason));
}

enum status engine_reject(struct engine *engine, const struct record *record, const char *format, ...) {
    va_list args;
    va_start(args, format);
    struct slice reason = arena_vprintf(&engine->arena, format, args);
    va_end(args);
    return engine_reject_as(engine, record, reason);
}

enum status engine_unpriced(struct engine *engine, const struct record *record, const char *format, ...) {
    va_list args;
    va_start(args, format);
    struct slice reason = arena_vprintf(&engine->arena, format, args);
    va_end(args);
    reply_set(engine, OUTCOME_UNPRICED, record, reason);
    uint32_t account = names_find_hashed(&engine->account_names, record->subject, record->subject_hash);
    if (account != NAMES_NONE && engine->accounts[account].unpriced++ == 0)
        engine->accounts[account].unpriced_ns = record->time_ns;
    return notice_add(engine, &engine->unpriced, &engine->unpriced_count, &engine->unpriced_cap,
                      notice_of(engine, record, reason));
}

enum status engine_alert(struct engine *engine, struct alert alert) {
    void *grown = engine->alerts;
    enum status status = list_grow(&grown, engine->alert_count, &engine->alert_cap, sizeof *engine->alerts);
    engine->alerts = grown;
    TRY(status);
    engine->alerts[engine->alert_count++] = alert;
    return STATUS_OK;
}

/* The first call above a plan's limit; how many follow is in statements. */
static enum status over_limit_tell(struct engine *engine, uint32_t account, const struct tariff *tariff,
                                   struct lot *lot) {
    lot->told_over_limit = true;
    return engine_alert(engine, (struct alert){.kind = ALERT_OVER_LIMIT,
                                               .account = engine->account_names.texts[account],
                                               .order_id = lot->order_id,
                                               .sku = lot->product->sku,
                                               .tariff = tariff,
                                               .at_ns = lot->window_second * NS_PER_SECOND,
                                               .count = lot->over_limit});
}

enum status engine_lot_alerts(struct engine *engine, uint32_t account, const struct tariff *tariff,
                              struct holdings *holdings, int64_t at_ns) {
    for (uint32_t i = 0; i < holdings->count; i++) {
        struct lot *lot = &holdings->lots[i];
        if (lot->over_limit > 0 && !lot->told_over_limit)
            TRY(over_limit_tell(engine, account, tariff, lot));
        for (uint32_t told = lot_alerts(lot); told > 0; told--) {
            struct decimal threshold = lot->product->alerts[lot->alerts_sent - told];
            TRY(engine_alert(
                engine, (struct alert){.kind = decimal_is_zero(threshold) ? ALERT_PACKAGE_EMPTY : ALERT_PACKAGE_LOW,
                                       .account = engine->account_names.texts[account],
                                       .order_id = lot->order_id,
                                       .sku = lot->product->sku,
                                       .tariff = tariff,
                                       .at_ns = at_ns,
                                       .threshold = threshold,
                                       .remaining = lot_balance(lot, at_ns).remaining}));
        }
    }
    return STATUS_OK;
}
