/* SPDX-License-Identifier: Apache-2.0
 *
 * A merged tree to a tariff, section by section in the order in which they need each other. */
#include "tariff/load.h"

#include "tariff/schema.h"

static enum status load_sections(struct loader *loader) {
    static enum status (*const sections[])(struct loader * loader) = {
        load_head,  load_attributes, load_classes,  load_formulas,
        load_items, load_operations, load_products, load_examples,
    };
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++)
        TRY(sections[i](loader));
    return STATUS_OK;
}

void load_tariff_drop(struct tariff *tariff) {
    names_free(&tariff->operation_names);
    names_free(&tariff->item_names);
    names_free(&tariff->product_names);
}

enum status load_tariff(struct tariff_set *set, const struct node *root, const struct source_file *file,
                        struct diags *diags, struct tariff **ret_tariff) {
    struct tariff *tariff = ARENA_NEW(&set->plan, struct tariff);
    if (tariff == NULL)
        return STATUS_NO_MEMORY;
    uint32_t errors = diags->error_count;
    struct loader loader = {.set = set, .plan = &set->plan, .diags = diags, .tariff = tariff, .root = root};
    tariff->root = root;
    tariff->file = file;
    load_formula_scope(&loader);
    schema_check(root, SHAPE_FILE, root, diags);
    enum status status = load_sections(&loader);
    if (status == STATUS_OK && diags->error_count > errors)
        status = STATUS_INVALID;
    if (status != STATUS_OK) {
        load_tariff_drop(tariff);
        return status;
    }
    *ret_tariff = tariff;
    return STATUS_OK;
}
