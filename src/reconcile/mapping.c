/* SPDX-License-Identifier: Apache-2.0
 *
 * How a vendor's file is to be read. */
#include "reconcile/reconcile.h"
#include "tariff/yaml.h"

static const char *const column_names[COLUMN_COUNT] = {
#define COLUMN_NAME(name, text) [COLUMN_##name] = text,
    COLUMN_TABLE(COLUMN_NAME)
#undef COLUMN_NAME
};

struct reading {
    struct arena *arena;
    struct diags *diags;
    struct mapping *mapping;
};

static bool is_text(struct reading *reading, const struct node *node) {
    if (node->kind == NODE_SCALAR)
        return true;
    diags_add(reading->diags, SEVERITY_ERROR, node->place, NULL, "\"%.*s\" is a text", SLICE_ARG(node->key));
    return false;
}

static void columns_read(struct reading *reading, const struct node *map) {
    for (const struct node *node = map->first; node; node = node->next) {
        int column = 0;
        while (column < COLUMN_COUNT && !slice_is(node->key, column_names[column]))
            column++;
        if (column == COLUMN_COUNT)
            diags_add(reading->diags, SEVERITY_ERROR, node->key_place,
                      "columns are account, item, region, start, quantity, amount, currency, kind",
                      "unknown column \"%.*s\"", SLICE_ARG(node->key));
        else if (is_text(reading, node))
            reading->mapping->columns[column] = node->text;
    }
}

static enum status renamings_read(struct reading *reading, const struct node *map, const struct renaming **ret_list,
                                  uint32_t *ret_count) {
    struct renaming *list = ARENA_ARRAY(reading->arena, map->count + (size_t)1, struct renaming);
    uint32_t count = 0;
    if (list == NULL)
        return STATUS_NO_MEMORY;
    for (const struct node *node = map->first; node; node = node->next) {
        if (is_text(reading, node))
            list[count++] = (struct renaming){node->key, node->text};
    }
    *ret_list = list;
    *ret_count = count;
    return STATUS_OK;
}

static enum status texts_read(struct reading *reading, const struct node *list, const struct slice **ret_texts,
                              uint32_t *ret_count) {
    struct slice *texts = ARENA_ARRAY(reading->arena, list->count + (size_t)1, struct slice);
    uint32_t count = 0;
    if (texts == NULL)
        return STATUS_NO_MEMORY;
    for (const struct node *node = list->first; node; node = node->next) {
        if (is_text(reading, node))
            texts[count++] = node->text;
    }
    *ret_texts = texts;
    *ret_count = count;
    return STATUS_OK;
}

static void mark_read(struct reading *reading, const struct node *node, char *ret_mark) {
    if (!is_text(reading, node))
        return;
    if (node->text.len == 1)
        *ret_mark = node->text.ptr[0];
    else
        diags_add(reading->diags, SEVERITY_ERROR, node->place, NULL, "\"%.*s\" is one character", SLICE_ARG(node->key));
}

static void span_read(struct reading *reading, const struct node *node) {
    static const char *const names[] = {"total", "hour", "day", "month"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (node->kind == NODE_SCALAR && slice_is(node->text, names[i])) {
            reading->mapping->span = (enum span)i;
            return;
        }
    }
    diags_add(reading->diags, SEVERITY_ERROR, node->place, "total, hour, day or month", "\"per\" is a span of time");
}

static void zone_read(struct reading *reading, const struct node *node) {
    if (is_text(reading, node) && zone_load(node->text, &reading->mapping->zone) != STATUS_OK)
        diags_add(reading->diags, SEVERITY_ERROR, node->place, "an IANA name, e.g. Asia/Shanghai",
                  "there is no time zone \"%.*s\"", SLICE_ARG(node->text));
}

/* The columns of a known form; the other keys change what they say. */
static void format_read(struct reading *reading, const struct node *node) {
    const struct mapping said = *reading->mapping;
    if (!is_text(reading, node))
        return;
    if (said.columns[COLUMN_ITEM].len > 0 || said.kind_count > 0 || said.span != SPAN_TOTAL)
        diags_add(reading->diags, SEVERITY_ERROR, node->key_place, "other keys change what it says",
                  "\"format\" stands in front of \"columns\", \"kinds\" and \"per\"");
    else if (!mapping_named(node->text, reading->mapping))
        diags_add(reading->diags, SEVERITY_ERROR, node->place, "focus or tollgate",
                  "there is no format \"" SLICE_FMT "\"", SLICE_ARG(node->text));
}

