/* SPDX-License-Identifier: Apache-2.0
 *
 * Owing money: from the moment at which less than nothing is available, what the tariff names does not pay; after its
 * grace nothing does. Paying ends both, unless the tariff wants a suspension to be released as well. */
#include <string.h>

#include "engine/engine_private.h"

static enum status tell(struct engine *engine, uint32_t account, enum alert_kind kind, const struct tariff *tariff,
                        struct alert alert) {
    alert.kind = kind;
    alert.account = engine->account_names.texts[account];
    alert.tariff = tariff;
    return engine_alert(engine, alert);
}

/* When the grace of a tariff ends for a wallet that owes; INSTANT_MAX: it has none. */
static enum status grace_end(const struct tariff *tariff, const struct wallet *wallet, int64_t *ret_ns) {
    *ret_ns = INSTANT_MAX;
    if (!tariff->overdue.has_grace)
        return STATUS_OK;
    return instant_add(tariff->zone, wallet->owes_ns, tariff->overdue.grace, 1, ret_ns);
}

enum status engine_restriction(const struct engine *engine, uint32_t account, const struct tariff *tariff,
                               int64_t at_ns, struct restriction *ret_restriction) {
    struct restriction restriction = {0};
    const struct subscription *subscription = engine_subscription_find(engine, account, tariff);
    const struct wallet *wallet = engine_wallet_find(engine, account, tariff->currency);
    restriction.is_suspended = subscription && subscription->is_suspended && at_ns >= subscription->suspended_ns;
    if (wallet && wallet->owes && at_ns >= wallet->owes_ns) {
        int64_t end_ns;
        TRY(grace_end(tariff, wallet, &end_ns));
        restriction.is_suspended = restriction.is_suspended || at_ns >= end_ns;
        restriction.owes = true;
        memcpy(restriction.pauses, tariff->overdue.pauses, sizeof restriction.pauses);
    }
    *ret_restriction = restriction;
    return STATUS_OK;
}

const char *engine_suspended_refusal(const struct restriction *restriction) {
    return restriction->owes ? "the account is suspended for owing too long; top up its wallet"
                             : "the account was suspended for owing too long, and paying alone does not end that; "
                               "release it (released, in tollgate.account)";
}

static enum status suspend(struct engine *engine, uint32_t account, const struct tariff *tariff, int64_t at_ns) {
    struct subscription *subscription = engine_subscription_find(engine, account, tariff);
    subscription->is_suspended = true;
    subscription->suspended_ns = at_ns;
    return tell(engine, account, ALERT_SUSPENDED, tariff, (struct alert){.at_ns = at_ns});
}

/* Suspend what should be by at_ns. Ticks may come late: an account that pays behind its grace was suspended. */
static enum status suspend_due(struct engine *engine, uint32_t account, const struct wallet *wallet, int64_t at_ns) {
    for (uint32_t i = 0; i < engine->tariffs->count; i++) {
        const struct tariff *tariff = engine->tariffs->list[i];
        const struct subscription *subscription = engine_subscription_find(engine, account, tariff);
        int64_t end_ns;
        if (!subscription || subscription->is_suspended || tariff->currency != wallet->currency)
            continue;
        TRY(grace_end(tariff, wallet, &end_ns));
        if (end_ns <= at_ns)
            TRY(suspend(engine, account, tariff, end_ns));
    }
    return STATUS_OK;
}

enum status engine_overdue_begin(struct engine *engine, uint32_t account, struct wallet *wallet,
                                 struct decimal available, int64_t at_ns) {
    wallet->owes = true;
    wallet->owes_ns = at_ns;
    for (uint32_t i = 0; i < engine->tariffs->count; i++) {
        const struct tariff *tariff = engine->tariffs->list[i];
        int64_t end_ns;
        if (tariff->currency != wallet->currency || !tariff->overdue.has_grace)
            continue;
        TRY(grace_end(tariff, wallet, &end_ns));
        TRY(agenda_add(&engine->agenda, (struct duty){end_ns, DUTY_OVERDUE, account, tariff->index, 0}));
    }
    return tell(engine, account, ALERT_OVERDUE, NULL,
                (struct alert){.item = slice_of(wallet->currency->code), .at_ns = at_ns, .remaining = available});
}

enum status engine_overdue_end(struct engine *engine, uint32_t account, struct wallet *wallet, struct decimal available,
                               int64_t at_ns) {
    TRY(suspend_due(engine, account, wallet, at_ns));
    wallet->owes = false;
    for (uint32_t i = 0; i < engine->tariffs->count; i++) {
        const struct tariff *tariff = engine->tariffs->list[i];
        struct subscription *subscription = engine_subscription_find(engine, account, tariff);
        if (subscription && tariff->currency == wallet->currency && !tariff->overdue.needs_release)
            subscription->is_suspended = false;
    }
    return tell(engine, account, ALERT_RESUMED, NULL,
                (struct alert){.item = slice_of(wallet->currency->code), .at_ns = at_ns, .remaining = available});
}

/* A duty of a debt that was paid since finds a later end of the grace, or no debt. */
enum status engine_suspend(struct engine *engine, const struct duty *duty) {
    const struct tariff *tariff = engine->tariffs->list[duty->tariff];
    const struct wallet *wallet = engine_wallet_find(engine, duty->account, tariff->currency);
    return wallet && wallet->owes ? suspend_due(engine, duty->account, wallet, duty->at_ns) : STATUS_OK;
}

enum status engine_suspension_end(struct engine *engine, uint32_t account, const struct tariff *tariff,
                                  const struct record *record) {
    const struct wallet *wallet = engine_wallet_find(engine, account, tariff->currency);
    struct subscription *subscription = engine_subscription_find(engine, account, tariff);
    if (wallet && wallet->owes)
        return engine_reject(engine, record,
                             "tariff %.*s stays suspended: the account still owes; top up its wallet in %s first",
                             SLICE_ARG(tariff->name), tariff->currency->code);
    if (!subscription || !subscription->is_suspended)
        return engine_reject(engine, record, "tariff %.*s is not suspended: there is nothing to release",
                             SLICE_ARG(tariff->name));
    subscription->is_suspended = false;
    return tell(engine, account, ALERT_RESUMED, tariff, (struct alert){.at_ns = engine->at_ns});
}
