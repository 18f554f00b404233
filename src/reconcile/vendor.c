/* SPDX-License-Identifier: Apache-2.0
 *
 * The vendor's side: a CSV file, row by row. */
#include <csv.h>
#include <stdlib.h>

#include "reconcile/sides.h"
#include "tariff/yaml.h"

enum { CELLS_MAX = 512 };

struct vendor {
    const struct mapping *mapping;
    const struct tariff_set *tariffs;
    struct arena *arena;
    struct diags *diags;
    const struct source_file *file;
    struct slice cells[CELLS_MAX];
    uint32_t cell_count;
    int places[COLUMN_COUNT]; /* of the columns in a row; -1: there is none */
    uint32_t row;             /* from 1 */
    struct sides sides;
    enum status status; /* the first fault */
};

PRINTF(3, 4) static void wrong(struct vendor *vendor, const char *hint, const char *format, ...) {
    struct buf text = {0};
    va_list args;
    va_start(args, format);
    buf_vprintf(&text, format, args);
    va_end(args);
    struct place place = {.file = vendor->file, .line = vendor->row, .column = 1};
    diags_add(vendor->diags, SEVERITY_ERROR, place, hint, SLICE_FMT, SLICE_ARG(buf_slice(&text)));
    buf_free(&text);
}

static int column_find(const struct vendor *vendor, struct slice name) {
    for (uint32_t i = vendor->cell_count; i > 0 && name.len > 0; i--)
        if (slice_eq(slice_trim(vendor->cells[i - 1]), name))
            return (int)i - 1;
    return -1;
}

static void columns_find(struct vendor *vendor) {
    for (int column = 0; column < COLUMN_COUNT; column++) {
        struct slice name = vendor->mapping->columns[column];
        vendor->places[column] = column_find(vendor, name);
        if (column == COLUMN_ACCOUNT && vendor->places[column] < 0)
            vendor->places[column] = column_find(vendor, vendor->mapping->other_account);
        if (name.len > 0 && vendor->places[column] < 0)
            wrong(vendor, "the first row names the columns; the mapping must use its names",
                  "there is no column \"" SLICE_FMT "\"", SLICE_ARG(name));
    }
}

static struct slice cell(const struct vendor *vendor, enum column column) {
    int place = vendor->places[column];
    return place >= 0 && (uint32_t)place < vendor->cell_count ? slice_trim(vendor->cells[place]) : SLICE("");
}

/* False: it is no number, and that is told. An empty cell is no number either, and not told. */
static bool number(struct vendor *vendor, enum column column, struct decimal *ret, int *ret_digits) {
    struct slice text = cell(vendor, column);
    char digits[64];
    size_t len = 0;
    if (text.len == 0)
        return false;
    for (size_t i = 0; i < text.len && len < sizeof digits; i++) {
        if (vendor->mapping->thousands == 0 || text.ptr[i] != vendor->mapping->thousands)
            digits[len++] = text.ptr[i];
    }
    struct slice plain = {digits, len};
    if (len == sizeof digits || decimal_parse(plain, ret, NULL) != STATUS_OK) {
        wrong(vendor, "digits with a point, e.g. 1234.5; the mapping's `thousands` names a mark to pass over",
              "\"" SLICE_FMT "\" is no number", SLICE_ARG(text));
        return false;
    }
    const char *point = memchr(digits, '.', len);
    *ret_digits = point ? (int)(digits + len - point - 1) : 0;
    return true;
}

/* Digits of "2026-02-15 08:00:00", "2026/02", "20260215": as many as there are, in this order. */
static bool civil_read(struct slice text, struct civil *ret_civil) {
    static const uint32_t lengths[] = {4, 2, 2, 2, 2, 2};
    int values[6] = {0, 1, 1, 0, 0, 0};
    size_t at = 0;
    uint32_t part = 0;
    for (; part < 6 && at < text.len; part++) {
        int value = 0;
        for (uint32_t i = 0; i < lengths[part]; i++, at++) {
            if (at == text.len || text.ptr[at] < '0' || text.ptr[at] > '9')
                return false;
            value = value * 10 + (text.ptr[at] - '0');
        }
        values[part] = value;
        if (at < text.len && memchr("-/.: T", text.ptr[at], 6) != NULL)
            at++;
    }
    *ret_civil = (struct civil){.year = values[0],
                                .month = (int8_t)values[1],
                                .day = (int8_t)values[2],
                                .hour = (int8_t)values[3],
                                .minute = (int8_t)values[4],
                                .second = (int8_t)values[5]};
    return at == text.len && part >= 2 && values[1] >= 1 && values[1] <= 12 && values[2] >= 1 && values[2] <= 31 &&
           values[3] <= 24 && values[4] <= 59 && values[5] <= 60;
}

static bool start_read(struct vendor *vendor, const struct zone *zone, int64_t *ret_ns) {
    struct slice text = cell(vendor, COLUMN_START);
    struct civil civil;
    int64_t at_ns = 0;
    enum status status = STATUS_OK;
    if (vendor->mapping->span == SPAN_TOTAL) {
        *ret_ns = INSTANT_MIN;
        return true;
    }
    if (instant_parse(text, &at_ns, NULL) != STATUS_OK)
        status = civil_read(text, &civil) ? zone_instant(zone, civil, &at_ns) : STATUS_INVALID;
    if (status == STATUS_OK)
        status = span_start(vendor->mapping->span, zone, at_ns, ret_ns);
    if (status != STATUS_OK)
        wrong(vendor, "e.g. 2026-02-15T08:00:00+08:00, 2026-02-15 08:00:00, 2026-02-15, 2026-02",
              "\"" SLICE_FMT "\" is no instant, day or month", SLICE_ARG(text));
    return status == STATUS_OK;
}

