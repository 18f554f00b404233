/* SPDX-License-Identifier: Apache-2.0
 *
 * What differs between two tariffs: settings, items, prices cell by cell at every instant where one of them changes,
 * operations, products. */
#include "trial/diff.h"

#include "export/show.h"

#include <stdlib.h>

const char *change_name(enum change_kind kind) {
    static const char *const names[] = {"added", "removed", "changed"};
    return names[kind];
}

static enum status change_add(struct diff *diff, struct change change) {
    if (diff->count == diff->cap) {
        uint32_t cap = diff->cap == 0 ? 64 : diff->cap * 2;
        struct change *list = ARENA_ARRAY(&diff->run, cap, struct change);
        if (list == NULL)
            return STATUS_NO_MEMORY;
        if (diff->count > 0)
            memcpy(list, diff->list, diff->count * sizeof *list);
        diff->list = list;
        diff->cap = cap;
    }
    diff->list[diff->count++] = change;
    return STATUS_OK;
}

static enum status presence_add(struct diff *diff, const char *section, bool is_added, struct slice name) {
    struct change change = {
        .section = section, .kind = is_added ? CHANGE_ADDED : CHANGE_REMOVED, .name = name, .since_ns = INSTANT_MIN};
    return change_add(diff, change);
}

static enum status text_add(struct diff *diff, const char *section, struct slice name, struct slice old,
                            struct slice new) {
    if (slice_eq(old, new))
        return STATUS_OK;
    struct change change = {
        .section = section, .kind = CHANGE_CHANGED, .name = name, .since_ns = INSTANT_MIN, .old = old, .new = new};
    return change_add(diff, change);
}

/* ---- settings ---- */

/* Each says a setting of a tariff in words, in the arena's memory or for ever. */

static struct slice currency_text(const struct tariff *tariff, struct arena *run) {
    (void)run;
    return slice_of(tariff->currency->code);
}

static struct slice zone_text(const struct tariff *tariff, struct arena *run) {
    (void)run;
    return slice_of(zone_name(tariff->zone));
}

static struct slice cycle_text(const struct tariff *tariff, struct arena *run) {
    (void)run;
    return slice_of(cycle_kind_name(tariff->cycle));
}

static struct slice owner_text(const struct tariff *tariff, struct arena *run) {
    (void)run;
    return tariff->owner_submitted ? SLICE("submitted") : SLICE("completed");
}

static struct slice settlement_text(const struct tariff *tariff, struct arena *run) {
    if (!tariff->has_settlement)
        return SLICE("with each bill");
    struct slice days = tariff->settlement_first_day > 0
                            ? arena_printf(run, ", days %d to %d of the next month", tariff->settlement_first_day,
                                           tariff->settlement_last_day)
                            : SLICE("");
    return arena_printf(run, "each %s" SLICE_FMT "%s", cycle_kind_name(tariff->settlement_period), SLICE_ARG(days),
                        tariff->settlement_freezes ? ", frozen until then" : "");
}

static struct slice rounding_text(int digits, enum rounding rounding, struct arena *run) {
    return arena_printf(run, "%d digits, %s", digits, rounding_name(rounding));
}

static struct slice bill_rounding_text(const struct tariff *tariff, struct arena *run) {
    return rounding_text(tariff->bill_scale, tariff->bill_rounding, run);
}

static struct slice line_rounding_text(const struct tariff *tariff, struct arena *run) {
    return rounding_text(tariff->line_scale, tariff->line_rounding, run);
}

static struct slice funding_text(const struct tariff *tariff, struct arena *run) {
    struct slice text = SLICE("");
    for (uint32_t i = 0; i < tariff->funding_count; i++)
        text =
            arena_printf(run, SLICE_FMT "%s%s", SLICE_ARG(text), i > 0 ? ", " : "", funding_name(tariff->funding[i]));
    return text;
}

static struct slice postpaid_text(const struct tariff *tariff, struct arena *run) {
    (void)run;
    return tariff->postpaid_default ? SLICE("on") : SLICE("off");
}

