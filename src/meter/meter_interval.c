/* SPDX-License-Identifier: Apache-2.0
 *
 * Items charged by covered time: which ranges of which timeline an event brings. What was covered before, and so what
 * is new, is the engine's business. */
#include "meter/reader.h"

#define STREAMS_MAX 64 /* each stream is remembered with its attributes */

/* A formula in seconds. *ret_has is false when there is no formula or the event lacks what it needs. */
static bool seconds_eval(struct metering *metering, const struct formula *formula, const char *what, bool *ret_has,
                         struct decimal *ret) {
    struct value value;
    struct eval_error error;
    *ret_has = false;
    if (formula == NULL)
        return true;
    if (formula_eval(formula, metering->attrs, &value, &error) != STATUS_OK) {
        if (error.fault == EVAL_MISSING)
            return true;
        return meter_eval(metering, formula, what, &value);
    }
    if (ratio_to_decimal(value.number, ret) != STATUS_OK)
        return meter_unprice(metering, "%s has no exact decimal of 12 digits", what);
    if (!number_fits(*ret))
        return meter_unprice(metering, "%s is too large", what);
    *ret_has = true;
    return true;
}

static bool coverage_ranges(struct metering *metering, struct coverage *coverage) {
    const struct interval_rule *rule = &metering->item->interval;
    bool has_from, has_to, has_initial, has_segment, has_ahead;
    if (!seconds_eval(metering, rule->length, "length", &coverage->has_length, &coverage->length) ||
        !seconds_eval(metering, rule->initial, "initial", &has_initial, &coverage->initial) ||
        !seconds_eval(metering, rule->from, "from", &has_from, &coverage->from) ||
        !seconds_eval(metering, rule->to, "to", &has_to, &coverage->to) ||
        !seconds_eval(metering, rule->segment, "segment", &has_segment, &coverage->segment) ||
        !seconds_eval(metering, rule->ahead, "ahead", &has_ahead, &coverage->ahead))
        return false;
    coverage->has_initial = coverage->has_length && has_initial;
    coverage->has_range = has_from && has_to;
    if (!coverage->has_length && !coverage->has_range)
        return meter_unprice(metering, "the event brings neither a length nor a played range");
    if (coverage->length.pico < 0 || coverage->ahead.pico < 0 || (coverage->has_range && coverage->from.pico < 0))
        return meter_unprice(metering, "a length, a start or a lead is below zero");
    if (coverage->has_range && decimal_cmp(coverage->to, coverage->from) < 0)
        return meter_unprice(metering, "the played range ends before it starts");
    if (has_segment && coverage->segment.pico <= 0)
        return meter_unprice(metering, "segment is not above zero");
    return true;
}

/* A copy that outlives the document. */
static bool attrs_keep(struct reading *reading, const struct attrs *attrs, struct attrs *ret) {
    for (size_t word = 0; word < ATTR_MAX / 64; word++) {
        ret->present[word] = attrs->present[word];
        for (uint64_t bits = attrs->present[word]; bits != 0; bits &= bits - 1) {
            size_t slot = word * 64 + (size_t)__builtin_ctzll(bits);
            ret->values[slot] = attrs->values[slot];
            struct value *value = &ret->values[slot];
            if (value->kind == VALUE_TEXT && !reading_copy(reading, value->text, &value->text))
                return false;
        }
    }
    return true;
}

/* All streams of the event, the one being metered, or the event itself as its only stream. */
static bool coverage_streams(struct metering *metering, struct coverage *coverage) {
    struct reading *reading = metering->reading;
    struct reader *reader = reading->reader;
    bool is_whole = metering->stream == INDEX_NONE;
    if (!reading->has_streams && !coverage->has_length)
        return true; /* those of the event that made the timeline */
    if (reading->has_bad_streams)
        return meter_unprice(metering, "data.streams is no list of objects");
    uint32_t count = is_whole && reading->has_streams ? reader->stream_count : 1;
    if (count > STREAMS_MAX || reading->record->coverage_count >= STREAMS_MAX)
        return meter_unprice(metering, "more than %d streams", STREAMS_MAX);
    struct attrs *streams = ARENA_ARRAY(reading->batch, count, struct attrs);
    if (streams == NULL)
        return reading_fail(reading, STATUS_NO_MEMORY);
    for (uint32_t i = 0; i < count; i++) {
        bool is_listed = is_whole && reading->has_streams;
        if (is_listed && !event_stream(reading, reader->streams[i]))
            return false;
        if (!attrs_keep(reading, is_listed ? &reader->stream : metering->attrs, &streams[i]))
            return false;
    }
    coverage->streams = streams;
    coverage->stream_count = count;
    return true;
}

/* Room for one more; lists double, so the room left is seen from the count. */
static struct coverage *coverage_add(struct reading *reading) {
    struct record *record = reading->record;
    uint32_t count = record->coverage_count;
    if ((count & (count - 1)) == 0) {
        struct coverage *list = ARENA_ARRAY(reading->batch, count == 0 ? 1 : count * 2, struct coverage);
        if (list == NULL) {
            reading_fail(reading, STATUS_NO_MEMORY);
            return NULL;
        }
        if (count > 0)
            memcpy(list, record->coverages, count * sizeof *list);
        record->coverages = list;
    }
    return &record->coverages[record->coverage_count++];
}

bool meter_coverage(struct metering *metering, uint32_t rate) {
    struct reading *reading = metering->reading;
    struct coverage coverage = {.item = (uint32_t)(metering->item - reading->record->tariff->items), .rate = rate};
    struct value key;
    if (!meter_eval(metering, metering->item->interval.key, "key", &key) ||
        !reading_copy(reading, key.text, &coverage.key) || !coverage_ranges(metering, &coverage) ||
        !coverage_streams(metering, &coverage))
        return false;
    struct coverage *kept = coverage_add(reading);
    if (kept == NULL)
        return false;
    *kept = coverage;
    trace_add(reading->trace, "quantity", metering->item->origin.source,
              "brings %s%s%s of timeline " SLICE_FMT "; what was covered before is not charged again",
              coverage.has_length ? "the length" : "", coverage.has_length && coverage.has_range ? " and " : "",
              coverage.has_range ? "a played range" : "", SLICE_ARG(coverage.key));
    return true;
}
