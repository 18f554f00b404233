/* SPDX-License-Identifier: Apache-2.0
 *
 * Quantities into rows. Amounts come from bill lines as they are; from a replay only where the price does not depend on
 * what else was used. */
#include "view/usage.h"

#include <stdlib.h>

const char *usage_key_name(enum usage_key key) {
    static const char *const names[] = {
#define USAGE_KEY_TEXT(name, text) [USAGE_##name] = text,
        USAGE_KEY_TABLE(USAGE_KEY_TEXT)
#undef USAGE_KEY_TEXT
    };
    return names[key];
}

/* ---- rows ---- */

static void key_bytes(struct buf *key, const void *bytes, size_t size) {
    buf_append(key, (struct slice){bytes, size});
}

static void key_text(struct buf *key, struct slice text) {
    key_bytes(key, &text.len, sizeof text.len);
    buf_append(key, text);
}

/* What tells rows apart, with lengths, so that no text can look like two. */
static void key_write(const struct usage_row *row, struct buf *key) {
    buf_clear(key);
    key_text(key, row->tariff->name);
    key_text(key, row->item);
    for (size_t i = 0; i < USAGE_KEY_COUNT; i++)
        key_text(key, row->keys[i]);
    key_bytes(key, &row->time_ns, sizeof row->time_ns);
    key_bytes(key, &row->rate, sizeof row->rate);
}

static enum status row_own(struct usage_rows *rows, struct usage_row *row) {
    struct slice *texts[USAGE_KEY_COUNT + 2] = {&row->item, &row->unit};
    for (size_t i = 0; i < USAGE_KEY_COUNT; i++)
        texts[i + 2] = &row->keys[i];
    for (size_t i = 0; i < USAGE_KEY_COUNT + 2; i++) {
        *texts[i] = arena_copy(&rows->arena, *texts[i]);
        if (texts[i]->ptr == NULL)
            return STATUS_NO_MEMORY;
    }
    return STATUS_OK;
}

static enum status row_push(struct usage_rows *rows, struct usage_row row) {
    if (rows->count == rows->cap) {
        uint32_t cap = rows->cap > 0 ? rows->cap * 2 : 64;
        struct usage_row *grown = realloc(rows->rows, cap * sizeof *grown);
        if (grown == NULL)
            return STATUS_NO_MEMORY;
        rows->rows = grown;
        rows->cap = cap;
    }
    TRY(row_own(rows, &row));
    rows->rows[rows->count++] = row;
    return STATUS_OK;
}

/* Add to the row with the same keys. */
static enum status row_add(struct usage_rows *rows, const struct usage_row *row) {
    uint32_t known = rows->names.count, index;
    key_write(row, &rows->key);
    if (rows->key.failed)
        return STATUS_NO_MEMORY;
    TRY(names_add(&rows->names, buf_slice(&rows->key), &index));
    if (index == known)
        return row_push(rows, *row);
    struct usage_row *same = &rows->rows[index];
    TRY(decimal_add(same->quantity, row->quantity, &same->quantity));
    TRY(decimal_add(same->amount, row->amount, &same->amount));
    TRY(decimal_add(same->units, row->units, &same->units));
    same->has_units = same->has_units || row->has_units;
    same->is_tiered = same->is_tiered || row->is_tiered;
    return STATUS_OK;
}

static enum status row_time(const struct usage_query *query, const struct tariff *tariff, int64_t at_ns,
                            int64_t *ret_ns) {
    struct period period;
    *ret_ns = 0;
    if (!query->by_time)
        return STATUS_OK;
    TRY(cycle_of(query->time, tariff->zone, 0, at_ns, &period));
    *ret_ns = period.start_ns;
    return STATUS_OK;
}

static bool is_wanted(const struct usage_query *query, struct slice account, const struct tariff *tariff) {
    return (query->account.len == 0 || slice_eq(query->account, account)) &&
           (query->tariff.len == 0 || slice_eq(query->tariff, tariff->name));
}

static void keys_cut(const struct usage_query *query, struct usage_row *row) {
    for (size_t i = 0; i < USAGE_KEY_COUNT; i++) {
        if (!query->by[i])
            row->keys[i] = SLICE("");
    }
}

/* ---- from bills ---- */

bool usage_needs_journal(const struct usage_query *query) {
    return query->by[USAGE_OPERATION] || query->by[USAGE_ORDER];
}

