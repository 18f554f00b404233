/* SPDX-License-Identifier: Apache-2.0
 *
 * tollgate quote TARIFF.SKU: what an order costs, slice by slice. */
#include "cli/quote.h"
#include "export/grid.h"
#include "export/show.h"

static int order_words_read(const struct call *call, struct order_price *ret) {
    static const struct slice keys[] = {{"quantity", 8}, {"periods", 7}};
    for (uint32_t i = 1; i < call->operand_count; i++) {
        struct slice key, text;
        struct decimal value;
        if (!slice_cut(slice_of(call->operands[i]), '=', &key, &text))
            return complain(EXIT_USAGE, "\"%s\" is not key=value.", call->operands[i]);
        bool is_valid = decimal_parse(text, &value, NULL) == STATUS_OK && value.pico > 0;
        bool is_whole =
            is_valid && value.pico % DECIMAL_ONE_PICO == 0 && value.pico / DECIMAL_ONE_PICO <= QUOTE_PIECES_MAX;
        if (!is_whole)
            return complain(EXIT_USAGE, "\"" SLICE_FMT "\" is not a whole number from 1 to %d.", SLICE_ARG(text),
                            QUOTE_PIECES_MAX);
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

static void order_slices_table(const struct asking *asking, const struct order_price *price, struct sink *out) {
    static const char *const columns[] = {"quantity", "price", "amount"};
    struct grid grid = {0};
    grid_start(&grid, "rrr", true);
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        grid_cell(&grid, slice_of(columns[i]));
    for (uint32_t i = 0; i < price->slice_count; i++) {
        grid_cell(&grid, text_decimal(asking->quote.run, price->slices[i].quantity));
        grid_cell(&grid, text_decimal(asking->quote.run, price->slices[i].unit_price));
        grid_cell(&grid, text_decimal(asking->quote.run, price->slices[i].amount));
    }
    grid_cell(&grid, SLICE(""));
    grid_cell(&grid, SLICE("total"));
    grid_printf(&grid, "%s " SLICE_FMT, asking->quote.tariff->currency->code,
                SLICE_ARG(text_decimal(asking->quote.run, price->amount)));
    grid_print(&grid, 2, color_out(asking->call), &out->buf);
    out->buf.failed = out->buf.failed || grid.failed;
    grid_free(&grid);
}

static void order_table(const struct asking *asking, const struct order_price *price, struct sink *out) {
    const struct product *product = price->product;
    char period[32];
    duration_format(product->validity, period, sizeof period);
    buf_printf(&out->buf, SLICE_FMT "." SLICE_FMT "  %s  " SLICE_FMT " for %u x %s\n",
               SLICE_ARG(asking->quote.tariff->name), SLICE_ARG(product->sku), product_kind_name(product->kind),
               SLICE_ARG(text_decimal(asking->quote.run, price->quantity)), price->periods, period);
    if (price->is_published)
        order_slices_table(asking, price, out);
    else
        buf_text(&out->buf, "  The vendor does not publish this price.\n");
    if (order_price_needs_sales(price))
        buf_printf(&out->buf, "  More than " SLICE_FMT " in one order is sold through sales only.\n",
                   SLICE_ARG(text_decimal(asking->quote.run, product->ceiling)));
    for (uint32_t i = 0; i < product->scope_count; i++) {
        const struct item *item = &asking->quote.tariff->items[product->scope[i].item];
        buf_printf(&out->buf, "  pays for " SLICE_FMT, SLICE_ARG(item->name));
        if (product->kind == PRODUCT_PACKAGE || product->kind == PRODUCT_GRANT)
            buf_printf(&out->buf, ": " SLICE_FMT " " SLICE_FMT " per " SLICE_FMT " " SLICE_FMT,
                       SLICE_ARG(text_decimal(asking->quote.run, product->scope[i].factor)), SLICE_ARG(product->unit),
                       SLICE_ARG(text_decimal(asking->quote.run, product->scope[i].per)), SLICE_ARG(item->unit));
        buf_char(&out->buf, '\n');
    }
    if (product->origin.source.len > 0)
        buf_printf(&out->buf, "  source: " SLICE_FMT "\n", SLICE_ARG(product->origin.source));
}

int quote_order(const struct asking *asking, const struct product *product) {
    struct order_price price = {.product = product, .quantity = decimal_from_int(1), .periods = 1};
    if (order_words_read(asking->call, &price) != EXIT_DONE)
        return EXIT_USAGE;
    enum status status = order_price_fill(asking->quote.tariff, &price);
    if (status != STATUS_OK)
        return complain_fault("quote", status);
    struct sink out = output_sink();
    if (is_json(asking->call)) {
        struct json_writer writer = {.out = &out.buf, .pretty = true};
        json_object(&writer);
        order_price_json(asking->quote.tariff, &price, &writer);
        json_object_end(&writer);
        buf_char(&out.buf, '\n');
    } else {
        order_table(asking, &price, &out);
    }
    return output_finish(&out, price.is_published ? EXIT_DONE : EXIT_INCOMPLETE);
}
