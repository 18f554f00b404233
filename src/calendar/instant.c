/* SPDX-License-Identifier: Apache-2.0
 *
 * RFC 3339 to nanoseconds and back. Reading is on the path of every event: the fixed part is read eight bytes at a
 * time, and only a refused text is walked again to find where it goes wrong. */
#include "calendar/calendar.h"

#include <endian.h>

#include "base/digits.h"
#include "calendar/civil.h"

enum { FIXED_LEN = 19, FRACTION_DIGITS = 9, YEAR_FIRST = 1700, YEAR_LAST = 2200 };

struct fields {
    uint32_t year, month, day, hour, minute, second, nanosecond;
    int32_t offset_seconds;
};

/* Two digits; `bad` becomes nonzero when they are not. */
static inline uint32_t digits2(const char *at, uint32_t *bad) {
    uint32_t tens = (uint32_t)((unsigned char)at[0] - '0'), ones = (uint32_t)((unsigned char)at[1] - '0');
    *bad |= (tens > 9) | (ones > 9);
    return tens * 10 + ones;
}

/* Eight bytes as a number whose lowest byte is the first. */
static inline uint64_t word_load(const char *at) {
    uint64_t word;
    memcpy(&word, at, sizeof word);
    return le64toh(word);
}

/* What a byte of a word may exceed its pattern by: 9 for a digit, nothing for a mark. As the addend that then sets the
 * top bit. */
#define D "\x76"
#define M "\x7f"

/* Eight bytes that fit a pattern, all at once: the pairs of digits, byte i holding 10 * digit i + digit i + 1. */
static inline uint64_t pairs_read(uint64_t word, const char *pattern, const char *addends, uint64_t *bad) {
    uint64_t digits = word ^ word_load(pattern);
    *bad |= (digits | (digits + word_load(addends))) & UINT64_C(0x8080808080808080);
    return digits * 10 + (digits >> 8);
}

static inline uint32_t byte_at(uint64_t word, int at) {
    return (uint32_t)(word >> (at * 8)) & 0xFF;
}

/* "2026-02-15T08:50:00", shape and ranges. */
static inline bool fixed_read(const char *at, struct fields *fields) {
    uint64_t bad = 0, small_t = UINT64_C(0x20) << 56;
    uint64_t start = pairs_read(word_load(at), "0000-00-", D D D D M D D M, &bad);
    uint64_t date = pairs_read(word_load(at + 3) | small_t, "0-00-00t", D M D D M D D M, &bad);
    uint64_t clock = pairs_read(word_load(at + 11), "00:00:00", D D M D D M D D, &bad);
    fields->year = byte_at(start, 0) * 100 + byte_at(start, 2);
    fields->month = byte_at(start, 5);
    fields->day = byte_at(date, 5);
    fields->hour = byte_at(clock, 0);
    fields->minute = byte_at(clock, 3);
    fields->second = byte_at(clock, 6);
    bad |= (fields->month - 1 > 11) | (fields->day - 1 > 30) | (fields->hour > 23) | (fields->minute > 59) |
           (fields->second > 60);
    if (bad != 0)
        return false;
    return fields->day <= 28 || fields->day <= (uint32_t)civil_month_length(fields->year, (int)fields->month);
}

#undef D
#undef M

/* ".5" to 500,000,000. Returns the bytes read, 0 when there is no fraction or it is malformed. */
static size_t fraction_read(struct slice text, uint32_t *ret_nanosecond) {
    uint32_t value = 0;
    size_t digits = 0;
    if (text.len == 0 || text.ptr[0] != '.')
        return 0;
    while (digits + 1 < text.len && (unsigned char)(text.ptr[digits + 1] - '0') <= 9) {
        if (digits == FRACTION_DIGITS)
            return 0;
        value = value * 10 + (uint32_t)(text.ptr[++digits] - '0');
    }
    for (size_t i = digits; i < FRACTION_DIGITS; i++)
        value *= 10;
    *ret_nanosecond = value;
    return digits == 0 ? 0 : digits + 1;
}

/* "Z" or "+08:00", to the end of the text. */
static bool offset_read(struct slice text, int32_t *ret_seconds) {
    uint32_t bad = 0;
    if (text.len == 1 && (text.ptr[0] | 0x20) == 'z')
        return true;
    if (text.len != 6 || (text.ptr[0] != '+' && text.ptr[0] != '-') || text.ptr[3] != ':')
        return false;
    uint32_t hours = digits2(text.ptr + 1, &bad), minutes = digits2(text.ptr + 4, &bad);
    if (bad != 0 || hours > 23 || minutes > 59)
        return false;
    int32_t seconds = (int32_t)(hours * 3600 + minutes * 60);
    *ret_seconds = text.ptr[0] == '-' ? -seconds : seconds;
    return true;
}

static bool fields_read(struct slice text, struct fields *fields) {
    if (text.len <= FIXED_LEN || !fixed_read(text.ptr, fields))
        return false;
    struct slice rest = {text.ptr + FIXED_LEN, text.len - FIXED_LEN};
    size_t fraction = fraction_read(rest, &fields->nanosecond);
    return offset_read((struct slice){rest.ptr + fraction, rest.len - fraction}, &fields->offset_seconds);
}

static uint32_t number_at(struct slice text, size_t at) {
    uint32_t ignored = 0;
    return digits2(text.ptr + at, &ignored);
}

