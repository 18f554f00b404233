/* SPDX-License-Identifier: Apache-2.0
 *
 * Prices and products in words, and a whole tariff as JSON. */
#include "export/show.h"

#include "tariff/reads.h"

const char *product_kind_name(enum product_kind kind) {
    static const char *const names[] = {"package", "qps", "concurrency", "licence", "grant"};
    return names[kind];
}

const char *price_mode_name(enum price_mode mode) {
    static const char *const names[] = {"unpublished", "free", "flat", "graduated", "volume"};
    return names[mode];
}

struct tiers {
    const struct tier *list;
    uint32_t count;
    bool upper_inclusive;
};

static struct slice tiers_text(const struct tiers *tiers, struct decimal per, struct arena *run) {
    struct buf text = {0};
    for (uint32_t i = 0; i < tiers->count; i++) {
        const struct tier *tier = &tiers->list[i];
        buf_printf(&text, "%s" SLICE_FMT, i > 0 ? ", " : "", SLICE_ARG(text_price(run, tier->price, per)));
        if (!tier->is_last)
            buf_printf(&text, " %s " SLICE_FMT, tiers->upper_inclusive ? "up to" : "below",
                       SLICE_ARG(text_decimal(run, tier->up_to)));
        else if (i > 0)
            buf_text(&text, tiers->upper_inclusive ? " above" : " from there");
    }
    struct slice copy = arena_copy(run, buf_slice(&text));
    buf_free(&text);
    return copy;
}

struct slice rate_text(const struct rate *rate, struct arena *run) {
    switch (rate->mode) {
    case PRICE_UNPUBLISHED:
        return SLICE("unpublished");
    case PRICE_FREE:
        return SLICE("free");
    case PRICE_FLAT:
        return text_price(run, rate->price, rate->per);
    case PRICE_GRADUATED:
    case PRICE_VOLUME:
        break;
    }
    struct tiers tiers = {rate->tiers, rate->tier_count, rate->upper_inclusive};
    return arena_printf(run, "%s: " SLICE_FMT, price_mode_name(rate->mode),
                        SLICE_ARG(tiers_text(&tiers, rate->per, run)));
}

struct slice cell_text(const struct tariff *tariff, const struct rate *rate, struct arena *run) {
    if (rate->region == INDEX_NONE || tariff->region_class == NULL)
        return rate->label;
    struct slice region = tariff->region_class->value_names[rate->region];
    if (rate->label.len == 0)
        return region;
    return arena_printf(run, SLICE_FMT " / " SLICE_FMT, SLICE_ARG(region), SLICE_ARG(rate->label));
}

struct slice product_text(const struct product *product, struct arena *run) {
    if (!product->is_published)
        return SLICE("unpublished");
    if (product->kind == PRODUCT_GRANT)
        return SLICE("granted");
    if (product->mode == PRICE_GRADUATED || product->mode == PRICE_VOLUME)
        return tiers_text(&(struct tiers){product->tiers, product->tier_count, product->upper_inclusive},
                          decimal_from_int(1), run);
    return text_decimal(run, product->price);
}

struct slice scope_text(const struct tariff *tariff, const struct product *product, struct arena *run) {
    struct buf text = {0};
    bool has_factor = product->kind == PRODUCT_PACKAGE || product->kind == PRODUCT_GRANT;
    if (product->scope_count > 3)
        buf_printf(&text, "%u items", product->scope_count);
    for (uint32_t i = 0; product->scope_count <= 3 && i < product->scope_count; i++) {
        const struct scope_entry *entry = &product->scope[i];
        const struct item *item = &tariff->items[entry->item];
        buf_printf(&text, "%s" SLICE_FMT, i > 0 ? ", " : "", SLICE_ARG(item->name));
        if (has_factor)
            buf_printf(&text, " (" SLICE_FMT " " SLICE_FMT " / " SLICE_FMT ")",
                       SLICE_ARG(text_price(run, entry->factor, entry->per)), SLICE_ARG(product->unit),
                       SLICE_ARG(item->unit));
    }
    struct slice copy = arena_copy(run, buf_slice(&text));
    buf_free(&text);
    return copy;
}

