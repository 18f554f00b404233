/* SPDX-License-Identifier: Apache-2.0
 *
 * Words, amounts and days in the languages of documents. */
#include "document/words.h"

const char *word_text(enum word word, enum language language) {
    static const char *const texts[WORD_COUNT][2] = {
#define WORD_TEXTS(name, en, zh) {en, zh},
        WORD_TABLE(WORD_TEXTS)
#undef WORD_TEXTS
    };
    return texts[word][language];
}

const char *word_funding(const char *funding, enum language language) {
    static const struct {
        const char *name;
        enum word word;
    } rows[] = {{"free", WORD_FREE},       {"qps", WORD_QPS},      {"single", WORD_SINGLE},
                {"general", WORD_GENERAL}, {"payg", WORD_PAYG},    {"concurrency", WORD_CONCURRENCY},
                {"order", WORD_ORDER},     {"refund", WORD_REFUND}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (strcmp(rows[i].name, funding) == 0)
            return word_text(rows[i].word, language);
    }
    return funding;
}

struct slice word_unit(struct slice unit, enum language language) {
    static const char *const rows[][2] = {{"call", "次"},   {"second", "秒"}, {"minute", "分钟"}, {"hour", "小时"},
                                          {"image", "张"},  {"frame", "帧"},  {"byte", "字节"},   {"point", "点"},
                                          {"stream", "路"}, {"month", "月"},  {"day", "天"},      {"year", "年"}};
    for (size_t i = 0; language == LANGUAGE_ZH && i < sizeof rows / sizeof *rows; i++) {
        if (slice_is(unit, rows[i][0]))
            return slice_of(rows[i][1]);
    }
    return unit;
}

enum word word_kind(enum bill_kind kind) {
    static const enum word words[BILL_KIND_COUNT] = {
        [BILL_ORDERS] = WORD_ORDERS, [BILL_USAGE] = WORD_USAGE, [BILL_SETTLEMENT] = WORD_SETTLEMENT};
    return words[kind];
}

struct slice text_amount(struct arena *arena, struct decimal value, int scale) {
    char plain[DECIMAL_TEXT_MAX], marked[2 * DECIMAL_TEXT_MAX];
    size_t len = decimal_format(value, plain), out = 0;
    const char *point = memchr(plain, '.', len);
    size_t whole = point ? (size_t)(point - plain) : len, first = plain[0] == '-' ? 1 : 0;
    for (size_t i = 0; i < whole; i++) {
        if (i > first && (whole - i) % 3 == 0)
            marked[out++] = ',';
        marked[out++] = plain[i];
    }
    int digits = (int)(point ? len - whole - 1 : 0);
    if (digits > 0 || scale > 0)
        marked[out++] = '.';
    memcpy(marked + out, plain + len - digits, (size_t)digits);
    out += (size_t)digits;
    for (; digits < scale; digits++)
        marked[out++] = '0';
    return arena_copy(arena, (struct slice){marked, out});
}

struct slice text_day(struct arena *arena, int64_t at_ns, const struct zone *zone, enum language language) {
    static const char *const months[] = {"January", "February", "March",     "April",   "May",      "June",
                                         "July",    "August",   "September", "October", "November", "December"};
    if (at_ns == INSTANT_MIN || at_ns == INSTANT_MAX)
        return SLICE("–");
    struct civil civil = zone_civil(zone, at_ns);
    struct slice day = language == LANGUAGE_ZH
                           ? arena_printf(arena, "%d年%d月%d日", civil.year, civil.month, civil.day)
                           : arena_printf(arena, "%d %s %d", civil.day, months[civil.month - 1], civil.year);
    bool is_midnight = civil.hour == 0 && civil.minute == 0 && civil.second == 0;
    if (is_midnight || day.ptr == NULL)
        return day;
    return arena_printf(arena, SLICE_FMT " %02d:%02d:%02d", SLICE_ARG(day), civil.hour, civil.minute, civil.second);
}
