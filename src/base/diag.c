/* SPDX-License-Identifier: Apache-2.0
 *
 * Collecting, sorting and printing messages. Source lines come from strangers: controls are never printed. */
#include "base/diag.h"

#include <stdlib.h>

#include "base/json_writer.h"

enum { LIST_CAP_FIRST = 16, EXCERPT_BEFORE = 80, EXCERPT_LEN = 160, NUMBER_WIDTH = 5 };

static bool list_grow(struct diags *diags) {
    uint32_t cap = diags->cap == 0 ? LIST_CAP_FIRST : diags->cap * 2;
    if (cap < diags->cap)
        return false;
    struct diag *list = reallocarray(diags->list, cap, sizeof *list);
    if (list == NULL)
        return false;
    diags->list = list;
    diags->cap = cap;
    return true;
}

void diags_add(struct diags *diags, enum severity severity, struct place place, const char *hint, const char *format,
               ...) {
    diags->error_count += severity == SEVERITY_ERROR;
    va_list args;
    va_start(args, format);
    struct slice text = arena_vprintf(&diags->arena, format, args);
    va_end(args);
    struct slice hint_text = arena_copy(&diags->arena, hint == NULL ? SLICE("") : slice_of(hint));
    if (text.ptr == NULL || hint_text.ptr == NULL || (diags->count == diags->cap && !list_grow(diags)))
        return;
    diags->list[diags->count++] = (struct diag){.severity = severity, .place = place, .text = text, .hint = hint_text};
}

void diags_free(struct diags *diags) {
    free(diags->list);
    arena_free(&diags->arena);
    *diags = (struct diags){0};
}

static int compare_u32(uint32_t a, uint32_t b) {
    return (a > b) - (a < b);
}

static int diag_compare(const struct diag *a, const struct diag *b) {
    struct slice path_a = a->place.file ? a->place.file->path : SLICE("");
    struct slice path_b = b->place.file ? b->place.file->path : SLICE("");
    int order = slice_cmp(path_a, path_b);
    order = order != 0 ? order : compare_u32(a->place.line, b->place.line);
    order = order != 0 ? order : compare_u32(a->place.column, b->place.column);
    order = order != 0 ? order : compare_u32(a->severity, b->severity);
    return order != 0 ? order : slice_cmp(a->text, b->text);
}

/* A message (the lead) and the notes behind it move together. */
struct sort_entry {
    struct diag diag, lead;
    uint32_t lead_index, index; /* order of arrival */
};

static int entry_compare(const void *left, const void *right) {
    const struct sort_entry *a = left, *b = right;
    int order = diag_compare(&a->lead, &b->lead);
    order = order != 0 ? order : compare_u32(a->lead_index, b->lead_index);
    return order != 0 ? order : compare_u32(a->index, b->index);
}

void diags_sort(struct diags *diags) {
    struct sort_entry *entries = calloc(diags->count, sizeof *entries);
    if (entries == NULL)
        return; /* unsorted is still complete */
    for (uint32_t i = 0; i < diags->count; i++) {
        bool follows = i > 0 && diags->list[i].severity == SEVERITY_NOTE;
        entries[i] = (struct sort_entry){diags->list[i], diags->list[i], i, i};
        if (follows) {
            entries[i].lead = entries[i - 1].lead;
            entries[i].lead_index = entries[i - 1].lead_index;
        }
    }
    qsort(entries, diags->count, sizeof *entries, entry_compare);
    const struct sort_entry *kept = NULL;
    uint32_t count = 0;
    for (uint32_t i = 0; i < diags->count; i++) {
        const struct sort_entry *entry = &entries[i];
        bool repeats = kept != NULL && kept->lead_index != entry->lead_index &&
                       diag_compare(&kept->lead, &entry->lead) == 0 && slice_eq(kept->lead.hint, entry->lead.hint);
        if (repeats) {
            diags->error_count -= entry->diag.severity == SEVERITY_ERROR;
            continue;
        }
        kept = entry;
        diags->list[count++] = entry->diag;
    }
    diags->count = count;
    free(entries);
}

static struct slice source_line(struct slice text, uint32_t number) {
    struct slice line = text, rest = text;
    for (uint32_t i = 0; i < number; i++)
        if (!slice_cut(rest, '\n', &line, &rest))
            rest = (struct slice){text.ptr + text.len, 0};
    if (line.len > 0 && line.ptr[line.len - 1] == '\r')
        line.len--;
    return line;
}

