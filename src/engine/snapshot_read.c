/* SPDX-License-Identifier: Apache-2.0
 *
 * Bytes to state. Checksums find damage; beyond them every number is checked all the same as far as the engine would
 * fall over it, and no list is longer than the bytes that are there. */
#include <stdlib.h>

#include "base/bytes.h"
#include "engine/snapshot.h"
#include "engine/snapshot_private.h"

/* Fewest bytes of an element: what bounds a count. */
enum {
    LEAST_CYCLE = 25,
    LEAST_ACCOUNT = 7,
    LEAST_SUBSCRIPTION = 25,
    LEAST_CONTRACT = 20,
    LEAST_QUOTA = 44,
    LEAST_LOT = 221,
    LEAST_TIMELINE = 28,
    LEAST_COVERING = 85,
    LEAST_PLAYLIST = 36,
    LEAST_STREAM = 12,
    LEAST_VALUE = 5,
    LEAST_COVERED = 12,
    LEAST_SPAN = 32,
    LEAST_PURCHASE = 158,
    LEAST_NOTICE = 25,
    LEAST_ALERT = 64,
    LEAST_DUTY = 25
};
enum { ROUND = 256 }; /* elements read between two additions to a table */

static enum status require(bool holds) {
    return holds ? STATUS_OK : STATUS_INVALID;
}

static enum status read_cycles(struct coder *coder, struct engine *engine) {
    uint32_t count;
    coder_count(coder, &count, LEAST_CYCLE);
    for (uint32_t i = 0; i < count; i++) {
        struct cycle cycle = {0};
        uint32_t index;
        part_cycle(coder, &cycle);
        TRY(coder->status);
        TRY(engine_cycle(engine, cycle.tariff, cycle.period, &index));
        TRY(require(index == i && (cycle.adjusted_in == INDEX_NONE || (cycle.is_closed && cycle.adjusted_in < count))));
        engine->cycles[i].is_closed = cycle.is_closed;
        engine->cycles[i].adjusted_in = cycle.adjusted_in;
        engine->reopened += cycle.adjusted_in != INDEX_NONE;
    }
    for (uint32_t i = 0; i < count; i++) { /* what is reopened waits for an open cycle of its tariff */
        uint32_t open = engine->cycles[i].adjusted_in;
        TRY(require(open == INDEX_NONE ||
                    (!engine->cycles[open].is_closed && engine->cycles[open].tariff == engine->cycles[i].tariff)));
    }
    for (uint32_t i = 0; i < engine->tariffs->count; i++)
        engine->last_cycle[i] = INDEX_NONE;
    return coder->status;
}

static enum status read_subscription(struct coder *coder, const struct tariff *tariff,
                                     struct subscription *subscription) {
    uint32_t count;
    part_subscription(coder, subscription);
    coder_count(coder, &count, LEAST_QUOTA);
    subscription->quotas = coder_list(coder, count, sizeof *subscription->quotas);
    TRY(coder->status);
    subscription->quota_count = subscription->quota_cap = count;
    for (uint32_t i = 0; i < count; i++)
        part_quota(coder, tariff, &subscription->quotas[i]);
    coder_count(coder, &count, LEAST_LOT);
    subscription->holdings.lots = coder_list(coder, count, sizeof *subscription->holdings.lots);
    TRY(coder->status);
    subscription->holdings.count = subscription->holdings.cap = count;
    for (uint32_t i = 0; i < count; i++)
        part_lot(coder, tariff, &subscription->holdings.lots[i]);
    return coder->status;
}

static enum status read_subscriptions(struct coder *coder, struct engine *engine, uint32_t account) {
    uint32_t count;
    const struct tariff *before = NULL, *tariff;
    coder_count(coder, &count, LEAST_SUBSCRIPTION);
    for (uint32_t i = 0; i < count; i++) {
        struct subscription *subscription;
        coder_tariff(coder, &tariff);
        TRY(coder->status);
        TRY(require(tariff && (!before || before->index < tariff->index)));
        TRY(engine_subscription(engine, account, tariff, &subscription));
        TRY(read_subscription(coder, tariff, subscription));
        before = tariff;
    }
    return coder->status;
}

