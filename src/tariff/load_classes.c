/* SPDX-License-Identifier: Apache-2.0
 *
 * Formulas and classes, and what names mean inside formulas. A class may use the classes above it, so that no class can
 * depend on itself. */
#include "tariff/load.h"

static bool scope_formula(void *context, struct slice name, struct slice *ret_text, struct place *ret_place) {
    const struct loader *loader = context;
    const struct node *node = node_find(node_get(loader->root, "formulas"), name);
    if (!node_is_text(node))
        return false;
    *ret_text = node->text;
    *ret_place = node->place;
    ret_place->column += node->is_quoted;
    return true;
}

static const struct class *scope_class(void *context, struct slice name) {
    const struct loader *loader = context;
    for (uint32_t i = 0; i < loader->classes_ready; i++)
        if (slice_eq(loader->tariff->classes[i].name, name))
            return &loader->tariff->classes[i];
    return NULL;
}

static size_t scope_names(void *context, struct slice *ret_names, size_t cap) {
    const struct loader *loader = context;
    size_t count = 0;
    for (uint32_t i = 0; i < loader->set->attrs.names.count && count < cap; i++)
        ret_names[count++] = loader->set->attrs.names.texts[i];
    const struct node *formulas = node_get(loader->root, "formulas");
    const struct node *child = formulas != NULL && formulas->kind == NODE_MAP ? formulas->first : NULL;
    for (; child != NULL && count < cap; child = child->next)
        ret_names[count++] = child->key;
    for (uint32_t i = 0; i < loader->classes_ready && count < cap; i++)
        ret_names[count++] = loader->tariff->classes[i].name;
    return count;
}

void load_formula_scope(struct loader *loader) {
    loader->scope = (struct formula_scope){.attrs = &loader->set->attrs,
                                           .defaults = loader->tariff->defaults,
                                           .context = loader,
                                           .find_formula = scope_formula,
                                           .find_class = scope_class,
                                           .list_names = scope_names};
}

enum status load_formulas(struct loader *loader) {
    const struct node *formulas = node_get(loader->root, "formulas");
    const struct node *child = formulas != NULL && formulas->kind == NODE_MAP ? formulas->first : NULL;
    for (; child != NULL; child = child->next) {
        struct formula *formula = NULL;
        if (names_find(&loader->set->attrs.names, child->key) != NAMES_NONE)
            load_mistake(loader, child->key_place, "give the formula another name",
                         "`" SLICE_FMT "` is an attribute already", SLICE_ARG(child->key));
        TRY(load_formula(loader, child, VALUE_NONE, &formula));
    }
    return STATUS_OK;
}

/* ---- classes ---- */

static enum status read_measures(struct loader *loader, const struct node *node, struct class *class, bool is_bands) {
    const struct node *of = node_get(node, "of");
    if (of == NULL || of->kind == NODE_MAP)
        return STATUS_OK;
    uint32_t max = is_bands ? CLASS_MEASURES_MAX : 1;
    if (node_list_count(of) > max || node_list_count(of) == 0) {
        load_mistake(loader, of->place, "a class of several measures has bands", "`of` takes %s",
                     is_bands ? "one to four formulas" : "one formula");
        return STATUS_OK;
    }
    for (const struct node *one = node_list(of); one != NULL; one = node_list_next(of, one))
        TRY(load_formula(loader, one, is_bands ? VALUE_NUMBER : VALUE_TEXT, &class->measures[class->measure_count++]));
    return STATUS_OK;
}

static enum status read_default(struct loader *loader, const struct node *node, struct class *class) {
    class->default_index = -1;
    const struct node *name = node_get(node, "default");
    if (!node_is_text(name))
        return STATUS_OK;
    for (uint32_t i = 0; i < class->value_count; i++)
        if (slice_eq(class->value_names[i], name->text))
            class->default_index = (int32_t)i;
    if (class->default_index < 0)
        load_unknown(loader, name, "name", (struct candidates){class->value_names, class->value_count});
    return STATUS_OK;
}