struct slice uses_text(const struct tariff *tariff, const struct operation *operation, struct arena *run) {
    struct buf text = {0};
    for (uint32_t i = 0; i < operation->use_count; i++) {
        const struct use *use = &operation->uses[i];
        struct slice item = use->by_count == 0 ? tariff->items[use->item].name : SLICE("(by class)");
        buf_printf(&text, "%s" SLICE_FMT, i > 0 ? ", " : "", SLICE_ARG(item));
        if (use->when != NULL)
            buf_printf(&text, " when " SLICE_FMT, SLICE_ARG(formula_text(use->when)));
    }
    if (operation->use_count == 0)
        buf_text(&text, "nothing");
    if (operation->work.key != NULL)
        buf_printf(&text, "; the same " SLICE_FMT " again is %s", SLICE_ARG(formula_text(operation->work.key)),
                   operation->work.counts_once ? "not counted" : "told");
    struct slice copy = arena_copy(run, buf_slice(&text));
    buf_free(&text);
    return copy;
}

/* ---- JSON ---- */

static void tiers_json(const struct tier *tiers, uint32_t count, struct json_writer *writer) {
    json_key(writer, "tiers");
    json_array(writer);
    for (uint32_t i = 0; i < count; i++) {
        json_object(writer);
        if (tiers[i].is_last)
            json_optional(writer, "up_to", SLICE(""));
        else
            json_decimal(writer, "up_to", tiers[i].up_to);
        json_decimal(writer, "price", tiers[i].price);
        json_object_end(writer);
    }
    json_array_end(writer);
}

static void rate_json(const struct tariff *tariff, const struct rate *rate, struct json_writer *writer) {
    bool has_region = rate->region != INDEX_NONE && tariff->region_class != NULL;
    json_object(writer);
    json_optional(writer, "region", has_region ? tariff->region_class->value_names[rate->region] : SLICE(""));
    json_optional(writer, "cell", rate->label);
    json_member(writer, "mode", slice_of(price_mode_name(rate->mode)));
    json_decimal(writer, "per", rate->per);
    if (rate->mode == PRICE_FLAT)
        json_decimal(writer, "price", rate->price);
    if (rate->mode == PRICE_GRADUATED || rate->mode == PRICE_VOLUME) {
        json_member(writer, "border", rate->upper_inclusive ? SLICE("upper-inclusive") : SLICE("lower-inclusive"));
        json_member(writer, "basis", rate->gross_basis ? SLICE("gross") : SLICE("net"));
        tiers_json(rate->tiers, rate->tier_count, writer);
    }
    json_optional(writer, "source", rate->origin.source);
    json_optional(writer, "note", rate->origin.note);
    json_object_end(writer);
}

static void item_json(const struct tariff *tariff, uint32_t index, int64_t at_ns, struct json_writer *writer) {
    const struct item *item = &tariff->items[index];
    json_object(writer);
    json_member(writer, "name", item->name);
    json_optional(writer, "title", item->title);
    json_member(writer, "unit", item->unit);
    json_optional(writer, "billed_by", item->billed_by);
    json_optional(writer, "source", item->origin.source);
    json_key(writer, "prices");
    json_array(writer);
    for (uint32_t v = 0; v < item->version_count; v++) {
        const struct price_version *version = &item->versions[v];
        if (at_ns != SHOW_ALL && (at_ns < version->from_ns || at_ns >= version->until_ns))
            continue;
        json_object(writer);
        json_instant(writer, "from", version->from_ns, tariff->zone);
        json_instant(writer, "until", version->until_ns, tariff->zone);
        json_key(writer, "cells");
        json_array(writer);
        for (uint32_t r = 0; r < tariff->rate_count; r++) {
            if (tariff->rates[r].item == index && tariff->rates[r].version == v)
                rate_json(tariff, &tariff->rates[r], writer);
        }
        json_array_end(writer);
        json_object_end(writer);
    }
    json_array_end(writer);
    json_object_end(writer);
}

/* What becomes of plans and licences. */
static void rules_json(const struct product *product, struct json_writer *writer) {
    char within[32];
    if (product->kind == PRODUCT_QPS) {
        json_key(writer, "upgrade");
        json_object(writer);
        json_key(writer, "allowed");
        json_bool(writer, product->upgrade_allowed);
        json_key(writer, "downgrade");
        json_bool(writer, product->downgrade_allowed);
        json_member(writer, "price", product->has_upgrade_price ? SLICE("difference") : SLICE("unpublished"));
        json_object_end(writer);
    }
    if (product->kind != PRODUCT_LICENCE)
        return;
    bool is_limited = product->activate_within.count > 0;
    size_t len = is_limited ? duration_format(product->activate_within, within, sizeof within) : 0;
    json_optional(writer, "activate_within", (struct slice){within, len});
    json_key(writer, "terminals");
    json_array(writer);
    for (uint32_t i = 0; i < product->terminal_count; i++)
        json_text(writer, product->terminals[i]);
    json_array_end(writer);
}

