/* SPDX-License-Identifier: Apache-2.0
 *
 * One account cut out of the state, in which its commands do what they would do in the whole: with what they look at
 * and closing does not. Texts are borrowed. */
#include <stdlib.h>
#include <string.h>

#include "engine/engine_private.h"
#include "engine/view.h"

struct rehearsing {
    const struct engine *from;
    struct engine *to;
    uint32_t account; /* in `from`; NAMES_NONE: it is not known yet */
};

/* What is done for one account alone, and at no other time than now. */
static bool is_alone(enum record_kind kind) {
    switch (kind) {
    case RECORD_ORDER:
    case RECORD_REFUND:
    case RECORD_ACTIVATE:
    case RECORD_ACCOUNT:
    case RECORD_WALLET:
    case RECORD_HOLD:
    case RECORD_RELEASE:
    case RECORD_REVERSAL:
    case RECORD_CONTRACT:
        return true;
    case RECORD_USAGE: /* of intervals: every range that was ever told matters */
    case RECORD_UNPRICED:
    case RECORD_REJECTED:
    case RECORD_TICK:
    case RECORD_BACKFILL:
    case RECORD_RECALL:
        break;
    }
    return false;
}

bool engine_is_one_account(const struct record *records, uint32_t count) {
    for (uint32_t i = 0; i < count; i++)
        if (!is_alone(records[i].kind) || !slice_eq(records[i].subject, records[0].subject))
            return false;
    return count > 0;
}

/* ---- what closing does without ---- */

static enum status attributes_copy(struct rehearsing *rehearsing) {
    const struct terms *from = rehearsing->from->accounts[rehearsing->account].terms;
    struct terms *to = rehearsing->to->accounts[0].terms;
    if (!from || from->attribute_count == 0)
        return STATUS_OK;
    to->attributes = malloc(from->attribute_count * sizeof *to->attributes);
    if (!to->attributes)
        return STATUS_NO_MEMORY;
    memcpy(to->attributes, from->attributes, from->attribute_count * sizeof *to->attributes);
    to->attribute_count = to->attribute_cap = from->attribute_count;
    return STATUS_OK;
}

static enum status hold_copy(struct rehearsing *rehearsing, const struct hold *from) {
    struct hold hold = *from;
    hold.reserves = (struct reserves){0};
    hold.id_bytes = malloc(from->id.len + 1);
    if (!hold.id_bytes)
        return STATUS_NO_MEMORY;
    memcpy(hold.id_bytes, from->id.ptr, from->id.len);
    hold.id.ptr = hold.id_bytes;
    enum status status = STATUS_OK;
    for (uint32_t i = 0; i < from->reserves.count && status == STATUS_OK; i++)
        status = reserves_add(&hold.reserves, from->reserves.list[i]);
    if (status == STATUS_OK)
        status = engine_hold_add(rehearsing->to, 0, hold);
    if (status != STATUS_OK) {
        free(hold.id_bytes);
        reserves_free(&hold.reserves);
    }
    return status;
}

static enum status holds_copy(struct rehearsing *rehearsing) {
    const struct holds *from = rehearsing->from->accounts[rehearsing->account].holds;
    if (!from)
        return STATUS_OK;
    TRY(engine_holds_make(rehearsing->to, 0, from->duty_ns));
    for (uint32_t i = 0; i < from->count; i++)
        TRY(hold_copy(rehearsing, &from->list[i]));
    rehearsing->to->accounts[0].holds->due_ns = from->due_ns;
    return STATUS_OK;
}

struct balances {
    uint32_t account;
    struct posting *list;
    uint32_t count, cap;
};

static enum status balance_take(void *context, const struct posting *balance) {
    struct balances *balances = context;
    if (balance->key.account != balances->account)
        return STATUS_OK;
    void *list = balances->list;
    enum status status = list_grow(&list, balances->count, &balances->cap, sizeof *balances->list);
    balances->list = list;
    TRY(status);
    balances->list[balances->count] = *balance;
    balances->list[balances->count++].key.account = 0;
    return STATUS_OK;
}

static enum status ledger_copy(struct rehearsing *rehearsing) {
    struct balances balances = {.account = rehearsing->account};
    enum status status = ledger_each(&rehearsing->from->money.ledger, balance_take, &balances);
    if (status == STATUS_OK)
        status = ledger_load(&rehearsing->to->money.ledger, balances.list, balances.count);
    free(balances.list);
    return status;
}

/* Items of the ledger have the same numbers. */
static enum status money_copy(struct rehearsing *rehearsing) {
    const struct engine *from = rehearsing->from;
    struct money *to = &rehearsing->to->money;
    uint32_t index;
    for (uint32_t i = 0; i < from->money.items.count; i++)
        TRY(names_add(&to->items, from->money.items.texts[i], &index));
    memcpy(to->tariff_items, from->money.tariff_items, from->meter_base[from->tariffs->count] * sizeof(uint32_t));
    for (uint32_t i = 0; i < from->money.settlement_count; i++) {
        void *list = to->settlements;
        enum status status = list_grow(&list, to->settlement_count, &to->settlement_cap, sizeof *to->settlements);
        to->settlements = list;
        TRY(status);
        to->settlements[to->settlement_count++] = from->money.settlements[i];
    }
    return STATUS_OK;
}

static enum status identity_copy(struct rehearsing *rehearsing, const uint8_t identity[16]) {
    const struct identity_slot *slot = identities_slot(&rehearsing->from->identities, identity);
    return slot ? identities_recall(&rehearsing->to->identities, slot, 1) : STATUS_OK;
}

/* Those that the records ask for. */
static enum status identities_copy(struct rehearsing *rehearsing, const struct record *records, uint32_t count) {
    identities_set_border(&rehearsing->to->identities, rehearsing->from->identities.border);
    for (uint32_t i = 0; i < count; i++) {
        TRY(identity_copy(rehearsing, records[i].identity));
        if (records[i].kind != RECORD_REVERSAL)
            continue;
        const struct record *event = records[i].command->event;
        TRY(identity_copy(rehearsing, event->identity));
        TRY(identity_copy(rehearsing, records[i].command->reversed));
        if (event->work)
            TRY(identity_copy(rehearsing, event->work->identity));
    }
    return STATUS_OK;
}

static enum status fill(struct rehearsing *rehearsing, const struct record *records, uint32_t count) {
    const struct engine *from = rehearsing->from;
    struct engine *to = rehearsing->to;
    memcpy(to->key, from->key, sizeof to->key);
    to->has_key = from->has_key;
    to->purchases_made = from->purchases_made;
    memcpy(to->bill_numbers, from->bill_numbers, from->tariffs->count * sizeof *to->bill_numbers);
    TRY(money_copy(rehearsing));
    TRY(identities_copy(rehearsing, records, count));
    if (rehearsing->account == NAMES_NONE)
        return STATUS_OK;
    TRY(ledger_copy(rehearsing));
    TRY(attributes_copy(rehearsing));
    return holds_copy(rehearsing);
}

enum status engine_rehearsal(const struct engine *engine, const struct record *records, uint32_t count,
                             struct engine **ret_part) {
    struct rehearsing rehearsing = {.from = engine, .account = names_find(&engine->account_names, records->subject)};
    bool is_known = rehearsing.account != NAMES_NONE;
    TRY(engine_part_whole(engine, is_known ? rehearsing.account : 0, is_known, &rehearsing.to));
    enum status status = fill(&rehearsing, records, count);
    if (status != STATUS_OK) {
        engine_free(rehearsing.to);
        return status;
    }
    *ret_part = rehearsing.to;
    return STATUS_OK;
}
