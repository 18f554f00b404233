/* SPDX-License-Identifier: Apache-2.0
 *
 * Any bytes as a vendor's bill: refused with a place, or sums that reconcile with themselves. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "reconcile/reconcile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition) {
    if (!condition)
        abort();
}

static void read_file(const char *path) {
    struct mapping mapping;
    struct tariff_set tariffs = {0};
    struct arena arena = {0};
    struct diags diags = {0};
    struct sides sides;
    struct findings findings;
    require(mapping_named(SLICE("tollgate"), &mapping));
    enum status status = sides_of_file(path, &mapping, &tariffs, &arena, &diags, &sides);
    require(status == STATUS_OK || status == STATUS_INVALID || status == STATUS_RANGE);
    require(status != STATUS_INVALID || diags.error_count > 0);
    if (status == STATUS_OK) {
        require(reconcile(&(struct sides){0}, &sides, &arena, &findings) == STATUS_OK);
        require(findings.count == sides.count && findings.verdicts[VERDICT_UNEXPECTED] == sides.count);
        sides_free(&sides);
    }
    diags_free(&diags);
    arena_free(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char path[64];
    int file = memfd_create("bill", 0);
    require(file >= 0 && write(file, data, size) == (ssize_t)size);
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    read_file(path);
    close(file);
    return 0;
}
