/* SPDX-License-Identifier: Apache-2.0
 *
 * What of which lot paid for which sum. The engine keeps sums by funding, and lots by what is left of them; here every
 * charge is looked at while the journal is folded once more: what a lot has less than before, this charge took. */
#include <stdlib.h>

#include "focus/focus_private.h"

void cover_free(struct focus_cover *cover) {
    names_free(&cover->lot_names);
    names_free(&cover->sum_names);
    free(cover->lots);
    free(cover->first_parts);
    free(cover->parts);
    buf_free(&cover->key);
    arena_free(&cover->arena);
}

static enum status room(void **list, uint32_t count, uint32_t *cap, size_t size) {
    if (count < *cap)
        return STATUS_OK;
    uint32_t more = *cap ? *cap * 2 : 64;
    void *grown = realloc(*list, more * size);
    if (grown == NULL)
        return STATUS_NO_MEMORY;
    *list = grown;
    *cap = more;
    return STATUS_OK;
}

/* ---- names of lots and sums: their parts one behind the other, with their lengths, so that no two are alike ---- */

static void key_start(struct focus_cover *cover, struct slice text) {
    buf_clear(&cover->key);
    buf_printf(&cover->key, "%zu:", text.len);
    buf_append(&cover->key, text);
}

static void key_text(struct focus_cover *cover, struct slice text) {
    buf_printf(&cover->key, "%zu:", text.len);
    buf_append(&cover->key, text);
}

static void key_number(struct focus_cover *cover, int64_t number) {
    buf_printf(&cover->key, "%lld,", (long long)number);
}

static void lot_key(struct focus_cover *cover, struct slice account, struct slice order_id, struct slice sku) {
    key_start(cover, account);
    key_text(cover, order_id);
    key_text(cover, sku);
}

uint32_t cover_lot_find(struct focus_cover *cover, struct slice account, struct slice order_id, struct slice sku) {
    lot_key(cover, account, order_id, sku);
    return cover->key.failed ? FOCUS_NONE : names_find(&cover->lot_names, buf_slice(&cover->key));
}

static enum amortising amortising_of(const struct product *product) {
    switch (product->kind) {
    case PRODUCT_PACKAGE:
        return AMORTISED_BY_UNITS;
    case PRODUCT_QPS:
    case PRODUCT_CONCURRENCY:
        return AMORTISED_BY_TIME;
    case PRODUCT_LICENCE:
    case PRODUCT_GRANT:
        break;
    }
    return AMORTISED_NOT;
}

static enum status lot_new(struct focus_cover *cover, struct slice account, const struct lot *lot,
                           struct focus_lot *ret_lot) {
    const struct product *product = lot->product;
    *ret_lot = (struct focus_lot){
        .account = arena_copy(&cover->arena, account),
        .order_id = arena_copy(&cover->arena, lot->order_id),
        .sku = arena_copy(&cover->arena, product->sku),
        .title = arena_copy(&cover->arena, product->title.len > 0 ? product->title : product->sku),
        .unit = arena_copy(&cover->arena, product->unit),
        .amortising = amortising_of(product),
        .kind = product->kind,
        .restores = product->restores,
        .restore_cycle = product->restore_cycle,
        .restore_zone = product->zone,
        .effective_ns = lot->effective_ns,
        .expires_ns = lot->expires_ns,
        .ordered_ns = lot->ordered_ns,
        .pieces = lot->pieces,
        .validity = product->validity,
        .periods = lot->periods,
        .exhausted_ns = INSTANT_MIN,
        .bought = lot->bought,
        .scale = lot->scale,
    };
    bool is_whole = ret_lot->account.ptr && ret_lot->order_id.ptr && ret_lot->sku.ptr && ret_lot->title.ptr;
    return is_whole && ret_lot->unit.ptr ? STATUS_OK : STATUS_NO_MEMORY;
}

enum status cover_lot(struct focus_cover *cover, struct slice account, const struct lot *lot, uint32_t *ret_lot) {
    uint32_t known = cover->lot_names.count, index;
    lot_key(cover, account, lot->order_id, lot->product->sku);
    if (cover->key.failed)
        return STATUS_NO_MEMORY;
    TRY(names_add(&cover->lot_names, buf_slice(&cover->key), &index));
    *ret_lot = index;
    if (index < known)
        return STATUS_OK;
    void *list = cover->lots;
    enum status status = room(&list, index, &cover->lot_cap, sizeof *cover->lots);
    cover->lots = list;
    TRY(status);
    return lot_new(cover, account, lot, &cover->lots[index]);
}

