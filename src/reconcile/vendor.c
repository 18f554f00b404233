/* SPDX-License-Identifier: Apache-2.0
 *
 * The vendor's side: a CSV file, row by row. */
#include <csv.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/csv_lines.h"
#include "base/file_kind.h"
#include "base/json_writer.h"
#include "reconcile/sides.h"
#include "tariff/yaml.h"

enum { CELLS_MAX = 512, HEAD_ROWS = 20, FAULTS_MAX = 100, JOIN_AT = 65536 };

struct vendor {
    const struct mapping *mapping;
    const struct tariff_set *tariffs;
    struct diags *diags;
    const struct source_file *file;
    struct buf bytes; /* of the row */
    size_t ends[CELLS_MAX];
    struct slice cells[CELLS_MAX];
    uint32_t cell_count;
    int places[COLUMN_COUNT]; /* of the columns in a row; -1: there is none */
    int other_account;
    struct csv_lines lines;
    uint32_t row;   /* the line it begins on, from 1 */
    uint32_t rows;  /* so far, with the head and what is in front of it */
    uint32_t width; /* of the head; 0: it was not found yet */
    struct buf first;
    uint32_t first_row, join_at;
    bool is_over;
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
    if (!vendor->is_over)
        diags_add(vendor->diags, SEVERITY_ERROR, place, hint, SLICE_FMT, SLICE_ARG(buf_slice(&text)));
    if (!vendor->is_over && vendor->diags->error_count >= FAULTS_MAX) {
        diags_add(vendor->diags, SEVERITY_NOTE, place, NULL, "the rest of the file was not read: these are enough");
        vendor->is_over = true;
    }
    buf_free(&text);
}

static int column_find(const struct vendor *vendor, struct slice name) {
    for (uint32_t i = 0; i < vendor->cell_count && name.len > 0; i++)
        if (slice_eq(slice_trim(vendor->cells[i]), name))
            return (int)i;
    return -1;
}

/* ---- the head ---- */

static void column_missing(struct vendor *vendor, struct slice name) {
    struct slice near = names_suggest(name, vendor->cells, vendor->cell_count);
    struct buf hint = {0};
    const char *separation = vendor->cell_count == 1 ? file_separation(vendor->cells[0]) : NULL;
    if (separation)
        buf_printf(&hint, "the file is %s; the mapping's `separator` says so", separation);
    else if (near.len > 0)
        buf_printf(&hint, "did you mean \"" SLICE_FMT "\"?", SLICE_ARG(slice_trim(near)));
    else
        buf_text(&hint, "the first row names the columns; the mapping must use its names");
    wrong(vendor, hint.ptr, "there is no column \"" SLICE_FMT "\"", SLICE_ARG(name));
    buf_free(&hint);
}

static void columns_find(struct vendor *vendor) {
    const struct mapping *mapping = vendor->mapping;
    vendor->other_account = column_find(vendor, mapping->other_account);
    for (int column = 0; column < COLUMN_COUNT; column++) {
        struct slice name = mapping->columns[column];
        int place = vendor->places[column] = column_find(vendor, name);
        if (name.len > 0 && place < 0 && (column != COLUMN_ACCOUNT || vendor->other_account < 0))
            column_missing(vendor, name);
        for (uint32_t i = (uint32_t)place + 1; place >= 0 && i < vendor->cell_count; i++)
            if (slice_eq(slice_trim(vendor->cells[i]), name))
                wrong(vendor, "rename one of them in the file", "two columns are called \"" SLICE_FMT "\"",
                      SLICE_ARG(name));
    }
    vendor->width = vendor->cell_count;
}

static bool is_head(const struct vendor *vendor) {
    return column_find(vendor, vendor->mapping->columns[COLUMN_ITEM]) >= 0 &&
           column_find(vendor, vendor->mapping->columns[COLUMN_AMOUNT]) >= 0;
}

/* None of the first rows was it: what the very first one lacks is told. */
static void head_missing(struct vendor *vendor) {
    size_t at = 0;
    vendor->row = vendor->first_row;
    for (vendor->cell_count = 0; vendor->cell_count < CELLS_MAX && at < vendor->first.len; vendor->cell_count++) {
        size_t len = strlen(vendor->first.ptr + at);
        vendor->cells[vendor->cell_count] = (struct slice){vendor->first.ptr + at, len};
        at += len + 1;
    }
    columns_find(vendor);
    vendor->is_over = true;
}

