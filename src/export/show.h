/* SPDX-License-Identifier: Apache-2.0
 *
 * A tariff for reading: its prices and products in words, and all of it as JSON. */
#ifndef TG_EXPORT_SHOW_H
#define TG_EXPORT_SHOW_H

#include "export/export.h"
#include "tariff/tariff.h"

#define SHOW_ALL INSTANT_MIN /* every version, not the one of an instant */

const char *product_kind_name(enum product_kind kind);
const char *price_mode_name(enum price_mode mode);
/* "0.15 / 1000", "free", "unpublished", "0.15 up to 10000, then 0.1". Lives in the arena. */
struct slice rate_text(const struct rate *rate, struct arena *run);
/* Region and classes of a price: "singapore", "720p / fps60", empty when there is only one. Lives in the arena. */
struct slice cell_text(const struct tariff *tariff, const struct rate *rate, struct arena *run);
/* A product's price in the same words. */
struct slice product_text(const struct product *product, struct arena *run);
/* "0.2 point per call of object-detection" for up to three items, else how many there are. */
struct slice scope_text(const struct tariff *tariff, const struct product *product, struct arena *run);
/* The items an operation creates, with their conditions: "MediaMeta, ReverseGeocoding when has_location". */
struct slice uses_text(const struct tariff *tariff, const struct operation *operation, struct arena *run);
/* The set is the tariff's. out->buf.failed when memory runs out. */
void show_json(const struct tariff_set *set, const struct tariff *tariff, int64_t at_ns, struct sink *out);

#endif
