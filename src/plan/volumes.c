/* SPDX-License-Identifier: Apache-2.0
 *
 * Usage that is expected, told as operations and how often each runs in a month: one event a day stands for all of the
 * day. */
#include "plan/plan.h"

#include <stdio.h>

struct volume { /* an element of the list */
    struct slice operation;
    const struct json_token *data; /* NULL: none */
    uint64_t month;                /* so often in one */
};
struct reading {
    struct plan_usage *usage;
    const struct plan_volumes *volumes;
    struct plan_wrong *wrong;
    uint32_t index;
    int64_t days[PLAN_MONTHS_MAX * 31 + 1]; /* midnights */
    uint32_t months[PLAN_MONTHS_MAX + 1];   /* the day that each begins with */
};

PRINTF(3, 4) static enum status wrong(struct reading *reading, const char *member, const char *format, ...) {
    va_list args;
    va_start(args, format);
    struct slice text = arena_vprintf(&reading->usage->arena, format, args);
    va_end(args);
    if (text.ptr == NULL)
        return STATUS_NO_MEMORY;
    snprintf(reading->wrong->pointer, sizeof reading->wrong->pointer, "/%u%s%s", reading->index,
             member[0] != '\0' ? "/" : "", member);
    reading->wrong->text = text;
    return STATUS_INVALID;
}

static enum status wrong_name(struct reading *reading, const char *member, const char *what, struct slice name,
                              const struct names *names) {
    struct slice near = names_suggest(name, names->texts, names->count);
    if (near.len == 0)
        return wrong(reading, member, "%s \"" SLICE_FMT "\".", what, SLICE_ARG(name));
    return wrong(reading, member, "%s \"" SLICE_FMT "\". Did you mean \"" SLICE_FMT "\"?", what, SLICE_ARG(name),
                 SLICE_ARG(near));
}

static struct slice text_of(const struct json_token *token) {
    return (struct slice){token->ptr, token->len};
}

static const struct json_token *skip(const struct json_token *value) {
    bool is_container = value->type == JSON_OBJECT || value->type == JSON_ARRAY;
    return value + (is_container ? value->len : 1);
}

/* ---- an element ---- */

static enum status operation_read(struct reading *reading, const struct json_token *value, struct volume *volume) {
    const struct tariff *tariff = reading->usage->tariff;
    if (value->type != JSON_TEXT || value->len == 0)
        return wrong(reading, "operation", "\"operation\" must be the name of an operation.");
    volume->operation = text_of(value);
    if (tariff_operation(tariff, volume->operation) == NULL)
        return wrong_name(reading, "operation", "the tariff has no operation", volume->operation,
                          &tariff->operation_names);
    return STATUS_OK;
}

static enum status month_read(struct reading *reading, const struct json_token *value, struct volume *volume) {
    struct decimal number = DECIMAL_ZERO;
    bool is_good = (value->type == JSON_TEXT || value->type == JSON_NUMBER) &&
                   decimal_parse(text_of(value), &number, NULL) == STATUS_OK && number.pico > 0 &&
                   number.pico % DECIMAL_ONE_PICO == 0 && number.pico / DECIMAL_ONE_PICO <= PLAN_VOLUME_MAX;
    volume->month = (uint64_t)(number.pico / DECIMAL_ONE_PICO);
    return is_good ? STATUS_OK
                   : wrong(reading, "volume", "\"volume\" must be a whole number from 1 to %lld: how often a month.",
                           (long long)PLAN_VOLUME_MAX);
}

/* A key that no tariff declares would be ignored by rating, which is never what is meant. */
static enum status data_read(struct reading *reading, const struct json_token *value, struct volume *volume) {
    const struct names *names = &reading->usage->set->attrs.names;
    if (value->type != JSON_OBJECT)
        return wrong(reading, "data", "\"data\" must be an object: the data of one event.");
    volume->data = value;
    for (const struct json_token *key = value + 1; key->type == JSON_KEY; key = skip(key + 1)) {
        bool is_plain = key[1].type != JSON_OBJECT && key[1].type != JSON_ARRAY;
        if (is_plain && names_find(names, text_of(key)) == NAMES_NONE)
            return wrong_name(reading, "data", "no tariff uses an attribute", text_of(key), names);
    }
    return STATUS_OK;
}

static enum status volume_read(struct reading *reading, const struct json_token *element, struct volume *volume) {
    *volume = (struct volume){.data = NULL};
    if (element->type != JSON_OBJECT)
        return wrong(reading, "", "every element is an object: {\"operation\": …, \"volume\": …, \"data\": {…}}.");
    for (const struct json_token *key = element + 1; key->type == JSON_KEY; key = skip(key + 1)) {
        if (slice_is(text_of(key), "operation"))
            TRY(operation_read(reading, key + 1, volume));
        else if (slice_is(text_of(key), "volume"))
            TRY(month_read(reading, key + 1, volume));
        else if (slice_is(text_of(key), "data"))
            TRY(data_read(reading, key + 1, volume));
        else
            return wrong(reading, "", "there is no member \"" SLICE_FMT "\"; there are operation, volume and data.",
                         SLICE_ARG(text_of(key)));
    }
    if (volume->operation.len == 0)
        return wrong(reading, "operation", "\"operation\" is missing.");
    return volume->month > 0 ? STATUS_OK : wrong(reading, "volume", "\"volume\" is missing: how often a month.");
}