static enum status read_terms(struct coder *coder, struct engine *engine, uint32_t account) {
    struct terms *terms;
    uint32_t count;
    TRY(engine_terms(engine, account, &terms));
    coder_count(coder, &count, LEAST_CONTRACT);
    terms->contracts = coder_list(coder, count, sizeof *terms->contracts);
    TRY(coder->status);
    terms->contract_count = terms->contract_cap = count;
    for (uint32_t i = 0; i < count; i++)
        part_contract(coder, &terms->contracts[i]);
    coder_count(coder, &count, LEAST_VALUE);
    terms->attributes = coder_list(coder, count, sizeof *terms->attributes);
    TRY(coder->status);
    terms->attribute_count = terms->attribute_cap = count;
    for (uint32_t i = 0; i < count; i++) {
        part_attribute(coder, &terms->attributes[i]);
        TRY(require(i == 0 || terms->attributes[i - 1].slot < terms->attributes[i].slot));
    }
    part_zone(coder, &terms->zone);
    return coder->status;
}

static enum status read_account(struct coder *coder, struct engine *engine, uint32_t want) {
    struct record record = {0};
    bool has_counters, has_subscriptions, has_terms;
    uint32_t account, length;
    coder_count(coder, &length, 1); /* the name is copied by the table of names: no copy is made here */
    record.subject = (struct slice){coder->at, length};
    coder->at += length;
    coder_bool(coder, &has_counters);
    coder_bool(coder, &has_subscriptions);
    coder_bool(coder, &has_terms);
    TRY(coder->status);
    record.subject_hash = names_hash(record.subject);
    TRY(engine_account(engine, &record, &account));
    TRY(require(account == want));
    if (has_counters)
        part_account(coder, &engine->accounts[account]);
    if (has_terms)
        TRY(read_terms(coder, engine, account));
    return has_subscriptions ? read_subscriptions(coder, engine, account) : coder->status;
}

static enum status read_accounts(struct coder *coder, struct engine *engine) {
    uint32_t count;
    coder_count(coder, &count, LEAST_ACCOUNT);
    for (uint32_t i = 0; i < count; i++)
        TRY(read_account(coder, engine, i));
    return coder->status;
}

/* How many elements of a fixed size follow; they are there. */
static enum status read_many(struct coder *coder, size_t size, uint64_t *ret_count) {
    uint64_t count;
    coder_u64(coder, &count);
    TRY(coder->status);
    TRY(require(count <= (uint64_t)(coder->end - coder->at) / size));
    *ret_count = count;
    return STATUS_OK;
}

static enum status read_identities(struct coder *coder, struct engine *engine) {
    uint64_t count;
    struct identity_slot round[ROUND];
    TRY(read_many(coder, IDENTITY_SLOT_BYTES, &count));
    TRY(identities_reserve(&engine->identities, count));
    for (uint64_t done = 0, part; done < count; done += part) {
        part = count - done < ROUND ? count - done : ROUND;
        for (uint64_t i = 0; i < part; i++, coder->at += IDENTITY_SLOT_BYTES)
            round[i] = identity_slot_get(coder->at);
        TRY(identities_load(&engine->identities, round, part));
    }
    return STATUS_OK;
}

static struct cell cell_at(const char *at) {
    uwide low = bytes_u64(at + 12), high = bytes_u64(at + 20);
    return (struct cell){{bytes_u32(at), bytes_u32(at + 4), bytes_u32(at + 8)}, {(wide)(high << 64 | low)}};
}

/* External usage has no cycle and a meter of an item; everything else has both, of one tariff. */
static bool cell_fits(const struct engine *engine, const struct cycle *cycle, const struct cell *cell) {
    struct cell_key key = cell->key;
    uint32_t rate;
    if (key.account >= engine->account_names.count || key.meter == 0 ||
        key.meter >= engine->meter_base[engine->tariffs->count] || cell->quantity.pico == WIDE_MIN)
        return false;
    const struct tariff *tariff = engine_meter_tariff(engine, key.meter, &rate);
    if (!cycle)
        return rate >= tariff->rate_count && key.funding == 0;
    if (rate >= tariff->rate_count || cycle->tariff != tariff)
        return false;
    return key.funding == CELL_RAW ? tariff->items[tariff->rates[rate].item].round.is_set : key.funding < FUNDING_COUNT;
}

