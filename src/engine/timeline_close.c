/* SPDX-License-Identifier: Apache-2.0
 *
 * The close of timelines: ranges to contiguous, newly covered time, and that to quantities. */
#include <stdlib.h>
#include <string.h>

#include "engine/engine_private.h"

struct range {
    const struct stream *stream;
    uint32_t version, rate;
    int64_t at_ns;
    wide from, to; /* picoseconds of media time */
    const struct covering *covering;
};

/* The playlist in force when the range was reported: the latest one before it, else the first one after. */
static uint32_t playlist_of(const struct timeline *timeline, const struct covering *covering) {
    uint32_t best = INDEX_NONE;
    for (uint32_t i = 0; i < timeline->playlist_count; i++) {
        const struct playlist *candidate = &timeline->playlists[i];
        if (covering->signature == candidate->signature)
            return i;
        if (best == INDEX_NONE) {
            best = i;
            continue;
        }
        bool is_before = candidate->at_ns <= covering->at_ns,
             best_before = timeline->playlists[best].at_ns <= covering->at_ns;
        bool is_nearer = is_before ? candidate->at_ns > timeline->playlists[best].at_ns
                                   : candidate->at_ns < timeline->playlists[best].at_ns;
        if (is_before != best_before ? is_before : is_nearer)
            best = i;
    }
    return best;
}

/* Outwards to segment borders, then clipped to the playlist's length. */
static bool range_resolve(const struct timeline *timeline, const struct covering *covering,
                          const struct playlist *playlist, struct range *ret_range) {
    wide segment = covering->segment.pico > 0 ? covering->segment.pico : 1;
    wide from = covering->from.pico > 0 ? covering->from.pico : 0;
    wide to = covering->to_end ? playlist->length.pico : covering->to.pico;
    from -= from % segment;
    to = (to + segment - 1) / segment * segment;
    if (playlist->length.pico >= 0 && to > playlist->length.pico)
        to = playlist->length.pico;
    if (from >= to)
        return false;
    *ret_range = (struct range){.version = timeline->tariff->rates[covering->rate].version,
                                .rate = covering->rate,
                                .at_ns = covering->at_ns,
                                .from = from,
                                .to = to,
                                .covering = covering};
    return true;
}

static int range_compare(const void *left, const void *right) {
    const struct range *a = left, *b = right;
    if (a->stream->signature != b->stream->signature)
        return a->stream->signature < b->stream->signature ? -1 : 1;
    if (a->version != b->version)
        return a->version < b->version ? -1 : 1;
    if (a->rate != b->rate)
        return a->rate < b->rate ? -1 : 1;
    if (a->from != b->from)
        return a->from < b->from ? -1 : 1;
    return (a->to > b->to) - (a->to < b->to);
}

static enum status spans_push(struct spans *spans, wide from, wide to) {
    if (spans->count && from <= spans->list[spans->count - 1].to) {
        if (to > spans->list[spans->count - 1].to)
            spans->list[spans->count - 1].to = to;
        return STATUS_OK;
    }
    void *list = spans->list;
    enum status status = list_grow(&list, spans->count, &spans->cap, sizeof *spans->list);
    spans->list = list;
    TRY(status);
    spans->list[spans->count++] = (struct span){from, to};
    return STATUS_OK;
}

static int span_compare(const void *left, const void *right) {
    const struct span *a = left, *b = right;
    return (a->from > b->from) - (a->from < b->from);
}

/* What of `added` (sorted, disjoint) is not in `covered`; then covered takes it in. */
static enum status spans_take(struct spans *covered, const struct spans *added, struct spans *ret_new) {
    ret_new->count = 0;
    uint32_t at = 0;
    for (uint32_t i = 0; i < added->count; i++) {
        wide from = added->list[i].from, to = added->list[i].to;
        while (at < covered->count && covered->list[at].to <= from)
            at++;
        for (uint32_t k = at; k < covered->count && covered->list[k].from < to; k++) {
            if (covered->list[k].from > from)
                TRY(spans_push(ret_new, from, covered->list[k].from));
            from = covered->list[k].to;
        }
        if (from < to)
            TRY(spans_push(ret_new, from, to));
    }
    struct spans both = {0};
    for (uint32_t i = 0; i < covered->count; i++)
        TRY(spans_push(&both, covered->list[i].from, covered->list[i].to));
    for (uint32_t i = 0; i < ret_new->count; i++) {
        void *list = both.list;
        enum status status = list_grow(&list, both.count, &both.cap, sizeof *both.list);
        both.list = list;
        TRY(status);
        both.list[both.count++] = ret_new->list[i];
    }
    if (both.count > 1)
        qsort(both.list, both.count, sizeof *both.list, span_compare);
    covered->count = 0;
    for (uint32_t i = 0; i < both.count; i++)
        TRY(spans_push(covered, both.list[i].from, both.list[i].to));
    free(both.list);
    return STATUS_OK;
}

