/* SPDX-License-Identifier: Apache-2.0
 *
 * A bill as one page of HTML for screens and for paper. */
#include "document/markup.h"
#include "document/words.h"

struct page {
    const struct bill *bill;
    const struct document_options *options;
    struct buf *out;
    struct arena arena;
};

static void text(struct page *page, struct slice value) {
    markup_text(page->out, value);
}

static void word(struct page *page, enum word which) {
    text(page, slice_of(word_text(which, page->options->language)));
}

static struct slice day(struct page *page, int64_t at_ns) {
    return text_day(&page->arena, at_ns, page->bill->tariff->zone, page->options->language);
}

static void period(struct page *page, struct period period) {
    text(page, day(page, period.start_ns));
    buf_char(page->out, ' ');
    word(page, WORD_PAGE_TO);
    buf_char(page->out, ' ');
    text(page, day(page, period.end_ns));
}

static struct slice title(struct page *page) {
    struct slice number = text_bill_number(&page->arena, page->bill);
    return arena_printf(
        &page->arena, "%s " SLICE_FMT, word_text(word_kind(page->bill->kind), page->options->language),
        SLICE_ARG(number.len > 0 ? number : slice_of(word_text(WORD_PREVIEW, page->options->language))));
}

static void head(struct page *page) {
    buf_printf(page->out, "<!doctype html>\n<html lang=\"%s\">\n<meta charset=\"utf-8\">\n",
               page->options->language == LANGUAGE_ZH ? "zh-CN" : "en");
    buf_text(page->out, "<meta name=\"viewport\" content=\"width=device-width\">\n<title>");
    text(page, title(page));
    buf_text(page->out, "</title>\n<style>");
    buf_text(page->out, markup_style);
    buf_text(page->out, "</style>\n<main>\n<h1>");
    text(page, title(page));
    buf_text(page->out, "</h1>\n");
}

static void paragraph(struct page *page, struct slice value) {
    if (value.len == 0)
        return;
    buf_text(page->out, "<p>");
    text(page, value);
    buf_text(page->out, "</p>\n");
}

static void party(struct page *page, enum word role, struct party party) {
    buf_text(page->out, "<div>\n<h2>");
    word(page, role);
    buf_text(page->out, "</h2>\n");
    paragraph(page, party.name);
    paragraph(page, party.street);
    paragraph(page, arena_printf(&page->arena, SLICE_FMT "%s" SLICE_FMT, SLICE_ARG(party.postcode),
                                 party.postcode.len > 0 ? " " : "", SLICE_ARG(party.city)));
    paragraph(page, party.country);
    paragraph(page, party.email);
    if (party.tax_id.len > 0)
        paragraph(page, arena_printf(&page->arena, "%s: " SLICE_FMT, word_text(WORD_TAX_ID, page->options->language),
                                     SLICE_ARG(party.tax_id)));
    buf_text(page->out, "</div>\n");
}

static void fact(struct page *page, enum word name, struct slice value) {
    buf_text(page->out, "<dt>");
    word(page, name);
    buf_text(page->out, "</dt><dd>");
    text(page, value);
    buf_text(page->out, "</dd>\n");
}

static void facts(struct page *page) {
    const struct bill *bill = page->bill;
    struct slice number = text_bill_number(&page->arena, bill);
    buf_text(page->out, "<dl>\n");
    if (number.len > 0)
        fact(page, WORD_NUMBER, number);
    fact(page, WORD_ACCOUNT, bill->account);
    fact(page, WORD_TARIFF, bill->tariff->name);
    buf_text(page->out, "<dt>");
    word(page, WORD_PERIOD);
    buf_text(page->out, "</dt><dd>");
    period(page, bill->cycle);
    buf_printf(page->out, " (%s)</dd>\n", zone_name(bill->tariff->zone));
    if (number.len > 0)
        fact(page, WORD_CLOSED, day(page, bill->closed_ns));
    fact(page, WORD_CURRENCY,
         arena_printf(&page->arena, "%s (%s)", bill->tariff->currency->code, bill->tariff->currency->name));
    buf_text(page->out, "</dl>\n");
}

static void cell(struct page *page, bool is_number, struct slice value) {
    buf_text(page->out, is_number ? "<td class=\"n\">" : "<td>");
    text(page, value);
    buf_text(page->out, "</td>");
}

static void remark(struct page *page, struct slice value) {
    if (value.len == 0)
        return;
    buf_text(page->out, "<small>");
    text(page, value);
    buf_text(page->out, "</small>");
}

static struct slice tier(struct page *page, const struct bill_line *line) {
    enum language language = page->options->language;
    struct slice from = text_amount(&page->arena, line->tier_from, 0);
    if (line->is_last_tier)
        return arena_printf(&page->arena, "%s " SLICE_FMT " %s", word_text(WORD_TIER, language), SLICE_ARG(from),
                            word_text(WORD_AND_ABOVE, language));
    return arena_printf(&page->arena, "%s " SLICE_FMT " – " SLICE_FMT, word_text(WORD_TIER, language), SLICE_ARG(from),
                        SLICE_ARG(text_amount(&page->arena, line->tier_up_to, 0)));
}

static void line_item(struct page *page, const struct bill_line *line) {
    buf_text(page->out, "<tr><td>");
    text(page, line->item);
    remark(page, line->label);
    if (line->has_tier)
        remark(page, tier(page, line));
    remark(page, line->order_id);
    remark(page, line->note);
    if (line->is_adjustment) {
        buf_text(page->out, "<small>");
        word(page, WORD_ADJUSTS);
        buf_char(page->out, ' ');
        period(page, line->adjusts);
        buf_text(page->out, "</small>");
    }
    buf_text(page->out, "</td>");
}

