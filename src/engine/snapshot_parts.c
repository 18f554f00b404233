/* SPDX-License-Identifier: Apache-2.0
 *
 * What every part of the state consists of. Reading, each number is checked as far as the engine relies on it. */
#include <assert.h>

#include "engine/snapshot_private.h"

/* How lines are funded: texts that live as long as the program. */
static const char *const funding_words[] = {"order", "refund",
#define FUNDING_WORD(name, text) text,
                                            FUNDING_TABLE(FUNDING_WORD)
#undef FUNDING_WORD
};
enum { FUNDING_WORD_COUNT = sizeof funding_words / sizeof *funding_words };

void part_decimal(struct coder *coder, struct decimal *value) {
    coder_wide(coder, &value->pico);
}

void part_period(struct coder *coder, struct period *period) {
    coder_i64(coder, &period->start_ns);
    coder_i64(coder, &period->end_ns);
}

static void check(struct coder *coder, bool holds) {
    if (!coder->out && !holds)
        coder_fail(coder);
}

/* A second that has an instant; INT64_MIN: none yet. */
static bool is_second(int64_t second) {
    int64_t limit = INT64_MAX / NS_PER_SECOND;
    return second == INT64_MIN || (second >= -limit && second <= limit);
}

void part_counters(struct coder *coder, struct engine *engine) {
    coder_u64(coder, &engine->duplicates);
    coder_u64(coder, &engine->events);
    coder_u64(coder, &engine->commands);
    coder_u64(coder, &engine->unbilled);
    coder_i64(coder, &engine->last_ns);
    coder_i64(coder, &engine->last_end_ns);
    coder_i64(coder, &engine->now_ns);
    coder_u64(coder, &engine->purchases_made);
    for (uint32_t i = 0; i < engine->tariffs->count; i++)
        coder_u64(coder, &engine->bill_numbers[i]);
    coder_file(coder, &engine->file);
    coder_bool(coder, &engine->has_key);
    for (size_t i = 0; i < sizeof engine->key; i++)
        coder_u8(coder, &engine->key[i]);
}

void part_cycle(struct coder *coder, struct cycle *cycle) {
    coder_tariff(coder, &cycle->tariff);
    part_period(coder, &cycle->period);
    coder_bool(coder, &cycle->is_closed);
    coder_u32(coder, &cycle->adjusted_in);
    check(coder, cycle->tariff && cycle->period.start_ns <= cycle->period.end_ns);
}

void part_account(struct coder *coder, struct account *account) {
    coder_u64(coder, &account->unpriced);
    coder_u64(coder, &account->unfunded);
    coder_i64(coder, &account->unpriced_ns);
    coder_i64(coder, &account->unfunded_ns);
    coder_bool(coder, &account->told_unfunded);
}

void part_subscription(struct coder *coder, struct subscription *subscription) {
    coder_bool(coder, &subscription->is_activated);
    coder_bool(coder, &subscription->is_suspended);
    coder_i64(coder, &subscription->suspended_ns);
    coder_bool(coder, &subscription->is_earning);
    coder_bool(coder, &subscription->holdings.postpaid);
    coder_bool(coder, &subscription->holdings.concurrent_mode);
}

void part_quota(struct coder *coder, const struct tariff *tariff, struct quota_use *quota) {
    coder_u32(coder, &quota->item);
    coder_i64(coder, &quota->start_ns);
    coder_wide(coder, &quota->used_pico);
    coder_wide(coder, &quota->held_pico);
    check(coder, quota->item < tariff->item_count && quota->used_pico >= 0 && quota->held_pico >= 0 &&
                     quota->used_pico <= tariff->items[quota->item].free_quota.pico &&
                     quota->held_pico <= tariff->items[quota->item].free_quota.pico - quota->used_pico);
}

static void part_product(struct coder *coder, const struct tariff *tariff, const struct product **product) {
    uint32_t index = coder->out ? (uint32_t)(*product - tariff->products) : 0;
    coder_u32(coder, &index);
    check(coder, index < tariff->product_count);
    if (!coder->out)
        *product = coder->status == STATUS_OK ? &tariff->products[index] : NULL;
}

static void part_link(struct coder *coder, struct lot *lot) {
    uint8_t link = (uint8_t)lot->link;
    coder_u8(coder, &link);
    coder_text(coder, &lot->follows);
    check(coder, link <= LINK_TEMPORARY);
    lot->link = (enum lot_link)link;
}