static struct record record_of(const struct engine *engine, const struct timeline *timeline,
                               const struct covering *covering) {
    struct slice subject = engine->account_names.texts[timeline->account];
    return (struct record){.line = covering->line,
                           .source = covering->source,
                           .id = covering->id,
                           .subject = subject,
                           .subject_hash = names_hash(subject),
                           .time_ns = covering->at_ns};
}

/* Quantity of one stream over one span, by the item's formula with `seconds` = the span's length. */
static enum status span_quantity(const struct engine *engine, const struct timeline *timeline,
                                 const struct stream *stream, struct span span, struct decimal *ret_quantity,
                                 struct buf *fault) {
    struct attrs attrs;
    attrs_clear(&attrs);
    for (uint32_t i = 0; i < stream->count; i++)
        *attrs_set(&attrs, stream->values[i].slot) = stream->values[i].value;
    *attrs_set(&attrs, ATTR_SECONDS) =
        (struct value){.kind = VALUE_NUMBER, .number = ratio_from_decimal((struct decimal){span.to - span.from})};
    struct value value;
    struct eval_error error;
    if (formula_eval(timeline->tariff->items[timeline->item].quantity, &attrs, &value, &error) != STATUS_OK) {
        eval_error_print(&error, &engine->tariffs->attrs, &attrs, fault);
        return STATUS_INVALID;
    }
    enum status status = ratio_to_decimal(value.number, ret_quantity);
    if (status != STATUS_OK)
        buf_text(fault, status_text(status));
    return status;
}

static enum status note_add(struct engine *engine, struct cell_key key, const struct timeline *timeline,
                            const struct spans *spans) {
    struct buf text = {0};
    buf_printf(&text, "newly covered of \"%.*s\":", SLICE_ARG(timeline->key));
    for (uint32_t i = 0; i < spans->count && i < 8; i++) {
        char from[DECIMAL_TEXT_MAX], to[DECIMAL_TEXT_MAX];
        decimal_format((struct decimal){spans->list[i].from}, from);
        decimal_format((struct decimal){spans->list[i].to}, to);
        buf_printf(&text, "%s [%s, %s) s", i ? "," : "", from, to);
    }
    if (spans->count > 8)
        buf_printf(&text, " and %u more", spans->count - 8);
    void *list = engine->notes;
    enum status status = list_grow(&list, engine->note_count, &engine->note_cap, sizeof *engine->notes);
    engine->notes = list;
    if (status == STATUS_OK && !text.failed) {
        struct slice copy = arena_copy(&engine->arena, buf_slice(&text));
        engine->notes[engine->note_count++] = (struct cover_note){key, copy};
    }
    buf_free(&text);
    return status;
}

/* A quantity that waits for the others: it is funded in its turn. */
struct late_charge {
    struct charge charge;
    const struct timeline *timeline;
    const struct covering *covering;
    uint32_t version;
};

struct closing {
    uint32_t cycle;
    struct spans added, fresh;
    struct late_charge *charges;
    uint32_t charge_count, charge_cap;
};

static enum status charge_later(struct closing *closing, struct late_charge late) {
    void *list = closing->charges;
    enum status status = list_grow(&list, closing->charge_count, &closing->charge_cap, sizeof *closing->charges);
    closing->charges = list;
    TRY(status);
    closing->charges[closing->charge_count++] = late;
    return STATUS_OK;
}

static enum status charge_spans(struct engine *engine, const struct timeline *timeline, const struct range *range,
                                struct closing *closing) {
    const struct spans *spans = &closing->fresh;
    struct record record = record_of(engine, timeline, range->covering);
    engine->file = range->covering->file;
    struct charge charge = {.account = timeline->account,
                            .cycle = closing->cycle,
                            .tariff = timeline->tariff,
                            .item = timeline->item,
                            .rate = range->rate,
                            .at_ns = range->at_ns,
                            .admitted_ns = range->at_ns};
    for (uint32_t i = 0; i < spans->count; i++) {
        struct decimal quantity;
        struct buf fault = {0};
        enum status status = span_quantity(engine, timeline, range->stream, spans->list[i], &quantity, &fault);
        if (status != STATUS_OK)
            status =
                engine_unpriced(engine, &record, "%.*s: %.*s", SLICE_ARG(timeline->tariff->items[timeline->item].name),
                                SLICE_ARG(buf_slice(&fault)));
        else
            status = decimal_add(charge.quantity, quantity, &charge.quantity);
        buf_free(&fault);
        TRY(status);
    }
    if (decimal_is_zero(charge.quantity))
        return STATUS_OK;
    struct cell_key key = {charge.account, engine_meter(engine, charge.tariff, charge.item, charge.rate), 0};
    TRY(note_add(engine, key, timeline, spans));
    return charge_later(
        closing, (struct late_charge){
                     .charge = charge, .timeline = timeline, .covering = range->covering, .version = range->version});
}

