/* SPDX-License-Identifier: Apache-2.0
 *
 * Any bytes as a tariff file: it is loaded or refused with messages, and nothing is lost. */
#include "tariff/tariff.h"

enum { SIZE_MAX_BYTES = 64 << 10 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size > SIZE_MAX_BYTES)
        return 0;
    struct tariff_set set = {0};
    struct diags diags = {0};
    struct buf out = {0};
    struct slice text = {(const char *)data, size};
    enum status status = tariff_set_add_text(&set, SLICE("fuzz.yaml"), text, &diags);
    bool has_errors = diags.error_count > 0;
    if (has_errors == (status == STATUS_OK) || (status == STATUS_OK) != (set.count == 1))
        __builtin_trap();
    diags_sort(&diags);
    diags_print(&diags, false, &out);
    buf_free(&out);
    diags_free(&diags);
    tariff_set_free(&set);
    return 0;
}
