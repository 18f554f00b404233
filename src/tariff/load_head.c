/* SPDX-License-Identifier: Apache-2.0
 *
 * What holds for the whole tariff: name, currency, zone, cycle, roundings, funding, sources, attributes. */
#include <string.h>

#include "tariff/load.h"

const char *funding_name(enum funding funding) {
    static const char *const names[] = {
#define FUNDING_NAME(name, text) text,
        FUNDING_TABLE(FUNDING_NAME)
#undef FUNDING_NAME
    };
    return names[funding];
}

bool funding_parse(struct slice name, enum funding *ret) {
    for (enum funding funding = 0; funding < FUNDING_COUNT; funding++) {
        if (!slice_is(name, funding_name(funding)))
            continue;
        *ret = funding;
        return true;
    }
    return false;
}

static void read_name(struct loader *loader) {
    const struct node *node = node_get(loader->root, "tariff");
    if (!node_is_text(node))
        return;
    loader->tariff->name = node->text;
    bool is_right = !slice_is(node->text, "tollgate");
    for (size_t i = 0; i < node->text.len; i++) {
        char c = node->text.ptr[i];
        is_right = is_right && ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c == '-' && i > 0));
    }
    if (!is_right)
        load_mistake(loader, node->place, "lower-case letters, digits and `-`; not `tollgate`",
                     "`" SLICE_FMT "` cannot be a tariff's name", SLICE_ARG(node->text));
}

static void read_currency(struct loader *loader) {
    const struct node *node = node_get(loader->root, "currency");
    if (!node_is_text(node))
        return;
    loader->tariff->currency = currency_find(node->text);
    if (loader->tariff->currency != NULL)
        return;
    size_t count = 0;
    const struct currency *table = currency_table(&count);
    struct slice codes[512];
    size_t known = 0;
    for (size_t i = 0; i < count && known < 512; i++)
        codes[known++] = slice_of(table[i].code);
    load_unknown(loader, node, "currency", (struct candidates){codes, known});
}

static enum status read_zone(struct loader *loader) {
    const struct node *node = node_get(loader->root, "zone");
    if (!node_is_text(node))
        return STATUS_OK;
    enum status status = zone_load(node->text, &loader->tariff->zone);
    if (status == STATUS_NO_MEMORY)
        return status;
    if (status != STATUS_OK)
        load_mistake(loader, node->place, "an IANA name, as in Asia/Shanghai or UTC", "unknown zone `" SLICE_FMT "`",
                     SLICE_ARG(node->text));
    return STATUS_OK;
}

static void read_rounding(struct loader *loader, const char *key, int *scale, enum rounding *mode) {
    const struct node *node = node_get(loader->root, key);
    int32_t digits = *scale;
    if (load_integer(loader, node_get(node, "scale"), 0, DECIMAL_SCALE, &digits))
        *scale = digits;
    const struct node *name = node_get(node, "mode");
    if (node_is_text(name) && !rounding_parse(name->text.ptr, mode))
        return; /* the schema told */
}

static void read_roundings(struct loader *loader) {
    struct tariff *tariff = loader->tariff;
    tariff->bill_scale =
        tariff->currency != NULL && tariff->currency->minor_digits >= 0 ? tariff->currency->minor_digits : 2;
    tariff->bill_rounding = ROUND_HALF_UP;
    tariff->line_scale = DECIMAL_SCALE;
    tariff->line_rounding = ROUND_HALF_EVEN;
    read_rounding(loader, "bill_rounding", &tariff->bill_scale, &tariff->bill_rounding);
    read_rounding(loader, "line_rounding", &tariff->line_scale, &tariff->line_rounding);
}