/* Whether the whole cycle lies in one hour, day or month of the query, and on one side of its ends. */
static bool cycle_fits(const struct usage_query *query, const struct tariff *tariff, struct period cycle,
                       bool *ret_inside) {
    struct period group;
    bool is_cut = (query->from_ns > cycle.start_ns && query->from_ns < cycle.end_ns) ||
                  (query->until_ns > cycle.start_ns && query->until_ns < cycle.end_ns);
    *ret_inside = cycle.start_ns >= query->from_ns && cycle.end_ns <= query->until_ns;
    if (is_cut || !query->by_time || !*ret_inside)
        return !is_cut;
    return cycle_of(query->time, tariff->zone, 0, cycle.start_ns, &group) == STATUS_OK && cycle.end_ns <= group.end_ns;
}

static enum status line_add(struct usage_rows *rows, const struct bill *bill, const struct bill_line *line) {
    struct period cycle = line->is_adjustment ? line->adjusts : bill->cycle;
    bool is_inside;
    if (!cycle_fits(&rows->query, bill->tariff, cycle, &is_inside)) {
        rows->needs_journal = true;
        return STATUS_OK;
    }
    struct usage_row row = {.tariff = bill->tariff,
                            .item = line->item,
                            .unit = line->unit,
                            .keys = {[USAGE_ACCOUNT] = bill->account,
                                     [USAGE_REGION] = line->region,
                                     [USAGE_CELL] = line->label,
                                     [USAGE_FUNDING] = slice_of(line->funding)},
                            .quantity = line->quantity,
                            .amount = line->amount};
    keys_cut(&rows->query, &row);
    TRY(row_time(&rows->query, bill->tariff, cycle.start_ns, &row.time_ns));
    if (rows->query.by_cycle)
        row.time_ns = cycle.start_ns;
    return is_inside ? row_add(rows, &row) : STATUS_OK;
}

bool usage_has_sums(const struct usage_query *query) {
    return !usage_needs_journal(query) && (!query->by_time || query->time != CYCLE_HOUR);
}

struct sums_filter usage_sums_filter(const struct usage_query *query) {
    return (struct sums_filter){query->account, query->tariff, query->from_ns, query->until_ns};
}

enum status usage_of_sum(void *context, const struct line_sum *sum) {
    struct usage_rows *rows = context;
    bool is_inside;
    if (rows->needs_bills || rows->needs_journal)
        return STATUS_OK;
    if ((sum->is_merged && rows->query.by_cycle) || !cycle_fits(&rows->query, sum->tariff, sum->period, &is_inside)) {
        rows->needs_bills = sum->is_merged;
        rows->needs_journal = !sum->is_merged;
        return STATUS_OK;
    }
    struct usage_row row = {.tariff = sum->tariff,
                            .item = sum->item,
                            .unit = sum->unit,
                            .keys = {[USAGE_ACCOUNT] = sum->account,
                                     [USAGE_REGION] = sum->region,
                                     [USAGE_CELL] = sum->label,
                                     [USAGE_FUNDING] = sum->funding},
                            .quantity = sum->quantity,
                            .amount = sum->amount};
    keys_cut(&rows->query, &row);
    TRY(row_time(&rows->query, sum->tariff, sum->period.start_ns, &row.time_ns));
    if (rows->query.by_cycle)
        row.time_ns = sum->period.start_ns;
    return is_inside ? row_add(rows, &row) : STATUS_OK;
}

enum status usage_of_bill(void *context, const struct bill *bill) {
    struct usage_rows *rows = context;
    bool is_usage = bill->kind == BILL_USAGE && is_wanted(&rows->query, bill->account, bill->tariff);
    for (uint32_t i = 0; is_usage && i < bill->line_count && !rows->needs_journal; i++)
        TRY(line_add(rows, bill, &bill->lines[i]));
    return STATUS_OK;
}

/* ---- from a replay ---- */

void usage_restart(void *context) {
    struct usage_rows *rows = context;
    struct usage_query query = rows->query;
    bool is_of_journal = rows->is_of_journal;
    usage_free(rows);
    *rows = (struct usage_rows){.query = query, .is_of_journal = is_of_journal};
}

