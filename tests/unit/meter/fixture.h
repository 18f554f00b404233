/* SPDX-License-Identifier: Apache-2.0
 *
 * The demo tariffs and a reader over them, and records as one line of text that a test row can state. */
#ifndef TG_TESTS_METER_FIXTURE_H
#define TG_TESTS_METER_FIXTURE_H

#include "meter/record.h"
#include "support/check.h"

struct fixture {
    struct tariff_set tariffs;
    struct reader *reader;
    struct arena batch;
    struct buf text;
};

static void fixture_init(struct fixture *fixture) {
    static const uint8_t key[16] = "sixteen bytes ok";
    struct diags diags = {0};
    *fixture = (struct fixture){0};
    enum status status = tariff_set_load(TARIFF_DIR, NULL, &fixture->tariffs, &diags);
    struct buf messages = {0};
    diags_print(&diags, false, &messages);
    CHECK_TEXT(buf_slice(&messages), "");
    CHECK_OK(status);
    buf_free(&messages);
    diags_free(&diags);
    CHECK_OK(reader_new(&fixture->tariffs, key, &fixture->reader));
}

static void fixture_free(struct fixture *fixture) {
    reader_free(fixture->reader);
    tariff_set_free(&fixture->tariffs);
    arena_free(&fixture->batch);
    buf_free(&fixture->text);
}

/* The bytes behind the document are what a reader must not look at. */
static struct record *fixture_read(struct fixture *fixture, const char *text, struct trace *trace,
                                   uint32_t *ret_count) {
    size_t len = strlen(text);
    char *document = test_malloc(len + JSON_PADDING);
    memcpy(document, text, len);
    memset(document + len, '}', JSON_PADDING);
    struct record *records = NULL;
    CHECK_OK(
        reader_read(fixture->reader, (struct slice){document, len}, 7, &fixture->batch, trace, &records, ret_count));
    test_free(document); /* a record must not need it */
    return records;
}

static void decimal_append(struct buf *text, struct decimal value) {
    char digits[DECIMAL_TEXT_MAX];
    decimal_format(value, digits);
    buf_text(text, digits);
}

/* "call=1 scene=2", "unpriced: …", "7:3 rejected: …". */
static struct slice fixture_show(struct fixture *fixture, const struct record *record) {
    struct buf *text = &fixture->text;
    buf_clear(text);
    if (record->kind == RECORD_REJECTED)
        buf_printf(text, "%u:%u rejected: " SLICE_FMT, record->line, record->column, SLICE_ARG(record->reason));
    if (record->kind == RECORD_UNPRICED)
        buf_printf(text, "unpriced: " SLICE_FMT, SLICE_ARG(record->reason));
    if (record->kind == RECORD_USAGE && !record->is_billable)
        buf_text(text, "free");
    for (uint32_t i = 0; i < record->usage_count; i++) {
        const struct usage *usage = &record->usages[i];
        const struct rate *rate = usage->rate == INDEX_NONE ? NULL : &record->tariff->rates[usage->rate];
        buf_printf(text, "%s" SLICE_FMT, i > 0 ? " " : "", SLICE_ARG(record->tariff->items[usage->item].name));
        if (rate == NULL)
            buf_text(text, "(external)");
        else if (rate->region != INDEX_NONE)
            buf_printf(text, "(" SLICE_FMT ")", SLICE_ARG(record->tariff->region_class->value_names[rate->region]));
        else if (rate->label.len > 0)
            buf_printf(text, "(" SLICE_FMT ")", SLICE_ARG(rate->label));
        buf_char(text, '=');
        decimal_append(text, usage->quantity);
    }
    return buf_slice(text);
}

#endif