static void read_settlement(struct loader *loader) {
    const struct node *node = node_get(loader->root, "settlement");
    const struct node *days = node_get(node, "days");
    struct tariff *tariff = loader->tariff;
    if (node == NULL || node->kind != NODE_MAP)
        return;
    tariff->has_settlement = true;
    cycle_kind_parse(node_text(node, "period"), &tariff->settlement_period);
    load_flag(loader, node_get(node, "freeze"));
    tariff->settlement_freezes = slice_is(node_text(node, "freeze"), "true");
    if (days == NULL || days->kind == NODE_MAP)
        return;
    if (tariff->settlement_period != CYCLE_MONTH) {
        load_mistake(loader, days->place, "leave it out: shorter periods are settled when they end",
                     "`days` belong to the period `month`");
        return;
    }
    if (days->kind != NODE_LIST || days->count != 2) {
        load_mistake(loader, days->place, "as in [3, 5]", "`days` takes the first and the last day");
        return;
    }
    if (load_integer(loader, days->first, 1, 31, &tariff->settlement_first_day) &&
        load_integer(loader, days->first->next, 1, 31, &tariff->settlement_last_day) &&
        tariff->settlement_last_day < tariff->settlement_first_day)
        load_mistake(loader, days->first->next->place, NULL, "the last day is before the first");
}

static void read_funding(struct loader *loader) {
    struct tariff *tariff = loader->tariff;
    const struct node *list = node_get(loader->root, "funding");
    struct slice names[FUNDING_COUNT];
    for (enum funding funding = 0; funding < FUNDING_COUNT; funding++)
        names[funding] = slice_of(funding_name(funding));
    if (list == NULL) {
        for (enum funding funding = 0; funding < FUNDING_COUNT; funding++)
            tariff->funding[tariff->funding_count++] = funding;
        return;
    }
    unsigned seen = 0;
    for (const struct node *node = node_list(list); node != NULL; node = node_list_next(list, node)) {
        enum funding funding;
        if (!node_is_text(node))
            continue;
        if (!funding_parse(node->text, &funding)) {
            load_unknown(loader, node, "funding", (struct candidates){names, FUNDING_COUNT});
        } else if (funding != FUNDING_PAYG && (seen & 1U << FUNDING_PAYG) != 0) {
            load_mistake(loader, node->place, "put `payg` last: it pays whatever is left",
                         "`" SLICE_FMT "` behind `payg` would never pay", SLICE_ARG(node->text));
        } else if ((seen & 1U << funding) != 0) {
            load_mistake(loader, node->place, "name each one once", "`" SLICE_FMT "` twice", SLICE_ARG(node->text));
        } else {
            seen |= 1U << funding;
            tariff->funding[tariff->funding_count++] = funding;
        }
    }
}

static enum status read_sources(struct loader *loader) {
    const struct node *sources = node_get(loader->root, "sources");
    if (sources == NULL || sources->kind != NODE_MAP)
        return STATUS_OK;
    struct tariff *tariff = loader->tariff;
    tariff->sources = ARENA_ARRAY(loader->plan, sources->count + 1, struct tariff_source);
    if (tariff->sources == NULL)
        return STATUS_NO_MEMORY;
    for (const struct node *node = sources->first; node != NULL; node = node->next)
        tariff->sources[tariff->source_count++] = (struct tariff_source){node->key, node->text};
    return STATUS_OK;
}

struct service_name {
    const char *category, *subcategory;
};
static const struct service_name service_names[] = {
#define SERVICE(category, subcategory) {category, subcategory},
#include "tariff/services.def"
#undef SERVICE
};
enum { SERVICE_COUNT = sizeof service_names / sizeof *service_names };

/* The default subcategory of a category begins so. */
static bool is_other(const char *subcategory) {
    return strncmp(subcategory, "Other (", 7) == 0;
}

/* Finds the subcategory of that name, or, when it is empty, the default one. False: told. */
static bool find_service(struct loader *loader, const struct node *node, struct slice category,
                         struct service_kind *service) {
    const struct node *wanted = node_get(node, "subcategory");
    struct slice names[SERVICE_COUNT], subcategory = node_text(node, "subcategory");
    size_t count = 0;
    for (size_t i = 0; i < SERVICE_COUNT; i++) {
        const struct service_name *name = &service_names[i];
        if (!slice_is(category, name->category))
            continue;
        names[count++] = slice_of(name->subcategory);
        bool is_it = subcategory.len > 0 ? slice_is(subcategory, name->subcategory) : is_other(name->subcategory);
        if (!is_it)
            continue;
        service->category = slice_of(name->category);
        service->subcategory = slice_of(name->subcategory);
        return true;
    }
    if (count > 0)
        load_unknown(loader, wanted, "subcategory", (struct candidates){names, count});
    return count > 0;
}

