/* SPDX-License-Identifier: Apache-2.0
 *
 * tollgate tariff show: prices, products and sources of one tariff as tables. */
#include "cli/common.h"
#include "cli/verbs.h"
#include "export/grid.h"
#include "export/show.h"

static const struct option options[] = {
    OPTION_AT("only the prices that hold then; default: every price version"),
    {"operations", NULL, "also what customers call and the items it creates (always in JSON)", NULL, false},
    OPTION_TARIFFS,
    OPTION_JSON,
    OPTIONS_COMMON,
};

static const struct verb_example examples[] = {
    {"tollgate tariff show viapi", "every price, package and plan"},
    {"tollgate tariff show imm --operations", "and which operation creates which item"},
    {"tollgate tariff show imm --at 2026-02-15T08:50:00+08:00", "the prices of that instant"},
    {"tollgate tariff show vclm --json", "the same as JSON, with operations"},
};

struct show {
    const struct call *call;
    const struct tariff_set *set;
    const struct tariff *tariff;
    int64_t at_ns;
    struct sink out;
    struct grid grid;
    struct arena run;
};

static void show_settlement(const struct tariff *tariff, struct buf *out) {
    if (!tariff->has_settlement)
        return;
    buf_printf(out, "  settled by the %s", cycle_kind_name(tariff->settlement_period));
    if (tariff->settlement_first_day > 0)
        buf_printf(out, ", on day %d of the next one", tariff->settlement_first_day);
    buf_text(out, tariff->settlement_freezes ? "; closed bills are frozen until then\n" : "\n");
}

static void show_overdue(const struct overdue_rule *rule, struct buf *out) {
    char grace[32];
    uint32_t count = 0;
    if (!rule->is_set)
        return;
    buf_text(out, "  while an account owes:");
    for (enum funding funding = 0; funding < FUNDING_COUNT; funding++)
        if (rule->pauses[funding])
            buf_printf(out, "%s %s", count++ > 0 ? "," : "", funding_name(funding));
    buf_text(out, count == 0 ? " nothing pauses" : count == 1 ? " pauses" : " pause");
    if (rule->has_grace) {
        duration_format(rule->grace, grace, sizeof grace);
        buf_printf(out, "; suspended after %s, until it is %s", grace,
                   rule->needs_release ? "paid and released" : "paid");
    }
    buf_char(out, '\n');
}

static void show_head(struct show *show) {
    const struct tariff *tariff = show->tariff;
    struct buf *out = &show->out.buf;
    buf_printf(out, SLICE_FMT ": " SLICE_FMT "\n", SLICE_ARG(tariff->name), SLICE_ARG(tariff->title));
    buf_printf(out, "  %s, one bill per %s in %s, by the time of %s\n", tariff->currency->code,
               cycle_kind_name(tariff->cycle), zone_name(tariff->zone),
               tariff->owner_submitted ? "submission" : "completion");
    buf_printf(out, "  bills rounded to %d digits (%s)\n", tariff->bill_scale, rounding_name(tariff->bill_rounding));
    show_settlement(tariff, out);
    show_overdue(&tariff->overdue, out);
    buf_text(out, "  paid by");
    for (uint32_t i = 0; i < tariff->funding_count; i++)
        buf_printf(out, "%s %s", i > 0 ? "," : "", funding_name(tariff->funding[i]));
    buf_printf(out, "; pay-as-you-go is %s until the account says otherwise\n\n",
               tariff->postpaid_default ? "on" : "off");
}

static void grid_titles(struct show *show, const char *title, const char *layout, const char *const *columns) {
    buf_printf(&show->out.buf, "%s\n", title);
    grid_start(&show->grid, layout, true);
    for (size_t i = 0; layout[i] != '\0'; i++)
        grid_cell(&show->grid, slice_of(columns[i]));
}

static void grid_flush(struct show *show) {
    grid_print(&show->grid, 2, color_out(show->call), &show->out.buf);
    buf_char(&show->out.buf, '\n');
    sink_spill(&show->out);
    arena_reset(&show->run);
}