void part_contract(struct coder *coder, struct contract *contract) {
    coder_tariff(coder, &contract->tariff);
    coder_tariff(coder, &contract->use);
    coder_i64(coder, &contract->from_ns);
    coder_text(coder, &contract->id);
    check(coder, contract->tariff && contract->use);
}

void part_zone(struct coder *coder, const struct zone **zone) {
    struct slice name = coder->out && *zone ? slice_of(zone_name(*zone)) : SLICE("");
    coder_text(coder, &name);
    check(coder, name.len == 0 || zone_load(name, zone) == STATUS_OK);
}

void part_lot(struct coder *coder, const struct tariff *tariff, struct lot *lot) {
    part_product(coder, tariff, &lot->product);
    coder_text(coder, &lot->order_id);
    part_link(coder, lot);
    coder_i64(coder, &lot->ordered_ns);
    coder_i64(coder, &lot->effective_ns);
    coder_i64(coder, &lot->expires_ns);
    part_decimal(coder, &lot->pieces);
    coder_u32(coder, &lot->periods);
    coder_i64(coder, &lot->scale);
    coder_wide(coder, &lot->bought);
    coder_wide(coder, &lot->used);
    coder_wide(coder, &lot->held);
    coder_u32(coder, &lot->number);
    part_period(coder, &lot->restored);
    part_decimal(coder, &lot->price_paid);
    part_decimal(coder, &lot->invoiced);
    part_decimal(coder, &lot->earned);
    coder_u32(coder, &lot->alerts_sent);
    coder_bool(coder, &lot->told_expiring);
    coder_bool(coder, &lot->told_expired);
    coder_bool(coder, &lot->told_over_limit);
    coder_u64(coder, &lot->covered);
    coder_u64(coder, &lot->over_limit);
    coder_i64(coder, &lot->window_second);
    coder_u64(coder, &lot->window_count);
    coder_bool(coder, &lot->is_refunded);
    coder_bool(coder, &lot->is_activated);
    coder_bool(coder, &lot->is_lapsed);
    coder_u32(coder, &lot->terminal);
    coder_bool(coder, &lot->was_used);
    check(coder, lot->product && lot->used >= 0 && lot->used <= lot->bought && lot->held >= 0 &&
                     lot->held <= lot->bought - lot->used && lot->alerts_sent <= lot->product->alert_count);
    check(coder, is_second(lot->window_second));
    check(coder, !lot->product || lot->terminal == INDEX_NONE || lot->terminal < lot->product->terminal_count);
    check(coder, coder->status != STATUS_OK || (lot->scale > 0 && lot->scale % lot->product->units_scale == 0));
}

void part_timeline(struct coder *coder, struct timeline *timeline) {
    coder_u32(coder, &timeline->account);
    coder_tariff(coder, &timeline->tariff);
    coder_u32(coder, &timeline->item);
    coder_text(coder, &timeline->key);
    check(coder, timeline->tariff && timeline->item < timeline->tariff->item_count);
    check(coder, coder->status != STATUS_OK || timeline->tariff->items[timeline->item].is_interval);
}

void part_covering(struct coder *coder, const struct timeline *timeline, struct covering *covering) {
    coder_u32(coder, &covering->cycle);
    coder_u32(coder, &covering->rate);
    coder_i64(coder, &covering->at_ns);
    part_decimal(coder, &covering->from);
    part_decimal(coder, &covering->to);
    part_decimal(coder, &covering->segment);
    coder_bool(coder, &covering->to_end);
    coder_u64(coder, &covering->signature);
    coder_u32(coder, &covering->line);
    coder_file(coder, &covering->file);
    coder_text(coder, &covering->source);
    coder_text(coder, &covering->id);
    check(coder, covering->rate == INDEX_NONE || covering->rate < timeline->tariff->rate_count);
}

void part_playlist(struct coder *coder, struct playlist *playlist) {
    coder_i64(coder, &playlist->at_ns);
    coder_u64(coder, &playlist->signature);
    part_decimal(coder, &playlist->length);
}

void part_attribute(struct coder *coder, struct attribute *value) {
    uint8_t kind = (uint8_t)value->value.kind;
    coder_u32(coder, &value->slot);
    coder_u8(coder, &kind);
    check(coder, value->slot < coder->tariffs->attrs.names.count && value->slot < ATTR_MAX);
    value->value.kind = (enum value_kind)kind;
    switch (kind) {
    case VALUE_NONE:
        break;
    case VALUE_NUMBER:
        coder_wide(coder, &value->value.number.num);
        coder_wide(coder, &value->value.number.den);
        check(coder, value->value.number.den > 0);
        break;
    case VALUE_TEXT:
        coder_text(coder, &value->value.text);
        break;
    case VALUE_FLAG:
        coder_bool(coder, &value->value.flag);
        break;
    case VALUE_INSTANT:
        coder_i64(coder, &value->value.instant_ns);
        break;
    default:
        coder_fail(coder);
    }
}

