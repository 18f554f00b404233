/* SPDX-License-Identifier: Apache-2.0
 *
 * What products are made of, for this folder only: kinds and scopes. Mistakes are told, as in load.h. */
#ifndef TG_TARIFF_LOAD_PRODUCTS_H
#define TG_TARIFF_LOAD_PRODUCTS_H

#include "tariff/load.h"

/* `kind` to the funding as which a package's units pay; it must be in the tariff's order. */
void load_kind(struct loader *loader, const struct node *node, struct product *product);
/* `scope` and `factor` of a package or grant. */
MUST_CHECK enum status load_scope(struct loader *loader, const struct node *node, struct product *product);
/* `items` of a QPS plan or a concurrency quota: covered whole. */
MUST_CHECK enum status load_covered_items(struct loader *loader, const struct node *items, struct product *product);

#endif