/* What each order paid, and what none did. */
static enum status orders_add(struct usage_rows *rows, const struct charge_view *charge, struct usage_row row) {
    for (uint32_t i = 0; i < charge->part_count; i++) {
        const struct part *part = &charge->parts[i];
        struct usage_row one = row;
        one.keys[USAGE_ORDER] = part->lot->order_id;
        one.quantity = part->quantity;
        one.units = part->units;
        one.has_units = part->lot->product->kind == PRODUCT_PACKAGE || part->lot->product->kind == PRODUCT_GRANT;
        TRY(row_add(rows, &one));
        TRY(decimal_sub(row.quantity, part->quantity, &row.quantity));
    }
    return decimal_is_zero(row.quantity) && charge->part_count > 0 ? STATUS_OK : row_add(rows, &row);
}

static struct usage_row charged_row(const struct tariff *tariff, const struct rate *rate, enum funding funding) {
    const struct item *item = &tariff->items[rate->item];
    bool has_region = rate->region != INDEX_NONE && tariff->region_class != NULL;
    return (struct usage_row){
        .tariff = tariff,
        .item = item->name,
        .unit = item->unit,
        .keys = {[USAGE_REGION] = has_region ? tariff->region_class->value_names[rate->region] : SLICE(""),
                 [USAGE_CELL] = rate->label,
                 [USAGE_FUNDING] = slice_of(funding_name(funding))},
        .rate = funding == FUNDING_PAYG ? rate : NULL};
}

enum status usage_of_charge(void *context, const struct charge_view *charge) {
    struct usage_rows *rows = context;
    if (!is_wanted(&rows->query, charge->account, charge->tariff) || charge->at_ns < rows->query.from_ns ||
        charge->at_ns >= rows->query.until_ns)
        return STATUS_OK;
    struct usage_row row = charged_row(charge->tariff, charge->rate, charge->funding);
    row.keys[USAGE_ACCOUNT] = charge->account;
    row.keys[USAGE_OPERATION] = charge->operation != NULL ? charge->operation->name : SLICE("");
    row.quantity = charge->quantity;
    keys_cut(&rows->query, &row);
    TRY(row_time(&rows->query, charge->tariff, charge->at_ns, &row.time_ns));
    return rows->query.by[USAGE_ORDER] ? orders_add(rows, charge, row) : row_add(rows, &row);
}

/* ---- from sums of charges ---- */

static bool is_day_start(const struct zone *zone, int64_t at_ns) {
    struct period day;
    return at_ns == INSTANT_MIN || at_ns == INSTANT_MAX ||
           (cycle_of(CYCLE_DAY, zone, 0, at_ns, &day) == STATUS_OK && day.start_ns == at_ns);
}

bool usage_has_charges(const struct usage_query *query, const struct tariff_set *tariffs) {
    for (uint32_t i = 0; i < tariffs->count; i++) {
        const struct tariff *tariff = tariffs->list[i];
        bool is_asked = query->tariff.len == 0 || slice_eq(query->tariff, tariff->name);
        if (is_asked && (!is_day_start(tariff->zone, query->from_ns) || !is_day_start(tariff->zone, query->until_ns)))
            return false;
    }
    return !query->by_cycle && (!query->by_time || query->time != CYCLE_HOUR);
}

enum status usage_of_charge_sum(void *context, const struct charge_sum *sum) {
    struct usage_rows *rows = context;
    const struct usage_query *query = &rows->query;
    if (!is_wanted(query, sum->account, sum->tariff) || sum->day_ns < query->from_ns ||
        sum->day_ns >= query->until_ns || (sum->is_units && !query->by[USAGE_ORDER]))
        return STATUS_OK;
    struct usage_row row = charged_row(sum->tariff, sum->rate, sum->funding);
    row.keys[USAGE_ACCOUNT] = sum->account;
    row.keys[USAGE_OPERATION] = sum->operation;
    row.keys[USAGE_ORDER] = sum->order;
    row.has_units = sum->has_units;
    *(sum->is_units ? &row.units : &row.quantity) = sum->number;
    keys_cut(query, &row);
    TRY(row_time(query, sum->tariff, sum->day_ns, &row.time_ns));
    return row_add(rows, &row);
}

/* What a quantity costs whose price stands alone; else the row is tiered. */
static enum status row_price(struct usage_row *row) {
    struct rate_slice slices[RATE_SLICES_MAX];
    uint32_t count;
    row->is_tiered = row->rate->mode == PRICE_GRADUATED || row->rate->mode == PRICE_VOLUME;
    if (row->is_tiered)
        return STATUS_OK;
    TRY(rate_slices(row->tariff, row->rate, row->quantity, DECIMAL_ZERO, DECIMAL_ZERO, slices, &count));
    for (uint32_t i = 0; i < count; i++)
        TRY(decimal_add(row->amount, slices[i].amount, &row->amount));
    return STATUS_OK;
}