static struct slice activation_text(const struct tariff *tariff, struct arena *run) {
    (void)run;
    return tariff->needs_activation ? SLICE("required") : SLICE("none");
}

static struct slice overdue_text(const struct tariff *tariff, struct arena *run) {
    const struct overdue_rule *overdue = &tariff->overdue;
    struct slice text = SLICE("pauses");
    char grace[32] = "never";
    bool pauses = false;
    if (!overdue->is_set)
        return SLICE("nothing happens");
    for (int i = 0; i < FUNDING_COUNT; i++) {
        if (overdue->pauses[i])
            text = arena_printf(run, SLICE_FMT " %s", SLICE_ARG(text), funding_name((enum funding)i));
        pauses = pauses || overdue->pauses[i];
    }
    if (overdue->has_grace)
        duration_format(overdue->grace, grace, sizeof grace);
    return arena_printf(run, SLICE_FMT "%s, suspended after %s, until %s", SLICE_ARG(text), pauses ? "" : " nothing",
                        grace, overdue->needs_release ? "released" : "paid");
}

static struct slice bill_alerts_text(const struct tariff *tariff, struct arena *run) {
    (void)run;
    return tariff->tells_bills ? SLICE("true") : SLICE("false");
}

static struct slice watched_text(int32_t number, struct arena *run) {
    return number > 0 ? arena_printf(run, "%d", number) : SLICE("off");
}

static struct slice jump_text(const struct tariff *tariff, struct arena *run) {
    return watched_text(tariff->watch.jump_times, run);
}

static struct slice silence_text(const struct tariff *tariff, struct arena *run) {
    return watched_text(tariff->watch.silent_days, run);
}

static enum status settings_diff(struct diff *diff) {
    static const struct {
        const char *name;
        struct slice (*text)(const struct tariff *tariff, struct arena *run);
    } settings[] = {
        {"currency", currency_text},
        {"zone", zone_text},
        {"cycle", cycle_text},
        {"owner", owner_text},
        {"settlement", settlement_text},
        {"bill_rounding", bill_rounding_text},
        {"line_rounding", line_rounding_text},
        {"funding", funding_text},
        {"activation", activation_text},
        {"postpaid", postpaid_text},
        {"overdue", overdue_text},
        {"bill_alerts", bill_alerts_text},
        {"watch spend_jump", jump_text},
        {"watch sudden_zero", silence_text},
    };
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        struct slice old = settings[i].text(diff->old, &diff->run), new = settings[i].text(diff->new, &diff->run);
        if (old.ptr == NULL || new.ptr == NULL)
            return STATUS_NO_MEMORY;
        TRY(text_add(diff, "setting", slice_of(settings[i].name), old, new));
    }
    return STATUS_OK;
}

/* ---- prices ---- */

static const struct item *item_named(const struct tariff *tariff, struct slice name) {
    const struct item *item = tariff_item(tariff, name);
    return item != NULL && slice_eq(item->name, name) ? item : NULL;
}

/* The cell with this label that holds at an instant; NULL: none. */
static const struct rate *rate_at(struct diff *diff, const struct tariff *tariff, const struct item *item,
                                  struct slice label, int64_t at_ns) {
    for (uint32_t i = 0; i < tariff->rate_count; i++) {
        const struct rate *rate = &tariff->rates[i];
        if (&tariff->items[rate->item] != item || rate->version >= item->version_count ||
            !slice_eq(cell_text(tariff, rate, &diff->run), label))
            continue;
        const struct price_version *version = &item->versions[rate->version];
        if (at_ns >= version->from_ns && at_ns < version->until_ns)
            return rate;
    }
    return NULL;
}

static bool price_of(const struct rate *rate, struct ratio *ret) {
    return rate != NULL && rate->mode == PRICE_FLAT && rate->per.pico > 0 &&
           ratio_div(ratio_from_decimal(rate->price), ratio_from_decimal(rate->per), ret) == STATUS_OK;
}

