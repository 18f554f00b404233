/* SPDX-License-Identifier: Apache-2.0
 *
 * tollgate quote TARIFF.SKU: what an order costs, slice by slice. */
#include "cli/quote.h"
#include "export/grid.h"

static const char *product_kind_word(enum product_kind kind) {
    static const char *const words[] = {"package", "qps", "concurrency", "licence", "grant"};
    return words[kind];
}

struct order_words {
    struct decimal quantity;
    uint32_t periods;
};

static int order_words_read(const struct call *call, struct order_words *ret) {
    static const struct slice keys[] = {{"quantity", 8}, {"periods", 7}};
    for (uint32_t i = 1; i < call->operand_count; i++) {
        struct slice key, text;
        struct decimal value;
        if (!slice_cut(slice_of(call->operands[i]), '=', &key, &text))
            return complain(EXIT_USAGE, "\"%s\" is not key=value.", call->operands[i]);
        bool is_valid = decimal_parse(text, &value, NULL) == STATUS_OK && value.pico > 0;
        bool is_whole = is_valid && value.pico % DECIMAL_ONE_PICO == 0 && value.pico / DECIMAL_ONE_PICO <= 1000000000;
        if (!is_whole)
            return complain(EXIT_USAGE, "\"" SLICE_FMT "\" is not a whole number from 1 to 1000000000.",
                            SLICE_ARG(text));
        if (slice_eq(key, keys[0])) {
            ret->quantity = value;
        } else if (slice_eq(key, keys[1])) {
            ret->periods = (uint32_t)(value.pico / DECIMAL_ONE_PICO);
        } else {
            struct buf hint = {0};
            suggestion_print(key, keys, 2, "", &hint);
            complain(EXIT_USAGE, "an order has no \"" SLICE_FMT "\", only quantity and periods." SLICE_FMT,
                     SLICE_ARG(key), SLICE_ARG(buf_slice(&hint)));
            buf_free(&hint);
            return EXIT_USAGE;
        }
    }
    return EXIT_DONE;
}

static bool is_above_ceiling(const struct product *product, const struct order_words *words) {
    return !decimal_is_zero(product->ceiling) && decimal_cmp(words->quantity, product->ceiling) > 0;
}

static void slices_json(const struct rate_slice *slices, uint32_t count, struct json_writer *writer) {
    json_array(writer);
    for (uint32_t i = 0; i < count; i++) {
        json_object(writer);
        json_decimal(writer, "quantity", slices[i].quantity);
        json_decimal(writer, "unit_price", slices[i].unit_price);
        json_decimal(writer, "amount", slices[i].amount);
        json_object_end(writer);
    }
    json_array_end(writer);
}

static void covers_json(const struct quote *quote, const struct product *product, struct json_writer *writer) {
    json_array(writer);
    for (uint32_t i = 0; i < product->scope_count; i++) {
        json_object(writer);
        json_member(writer, "item", quote->tariff->items[product->scope[i].item].name);
        json_decimal(writer, "factor", product->scope[i].factor);
        json_decimal(writer, "per", product->scope[i].per);
        json_object_end(writer);
    }
    json_array_end(writer);
}

struct order_price {
    const struct product *product;
    struct order_words words;
    struct decimal amount;
    struct rate_slice slices[RATE_SLICES_MAX];
    uint32_t slice_count;
    bool is_published;
};

static void order_json(const struct quote *quote, const struct order_price *price, struct sink *out) {
    struct json_writer writer = {.out = &out->buf, .pretty = true};
    char period[32];
    size_t len = duration_format(price->product->validity, period, sizeof period);
    json_object(&writer);
    json_member(&writer, "tariff", quote->tariff->name);
    json_member(&writer, "currency", slice_of(quote->tariff->currency->code));
    json_member(&writer, "sku", price->product->sku);
    json_member(&writer, "kind", slice_of(product_kind_word(price->product->kind)));
    json_decimal(&writer, "quantity", price->words.quantity);
    json_key(&writer, "periods");
    json_uint(&writer, price->words.periods);
    json_member(&writer, "period", (struct slice){period, len});
    json_key(&writer, "published");
    json_bool(&writer, price->is_published);
    json_key(&writer, "amount");
    if (price->is_published) {
        char text[DECIMAL_TEXT_MAX];
        json_text(&writer, (struct slice){text, decimal_format(price->amount, text)});
    } else {
        json_null(&writer);
    }
    json_key(&writer, "slices");
    slices_json(price->slices, price->slice_count, &writer);
    json_key(&writer, "through_sales");
    json_bool(&writer, is_above_ceiling(price->product, &price->words));
    json_key(&writer, "covers");
    covers_json(quote, price->product, &writer);
    json_optional(&writer, "source", price->product->origin.source);
    json_object_end(&writer);
    buf_char(&out->buf, '\n');
}