static void read_service(struct loader *loader) {
    const struct node *node = node_get(loader->root, "service");
    struct service_kind *service = &loader->tariff->service;
    struct slice names[SERVICE_COUNT], category = node_text(node, "category");
    *service = (struct service_kind){node_text(node, "provider"), SLICE("Other"), SLICE("Other (Other)")};
    if (node == NULL || node->kind != NODE_MAP)
        return;
    if (category.len == 0)
        category = service->category;
    if (find_service(loader, node, category, service))
        return;
    for (size_t i = 0; i < SERVICE_COUNT; i++)
        names[i] = slice_of(service_names[i].category);
    load_unknown(loader, node_get(node, "category"), "category", (struct candidates){names, SERVICE_COUNT});
}

static void read_overdue(struct loader *loader) {
    const struct node *node = node_get(loader->root, "overdue"), *pauses = node_get(node, "pauses");
    struct overdue_rule *rule = &loader->tariff->overdue;
    struct slice names[FUNDING_COUNT];
    if (node == NULL || node->kind != NODE_MAP)
        return;
    for (enum funding funding = 0; funding < FUNDING_COUNT; funding++)
        names[funding] = slice_of(funding_name(funding));
    rule->is_set = true;
    rule->has_grace = load_duration(loader, node_get(node, "grace"), &rule->grace);
    rule->needs_release = slice_is(node_text(node, "resume"), "released");
    for (const struct node *one = node_list(pauses); one != NULL; one = node_list_next(pauses, one)) {
        enum funding funding;
        if (!node_is_text(one))
            continue;
        if (funding_parse(one->text, &funding))
            rule->pauses[funding] = true;
        else
            load_unknown(loader, one, "funding", (struct candidates){names, FUNDING_COUNT});
    }
}

/* A whole number, or `off`, which is 0. */
static void read_watched(struct loader *loader, const struct node *node, int32_t least, int32_t *ret) {
    bool is_text = node_is_text(node);
    if (is_text && slice_is(node->text, "off"))
        *ret = 0;
    else if (is_text && (node->text.ptr[0] < '0' || node->text.ptr[0] > '9'))
        load_mistake(loader, node->place, "a whole number, or `off`", "`" SLICE_FMT "` does not say how many",
                     SLICE_ARG(node->text));
    else
        load_integer(loader, node, least, WATCH_MAX, ret);
}

static void read_watch(struct loader *loader) {
    const struct node *node = node_get(loader->root, "watch");
    struct watch_rule *rule = &loader->tariff->watch;
    *rule = (struct watch_rule){.jump_times = 10, .silent_days = 1};
    read_watched(loader, node_get(node, "spend_jump"), 2, &rule->jump_times);
    read_watched(loader, node_get(node, "sudden_zero"), 1, &rule->silent_days);
}

enum status load_head(struct loader *loader) {
    struct tariff *tariff = loader->tariff;
    read_name(loader);
    tariff->title = node_text(loader->root, "title");
    if (tariff->title.len == 0)
        tariff->title = tariff->name;
    read_service(loader);
    read_currency(loader);
    TRY(read_zone(loader));
    const struct node *cycle = node_get(loader->root, "cycle");
    if (node_is_text(cycle) && !cycle_kind_parse(cycle->text, &tariff->cycle))
        tariff->cycle = CYCLE_MONTH; /* the schema told */
    tariff->owner_submitted = slice_is(node_text(loader->root, "owner"), "submitted");
    tariff->needs_activation = slice_is(node_text(loader->root, "activation"), "required");
    load_flag(loader, node_get(loader->root, "bill_alerts"));
    tariff->tells_bills = slice_is(node_text(loader->root, "bill_alerts"), "true");
    tariff->postpaid_default = !slice_is(node_text(loader->root, "postpaid"), "off");
    read_roundings(loader);
    read_settlement(loader);
    read_funding(loader);
    read_overdue(loader);
    read_watch(loader);
    return read_sources(loader);
}