/* Some programs write a title and a date above it. */
static void head_find(struct vendor *vendor) {
    if (is_head(vendor)) {
        columns_find(vendor);
        return;
    }
    if (vendor->rows == 1) {
        vendor->first_row = vendor->row;
        for (uint32_t i = 0; i < vendor->cell_count; i++) {
            buf_append(&vendor->first, vendor->cells[i]);
            buf_append(&vendor->first, (struct slice){"", 1});
        }
    }
    if (vendor->rows == HEAD_ROWS)
        head_missing(vendor);
}

/* ---- rows ---- */

static struct slice cell(const struct vendor *vendor, enum column column) {
    int place = vendor->places[column];
    return place >= 0 && (uint32_t)place < vendor->cell_count ? slice_trim(vendor->cells[place]) : SLICE("");
}

/* False: it is no number, and that is told. An empty cell is no number either, and not told. */
static bool number(struct vendor *vendor, enum column column, struct decimal *ret, int *ret_digits,
                   struct slice *ret_currency) {
    struct slice text = cell(vendor, column);
    if (text.len == 0)
        return false;
    if (number_read(text, vendor->mapping, ret, ret_digits, ret_currency) == STATUS_OK)
        return true;
    wrong(vendor,
          "digits with a point, e.g. 1234.5; the mapping's `thousands` names a mark to pass over, `decimal` another "
          "mark than the point",
          "\"" SLICE_FMT "\" is no number", SLICE_ARG(text));
    return false;
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

/* A text that outlives the row. */
static struct slice kept(struct vendor *vendor, struct slice text) {
    uint32_t name;
    if (text.len == 0)
        return SLICE("");
    if (names_add(&vendor->sides.texts, text, &name) == STATUS_OK)
        return vendor->sides.texts.texts[name];
    vendor->status = STATUS_NO_MEMORY;
    return SLICE("");
}

static struct slice account(const struct vendor *vendor) {
    const struct mapping *mapping = vendor->mapping;
    struct slice text = cell(vendor, COLUMN_ACCOUNT);
    if (mapping->columns[COLUMN_ACCOUNT].len == 0)
        return mapping->account;
    if (text.len == 0 && vendor->other_account >= 0 && (uint32_t)vendor->other_account < vendor->cell_count)
        text = slice_trim(vendor->cells[vendor->other_account]);
    return renamed(mapping->accounts, mapping->account_count, text);
}

/* Nothing used and nothing asked for, as where a package tells what was left of it. */
static bool is_nothing(const struct vendor *vendor, const struct side *side) {
    return side->has_amount && decimal_is_zero(side->amount) && vendor->places[COLUMN_QUANTITY] >= 0 &&
           (side->has_quantity ? decimal_is_zero(side->quantity) : cell(vendor, COLUMN_QUANTITY).len == 0);
}

static void side_add(struct vendor *vendor, struct side *side) {
    side->account = kept(vendor, side->account);
    side->item = kept(vendor, side->item);
    side->region = kept(vendor, side->region);
    side->currency = kept(vendor, side->currency);
    if (vendor->status == STATUS_OK)
        vendor->status = sides_add(&vendor->sides, side);
    if (vendor->status == STATUS_OK && vendor->sides.count >= vendor->join_at) { /* memory follows the sums, not rows */
        vendor->status = sides_sum(&vendor->sides);
        vendor->join_at = vendor->sides.count > JOIN_AT / 2 ? 2 * vendor->sides.count : JOIN_AT;
    }
}

static void row_read(struct vendor *vendor) {
    const struct mapping *mapping = vendor->mapping;
    struct slice at_amount = {0}, at_quantity;
    int quantity_digits = 0;
    struct side side = {.account = account(vendor),
                        .item = renamed(mapping->items, mapping->item_count, cell(vendor, COLUMN_ITEM)),
                        .region = renamed(mapping->regions, mapping->region_count, cell(vendor, COLUMN_REGION)),
                        .lines = 1,
                        .line = vendor->row};
    item_find(vendor, &side);
    const struct zone *zone = mapping->zone ? mapping->zone : side.tariff ? side.tariff->zone : NULL;
    side.has_amount = number(vendor, COLUMN_AMOUNT, &side.amount, &side.digits, &at_amount);
    side.has_quantity = number(vendor, COLUMN_QUANTITY, &side.quantity, &quantity_digits, &at_quantity);
    side.charged = side.quantity;
    struct slice currency = cell(vendor, COLUMN_CURRENCY);
    side.currency = renamed(mapping->currencies, mapping->currency_count, currency.len > 0 ? currency : at_amount);
    if (currency.len > 0 && at_amount.len > 0 && !slice_eq(currency, at_amount))
        wrong(vendor, NULL, "the amount is in " SLICE_FMT ", the currency is " SLICE_FMT, SLICE_ARG(at_amount),
              SLICE_ARG(currency));
    else if (is_nothing(vendor, &side))
        return;
    else if (side.item.len == 0)
        wrong(vendor, "rows that count nothing, such as totals: the mapping's `skip` names what stands in them",
              "the item is empty");
    else if (!side.has_amount && cell(vendor, COLUMN_AMOUNT).len == 0)
        wrong(vendor, NULL, "the amount is empty");
    else if (start_read(vendor, zone, &side.start_ns))
        side_add(vendor, &side);
}

/* Whether it has anything, and that counts. */
static bool is_wanted(const struct vendor *vendor) {
    bool has_text = false;
    for (uint32_t i = 0; i < vendor->cell_count; i++) {
        struct slice text = slice_trim(vendor->cells[i]);
        has_text = has_text || text.len > 0;
        for (uint32_t j = 0; j < vendor->mapping->skip_count; j++)
            if (slice_eq(text, vendor->mapping->skips[j]))
                return false;
    }
    return has_text;
}

/* Marks between cells that have no quotes move all that is behind them. */
static bool is_wide(const struct vendor *vendor) {
    for (uint32_t i = vendor->width; i < vendor->cell_count; i++)
        if (slice_trim(vendor->cells[i]).len > 0)
            return true;
    return false;
}

static void row_take(struct vendor *vendor) {
    if (!json_is_utf8(buf_slice(&vendor->bytes))) {
        wrong(vendor, "convert it first, e.g. iconv -f GB18030 -t UTF-8 or -f WINDOWS-1252", "this row is not UTF-8");
        vendor->is_over = true;
        return;
    }
    if (!is_wanted(vendor))
        return;
    vendor->rows++;
    if (vendor->width == 0)
        head_find(vendor);
    else if (vendor->places[COLUMN_ITEM] < 0 || vendor->places[COLUMN_AMOUNT] < 0 || !is_counted(vendor))
        return;
    else if (is_wide(vendor))
        wrong(vendor, "a cell with the separator in it needs quotes around it",
              "this row has %u cells, the one that names the columns %u", vendor->cell_count, vendor->width);
    else
        row_read(vendor); /* also behind a mistake: every one of the file is told */
}

static void on_cell(void *bytes, size_t len, void *context) {
    struct vendor *vendor = context;
    struct slice text = {bytes ? bytes : "", len};
    csv_lines_cell(&vendor->lines, text);
    if (vendor->cell_count == CELLS_MAX)
        return;
    buf_append(&vendor->bytes, text);
    vendor->ends[vendor->cell_count++] = vendor->bytes.len;
}

static void on_row(int end, void *context) {
    struct vendor *vendor = context;
    if (vendor->bytes.failed)
        vendor->status = STATUS_NO_MEMORY;
    if (csv_lines_row(&vendor->lines, vendor->cell_count > 0, end) && vendor->status == STATUS_OK && !vendor->is_over) {
        vendor->row = (uint32_t)vendor->lines.line;
        for (uint32_t i = 0; i < vendor->cell_count; i++) {
            size_t start = i > 0 ? vendor->ends[i - 1] : 0;
            vendor->cells[i] = (struct slice){buf_slice(&vendor->bytes).ptr + start, vendor->ends[i] - start};
        }
        row_take(vendor);
    }
    vendor->cell_count = 0;
    buf_clear(&vendor->bytes);
}

/* ---- the file ---- */

static void block_read(struct vendor *vendor, struct csv_parser *parser, struct slice block) {
    if (csv_parse(parser, block.ptr, block.len, on_cell, on_row, vendor) == block.len || vendor->status != STATUS_OK)
        return;
    if (csv_error(parser) == CSV_ENOMEM) {
        vendor->status = STATUS_NO_MEMORY;
        return;
    }
    vendor->row = (uint32_t)vendor->lines.next;
    wrong(vendor, "RFC 4180: a cell with quotes has them around it, and doubled within", "this row is no CSV");
    vendor->is_over = true;
}

static void start_check(struct vendor *vendor, struct slice *block) {
    static const char mark[] = "\xef\xbb\xbf"; /* some programs put it in front */
    if (slice_starts(*block, (struct slice){mark, 3}))
        *block = (struct slice){block->ptr + 3, block->len - 3};
    const char *kind = file_kind(*block);
    vendor->row = 1;
    if (kind)
        wrong(vendor, "unpack or convert it first, e.g. gunzip, iconv -f UTF-16 -t UTF-8", "the file is %s, not CSV",
              kind);
    vendor->is_over = kind != NULL;
}

static void end_check(struct vendor *vendor, struct csv_parser *parser) {
    if (!vendor->is_over && vendor->status == STATUS_OK && csv_fini(parser, on_cell, on_row, vendor) != 0) {
        vendor->row = (uint32_t)vendor->lines.next;
        wrong(vendor, "RFC 4180: a cell with quotes has them around it, and doubled within",
              "this row is no CSV: the file ends inside quotes");
        vendor->is_over = true;
    }
    if (vendor->is_over || vendor->status != STATUS_OK || vendor->width > 0)
        return;
    vendor->row = 1;
    if (vendor->rows > 0)
        head_missing(vendor);
    else
        wrong(vendor, "its first row names the columns", "the file is empty");
}

/* What is read at once is in the source file; a long file is read in blocks. */
static enum status rows_read(struct vendor *vendor, FILE *stream) {
    struct csv_parser parser;
    char bytes[65536];
    struct slice block = vendor->file->text;
    if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI | CSV_REPALL_NL) != 0)
        return STATUS_NO_MEMORY;
    csv_set_delim(&parser, (unsigned char)vendor->mapping->separator);
    if (stream != NULL)
        block = (struct slice){bytes, fread(bytes, 1, sizeof bytes, stream)};
    start_check(vendor, &block);
    while (block.len > 0 && vendor->status == STATUS_OK && !vendor->is_over) {
        block_read(vendor, &parser, block);
        block = (struct slice){bytes, stream ? fread(bytes, 1, sizeof bytes, stream) : 0};
    }
    if (stream != NULL && ferror(stream))
        vendor->status = STATUS_IO;
    end_check(vendor, &parser);
    csv_free(&parser);
    return vendor->status;
}

