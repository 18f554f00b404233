/* SPDX-License-Identifier: Apache-2.0
 *
 * Random documents for whatever tariffs are loaded: usage of every operation, every command, late and early ones, and
 * some that came before. */
#include <string.h>

#include "simulator.h"

uint64_t draw(struct simulation *simulation, uint64_t below) {
    uint64_t z = simulation->random += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (z ^ (z >> 31)) % below;
}

bool chance(struct simulation *simulation, uint32_t percent) {
    return draw(simulation, 100) < percent;
}

int64_t draw_duration(struct simulation *simulation) {
    static const int64_t units[] = {SECOND_NS, MINUTE_NS, MINUTE_NS, HOUR_NS, HOUR_NS, DAY_NS, DAY_NS, 30 * DAY_NS};
    int64_t unit = units[draw(simulation, sizeof units / sizeof *units)];
    return unit + (int64_t)draw(simulation, 40) * unit / 10;
}

struct slice padded_copy(struct simulation *simulation, struct arena *arena, struct slice text) {
    char *copy = arena_alloc(arena, text.len + JSON_PADDING);
    REQUIRE(simulation, copy != NULL);
    memcpy(copy, text.ptr, text.len);
    return (struct slice){copy, text.len};
}

static struct slice keep(struct simulation *simulation, const struct buf *text) {
    REQUIRE(simulation, !text->failed);
    return padded_copy(simulation, &simulation->arena, buf_slice(text));
}

static void put_instant(struct buf *out, int64_t at_ns) {
    char text[INSTANT_TEXT_MAX];
    instant_format(at_ns, NULL, text);
    buf_printf(out, "\"%s\"", text);
}

static const struct tariff *draw_tariff(struct simulation *simulation) {
    return simulation->tariffs.list[draw(simulation, simulation->tariffs.count)];
}

/* Mostly just now, sometimes late by days, now and then outside the acceptance window on either side. */
static int64_t draw_time(struct simulation *simulation) {
    int64_t back = 0;
    uint64_t kind = draw(simulation, 100);
    if (kind < 60)
        back = (int64_t)draw(simulation, 3600);
    else if (kind < 80)
        back = (int64_t)draw(simulation, 3 * 86400);
    else if (kind < 94)
        back = (int64_t)draw(simulation, 40 * 86400);
    else if (kind < 96)
        back = (int64_t)draw(simulation, 60 * 86400);
    else
        back = -(int64_t)draw(simulation, 400);
    return simulation->now_ns - back * SECOND_NS;
}

/* ---- usage ---- */

static void put_number(struct simulation *simulation, struct buf *out, uint32_t slot) {
    static const uint32_t sizes[] = {240, 360, 480, 640, 720, 720, 1080, 1920};
    static const uint32_t rates[] = {12, 15, 24, 24, 25, 30, 30, 60};
    switch (slot) {
    case ATTR_STATUS:
        buf_text(out, chance(simulation, 95) ? "200" : chance(simulation, 50) ? "404" : "500");
        return;
    case ATTR_WIDTH:
    case ATTR_HEIGHT:
        buf_printf(out, "%u", sizes[draw(simulation, 8)]);
        return;
    case ATTR_FPS:
        buf_printf(out, "%u", rates[draw(simulation, 8)]);
        return;
    case ATTR_PLAY_FROM:
        buf_printf(out, "%u", (unsigned)draw(simulation, 600));
        return;
    case ATTR_PLAY_TO:
        buf_printf(out, "%u", (unsigned)draw(simulation, 600) + (chance(simulation, 5) ? 0 : 600));
        return;
    case ATTR_COUNT:
        buf_printf(out, "%u", (unsigned)(chance(simulation, 90) ? draw(simulation, 20) : draw(simulation, 100000)));
        return;
    default:
        buf_printf(out, chance(simulation, 70) ? "%u" : "\"%u.%u\"", (unsigned)draw(simulation, 900),
                   (unsigned)draw(simulation, 1000));
    }
}