static enum status member_read(struct reading *reading, const struct node *node) {
    struct mapping *mapping = reading->mapping;
    if (slice_is(node->key, "columns"))
        columns_read(reading, node);
    else if (slice_is(node->key, "items"))
        return renamings_read(reading, node, &mapping->items, &mapping->item_count);
    else if (slice_is(node->key, "regions"))
        return renamings_read(reading, node, &mapping->regions, &mapping->region_count);
    else if (slice_is(node->key, "accounts"))
        return renamings_read(reading, node, &mapping->accounts, &mapping->account_count);
    else if (slice_is(node->key, "kinds"))
        return texts_read(reading, node, &mapping->kinds, &mapping->kind_count);
    else if (slice_is(node->key, "skip"))
        return texts_read(reading, node, &mapping->skips, &mapping->skip_count);
    else if (slice_is(node->key, "currencies"))
        return renamings_read(reading, node, &mapping->currencies, &mapping->currency_count);
    else if (slice_is(node->key, "format"))
        format_read(reading, node);
    else if (slice_is(node->key, "per"))
        span_read(reading, node);
    else if (slice_is(node->key, "zone"))
        zone_read(reading, node);
    else if (slice_is(node->key, "separator"))
        mark_read(reading, node, &mapping->separator);
    else if (slice_is(node->key, "thousands"))
        mark_read(reading, node, &mapping->thousands);
    else if (slice_is(node->key, "decimal"))
        mark_read(reading, node, &mapping->decimal);
    else if (slice_is(node->key, "tariff") && is_text(reading, node))
        mapping->tariff = node->text;
    else if (slice_is(node->key, "account") && is_text(reading, node))
        mapping->account = node->text;
    else
        diags_add(
            reading->diags, SEVERITY_ERROR, node->key_place,
            "format, columns, items, regions, accounts, currencies, kinds, skip, per, zone, separator, thousands, "
            "decimal, tariff, account",
            "unknown key \"%.*s\"", SLICE_ARG(node->key));
    return STATUS_OK;
}

static void check_whole(struct reading *reading, const struct node *root) {
    const struct mapping *mapping = reading->mapping;
    if (mapping->columns[COLUMN_ITEM].len == 0 || mapping->columns[COLUMN_AMOUNT].len == 0)
        diags_add(reading->diags, SEVERITY_ERROR, root->place, "columns: {item: …, amount: …}",
                  "which columns hold the item and the amount is not said");
    if (mapping->columns[COLUMN_ACCOUNT].len == 0 && mapping->account.len == 0)
        diags_add(reading->diags, SEVERITY_ERROR, root->place, "columns: {account: …}, or account: NAME",
                  "whose bill it is is not said");
    if (mapping->columns[COLUMN_START].len == 0 && mapping->span != SPAN_TOTAL)
        diags_add(reading->diags, SEVERITY_ERROR, root->place, "columns: {start: …}, or per: total",
                  "lines cannot be told apart by time without a column that says it");
}

enum status mapping_read(const char *path, struct arena *arena, struct diags *diags, struct mapping *ret_mapping) {
    struct mapping mapping = {.separator = ',', .decimal = '.', .span = SPAN_TOTAL};
    struct reading reading = {arena, diags, &mapping};
    struct source_file *file;
    struct node *root;
    TRY(source_file_read(path, arena, &file));
    TRY(yaml_parse(file, arena, diags, &root));
    if (root->kind != NODE_MAP)
        diags_add(diags, SEVERITY_ERROR, root->place, "write `columns: {…}`", "a mapping is a map");
    for (const struct node *node = root->kind == NODE_MAP ? root->first : NULL; node; node = node->next)
        TRY(member_read(&reading, node));
    check_whole(&reading, root);
    if (diags->error_count > 0)
        return STATUS_INVALID;
    *ret_mapping = mapping;
    return STATUS_OK;
}

bool mapping_named(struct slice name, struct mapping *ret_mapping) {
    static const struct slice usage[] = {{"Usage", 5}}, bills[] = {{"usage", 5}};
    static const struct mapping focus = {
        .other_account = {"BillingAccountId", 16},
        .columns = {[COLUMN_ACCOUNT] = {"SubAccountId", 12},
                    [COLUMN_ITEM] = {"SkuId", 5},
                    [COLUMN_REGION] = {"RegionId", 8},
                    [COLUMN_START] = {"ChargePeriodStart", 17},
                    [COLUMN_QUANTITY] = {"ConsumedQuantity", 16},
                    [COLUMN_AMOUNT] = {"BilledCost", 10},
                    [COLUMN_CURRENCY] = {"BillingCurrency", 15},
                    [COLUMN_KIND] = {"ChargeCategory", 14}},
        .kinds = usage,
        .kind_count = 1,
        .separator = ',',
        .decimal = '.',
        .span = SPAN_MONTH,
    };
    static const struct mapping own = {
        .columns = {[COLUMN_ACCOUNT] = {"account", 7},
                    [COLUMN_ITEM] = {"item", 4},
                    [COLUMN_REGION] = {"region", 6},
                    [COLUMN_START] = {"cycle_start", 11},
                    [COLUMN_QUANTITY] = {"quantity", 8},
                    [COLUMN_AMOUNT] = {"amount", 6},
                    [COLUMN_CURRENCY] = {"currency", 8},
                    [COLUMN_KIND] = {"kind", 4}},
        .kinds = bills,
        .kind_count = 1,
        .separator = ',',
        .decimal = '.',
        .span = SPAN_MONTH,
    };
    if (slice_is(name, "focus"))
        *ret_mapping = focus;
    else if (slice_is(name, "tollgate"))
        *ret_mapping = own;
    else
        return false;
    return true;
}
