/* SPDX-License-Identifier: Apache-2.0
 *
 * Commands: orders, refunds, activations, accounts, contracts, wallets, ticks, holds, reversals, backfills. A command
 * that is not well formed is rejected with its place; whether it is allowed is the engine's business. Members that are
 * not known are left alone.
 */
#include "meter/reader.h"

#define PERIODS_MAX 100000
#define HOLD_DEFAULT_NS (INT64_C(3600) * NS_PER_SECOND)

/* The value of a member of data, NULL when absent or null. False: it stands there twice. */
static bool member_find(struct reading *reading, const char *name, const struct json_token **ret_value) {
    const struct json_token *found = NULL;
    for (const struct json_token *key = reading->data + 1; reading->data != NULL && key->type == JSON_KEY;
         key = token_skip(key + 1)) {
        if (!slice_is(token_text(key), name))
            continue;
        if (found != NULL)
            return reading_reject(reading, key->raw_offset, "duplicate member \"%s\"", name);
        found = key + 1;
    }
    *ret_value = found != NULL && found->type == JSON_NULL ? NULL : found;
    return true;
}

/* As member_find; false too when it is absent, with `why` it is needed. */
static bool member_need(struct reading *reading, const char *name, const char *why,
                        const struct json_token **ret_value) {
    if (!member_find(reading, name, ret_value))
        return false;
    if (*ret_value != NULL)
        return true;
    return reading_reject(reading, reading->data != NULL ? reading->data->raw_offset : 0, "data.%s is missing: %s",
                          name, why);
}

static bool member_text(struct reading *reading, const char *name, struct slice *ret) {
    const struct json_token *value;
    if (!member_find(reading, name, &value))
        return false;
    struct slice text;
    return value == NULL || (reading_text(reading, value, name, &text) && reading_copy(reading, text, ret));
}

static bool member_flag(struct reading *reading, const char *name, bool *ret) {
    const struct json_token *value;
    if (!member_find(reading, name, &value))
        return false;
    if (value != NULL && value->type != JSON_TRUE && value->type != JSON_FALSE)
        return reading_reject(reading, value->raw_offset, "\"%s\" must be true or false", name);
    if (value != NULL)
        *ret = value->type == JSON_TRUE;
    return true;
}

static const struct tariff *tariff_named(struct reading *reading, const struct json_token *name) {
    const struct tariff_set *tariffs = reading->reader->tariffs;
    const struct tariff *tariff = reading_tariff(reading, token_text(name));
    if (tariff == NULL)
        reading_reject(reading, name->raw_offset, "no tariff \"" SLICE_FMT "\" is loaded%s",
                       SLICE_ARG(token_text(name)),
                       reading_suggest(reading, token_text(name), tariffs->names.texts, tariffs->names.count));
    return tariff;
}

static bool tariff_member(struct reading *reading, const char *why) {
    const struct json_token *value;
    struct slice text;
    if (!member_need(reading, "tariff", why, &value) || !reading_text(reading, value, "tariff", &text))
        return false;
    reading->record->tariff = tariff_named(reading, value);
    return reading->record->tariff != NULL;
}

/* ---- order ---- */

static bool order_sku(struct reading *reading) {
    const struct tariff *tariff = reading->record->tariff;
    const struct json_token *value;
    struct slice sku;
    if (!member_need(reading, "sku", "name what is bought", &value) || !reading_text(reading, value, "sku", &sku))
        return false;
    if (tariff_product(tariff, sku) == NULL)
        return reading_reject(reading, value->raw_offset, "tariff " SLICE_FMT " sells no \"" SLICE_FMT "\"%s",
                              SLICE_ARG(tariff->name), SLICE_ARG(sku),
                              reading_suggest(reading, sku, tariff->product_names.texts, tariff->product_names.count));
    return reading_copy(reading, sku, &reading->record->command->order.sku);
}

static bool order_amounts(struct reading *reading) {
    struct order_command *order = &reading->record->command->order;
    const struct json_token *quantity, *periods;
    order->quantity = decimal_from_int(1);
    order->periods = 1;
    if (!member_find(reading, "quantity", &quantity) || !member_find(reading, "periods", &periods))
        return false;
    if (quantity != NULL) {
        if (!reading_decimal(reading, quantity, "quantity", &order->quantity))
            return false;
        if (decimal_cmp(order->quantity, DECIMAL_ZERO) <= 0)
            return reading_reject(reading, quantity->raw_offset, "\"quantity\" must be above zero");
    }
    if (periods != NULL) {
        struct decimal count;
        if (!reading_decimal(reading, periods, "periods", &count))
            return false;
        if (count.pico % DECIMAL_ONE_PICO != 0 || count.pico <= 0 || count.pico / DECIMAL_ONE_PICO > PERIODS_MAX)
            return reading_reject(reading, periods->raw_offset, "\"periods\" must be a whole number from 1 to %d",
                                  PERIODS_MAX);
        order->periods = (uint32_t)(count.pico / DECIMAL_ONE_PICO);
    }
    return true;
}