/* (new - old) / old * 100, of flat prices in one currency. */
static bool percent_of(const struct diff *diff, const struct rate *old, const struct rate *new, struct decimal *ret) {
    struct ratio a, b, change;
    if (diff->old->currency != diff->new->currency || !price_of(old, &a) || !price_of(new, &b))
        return false;
    return ratio_sub(b, a, &change) == STATUS_OK && ratio_div(change, a, &change) == STATUS_OK &&
           ratio_mul(change, ratio_from_int(100), &change) == STATUS_OK &&
           ratio_to_decimal_rounded(change, 2, ROUND_HALF_UP, ret) == STATUS_OK;
}

static enum status cell_diff(struct diff *diff, const struct item *const items[2], struct slice label, int64_t at_ns) {
    const struct rate *old = rate_at(diff, diff->old, items[0], label, at_ns);
    const struct rate *new = rate_at(diff, diff->new, items[1], label, at_ns);
    struct change change = {
        .section = "price", .kind = CHANGE_CHANGED, .name = items[0]->name, .cell = label, .since_ns = at_ns};
    change.old = old != NULL ? rate_text(old, &diff->run) : SLICE("");
    change.new = new != NULL ? rate_text(new, &diff->run) : SLICE("");
    if (change.old.ptr == NULL || change.new.ptr == NULL)
        return STATUS_NO_MEMORY;
    if (slice_eq(change.old, change.new))
        return STATUS_OK;
    if (old == NULL || new == NULL)
        change.kind = old == NULL ? CHANGE_ADDED : CHANGE_REMOVED;
    change.has_percent = percent_of(diff, old, new, &change.percent);
    return change_add(diff, change);
}

static int instant_cmp(const void *left, const void *right) {
    const int64_t *a = left, *b = right;
    return (*a > *b) - (*a < *b);
}

static int label_cmp(const void *left, const void *right) {
    const struct slice *a = left, *b = right;
    return slice_cmp(*a, *b);
}

struct cells { /* labels and instants of an item in both tariffs, sorted, without repeats */
    struct slice *labels;
    int64_t *instants;
    uint32_t label_count, instant_count;
};

static void cells_add(struct diff *diff, const struct tariff *tariff, const struct item *item, struct cells *cells) {
    for (uint32_t i = 0; i < tariff->rate_count; i++) {
        if (&tariff->items[tariff->rates[i].item] == item)
            cells->labels[cells->label_count++] = cell_text(tariff, &tariff->rates[i], &diff->run);
    }
    for (uint32_t i = 0; i < item->version_count; i++) {
        cells->instants[cells->instant_count++] = item->versions[i].from_ns;
        if (item->versions[i].until_ns != INSTANT_MAX)
            cells->instants[cells->instant_count++] = item->versions[i].until_ns;
    }
}

static void cells_sort(struct cells *cells) {
    uint32_t labels = 0, instants = 0;
    qsort(cells->labels, cells->label_count, sizeof *cells->labels, label_cmp);
    qsort(cells->instants, cells->instant_count, sizeof *cells->instants, instant_cmp);
    for (uint32_t i = 0; i < cells->label_count; i++) {
        if (labels == 0 || !slice_eq(cells->labels[labels - 1], cells->labels[i]))
            cells->labels[labels++] = cells->labels[i];
    }
    for (uint32_t i = 0; i < cells->instant_count; i++) {
        if (instants == 0 || cells->instants[instants - 1] != cells->instants[i])
            cells->instants[instants++] = cells->instants[i];
    }
    cells->label_count = labels;
    cells->instant_count = instants;
}

static enum status prices_diff(struct diff *diff, const struct item *old, const struct item *new) {
    const struct item *const items[2] = {old, new};
    struct cells cells = {0};
    size_t versions = (size_t)old->version_count + new->version_count;
    cells.labels = ARENA_ARRAY(&diff->run, (size_t)diff->old->rate_count + diff->new->rate_count + 1, struct slice);
    cells.instants = ARENA_ARRAY(&diff->run, 2 * versions + 1, int64_t);
    if (cells.labels == NULL || cells.instants == NULL)
        return STATUS_NO_MEMORY;
    cells_add(diff, diff->old, old, &cells);
    cells_add(diff, diff->new, new, &cells);
    cells_sort(&cells);
    for (uint32_t i = 0; i < cells.instant_count; i++) {
        for (uint32_t k = 0; k < cells.label_count; k++)
            TRY(cell_diff(diff, items, cells.labels[k], cells.instants[i]));
    }
    TRY(text_add(diff, "item", old->name, old->billed_by, new->billed_by));
    return text_add(diff, "item", old->name, old->unit, new->unit);
}