/* The first byte where a text leaves a pattern: 0 digit, T, Z, + sign, others themselves. Its length when nowhere. */
static size_t pattern_end(struct slice text, const char *pattern) {
    size_t at = 0;
    for (; pattern[at] != '\0' && at < text.len; at++) {
        char c = text.ptr[at], want = pattern[at];
        bool fits = want == '0'   ? c >= '0' && c <= '9'
                    : want == 'T' ? (c | 0x20) == 't'
                    : want == '+' ? c == '+' || c == '-'
                                  : c == want;
        if (!fits)
            break;
    }
    return at;
}

static size_t offset_fault(struct slice text) {
    if (text.len > 0 && (text.ptr[0] | 0x20) == 'z')
        return 1;
    size_t end = pattern_end(text, "+00:00");
    if (end >= 3 && number_at(text, 1) > 23)
        return 1;
    return end == 6 && number_at(text, 4) > 59 ? 4 : end;
}

/* Where a refused text stops being an instant: the first byte of the wrong field, or the byte that is out of place. */
static size_t fault_offset(struct slice text) {
    size_t end = pattern_end(text, "0000-00-00T00:00:00");
    static const struct {
        size_t at;
        uint32_t first, last;
    } ranges[] = {{5, 1, 12}, {8, 1, 31}, {11, 0, 23}, {14, 0, 59}, {17, 0, 60}};
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges && ranges[i].at + 2 <= end; i++) {
        uint32_t value = number_at(text, ranges[i].at), last = ranges[i].last;
        if (i == 1)
            last = (uint32_t)civil_month_length(number_at(text, 0) * 100 + number_at(text, 2), (int)number_at(text, 5));
        if (value < ranges[i].first || value > last)
            return ranges[i].at;
    }
    if (end < FIXED_LEN)
        return end;
    if (end < text.len && text.ptr[end] == '.') {
        size_t digits = pattern_end((struct slice){text.ptr + end + 1, text.len - end - 1}, "000000000");
        end += 1 + digits;
        if (digits == 0)
            return end;
    }
    return end + offset_fault((struct slice){text.ptr + end, text.len - end});
}

/* Leap seconds are inserted at the end of a month of UTC. */
static bool is_month_start(int64_t seconds) {
    return seconds % SECONDS_PER_DAY == 0 && civil_date(seconds / SECONDS_PER_DAY).day == 1;
}

enum status instant_parse(struct slice text, int64_t *ret_ns, size_t *ret_offset) {
    struct fields fields = {0};
    bool is_read = fields_read(text, &fields);
    if (!is_read || fields.year < YEAR_FIRST || fields.year > YEAR_LAST) {
        if (ret_offset != NULL)
            *ret_offset = is_read ? 0 : fault_offset(text);
        return is_read ? STATUS_RANGE : STATUS_INVALID;
    }
    int64_t seconds = civil_days(fields.year, fields.month, fields.day) * SECONDS_PER_DAY + fields.hour * 3600 +
                      fields.minute * 60 + fields.second - fields.offset_seconds;
    if (fields.second == 60 && !is_month_start(seconds)) {
        if (ret_offset != NULL)
            *ret_offset = 17;
        return STATUS_INVALID;
    }
    *ret_ns = seconds * NS_PER_SECOND + fields.nanosecond;
    return STATUS_OK;
}

static char *fraction_write(char *at, int64_t nanosecond) {
    if (nanosecond == 0)
        return at;
    *at++ = '.';
    at = digits_fixed(at, (uint64_t)nanosecond, FRACTION_DIGITS);
    while (at[-1] == '0')
        at--;
    return at;
}

static char *offset_write(char *at, int64_t minutes) {
    *at++ = minutes < 0 ? '-' : '+';
    uint32_t size = (uint32_t)(minutes < 0 ? -minutes : minutes);
    at = digits_pair(at, size / 60);
    *at++ = ':';
    return digits_pair(at, size % 60);
}

size_t instant_format(int64_t at_ns, const struct zone *zone, char *out) {
    int64_t seconds = floor_div(at_ns, NS_PER_SECOND);
    /* Offsets of local mean time have seconds, RFC 3339 has none: the minute below keeps the instant exact. */
    int64_t offset_minutes = floor_div(zone_offset(zone, seconds), 60);
    int64_t wall = seconds + offset_minutes * 60, days = floor_div(wall, SECONDS_PER_DAY);
    uint32_t second = (uint32_t)(wall - days * SECONDS_PER_DAY);
    struct date date = civil_date(days);
    memcpy(out, "0000-00-00T00:00:00", FIXED_LEN);
    digits_pair(digits_pair(out, (uint64_t)date.year / 100), (uint64_t)date.year);
    digits_pair(out + 5, (uint64_t)date.month);
    digits_pair(out + 8, (uint64_t)date.day);
    digits_pair(out + 11, second / 3600);
    digits_pair(out + 14, second / 60 % 60);
    digits_pair(out + 17, second % 60);
    char *at = fraction_write(out + FIXED_LEN, floor_mod(at_ns, NS_PER_SECOND));
    if (zone == NULL)
        *at++ = 'Z';
    else
        at = offset_write(at, offset_minutes);
    *at = '\0';
    return (size_t)(at - out);
}
