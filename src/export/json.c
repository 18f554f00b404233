/* SPDX-License-Identifier: Apache-2.0
 *
 * A statement as one JSON object. Keys are an interface: they may be joined by new ones, never renamed. */
#include "export/export.h"

static void json_count(struct json_writer *writer, const char *key, uint64_t value) {
    json_key(writer, key);
    json_uint(writer, value);
}

static void json_tier(const struct bill_line *line, struct json_writer *writer) {
    if (!line->has_tier) {
        json_member_null(writer, "tier");
        return;
    }
    json_key(writer, "tier");
    json_object(writer);
    json_decimal(writer, "from", line->tier_from);
    if (line->is_last_tier)
        json_optional(writer, "up_to", SLICE(""));
    else
        json_decimal(writer, "up_to", line->tier_up_to);
    json_object_end(writer);
}

static void json_period(struct json_writer *writer, struct period period, const struct zone *zone) {
    json_object(writer);
    json_instant(writer, "start", period.start_ns, zone);
    json_instant(writer, "end", period.end_ns, zone);
    json_object_end(writer);
}

static void json_line(const struct bill *bill, const struct bill_line *line, bool explain, struct arena *scratch,
                      struct json_writer *writer) {
    json_object(writer);
    json_member(writer, "item", line->item);
    json_optional(writer, "region", line->region);
    json_optional(writer, "label", line->label);
    json_decimal(writer, "quantity", line->quantity);
    json_member(writer, "unit", line->unit);
    json_decimal(writer, "unit_price", line->unit_price);
    json_decimal(writer, "per", line->per);
    json_member(writer, "funding", slice_of(line->funding));
    json_decimal(writer, "amount", line->amount);
    json_tier(line, writer);
    json_instant(writer, "price_from", line->price_from_ns, bill->tariff->zone);
    json_optional(writer, "order", line->order_id);
    if (line->is_adjustment) {
        json_key(writer, "adjusts");
        json_period(writer, line->adjusts, bill->tariff->zone);
    }
    json_optional(writer, "note", line->note);
    json_optional(writer, "source", line->source);
    if (explain) {
        struct trace trace = {.arena = scratch};
        bill_line_explain(bill, line, &trace);
        json_key(writer, "steps");
        export_steps_json(&trace, writer);
        arena_reset(scratch);
    }
    json_object_end(writer);
}

static void json_bill_head(const struct bill *bill, struct arena *scratch, struct json_writer *writer) {
    json_optional(writer, "number", text_bill_number(scratch, bill));
    json_member(writer, "account", bill->account);
    json_member(writer, "tariff", bill->tariff->name);
    json_member(writer, "currency", slice_of(bill->tariff->currency->code));
    json_member(writer, "kind", slice_of(bill_kind_name(bill->kind)));
    json_key(writer, "cycle");
    json_period(writer, bill->cycle, bill->tariff->zone);
    json_instant(writer, "closed_at", bill->number > 0 ? bill->closed_ns : INSTANT_MAX, bill->tariff->zone);
}

static void json_bill_totals(const struct bill *bill, struct json_writer *writer) {
    char total[DECIMAL_TEXT_MAX];
    json_decimal(writer, "exact_total", bill->exact_total);
    json_decimal(writer, "rounding", bill->rounding);
    size_t len = decimal_format_fixed(bill->total, bill->tariff->bill_scale, total);
    json_member_plain(writer, "total", (struct slice){total, len});
}

void export_bill_head_json(const struct bill *bill, struct arena *scratch, struct json_writer *writer) {
    json_object(writer);
    json_bill_head(bill, scratch, writer);
    json_bill_totals(bill, writer);
    json_object_end(writer);
}

void export_bill_json(const struct bill *bill, const struct bill_line *only, const struct export_options *options,
                      struct arena *scratch, struct json_writer *writer) {
    json_object(writer);
    json_bill_head(bill, scratch, writer);
    json_key(writer, "lines");
    json_array(writer);
    for (uint32_t i = 0; i < bill->line_count; i++) {
        if (only == NULL || only == &bill->lines[i])
            json_line(bill, &bill->lines[i], options->explain, scratch, writer);
    }
    json_array_end(writer);
    json_bill_totals(bill, writer);
    json_object_end(writer);
}

static void json_licence(const struct lot *lot, struct json_writer *writer) {
    bool has_terminal = lot->is_activated && lot->terminal != INDEX_NONE;
    json_key(writer, "activated");
    json_bool(writer, lot->is_activated);
    json_key(writer, "lapsed");
    json_bool(writer, lot->is_lapsed);
    json_optional(writer, "terminal", has_terminal ? lot->product->terminals[lot->terminal] : SLICE(""));
}