static struct slice origin_of(const struct rate *rate, const struct price_version *version, const struct item *item) {
    if (rate->origin.source.len > 0)
        return rate->origin.source;
    return version->origin.source.len > 0 ? version->origin.source : item->origin.source;
}

static void price_row(struct show *show, const struct item *item, const struct rate *rate,
                      const struct price_version *version) {
    int64_t from = version->from_ns, until = version->until_ns;
    grid_cell(&show->grid, item->name);
    grid_cell(&show->grid, cell_text(show->tariff, rate, &show->run));
    grid_cell(&show->grid, rate_text(rate, &show->run));
    grid_cell(&show->grid, item->unit);
    grid_cell(&show->grid, from == INSTANT_MIN ? SLICE("") : text_instant(&show->run, from, show->tariff->zone));
    grid_cell(&show->grid, until == INSTANT_MAX ? SLICE("") : text_instant(&show->run, until, show->tariff->zone));
    grid_cell(&show->grid, origin_of(rate, version, item));
}

static void item_words(struct show *show, const struct item *item, struct slice words) {
    grid_cell(&show->grid, item->name);
    grid_cell(&show->grid, SLICE(""));
    grid_cell(&show->grid, words);
    grid_cell(&show->grid, item->unit);
    grid_cell(&show->grid, SLICE(""));
    grid_cell(&show->grid, SLICE(""));
    grid_cell(&show->grid, item->origin.source);
}

static void item_rows(struct show *show, uint32_t index) {
    const struct item *item = &show->tariff->items[index];
    uint32_t count = 0;
    for (uint32_t r = 0; r < show->tariff->rate_count; r++) {
        const struct rate *rate = &show->tariff->rates[r];
        if (rate->item != index || rate->version >= item->version_count)
            continue;
        const struct price_version *version = &item->versions[rate->version];
        bool holds = show->at_ns == SHOW_ALL || (show->at_ns >= version->from_ns && show->at_ns < version->until_ns);
        if (holds) {
            price_row(show, item, rate, version);
            count++;
        }
    }
    if (item->billed_by.len > 0)
        item_words(show, item, arena_printf(&show->run, "billed by " SLICE_FMT, SLICE_ARG(item->billed_by)));
    else if (count == 0)
        item_words(show, item, SLICE("no price"));
    if (item->has_free_quota) {
        static const char *const words[] = {"cycle", "day", "month", "year", "account, once"};
        item_words(show, item,
                   arena_printf(&show->run, "first " SLICE_FMT " free per %s",
                                SLICE_ARG(text_decimal(&show->run, item->free_quota)), words[item->free_every]));
    }
}

static void show_items(struct show *show) {
    static const char *const columns[] = {"item", "cell", "price", "unit", "since", "until", "source"};
    grid_titles(show, "Prices", "lllllll", columns);
    for (uint32_t i = 0; i < show->tariff->item_count; i++)
        item_rows(show, i);
    grid_flush(show);
}

static void product_row(struct show *show, const struct product *product) {
    char period[32];
    duration_format(product->validity, period, sizeof period);
    grid_cell(&show->grid, product->sku);
    grid_cell(&show->grid, slice_of(product_kind_name(product->kind)));
    grid_cell(&show->grid, product_text(product, &show->run));
    if (product->kind == PRODUCT_PACKAGE || product->kind == PRODUCT_GRANT)
        grid_printf(&show->grid, SLICE_FMT " " SLICE_FMT, SLICE_ARG(text_decimal(&show->run, product->units)),
                    SLICE_ARG(product->unit));
    else
        grid_cell(&show->grid, SLICE(""));
    grid_cell(&show->grid, slice_of(period));
    grid_cell(&show->grid, decimal_is_zero(product->ceiling) ? SLICE("") : text_decimal(&show->run, product->ceiling));
    grid_cell(&show->grid, scope_text(show->tariff, product, &show->run));
    grid_cell(&show->grid, product->origin.source);
}

