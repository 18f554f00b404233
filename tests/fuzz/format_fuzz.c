/* SPDX-License-Identifier: Apache-2.0
 *
 * Any YAML through `tollgate tariff fmt`: it is left alone or comes out in a form that formatting does not change
 * again. */
#include "cli/format.h"

#include <stdint.h>

enum { SIZE_MAX_BYTES = 16 << 10 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum status format(struct slice text, struct arena *run, struct buf *out) {
    struct source_file *file = ARENA_NEW(run, struct source_file);
    struct diags diags = {0};
    struct node *root = NULL;
    *file = (struct source_file){SLICE("fuzz.yaml"), text};
    enum status status = yaml_parse(file, run, &diags, &root);
    diags_free(&diags);
    return status == STATUS_OK && root != NULL ? tariff_format(file, root, run, out) : STATUS_INVALID;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct arena run = {0};
    struct buf once = {0}, twice = {0};
    if (size > SIZE_MAX_BYTES)
        return 0;
    if (format((struct slice){(const char *)data, size}, &run, &once) == STATUS_OK) {
        if (format(buf_slice(&once), &run, &twice) != STATUS_OK || !slice_eq(buf_slice(&once), buf_slice(&twice)))
            __builtin_trap();
    }
    buf_free(&once);
    buf_free(&twice);
    arena_free(&run);
    return 0;
}
