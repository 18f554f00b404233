/* SPDX-License-Identifier: Apache-2.0
 *
 * What is told, under the names that receivers see. A set of types is a word of bits; none of them set: all. */
#ifndef TG_HOOK_TYPES_H
#define TG_HOOK_TYPES_H

#include <stdint.h>

#include "bill/bill.h"

enum { HOOK_TARIFF_ACTIVATED = ALERT_KIND_COUNT, HOOK_TEST, HOOK_TYPE_COUNT };

/* "tollgate.alert.package-low" for ALERT_PACKAGE_LOW, …; static. */
struct slice hook_type_name(uint32_t type);
/* A type that endpoints can want; false: there is none of that name. */
bool hook_type_read(struct slice name, uint32_t *ret_type);
/* Of those that endpoints can want, in their order. */
uint32_t hook_type_names(struct slice ret_names[HOOK_TYPE_COUNT]);

#endif
