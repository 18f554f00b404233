/* SPDX-License-Identifier: Apache-2.0
 *
 * Loads tariffs and prints what is wrong with them, or the schema or the reference. For tests and for hands. */
#include <stdio.h>

#include "tariff/schema.h"
#include "tariff/tariff.h"

static int print(struct buf *out) {
    fwrite(buf_slice(out).ptr, 1, out->len, stdout);
    bool failed = out->failed;
    buf_free(out);
    return failed;
}

static int load(const char *path, const char *base_dir) {
    struct tariff_set set = {0};
    struct diags diags = {0};
    struct buf out = {0};
    enum status status = tariff_set_load(path, base_dir, &set, &diags);
    diags_sort(&diags);
    diags_print(&diags, false, &out);
    for (uint32_t i = 0; i < set.count; i++) {
        const struct tariff *tariff = set.list[i];
        buf_printf(&out, SLICE_FMT ": %u items, %u rates, %u operations, %u products\n", SLICE_ARG(tariff->name),
                   tariff->item_count, tariff->rate_count, tariff->operation_count, tariff->product_count);
    }
    buf_printf(&out, "%s\n", status_text(status));
    tariff_set_free(&set);
    diags_free(&diags);
    return print(&out) || status != STATUS_OK;
}

int main(int argc, char **argv) {
    struct buf out = {0};
    if (argc == 2 && strcmp(argv[1], "--schema") == 0) {
        tariff_schema_print(&out);
        return print(&out);
    }
    if (argc == 2 && strcmp(argv[1], "--reference") == 0) {
        tariff_reference_print(&out);
        return print(&out);
    }
    if (argc == 2 || argc == 3)
        return load(argv[1], argc == 3 ? argv[2] : NULL);
    fputs("usage: tariff_driver PATH [BASE-DIR] | --schema | --reference\n", stderr);
    return 2;
}