static bool order_links(struct reading *reading) {
    struct order_command *order = &reading->record->command->order;
    struct slice renews = {0};
    if (!member_text(reading, "upgrades", &order->upgrades) || !member_text(reading, "renews", &renews))
        return false;
    if (renews.len > 0 && order->upgrades.len > 0)
        return reading_reject(reading, reading->data->raw_offset, "an order upgrades or renews, not both");
    if (renews.len > 0) {
        order->upgrades = renews;
        order->is_renewal = true;
    }
    return true;
}

/* The end of a temporary upgrade. */
static bool order_until(struct reading *reading) {
    struct order_command *order = &reading->record->command->order;
    const struct json_token *until;
    if (!member_flag(reading, "temporary", &order->is_temporary) || !member_find(reading, "until", &until))
        return false;
    order->until_ns = INSTANT_MAX;
    if (order->is_temporary && (order->is_renewal || order->upgrades.len == 0))
        return reading_reject(reading, reading->data->raw_offset, "only an upgrade is temporary: add \"upgrades\"");
    if (until == NULL)
        return true;
    if (!order->is_temporary)
        return reading_reject(reading, until->raw_offset, "\"until\" needs \"temporary\": true; others run their term");
    return reading_instant(reading, until, "until", &order->until_ns) &&
           (order->until_ns > order->effective_ns ||
            reading_reject(reading, until->raw_offset, "\"until\" must be after the upgrade takes effect"));
}

static bool order_read(struct reading *reading) {
    struct order_command *order = &reading->record->command->order;
    const struct json_token *effective;
    order->effective_ns = reading->record->time_ns;
    if (!tariff_member(reading, "name the tariff that sells the sku") || !order_sku(reading) ||
        !order_amounts(reading) || !order_links(reading) || !member_flag(reading, "sales", &order->through_sales) ||
        !member_find(reading, "effective_at", &effective) ||
        (effective != NULL && !reading_instant(reading, effective, "effective_at", &order->effective_ns)))
        return false;
    return order_until(reading);
}

/* ---- refund, activation ---- */

static bool refund_read(struct reading *reading) {
    const struct json_token *order, *tariff;
    struct slice text;
    if (!member_need(reading, "order", "name the id of the order to refund", &order) ||
        !reading_text(reading, order, "order", &text) ||
        !reading_copy(reading, text, &reading->record->command->order_id) || !member_find(reading, "tariff", &tariff))
        return false;
    return tariff == NULL || tariff_member(reading, "");
}

static bool activate_read(struct reading *reading) {
    struct record *record = reading->record;
    const struct json_token *units;
    if (!tariff_member(reading, "name the tariff to activate") ||
        !member_text(reading, "order", &record->command->order_id) ||
        !member_text(reading, "terminal", &record->command->terminal) || !member_find(reading, "units", &units))
        return false;
    if (units == NULL)
        return true;
    record->command->has_units = true;
    if (!reading_decimal(reading, units, "units", &record->command->units))
        return false;
    return decimal_cmp(record->command->units, DECIMAL_ZERO) >= 0 ||
           reading_reject(reading, units->raw_offset, "\"units\" is below zero");
}

/* ---- account ---- */

/* true, false and their spellings in words. */
static bool switch_read(struct reading *reading, const struct json_token *value, bool *ret) {
    struct slice text = token_text(value);
    bool is_on = value->type == JSON_TRUE, is_off = value->type == JSON_FALSE;
    if (value->type == JSON_TEXT) {
        is_on = slice_is(text, "on") || slice_is(text, "true");
        is_off = slice_is(text, "off") || slice_is(text, "false");
    }
    *ret = is_on;
    return is_on || is_off || reading_reject(reading, value->raw_offset, "must be true or false");
}