static enum status items_diff(struct diff *diff) {
    for (uint32_t i = 0; i < diff->old->item_count; i++) {
        const struct item *old = &diff->old->items[i];
        const struct item *new = item_named(diff->new, old->name);
        if (new == NULL)
            TRY(presence_add(diff, "item", false, old->name));
        else
            TRY(prices_diff(diff, old, new));
    }
    for (uint32_t i = 0; i < diff->new->item_count; i++) {
        if (item_named(diff->old, diff->new->items[i].name) == NULL)
            TRY(presence_add(diff, "item", true, diff->new->items[i].name));
    }
    return STATUS_OK;
}

/* ---- operations and products ---- */

static enum status operations_diff(struct diff *diff) {
    for (uint32_t i = 0; i < diff->old->operation_count; i++) {
        const struct operation *old = &diff->old->operations[i];
        const struct operation *new = tariff_operation(diff->new, old->name);
        if (new == NULL)
            TRY(presence_add(diff, "operation", false, old->name));
        else
            TRY(text_add(diff, "operation", old->name, uses_text(diff->old, old, &diff->run),
                         uses_text(diff->new, new, &diff->run)));
    }
    for (uint32_t i = 0; i < diff->new->operation_count; i++) {
        if (tariff_operation(diff->old, diff->new->operations[i].name) == NULL)
            TRY(presence_add(diff, "operation", true, diff->new->operations[i].name));
    }
    return STATUS_OK;
}

static struct slice terms_text(const struct tariff *tariff, const struct product *product, struct arena *run) {
    char period[32];
    duration_format(product->validity, period, sizeof period);
    return arena_printf(run, SLICE_FMT ", valid %s, pays for " SLICE_FMT, SLICE_ARG(product_text(product, run)), period,
                        SLICE_ARG(scope_text(tariff, product, run)));
}

static void rules_add(struct buf *text, const char *what, struct slice words) {
    if (words.len == 0)
        return;
    if (text->len > 0)
        buf_text(text, ", ");
    buf_printf(text, "%s " SLICE_FMT, what, SLICE_ARG(words));
}

static struct slice duration_words(struct duration duration, struct arena *run) {
    char text[32];
    return duration.count > 0 ? arena_copy(run, (struct slice){text, duration_format(duration, text, sizeof text)})
                              : SLICE("");
}

static struct slice refund_text(const struct product *product, struct arena *run) {
    const struct refund_rule *refund = &product->refund;
    if (!refund->is_allowed)
        return SLICE("");
    return arena_printf(run, SLICE_FMT "%s", SLICE_ARG(duration_words(refund->within, run)),
                        refund->if_unused ? " while unused" : "");
}

static struct slice upgrade_text(const struct product *product) {
    if (product->kind != PRODUCT_QPS)
        return SLICE("");
    if (!product->upgrade_allowed)
        return SLICE("not allowed");
    return product->has_upgrade_price ? SLICE("at the difference") : SLICE("at an unpublished price");
}

static struct slice terminals_text(const struct product *product, struct arena *run) {
    struct slice text = SLICE("");
    for (uint32_t i = 0; i < product->terminal_count; i++)
        text = arena_printf(run, SLICE_FMT "%s" SLICE_FMT, SLICE_ARG(text), i > 0 ? " " : "",
                            SLICE_ARG(product->terminals[i]));
    return text;
}