/* cycle NULL: external usage. */
static enum status read_table(struct coder *coder, const struct engine *engine, const struct cycle *cycle,
                              struct cells *cells) {
    uint64_t count;
    struct cell round[ROUND];
    TRY(read_many(coder, CELL_BYTES, &count));
    if (count)
        TRY(cells_reserve(cells, count));
    for (uint64_t done = 0, part; done < count; done += part) {
        part = count - done < ROUND ? count - done : ROUND;
        for (uint64_t i = 0; i < part; i++, coder->at += CELL_BYTES) {
            round[i] = cell_at(coder->at);
            TRY(require(cell_fits(engine, cycle, &round[i])));
        }
        TRY(cells_load(cells, round, part));
    }
    return STATUS_OK;
}

static enum status read_billed(struct coder *coder, const struct engine *engine, struct cycle *cycle) {
    uint64_t count;
    TRY(read_many(coder, CELL_BYTES, &count));
    if (count == 0)
        return STATUS_OK;
    TRY(require(cycle->is_closed));
    cycle->billed = malloc(count * sizeof *cycle->billed);
    if (!cycle->billed)
        return STATUS_NO_MEMORY;
    for (; cycle->billed_count < count; cycle->billed_count++, coder->at += CELL_BYTES) {
        struct cell *cell = &cycle->billed[cycle->billed_count];
        *cell = cell_at(coder->at);
        TRY(require(cell_fits(engine, cycle, cell)));
        TRY(require(cycle->billed_count == 0 ||
                    engine_cell_place(engine, cell[-1].key) < engine_cell_place(engine, cell->key)));
    }
    return STATUS_OK;
}

static enum status read_cells(struct coder *coder, struct engine *engine) {
    TRY(read_table(coder, engine, NULL, &engine->externals));
    for (uint32_t i = 0; i < engine->cycle_count; i++) {
        struct cycle *cycle = &engine->cycles[i];
        TRY(read_table(coder, engine, cycle, &cycle->cells));
        TRY(read_billed(coder, engine, cycle));
        TRY(require(!cycle->is_closed || cycle->cells.count == 0 || cycle->adjusted_in != INDEX_NONE));
    }
    return STATUS_OK;
}

static enum status read_agenda(struct coder *coder, struct engine *engine) {
    uint32_t count;
    engine->agenda.count = 0; /* what making the cycles put there */
    coder_count(coder, &count, LEAST_DUTY);
    for (uint32_t i = 0; i < count; i++) {
        struct duty duty = {0};
        part_duty(coder, &duty);
        TRY(coder->status);
        bool is_of_tariff = duty.kind == DUTY_CLOSE_CYCLE || duty.kind == DUTY_SETTLEMENT || duty.kind == DUTY_SILENCE;
        TRY(require(duty.account < engine->account_names.count || (is_of_tariff && duty.account == 0)));
        TRY(require(duty.tariff < engine->tariffs->count));
        TRY(require(duty.kind != DUTY_CLOSE_CYCLE ||
                    (duty.ref < engine->cycle_count && !engine->cycles[duty.ref].is_closed)));
        TRY(require(duty.kind != DUTY_SILENCE || duty.ref < engine->cycle_count));
        TRY(agenda_add(&engine->agenda, duty));
    }
    return coder->status;
}

static bool cycle_fits(const struct engine *engine, uint32_t cycle, const struct tariff *tariff) {
    return cycle < engine->cycle_count && (!tariff || engine->cycles[cycle].tariff == tariff);
}

static enum status read_streams(struct coder *coder, struct playlist *playlist) {
    coder_count(coder, &playlist->stream_count, LEAST_STREAM);
    playlist->streams = ARENA_ARRAY(coder->arena, playlist->stream_count, struct stream);
    if (!playlist->streams)
        return STATUS_NO_MEMORY;
    for (uint32_t i = 0; i < playlist->stream_count; i++) {
        uint32_t count;
        coder_u64(coder, &playlist->streams[i].signature);
        coder_count(coder, &count, LEAST_VALUE);
        TRY(coder->status);
        playlist->streams[i].values = ARENA_ARRAY(coder->arena, count, struct attribute);
        if (!playlist->streams[i].values)
            return STATUS_NO_MEMORY;
        playlist->streams[i].count = count;
        for (uint32_t k = 0; k < count; k++)
            part_attribute(coder, &playlist->streams[i].values[k]);
    }
    return coder->status;
}