/* ---- values ---- */

static bool add_spelling(struct loader *loader, struct class *class, const struct node *node, struct slice text) {
    for (uint32_t i = 0; i < class->spelling_count; i++) {
        const struct class_spelling *other = &class->spellings[i];
        if (!slice_eq_nocase(other->text, text))
            continue;
        if (other->index == class->value_count - 1)
            return false; /* the name's own spelling, said again */
        struct slice owner = class->value_names[other->index];
        load_mistake(loader, node->kind == NODE_SCALAR ? node->place : node_head(node), "a spelling has one name",
                     "`" SLICE_FMT "` spells `" SLICE_FMT "` already", SLICE_ARG(text), SLICE_ARG(owner));
        return false;
    }
    class->spellings[class->spelling_count++] = (struct class_spelling){text, class->value_count - 1};
    return true;
}

static uint32_t count_spellings(const struct node *values) {
    uint32_t count = values->count;
    for (const struct node *child = values->first; child != NULL; child = child->next)
        count += node_list_count(child);
    return count;
}

static enum status read_values(struct loader *loader, const struct node *values, struct class *class) {
    if (values->kind == NODE_SCALAR || values->count == 0) {
        load_mistake(loader, node_head(values), "as in {singapore: [ap-southeast-1]}", "a class without names");
        return STATUS_OK;
    }
    class->value_names = ARENA_ARRAY(loader->plan, values->count, struct slice);
    class->spellings = ARENA_ARRAY(loader->plan, count_spellings(values), struct class_spelling);
    if (class->value_names == NULL || class->spellings == NULL)
        return STATUS_NO_MEMORY;
    for (const struct node *child = values->first; child != NULL; child = child->next) {
        if (values->kind == NODE_LIST && !node_is_text(child)) {
            load_mistake(loader, child->place, NULL, "a name must stand here");
            continue;
        }
        struct slice name = values->kind == NODE_LIST ? child->text : child->key;
        class->value_names[class->value_count++] = name;
        add_spelling(loader, class, child, name);
        if (values->kind == NODE_MAP && child->kind == NODE_MAP)
            load_mistake(loader, child->place, NULL, "a list of spellings must stand here");
        for (const struct node *one = values->kind == NODE_MAP ? node_list(child) : NULL; one != NULL;
             one = node_list_next(child, one))
            if (node_is_text(one))
                add_spelling(loader, class, one, one->text);
    }
    return STATUS_OK;
}

/* ---- bands ---- */

static void read_limits(struct loader *loader, const struct node *limits, const struct class *class,
                        struct class_band *band) {
    if (limits->kind == NODE_MAP)
        return;
    for (uint32_t i = 0; i < class->measure_count; i++)
        if (class->measures[i] == NULL)
            return; /* told */
    if (node_list_count(limits) != class->measure_count) {
        load_mistake(loader, limits->place, "one border for each formula of `of`, in their order",
                     "%u border%s for %u measure%s", node_list_count(limits), node_list_count(limits) == 1 ? "" : "s",
                     class->measure_count, class->measure_count == 1 ? "" : "s");
        return;
    }
    uint32_t index = 0;
    for (const struct node *one = node_list(limits); one != NULL; one = node_list_next(limits, one))
        load_ratio(loader, one, &band->limit[index++]);
    band->has_limit = true;
}

static void check_band_order(struct loader *loader, const struct node *node, const struct class *class,
                             const struct class_band *band) {
    if (band == class->bands || !band->has_limit || class->measure_count != 1)
        return;
    const struct class_band *before = band - 1;
    int order = before->has_limit ? ratio_cmp(band->limit[0], before->limit[0]) : 1;
    if (order > 0 || (order == 0 && band->inclusive && !before->inclusive))
        return;
    load_mistake(loader, node->place, "bands rise: the first one whose border holds the value is taken",
                 "`" SLICE_FMT "` lies inside the band before it", SLICE_ARG(band->name));
}