/* By account, item, price, key: what pays is used up in this order, not in that of the journal. */
static int late_compare(const void *left, const void *right) {
    const struct late_charge *a = left, *b = right;
    const struct charge *x = &a->charge, *y = &b->charge;
    if (x->account != y->account)
        return x->account < y->account ? -1 : 1;
    if (x->item != y->item)
        return x->item < y->item ? -1 : 1;
    if (a->version != b->version)
        return a->version < b->version ? -1 : 1;
    if (x->rate != y->rate)
        return x->rate < y->rate ? -1 : 1;
    return slice_cmp(a->timeline->key, b->timeline->key);
}

/* The streams of a key are charged together, at the earliest instant of all. */
static enum status late_join(struct closing *closing) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < closing->charge_count; i++) {
        struct late_charge *late = &closing->charges[i], *last = &closing->charges[kept ? kept - 1 : 0];
        if (kept == 0 || late_compare(last, late) != 0) {
            closing->charges[kept++] = *late;
            continue;
        }
        TRY(decimal_add(last->charge.quantity, late->charge.quantity, &last->charge.quantity));
        if (late->charge.at_ns < last->charge.at_ns) {
            last->charge.at_ns = late->charge.at_ns;
            last->covering = late->covering;
        }
    }
    closing->charge_count = kept;
    return STATUS_OK;
}

static enum status charge_all(struct engine *engine, struct closing *closing) {
    if (closing->charge_count)
        qsort(closing->charges, closing->charge_count, sizeof *closing->charges, late_compare);
    TRY(late_join(closing));
    for (uint32_t i = 0; i < closing->charge_count; i++) {
        struct late_charge *late = &closing->charges[i];
        struct record record = record_of(engine, late->timeline, late->covering);
        engine->file = late->covering->file;
        late->charge.record = &record;
        TRY(engine_charge(engine, &late->charge, NULL));
    }
    return STATUS_OK;
}

struct ranges {
    struct range *list;
    uint32_t count, cap;
};

/* What was charged of a stream so far. Fails: STATUS_NO_MEMORY. */
static enum status covered_find(struct timeline *timeline, uint64_t signature, struct covered **ret_covered) {
    for (uint32_t i = 0; i < timeline->covered_count; i++)
        if (timeline->covered[i].signature == signature) {
            *ret_covered = &timeline->covered[i];
            return STATUS_OK;
        }
    void *list = timeline->covered;
    enum status status = list_grow(&list, timeline->covered_count, &timeline->covered_cap, sizeof *timeline->covered);
    timeline->covered = list;
    TRY(status);
    *ret_covered = &timeline->covered[timeline->covered_count++];
    **ret_covered = (struct covered){.signature = signature};
    return STATUS_OK;
}

static enum status close_ranges(struct engine *engine, struct timeline *timeline, const struct ranges *ranges,
                                struct closing *closing) {
    struct range *list = ranges->list;
    for (uint32_t start = 0, end; start < ranges->count; start = end) {
        struct range *first = &list[start]; /* takes the earliest instant of its group */
        uint64_t signature = first->stream->signature;
        struct covered *covered;
        TRY(covered_find(timeline, signature, &covered));
        closing->added.count = 0;
        for (end = start;
             end < ranges->count && list[end].stream->signature == signature && list[end].rate == first->rate; end++) {
            TRY(spans_push(&closing->added, list[end].from, list[end].to));
            if (list[end].at_ns < first->at_ns)
                first->at_ns = list[end].at_ns;
        }
        TRY(spans_take(&covered->spans, &closing->added, &closing->fresh));
        TRY(charge_spans(engine, timeline, first, closing));
    }
    return STATUS_OK;
}

/* The covering as one range for each stream of its playlist. */
static enum status ranges_add(const struct timeline *timeline, const struct covering *covering, struct ranges *ranges) {
    const struct playlist *playlist = &timeline->playlists[playlist_of(timeline, covering)];
    struct range range;
    if (!range_resolve(timeline, covering, playlist, &range))
        return STATUS_OK;
    for (uint32_t i = 0; i < playlist->stream_count; i++) {
        void *list = ranges->list;
        enum status status = list_grow(&list, ranges->count, &ranges->cap, sizeof *ranges->list);
        ranges->list = list;
        TRY(status);
        range.stream = &playlist->streams[i];
        ranges->list[ranges->count++] = range;
    }
    return STATUS_OK;
}