static enum status read_covered(struct coder *coder, struct timeline *timeline) {
    uint32_t count;
    coder_count(coder, &count, LEAST_COVERED);
    timeline->covered = coder_list(coder, count, sizeof *timeline->covered);
    TRY(coder->status);
    timeline->covered_count = timeline->covered_cap = count;
    for (uint32_t i = 0; i < count; i++) {
        struct covered *covered = &timeline->covered[i];
        uint32_t span_count;
        coder_u64(coder, &covered->signature);
        coder_count(coder, &span_count, LEAST_SPAN);
        covered->spans.list = coder_list(coder, span_count, sizeof *covered->spans.list);
        TRY(coder->status);
        covered->spans.count = covered->spans.cap = span_count;
        for (uint32_t k = 0; k < span_count; k++)
            part_span(coder, &covered->spans.list[k]);
    }
    return coder->status;
}

static enum status read_coverings(struct coder *coder, struct engine *engine, struct timeline *timeline) {
    uint32_t count;
    coder_count(coder, &count, LEAST_COVERING);
    timeline->coverings = coder_list(coder, count, sizeof *timeline->coverings);
    TRY(coder->status);
    timeline->covering_count = timeline->covering_cap = count;
    for (uint32_t i = 0; i < count; i++) {
        part_covering(coder, timeline, &timeline->coverings[i]);
        TRY(coder->status);
        TRY(require(cycle_fits(engine, timeline->coverings[i].cycle, timeline->tariff)));
        const struct cycle *cycle = &engine->cycles[timeline->coverings[i].cycle];
        TRY(require(!cycle->is_closed || cycle->adjusted_in != INDEX_NONE));
        TRY(engine_cycle_mark(engine, timeline->coverings[i].cycle, timeline->number));
    }
    return STATUS_OK;
}

static enum status read_timeline(struct coder *coder, struct engine *engine, uint32_t want) {
    struct timeline read = {0}, *timeline;
    uint32_t count;
    part_timeline(coder, &read);
    TRY(coder->status);
    TRY(require(read.account < engine->account_names.count));
    TRY(engine_timeline(engine, read, &timeline));
    TRY(require(engine->timeline_names.count == want + 1));
    TRY(read_coverings(coder, engine, timeline));
    coder_count(coder, &count, LEAST_PLAYLIST);
    timeline->playlists = coder_list(coder, count, sizeof *timeline->playlists);
    TRY(coder->status);
    timeline->playlist_count = timeline->playlist_cap = count;
    for (uint32_t i = 0; i < count; i++) {
        part_playlist(coder, &timeline->playlists[i]);
        TRY(read_streams(coder, &timeline->playlists[i]));
    }
    return read_covered(coder, timeline);
}

static enum status read_timelines(struct coder *coder, struct engine *engine) {
    uint32_t count;
    coder_count(coder, &count, LEAST_TIMELINE);
    for (uint32_t i = 0; i < count; i++)
        TRY(read_timeline(coder, engine, i));
    return coder->status;
}

static enum status read_purchases(struct coder *coder, struct engine *engine) {
    uint32_t count;
    coder_count(coder, &count, LEAST_PURCHASE);
    engine->purchases = coder_list(coder, count, sizeof *engine->purchases);
    TRY(coder->status);
    engine->purchase_count = engine->purchase_cap = count;
    for (uint32_t i = 0; i < count; i++) {
        const struct purchase *purchase = &engine->purchases[i];
        part_purchase(coder, &engine->purchases[i]);
        TRY(coder->status);
        TRY(require(purchase->account < engine->account_names.count && cycle_fits(engine, purchase->cycle, NULL)));
    }
    return STATUS_OK;
}

static struct notice *read_notice_list(struct coder *coder, uint32_t *ret_count) {
    uint32_t count;
    coder_count(coder, &count, LEAST_NOTICE);
    struct notice *list = coder_list(coder, count, sizeof *list);
    for (uint32_t i = 0; list && i < count; i++)
        part_notice(coder, &list[i]);
    *ret_count = list ? count : 0;
    return list;
}

