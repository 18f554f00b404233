/* SPDX-License-Identifier: Apache-2.0
 *
 * Any bytes as a head: refused with a reason, or read; and what was read comes back when it is written. */
#include <stdlib.h>

#include "cxx/json.h"
#include "view/head_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition) {
    if (!condition)
        abort();
}

static enum status read_padded(const char *bytes, size_t size, struct head_file *ret_file) {
    const char *error = "";
    char *text = calloc(1, size + JSON_PADDING);
    require(text != NULL);
    if (size > 0)
        memcpy(text, bytes, size);
    enum status status = head_file_read((struct slice){text, size}, ret_file, &error);
    require(status == STATUS_OK || (status == STATUS_INVALID && error[0] != '\0'));
    free(text);
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct head_file file, again;
    struct buf out = {0};
    if (read_padded((const char *)data, size, &file) != STATUS_OK)
        return 0;
    struct json_writer writer = {.out = &out};
    head_json(&file.head, file.is_signed ? &file.signature : NULL, &writer);
    require(!out.failed && read_padded(out.ptr, out.len, &again) == STATUS_OK);
    require(again.is_signed == file.is_signed && again.head.seq == file.head.seq &&
            again.head.bills == file.head.bills);
    require(again.head.at_ns == file.head.at_ns);
    require(memcmp(again.head.hash, file.head.hash, sizeof file.head.hash) == 0);
    require(memcmp(&again.signature, &file.signature, sizeof file.signature) == 0);
    buf_free(&out);
    return 0;
}