/* Columns of a terminal that a byte of UTF-8 takes: 2 for the lead of a wide character (CJK, Hangul, emoji), 0 for a
 * continuation. */
static size_t byte_width(struct slice text, size_t at) {
    unsigned char c = (unsigned char)text.ptr[at];
    if (c >= 0x80 && c < 0xC0)
        return 0;
    bool is_fullwidth = c == 0xEF && at + 1 < text.len && (unsigned char)text.ptr[at + 1] >= 0xBC;
    return is_fullwidth || (c >= 0xE3 && c <= 0xED) || c >= 0xF0 ? 2 : 1;
}

static size_t text_width(struct slice text) {
    size_t width = 0;
    for (size_t i = 0; i < text.len; i++)
        width += byte_width(text, i);
    return width;
}

struct style {
    const char *place, *severity, *text, *help, *off;
};

static const struct style PLAIN = {"", "", "", "", ""};
static const struct style COLORED[] = {
    [SEVERITY_ERROR] = {"\033[1m", "\033[1;31m", "\033[1m", "\033[1;32m", "\033[0m"},
    [SEVERITY_WARNING] = {"\033[1m", "\033[1;33m", "\033[1m", "\033[1;32m", "\033[0m"},
    [SEVERITY_NOTE] = {"\033[1m", "\033[1;36m", "\033[1m", "\033[1;32m", "\033[0m"},
};

static void print_visible(struct buf *out, struct slice text) {
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        buf_char(out, c < 0x20 || c == 0x7F ? ' ' : text.ptr[i]);
    }
}

static bool is_inside_character(struct slice text, size_t at) {
    return at < text.len && ((unsigned char)text.ptr[at] & 0xC0) == 0x80;
}

/* The source line, or a window of a very long one, and the underline below the column. */
static void print_excerpt(struct buf *out, struct place place, struct style style) {
    struct slice line = source_line(place.file->text, place.line);
    size_t column = place.column > 0 ? place.column - 1 : 0;
    column = column < line.len ? column : line.len;
    size_t from = line.len > EXCERPT_LEN && column > EXCERPT_BEFORE ? column - EXCERPT_BEFORE : 0;
    while (from < column && is_inside_character(line, from))
        from++;
    size_t to = line.len - from > EXCERPT_LEN ? from + EXCERPT_LEN : line.len;
    while (is_inside_character(line, to))
        to++;
    size_t mark_end = column + (place.length > 0 ? place.length : 1);
    mark_end = mark_end < to ? mark_end : to;
    buf_printf(out, "%*u | %s", NUMBER_WIDTH, place.line, from > 0 ? "..." : "");
    print_visible(out, (struct slice){line.ptr + from, to - from});
    buf_printf(out, "%s\n%*s | ", to < line.len ? "..." : "", NUMBER_WIDTH, "");
    buf_repeat(out, ' ', text_width((struct slice){line.ptr + from, column - from}) + (from > 0 ? 3 : 0));
    size_t marks = mark_end > column ? text_width((struct slice){line.ptr + column, mark_end - column}) : 1;
    buf_text(out, style.severity);
    buf_repeat(out, '^', marks > 0 ? marks : 1);
    buf_printf(out, "%s\n", style.off);
}

static void print_one(struct buf *out, const struct diag *diag, struct style style) {
    static const char *const words[] = {"error", "warning", "note"};
    struct place place = diag->place;
    if (place.file != NULL) {
        buf_text(out, style.place);
        print_visible(out, place.file->path);
        if (place.line > 0)
            buf_printf(out, ":%u:%u", place.line, place.column);
        buf_printf(out, ":%s ", style.off);
    }
    buf_printf(out, "%s%s:%s %s", style.severity, words[diag->severity], style.off, style.text);
    print_visible(out, diag->text);
    buf_printf(out, "%s\n", style.off);
    if (place.file != NULL && place.line > 0 && place.file->text.len > 0 &&
        json_is_utf8(source_line(place.file->text, place.line))) /* a terminal shows nothing else */
        print_excerpt(out, place, style);
    if (diag->hint.len > 0) {
        buf_printf(out, "%*s = %shelp:%s ", NUMBER_WIDTH, "", style.help, style.off);
        print_visible(out, diag->hint);
        buf_char(out, '\n');
    }
}

void diags_print(const struct diags *diags, bool color, struct buf *out) {
    for (uint32_t i = 0; i < diags->count; i++)
        print_one(out, &diags->list[i], color ? COLORED[diags->list[i].severity] : PLAIN);
}
