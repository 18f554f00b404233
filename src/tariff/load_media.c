/* SPDX-License-Identifier: Apache-2.0
 *
 * `media`: which attribute is filled with what a measured file says. */
#include "tariff/load.h"

static const struct {
    const char *name;
    enum value_kind kind;
} facts[] = {
#define MEDIA_FACT_ROW(fact, name, kind) {name, VALUE_##kind},
    MEDIA_FACT_TABLE(MEDIA_FACT_ROW)
#undef MEDIA_FACT_ROW
};

const char *media_part_name(enum media_part part) {
    static const char *const names[] = {
#define MEDIA_PART_ROW(part, name) name,
        MEDIA_PART_TABLE(MEDIA_PART_ROW)
#undef MEDIA_PART_ROW
    };
    return names[part];
}

/* false: told. */
static bool find_fact(struct loader *loader, const struct node *node, enum media_fact *ret_fact) {
    struct slice names[MEDIA_FACT_COUNT];
    for (enum media_fact fact = 0; fact < MEDIA_FACT_COUNT; fact++) {
        names[fact] = slice_of(facts[fact].name);
        *ret_fact = fact;
        if (slice_eq(node->text, names[fact]))
            return true;
    }
    load_unknown(loader, node, "fact of a media file", (struct candidates){names, MEDIA_FACT_COUNT});
    return false;
}

/* Whether the attribute can hold the fact; else told. */
static bool check_attribute(struct loader *loader, const struct node *node, enum media_fact fact) {
    const struct attr_names *attrs = &loader->set->attrs;
    uint32_t slot = names_find(&attrs->names, node->key);
    if (slot == NAMES_NONE) {
        load_mistake(loader, node->key_place, "declare it under `attributes`", "unknown attribute `" SLICE_FMT "`",
                     SLICE_ARG(node->key));
        return false;
    }
    if (attrs->kinds[slot] == facts[fact].kind)
        return true;
    load_mistake(loader, node->place, NULL, "`" SLICE_FMT "` is a %s, `%s` is a %s", SLICE_ARG(node->key),
                 value_kind_name(attrs->kinds[slot]), facts[fact].name, value_kind_name(facts[fact].kind));
    return false;
}

static enum status read_pairs(struct loader *loader, const struct node *map, struct media_pairs *pairs) {
    if (map == NULL || map->kind != NODE_MAP)
        return STATUS_OK;
    struct media_pair *list = ARENA_ARRAY(loader->plan, (size_t)map->count + 1, struct media_pair);
    if (list == NULL)
        return STATUS_NO_MEMORY;
    for (const struct node *node = map->first; node != NULL; node = node->next) {
        enum media_fact fact;
        if (node_is_text(node) && find_fact(loader, node, &fact) && check_attribute(loader, node, fact))
            list[pairs->count++] = (struct media_pair){node->key, fact};
    }
    pairs->list = list;
    return STATUS_OK;
}

enum status load_media(struct loader *loader, const struct node *node, const struct media_rule **rule) {
    if (node == NULL || node->kind != NODE_MAP)
        return STATUS_OK;
    struct media_rule *read = ARENA_NEW(loader->plan, struct media_rule);
    if (read == NULL)
        return STATUS_NO_MEMORY;
    for (enum media_part part = 0; part < MEDIA_PART_COUNT; part++)
        TRY(read_pairs(loader, node_get(node, media_part_name(part)), &read->parts[part]));
    *rule = read;
    return STATUS_OK;
}
