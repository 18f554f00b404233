/* SPDX-License-Identifier: Apache-2.0
 *
 * Any bytes as the head of a request, cut up in place as libmicrohttpd does it. What the guard lets through must be, in
 * the bytes as they were sent, exactly what a strict reader that shares no code with it accepts. */
#include <stdlib.h>

#include "http/guard.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition) {
    if (!condition)
        abort();
}

/* A tolerant reader: lines end in LF, with or without CR; an empty line ends the head. The block's length, or 0. */
static size_t cut_lines(char *bytes, size_t size) {
    size_t begin = 0;
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] != '\n')
            continue;
        bool has_cr = i > begin && bytes[i - 1] == '\r';
        bool is_empty = i - (has_cr ? 1 : 0) == begin || bytes[begin] == '\0';
        bytes[i] = '\0';
        if (has_cr)
            bytes[i - 1] = '\0';
        if (is_empty)
            return i + 1;
        begin = i + 1;
    }
    return 0;
}

/* The request line: the first space and the last; then the target is copied and cut up. False: the library refuses. */
static bool cut_request_line(char *block, struct slice *ret_target) {
    char *first = strchr(block, ' '), *last = strrchr(block, ' ');
    if (first == NULL || last == first)
        return false;
    *first = *last = '\0';
    *ret_target = (struct slice){strdup(first + 1), strlen(first + 1)};
    require(ret_target->ptr != NULL);
    for (char *at = first + 1; *at != '\0'; at++)
        if (*at == '?' || *at == '&' || *at == '=')
            *at = '\0';
    return true;
}

/* Every further line: its first colon. False: there is none, and the library refuses. */
static bool cut_fields(char *block, const char *sent, size_t size, uint32_t *ret_count) {
    size_t at = 0;
    *ret_count = 0;
    while (at < size && sent[at] != '\n')
        at++;
    for (at++; at < size && sent[at] != '\r' && sent[at] != '\n';) {
        size_t end = at;
        while (end < size && sent[end] != '\n')
            end++;
        char *colon = strchr(block + at, ':');
        if (colon == NULL || colon > block + end)
            return block[at] == '\0';
        *colon = '\0';
        *ret_count += 1;
        at = end + 1;
    }
    return true;
}

static struct slice take_line(struct slice *rest) {
    size_t len = 0;
    while (len + 1 < rest->len && !(rest->ptr[len] == '\r' && rest->ptr[len + 1] == '\n'))
        len++;
    require(len + 1 < rest->len);
    struct slice line = {rest->ptr, len};
    *rest = (struct slice){rest->ptr + len + 2, rest->len - len - 2};
    return line;
}

static bool names(struct slice line, const char *name) {
    struct slice wanted = slice_of(name);
    return line.len >= wanted.len && slice_eq_nocase((struct slice){line.ptr, wanted.len}, wanted);
}

static void require_strict(struct slice sent, const struct guard_found *found) {
    for (size_t i = 0; i < sent.len; i++) {
        unsigned char c = (unsigned char)sent.ptr[i];
        require(c >= 0x20 || c == '\t' || c == '\r' || c == '\n');
        require(c != '\n' || (i > 0 && sent.ptr[i - 1] == '\r'));
        require(c != '\r' || (i + 1 < sent.len && sent.ptr[i + 1] == '\n'));
    }
    struct slice line = take_line(&sent);
    size_t spaces = 0;
    for (size_t i = 0; i < line.len; i++)
        spaces += line.ptr[i] == ' ';
    require(spaces == 2 && memcmp(line.ptr + line.len - 9, " HTTP/1.", 8) == 0);
    uint32_t count = 0, hosts = 0, lengths = 0, codings = 0;
    for (line = take_line(&sent); line.len > 0; line = take_line(&sent)) {
        const char *colon = memchr(line.ptr, ':', line.len);
        require(colon != NULL && colon > line.ptr && colon[-1] != ' ' && colon[-1] != '\t');
        require(line.ptr[0] != ' ' && line.ptr[0] != '\t');
        count++;
        hosts += names(line, "host:");
        lengths += names(line, "content-length:");
        codings += names(line, "transfer-encoding:");
    }
    require(sent.len == 0 && count == found->field_count && hosts == 1 && lengths + codings <= 1);
    require((lengths == 1) == found->has_length && (codings == 1) == found->is_chunked);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct slice target = {0};
    struct guard_head head = {0};
    char *sent = calloc(1, size + 1), *block = calloc(1, size + 1);
    require(sent != NULL && block != NULL);
    if (size > 0) {
        memcpy(sent, data, size);
        memcpy(block, data, size);
    }
    size_t len = cut_lines(block, size);
    /* NUL LF and LF NUL look like CR LF afterwards, and NUL CR LF LF like the end of a head; see docs/http.md. */
    bool is_visible = memmem(sent, len, "\0\n", 2) == NULL && memmem(sent, len, "\n\0", 2) == NULL &&
                      memmem(sent, len, "\0\r\n\n", 4) == NULL;
    if (len > 0 && is_visible && cut_request_line(block, &target) && cut_fields(block, sent, len, &head.field_count)) {
        struct guard_found found;
        head.block = (struct slice){block, len};
        head.target = target;
        const struct guard_refusal *refusal = guard_check(&head, &found);
        if (refusal == NULL)
            require_strict((struct slice){sent, len}, &found);
        else
            require(refusal->status >= 400 && refusal->code[0] != '\0' && refusal->detail[0] != '\0');
    }
    free(sent);
    free(block);
    free((void *)(uintptr_t)target.ptr);
    return 0;
}
