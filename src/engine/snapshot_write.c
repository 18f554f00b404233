/* SPDX-License-Identifier: Apache-2.0
 *
 * State to bytes: a head, then sections in a fixed order. Lists are written as they are; the two hash tables in an
 * order that depends on their content alone. */
#include <stdlib.h>

#include "base/bytes.h"
#include "engine/snapshot.h"
#include "engine/snapshot_private.h"

static void write_count(struct coder *coder, uint32_t count) {
    coder_u32(coder, &count);
}

static void write_cycles(struct coder *coder, const struct engine *engine) {
    write_count(coder, engine->cycle_count);
    for (uint32_t i = 0; i < engine->cycle_count; i++) {
        struct cycle cycle = engine->cycles[i];
        part_cycle(coder, &cycle);
    }
}

static void write_subscription(struct coder *coder, const struct tariff *tariff, struct subscription subscription) {
    part_subscription(coder, &subscription);
    write_count(coder, subscription.quota_count);
    for (uint32_t i = 0; i < subscription.quota_count; i++) {
        struct quota_use quota = subscription.quotas[i];
        part_quota(coder, tariff, &quota);
    }
    write_count(coder, subscription.holdings.count);
    for (uint32_t i = 0; i < subscription.holdings.count; i++) {
        struct lot lot = subscription.holdings.lots[i];
        part_lot(coder, tariff, &lot);
    }
}

static void write_terms(struct coder *coder, const struct terms *terms) {
    const struct zone *zone = terms->zone;
    write_count(coder, terms->contract_count);
    for (uint32_t i = 0; i < terms->contract_count; i++) {
        struct contract contract = terms->contracts[i];
        part_contract(coder, &contract);
    }
    write_count(coder, terms->attribute_count);
    for (uint32_t i = 0; i < terms->attribute_count; i++) {
        struct attribute attribute = terms->attributes[i];
        part_attribute(coder, &attribute);
    }
    part_zone(coder, &zone);
}

/* Most accounts have nothing but a name. */
static void write_account(struct coder *coder, const struct engine *engine, uint32_t index) {
    struct slice name = engine->account_names.texts[index];
    struct account account = engine->accounts[index];
    uint32_t subscription_count = 0;
    for (uint32_t i = 0; account.subscriptions && i < engine->tariffs->count; i++)
        subscription_count += account.subscriptions[i] != NULL;
    bool has_counters = account.unpriced || account.unfunded || account.told_unfunded;
    bool has_subscriptions = subscription_count > 0;
    bool has_terms = account.terms != NULL;
    coder_text(coder, &name);
    coder_bool(coder, &has_counters);
    coder_bool(coder, &has_subscriptions);
    coder_bool(coder, &has_terms);
    if (has_counters)
        part_account(coder, &account);
    if (has_terms)
        write_terms(coder, account.terms);
    if (!has_subscriptions)
        return;
    write_count(coder, subscription_count);
    for (uint32_t i = 0; i < engine->tariffs->count; i++)
        if (account.subscriptions[i]) {
            const struct tariff *tariff = engine->tariffs->list[i];
            coder_tariff(coder, &tariff);
            write_subscription(coder, tariff, *account.subscriptions[i]);
        }
}

static void write_accounts(struct coder *coder, const struct engine *engine) {
    write_count(coder, engine->account_names.count);
    for (uint32_t i = 0; i < engine->account_names.count; i++)
        write_account(coder, engine, i);
}

/* Room for count elements behind their number; NULL: out of memory. */
static char *write_room(struct coder *coder, uint64_t count, size_t size) {
    coder_u64(coder, &count);
    size_t start = coder->out->len;
    buf_repeat(coder->out, '\0', count * size);
    return coder->out->failed ? NULL : coder->out->ptr + start;
}