/* ---- its events ---- */

static enum status event_write(const struct reading *reading, const struct volume *volume, int64_t at_ns,
                               struct buf *out) {
    struct json_writer writer = {.out = out};
    struct event_head head = {.id = SLICE("volume"),
                              .subject = PLAN_ACCOUNT,
                              .group = reading->usage->tariff->name,
                              .name = volume->operation,
                              .at_ns = at_ns};
    buf_clear(out);
    event_begin(&head, &writer);
    if (volume->data != NULL && volume->data->len > 2) {
        const struct json_token *end = volume->data + volume->data->len - 1;
        uint32_t first = volume->data->raw_offset + 1;
        buf_append(out, (struct slice){reading->volumes->text.ptr + first, end->raw_offset - first});
    }
    event_end(&writer);
    return out->failed ? STATUS_NO_MEMORY : STATUS_OK;
}

/* What cannot be read or has no price for want of data is nothing that a plan could be made for. An item without a
 * published price is: it may be bought. */
static enum status event_add(struct reading *reading, const struct plan_document *one) {
    const struct record *record;
    TRY(plan_usage_add(reading->usage, one, &record));
    if (record == NULL)
        return wrong(reading, "data", "it makes no event.");
    if (record->kind == RECORD_REJECTED || record->kind == RECORD_UNPRICED)
        return wrong(reading, "data", SLICE_FMT ".", SLICE_ARG(record->reason));
    return STATUS_OK;
}

static enum status volume_add(struct reading *reading, const struct volume *volume) {
    struct buf text = {0};
    uint64_t before = 0;
    enum status status = STATUS_OK;
    for (uint32_t month = 0; month < reading->volumes->months && status == STATUS_OK; month++) {
        uint32_t first = reading->months[month], days = reading->months[month + 1] - first;
        for (uint32_t day = 0; day < days && status == STATUS_OK; day++) {
            uint64_t until = (uint64_t)((wide)volume->month * (day + 1) / days);
            uint64_t weight = until - (uint64_t)((wide)volume->month * day / days);
            if (weight == 0)
                continue;
            status = event_write(reading, volume, reading->days[first + day], &text);
            struct plan_document one = {.text = buf_slice(&text), .weight = weight, .before = before};
            if (status == STATUS_OK)
                status = event_add(reading, &one);
            before += weight;
        }
    }
    buf_free(&text);
    return status;
}

static enum status days_cut(struct reading *reading) {
    const struct zone *zone = reading->usage->tariff->zone;
    struct civil civil = zone_civil(zone, reading->volumes->from_ns);
    int64_t start_ns, end_ns;
    uint32_t day = 0;
    civil = (struct civil){.year = civil.year, .month = civil.month, .day = civil.day};
    TRY(zone_instant(zone, civil, &start_ns));
    TRY(instant_add(zone, start_ns, (struct duration){1, UNIT_DAY}, 0, &reading->days[0]));
    for (uint32_t month = 0; month < reading->volumes->months; month++) {
        TRY(instant_add(zone, start_ns, (struct duration){1, UNIT_MONTH}, month + 1, &end_ns));
        reading->months[month] = day;
        while (reading->days[day] < end_ns) {
            day++;
            TRY(instant_add(zone, start_ns, (struct duration){1, UNIT_DAY}, day, &reading->days[day]));
        }
    }
    reading->months[reading->volumes->months] = day;
    return STATUS_OK;
}

enum status plan_volumes_read(struct plan_usage *usage, const struct plan_volumes *volumes,
                              struct plan_wrong *ret_wrong) {
    struct reading reading = {.usage = usage, .volumes = volumes, .wrong = ret_wrong};
    struct volume volume;
    *ret_wrong = (struct plan_wrong){.pointer = ""};
    usage->is_volumes = true;
    usage->account = PLAN_ACCOUNT;
    TRY(days_cut(&reading));
    for (const struct json_token *at = volumes->list + 1; at->type != JSON_ARRAY_END; at = skip(at)) {
        if (reading.index == PLAN_VOLUMES_MAX)
            return wrong(&reading, "", "there are more than %d elements.", PLAN_VOLUMES_MAX);
        TRY(volume_read(&reading, at, &volume));
        TRY(volume_add(&reading, &volume));
        reading.index++;
    }
    return STATUS_OK;
}