/* A value of some class that looks at the attribute. */
static void put_class_value(struct simulation *simulation, const struct tariff *tariff, struct slice name,
                            struct buf *out) {
    for (uint32_t i = 0; i < tariff->class_count; i++) {
        const struct class *class = &tariff->classes[i];
        if (class->bands || !slice_eq(formula_text(class->measures[0]), name) || class->value_count == 0)
            continue;
        buf_printf(out, "\"%.*s\"", SLICE_ARG(class->value_names[draw(simulation, class->value_count)]));
        return;
    }
    buf_printf(out, "\"x%u\"", (unsigned)draw(simulation, 3));
}

static void put_text(struct simulation *simulation, const struct tariff *tariff, uint32_t slot, struct buf *out) {
    switch (slot) {
    case ATTR_OUTCOME:
        buf_text(out, chance(simulation, 94)   ? "\"succeeded\""
                      : chance(simulation, 50) ? "\"failed\""
                                               : "\"throttled\"");
        return;
    case ATTR_KIND:
        buf_text(out, chance(simulation, 75) ? "\"video\"" : "\"audio\"");
        return;
    case ATTR_JOB:
        buf_printf(out, "\"job-%u\"", (unsigned)draw(simulation, 60));
        return;
    case ATTR_MEDIA:
        buf_printf(out, "\"media-%u\"", (unsigned)draw(simulation, 4));
        return;
    default:
        put_class_value(simulation, tariff, simulation->tariffs.attrs.names.texts[slot], out);
    }
}

static void put_value(struct simulation *simulation, const struct tariff *tariff, uint32_t slot, struct buf *out) {
    switch (simulation->tariffs.attrs.kinds[slot]) {
    case VALUE_NUMBER:
        put_number(simulation, out, slot);
        return;
    case VALUE_FLAG:
        buf_text(out, chance(simulation, 50) ? "true" : "false");
        return;
    case VALUE_INSTANT:
        put_instant(out, simulation->now_ns - (int64_t)draw(simulation, 50 * 86400) * SECOND_NS);
        return;
    case VALUE_TEXT:
    case VALUE_NONE:
        break;
    }
    put_text(simulation, tariff, slot, out);
}

static uint32_t presence(uint32_t slot) {
    switch (slot) {
    case ATTR_TIME:
        return 0;
    case ATTR_SUBMITTED_AT:
    case ATTR_PLAYLIST_INITIAL:
    case ATTR_PLAYLIST_AHEAD:
    case ATTR_PLAYLIST_SEGMENT:
        return 20;
    case ATTR_PLAYLIST_DURATION:
        return 40;
    default:
        return 97;
    }
}

static void put_stream(struct simulation *simulation, const struct tariff *tariff, struct buf *out) {
    static const uint32_t slots[] = {ATTR_KIND, ATTR_CODEC, ATTR_WIDTH, ATTR_HEIGHT, ATTR_FPS, ATTR_SECONDS};
    for (uint32_t i = 0; i < sizeof slots / sizeof *slots; i++) {
        buf_printf(out, "%s\"%.*s\":", i ? "," : "{", SLICE_ARG(simulation->tariffs.attrs.names.texts[slots[i]]));
        put_value(simulation, tariff, slots[i], out);
    }
    buf_char(out, '}');
}

static const struct past_hold *draw_hold(struct simulation *simulation) {
    uint32_t count = simulation->hold_count < HOLDS_MAX ? simulation->hold_count : HOLDS_MAX;
    return count ? &simulation->holds[draw(simulation, count)] : NULL;
}

