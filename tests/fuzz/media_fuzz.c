/* SPDX-License-Identifier: Apache-2.0
 *
 * Anything that ffprobe might print, up to the first NUL as what it says of a file, behind it as lines of packets. */
#include <stdlib.h>

#include "cxx/json.h"
#include "media/output.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const char *end = memchr(data, '\0', size);
    size_t len = end != NULL ? (size_t)(end - (const char *)data) : size;
    char *text = calloc(1, len + JSON_PADDING);
    struct packets *packets = calloc(1, sizeof *packets);
    struct arena arena = {0};
    struct media media = {0};
    struct buf out = {0};
    struct json_writer writer = {.out = &out};
    const char *reason;
    if (text == NULL || packets == NULL)
        abort();
    memcpy(text, data, len);
    if (media_header_read((struct slice){text, len}, &arena, &media, &reason) == STATUS_OK) {
        if (end != NULL && media_packets_take(packets, (struct slice){end + 1, size - len - 1}) == STATUS_OK &&
            media_packets_judge(packets, &arena, &media) != STATUS_OK)
            abort();
        media_json(&media, SLICE("file"), &arena, &writer);
    }
    buf_free(&out);
    arena_free(&arena);
    free(packets);
    free(text);
    return 0;
}