static void line(struct page *page, const struct bill_line *line) {
    struct arena *arena = &page->arena;
    struct decimal one = decimal_from_int(1);
    struct slice price = text_amount(arena, line->unit_price, 0);
    line_item(page, line);
    cell(page, false, line->region);
    cell(page, true,
         arena_printf(arena, SLICE_FMT " " SLICE_FMT, SLICE_ARG(text_amount(arena, line->quantity, 0)),
                      SLICE_ARG(word_unit(line->unit, page->options->language))));
    if (decimal_cmp(line->per, one) != 0)
        price = arena_printf(arena, SLICE_FMT " / " SLICE_FMT, SLICE_ARG(price),
                             SLICE_ARG(text_amount(arena, line->per, 0)));
    cell(page, true, price);
    cell(page, false, slice_of(word_funding(line->funding, page->options->language)));
    cell(page, true, text_amount(arena, line->amount, 2));
    buf_text(page->out, "</tr>\n");
}

static void table_head(struct page *page) {
    static const enum word columns[] = {WORD_ITEM, WORD_REGION, WORD_QUANTITY, WORD_PRICE, WORD_PAID_BY, WORD_AMOUNT};
    static const bool is_number[] = {false, false, true, true, false, true};
    buf_text(page->out, "<table>\n<caption>");
    word(page, WORD_LINES);
    buf_text(page->out, "</caption>\n<thead><tr>");
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        buf_text(page->out, is_number[i] ? "<th scope=\"col\" class=\"n\">" : "<th scope=\"col\">");
        word(page, columns[i]);
        buf_text(page->out, "</th>");
    }
    buf_text(page->out, "</tr></thead>\n<tbody>\n");
}

static void total_row(struct page *page, enum word name, struct slice value, bool is_total) {
    buf_printf(page->out, "<tr%s><th scope=\"row\" colspan=\"5\">", is_total ? " class=\"total\"" : "");
    word(page, name);
    buf_text(page->out, "</th>");
    cell(page, true, value);
    buf_text(page->out, "</tr>\n");
}

static void totals(struct page *page) {
    const struct bill *bill = page->bill;
    struct slice total = text_amount(&page->arena, bill->total, bill->tariff->bill_scale);
    buf_text(page->out, "</tbody>\n<tfoot>\n");
    if (!decimal_is_zero(bill->rounding)) {
        total_row(page, WORD_EXACT_TOTAL, text_amount(&page->arena, bill->exact_total, 2), false);
        total_row(page, WORD_ROUNDING, text_amount(&page->arena, bill->rounding, 2), false);
    }
    total_row(page, WORD_TOTAL,
              arena_printf(&page->arena, "%s " SLICE_FMT, bill->tariff->currency->code, SLICE_ARG(total)), true);
    buf_text(page->out, "</tfoot>\n</table>\n");
}

static void steps(struct page *page) {
    buf_text(page->out, "<section class=\"steps\">\n<h2>");
    word(page, WORD_STEPS);
    buf_text(page->out, "</h2>\n<ol>\n");
    for (uint32_t i = 0; i < page->bill->line_count; i++) {
        struct arena scratch = {0};
        struct trace trace = {.arena = &scratch};
        struct buf lines = {0};
        bill_line_explain(page->bill, &page->bill->lines[i], &trace);
        export_steps_text(&trace, 0, &lines);
        buf_text(page->out, "<li>");
        text(page, page->bill->lines[i].item);
        buf_text(page->out, "<pre>");
        text(page, buf_slice(&lines));
        buf_text(page->out, "</pre></li>\n");
        page->out->failed = page->out->failed || lines.failed;
        buf_free(&lines);
        arena_free(&scratch);
    }
    buf_text(page->out, "</ol>\n</section>\n");
}

static void foot(struct page *page) {
    const struct parties *parties = page->options->parties;
    buf_text(page->out, "<p>");
    word(page, WORD_NO_TAX);
    if (parties != NULL && parties->tax_reason.len > 0) {
        buf_char(page->out, ' ');
        text(page, parties->tax_reason);
    }
    buf_text(page->out, "</p>\n");
    if (parties != NULL && parties->terms.len > 0) {
        buf_text(page->out, "<h2>");
        word(page, WORD_TERMS);
        buf_text(page->out, "</h2>\n");
        paragraph(page, parties->terms);
    }
}

static void body(struct page *page, struct sink *sink) {
    const struct bill *bill = page->bill;
    if (bill->line_count == 0) {
        paragraph(page, slice_of(word_text(WORD_NO_LINES, page->options->language)));
    }
    table_head(page);
    for (uint32_t i = 0; i < bill->line_count; i++) {
        line(page, &bill->lines[i]);
        arena_reset(&page->arena);
        sink_spill(sink);
    }
    totals(page);
}

struct slice document_style(void) {
    return slice_of(markup_style);
}

enum status document_html(const struct bill *bill, const struct document_options *options, struct sink *sink) {
    struct page page = {.bill = bill, .options = options, .out = &sink->buf};
    head(&page);
    if (options->parties != NULL) {
        buf_text(page.out, "<div class=\"parties\">\n");
        party(&page, WORD_FROM, options->parties->seller);
        party(&page, WORD_TO, parties_buyer(options->parties, bill->account));
        buf_text(page.out, "</div>\n");
    }
    facts(&page);
    body(&page, sink);
    foot(&page);
    if (options->explain)
        steps(&page);
    buf_text(page.out, "</main>\n</html>\n");
    arena_free(&page.arena);
    return sink->buf.failed ? STATUS_NO_MEMORY : STATUS_OK;
}