static void put_data(struct simulation *simulation, const struct tariff *tariff, const struct past_hold *hold,
                     struct buf *out) {
    const struct names *names = &simulation->tariffs.attrs.names;
    struct slice open = {0};
    buf_text(out, "{\"note\":1");
    for (uint32_t slot = 0; slot < names->count; slot++) {
        struct slice prefix, rest;
        bool is_nested = slice_cut(names->texts[slot], '.', &prefix, &rest);
        if (!chance(simulation, presence(slot)))
            continue;
        if (open.len && !(is_nested && slice_eq(open, prefix))) {
            buf_char(out, '}');
            open.len = 0;
        }
        buf_char(out, ',');
        if (is_nested && !open.len) {
            buf_printf(out, "\"%.*s\":{", SLICE_ARG(prefix));
            open = prefix;
        }
        buf_printf(out, "\"%.*s\":", SLICE_ARG(is_nested ? rest : names->texts[slot]));
        put_value(simulation, tariff, slot, out);
    }
    if (open.len)
        buf_char(out, '}');
    if (chance(simulation, 12)) {
        buf_text(out, ",\"streams\":[");
        for (uint64_t left = draw(simulation, 3); put_stream(simulation, tariff, out), left > 0; left--)
            buf_char(out, ',');
        buf_char(out, ']');
    }
    if (hold)
        buf_printf(out, ",\"hold\":\"%.*s\"", SLICE_ARG(hold->id));
    buf_char(out, '}');
}

static void put_head(struct buf *out, struct slice id, uint32_t account, int64_t at_ns) {
    buf_printf(out, "{\"specversion\":\"1.0\",\"id\":\"%.*s\",\"source\":\"sim\",\"subject\":\"a%u\",\"time\":",
               SLICE_ARG(id), account);
    put_instant(out, at_ns);
}

static void put_operation(struct simulation *simulation, const struct tariff *tariff, struct buf *out) {
    struct slice name = tariff->operations[draw(simulation, tariff->operation_count)].name;
    buf_printf(out, "%s%.*s.%.*s%s", chance(simulation, 1) ? "x" : "", SLICE_ARG(tariff->name), SLICE_ARG(name),
               chance(simulation, 1) ? "x" : "");
}

static void put_usage(struct simulation *simulation, struct slice id, struct buf *out) {
    const struct tariff *tariff = draw_tariff(simulation);
    const struct past_hold *hold = chance(simulation, 20) ? draw_hold(simulation) : NULL;
    uint32_t account = (uint32_t)draw(simulation, simulation->account_count);
    if (hold && chance(simulation, 90)) {
        tariff = hold->tariff;
        account = hold->account;
    }
    put_head(out, id, account, draw_time(simulation));
    buf_text(out, ",\"type\":\"");
    put_operation(simulation, tariff, out);
    buf_text(out, "\",\"data\":");
    put_data(simulation, tariff, hold, out);
    buf_char(out, '}');
}

/* ---- commands ---- */

static const struct past_order *draw_order(struct simulation *simulation) {
    uint32_t count = simulation->order_count < ORDERS_MAX ? simulation->order_count : ORDERS_MAX;
    return count ? &simulation->orders[draw(simulation, count)] : NULL;
}

static void put_order(struct simulation *simulation, struct slice id, uint32_t account, struct buf *out) {
    const struct tariff *tariff = draw_tariff(simulation);
    const struct past_order *old = chance(simulation, 15) ? draw_order(simulation) : NULL;
    tariff = old ? old->tariff : tariff;
    if (tariff->product_count == 0) {
        buf_text(out, "\"type\":\"tollgate.account\",\"data\":{}");
        return;
    }
    const struct product *product = &tariff->products[draw(simulation, tariff->product_count)];
    if (old && chance(simulation, 60))
        product = old->product;
    buf_printf(out, "\"type\":\"tollgate.order\",\"data\":{\"tariff\":\"%.*s\",\"sku\":\"%.*s\"",
               SLICE_ARG(tariff->name), SLICE_ARG(product->sku));
    if (chance(simulation, 40))
        buf_printf(out, ",\"quantity\":%u",
                   (unsigned)(chance(simulation, 70) ? 1 + draw(simulation, 4) : 1 + draw(simulation, 300)));
    if (chance(simulation, 20))
        buf_printf(out, ",\"periods\":%u", (unsigned)(1 + draw(simulation, 3)));
    if (chance(simulation, 20)) {
        buf_text(out, ",\"effective_at\":");
        put_instant(out, simulation->now_ns + ((int64_t)draw(simulation, 60) - 20) * DAY_NS / 2);
    }
    if (old)
        buf_printf(out, ",\"%s\":\"%.*s\"", chance(simulation, 50) ? "renews" : "upgrades", SLICE_ARG(old->id));
    if (old && chance(simulation, 20))
        buf_text(out, ",\"temporary\":true");
    if (old && chance(simulation, 10)) {
        buf_text(out, ",\"until\":");
        put_instant(out, simulation->now_ns + draw_duration(simulation));
    }
    if (chance(simulation, 10))
        buf_text(out, ",\"sales\":true");
    buf_char(out, '}');
    simulation->orders[simulation->order_count++ % ORDERS_MAX] =
        (struct past_order){id, old ? old->account : account, tariff, product};
}

