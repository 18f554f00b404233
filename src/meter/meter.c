/* SPDX-License-Identifier: Apache-2.0
 *
 * Attributes to quantities: which items an operation's uses create, whether they are billable, how much, rounded how
 * and priced by which cell. One thing that cannot be said exactly makes the whole event unpriced, with the reason. */
#include "meter/reader.h"

#include <stdlib.h>

/* ---- saying why ---- */

bool meter_unprice(struct metering *metering, const char *format, ...) {
    struct buf *text = &metering->reading->reader->text;
    struct slice operation = metering->reading->record->operation->name;
    buf_clear(text);
    buf_printf(text, "operation " SLICE_FMT, SLICE_ARG(operation));
    if (metering->item != NULL)
        buf_printf(text, ", item " SLICE_FMT, SLICE_ARG(metering->item->name));
    buf_text(text, ": ");
    va_list args;
    va_start(args, format);
    buf_vprintf(text, format, args);
    va_end(args);
    if (text->failed)
        return reading_fail(metering->reading, STATUS_NO_MEMORY);
    return reading_unprice(metering->reading, SLICE_FMT, SLICE_ARG(buf_slice(text)));
}

static bool unprice_eval(struct metering *metering, const char *what, const struct eval_error *error) {
    struct buf cause = {.max = 4096};
    eval_error_print(error, &metering->reading->reader->tariffs->attrs, metering->attrs, &cause);
    meter_unprice(metering, "%s%s" SLICE_FMT, what, what[0] != 0 ? ": " : "", SLICE_ARG(buf_slice(&cause)));
    buf_free(&cause);
    return false;
}

bool meter_eval(struct metering *metering, const struct formula *formula, const char *what, struct value *ret) {
    struct eval_error error;
    if (formula_eval(formula, metering->attrs, ret, &error) == STATUS_OK)
        return true;
    return unprice_eval(metering, what, &error);
}

void meter_trace_formula_now(struct metering *metering, const char *topic, struct slice source,
                             const struct formula *formula) {
    struct trace *trace = metering->reading->trace;
    struct buf text = {.max = 65536};
    formula_explain(formula, metering->attrs, &text);
    trace_add(trace, topic, source, SLICE_FMT, SLICE_ARG(buf_slice(&text)));
    buf_free(&text);
}

/* ---- choosing the item and its price cell ---- */

/* Row-major place of the attributes in a table over classes; a NULL class is the variant. */
struct selection {
    const struct class *const *by;
    uint32_t by_count;
    uint32_t index;
    uint32_t values[PRICE_DIMENSIONS_MAX]; /* per class */
};

/* " WORD h264 / SD", or nothing without classes; lives in the batch. */
static struct slice selection_label(struct metering *metering, const struct selection *selection, const char *word) {
    struct slice label = SLICE("");
    for (uint32_t i = 0; i < selection->by_count; i++) {
        const struct class *class = selection->by[i];
        struct slice name = class != NULL ? class->value_names[selection->values[i]] : metering->use->as;
        label = arena_printf(metering->reading->batch, SLICE_FMT "%s%s " SLICE_FMT, SLICE_ARG(label),
                             i > 0 ? " /" : " ", i > 0 ? "" : word, SLICE_ARG(name));
        if (label.ptr == NULL)
            return SLICE("");
    }
    return label;
}

static bool variant_select(struct metering *metering, uint32_t *ret_index) {
    const struct item *item = metering->item;
    struct slice as = metering->use->as;
    if (as.len == 0)
        return meter_unprice(metering, "its price depends on a variant, and this operation names none");
    for (uint32_t i = 0; i < item->variant_count; i++) {
        if (slice_eq(item->variants[i], as)) {
            *ret_index = i;
            return true;
        }
    }
    return meter_unprice(metering, "it has no variant \"" SLICE_FMT "\"", SLICE_ARG(as));
}

static bool class_select(struct metering *metering, const struct class *class, uint32_t *ret_index) {
    struct eval_error error;
    if (class_eval(class, metering->attrs, ret_index, &error) == STATUS_OK)
        return true;
    return unprice_eval(metering, "", &error);
}

static bool select_cell(struct metering *metering, struct selection *selection) {
    selection->index = 0;
    for (uint32_t i = 0; i < selection->by_count; i++) {
        const struct class *class = selection->by[i];
        uint32_t index;
        if (class != NULL ? !class_select(metering, class, &index) : !variant_select(metering, &index))
            return false;
        uint32_t count = class != NULL ? class->value_count : metering->item->variant_count;
        selection->index = selection->index * count + index;
        selection->values[i] = index;
    }
    return true;
}