static void product_json(const struct tariff *tariff, const struct product *product, struct json_writer *writer) {
    char period[32];
    json_object(writer);
    json_member(writer, "sku", product->sku);
    json_member(writer, "kind", slice_of(product_kind_name(product->kind)));
    json_optional(writer, "title", product->title);
    json_member(writer, "pays_as", slice_of(funding_name(product->funding)));
    json_key(writer, "published");
    json_bool(writer, product->is_published);
    if (product->mode == PRICE_GRADUATED || product->mode == PRICE_VOLUME)
        tiers_json(product->tiers, product->tier_count, writer);
    else if (product->is_published && product->kind != PRODUCT_GRANT)
        json_decimal(writer, "price", product->price);
    json_decimal(writer, "units", product->units);
    json_optional(writer, "unit", product->unit);
    json_member(writer, "validity", (struct slice){period, duration_format(product->validity, period, sizeof period)});
    json_decimal(writer, "ceiling", product->ceiling);
    json_decimal(writer, "default_limit", product->default_limit);
    rules_json(product, writer);
    json_key(writer, "scope");
    json_array(writer);
    for (uint32_t i = 0; i < product->scope_count; i++) {
        json_object(writer);
        json_member(writer, "item", tariff->items[product->scope[i].item].name);
        json_decimal(writer, "factor", product->scope[i].factor);
        json_decimal(writer, "per", product->scope[i].per);
        json_object_end(writer);
    }
    json_array_end(writer);
    json_optional(writer, "source", product->origin.source);
    json_object_end(writer);
}

struct showing {
    const struct tariff_set *set;
    const struct tariff *tariff;
    int64_t at_ns;
    struct json_writer *writer;
};

/* A declared attribute's own words. */
static struct slice attr_note(const struct tariff *tariff, struct slice name) {
    const struct node *note = node_get(node_find(node_get(tariff->root, "attributes"), name), "note");
    return note != NULL ? note->text : SLICE("");
}

static void fallback_json(const struct value *value, const struct zone *zone, struct json_writer *writer) {
    char number[RATIO_TEXT_MAX];
    if (value->kind == VALUE_INSTANT) {
        json_instant(writer, "default", value->instant_ns, zone);
        return;
    }
    json_key(writer, "default");
    switch (value->kind) {
    case VALUE_NUMBER:
        json_text(writer, (struct slice){number, ratio_format(value->number, number)});
        break;
    case VALUE_TEXT:
        json_text(writer, value->text);
        break;
    case VALUE_FLAG:
        json_bool(writer, value->flag);
        break;
    case VALUE_INSTANT:
    case VALUE_NONE:
        json_null(writer);
        break;
    }
}

static void attr_json(const struct showing *showing, uint32_t slot, const struct attr_read *read) {
    struct json_writer *writer = showing->writer;
    struct slice name = showing->set->attrs.names.texts[slot];
    const char *unit = attr_unit(slot);
    json_object(writer);
    json_member(writer, "name", name);
    json_member(writer, "kind", slice_of(value_kind_name(showing->set->attrs.kinds[slot])));
    json_optional(writer, "unit", slice_of(unit != NULL ? unit : ""));
    json_key(writer, "required");
    json_bool(writer, read->is_needed);
    fallback_json(&read->fallback, showing->tariff->zone, writer);
    json_key(writer, "values");
    json_array(writer);
    for (const struct read_text *one = read->texts; one != NULL; one = one->next)
        json_text(writer, one->text);
    json_array_end(writer);
    json_key(writer, "closed");
    json_bool(writer, read->is_closed);
    json_optional(writer, "note", attr_note(showing->tariff, name));
    json_object_end(writer);
}

/* What it asks of an event. */
static enum status attrs_json(const struct showing *showing, const struct operation *operation) {
    struct arena run = {0};
    struct attr_reads reads = {.arena = &run};
    enum status status = operation_reads(showing->tariff, operation, showing->at_ns, &reads);
    json_key(showing->writer, "attributes");
    json_array(showing->writer);
    for (uint32_t slot = 0; slot < showing->set->attrs.names.count; slot++) {
        if (reads.list[slot].is_read)
            attr_json(showing, slot, &reads.list[slot]);
    }
    json_array_end(showing->writer);
    arena_free(&run);
    return status;
}

static enum status operation_json(const struct showing *showing, const struct operation *operation) {
    struct json_writer *writer = showing->writer;
    json_object(writer);
    json_member(writer, "name", operation->name);
    json_optional(writer, "title", operation->title);
    json_key(writer, "items");
    json_array(writer);
    for (uint32_t i = 0; i < operation->use_count; i++) {
        const struct use *use = &operation->uses[i];
        json_object(writer);
        json_optional(writer, "item", use->by_count == 0 ? showing->tariff->items[use->item].name : SLICE(""));
        json_optional(writer, "when", use->when != NULL ? formula_text(use->when) : SLICE(""));
        json_object_end(writer);
    }
    json_array_end(writer);
    TRY(attrs_json(showing, operation));
    json_optional(writer, "source", operation->origin.source);
    json_object_end(writer);
    return STATUS_OK;
}

