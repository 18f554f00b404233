/* SPDX-License-Identifier: Apache-2.0
 *
 * See life.h. */
#include "life.h"

#include <stdio.h>
#include <stdlib.h>

int64_t life_instant(int minute) {
    return (INT64_C(1767225600) + INT64_C(60) * minute) * NS_PER_SECOND; /* from 2026-01-01T00:00:00Z */
}

void life_begin(struct life *life, const char *tariff) {
    struct slice text = check_read(tariff);
    life_begin_text(life, tariff, text);
    free((void *)(uintptr_t)text.ptr);
}

void life_begin_text(struct life *life, const char *name, struct slice text) {
    static const uint8_t key[16] = "sixteen bytes ok";
    struct diags diags = {0};
    *life = (struct life){0};
    CHECK_OK(tariff_set_add_text(&life->tariffs, slice_of(name), text, &diags));
    CHECK_OK(reader_new(&life->tariffs, key, &life->reader));
    CHECK_OK(engine_new(&life->tariffs, &life->engine));
    engine_set_key(life->engine, key);
    diags_free(&diags);
}

void life_end(struct life *life) {
    engine_free(life->engine);
    reader_free(life->reader);
    tariff_set_free(&life->tariffs);
    arena_free(&life->arena);
}

struct slice life_step(struct life *life, const char *type, const char *id, int minute, const char *data, ...) {
    char time[INSTANT_TEXT_MAX];
    struct buf line = {0};
    struct engine *engine = life->engine;
    uint32_t rejected = engine->rejected_count, unpriced = engine->unpriced_count, count;
    va_list args;
    va_start(args, data);
    instant_format(life_instant(minute), NULL, time);
    buf_printf(&line,
               "{\"specversion\":\"1.0\",\"id\":\"%s\",\"source\":\"%s\",\"type\":\"%s%s\",\"subject\":\"%s\","
               "\"time\":\"%s\",\"data\":{",
               id, life->source ? life->source : "s", strchr(type, '.') ? "" : "tollgate.", type,
               life->subject ? life->subject : "a", time);
    struct slice members = arena_vprintf(&life->arena, data, args);
    va_end(args);
    buf_append(&line, members);
    buf_text(&line, "}}");
    char *document = arena_alloc(&life->arena, line.len + JSON_PADDING);
    memcpy(document, line.ptr, line.len);
    struct record *records;
    CHECK_OK(reader_read(life->reader, (struct slice){document, line.len}, ++life->line, &life->arena, NULL, &records,
                         &count));
    CHECK_OK(engine_apply(engine, records, count, NULL));
    buf_free(&line);
    if (engine->rejected_count > rejected)
        return engine->rejected[engine->rejected_count - 1].reason;
    return engine->unpriced_count > unpriced ? engine->unpriced[engine->unpriced_count - 1].reason : SLICE("");
}

const struct lot *life_lot(const struct life *life, const char *order) {
    struct subscription *subscription = engine_subscription_find(life->engine, 0, life->tariffs.list[0]);
    struct lot *lot = subscription ? holdings_find(&subscription->holdings, slice_of(order)) : NULL;
    CHECK(lot != NULL);
    return lot;
}

void life_check_lot(const struct life *life, const char *order, int minute, const char *want) {
    char used[DECIMAL_TEXT_MAX], held[DECIMAL_TEXT_MAX], remaining[DECIMAL_TEXT_MAX], got[3 * DECIMAL_TEXT_MAX + 32];
    struct balance balance = lot_balance(life_lot(life, order), life_instant(minute));
    decimal_format(balance.used, used);
    decimal_format(balance.held, held);
    decimal_format(balance.remaining, remaining);
    snprintf(got, sizeof got, "%s used, %s held, %s left", used, held, remaining);
    CHECK_TEXT(slice_of(got), want);
    CHECK_WIDE(balance.used.pico + balance.held.pico + balance.remaining.pico + balance.expired.pico,
               balance.bought.pico);
}
