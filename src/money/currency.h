/* SPDX-License-Identifier: Apache-2.0
 *
 * Currencies of ISO 4217; the table is generated (tools/gen_currencies.py) and names its edition. Nothing converts. */
#ifndef TG_MONEY_CURRENCY_H
#define TG_MONEY_CURRENCY_H

#include <stdint.h>

#include "base/slice.h"

struct currency {
    char code[4];
    uint16_t number;
    int8_t minor_digits; /* -1: none defined */
    const char *name;
};

/* NULL when there is no such currency. Upper case only. */
const struct currency *currency_find(struct slice code);
const struct currency *currency_table(size_t *ret_count);
const char *currency_edition(void); /* "2024-06-25" */

#endif
