/* SPDX-License-Identifier: Apache-2.0
 *
 * What came in, as JSON: documents of the journal, what was taken back, and how an event came to what it is. */
#include "view/view.h"

static void count_json(struct json_writer *writer, const char *key, uint64_t count) {
    json_key(writer, key);
    json_uint(writer, count);
}

void view_reversal_json(const struct reversal_view *reversal, struct json_writer *writer) {
    json_object(writer);
    json_member(writer, "account", reversal->account);
    json_member(writer, "source", reversal->source);
    json_member(writer, "id", reversal->id);
    json_instant(writer, "reversed_at", reversal->at_ns, NULL);
    json_member(writer, "reversed_by", reversal->by);
    json_optional(writer, "reason", reversal->reason);
    json_optional(writer, "replaced_by", reversal->replaced_by);
    json_object_end(writer);
}

void view_usage_change_json(const struct usage_change *change, struct json_writer *writer) {
    const struct zone *zone = change->tariff->zone;
    json_object(writer);
    json_member(writer, "account", change->account);
    json_member(writer, "tariff", change->tariff->name);
    json_key(writer, "cycle");
    json_object(writer);
    json_instant(writer, "start", change->cycle.start_ns, zone);
    json_instant(writer, "end", change->cycle.end_ns, zone);
    json_object_end(writer);
    json_member(writer, "item", change->item->name);
    json_member(writer, "unit", change->item->unit);
    json_decimal(writer, "quantity_before", change->quantity_before);
    json_decimal(writer, "quantity_after", change->quantity_after);
    json_member(writer, "currency", slice_of(change->tariff->currency->code));
    json_decimal(writer, "amount_before", change->amount_before);
    json_decimal(writer, "amount_after", change->amount_after);
    json_object_end(writer);
}

void view_backfill_json(const struct backfill_view *backfill, struct json_writer *writer) {
    json_object(writer);
    json_member(writer, "name", backfill->name);
    count_json(writer, "events", backfill->events);
    count_json(writer, "refused", backfill->refused);
    json_instant(writer, "first_recorded_at", backfill->first_ns, NULL);
    json_instant(writer, "last_recorded_at", backfill->last_ns, NULL);
    count_json(writer, "first_batch", backfill->first_seq);
    count_json(writer, "last_batch", backfill->last_seq);
    if (backfill->is_reverted)
        json_instant(writer, "reverted_at", backfill->reverted_ns, NULL);
    else
        json_member_null(writer, "reverted_at");
    count_json(writer, "reversed", backfill->reversed);
    json_object_end(writer);
}

void view_document_json(const struct view_document *document, struct json_writer *writer) {
    json_object(writer);
    count_json(writer, "batch", document->seq);
    count_json(writer, "line", document->line);
    json_instant(writer, "recorded_at", document->recorded_ns, NULL);
    json_optional(writer, "type", document->view.type);
    json_optional(writer, "account", document->view.subject);
    json_optional(writer, "source", document->view.source);
    json_optional(writer, "id", document->view.id);
    json_optional(writer, "time", document->view.time);
    json_member(writer, "document", document->document);
    json_object_end(writer);
}

void view_verdict_add(struct book_explained *found) {
    if (found->reply.reason.len > 0)
        trace_add(&found->trace, outcome_name(found->reply.outcome), SLICE(""), SLICE_FMT,
                  SLICE_ARG(found->reply.reason));
}

void view_explained_json(const struct book_explained *found, struct json_writer *writer) {
    json_object(writer);
    json_member(writer, "source", found->source);
    json_member(writer, "account", found->account);
    count_json(writer, "batch", found->seq);
    count_json(writer, "line", found->line);
    json_instant(writer, "recorded_at", found->recorded_ns, NULL);
    json_member(writer, "outcome", slice_of(outcome_name(found->reply.outcome)));
    json_optional(writer, "reason", found->reply.reason);
    json_key(writer, "steps");
    export_steps_json(&found->trace, writer);
    json_object_end(writer);
}
