/* SPDX-License-Identifier: Apache-2.0
 *
 * Growth by doubling up to the maximum; after the first failure nothing more is appended. */
#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>

static const size_t MAX_DEFAULT = (size_t)1 << 30;
static const size_t CAP_FIRST = 256;

char *buf_reserve_growing(struct buf *buf, size_t more) {
    size_t max = buf->max != 0 ? buf->max : MAX_DEFAULT;
    if (buf->failed)
        return NULL;
    if (buf->len > max || more > max - buf->len) {
        buf->failed = true;
        return NULL;
    }
    size_t need = buf->len + more + 1;
    if (need > buf->cap) {
        size_t cap = buf->cap < CAP_FIRST ? CAP_FIRST : buf->cap * 2;
        cap = cap < need ? need : cap;
        cap = cap > max + 1 ? max + 1 : cap; /* so that what fits in cap is within max */
        char *grown = realloc(buf->ptr, cap);
        if (grown == NULL) {
            buf->failed = true;
            return NULL;
        }
        buf->ptr = grown;
        buf->cap = cap;
    }
    return buf->ptr + buf->len;
}

void buf_text(struct buf *buf, const char *text) {
    buf_append(buf, slice_of(text));
}

void buf_printf(struct buf *buf, const char *format, ...) {
    va_list args;
    va_start(args, format);
    buf_vprintf(buf, format, args);
    va_end(args);
}

void buf_vprintf(struct buf *buf, const char *format, va_list args) {
    va_list again;
    va_copy(again, args);
    char small[256];
    int len = vsnprintf(small, sizeof small, format, args);
    if (len < 0) {
        buf->failed = true;
    } else if ((size_t)len < sizeof small) {
        buf_append(buf, (struct slice){small, (size_t)len});
    } else {
        char *at = buf_reserve(buf, (size_t)len);
        if (at != NULL && vsnprintf(at, (size_t)len + 1, format, again) == len)
            buf_commit(buf, at + len);
    }
    va_end(again);
}

void buf_repeat(struct buf *buf, char c, size_t count) {
    char *at = buf_reserve(buf, count);
    if (at == NULL)
        return;
    memset(at, c, count);
    buf_commit(buf, at + count);
}

void buf_clear(struct buf *buf) {
    buf->len = 0;
    buf->failed = false;
    if (buf->ptr != NULL)
        buf->ptr[0] = '\0';
}

void buf_free(struct buf *buf) {
    free(buf->ptr);
    *buf = (struct buf){.max = buf->max};
}