static void put_refund(struct simulation *simulation, const struct past_order *order, struct buf *out) {
    buf_printf(out, "\"type\":\"tollgate.refund\",\"data\":{\"order\":\"%.*s\"", SLICE_ARG(order->id));
    if (chance(simulation, 50))
        buf_printf(out, ",\"tariff\":\"%.*s\"", SLICE_ARG(order->tariff->name));
    buf_char(out, '}');
}

static void put_activate(struct simulation *simulation, const struct past_order *order, struct buf *out) {
    const struct tariff *tariff = order ? order->tariff : draw_tariff(simulation);
    buf_printf(out, "\"type\":\"tollgate.activate\",\"data\":{\"tariff\":\"%.*s\"", SLICE_ARG(tariff->name));
    if (order)
        buf_printf(out, ",\"order\":\"%.*s\"", SLICE_ARG(order->id));
    if (order && order->product->terminal_count && chance(simulation, 90))
        buf_printf(out, ",\"terminal\":\"%.*s\"",
                   SLICE_ARG(order->product->terminals[draw(simulation, order->product->terminal_count)]));
    if (chance(simulation, 60))
        buf_printf(out, ",\"units\":\"%u.5\"", (unsigned)draw(simulation, 50));
    buf_char(out, '}');
}

static void put_settings(struct simulation *simulation, struct buf *out) {
    const struct tariff *tariff = draw_tariff(simulation);
    buf_printf(out, "\"type\":\"tollgate.account\",\"data\":{\"postpaid\":{\"%.*s\":%s}", SLICE_ARG(tariff->name),
               chance(simulation, 70) ? "true" : "false");
    if (chance(simulation, 20))
        buf_printf(out, ",\"mode\":{\"%.*s\":\"%s\"}", SLICE_ARG(tariff->name),
                   chance(simulation, 40) ? "concurrent" : "payg");
    if (chance(simulation, 30))
        buf_printf(out, ",\"credit\":{\"%s\":%u}", tariff->currency->code, (unsigned)draw(simulation, 500));
    if (chance(simulation, 30))
        buf_printf(out, ",\"low\":{\"%s\":%u}", tariff->currency->code, (unsigned)draw(simulation, 500));
    if (chance(simulation, 30))
        buf_printf(out, ",\"attributes\":{\"tokens\":\"%u\",\"codec\":%s}", (unsigned)draw(simulation, 900),
                   chance(simulation, 30) ? "null" : "\"h265\"");
    if (chance(simulation, 30))
        buf_printf(out, ",\"released\":{\"%.*s\":true}", SLICE_ARG(tariff->name));
    buf_char(out, '}');
}

/* One that came before; now and then none at all, or no event. */
static struct slice draw_event(struct simulation *simulation) {
    uint32_t count = simulation->pool_count < POOL ? simulation->pool_count : POOL;
    struct slice event = SLICE("{}");
    for (int tries = 4; count && tries > 0; tries--) {
        event = simulation->pool[draw(simulation, count)];
        if (!memmem(event.ptr, event.len, "tollgate.", 9))
            break;
    }
    return event;
}