static bool mode_read(struct reading *reading, const struct json_token *value, bool *ret) {
    struct slice text = value->type == JSON_TEXT ? token_text(value) : SLICE("");
    *ret = slice_is(text, "concurrent");
    return *ret || slice_is(text, "payg") ||
           reading_reject(reading, value->raw_offset, "a billing mode is \"concurrent\" or \"payg\"");
}

static bool settings_read(struct reading *reading, const struct json_token *map, enum setting_kind what) {
    struct record *record = reading->record;
    for (const struct json_token *key = map + 1; key->type == JSON_KEY; key = token_skip(key + 1)) {
        struct account_setting *setting = &record->command->settings[record->command->setting_count];
        setting->what = what;
        setting->tariff = tariff_named(reading, key);
        if (setting->tariff == NULL)
            return false;
        for (uint32_t i = 0; i < record->command->setting_count; i++) {
            if (record->command->settings[i].tariff == setting->tariff &&
                record->command->settings[i].what == setting->what)
                return reading_reject(reading, key->raw_offset, "duplicate member \"" SLICE_FMT "\"",
                                      SLICE_ARG(token_text(key)));
        }
        bool is_good = what == SETTING_MODE ? mode_read(reading, key + 1, &setting->on)
                                            : switch_read(reading, key + 1, &setting->on);
        if (is_good && what == SETTING_RELEASED && !setting->on)
            is_good = reading_reject(reading, key->raw_offset, "a release can only be true");
        if (!is_good)
            return false;
        record->command->setting_count++;
    }
    return true;
}

static const struct currency *currency_named(struct reading *reading, const struct json_token *name) {
    const struct currency *currency = currency_find(token_text(name));
    if (currency == NULL)
        reading_reject(reading, name->raw_offset, "\"" SLICE_FMT "\" is no currency code of ISO 4217",
                       SLICE_ARG(token_text(name)));
    return currency;
}

static bool limits_of(struct reading *reading, const struct json_token *map, enum limit_kind what) {
    struct command *command = reading->record->command;
    for (const struct json_token *key = map + 1; key->type == JSON_KEY; key = token_skip(key + 1)) {
        struct wallet_limit *limit = &command->limits[command->limit_count];
        limit->what = what;
        limit->currency = currency_named(reading, key);
        if (limit->currency == NULL || !reading_decimal(reading, key + 1, "amount", &limit->amount))
            return false;
        if (decimal_cmp(limit->amount, DECIMAL_ZERO) < 0)
            return reading_reject(reading, (key + 1)->raw_offset, "it is below zero");
        for (uint32_t i = 0; i < command->limit_count; i++)
            if (command->limits[i].currency == limit->currency && command->limits[i].what == what)
                return reading_reject(reading, key->raw_offset, "duplicate member \"" SLICE_FMT "\"",
                                      SLICE_ARG(token_text(key)));
        command->limit_count++;
    }
    return true;
}

static uint32_t member_count(const struct json_token *map) {
    uint32_t count = 0;
    for (const struct json_token *key = map + 1; key->type == JSON_KEY; key = token_skip(key + 1))
        count++;
    return count;
}

enum { LIMIT_KINDS = 2 };

static bool limits_read(struct reading *reading) {
    static const char *const names[] = {[LIMIT_CREDIT] = "credit", [LIMIT_LOW] = "low"};
    const struct json_token *maps[LIMIT_KINDS];
    uint32_t count = 0;
    for (size_t what = 0; what < LIMIT_KINDS; what++) {
        if (!member_find(reading, names[what], &maps[what]))
            return false;
        if (maps[what] != NULL && maps[what]->type != JSON_OBJECT)
            return reading_reject(reading, maps[what]->raw_offset, "\"%s\" must be an object: {\"USD\": \"100\"}",
                                  names[what]);
        count += maps[what] != NULL ? member_count(maps[what]) : 0;
    }
    reading->record->command->limits = ARENA_ARRAY(reading->batch, count + 1, struct wallet_limit);
    if (reading->record->command->limits == NULL)
        return reading_fail(reading, STATUS_NO_MEMORY);
    for (size_t what = 0; what < LIMIT_KINDS; what++)
        if (maps[what] != NULL && !limits_of(reading, maps[what], (enum limit_kind)what))
            return false;
    return true;
}

/* What every event says of itself, and what decides to which cycle it belongs, has no default. */
static bool attribute_is_own(uint32_t slot) {
    return slot == ATTR_OPERATION || slot == ATTR_TIME || slot == ATTR_SUBMITTED_AT;
}