/* What an order of it may be, and what may become of it. */
static struct slice rules_text(const struct product *product, struct arena *run) {
    struct buf text = {0};
    bool has_ceiling = !decimal_is_zero(product->ceiling), has_default = !decimal_is_zero(product->default_limit);
    rules_add(&text, "at most", has_ceiling ? text_decimal(run, product->ceiling) : SLICE(""));
    rules_add(&text, "without it", has_default ? text_decimal(run, product->default_limit) : SLICE(""));
    rules_add(&text, "given back within", refund_text(product, run));
    rules_add(&text, "upgrades", upgrade_text(product));
    rules_add(&text, "renewals", product->downgrade_allowed ? SLICE("may be smaller") : SLICE(""));
    rules_add(&text, "activated within", duration_words(product->activate_within, run));
    rules_add(&text, "for", terminals_text(product, run));
    if (text.len == 0)
        buf_text(&text, "no rules");
    struct slice copy = arena_copy(run, buf_slice(&text));
    buf_free(&text);
    return copy;
}

static enum status products_diff(struct diff *diff) {
    for (uint32_t i = 0; i < diff->old->product_count; i++) {
        const struct product *old = &diff->old->products[i];
        const struct product *new = tariff_product(diff->new, old->sku);
        if (new == NULL)
            TRY(presence_add(diff, "product", false, old->sku));
        if (new == NULL)
            continue;
        TRY(text_add(diff, "product", old->sku, terms_text(diff->old, old, &diff->run),
                     terms_text(diff->new, new, &diff->run)));
        TRY(text_add(diff, "product", old->sku, rules_text(old, &diff->run), rules_text(new, &diff->run)));
    }
    for (uint32_t i = 0; i < diff->new->product_count; i++) {
        if (tariff_product(diff->old, diff->new->products[i].sku) == NULL)
            TRY(presence_add(diff, "product", true, diff->new->products[i].sku));
    }
    return STATUS_OK;
}

enum status diff_collect(struct diff *diff) {
    TRY(settings_diff(diff));
    TRY(items_diff(diff));
    TRY(operations_diff(diff));
    return products_diff(diff);
}

void diff_json(const struct diff *diff, struct json_writer *writer) {
    for (uint32_t i = 0; i < diff->count; i++) {
        const struct change *change = &diff->list[i];
        json_object(writer);
        json_member(writer, "what", slice_of(change->section));
        json_member(writer, "change", slice_of(change_name(change->kind)));
        json_member(writer, "name", change->name);
        json_optional(writer, "cell", change->cell);
        json_instant(writer, "since", change->since_ns, diff->new->zone);
        json_optional(writer, "old", change->old);
        json_optional(writer, "new", change->new);
        if (change->has_percent)
            json_decimal(writer, "percent", change->percent);
        else
            json_optional(writer, "percent", SLICE(""));
        json_object_end(writer);
    }
}

/* ---- sets ---- */

static void changed_json(const struct tariff *tariff, const char *how, struct json_writer *writer) {
    json_object(writer);
    json_member(writer, "tariff", tariff->name);
    json_member(writer, "change", slice_of(how));
}

/* Only tariffs that differ are listed. */
static enum status tariff_compare(const struct tariff *old, const struct tariff *new, struct json_writer *writer) {
    struct diff diff = {.old = old, .new = new};
    enum status status = diff_collect(&diff);
    if (status == STATUS_OK && diff.count > 0) {
        changed_json(new, "changed", writer);
        json_key(writer, "changes");
        json_array(writer);
        diff_json(&diff, writer);
        json_array_end(writer);
        json_object_end(writer);
    }
    arena_free(&diff.run);
    return status;
}

static void only_json(const struct tariff_set *here, const struct tariff_set *there, const char *how,
                      struct json_writer *writer) {
    for (uint32_t i = 0; i < here->count; i++) {
        if (tariff_find(there, here->list[i]->name))
            continue;
        changed_json(here->list[i], how, writer);
        json_object_end(writer);
    }
}

enum status diff_sets_json(const struct tariff_set *old, const struct tariff_set *new, struct json_writer *writer) {
    for (uint32_t i = 0; i < new->count; i++) {
        const struct tariff *before = tariff_find(old, new->list[i]->name);
        if (before)
            TRY(tariff_compare(before, new->list[i], writer));
    }
    only_json(new, old, "added", writer);
    only_json(old, new, "removed", writer);
    return STATUS_OK;
}