static void settlement_json(const struct tariff *tariff, struct json_writer *writer) {
    json_key(writer, "settlement");
    if (!tariff->has_settlement) {
        json_null(writer);
        return;
    }
    json_object(writer);
    json_member(writer, "period", slice_of(cycle_kind_name(tariff->settlement_period)));
    json_key(writer, "days");
    if (tariff->settlement_first_day > 0) {
        json_array(writer);
        json_uint(writer, (uint64_t)tariff->settlement_first_day);
        json_uint(writer, (uint64_t)tariff->settlement_last_day);
        json_array_end(writer);
    } else {
        json_null(writer);
    }
    json_key(writer, "freeze");
    json_bool(writer, tariff->settlement_freezes);
    json_object_end(writer);
}

static void overdue_json(const struct overdue_rule *rule, struct json_writer *writer) {
    char grace[32];
    json_key(writer, "overdue");
    if (!rule->is_set) {
        json_null(writer);
        return;
    }
    json_object(writer);
    size_t length = rule->has_grace ? duration_format(rule->grace, grace, sizeof grace) : 0;
    json_optional(writer, "grace", (struct slice){grace, length});
    json_key(writer, "pauses");
    json_array(writer);
    for (enum funding funding = 0; funding < FUNDING_COUNT; funding++)
        if (rule->pauses[funding])
            json_text(writer, slice_of(funding_name(funding)));
    json_array_end(writer);
    json_member(writer, "resume", rule->needs_release ? SLICE("released") : SLICE("paid"));
    json_object_end(writer);
}

static void head_json(const struct tariff *tariff, struct json_writer *writer) {
    json_member(writer, "tariff", tariff->name);
    json_member(writer, "title", tariff->title);
    json_member(writer, "currency", slice_of(tariff->currency->code));
    json_member(writer, "zone", slice_of(zone_name(tariff->zone)));
    json_member(writer, "cycle", slice_of(cycle_kind_name(tariff->cycle)));
    json_key(writer, "bill_rounding");
    json_object(writer);
    json_key(writer, "scale");
    json_uint(writer, (uint64_t)tariff->bill_scale);
    json_member(writer, "mode", slice_of(rounding_name(tariff->bill_rounding)));
    json_object_end(writer);
    json_key(writer, "funding");
    json_array(writer);
    for (uint32_t i = 0; i < tariff->funding_count; i++)
        json_text(writer, slice_of(funding_name(tariff->funding[i])));
    json_array_end(writer);
    json_key(writer, "postpaid");
    json_bool(writer, tariff->postpaid_default);
    settlement_json(tariff, writer);
    overdue_json(&tariff->overdue, writer);
}

void show_json(const struct tariff_set *set, const struct tariff *tariff, int64_t at_ns, struct sink *out) {
    struct json_writer writer = {.out = &out->buf, .pretty = true};
    const struct showing showing = {set, tariff, at_ns, &writer};
    struct arena run = {0};
    json_object(&writer);
    head_json(tariff, &writer);
    json_key(&writer, "items");
    json_array(&writer);
    for (uint32_t i = 0; i < tariff->item_count; i++) {
        item_json(tariff, i, at_ns, &writer);
        sink_spill(out);
    }
    json_array_end(&writer);
    json_key(&writer, "operations");
    json_array(&writer);
    for (uint32_t i = 0; i < tariff->operation_count; i++) {
        if (operation_json(&showing, &tariff->operations[i]) != STATUS_OK)
            out->buf.failed = true;
        sink_spill(out);
    }
    json_array_end(&writer);
    json_key(&writer, "products");
    json_array(&writer);
    for (uint32_t i = 0; i < tariff->product_count; i++)
        product_json(tariff, &tariff->products[i], &writer);
    json_array_end(&writer);
    json_key(&writer, "sources");
    json_object(&writer);
    for (uint32_t i = 0; i < tariff->source_count; i++) {
        struct slice name = arena_copy(&run, tariff->sources[i].name);
        json_member(&writer, name.ptr != NULL ? name.ptr : "", tariff->sources[i].text);
    }
    json_object_end(&writer);
    json_object_end(&writer);
    buf_char(&out->buf, '\n');
    arena_free(&run);
}