static void trace_item(struct metering *metering, const struct selection *selection) {
    struct reading *reading = metering->reading;
    const struct item *item = metering->item;
    struct slice source = metering->use->origin.source;
    if (reading->trace != NULL)
        trace_add(reading->trace, "operation", source.len > 0 ? source : item->origin.source,
                  SLICE_FMT " is metered as item " SLICE_FMT "%s" SLICE_FMT,
                  SLICE_ARG(reading->record->operation->name), SLICE_ARG(item->name),
                  selection->by_count > 0 ? "," : "", SLICE_ARG(selection_label(metering, selection, "chosen by")));
}

static bool use_item(struct metering *metering) {
    const struct use *use = metering->use;
    struct selection selection = {.by = use->by, .by_count = use->by_count};
    uint32_t item = use->item;
    metering->item = NULL;
    if (use->by_count > 0) {
        if (!select_cell(metering, &selection))
            return false;
        item = use->items[selection.index];
        if (item == INDEX_NONE)
            return meter_unprice(metering, "there is no item" SLICE_FMT,
                                 SLICE_ARG(selection_label(metering, &selection, "for")));
    }
    metering->item = &metering->reading->record->tariff->items[item];
    trace_item(metering, &selection);
    return true;
}

static bool unprice_no_version(struct metering *metering) {
    const struct item *item = metering->item;
    int64_t at_ns = metering->reading->record->owner_ns;
    char at[INSTANT_TEXT_MAX];
    if (item->version_count > 0 && at_ns < item->versions[0].from_ns) {
        instant_format(item->versions[0].from_ns, metering->reading->record->tariff->zone, at);
        return meter_unprice(metering, "it has no price before %s", at);
    }
    instant_format(at_ns, metering->reading->record->tariff->zone, at);
    return meter_unprice(metering, "it has no price at %s", at);
}

static void trace_price(struct metering *metering, const struct price_version *version,
                        const struct selection *selection) {
    char from[INSTANT_TEXT_MAX];
    if (metering->reading->trace == NULL)
        return;
    bool is_dated = version->from_ns != INSTANT_MIN;
    if (is_dated)
        instant_format(version->from_ns, metering->reading->record->tariff->zone, from);
    trace_add(metering->reading->trace, "price", version->origin.source, "the price of " SLICE_FMT "%s%s" SLICE_FMT,
              SLICE_ARG(metering->item->name), is_dated ? " valid from " : "", is_dated ? from : "",
              SLICE_ARG(selection_label(metering, selection, "for")));
}

bool meter_rate(struct metering *metering, uint32_t *ret_rate) {
    const struct item *item = metering->item;
    if (item->billed_by.len > 0) {
        *ret_rate = INDEX_NONE;
        trace_add(metering->reading->trace, "price", item->origin.source, "billed by " SLICE_FMT ", listed only",
                  SLICE_ARG(item->billed_by));
        return true;
    }
    const struct price_version *version = item_version(item, metering->reading->record->owner_ns);
    if (version == NULL)
        return unprice_no_version(metering);
    struct selection selection = {.by = version->by, .by_count = version->by_count};
    if (!select_cell(metering, &selection))
        return false;
    uint32_t rate = version->cells[selection.index];
    if (rate == INDEX_NONE)
        return meter_unprice(metering, "it has no price" SLICE_FMT,
                             SLICE_ARG(selection_label(metering, &selection, "for")));
    trace_price(metering, version, &selection);
    *ret_rate = rate;
    return true;
}

/* ---- quantities ---- */

static bool round_raw(struct metering *metering, struct ratio raw, struct decimal *ret) {
    const struct item *item = metering->item;
    const struct rounding_rule *round = &item->round;
    struct trace *trace = metering->reading->trace;
    struct ratio blocks;
    enum status status = ratio_div(raw, round->each, &blocks);
    if (status == STATUS_OK)
        status = ratio_to_decimal(ratio_round(blocks, round->mode), ret);
    if (status != STATUS_OK)
        return meter_unprice(metering, "the quantity is too large");
    if (trace != NULL) {
        char value[RATIO_TEXT_MAX], each[RATIO_TEXT_MAX], rounded[DECIMAL_TEXT_MAX];
        ratio_format(raw, value);
        ratio_format(round->each, each);
        decimal_format(*ret, rounded);
        trace_add(trace, "rounding", item->origin.source, "%s / %s rounded %s to %s " SLICE_FMT, value, each,
                  rounding_name(round->mode), rounded, SLICE_ARG(item->unit));
    }
    if (raw.num > 0 && decimal_cmp(*ret, round->minimum) < 0) {
        *ret = round->minimum;
        trace_add(trace, "rounding", item->origin.source, "raised to the minimum");
    }
    return true;
}