static enum status stream_open(const char *path, struct arena *arena, struct source_file **ret_file,
                               FILE **ret_stream) {
    enum status status = strcmp(path, "-") == 0 ? STATUS_RANGE : source_file_read(path, arena, ret_file);
    if (status != STATUS_RANGE && !(status == STATUS_IO && errno == EINVAL)) /* a pipe */
        return status;
    *ret_file = ARENA_NEW(arena, struct source_file);
    if (*ret_file == NULL)
        return STATUS_NO_MEMORY;
    **ret_file = (struct source_file){.path = slice_of(path), .text = SLICE("")};
    *ret_stream = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
    return *ret_stream != NULL ? STATUS_OK : STATUS_IO;
}

enum status sides_of_file(const char *path, const struct mapping *mapping, const struct tariff_set *tariffs,
                          struct arena *arena, struct diags *diags, struct sides *ret_sides) {
    struct source_file *file;
    FILE *stream = NULL;
    TRY(stream_open(path, arena, &file, &stream));
    struct vendor vendor = {
        .mapping = mapping, .tariffs = tariffs, .diags = diags, .file = file, .lines = {.next = 1}, .join_at = JOIN_AT};
    enum status status = rows_read(&vendor, stream);
    if (stream != NULL && stream != stdin)
        fclose(stream);
    buf_free(&vendor.bytes);
    buf_free(&vendor.first);
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
