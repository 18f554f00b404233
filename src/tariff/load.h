/* SPDX-License-Identifier: Apache-2.0
 *
 * The loader's parts, for this folder only: a checked tree becomes the model of tariff.h. Mistakes are told and reading
 * goes on; a status is returned only where going on is impossible (STATUS_NO_MEMORY). What has the wrong shape was told
 * by the schema: readers pass over it in silence. */
#ifndef TG_TARIFF_LOAD_H
#define TG_TARIFF_LOAD_H

#include "tariff/merge.h"
#include "tariff/tariff.h"

enum { TIERS_MAX = 32, CELLS_MAX = 65536, USES_MAX = 4096, FORMULA_MISTAKES_MAX = 100 };

struct loader {
    struct tariff_set *set;
    struct arena *plan;
    struct diags *diags;
    struct tariff *tariff;
    const struct node *root;
    struct formula_scope scope;
    uint32_t classes_ready; /* a class may use those above it */
    uint32_t formula_mistakes;
    struct formula *count_formula, *billable_formula, *zero_formula;
    uint32_t rate_cap;
    unsigned *item_methods; /* bit per funding; 0: all */
    const struct node **operation_nodes;
    struct refund_rule refund; /* default of the products */
};

/* ---- load_read.c: scalars ---- */

PRINTF(4, 5)
void load_mistake(struct loader *loader, struct place place, const char *hint, const char *format, ...);
struct candidates {
    const struct slice *names;
    size_t count;
};
/* "unknown item `x`", with the nearest candidate. */
void load_unknown(struct loader *loader, const struct node *node, const char *what, struct candidates candidates);
/* As names_suggest over the keys of a map. */
struct slice load_nearest_key(const struct node *map, struct slice wrong);
/* The key's place when the node has one. */
struct place node_head(const struct node *node);
/* A scalar with something in it. */
bool node_is_text(const struct node *node);
struct slice node_text(const struct node *map, const char *key); /* empty when absent */
/* A list, or one scalar as a list of one. */
const struct node *node_list(const struct node *node);
const struct node *node_list_next(const struct node *list, const struct node *element);
uint32_t node_list_count(const struct node *list);
struct origin load_origin(const struct node *map);
bool load_decimal(struct loader *loader, const struct node *node, struct decimal *ret);
bool load_amount(struct loader *loader, const struct node *node, struct decimal *ret);   /* >= 0 */
bool load_positive(struct loader *loader, const struct node *node, struct decimal *ret); /* > 0 */
bool load_ratio(struct loader *loader, const struct node *node, struct ratio *ret);
bool load_integer(struct loader *loader, const struct node *node, int32_t min, int32_t max, int32_t *ret);
bool load_instant(struct loader *loader, const struct node *node, int64_t *ret_ns);
/* True or false, else a mistake. */
void load_flag(struct loader *loader, const struct node *node);
bool load_duration(struct loader *loader, const struct node *node, struct duration *ret);
/* "20%" as 0.2; 0 to 100. */
bool load_percent(struct loader *loader, const struct node *node, struct decimal *ret);
/* Absent or wrong: *ret stays. Fails: STATUS_NO_MEMORY. */
MUST_CHECK enum status load_formula(struct loader *loader, const struct node *node, enum value_kind want,
                                    struct formula **ret);
MUST_CHECK enum status load_formula_text(struct loader *loader, const char *text, enum value_kind want,
                                         struct formula **ret);
/* Names in a names table that must be new; tells the other place's kind. */
MUST_CHECK enum status load_name(struct loader *loader, struct names *names, const struct node *node, struct slice name,
                                 bool *ret_is_new);

/* ---- sections ---- */

MUST_CHECK enum status load_head(struct loader *loader);       /* load_head.c: everything that is no named section */
MUST_CHECK enum status load_attributes(struct loader *loader); /* load_head.c */
MUST_CHECK enum status load_classes(struct loader *loader);    /* load_classes.c */
void load_formula_scope(struct loader *loader);
MUST_CHECK enum status load_formulas(struct loader *loader);
MUST_CHECK enum status load_items(struct loader *loader); /* load_items.c */
/* The item a node names, or INDEX_NONE (told). */
uint32_t load_item_index(struct loader *loader, const struct node *node);
MUST_CHECK enum status load_operations(struct loader *loader); /* load_operations.c */
/* load_media.c: read the key `media`; *rule stays as it is where there is none. */
MUST_CHECK enum status load_media(struct loader *loader, const struct node *node, const struct media_rule **rule);
MUST_CHECK enum status load_products(struct loader *loader); /* load_products.c */
MUST_CHECK enum status load_examples(struct loader *loader); /* load_examples.c */

/* ---- load_table.c: tables over classes ---- */

struct dimensions {
    const struct class *by[PRICE_DIMENSIONS_MAX]; /* NULL: variants */
    const struct slice *variants;
    uint32_t variant_count;
    uint32_t count;
    uint32_t cell_count; /* product of their sizes */
};
uint32_t dimension_size(const struct dimensions *dimensions, uint32_t index);
struct slice dimension_name(const struct dimensions *dimensions, uint32_t index, uint32_t value);
/* Read `by`. allow_as: `as` may be one of them. false: told. */
bool load_dimensions(struct loader *loader, const struct node *by, bool allow_as, struct dimensions *ret);
struct cell {
    uint32_t index;                        /* row-major */
    uint32_t values[PRICE_DIMENSIONS_MAX]; /* of each dimension */
};
struct table {
    const struct dimensions *dimensions;
    bool spreads; /* `free` and `unpublished` may stand for all below them */
    /* Called for every leaf. Fails: STATUS_NO_MEMORY. */
    enum status (*leaf)(struct loader *loader, void *context, const struct cell *cell, const struct node *node);
    void *context;
};
MUST_CHECK enum status load_table(struct loader *loader, const struct table *table, const struct node *node);

/* ---- load_prices.c ---- */

struct price_parts { /* one leaf, read */
    enum price_mode mode;
    struct decimal price;
    const struct tier *tiers;
    uint32_t tier_count;
};
MUST_CHECK enum status load_prices(struct loader *loader, const struct node *node, struct item *item);
/* The price of a product: number, `free`, `unpublished` or a mapping without dimensions. false: told. */
MUST_CHECK enum status load_simple_price(struct loader *loader, const struct node *node, struct price_parts *ret,
                                         bool *ret_upper_inclusive);
/* ---- load_tiers.c ---- */
/* A number, `free` or `unpublished`. false: told. */
bool load_price_leaf(struct loader *loader, const struct node *node, struct price_parts *ret);
MUST_CHECK enum status load_tiers(struct loader *loader, const struct node *list, struct price_parts *ret);

/* ---- load.c ---- */

/* Check and compile a merged tree. Fails: STATUS_INVALID (told), STATUS_NO_MEMORY. */
MUST_CHECK enum status load_tariff(struct tariff_set *set, const struct node *root, const struct source_file *file,
                                   struct diags *diags, struct tariff **ret_tariff);
void load_tariff_drop(struct tariff *tariff); /* frees what is not in the arena */

#endif