static enum status read_notices(struct coder *coder, struct engine *engine) {
    uint32_t count;
    engine->unpriced = read_notice_list(coder, &engine->unpriced_count);
    engine->unpriced_cap = engine->unpriced_count;
    engine->rejected = read_notice_list(coder, &engine->rejected_count);
    engine->rejected_cap = engine->rejected_count;
    coder_count(coder, &count, LEAST_ALERT);
    engine->alerts = coder_list(coder, count, sizeof *engine->alerts);
    TRY(coder->status);
    engine->alert_count = engine->alert_cap = count;
    for (uint32_t i = 0; i < count; i++)
        part_alert(coder, &engine->alerts[i]);
    return coder->status;
}

static enum status read_section(struct coder *coder, struct engine *engine, enum snapshot_section section) {
    switch (section) {
    case SECTION_COUNTERS:
        part_counters(coder, engine);
        return coder->status;
    case SECTION_CYCLES:
        return read_cycles(coder, engine);
    case SECTION_ACCOUNTS:
        return read_accounts(coder, engine);
    case SECTION_IDENTITIES:
        return read_identities(coder, engine);
    case SECTION_CELLS:
        return read_cells(coder, engine);
    case SECTION_TIMELINES:
        return read_timelines(coder, engine);
    case SECTION_PURCHASES:
        return read_purchases(coder, engine);
    case SECTION_NOTICES:
        return read_notices(coder, engine);
    case SECTION_AGENDA:
        return read_agenda(coder, engine);
    case SECTION_HOLDS:
        return snapshot_holds_read(coder, engine);
    case SECTION_MONEY:
        return snapshot_money_read(coder, engine);
    case SECTION_CORRECTIONS:
        return snapshot_corrections_read(coder, engine);
    case SECTION_HISTORY:
        return snapshot_history_read(coder, engine);
    case SECTION_AGAIN:
        return snapshot_again_read(coder, engine);
    }
    return STATUS_INVALID;
}

static enum status read_head(const struct tariff_set *tariffs, struct slice bytes) {
    uint8_t fingerprint[16];
    TRY(require(bytes.len >= SNAPSHOT_HEAD_BYTES && memcmp(bytes.ptr, snapshot_magic, sizeof snapshot_magic) == 0));
    TRY(require(bytes_u32(bytes.ptr + SNAPSHOT_AT_VERSION) == SNAPSHOT_VERSION));
    TRY(require(bytes_u64(bytes.ptr + SNAPSHOT_AT_CHECKSUM) == snapshot_head_checksum(bytes.ptr)));
    TRY(require(bytes_u32(bytes.ptr + SNAPSHOT_AT_COUNT) == SECTION_LAST));
    tariff_set_fingerprint(tariffs, fingerprint);
    return memcmp(bytes.ptr + SNAPSHOT_AT_FINGERPRINT, fingerprint, sizeof fingerprint) == 0 ? STATUS_OK
                                                                                             : STATUS_CONFLICT;
}

static enum status read_sections(struct slice bytes, struct engine *engine) {
    const char *at = bytes.ptr + SNAPSHOT_HEAD_BYTES, *end = bytes.ptr + bytes.len;
    struct coder coder = {.arena = &engine->arena, .tariffs = engine->tariffs};
    for (uint32_t which = 1; which <= SECTION_LAST; which++) {
        TRY(require(end - at >= SECTION_HEAD_BYTES && bytes_u32(at) == which && bytes_u32(at + 4) == 0));
        uint64_t length = bytes_u64(at + SECTION_AT_LENGTH);
        TRY(require(length <= (uint64_t)(end - at) - SECTION_HEAD_BYTES));
        TRY(require(bytes_u64(at + SECTION_AT_CHECKSUM) == snapshot_section_checksum(at, length)));
        coder.at = at + SECTION_HEAD_BYTES;
        coder.end = at = coder.at + length;
        TRY(read_section(&coder, engine, (enum snapshot_section)which));
        TRY(require(coder.at == coder.end));
    }
    return require(at == end);
}

enum status engine_restore(const struct tariff_set *tariffs, struct slice bytes, struct engine **ret_engine) {
    struct engine *engine;
    TRY(read_head(tariffs, bytes));
    TRY(engine_new(tariffs, &engine));
    enum status status = read_sections(bytes, engine);
    if (status != STATUS_OK) {
        engine_free(engine);
        return status == STATUS_RANGE ? STATUS_INVALID : status;
    }
    *ret_engine = engine;
    return STATUS_OK;
}