/* Packages whose sizes the vendor keeps to himself are no products yet, but they are sold. */
static void package_rows(struct show *show) {
    const struct node *packages = node_get(show->tariff->root, "packages");
    for (const struct node *package = packages ? packages->first : NULL; package != NULL; package = package->next) {
        const struct node *sizes = node_get(package, "sizes"), *scope = node_get(package, "scope");
        if (sizes == NULL || !slice_is(sizes->text, "unpublished"))
            continue;
        grid_cell(&show->grid, package->key);
        grid_cell(&show->grid, SLICE("package"));
        grid_cell(&show->grid, SLICE("unpublished"));
        for (size_t i = 0; i < 3; i++)
            grid_cell(&show->grid, SLICE(""));
        grid_printf(&show->grid, "%u items", scope != NULL ? scope->count : 0);
        grid_row_end(&show->grid);
    }
}

static void show_products(struct show *show) {
    static const char *const columns[] = {"sku", "kind", "price", "holds", "valid", "most", "pays for", "source"};
    if (show->tariff->product_count == 0)
        return;
    grid_titles(show, "Products", "llllllll", columns);
    for (uint32_t i = 0; i < show->tariff->product_count; i++)
        product_row(show, &show->tariff->products[i]);
    package_rows(show);
    grid_flush(show);
}

static void show_operations(struct show *show) {
    static const char *const columns[] = {"operation", "creates", "source"};
    if (!option_given(show->call, "operations"))
        return;
    grid_titles(show, "Operations", "lll", columns);
    for (uint32_t i = 0; i < show->tariff->operation_count; i++) {
        const struct operation *operation = &show->tariff->operations[i];
        grid_cell(&show->grid, operation->name);
        grid_cell(&show->grid, uses_text(show->tariff, operation, &show->run));
        grid_cell(&show->grid, operation->origin.source);
    }
    grid_flush(show);
}

static void show_sources(struct show *show) {
    if (show->tariff->source_count == 0)
        return;
    buf_text(&show->out.buf, "Sources\n");
    for (uint32_t i = 0; i < show->tariff->source_count; i++)
        buf_printf(&show->out.buf, "  " SLICE_FMT ": " SLICE_FMT "\n", SLICE_ARG(show->tariff->sources[i].name),
                   SLICE_ARG(show->tariff->sources[i].text));
}

static int show_tariff(struct show *show) {
    show->out = output_sink();
    if (is_json(show->call)) {
        show_json(show->set, show->tariff, show->at_ns, &show->out);
    } else {
        show_head(show);
        show_items(show);
        show_products(show);
        show_operations(show);
        show_sources(show);
    }
    show->out.buf.failed = show->out.buf.failed || show->grid.failed;
    grid_free(&show->grid);
    arena_free(&show->run);
    return output_finish(&show->out, EXIT_DONE);
}

static int show_run(const struct call *call) {
    struct tariff_set set;
    struct show show = {.call = call, .set = &set, .at_ns = SHOW_ALL};
    int code = tariffs_load(call, &set);
    if (code == EXIT_DONE) {
        show.tariff = tariff_need(&set, slice_of(call->operands[0]));
        code = show.tariff == NULL ? EXIT_USAGE : EXIT_DONE;
    }
    if (code == EXIT_DONE && option_given(call, "at"))
        code = option_instant(call, "at", show.tariff->zone, &show.at_ns);
    if (code == EXIT_DONE)
        code = show_tariff(&show);
    tariff_set_free(&set);
    return code;
}

const struct verb verb_tariff_show = {
    .name = "tariff show",
    .operands = "NAME",
    .summary = "Show the prices, products and sources of a tariff",
    .text = "A price is per unit of its item unless it says \"/ N\". Tiers are given by their upper border.",
    .options = options,
    .option_count = COUNT_OF(options),
    .examples = examples,
    .example_count = COUNT_OF(examples),
    .operand_min = 1,
    .operand_max = 1,
    .run = show_run,
};