static bool attribute_value(struct reading *reading, const struct json_token *key, struct attribute *attribute) {
    const struct attr_names *attrs = &reading->reader->tariffs->attrs;
    enum value_kind kind = attrs->kinds[attribute->slot];
    if (key[1].type == JSON_OBJECT || key[1].type == JSON_ARRAY)
        return reading_reject(reading, key[1].raw_offset, "\"" SLICE_FMT "\" is no " SLICE_FMT,
                              SLICE_ARG(token_text(key)), SLICE_ARG(slice_of(value_kind_name(kind))));
    if (key[1].type == JSON_NULL)
        return true;
    attribute_read(key + 1, kind, &attribute->value);
    if (attribute->value.kind != kind)
        return reading_reject(reading, key[1].raw_offset, "\"" SLICE_FMT "\" is no " SLICE_FMT,
                              SLICE_ARG(token_text(key)), SLICE_ARG(slice_of(value_kind_name(kind))));
    return kind != VALUE_TEXT || reading_copy(reading, attribute->value.text, &attribute->value.text);
}

static bool attribute_member(struct reading *reading, const struct json_token *key) {
    const struct names *names = &reading->reader->tariffs->attrs.names;
    struct command *command = reading->record->command;
    uint32_t slot = names_find(names, token_text(key));
    if (slot == NAMES_NONE)
        return reading_reject(reading, key->raw_offset, "no tariff knows the attribute \"" SLICE_FMT "\"%s",
                              SLICE_ARG(token_text(key)),
                              reading_suggest(reading, token_text(key), names->texts, names->count));
    if (attribute_is_own(slot))
        return reading_reject(reading, key->raw_offset, "\"" SLICE_FMT "\" is each event's own and has no default",
                              SLICE_ARG(token_text(key)));
    for (uint32_t i = 0; i < command->attribute_count; i++) {
        if (command->attributes[i].slot == slot)
            return reading_reject(reading, key->raw_offset, "duplicate member \"" SLICE_FMT "\"",
                                  SLICE_ARG(token_text(key)));
    }
    struct attribute *attribute = &command->attributes[command->attribute_count++];
    attribute->slot = slot;
    return attribute_value(reading, key, attribute);
}

static bool attributes_member(struct reading *reading) {
    const struct json_token *map;
    if (!member_find(reading, "attributes", &map))
        return false;
    if (map == NULL)
        return true;
    if (map->type != JSON_OBJECT)
        return reading_reject(reading, map->raw_offset, "\"attributes\" must be an object: {\"NAME\": …}");
    reading->record->command->attributes = ARENA_ARRAY(reading->batch, ATTR_MAX, struct attribute);
    if (reading->record->command->attributes == NULL)
        return reading_fail(reading, STATUS_NO_MEMORY);
    for (const struct json_token *key = map + 1; key->type == JSON_KEY; key = token_skip(key + 1)) {
        if (!attribute_member(reading, key))
            return false;
    }
    return true;
}

static bool zone_member(struct reading *reading) {
    const struct json_token *value;
    struct slice name;
    if (!member_find(reading, "zone", &value))
        return false;
    if (value == NULL)
        return true;
    if (!reading_text(reading, value, "zone", &name))
        return false;
    return zone_load(name, &reading->record->command->zone) == STATUS_OK ||
           reading_reject(reading, value->raw_offset, "\"" SLICE_FMT "\" is no IANA time zone like Asia/Shanghai",
                          SLICE_ARG(name));
}

static bool account_read(struct reading *reading) {
    static const char *const names[] = {[SETTING_POSTPAID] = "postpaid",
                                        [SETTING_MODE] = "mode",
                                        [SETTING_ACTIVE] = "activated",
                                        [SETTING_RELEASED] = "released"};
    size_t kind_count = sizeof names / sizeof names[0];
    /* A tariff has one setting of each kind, and one more is looked at before it is refused. */
    reading->record->command->settings =
        ARENA_ARRAY(reading->batch, reading->reader->tariffs->count * kind_count + 1, struct account_setting);
    if (reading->record->command->settings == NULL)
        return reading_fail(reading, STATUS_NO_MEMORY);
    for (size_t what = 0; what < kind_count; what++) {
        const struct json_token *map;
        if (!member_find(reading, names[what], &map))
            return false;
        if (map == NULL)
            continue;
        if (map->type != JSON_OBJECT)
            return reading_reject(reading, map->raw_offset, "\"%s\" must be an object: {\"TARIFF\": …}", names[what]);
        if (!settings_read(reading, map, (enum setting_kind)what))
            return false;
    }
    return limits_read(reading) && attributes_member(reading) && zone_member(reading);
}