static void read_band(struct loader *loader, const struct node *node, struct class *class, struct class_band *band) {
    band->name = node_text(node, "name");
    const struct node *up_to = node_get(node, "up_to"), *below = node_get(node, "below");
    if (up_to != NULL && below != NULL)
        load_mistake(loader, below->key_place, "keep one of them", "`below` beside `up_to`");
    band->inclusive = up_to != NULL;
    const struct node *limits = up_to != NULL ? up_to : below;
    if (limits != NULL)
        read_limits(loader, limits, class, band);
    else if (node->next != NULL)
        load_mistake(loader, node->place, "give it `up_to` or `below`; only the last band may have neither",
                     "a band without a border before the last");
    check_band_order(loader, node, class, band);
    for (uint32_t i = 0; i < class->value_count; i++)
        if (band->name.len > 0 && slice_eq(class->value_names[i], band->name))
            load_mistake(loader, node_get(node, "name")->place, "names must differ", "`" SLICE_FMT "` exists already",
                         SLICE_ARG(band->name));
    class->value_names[class->value_count++] = band->name;
}

static enum status read_bands(struct loader *loader, const struct node *bands, struct class *class) {
    if (bands->kind != NODE_LIST)
        return STATUS_OK;
    if (bands->count == 0)
        load_mistake(loader, node_head(bands), "as in [{name: SD, up_to: 480}, {name: HD}]", "a class without names");
    class->value_names = ARENA_ARRAY(loader->plan, bands->count + 1, struct slice);
    class->bands = ARENA_ARRAY(loader->plan, bands->count + 1, struct class_band);
    class->spellings = ARENA_ARRAY(loader->plan, bands->count + 1, struct class_spelling);
    if (class->value_names == NULL || class->bands == NULL || class->spellings == NULL)
        return STATUS_NO_MEMORY;
    for (const struct node *node = bands->first; node != NULL; node = node->next)
        read_band(loader, node, class, &class->bands[class->value_count]);
    return STATUS_OK;
}

static enum status read_class(struct loader *loader, const struct node *node, struct class *class) {
    class->name = node->key;
    class->place = node->key_place;
    class->default_index = -1;
    if (node->kind != NODE_MAP)
        return STATUS_OK;
    const struct node *values = node_get(node, "values"), *bands = node_get(node, "bands");
    if (values != NULL && bands != NULL)
        load_mistake(loader, bands->key_place, "keep one of them", "`bands` beside `values`");
    if (values == NULL && bands == NULL)
        load_mistake(loader, node->key_place, "add `values` or `bands`", "`" SLICE_FMT "` has no names",
                     SLICE_ARG(node->key));
    TRY(read_measures(loader, node, class, bands != NULL));
    if (bands != NULL)
        TRY(read_bands(loader, bands, class));
    else if (values != NULL)
        TRY(read_values(loader, values, class));
    TRY(read_default(loader, node, class));
    return class_finish(class, loader->plan);
}

enum status load_classes(struct loader *loader) {
    const struct node *classes = node_get(loader->root, "classes");
    if (classes == NULL || classes->kind != NODE_MAP)
        return STATUS_OK;
    struct tariff *tariff = loader->tariff;
    tariff->classes = ARENA_ARRAY(loader->plan, classes->count + 1, struct class);
    if (tariff->classes == NULL)
        return STATUS_NO_MEMORY;
    for (const struct node *node = classes->first; node != NULL; node = node->next) {
        struct class *class = &tariff->classes[tariff->class_count];
        TRY(read_class(loader, node, class));
        tariff->class_count++;
        loader->classes_ready = tariff->class_count;
        if (slice_is(class->name, "region"))
            tariff->region_class = class;
    }
    return STATUS_OK;
}