struct sum_name {
    struct slice account, tariff, item, region, label;
    int64_t cycle_ns, price_from_ns;
    enum funding funding;
};

/* *ret_sum: place of its first part. add: make it when there is none. FOCUS_NONE: there is none. */
static enum status sum_find(struct focus_cover *cover, const struct sum_name *name, bool add, uint32_t *ret_sum) {
    uint32_t known = cover->sum_names.count;
    key_start(cover, name->account);
    key_text(cover, name->tariff);
    key_text(cover, name->item);
    key_text(cover, name->region);
    key_text(cover, name->label);
    key_number(cover, name->cycle_ns);
    key_number(cover, name->price_from_ns);
    key_number(cover, (int64_t)name->funding);
    if (cover->key.failed)
        return STATUS_NO_MEMORY;
    *ret_sum = names_find(&cover->sum_names, buf_slice(&cover->key));
    if (*ret_sum != NAMES_NONE || !add)
        return STATUS_OK;
    TRY(names_add(&cover->sum_names, buf_slice(&cover->key), ret_sum));
    void *list = cover->first_parts;
    enum status status = room(&list, known, &cover->sum_cap, sizeof *cover->first_parts);
    cover->first_parts = list;
    TRY(status);
    cover->first_parts[*ret_sum] = FOCUS_NONE;
    return STATUS_OK;
}

static enum status part_find(struct focus_cover *cover, uint32_t sum, uint32_t lot, int64_t term_ns,
                             uint32_t *ret_part) {
    uint32_t *link = &cover->first_parts[sum];
    for (; *link != FOCUS_NONE; link = &cover->parts[*link].next) {
        *ret_part = *link;
        if (cover->parts[*link].lot == lot && cover->parts[*link].term_ns == term_ns)
            return STATUS_OK;
    }
    uint32_t at = cover->part_count, before = sum;
    bool is_first = link == &cover->first_parts[sum];
    if (!is_first)
        before = *ret_part;
    void *list = cover->parts;
    enum status status = room(&list, at, &cover->part_cap, sizeof *cover->parts);
    cover->parts = list;
    TRY(status);
    cover->parts[at] = (struct focus_part){.lot = lot, .term_ns = term_ns, .next = FOCUS_NONE};
    if (is_first)
        cover->first_parts[before] = at;
    else
        cover->parts[before].next = at;
    cover->part_count++;
    *ret_part = at;
    return STATUS_OK;
}

/* ---- what a charge took ---- */

/* The lot goes on in other smallest parts: what was seen of it becomes as many of them. Exact unless other tariffs hold
 * by now, and then only what stood on bills is cut. */
static enum status rescale(struct focus_cover *cover, uint32_t index, const struct lot *lot) {
    struct focus_lot *seen = &cover->lots[index];
    seen->bought = lot->bought;
    if (seen->scale == lot->scale)
        return STATUS_OK;
    for (uint32_t i = 0; i < cover->part_count; i++) {
        struct focus_part *part = &cover->parts[i];
        if (part->lot != index)
            continue;
        TRY(wide_mul_div(part->units, lot->scale, seen->scale, ROUND_DOWN, &part->units));
        TRY(wide_mul_div(part->billed_units, lot->scale, seen->scale, ROUND_DOWN, &part->billed_units));
    }
    TRY(wide_mul_div(seen->used, lot->scale, seen->scale, ROUND_DOWN, &seen->used));
    seen->scale = lot->scale;
    return STATUS_OK;
}

struct taken { /* from one lot by one charge */
    uint32_t lot;
    int64_t term_ns;
    wide units;
};

static enum status lot_look(struct focus_cover *cover, const struct charge_view *charge, const struct lot *lot,
                            struct taken *ret_taken) {
    uint32_t index;
    TRY(cover_lot(cover, charge->account, lot, &index));
    TRY(rescale(cover, index, lot));
    struct focus_lot *seen = &cover->lots[index];
    int64_t term_ns = lot->product->restores ? lot->restored.start_ns : 0;
    if (term_ns != seen->term_ns)
        seen->used = 0; /* full again */
    *ret_taken = (struct taken){.lot = index, .term_ns = term_ns, .units = lot->used - seen->used};
    if (seen->amortising == AMORTISED_BY_TIME)
        ret_taken->units = ((wide)lot->covered - (wide)seen->covered) * DECIMAL_ONE_PICO;
    seen->used = lot->used;
    if (lot->used < lot->bought)
        seen->exhausted_ns = INSTANT_MIN;
    else if (seen->exhausted_ns == INSTANT_MIN)
        seen->exhausted_ns = charge->at_ns;
    seen->term_ns = term_ns;
    seen->covered = lot->covered;
    return STATUS_OK;
}