static void order_slices_table(const struct quote *quote, const struct order_price *price, struct sink *out) {
    static const char *const columns[] = {"quantity", "price", "amount"};
    struct grid grid = {0};
    grid_start(&grid, "rrr", true);
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        grid_cell(&grid, slice_of(columns[i]));
    for (uint32_t i = 0; i < price->slice_count; i++) {
        grid_cell(&grid, text_decimal(quote->run, price->slices[i].quantity));
        grid_cell(&grid, text_decimal(quote->run, price->slices[i].unit_price));
        grid_cell(&grid, text_decimal(quote->run, price->slices[i].amount));
    }
    grid_cell(&grid, SLICE(""));
    grid_cell(&grid, SLICE("total"));
    grid_printf(&grid, "%s " SLICE_FMT, quote->tariff->currency->code,
                SLICE_ARG(text_decimal(quote->run, price->amount)));
    grid_print(&grid, 2, color_out(quote->call), &out->buf);
    out->buf.failed = out->buf.failed || grid.failed;
    grid_free(&grid);
}

static void order_table(const struct quote *quote, const struct order_price *price, struct sink *out) {
    const struct product *product = price->product;
    char period[32];
    duration_format(product->validity, period, sizeof period);
    buf_printf(&out->buf, SLICE_FMT "." SLICE_FMT "  %s  " SLICE_FMT " for %u x %s\n", SLICE_ARG(quote->tariff->name),
               SLICE_ARG(product->sku), product_kind_word(product->kind),
               SLICE_ARG(text_decimal(quote->run, price->words.quantity)), price->words.periods, period);
    if (price->is_published)
        order_slices_table(quote, price, out);
    else
        buf_text(&out->buf, "  The vendor does not publish this price.\n");
    if (is_above_ceiling(product, &price->words))
        buf_printf(&out->buf, "  More than " SLICE_FMT " in one order is sold through sales only.\n",
                   SLICE_ARG(text_decimal(quote->run, product->ceiling)));
    for (uint32_t i = 0; i < product->scope_count; i++) {
        const struct item *item = &quote->tariff->items[product->scope[i].item];
        buf_printf(&out->buf, "  pays for " SLICE_FMT, SLICE_ARG(item->name));
        if (product->kind == PRODUCT_PACKAGE || product->kind == PRODUCT_GRANT)
            buf_printf(&out->buf, ": " SLICE_FMT " " SLICE_FMT " per " SLICE_FMT " " SLICE_FMT,
                       SLICE_ARG(text_decimal(quote->run, product->scope[i].factor)), SLICE_ARG(product->unit),
                       SLICE_ARG(text_decimal(quote->run, product->scope[i].per)), SLICE_ARG(item->unit));
        buf_char(&out->buf, '\n');
    }
    if (product->origin.source.len > 0)
        buf_printf(&out->buf, "  source: " SLICE_FMT "\n", SLICE_ARG(product->origin.source));
}

int quote_order(const struct quote *quote, const struct product *product) {
    struct order_price price = {.product = product, .words = {decimal_from_int(1), 1}};
    if (order_words_read(quote->call, &price.words) != EXIT_DONE)
        return EXIT_USAGE;
    enum status status = product_price(quote->tariff, product, price.words.quantity, price.words.periods, &price.amount,
                                       price.slices, &price.slice_count);
    if (status != STATUS_OK && status != STATUS_MISSING)
        return complain_fault("quote", status);
    price.is_published = status == STATUS_OK;
    struct sink out = output_sink();
    if (is_json(quote->call))
        order_json(quote, &price, &out);
    else
        order_table(quote, &price, &out);
    return output_finish(&out, price.is_published ? EXIT_DONE : EXIT_INCOMPLETE);
}