static uint32_t subject_of(struct slice event, uint32_t otherwise) {
    static const char mark[] = "\"subject\":\"a";
    const char *at = memmem(event.ptr, event.len, mark, sizeof mark - 1);
    uint32_t account = 0;
    for (at += at ? sizeof mark - 1 : 0; at && *at >= '0' && *at <= '9'; at++)
        account = account * 10 + (uint32_t)(*at - '0');
    return at ? account : otherwise;
}

/* What an old event comes to is said by the book in front of its reversal, and the witness hears of documents alone. */
static bool is_recent(const struct simulation *simulation, struct slice event) {
    static const char mark[] = "\"time\":\"";
    const char *at = memmem(event.ptr, event.len, mark, sizeof mark - 1), *end;
    int64_t at_ns;
    size_t wrong;
    if (!at || !(end = memchr(at + sizeof mark - 1, '"', (size_t)(event.ptr + event.len - at) - (sizeof mark - 1))))
        return false;
    at += sizeof mark - 1;
    return instant_parse((struct slice){at, (size_t)(end - at)}, &at_ns, &wrong) == STATUS_OK &&
           at_ns > simulation->now_ns - 30 * DAY_NS && identity_day(at_ns) > simulation->witness.border;
}

static void put_reversal(struct simulation *simulation, struct slice event, struct buf *out) {
    buf_text(out, "\"type\":\"tollgate.reversal\",\"data\":{\"reason\":\"counted twice\",\"event\":");
    buf_append(out, event);
    if (chance(simulation, 10))
        buf_text(out, ",\"replaced_by\":\"e-0-0\"");
    buf_char(out, '}');
}

static void put_hold(struct simulation *simulation, struct slice id, uint32_t account, struct buf *out) {
    const struct tariff *tariff = draw_tariff(simulation);
    buf_text(out, "\"type\":\"tollgate.hold\",\"data\":{\"operation\":\"");
    put_operation(simulation, tariff, out);
    buf_text(out, "\",\"data\":");
    put_data(simulation, tariff, NULL, out);
    if (chance(simulation, 40)) {
        buf_text(out, ",\"expires_at\":");
        put_instant(out, simulation->now_ns + draw_duration(simulation));
    }
    buf_char(out, '}');
    simulation->holds[simulation->hold_count++ % HOLDS_MAX] = (struct past_hold){id, account, tariff};
}

static void put_wallet(struct simulation *simulation, struct buf *out) {
    buf_printf(out, "\"type\":\"tollgate.wallet\",\"data\":{\"amount\":\"%s%u.%u\",\"currency\":\"%s\"}",
               chance(simulation, 20) ? "-" : "", (unsigned)draw(simulation, chance(simulation, 50) ? 1000 : 10000000),
               (unsigned)draw(simulation, 100), draw_tariff(simulation)->currency->code);
}

/* Mostly an overlay for what it extends; now and then any tariff for any other. */
static void put_contract(struct simulation *simulation, struct buf *out) {
    const struct tariff *use = draw_tariff(simulation), *tariff = draw_tariff(simulation);
    struct slice base, rest;
    slice_cut(use->name, '-', &base, &rest);
    if (chance(simulation, 80) && tariff_find(&simulation->tariffs, base))
        tariff = tariff_find(&simulation->tariffs, base);
    buf_printf(out, "\"type\":\"tollgate.contract\",\"data\":{\"tariff\":\"%.*s\",\"use\":\"%.*s\"",
               SLICE_ARG(tariff->name), SLICE_ARG(use->name));
    if (chance(simulation, 60)) {
        buf_text(out, ",\"from\":");
        put_instant(out, simulation->now_ns + draw_duration(simulation) - draw_duration(simulation));
    }
    buf_char(out, '}');
}

