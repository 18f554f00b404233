/* SPDX-License-Identifier: Apache-2.0
 *
 * tollgate export ndjson, tollgate export csv: everything out of a data directory. */
#include "cli/data.h"
#include "cli/verbs.h"

static const struct option ndjson_options[] = {
    OPTION_DATA,
    {"from", "BATCH", "begin with the batch of this number; default: 1", NULL, false},
    {"json", NULL, "print one JSON object that also holds each document's batch and recorded instant", NULL, false},
    OPTIONS_COMMON,
};
static const struct option csv_options[] = {
    OPTION_DATA,
    OPTION_AS_OF,
    {"until", "INSTANT", "as if the cycles that end by then were closed; default: every cycle that has usage", NULL,
     false},
    {"csv-safe", NULL, "put an apostrophe before text that a spreadsheet would run (= + - @)", NULL, false},
    {"json", NULL, "print the same bills as JSON", NULL, false},
    OPTIONS_COMMON,
};

static const struct verb_example ndjson_examples[] = {
    {"tollgate export ndjson --data books/2026 > journal.ndjson", "the whole journal; `tollgate rate` reads it"},
    {"tollgate export ndjson --data books/2026 --from 120", "what came since"},
};
static const struct verb_example csv_examples[] = {
    {"tollgate export csv --data books/2026 > usage.csv", "quantities and amounts, one row per bill line"},
};

/* A document that was spread over lines becomes one line: outside of texts a line end is only white space, and inside
 * of them JSON has none. */
static void document_line(struct slice document, struct buf *out) {
    size_t start = out->len;
    buf_append(out, document);
    bool is_spread = document.len > 0 && memchr(document.ptr, '\n', document.len) != NULL;
    for (size_t i = start; is_spread && i < out->len; i++) {
        if (out->ptr[i] == '\n' || out->ptr[i] == '\r')
            out->ptr[i] = ' ';
    }
    buf_char(out, '\n');
}

static void document_json(uint64_t seq, int64_t recorded_ns, struct slice document, struct json_writer *writer) {
    json_object(writer);
    json_key(writer, "batch");
    json_uint(writer, seq);
    json_instant(writer, "recorded_at", recorded_ns, NULL);
    json_member(writer, "document", document);
    json_object_end(writer);
}

/* writer: NULL for lines. */
static enum status journal_write(struct book *book, uint64_t from, struct json_writer *writer, struct sink *out) {
    uint64_t last;
    struct arena scratch = {0};
    struct slice error = {0};
    enum status status = book_journal_end(book, &last);
    for (uint64_t seq = from; status == STATUS_OK && seq <= last; seq++) {
        struct batch batch = {0};
        arena_reset(&scratch);
        status = book_batch(book, seq, &scratch, &batch, &error);
        for (uint32_t i = 0; status == STATUS_OK && i < batch.document_count; i++) {
            if (writer != NULL)
                document_json(seq, batch.recorded_ns, batch.documents[i], writer);
            else
                document_line(batch.documents[i], &out->buf);
            sink_spill(out);
        }
    }
    if (status != STATUS_OK)
        data_fault("the journal", status, error.len > 0 ? error : book_error(book));
    arena_free(&scratch);
    return status;
}

static int ndjson_run(const struct call *call) {
    struct book *book;
    uint64_t from = 1;
    if (option_given(call, "from") && option_number(call, "from", INT64_MAX, &from) != EXIT_DONE)
        return EXIT_USAGE;
    int code = data_open_journal(call, &book);
    if (code != EXIT_DONE)
        return code;
    struct sink out = output_sink();
    struct json_writer writer = {.out = &out.buf};
    if (is_json(call)) {
        json_object(&writer);
        json_key(&writer, "documents");
        json_array(&writer);
    }
    enum status status = journal_write(book, from, is_json(call) ? &writer : NULL, &out);
    if (is_json(call)) {
        json_array_end(&writer);
        json_object_end(&writer);
        buf_char(&out.buf, '\n');
    }
    code = output_finish(&out, status == STATUS_OK ? EXIT_DONE : EXIT_FAULT);
    book_close(book);
    return code;
}

/* Bills on their way out, one by one. */
struct bills_out {
    struct export_options options;
    struct sink sink;
    struct json_writer writer;
    struct arena scratch;
    bool is_json;
};

static enum status bill_out(void *context, const struct bill *bill) {
    struct bills_out *out = context;
    if (out->is_json)
        export_bill_json(bill, NULL, &out->options, &out->scratch, &out->writer);
    else
        export_csv_bill(bill, &out->options, &out->scratch, &out->sink);
    arena_reset(&out->scratch);
    sink_spill(&out->sink);
    return out->sink.status;
}

static enum status bills_write(struct book *book, int64_t until_ns, struct bills_out *out) {
    out->writer = (struct json_writer){.out = &out->sink.buf};
    if (out->is_json) {
        json_object(&out->writer);
        json_key(&out->writer, "bills");
        json_array(&out->writer);
    } else {
        export_csv_head(&out->options, &out->sink);
    }
    enum status status = book_every_bill(book, until_ns, bill_out, out);
    if (out->is_json) {
        json_array_end(&out->writer);
        json_object_end(&out->writer);
        buf_char(&out->sink.buf, '\n');
    }
    return status;
}

static int csv_run(const struct call *call) {
    struct bills_out out = {
        .options = {.csv_safe = option_given(call, "csv-safe")}, .sink = output_sink(), .is_json = is_json(call)};
    int64_t until_ns = INSTANT_MAX;
    struct book *book;
    if (option_given(call, "until") && option_instant(call, "until", NULL, &until_ns) != EXIT_DONE)
        return EXIT_USAGE;
    int code = data_open_read(call, &book);
    if (code != EXIT_DONE)
        return code;
    enum status status = bills_write(book, until_ns, &out);
    code = output_finish(&out.sink, EXIT_DONE);
    if (code == EXIT_DONE && status != STATUS_OK)
        code = data_fault("the bills", status, book_error(book));
    arena_free(&out.scratch);
    book_close(book);
    return code;
}

const struct verb verb_export_ndjson = {
    .name = "export ndjson",
    .operands = "",
    .summary = "Print the journal as it came in, one document per line",
    .text = "Every document of every batch in the order of the journal, byte for byte; only one that was spread over\n"
            "lines is put on one. `tollgate rate` reads it; --json also says when each document was recorded.",
    .options = ndjson_options,
    .option_count = COUNT_OF(ndjson_options),
    .examples = ndjson_examples,
    .example_count = COUNT_OF(ndjson_examples),
    .operand_max = 0,
    .run = ndjson_run,
};

const struct verb verb_export_csv = {
    .name = "export csv",
    .operands = "",
    .summary = "Print usage and orders as CSV, one row per bill line",
    .text = "The lines of every bill, closed ones first, with quantity, price, what paid, and exact amount; columns as "
            "those\n"
            "of `tollgate rate --csv`.",
    .options = csv_options,
    .option_count = COUNT_OF(csv_options),
    .examples = csv_examples,
    .example_count = COUNT_OF(csv_examples),
    .operand_max = 0,
    .run = csv_run,
};