/* Rows of one price each become rows of the query. */
enum status usage_priced(struct usage_rows *rows) {
    struct usage_row *priced = rows->rows;
    uint32_t count = rows->count;
    enum status status = STATUS_OK;
    rows->rows = NULL;
    rows->count = rows->cap = 0;
    names_free(&rows->names);
    rows->names = (struct names){0};
    for (uint32_t i = 0; i < count && status == STATUS_OK; i++) {
        if (priced[i].rate != NULL)
            status = row_price(&priced[i]);
        priced[i].rate = NULL;
        if (status == STATUS_OK)
            status = row_add(rows, &priced[i]);
    }
    free(priced);
    return status;
}

static int row_compare(const void *left, const void *right) {
    const struct usage_row *a = left, *b = right;
    int order = slice_cmp(a->tariff->name, b->tariff->name);
    if (order == 0)
        order = slice_cmp(a->item, b->item);
    for (size_t i = 0; i < USAGE_KEY_COUNT && order == 0; i++)
        order = slice_cmp(a->keys[i], b->keys[i]);
    return order != 0 ? order : (a->time_ns > b->time_ns) - (a->time_ns < b->time_ns);
}

void usage_sort(struct usage_rows *rows) {
    if (rows->count > 0)
        qsort(rows->rows, rows->count, sizeof *rows->rows, row_compare);
}

void usage_free(struct usage_rows *rows) {
    free(rows->rows);
    names_free(&rows->names);
    buf_free(&rows->key);
    arena_free(&rows->arena);
}

/* ---- words ---- */

bool usage_key_read(struct usage_query *query, struct slice word) {
    for (int key = 0; key < USAGE_KEY_COUNT; key++) {
        if (slice_is(word, usage_key_name((enum usage_key)key))) {
            query->by[key] = true;
            return true;
        }
    }
    bool is_time = cycle_kind_parse(word, &query->time) && query->time != CYCLE_DYNAMIC_MONTH && !query->by_time;
    query->by_time = query->by_time || is_time;
    return is_time || slice_is(word, "item") || slice_is(word, "tariff"); /* these two always */
}

/* Plans and quotas cover, and what no order pays for has no units either. */
static void units_json(const struct usage_row *row, struct json_writer *writer) {
    if (row->has_units)
        json_decimal(writer, "units", row->units);
    else
        json_optional(writer, "units", SLICE(""));
}

static void row_json(const struct usage_rows *rows, const struct usage_row *row, struct json_writer *writer) {
    json_object(writer);
    json_member(writer, "tariff", row->tariff->name);
    json_member(writer, "item", row->item);
    for (int key = 0; key < USAGE_KEY_COUNT; key++) {
        if (rows->query.by[key])
            json_optional(writer, usage_key_name((enum usage_key)key), row->keys[key]);
    }
    if (rows->query.by_time)
        json_instant(writer, cycle_kind_name(rows->query.time), row->time_ns, row->tariff->zone);
    json_decimal(writer, "quantity", row->quantity);
    json_member(writer, "unit", row->unit);
    if (rows->query.by[USAGE_ORDER])
        units_json(row, writer);
    json_member(writer, "currency", slice_of(row->tariff->currency->code));
    if (row->is_tiered)
        json_optional(writer, "amount", SLICE(""));
    else
        json_decimal(writer, "amount", row->amount);
    json_object_end(writer);
}

static void keys_json(const struct usage_query *query, struct json_writer *writer) {
    json_text(writer, SLICE("tariff"));
    json_text(writer, SLICE("item"));
    for (int key = 0; key < USAGE_KEY_COUNT; key++) {
        if (query->by[key])
            json_text(writer, slice_of(usage_key_name((enum usage_key)key)));
    }
    if (query->by_time)
        json_text(writer, slice_of(cycle_kind_name(query->time)));
}

void usage_rows_json(const struct usage_rows *rows, struct json_writer *writer) {
    json_object(writer);
    json_member(writer, "from", rows->is_of_journal ? SLICE("journal") : SLICE("bills"));
    json_key(writer, "by");
    json_array(writer);
    keys_json(&rows->query, writer);
    json_array_end(writer);
    json_key(writer, "usage");
    json_array(writer);
    for (uint32_t i = 0; i < rows->count; i++)
        row_json(rows, &rows->rows[i], writer);
    json_array_end(writer);
    json_object_end(writer);
}
