/* SPDX-License-Identifier: Apache-2.0
 *
 * Text builder with a maximum and a sticky failure: append freely, look at `failed` once at the end. */
#ifndef TG_BASE_BUF_H
#define TG_BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"
#include "base/status.h"

struct buf {
    char *ptr; /* owned; NUL-terminated once anything was appended */
    size_t len, cap;
    size_t max;  /* 0 = 1 GiB */
    bool failed; /* memory was out or max was reached: the text is incomplete */
};

char *buf_reserve_growing(struct buf *buf, size_t more); /* what buf_reserve does when there is no room */
/* Room for `more` bytes at the end, to be filled and then taken by buf_commit; NULL with the failure noted. */
static inline char *buf_reserve(struct buf *buf, size_t more) {
    if (__builtin_expect(buf->failed || more >= buf->cap - buf->len, 0))
        return buf_reserve_growing(buf, more);
    return buf->ptr + buf->len;
}
/* The text now ends at `end`. */
static inline void buf_commit(struct buf *buf, char *end) {
    *end = '\0';
    buf->len = (size_t)(end - buf->ptr);
}
static inline void buf_append(struct buf *buf, struct slice text) {
    char *at = buf_reserve(buf, text.len);
    if (at == NULL)
        return;
    if (text.len > 0)
        memcpy(at, text.ptr, text.len);
    buf_commit(buf, at + text.len);
}
static inline void buf_char(struct buf *buf, char c) {
    buf_append(buf, (struct slice){&c, 1});
}
void buf_text(struct buf *buf, const char *text);
PRINTF(2, 3) void buf_printf(struct buf *buf, const char *format, ...);
PRINTF(2, 0) void buf_vprintf(struct buf *buf, const char *format, va_list args);
/* Append `count` times. */
void buf_repeat(struct buf *buf, char c, size_t count);
/* Keep the memory, forget the text and the failure. */
void buf_clear(struct buf *buf);
void buf_free(struct buf *buf);
static inline struct slice buf_slice(const struct buf *buf) {
    return (struct slice){buf->ptr ? buf->ptr : "", buf->len};
}

#endif