/* ---- attributes ---- */

static void set_default(struct value *defaults, enum attr_slot slot, struct value value) {
    defaults[slot] = value;
}

static void standard_defaults(struct value *defaults) {
    static const enum attr_slot flags[] = {ATTR_PREVIEW_ONLY, ATTR_HAS_LOCATION, ATTR_READONLY, ATTR_CACHE_PREVIEW};
    set_default(defaults, ATTR_STATUS, (struct value){.kind = VALUE_NUMBER, .number = ratio_from_int(200)});
    set_default(defaults, ATTR_COUNT, (struct value){.kind = VALUE_NUMBER, .number = ratio_from_int(1)});
    set_default(defaults, ATTR_OUTCOME, (struct value){.kind = VALUE_TEXT, .text = SLICE("succeeded")});
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        set_default(defaults, flags[i], (struct value){.kind = VALUE_FLAG, .flag = false});
}

static bool kind_parse(struct slice name, enum value_kind *ret) {
    for (enum value_kind kind = VALUE_NUMBER; kind <= VALUE_INSTANT; kind++) {
        if (!slice_is(name, value_kind_name(kind)))
            continue;
        *ret = kind;
        return true;
    }
    return false;
}

static void read_value(struct loader *loader, const struct node *node, enum value_kind kind, struct value *value) {
    struct value read = {.kind = kind};
    bool is_right = true;
    switch (kind) {
    case VALUE_NUMBER:
        is_right = load_ratio(loader, node, &read.number);
        break;
    case VALUE_TEXT:
        read.text = node->text;
        break;
    case VALUE_FLAG:
        read.flag = slice_is(node->text, "true");
        is_right = read.flag || slice_is(node->text, "false");
        if (!is_right)
            load_mistake(loader, node->place, "write true or false", "`" SLICE_FMT "` is no flag",
                         SLICE_ARG(node->text));
        break;
    case VALUE_INSTANT:
        is_right = load_instant(loader, node, &read.instant_ns);
        break;
    case VALUE_NONE:
        return;
    }
    if (is_right)
        *value = read;
}

static enum status read_attribute(struct loader *loader, const struct node *node) {
    if (node->kind != NODE_MAP)
        return STATUS_OK;
    const struct node *type = node_get(node, "type"), *value = node_get(node, "default");
    uint32_t known = names_find(&loader->set->attrs.names, node->key), slot = known;
    enum value_kind kind = known != NAMES_NONE ? loader->set->attrs.kinds[known] : VALUE_NONE;
    if (node_is_text(type) && !kind_parse(type->text, &kind))
        return STATUS_OK; /* the schema told */
    if (kind == VALUE_NONE) {
        load_mistake(loader, node->key_place, "add `type`: number, text, flag or instant",
                     "`" SLICE_FMT "` is no standard attribute and has no type", SLICE_ARG(node->key));
        return STATUS_OK;
    }
    enum status status = attr_names_declare(&loader->set->attrs, node->key, kind, &slot);
    if (status == STATUS_CONFLICT)
        load_mistake(loader, node_head(type), "use another name; attributes are shared by all tariffs",
                     "`" SLICE_FMT "` is a %s already", SLICE_ARG(node->key),
                     value_kind_name(loader->set->attrs.kinds[known]));
    else if (status == STATUS_RANGE)
        load_mistake(loader, node->key_place, "declare fewer", "more than %d attributes in all tariffs", ATTR_MAX);
    if (status == STATUS_CONFLICT || status == STATUS_RANGE)
        return STATUS_OK;
    TRY(status);
    if (node_is_text(value))
        read_value(loader, value, kind, &loader->tariff->defaults[slot]);
    return STATUS_OK;
}

enum status load_attributes(struct loader *loader) {
    standard_defaults(loader->tariff->defaults);
    const struct node *attributes = node_get(loader->root, "attributes");
    if (attributes == NULL || attributes->kind != NODE_MAP)
        return STATUS_OK;
    for (const struct node *node = attributes->first; node != NULL; node = node->next)
        TRY(read_attribute(loader, node));
    return STATUS_OK;
}
