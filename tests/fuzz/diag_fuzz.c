/* SPDX-License-Identifier: Apache-2.0
 *
 * Messages over any source text and any place: printed whole, without control characters, with a suggestion or none. */
#include <assert.h>

#include "base/diag.h"
#include "base/names.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct place place_take(const uint8_t *bytes, const struct source_file *file) {
    return (struct place){file, bytes[0], bytes[1] * 7u, bytes[2]};
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 9)
        return 0;
    struct source_file file = {SLICE("a.yaml"), {(const char *)data, size}};
    struct diags diags = {0};
    for (size_t i = 0; i < 9; i += 3)
        diags_add(&diags, (enum severity)(data[i] % 3), place_take(data + i, &file), i == 0 ? "a hint" : NULL, "%u",
                  data[i + 1] % 2u);
    diags_sort(&diags);
    assert(diags.count >= 1 && diags.count <= 3 && diags.error_count <= diags.count);
    struct buf out = {0};
    diags_print(&diags, false, &out);
    assert(!out.failed);
    for (size_t i = 0; i < out.len; i++)
        assert(out.ptr[i] == '\n' || ((unsigned char)out.ptr[i] >= 0x20 && out.ptr[i] != 0x7F));
    struct slice candidates[] = {file.path, file.text};
    struct slice wrong = {(const char *)data + 3, size - 3}, near = names_suggest(wrong, candidates, 2);
    assert(near.len == 0 || near.ptr == file.path.ptr || near.ptr == file.text.ptr);
    buf_free(&out);
    diags_free(&diags);
    return 0;
}