void export_balance_json(const struct balance_row *row, struct json_writer *writer) {
    const struct zone *zone = row->tariff->zone;
    json_object(writer);
    json_member(writer, "account", row->account);
    json_member(writer, "tariff", row->tariff->name);
    json_member(writer, "order", row->lot->order_id);
    json_member(writer, "sku", row->lot->product->sku);
    json_member(writer, "unit", row->lot->product->unit);
    json_decimal(writer, "bought", row->balance.bought);
    json_decimal(writer, "used", row->balance.used);
    json_decimal(writer, "held", row->balance.held);
    json_decimal(writer, "remaining", row->balance.remaining);
    json_decimal(writer, "expired", row->balance.expired);
    json_decimal(writer, "pieces", row->lot->pieces);
    json_count(writer, "covered", row->lot->covered);
    json_count(writer, "over_limit", row->lot->over_limit);
    json_instant(writer, "effective_at", row->lot->effective_ns, zone);
    json_instant(writer, "expires_at", row->lot->expires_ns, zone);
    json_key(writer, "refunded");
    json_bool(writer, row->lot->is_refunded);
    if (row->lot->product->kind == PRODUCT_LICENCE)
        json_licence(row->lot, writer);
    json_object_end(writer);
}

static void json_balances(const struct statement *statement, struct json_writer *writer, struct sink *sink) {
    json_key(writer, "balances");
    json_array(writer);
    for (uint32_t i = 0; i < statement->balance_count; i++) {
        export_balance_json(&statement->balances[i], writer);
        sink_spill(sink);
    }
    json_array_end(writer);
}

void export_notice_json(const struct notice *notice, struct json_writer *writer) {
    json_object(writer);
    json_optional(writer, "file", notice->file);
    json_count(writer, "line", notice->line);
    json_count(writer, "column", notice->column);
    json_optional(writer, "source", notice->source);
    json_optional(writer, "id", notice->id);
    json_optional(writer, "account", notice->account);
    json_member(writer, "reason", notice->reason);
    json_object_end(writer);
}

static void json_notices(const char *key, const struct notice *notices, uint32_t count, struct json_writer *writer,
                         struct sink *sink) {
    json_key(writer, key);
    json_array(writer);
    for (uint32_t i = 0; i < count; i++) {
        export_notice_json(&notices[i], writer);
        sink_spill(sink);
    }
    json_array_end(writer);
}

void export_alert_json(const struct alert *alert, struct json_writer *writer) {
    json_object(writer);
    json_member(writer, "kind", slice_of(alert_name(alert->kind)));
    json_optional(writer, "account", alert->account);
    json_optional(writer, "tariff", alert->tariff ? alert->tariff->name : SLICE(""));
    json_instant(writer, "at", alert->at_ns, alert->tariff ? alert->tariff->zone : NULL);
    json_optional(writer, "order", alert->order_id);
    json_optional(writer, "sku", alert->sku);
    json_optional(writer, "item", alert->item);
    json_decimal(writer, "threshold", alert->threshold);
    json_decimal(writer, "remaining", alert->remaining);
    json_count(writer, "count", alert->count);
    json_optional(writer, "note", alert->note);
    json_object_end(writer);
}

static void json_alerts(const struct statement *statement, struct json_writer *writer, struct sink *sink) {
    json_key(writer, "alerts");
    json_array(writer);
    for (uint32_t i = 0; i < statement->alert_count; i++) {
        export_alert_json(&statement->alerts[i], writer);
        sink_spill(sink);
    }
    json_array_end(writer);
}

void export_external_json(const struct external_row *row, struct json_writer *writer) {
    json_object(writer);
    json_member(writer, "account", row->account);
    json_member(writer, "tariff", row->tariff->name);
    json_member(writer, "item", row->item);
    json_member(writer, "billed_by", row->billed_by);
    json_decimal(writer, "quantity", row->quantity);
    json_member(writer, "unit", row->unit);
    json_object_end(writer);
}

static void json_externals(const struct statement *statement, struct json_writer *writer, struct sink *sink) {
    json_key(writer, "external");
    json_array(writer);
    for (uint32_t i = 0; i < statement->external_count; i++) {
        export_external_json(&statement->externals[i], writer);
        sink_spill(sink);
    }
    json_array_end(writer);
}

enum status export_json(const struct statement *statement, const struct export_options *options, struct sink *sink) {
    struct json_writer writer = {.out = &sink->buf};
    json_object(&writer);
    json_key(&writer, "bills");
    json_array(&writer);
    enum status status = export_bills_json(statement, options, sink);
    if (status != STATUS_OK)
        return status == sink->status ? STATUS_OK : status; /* faults of writing stay in the sink */
    json_array_end(&writer);
    json_balances(statement, &writer, sink);
    json_notices("unpriced", statement->unpriced, statement->unpriced_count, &writer, sink);
    json_notices("rejected", statement->rejected, statement->rejected_count, &writer, sink);
    json_count(&writer, "duplicates", statement->duplicates);
    json_alerts(statement, &writer, sink);
    json_externals(statement, &writer, sink);
    json_key(&writer, "counts");
    json_object(&writer);
    json_count(&writer, "events", statement->events);
    json_count(&writer, "commands", statement->commands);
    json_count(&writer, "unbilled", statement->unbilled);
    json_object_end(&writer);
    json_object_end(&writer);
    buf_char(&sink->buf, '\n');
    return STATUS_OK;
}