/* By its name, or by `TARIFF/ITEM`. */
static void item_find(const struct vendor *vendor, struct side *side) {
    struct slice of = {0}, item = side->item;
    bool is_whole = slice_cut(side->item, '/', &of, &item);
    for (uint32_t i = 0; i < vendor->tariffs->count; i++) {
        const struct tariff *tariff = vendor->tariffs->list[i];
        if (vendor->mapping->tariff.len > 0 && !slice_eq(tariff->name, vendor->mapping->tariff))
            continue;
        uint32_t name = names_find(&tariff->item_names, side->item);
        if (name == NAMES_NONE && is_whole && slice_eq(of, tariff->name))
            name = names_find(&tariff->item_names, item);
        if (name == NAMES_NONE)
            continue;
        side->tariff = tariff;
        side->known = &tariff->items[tariff->item_of[name]];
        side->item = side->known->name;
        return;
    }
}

static bool is_counted(const struct vendor *vendor) {
    struct slice kind = cell(vendor, COLUMN_KIND);
    for (uint32_t i = 0; i < vendor->mapping->kind_count; i++) {
        if (slice_eq(vendor->mapping->kinds[i], kind))
            return true;
    }
    return vendor->mapping->kind_count == 0;
}

static void row_read(struct vendor *vendor) {
    const struct mapping *mapping = vendor->mapping;
    int quantity_digits = 0;
    if (!is_counted(vendor))
        return;
    struct side side = {.item = renamed(mapping->items, mapping->item_count, cell(vendor, COLUMN_ITEM)),
                        .region = renamed(mapping->regions, mapping->region_count, cell(vendor, COLUMN_REGION)),
                        .currency = cell(vendor, COLUMN_CURRENCY),
                        .lines = 1,
                        .line = vendor->row};
    side.account = mapping->columns[COLUMN_ACCOUNT].len > 0
                       ? renamed(mapping->accounts, mapping->account_count, cell(vendor, COLUMN_ACCOUNT))
                       : mapping->account;
    item_find(vendor, &side);
    const struct zone *zone = mapping->zone ? mapping->zone : side.tariff ? side.tariff->zone : NULL;
    side.has_amount = number(vendor, COLUMN_AMOUNT, &side.amount, &side.digits);
    side.has_quantity = number(vendor, COLUMN_QUANTITY, &side.quantity, &quantity_digits);
    side.charged = side.quantity;
    bool is_nothing = side.has_amount && decimal_is_zero(side.amount) && vendor->places[COLUMN_QUANTITY] >= 0 &&
                      cell(vendor, COLUMN_QUANTITY).len == 0;
    if (is_nothing) /* nothing used and nothing asked for, as where a package tells what was left of it */
        return;
    if (side.item.len == 0)
        wrong(vendor, NULL, "the item is empty");
    else if (!side.has_amount && cell(vendor, COLUMN_AMOUNT).len == 0)
        wrong(vendor, NULL, "the amount is empty");
    else if (start_read(vendor, zone, &side.start_ns) && vendor->status == STATUS_OK)
        vendor->status = sides_add(&vendor->sides, &side);
}

static void on_cell(void *bytes, size_t len, void *context) {
    struct vendor *vendor = context;
    struct slice copy = arena_copy(vendor->arena, (struct slice){bytes ? bytes : "", len});
    if (copy.ptr == NULL)
        vendor->status = STATUS_NO_MEMORY;
    else if (vendor->cell_count < CELLS_MAX)
        vendor->cells[vendor->cell_count++] = copy;
}

static void on_row(int end, void *context) {
    struct vendor *vendor = context;
    (void)end;
    vendor->row++;
    if (vendor->row == 1)
        columns_find(vendor);
    else if (vendor->status == STATUS_OK && vendor->cell_count > 0 && vendor->places[COLUMN_ITEM] >= 0 &&
             vendor->places[COLUMN_AMOUNT] >= 0)
        row_read(vendor); /* also behind a mistake: every one of the file is told */
    vendor->cell_count = 0;
}

static enum status rows_read(struct vendor *vendor) {
    struct csv_parser parser;
    struct slice text = vendor->file->text;
    static const char mark[] = "\xef\xbb\xbf"; /* some programs put it in front */
    if (slice_starts(text, (struct slice){mark, 3}))
        text = (struct slice){text.ptr + 3, text.len - 3};
    if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI) != 0)
        return STATUS_NO_MEMORY;
    csv_set_delim(&parser, (unsigned char)vendor->mapping->separator);
    size_t done = csv_parse(&parser, text.ptr, text.len, on_cell, on_row, vendor);
    bool is_whole = done == text.len && csv_fini(&parser, on_cell, on_row, vendor) == 0;
    if (!is_whole && csv_error(&parser) == CSV_ENOMEM) {
        vendor->status = STATUS_NO_MEMORY;
    } else if (!is_whole) {
        vendor->row++;
        wrong(vendor, "RFC 4180: a cell with quotes has them around it, and doubled within", "this row is no CSV");
    }
    csv_free(&parser);
    return vendor->status;
}

enum status sides_of_file(const char *path, const struct mapping *mapping, const struct tariff_set *tariffs,
                          struct arena *arena, struct diags *diags, struct sides *ret_sides) {
    struct source_file *file;
    TRY(source_file_read(path, arena, &file));
    struct vendor vendor = {.mapping = mapping, .tariffs = tariffs, .arena = arena, .diags = diags, .file = file};
    enum status status = rows_read(&vendor);
    if (status == STATUS_OK && diags->error_count > 0)
        status = STATUS_INVALID;
    if (status == STATUS_OK)
        status = sides_sum(&vendor.sides);
    if (status != STATUS_OK)
        sides_free(&vendor.sides);
    else
        *ret_sides = vendor.sides;
    return status;
}
