/* SPDX-License-Identifier: Apache-2.0
 *
 * Units as FOCUS writes them: capitalised nouns in the plural, sizes of data by their symbols, how many of them before
 * it. */
#include "focus/focus_private.h"

static const char *const sizes[] = {"b",  "B",  "Kb",  "KB",  "Mb",  "MB",  "Gb",  "GB",  "Tb",  "TB",  "Pb",  "PB",
                                    "Eb", "EB", "Kib", "KiB", "Mib", "MiB", "Gib", "GiB", "Tib", "TiB", "Pib", "PiB"};

static struct slice size_find(struct slice word) {
    if (slice_eq_nocase(word, SLICE("byte")) || slice_eq_nocase(word, SLICE("bytes")))
        return SLICE("B");
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        if (slice_is(word, sizes[i]))
            return slice_of(sizes[i]);
    return (struct slice){0};
}

static char upper(char c) {
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

static bool is_vowel(char c) {
    return memchr("aeiou", c, 5) != NULL;
}

/* English as far as units go: "frame" to "Frames", "query" to "Queries". What is all capitals has no plural. */
static struct slice noun(struct arena *arena, struct slice word, bool plural) {
    struct slice size = size_find(word);
    bool is_symbol = true;
    if (size.ptr != NULL)
        return size;
    if (word.len == 0)
        return word;
    for (size_t i = 0; i < word.len; i++)
        is_symbol = is_symbol && !(word.ptr[i] >= 'a' && word.ptr[i] <= 'z');
    char last = word.ptr[word.len - 1], before = word.len > 1 ? word.ptr[word.len - 2] : 'a';
    if (!plural || is_symbol || last == 's')
        return arena_printf(arena, "%c%.*s", upper(word.ptr[0]), (int)word.len - 1, word.ptr + 1);
    if (last == 'y' && !is_vowel(before))
        return arena_printf(arena, "%c%.*s%s", upper(word.ptr[0]), (int)word.len - 2, word.ptr + 1, "ies");
    return arena_printf(arena, "%c%.*ss", upper(word.ptr[0]), (int)word.len - 1, word.ptr + 1);
}

/* Words become a compound: "video frame" is "Video-Frames". */
static struct slice compound(struct arena *arena, struct slice words, bool plural) {
    struct slice head, tail, text = SLICE("");
    while (slice_cut(words, ' ', &head, &tail)) {
        struct slice one = noun(arena, head, false);
        text = arena_printf(arena, "%.*s%.*s-", SLICE_ARG(text), SLICE_ARG(one));
        words = tail;
    }
    struct slice last = noun(arena, words, plural);
    return arena_printf(arena, "%.*s%.*s", SLICE_ARG(text), SLICE_ARG(last));
}

struct slice focus_unit(struct arena *arena, struct slice unit, struct decimal per) {
    struct slice head, tail, over = {0}, text;
    uint64_t count = 1;
    wide times = per.pico / DECIMAL_ONE_PICO;
    unit = slice_trim(unit);
    if (slice_cut(unit, ' ', &head, &tail) && slice_number(head, 1000000000, &count) && count > 0)
        unit = slice_trim(tail);
    else
        count = 1;
    if (per.pico % DECIMAL_ONE_PICO == 0 && times > 0 && times <= 1000000000)
        count *= (uint64_t)times;
    bool is_ratio = slice_cut(unit, '/', &head, &over);
    text = compound(arena, is_ratio ? head : unit, true);
    if (is_ratio)
        text = arena_printf(arena, "%.*s/%.*s", SLICE_ARG(text), SLICE_ARG(compound(arena, over, false)));
    return count == 1 ? text : arena_printf(arena, "%llu %.*s", (unsigned long long)count, SLICE_ARG(text));
}