static struct subtotal *subtotal_of(struct metering *metering, uint32_t item, uint32_t rate) {
    struct reader *reader = metering->reading->reader;
    for (uint32_t i = 0; i < reader->subtotal_count; i++) {
        if (reader->subtotals[i].item == item && reader->subtotals[i].rate == rate)
            return &reader->subtotals[i];
    }
    if (reader->subtotal_count == reader->subtotal_cap) {
        uint32_t cap = reader->subtotal_cap == 0 ? 16 : reader->subtotal_cap * 2;
        struct subtotal *list = reallocarray(reader->subtotals, cap, sizeof *list);
        if (list == NULL) {
            reading_fail(metering->reading, STATUS_NO_MEMORY);
            return NULL;
        }
        reader->subtotals = list;
        reader->subtotal_cap = cap;
    }
    struct subtotal *subtotal = &reader->subtotals[reader->subtotal_count++];
    *subtotal = (struct subtotal){.item = item, .rate = rate, .raw = ratio_from_int(0)};
    return subtotal;
}

static bool subtotal_add(struct metering *metering, uint32_t rate, struct ratio raw) {
    const struct item *item = metering->item;
    uint32_t index = (uint32_t)(item - metering->reading->record->tariff->items);
    struct subtotal *subtotal = subtotal_of(metering, index, rate);
    if (subtotal == NULL)
        return false;
    enum status status;
    if (item->round.is_set && item->round.scope == SCOPE_STREAM) {
        struct decimal rounded;
        if (!round_raw(metering, raw, &rounded))
            return false;
        status = decimal_add(subtotal->rounded, rounded, &subtotal->rounded);
    } else {
        status = ratio_add(subtotal->raw, raw, &subtotal->raw);
    }
    return status == STATUS_OK || meter_unprice(metering, "the quantity is too large");
}

/* The subtotal as the usage's quantity. */
static bool subtotal_quantity(struct metering *metering, const struct subtotal *subtotal, struct decimal *ret) {
    const struct rounding_rule *round = &metering->item->round;
    if (round->is_set && round->scope == SCOPE_STREAM) {
        *ret = subtotal->rounded;
        return true;
    }
    if (round->is_set && round->scope == SCOPE_EVENT)
        return round_raw(metering, subtotal->raw, ret);
    enum status status = ratio_to_decimal(subtotal->raw, ret);
    if (status == STATUS_OK)
        return true;
    char text[RATIO_TEXT_MAX];
    ratio_format(subtotal->raw, text);
    return meter_unprice(metering,
                         status == STATUS_INEXACT ? "the quantity %s has no exact decimal of 12 digits and the item no "
                                                    "rounding"
                                                  : "the quantity %s is too large",
                         text);
}

static bool subtotals_finish(struct metering *metering) {
    struct reader *reader = metering->reading->reader;
    struct record *record = metering->reading->record;
    if (reader->subtotal_count == 0)
        return true;
    record->usages = ARENA_ARRAY(metering->reading->batch, reader->subtotal_count, struct usage);
    if (record->usages == NULL)
        return reading_fail(metering->reading, STATUS_NO_MEMORY);
    for (uint32_t i = 0; i < reader->subtotal_count; i++) {
        const struct subtotal *subtotal = &reader->subtotals[i];
        struct decimal quantity;
        metering->item = &record->tariff->items[subtotal->item];
        if (!subtotal_quantity(metering, subtotal, &quantity))
            return false;
        if (!number_fits(quantity))
            return meter_unprice(metering, "the quantity is too large");
        if (!decimal_is_zero(quantity))
            record->usages[record->usage_count++] = (struct usage){subtotal->item, subtotal->rate, quantity};
    }
    return true;
}

/* ---- uses ---- */

static bool use_applies(struct metering *metering, bool *ret) {
    const struct use *use = metering->use;
    struct value answer;
    metering->item = NULL;
    *ret = true;
    if (use->when == NULL)
        return true;
    if (!meter_eval(metering, use->when, "condition", &answer))
        return false;
    meter_trace_formula(metering, "condition", use->origin.source, use->when);
    *ret = answer.flag;
    return true;
}

static bool use_is_billable(struct metering *metering, bool *ret) {
    const struct item *item = metering->item;
    struct value answer;
    *ret = true;
    if (item->billable != NULL) {
        if (!meter_eval(metering, item->billable, "billable", &answer))
            return false;
        meter_trace_formula(metering, "condition", item->origin.source, item->billable);
        *ret = answer.flag;
    }
    metering->has_kept |= *ret;
    metering->has_dropped |= !*ret;
    if (!*ret)
        trace_add(metering->reading->trace, "note", item->origin.source, "not billable: the outcome makes it free");
    return true;
}