static enum status part_add(struct focus_cover *cover, uint32_t sum, const struct taken *taken,
                            struct decimal quantity) {
    uint32_t at;
    TRY(part_find(cover, sum, taken->lot, taken->term_ns, &at));
    struct focus_part *part = &cover->parts[at];
    TRY(decimal_add(part->quantity, quantity, &part->quantity));
    return wide_add(part->units, taken->units, &part->units);
}

enum { LOTS_AT_ONCE = 64 };

/* Given back: several lots may take it, by what each of them took. */
static enum status give(struct focus_cover *cover, uint32_t sum, const struct taken *list, uint32_t count,
                        struct decimal quantity) {
    struct decimal left = quantity;
    wide all = 0;
    for (uint32_t i = 0; i < count; i++)
        TRY(wide_add(all, list[i].units, &all));
    for (uint32_t i = 0; i < count; i++) {
        struct decimal share = left;
        if (i + 1 < count && all < 0)
            TRY(wide_mul_div(quantity.pico, -list[i].units, -all, ROUND_DOWN, &share.pico));
        TRY(decimal_sub(left, share, &left));
        TRY(part_add(cover, sum, &list[i], share));
    }
    return STATUS_OK;
}

static enum status charge_take(struct focus_cover *cover, const struct charge_view *charge, uint32_t sum) {
    struct taken list[LOTS_AT_ONCE];
    uint32_t count = 0;
    for (uint32_t i = 0; i < charge->lot_count; i++) {
        struct taken taken;
        TRY(lot_look(cover, charge, &charge->lots[i], &taken));
        bool pays = &charge->lots[i] == charge->lot;
        if (pays) {
            TRY(part_add(cover, sum, &taken, charge->quantity));
        } else if (taken.units != 0 && charge->lot) {
            TRY(part_add(cover, sum, &taken, DECIMAL_ZERO));
        } else if (taken.units != 0 && count < LOTS_AT_ONCE) {
            list[count++] = taken;
        } else if (taken.units != 0) {
            return STATUS_RANGE;
        }
    }
    return charge->lot ? STATUS_OK : give(cover, sum, list, count, charge->quantity);
}

enum status cover_charge(struct focus_cover *cover, const struct charge_view *charge) {
    const struct tariff *tariff = charge->tariff;
    const struct rate *rate = charge->rate;
    struct sum_name name = {.account = charge->account,
                            .tariff = tariff->name,
                            .item = tariff->items[rate->item].name,
                            .region = SLICE(""),
                            .label = rate->label,
                            .cycle_ns = charge->cycle.start_ns,
                            .price_from_ns = tariff->items[rate->item].versions[rate->version].from_ns,
                            .funding = charge->funding};
    uint32_t sum;
    bool is_quota = charge->funding == FUNDING_FREE && charge->lot == NULL;
    if (charge->lot_count == 0 || charge->funding == FUNDING_PAYG || is_quota)
        return STATUS_OK;
    if (rate->region != INDEX_NONE && tariff->region_class)
        name.region = tariff->region_class->value_names[rate->region];
    TRY(sum_find(cover, &name, true, &sum));
    return charge_take(cover, charge, sum);
}

/* What stands on bills stays. */
void cover_restart(struct focus_cover *cover) {
    for (uint32_t i = 0; i < cover->part_count; i++) {
        cover->parts[i].quantity = DECIMAL_ZERO;
        cover->parts[i].units = 0;
    }
    for (uint32_t i = 0; i < cover->lot_names.count; i++) {
        cover->lots[i].used = 0;
        cover->lots[i].covered = 0;
        cover->lots[i].exhausted_ns = INSTANT_MIN;
    }
}

enum status cover_parts(struct focus_cover *cover, const struct bill *bill, const struct bill_line *line,
                        int64_t cycle_ns, uint32_t *ret_part) {
    enum funding funding;
    uint32_t sum;
    *ret_part = FOCUS_NONE;
    if (!funding_parse(slice_of(line->funding), &funding) || funding == FUNDING_PAYG)
        return STATUS_OK;
    struct sum_name name = {.account = bill->account,
                            .tariff = bill->tariff->name,
                            .item = line->item,
                            .region = line->region,
                            .label = line->label,
                            .cycle_ns = cycle_ns,
                            .price_from_ns = line->price_from_ns,
                            .funding = funding};
    TRY(sum_find(cover, &name, false, &sum));
    if (sum != NAMES_NONE)
        *ret_part = cover->first_parts[sum];
    return STATUS_OK;
}