static enum status covering_close(struct engine *engine, const struct timeline *timeline,
                                  const struct covering *covering, struct ranges *ranges) {
    struct record record = record_of(engine, timeline, covering);
    engine->file = covering->file;
    if (timeline->playlist_count == 0)
        return engine_unpriced(engine, &record,
                               "no event named the streams of \"%.*s\": a playlist event with data.streams is missing",
                               SLICE_ARG(timeline->key));
    return ranges_add(timeline, covering, ranges);
}

/* The coverings of the cycle are done then, and go. */
static enum status close_timeline(struct engine *engine, struct timeline *timeline, struct closing *closing) {
    struct ranges ranges = {0};
    enum status status = STATUS_OK;
    for (uint32_t i = 0; i < timeline->covering_count && status == STATUS_OK; i++)
        if (timeline->coverings[i].cycle == closing->cycle)
            status = covering_close(engine, timeline, &timeline->coverings[i], &ranges);
    if (ranges.count)
        qsort(ranges.list, ranges.count, sizeof *ranges.list, range_compare);
    if (status == STATUS_OK)
        status = close_ranges(engine, timeline, &ranges, closing);
    free(ranges.list);
    return status;
}

/* Once everything is charged: notices and charges point to them until then. */
static void coverings_drop(struct timeline *timeline, uint32_t cycle) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < timeline->covering_count; i++)
        if (timeline->coverings[i].cycle != cycle)
            timeline->coverings[kept++] = timeline->coverings[i];
    timeline->covering_count = kept;
}

static int note_key_compare(const struct cell_key *a, const struct cell_key *b) {
    if (a->account != b->account)
        return a->account < b->account ? -1 : 1;
    return (a->meter > b->meter) - (a->meter < b->meter);
}

static int note_compare(const void *left, const void *right) {
    const struct cover_note *a = left, *b = right;
    int by_key = note_key_compare(&a->key, &b->key);
    return by_key ? by_key : slice_cmp(a->text, b->text);
}

static void notes_sort(struct engine *engine) {
    if (engine->note_count)
        qsort(engine->notes, engine->note_count, sizeof *engine->notes, note_compare);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < engine->note_count; i++) /* streams of one playlist say the same */
        if (kept == 0 || note_compare(&engine->notes[kept - 1], &engine->notes[i]) != 0)
            engine->notes[kept++] = engine->notes[i];
    engine->note_count = kept;
}

static int number_compare(const void *left, const void *right) {
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    return (a > b) - (a < b);
}

static uint32_t numbers_unique(uint32_t *numbers, uint32_t count) {
    uint32_t kept = 0;
    qsort(numbers, count, sizeof *numbers, number_compare);
    for (uint32_t i = 0; i < count; i++)
        if (kept == 0 || numbers[kept - 1] != numbers[i])
            numbers[kept++] = numbers[i];
    return kept;
}

enum status engine_close_timelines(struct engine *engine, uint32_t cycle) {
    struct closing closing = {.cycle = cycle};
    struct cycle *closed = &engine->cycles[cycle];
    struct slice file = engine->file; /* meanwhile notices name where the ranges came from */
    enum status status = STATUS_OK;
    engine->note_count = 0;
    if (closed->timeline_count == 0)
        return STATUS_OK;
    uint32_t *numbers = closed->timelines, count = numbers_unique(numbers, closed->timeline_count);
    closed->timelines = NULL;
    closed->timeline_count = closed->timeline_cap = 0;
    for (uint32_t i = 0; i < count && status == STATUS_OK; i++)
        status = close_timeline(engine, engine->timelines[numbers[i]], &closing);
    if (status == STATUS_OK)
        status = charge_all(engine, &closing);
    engine->file = file;
    for (uint32_t i = 0; i < count; i++)
        coverings_drop(engine->timelines[numbers[i]], cycle);
    free(numbers);
    free(closing.charges);
    free(closing.added.list);
    free(closing.fresh.list);
    notes_sort(engine);
    return status;
}

enum status engine_cover_note(struct engine *engine, struct cell_key key, struct slice *ret_note) {
    uint32_t low = 0, high = engine->note_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (note_key_compare(&engine->notes[middle].key, &key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    uint32_t count = 0;
    while (low + count < engine->note_count && note_key_compare(&engine->notes[low + count].key, &key) == 0)
        count++;
    *ret_note = count ? engine->notes[low].text : (struct slice){0};
    if (count > 1)
        *ret_note = arena_printf(&engine->arena, "%.*s; and of %u more", SLICE_ARG(engine->notes[low].text), count - 1);
    return count && !ret_note->ptr ? STATUS_NO_MEMORY : STATUS_OK;
}
