/* SPDX-License-Identifier: Apache-2.0
 *
 * A dataset as CSV or JSON, and the metadata of its schema. */
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/json_writer.h"
#include "focus/writer.h"

static const struct focus_writer *const writers[FOCUS_DATASET_COUNT] = {
    [FOCUS_COST_AND_USAGE] = &focus_cost_and_usage,
    [FOCUS_CONTRACT_COMMITMENT] = &focus_contract_commitment,
    [FOCUS_INVOICE_DETAIL] = &focus_invoice_detail,
    [FOCUS_BILLING_PERIOD] = &focus_billing_periods,
};

struct output {
    const struct focus *focus;
    const struct focus_writer *writer;
    enum focus_column columns[FOCUS_COLUMN_COUNT];
    int column_count;
};

static struct output output_of(const struct focus *focus) {
    enum focus_dataset dataset = focus->options.dataset;
    struct output output = {.focus = focus, .writer = writers[dataset]};
    for (int i = 0; i < FOCUS_COLUMN_COUNT; i++)
        if (focus_column_is_in((enum focus_column)i, dataset, focus->options.version) &&
            output.writer->has(focus, (enum focus_column)i))
            output.columns[output.column_count++] = (enum focus_column)i;
    return output;
}

uint64_t focus_row_count(const struct focus *focus) {
    const struct focus_writer *writer = writers[focus->options.dataset];
    uint64_t count = 0, all = writer->count(focus);
    for (uint64_t i = 0; i < all; i++)
        count += writer->is_shown(focus, i);
    return count;
}

enum status focus_csv(const struct focus *focus, struct sink *sink) {
    struct output output = output_of(focus);
    struct cells cells = {.focus = focus, .out = &sink->buf};
    uint64_t count = output.writer->count(focus);
    for (int i = 0; i < output.column_count; i++)
        focus_cell_text(&cells, slice_of(focus_columns[output.columns[i]].id));
    for (int i = 0; i < output.writer->own_count; i++)
        focus_cell_text(&cells, slice_of(output.writer->own[i]));
    buf_text(cells.out, "\r\n");
    for (uint64_t at = 0; at < count; at++) {
        if (!output.writer->is_shown(focus, at))
            continue;
        cells.needs_comma = false;
        for (int i = 0; i < output.column_count; i++)
            output.writer->cell(&cells, at, output.columns[i]);
        for (int i = 0; i < output.writer->own_count; i++)
            output.writer->own_cell(&cells, at, i);
        buf_text(cells.out, "\r\n");
        sink_spill(sink);
    }
    return sink->buf.failed ? STATUS_NO_MEMORY : STATUS_OK;
}

/* ---- metadata ---- */

/* The schema is what the columns are: the same columns, the same id. Looks like a GUID, as is recommended. */
static void schema_id(const struct output *output, char out[37]) {
    unsigned char hash[16];
    char digits[33];
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, sizeof hash);
    const char *version = focus_version_text(output->focus->options.version);
    crypto_generichash_update(&state, (const unsigned char *)version, strlen(version));
    for (int i = 0; i < output->column_count; i++) {
        const char *id = focus_columns[output->columns[i]].id;
        crypto_generichash_update(&state, (const unsigned char *)id, strlen(id) + 1);
    }
    crypto_generichash_final(&state, hash, sizeof hash);
    sodium_bin2hex(digits, sizeof digits, hash, sizeof hash);
    snprintf(out, 37, "%.8s-%.4s-%.4s-%.4s-%.12s", digits, digits + 8, digits + 12, digits + 16, digits + 20);
}

static void column_json(struct json_writer *writer, const char *id, enum focus_type type) {
    json_object(writer);
    json_member(writer, "ColumnName", slice_of(id));
    json_member(writer, "DataType", slice_of(focus_type_text(type)));
    if (type == TYPE_DECIMAL) {
        json_key(writer, "NumericPrecision");
        json_uint(writer, 38);
        json_key(writer, "NumberScale");
        json_uint(writer, FIGURE_DIGITS_MAX);
    } else if (type != TYPE_DATETIME) {
        json_member(writer, "StringEncoding", SLICE("UTF-8"));
    }
    json_object_end(writer);
}