static void write_identities(struct coder *coder, const struct engine *engine) {
    uint64_t count = engine->identities.count;
    struct identity_slot *list = malloc((count + 1) * sizeof *list);
    char *to = list ? write_room(coder, count, IDENTITY_SLOT_BYTES) : NULL;
    if (!to) {
        coder->out->failed = true;
        free(list);
        return;
    }
    identities_list(&engine->identities, list);
    for (uint64_t i = 0; i < count; i++, to += IDENTITY_SLOT_BYTES)
        identity_slot_put(to, &list[i]);
    free(list);
}

static void write_cell_list(struct coder *coder, const struct cell *list, uint64_t count) {
    char *to = write_room(coder, count, CELL_BYTES);
    for (uint64_t i = 0; to && i < count; i++, to += CELL_BYTES) {
        bytes_put_u32(to, list[i].key.account);
        bytes_put_u32(to + 4, list[i].key.meter);
        bytes_put_u32(to + 8, list[i].key.funding);
        bytes_put_u64(to + 12, (uint64_t)list[i].quantity.pico);
        bytes_put_u64(to + 20, (uint64_t)(list[i].quantity.pico >> 64));
    }
}

static void write_table(struct coder *coder, const struct cells *cells) {
    struct cell *list = malloc((cells->count + 1) * sizeof *list);
    if (!list) {
        coder->out->failed = true;
        return;
    }
    cells_list(cells, list);
    write_cell_list(coder, list, cells->count);
    free(list);
}

static void write_cells(struct coder *coder, const struct engine *engine) {
    write_table(coder, &engine->externals);
    for (uint32_t i = 0; i < engine->cycle_count; i++) {
        write_table(coder, &engine->cycles[i].cells);
        write_cell_list(coder, engine->cycles[i].billed, engine->cycles[i].billed_count);
    }
}

static void write_agenda(struct coder *coder, const struct engine *engine) {
    struct duty *list = malloc((engine->agenda.count + (size_t)1) * sizeof *list);
    if (!list) {
        coder->out->failed = true;
        return;
    }
    agenda_list(&engine->agenda, list);
    write_count(coder, engine->agenda.count);
    for (uint32_t i = 0; i < engine->agenda.count; i++)
        part_duty(coder, &list[i]);
    free(list);
}

static void write_playlist(struct coder *coder, struct playlist playlist) {
    part_playlist(coder, &playlist);
    write_count(coder, playlist.stream_count);
    for (uint32_t i = 0; i < playlist.stream_count; i++) {
        coder_u64(coder, &playlist.streams[i].signature);
        write_count(coder, playlist.streams[i].count);
        for (uint32_t k = 0; k < playlist.streams[i].count; k++) {
            struct attribute value = playlist.streams[i].values[k];
            part_attribute(coder, &value);
        }
    }
}

static void write_covered(struct coder *coder, const struct timeline *timeline) {
    write_count(coder, timeline->covered_count);
    for (uint32_t i = 0; i < timeline->covered_count; i++) {
        uint64_t signature = timeline->covered[i].signature;
        coder_u64(coder, &signature);
        write_count(coder, timeline->covered[i].spans.count);
        for (uint32_t k = 0; k < timeline->covered[i].spans.count; k++) {
            struct span span = timeline->covered[i].spans.list[k];
            part_span(coder, &span);
        }
    }
}

static void write_timelines(struct coder *coder, const struct engine *engine) {
    write_count(coder, engine->timeline_names.count);
    for (uint32_t i = 0; i < engine->timeline_names.count; i++) {
        struct timeline timeline = *engine->timelines[i];
        part_timeline(coder, &timeline);
        write_count(coder, timeline.covering_count);
        for (uint32_t k = 0; k < timeline.covering_count; k++) {
            struct covering covering = timeline.coverings[k];
            part_covering(coder, &timeline, &covering);
        }
        write_count(coder, timeline.playlist_count);
        for (uint32_t k = 0; k < timeline.playlist_count; k++)
            write_playlist(coder, timeline.playlists[k]);
        write_covered(coder, &timeline);
    }
}