void part_span(struct coder *coder, struct span *span) {
    coder_wide(coder, &span->from);
    coder_wide(coder, &span->to);
    check(coder, span->from < span->to);
}

void part_duty(struct coder *coder, struct duty *duty) {
    uint8_t kind = (uint8_t)duty->kind;
    coder_i64(coder, &duty->at_ns);
    coder_u8(coder, &kind);
    check(coder, kind < DUTY_COUNT);
    duty->kind = (enum duty_kind)kind;
    coder_u32(coder, &duty->account);
    coder_u32(coder, &duty->tariff);
    coder_u64(coder, &duty->ref);
}

static void part_funding(struct coder *coder, const char **funding) {
    uint8_t word = 0;
    while (coder->out && word < FUNDING_WORD_COUNT && !slice_is(slice_of(*funding), funding_words[word]))
        word++;
    assert(!coder->out || word < FUNDING_WORD_COUNT); /* a word of this program that the list lacks */
    coder_u8(coder, &word);
    check(coder, word < FUNDING_WORD_COUNT);
    *funding = funding_words[word < FUNDING_WORD_COUNT ? word : 0];
}

static void part_line(struct coder *coder, struct bill_line *line) {
    coder_text(coder, &line->item);
    coder_text(coder, &line->region);
    coder_text(coder, &line->label);
    coder_text(coder, &line->unit);
    part_decimal(coder, &line->quantity);
    part_decimal(coder, &line->unit_price);
    part_decimal(coder, &line->per);
    part_funding(coder, &line->funding);
    part_decimal(coder, &line->amount);
    coder_bool(coder, &line->has_tier);
    coder_bool(coder, &line->is_last_tier);
    part_decimal(coder, &line->tier_from);
    part_decimal(coder, &line->tier_up_to);
    coder_i64(coder, &line->price_from_ns);
    coder_text(coder, &line->order_id);
    coder_text(coder, &line->note);
    coder_text(coder, &line->source);
    coder_u32(coder, &line->item_index);
    coder_u32(coder, &line->rate);
    check(coder, line->item_index == INDEX_NONE && line->rate == INDEX_NONE);
}

void part_purchase(struct coder *coder, struct purchase *purchase) {
    coder_u32(coder, &purchase->account);
    coder_u32(coder, &purchase->cycle);
    coder_u64(coder, &purchase->place);
    coder_i64(coder, &purchase->at_ns);
    part_line(coder, &purchase->line);
}

void part_adjustment(struct coder *coder, struct adjustment *adjustment) {
    coder_u32(coder, &adjustment->account);
    coder_u32(coder, &adjustment->cycle);
    coder_u32(coder, &adjustment->place);
    part_period(coder, &adjustment->line.adjusts);
    adjustment->line.is_adjustment = true;
    part_line(coder, &adjustment->line);
}

void part_notice(struct coder *coder, struct notice *notice) {
    uint8_t fact = (uint8_t)notice->fact;
    coder_u8(coder, &fact);
    check(coder, fact <= FACT_SUSPENDED);
    notice->fact = (enum fact)fact;
    coder_u32(coder, &notice->line);
    coder_u32(coder, &notice->column);
    coder_file(coder, &notice->file);
    coder_text(coder, &notice->source);
    coder_text(coder, &notice->id);
    coder_text(coder, &notice->account);
    coder_text(coder, &notice->reason);
}

void part_alert(struct coder *coder, struct alert *alert) {
    uint8_t kind = (uint8_t)alert->kind;
    coder_u8(coder, &kind);
    check(coder, kind < ALERT_KIND_COUNT);
    alert->kind = (enum alert_kind)kind;
    coder_text(coder, &alert->account);
    coder_text(coder, &alert->order_id);
    coder_text(coder, &alert->sku);
    coder_text(coder, &alert->item);
    coder_text(coder, &alert->note);
    coder_tariff(coder, &alert->tariff);
    coder_i64(coder, &alert->at_ns);
    part_decimal(coder, &alert->threshold);
    part_decimal(coder, &alert->remaining);
    coder_u64(coder, &alert->count);
}
