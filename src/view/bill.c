/* SPDX-License-Identifier: Apache-2.0
 *
 * The numbers of closed bills. */
#include "view/view.h"

bool bill_number_read(struct slice text, struct slice *ret_series, uint64_t *ret_number) {
    size_t at = text.len;
    uint64_t number = 0;
    while (at > 0 && text.ptr[at - 1] >= '0' && text.ptr[at - 1] <= '9')
        at--;
    if (at < 2 || text.ptr[at - 1] != '-' || at == text.len || text.len - at > 18)
        return false;
    for (size_t i = at; i < text.len; i++)
        number = number * 10 + (uint64_t)(text.ptr[i] - '0');
    *ret_series = (struct slice){text.ptr, at - 1};
    *ret_number = number;
    return true;
}