static void write_purchases(struct coder *coder, const struct engine *engine) {
    write_count(coder, engine->purchase_count);
    for (uint32_t i = 0; i < engine->purchase_count; i++) {
        struct purchase purchase = engine->purchases[i];
        part_purchase(coder, &purchase);
    }
}

static void write_notice_list(struct coder *coder, const struct notice *notices, uint32_t count) {
    write_count(coder, count);
    for (uint32_t i = 0; i < count; i++) {
        struct notice notice = notices[i];
        part_notice(coder, &notice);
    }
}

static void write_notices(struct coder *coder, const struct engine *engine) {
    write_notice_list(coder, engine->unpriced, engine->unpriced_count);
    write_notice_list(coder, engine->rejected, engine->rejected_count);
    write_count(coder, engine->alert_count);
    for (uint32_t i = 0; i < engine->alert_count; i++) {
        struct alert alert = engine->alerts[i];
        part_alert(coder, &alert);
    }
}

static void write_section(struct coder *coder, const struct engine *engine, enum snapshot_section section) {
    struct engine counters;
    switch (section) {
    case SECTION_COUNTERS:
        counters = *engine;
        part_counters(coder, &counters);
        break;
    case SECTION_CYCLES:
        write_cycles(coder, engine);
        break;
    case SECTION_ACCOUNTS:
        write_accounts(coder, engine);
        break;
    case SECTION_IDENTITIES:
        write_identities(coder, engine);
        break;
    case SECTION_CELLS:
        write_cells(coder, engine);
        break;
    case SECTION_TIMELINES:
        write_timelines(coder, engine);
        break;
    case SECTION_PURCHASES:
        write_purchases(coder, engine);
        break;
    case SECTION_NOTICES:
        write_notices(coder, engine);
        break;
    case SECTION_AGENDA:
        write_agenda(coder, engine);
        break;
    case SECTION_HOLDS:
        snapshot_holds_write(coder, engine);
        break;
    case SECTION_MONEY:
        snapshot_money_write(coder, engine);
        break;
    case SECTION_CORRECTIONS:
        snapshot_corrections_write(coder, engine);
        break;
    case SECTION_HISTORY:
        snapshot_history_write(coder, engine);
        break;
    case SECTION_AGAIN:
        snapshot_again_write(coder, engine);
        break;
    }
}

static void write_head(const struct engine *engine, char *head) {
    memcpy(head, snapshot_magic, sizeof snapshot_magic);
    bytes_put_u32(head + SNAPSHOT_AT_VERSION, SNAPSHOT_VERSION);
    bytes_put_u32(head + SNAPSHOT_AT_COUNT, SECTION_LAST);
    tariff_set_fingerprint(engine->tariffs, (uint8_t *)head + SNAPSHOT_AT_FINGERPRINT);
    bytes_put_u64(head + SNAPSHOT_AT_CHECKSUM, snapshot_head_checksum(head));
}

enum status engine_snapshot(const struct engine *engine, struct buf *out) {
    char head[SNAPSHOT_HEAD_BYTES];
    size_t before = out->len;
    struct coder coder = {.out = out, .tariffs = engine->tariffs};
    write_head(engine, head);
    buf_append(out, (struct slice){head, sizeof head});
    for (uint32_t which = 1; which <= SECTION_LAST; which++) {
        size_t start = out->len;
        buf_repeat(out, '\0', SECTION_HEAD_BYTES);
        write_section(&coder, engine, (enum snapshot_section)which);
        if (out->failed) {
            out->len = before < out->len ? before : out->len;
            return STATUS_NO_MEMORY;
        }
        size_t length = out->len - start - SECTION_HEAD_BYTES;
        bytes_put_u32(out->ptr + start, which);
        bytes_put_u64(out->ptr + start + SECTION_AT_LENGTH, length);
        bytes_put_u64(out->ptr + start + SECTION_AT_CHECKSUM, snapshot_section_checksum(out->ptr + start, length));
    }
    return STATUS_OK;
}