static bool use_quantity(struct metering *metering, struct ratio *ret) {
    const struct formula *formula =
        metering->use->quantity != NULL ? metering->use->quantity : metering->item->quantity;
    struct value value;
    if (!meter_eval(metering, formula, "quantity", &value))
        return false;
    meter_trace_formula(metering, "quantity", metering->item->origin.source, formula);
    if (value.number.num < 0) {
        char text[RATIO_TEXT_MAX];
        ratio_format(value.number, text);
        return meter_unprice(metering, "quantity %s is below zero", text);
    }
    *ret = value.number;
    return true;
}

static bool use_meter(struct metering *metering, const struct use *use, bool *ret_is_met) {
    bool is_billable;
    metering->use = use;
    if (!use_applies(metering, ret_is_met))
        return false;
    if (!*ret_is_met)
        return true;
    metering->has_match = true;
    if (!use_item(metering) || !use_is_billable(metering, &is_billable))
        return false;
    if (!is_billable)
        return true;
    struct ratio quantity = ratio_from_int(0);
    uint32_t rate;
    if (!metering->item->is_interval && !use_quantity(metering, &quantity))
        return false;
    if (!metering->item->is_interval && quantity.num == 0)
        return true;
    if (!meter_rate(metering, &rate))
        return false;
    return metering->item->is_interval ? meter_coverage(metering, rate) : subtotal_add(metering, rate, quantity);
}

/* A word that no rule knows would make the event free by accident. */
static bool outcome_is_known(struct metering *metering) {
    const struct value *outcome = &metering->attrs->values[ATTR_OUTCOME];
    if (!attrs_has(metering->attrs, ATTR_OUTCOME) || outcome->kind != VALUE_TEXT)
        return true; /* a wrong type is told by the formula that reads it */
    for (size_t i = 0; attr_outcome(i) != NULL; i++) {
        if (slice_is(outcome->text, attr_outcome(i)))
            return true;
    }
    metering->item = NULL;
    return meter_unprice(metering, "outcome \"" SLICE_FMT "\" is none of succeeded, failed, throttled",
                         SLICE_ARG(outcome->text));
}

static bool uses_meter(struct metering *metering) {
    const struct operation *operation = metering->reading->record->operation;
    if (operation->use_count > 0 && !outcome_is_known(metering))
        return false;
    for (uint32_t i = 0; i < operation->use_count; i++) {
        bool is_met;
        if (!use_meter(metering, &operation->uses[i], &is_met))
            return false;
        if (is_met && operation->takes_first)
            break;
    }
    return true;
}

static bool streams_meter(struct metering *metering) {
    struct reading *reading = metering->reading;
    struct reader *reader = reading->reader;
    for (uint32_t i = 0; i < reader->stream_count; i++) {
        if (!event_stream(reading, reader->streams[i]))
            return false;
        metering->attrs = &reader->stream;
        metering->stream = i;
        trace_add(reading->trace, "note", SLICE(""), "stream %u of %u", i + 1, reader->stream_count);
        if (!uses_meter(metering))
            return false;
    }
    return true;
}

static bool meter_all(struct metering *metering) {
    struct reading *reading = metering->reading;
    const struct operation *operation = reading->record->operation;
    reading->reader->subtotal_count = 0;
    if (operation->each_stream && reading->has_bad_streams)
        return meter_unprice(metering, "data.streams is no list of objects");
    bool is_by_stream = operation->each_stream && reading->has_streams;
    if (is_by_stream ? !streams_meter(metering) : !uses_meter(metering))
        return false;
    metering->item = NULL;
    if (operation->needs_one && !metering->has_match)
        return meter_unprice(metering, "nothing it can create matches this event");
    return subtotals_finish(metering);
}

void event_meter(struct reading *reading) {
    struct record *record = reading->record;
    const struct operation *operation = record->operation;
    struct metering metering = {.reading = reading, .attrs = &reading->reader->event, .stream = INDEX_NONE};
    trace_add(reading->trace, "operation", operation->origin.source, SLICE_FMT " of tariff " SLICE_FMT "%s",
              SLICE_ARG(operation->name), SLICE_ARG(record->tariff->name),
              operation->use_count == 0 ? " creates nothing to bill" : "");
    if (!meter_all(&metering)) {
        record->usage_count = record->coverage_count = 0;
        return;
    }
    record->is_billable = metering.has_kept || !metering.has_dropped;
}
