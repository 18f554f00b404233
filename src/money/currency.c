/* SPDX-License-Identifier: Apache-2.0
 *
 * Finds currencies in the generated table, which is sorted by code. */
#include "money/currency.h"

#include <stdlib.h>

#include "money/currency_table.inc"

#define CURRENCY_COUNT (sizeof currencies / sizeof currencies[0])

static int compare_code(const void *code, const void *currency) {
    return memcmp(code, ((const struct currency *)currency)->code, 3);
}

const struct currency *currency_find(struct slice code) {
    if (code.len != 3)
        return NULL;
    return bsearch(code.ptr, currencies, CURRENCY_COUNT, sizeof currencies[0], compare_code);
}

const struct currency *currency_table(size_t *ret_count) {
    *ret_count = CURRENCY_COUNT;
    return currencies;
}

const char *currency_edition(void) {
    return CURRENCY_EDITION;
}