static void put_command(struct simulation *simulation, struct slice id, struct buf *out) {
    uint64_t kind = draw(simulation, 100);
    const struct past_order *order = draw_order(simulation);
    const struct past_hold *hold = draw_hold(simulation);
    struct slice event = draw_event(simulation);
    uint32_t account = (uint32_t)draw(simulation, simulation->account_count);
    for (int tries = 8; kind >= 55 && order && order->product->kind != PRODUCT_LICENCE && tries > 0; tries--)
        order = draw_order(simulation);
    if (kind >= 45 && kind < 60 && order)
        account = order->account;
    if (kind >= 70 && kind < 78 && chance(simulation, 95))
        account = subject_of(event, account);
    if (kind >= 85 && kind < 92 && hold)
        account = hold->account;
    put_head(out, id, account, draw_time(simulation));
    buf_char(out, ',');
    if (kind < 45)
        put_order(simulation, id, account, out);
    else if (kind < 55 && order)
        put_refund(simulation, order, out);
    else if (kind < 65)
        put_activate(simulation, kind < 60 ? order : NULL, out);
    else if (kind < 70)
        put_settings(simulation, out);
    else if (kind < 78 && is_recent(simulation, event))
        put_reversal(simulation, event, out);
    else if (kind >= 78 && kind < 85)
        put_hold(simulation, id, account, out);
    else if (kind >= 85 && kind < 92 && hold)
        buf_printf(out, "\"type\":\"tollgate.release\",\"data\":{\"hold\":\"%.*s\"}", SLICE_ARG(hold->id));
    else if (kind < 96)
        put_wallet(simulation, out);
    else
        put_contract(simulation, out);
    buf_char(out, '}');
}

/* ---- documents ---- */

struct slice generate_tick(struct simulation *simulation, int64_t at_ns) {
    struct buf out = {0};
    buf_printf(&out,
               "{\"specversion\":\"1.0\",\"id\":\"t-%u-%u\",\"source\":\"sim\",\"type\":\"tollgate.tick\","
               "\"time\":",
               simulation->step, (unsigned)draw(simulation, 1000000));
    put_instant(&out, at_ns);
    buf_char(&out, '}');
    struct slice text = keep(simulation, &out);
    buf_free(&out);
    return text;
}

/* One that came before: the same bytes, or the same identity with another payload. */
static void put_again(struct simulation *simulation, struct buf *out) {
    uint32_t count = simulation->pool_count < POOL ? simulation->pool_count : POOL;
    struct slice text = simulation->pool[draw(simulation, count)];
    bool is_object = text.len > 1 && text.ptr[text.len - 1] == '}';
    if (chance(simulation, 70) || !is_object) {
        buf_append(out, text);
        return;
    }
    buf_append(out, (struct slice){text.ptr, text.len - 1});
    buf_printf(out, ",\"again\":%u}", (unsigned)draw(simulation, 3));
}

struct slice generate_document(struct simulation *simulation, uint32_t number) {
    struct buf out = {0};
    struct slice id = arena_printf(&simulation->arena, "e-%u-%u", simulation->step, number);
    uint64_t kind = draw(simulation, 1000);
    bool is_again = false;
    REQUIRE(simulation, id.ptr != NULL);
    if (kind < 60 && simulation->pool_count > 0) {
        put_again(simulation, &out);
        is_again = true;
    } else if (kind < 65) {
        buf_printf(&out, "{\"specversion\":\"1.0\",\"id\":%u", (unsigned)draw(simulation, 5));
    } else if (kind < 250) {
        put_command(simulation, id, &out);
    } else {
        put_usage(simulation, id, &out);
    }
    struct slice text = keep(simulation, &out);
    buf_free(&out);
    /* A reversal that came again much later would be of an old event. */
    if (!is_again && chance(simulation, 30) && !memmem(text.ptr, text.len, "tollgate.reversal", 17))
        simulation->pool[simulation->pool_count++ % POOL] = text;
    return text;
}