/* ---- contract ---- */

/* Why a tariff cannot stand for another one; NULL: it can. */
static const char *contract_refusal(const struct tariff *tariff, const struct tariff *use) {
    if (tariff == use)
        return NULL;
    if (!tariff_extends(use, tariff))
        return "it does not extend it";
    if (use->currency != tariff->currency)
        return "its currency is another one";
    if (use->zone != tariff->zone || use->cycle != tariff->cycle)
        return "its cycles are others";
    return use->owner_submitted != tariff->owner_submitted ? "another instant decides its cycles" : NULL;
}

static bool contract_read(struct reading *reading) {
    struct record *record = reading->record;
    struct contract_command *contract = &record->command->contract;
    const struct json_token *use, *from;
    struct slice text;
    contract->from_ns = record->time_ns;
    if (!tariff_member(reading, "name the tariff that the account's events name") ||
        !member_need(reading, "use", "name the tariff that stands for it", &use) ||
        !reading_text(reading, use, "use", &text) || !member_find(reading, "from", &from) ||
        (from != NULL && !reading_instant(reading, from, "from", &contract->from_ns)))
        return false;
    contract->use = tariff_named(reading, use);
    if (contract->use == NULL)
        return false;
    const char *refusal = contract_refusal(record->tariff, contract->use);
    return refusal == NULL || reading_reject(reading, use->raw_offset, SLICE_FMT " cannot stand for " SLICE_FMT ": %s",
                                             SLICE_ARG(text), SLICE_ARG(record->tariff->name), refusal);
}

/* ---- wallet, tick ---- */

static bool wallet_read(struct reading *reading) {
    struct command *command = reading->record->command;
    const struct json_token *amount, *currency;
    struct slice code;
    if (!member_need(reading, "amount", "a decimal string", &amount) ||
        !reading_decimal(reading, amount, "amount", &command->units) ||
        !member_need(reading, "currency", "a code of ISO 4217", &currency) ||
        !reading_text(reading, currency, "currency", &code))
        return false;
    if (decimal_is_zero(command->units))
        return reading_reject(reading, amount->raw_offset, "\"amount\" is zero: nothing is moved");
    command->has_units = true;
    command->currency = currency_named(reading, currency);
    return command->currency != NULL;
}

static bool tick_read(struct reading *reading) {
    (void)reading; /* it is its time */
    return true;
}

/* ---- holds ---- */

static bool hold_expiry(struct reading *reading) {
    struct record *record = reading->record;
    const struct json_token *expires;
    if (!member_find(reading, "expires_at", &expires))
        return false;
    record->command->expires_ns = record->time_ns + HOLD_DEFAULT_NS;
    if (expires == NULL)
        return true;
    return reading_instant(reading, expires, "expires_at", &record->command->expires_ns) &&
           (record->command->expires_ns > record->time_ns ||
            reading_reject(reading, expires->raw_offset, "\"expires_at\" must be after \"time\""));
}

/* The job is metered as the event that will settle it. */
static bool hold_read(struct reading *reading) {
    struct record *record = reading->record;
    const struct json_token *operation, *data;
    struct slice type, family, name;
    if (!member_need(reading, "operation", "name what will run, as TARIFF.OPERATION", &operation) ||
        !reading_text(reading, operation, "operation", &type) || !hold_expiry(reading) ||
        !member_find(reading, "data", &data))
        return false;
    if (data != NULL && data->type != JSON_OBJECT)
        return reading_reject(reading, data->raw_offset, "\"data\" must be an object: the data of the event to come");
    if (!slice_cut(type, '.', &family, &name) || family.len == 0 || name.len == 0)
        return reading_reject(reading, operation->raw_offset, "\"operation\" must be written TARIFF.OPERATION");
    reading->data = data;
    event_read(reading, type);
    record->hold = SLICE("");
    if (record->kind != RECORD_REJECTED)
        record->kind = RECORD_HOLD;
    return false; /* decided, cycle and all */
}

static bool release_read(struct reading *reading) {
    const struct json_token *hold;
    struct slice text;
    return member_need(reading, "hold", "name the id of the hold to release", &hold) &&
           reading_text(reading, hold, "hold", &text) && reading_copy(reading, text, &reading->record->hold);
}

/* ---- reversals ---- */