static void schema_json(const struct output *output, const char *created, const char *instance,
                        struct json_writer *writer) {
    char id[37];
    schema_id(output, id);
    json_object(writer);
    json_member(writer, "SchemaId", slice_of(id));
    if (instance)
        json_member(writer, "DatasetInstanceId", slice_of(instance));
    json_member(writer, "FocusVersion", slice_of(focus_version_text(output->focus->options.version)));
    json_member(writer, "CreationDate", slice_of(created));
    json_member(writer, "DataGeneratorVersion", SLICE(TOLLGATE_VERSION));
    json_key(writer, "ColumnDefinition");
    json_array(writer);
    for (int i = 0; i < output->column_count; i++)
        column_json(writer, focus_columns[output->columns[i]].id, focus_columns[output->columns[i]].type);
    for (int i = 0; i < output->writer->own_count; i++)
        column_json(writer, output->writer->own[i], TYPE_STRING);
    json_array_end(writer);
    json_object_end(writer);
}

static void metadata_json(const struct output *output, int64_t now_ns, struct json_writer *writer) {
    static const char *const contents[] = {"of closed bills", "of orders", "of closed bills", "of closed bills"};
    const struct focus_dataset_row *dataset = &focus_datasets[output->focus->options.dataset];
    char created[INSTANT_TEXT_MAX], instance[64], name[64];
    bool is_listed = output->focus->options.version >= FOCUS_1_3;
    instant_format(now_ns - now_ns % NS_PER_SECOND, NULL, created);
    snprintf(instance, sizeof instance, "tollgate-%s", dataset->word);
    snprintf(name, sizeof name, "%s %s", dataset->name, contents[output->focus->options.dataset]);
    json_object(writer);
    json_key(writer, "DataGenerator");
    json_object(writer);
    json_member(writer, "DataGenerator", SLICE("Tollgate"));
    json_object_end(writer);
    if (is_listed) {
        json_key(writer, "DatasetInstance");
        json_array(writer);
        json_object(writer);
        json_member(writer, "DatasetInstanceId", slice_of(instance));
        json_member(writer, "DatasetInstanceName", slice_of(name));
        json_member(writer, "FocusDatasetId", slice_of(dataset->id));
        json_object_end(writer);
        json_array_end(writer);
    }
    json_key(writer, "Schema");
    if (is_listed)
        json_array(writer);
    schema_json(output, created, is_listed ? instance : NULL, writer);
    if (is_listed)
        json_array_end(writer);
    json_object_end(writer);
}

enum status focus_metadata(const struct focus *focus, int64_t now_ns, struct sink *sink) {
    struct json_writer writer = {.out = &sink->buf, .pretty = true};
    struct output output = output_of(focus);
    metadata_json(&output, now_ns, &writer);
    buf_char(&sink->buf, '\n');
    return sink->buf.failed ? STATUS_NO_MEMORY : STATUS_OK;
}

/* ---- rows as JSON ---- */

static void member(struct json_writer *writer, const char *id, struct buf *text) {
    if (text->len > 0)
        json_member(writer, id, buf_slice(text));
    else
        json_member_null(writer, id);
    writer->out->failed = writer->out->failed || text->failed;
    buf_clear(text);
}

static void row_json(const struct output *output, uint64_t at, struct buf *text, struct json_writer *writer) {
    struct cells cells = {.focus = output->focus, .out = text, .is_plain = true};
    json_object(writer);
    for (int i = 0; i < output->column_count; i++) {
        cells.needs_comma = false;
        output->writer->cell(&cells, at, output->columns[i]);
        member(writer, focus_columns[output->columns[i]].id, text);
    }
    for (int i = 0; i < output->writer->own_count; i++) {
        cells.needs_comma = false;
        output->writer->own_cell(&cells, at, i);
        member(writer, output->writer->own[i], text);
    }
    json_object_end(writer);
}

enum status focus_json(const struct focus *focus, int64_t now_ns, struct sink *sink) {
    struct json_writer writer = {.out = &sink->buf};
    struct output output = output_of(focus);
    uint64_t count = output.writer->count(focus);
    struct buf text = {0};
    json_object(&writer);
    json_key(&writer, "metadata");
    metadata_json(&output, now_ns, &writer);
    json_key(&writer, "rows");
    json_array(&writer);
    for (uint64_t at = 0; at < count; at++) {
        if (!output.writer->is_shown(focus, at))
            continue;
        row_json(&output, at, &text, &writer);
        sink_spill(sink);
    }
    json_array_end(&writer);
    json_object_end(&writer);
    buf_char(&sink->buf, '\n');
    buf_free(&text);
    return sink->buf.failed ? STATUS_NO_MEMORY : STATUS_OK;
}
