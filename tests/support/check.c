/* SPDX-License-Identifier: Apache-2.0
 *
 * The checks. What failed goes to the standard error stream at once, because the TAP stream keeps one line per test. */
#include "support/check.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static const char *current_row;
static unsigned row_failure_count;

bool check_row(const char *row, const char *file, int line) {
    current_row = row;
    if (row != NULL)
        return true;
    unsigned failures = row_failure_count;
    row_failure_count = 0;
    if (failures > 0) {
        fprintf(stderr, "%s:%d: %u checks of the table failed\n", file, line, failures);
        _fail(file, line);
    }
    return false;
}

__attribute__((format(printf, 3, 4))) static void failed(const char *file, int line, const char *format, ...) {
    fprintf(stderr, "%s:%d: ", file, line);
    if (current_row != NULL)
        fprintf(stderr, "row \"%s\": ", current_row);
    va_list args;
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    if (current_row == NULL)
        _fail(file, line);
    row_failure_count++;
}

bool check_true(bool condition, const char *text, const char *file, int line) {
    if (!condition)
        failed(file, line, "%s does not hold", text);
    return condition;
}

bool check_int(int64_t got, int64_t want, const char *text, const char *file, int line) {
    if (got != want)
        failed(file, line, "%s is %" PRId64 ", want %" PRId64, text, got, want);
    return got == want;
}

bool check_uint(uint64_t got, uint64_t want, const char *text, const char *file, int line) {
    if (got != want)
        failed(file, line, "%s is %" PRIu64 ", want %" PRIu64, text, got, want);
    return got == want;
}

static const char *wide_text(__int128 value, char out[48]) {
    unsigned __int128 magnitude = value < 0 ? -(unsigned __int128)value : (unsigned __int128)value;
    char *at = out + 47;
    *at = '\0';
    do {
        *--at = (char)('0' + (int)(magnitude % 10));
        magnitude /= 10;
    } while (magnitude != 0);
    if (value < 0)
        *--at = '-';
    return at;
}

bool check_wide(__int128 got, __int128 want, const char *text, const char *file, int line) {
    char got_text[48], want_text[48];
    if (got != want)
        failed(file, line, "%s is %s, want %s", text, wide_text(got, got_text), wide_text(want, want_text));
    return got == want;
}

bool check_status(enum status got, enum status want, const char *text, const char *file, int line) {
    if (got != want)
        failed(file, line, "%s is \"%s\", want \"%s\"", text, status_text(got), status_text(want));
    return got == want;
}

bool check_slice(struct slice got, struct slice want, const char *text, const char *file, int line) {
    bool is_equal = slice_eq(got, want);
    if (!is_equal)
        failed(file, line, "%s is\n  \"" SLICE_FMT "\", want\n  \"" SLICE_FMT "\"", text, SLICE_ARG(got),
               SLICE_ARG(want));
    return is_equal;
}

static FILE *open_source(const char *path, const char *mode) {
    char full[4096];
    snprintf(full, sizeof full, "%s/%s", CHECK_SOURCE_ROOT, path);
    return fopen(full, mode);
}

static struct slice read_stream(FILE *stream) {
    size_t len = 0, cap = 65536;
    char *bytes = malloc(cap);
    while (bytes != NULL) {
        len += fread(bytes + len, 1, cap - len - 1, stream);
        if (len < cap - 1)
            break;
        bytes = realloc(bytes, cap *= 2);
    }
    if (bytes == NULL)
        abort();
    bytes[len] = '\0';
    return (struct slice){bytes, len};
}

struct slice check_read(const char *path) {
    FILE *stream = open_source(path, "rb");
    if (stream == NULL) {
        failed(__FILE__, __LINE__, "cannot read %s", path);
        return (struct slice){calloc(1, 1), 0};
    }
    struct slice bytes = read_stream(stream);
    fclose(stream);
    return bytes;
}

bool check_golden(struct slice got, const char *name, const char *file, int line) {
    char path[1024];
    snprintf(path, sizeof path, "tests/golden/%s", name);
    const char *update = getenv("UPDATE_GOLDEN");
    if (update != NULL && strcmp(update, "1") == 0) {
        FILE *stream = open_source(path, "wb");
        if (stream == NULL || fwrite(got.ptr, 1, got.len, stream) != got.len)
            failed(file, line, "cannot write %s", path);
        return stream != NULL && fclose(stream) == 0;
    }
    FILE *stream = open_source(path, "rb");
    if (stream == NULL) {
        failed(file, line, "cannot read %s (UPDATE_GOLDEN=1 writes it)", path);
        return false;
    }
    struct slice want = read_stream(stream);
    fclose(stream);
    bool is_equal = check_slice(got, want, path, file, line);
    free((void *)(uintptr_t)want.ptr);
    return is_equal;
}

int check_exit(int failed_count) {
    /* A TAP reader takes the verdict from the lines; a failing exit code would read as a crash. */
    const char *output = getenv("CMOCKA_MESSAGE_OUTPUT");
    bool is_tap = output != NULL && strcmp(output, "TAP") == 0;
    return is_tap ? 0 : failed_count != 0;
}

uint64_t check_random(uint64_t *seed) {
    uint64_t z = (*seed += UINT64_C(0x9E3779B97F4A7C15));
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}