static bool reversal_read(struct reading *reading) {
    struct record *record = reading->record;
    struct command *command = record->command;
    const struct json_token *event;
    if (!member_need(reading, "event", "the whole event that is to be taken back", &event) ||
        !member_text(reading, "reason", &command->because) ||
        !member_text(reading, "replaced_by", &command->replaced_by) || !reading_event(reading, event, &command->event))
        return false;
    reversal_identity(reading->reader, command->event->identity, command->reversed);
    return slice_eq(command->event->subject, record->subject) ||
           reading_reject(reading, event->raw_offset, "\"subject\" must be that of the event, \"" SLICE_FMT "\"",
                          SLICE_ARG(command->event->subject));
}

static bool backfill_read(struct reading *reading) {
    struct command *command = reading->record->command;
    const struct json_token *name;
    struct slice text;
    return member_need(reading, "name", "what this batch of older events is called", &name) &&
           reading_text(reading, name, "name", &text) && reading_copy(reading, text, &command->name) &&
           member_flag(reading, "revert", &command->is_revert);
}

static int hex_digit(char digit) {
    return digit >= '0' && digit <= '9' ? digit - '0' : digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

/* Written by the program alone. */
static bool recall_read(struct reading *reading) {
    const struct json_token *value;
    struct slice text = {0};
    if (!member_need(reading, "identities", "what was forgotten, in hexadecimal digits", &value) ||
        (value->len > 0 && !reading_text(reading, value, "identities", &text)))
        return false;
    char *bytes = arena_alloc(reading->batch, text.len / 2 + 1);
    if (bytes == NULL)
        return reading_fail(reading, STATUS_NO_MEMORY);
    for (size_t i = 0; i + 1 < text.len; i += 2) {
        int high = hex_digit(text.ptr[i]), low = hex_digit(text.ptr[i + 1]);
        if (high < 0 || low < 0)
            return reading_reject(reading, value->raw_offset, "\"identities\" must be lower hexadecimal digits");
        bytes[i / 2] = (char)(high << 4 | low);
    }
    reading->record->command->recalled = (struct slice){bytes, text.len / 2};
    return true;
}

/* name, kind, reader */
#define COMMAND_TABLE(ROW)                                                                                             \
    ROW("account", RECORD_ACCOUNT, account_read)                                                                       \
    ROW("order", RECORD_ORDER, order_read)                                                                             \
    ROW("refund", RECORD_REFUND, refund_read)                                                                          \
    ROW("activate", RECORD_ACTIVATE, activate_read)                                                                    \
    ROW("wallet", RECORD_WALLET, wallet_read)                                                                          \
    ROW("tick", RECORD_TICK, tick_read)                                                                                \
    ROW("hold", RECORD_HOLD, hold_read)                                                                                \
    ROW("release", RECORD_RELEASE, release_read)                                                                       \
    ROW("reversal", RECORD_REVERSAL, reversal_read)                                                                    \
    ROW("contract", RECORD_CONTRACT, contract_read)                                                                    \
    ROW("backfill", RECORD_BACKFILL, backfill_read)                                                                    \
    ROW("recall", RECORD_RECALL, recall_read)

void command_read(struct reading *reading, struct slice name, const struct json_token *value) {
    static const struct {
        enum record_kind kind;
        bool (*read)(struct reading *reading);
    } commands[] = {
#define COMMAND_ROW(name, kind, read) {kind, read},
        COMMAND_TABLE(COMMAND_ROW)
#undef COMMAND_ROW
    };
    static const struct slice names[] = {
#define COMMAND_NAME(name, kind, read) {name, sizeof name - 1},
        COMMAND_TABLE(COMMAND_NAME)
#undef COMMAND_NAME
    };
    size_t count = sizeof names / sizeof names[0], i = 0;
    while (i < count && !slice_eq(name, names[i]))
        i++;
    if (i == count) {
        reading_reject(reading, value->raw_offset, "there is no command \"tollgate." SLICE_FMT "\"%s", SLICE_ARG(name),
                       reading_suggest(reading, name, names, count));
        return;
    }
    reading->record->kind = commands[i].kind;
    reading->record->command = ARENA_NEW(reading->batch, struct command);
    if (reading->record->command == NULL) {
        reading_fail(reading, STATUS_NO_MEMORY);
        return;
    }
    if (commands[i].read(reading) && reading->record->tariff != NULL)
        reading_cycle(reading, reading->record->tariff);
}
