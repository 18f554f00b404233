/* SPDX-License-Identifier: Apache-2.0
 *
 * Cycles tile the time line: cycle n is [boundary(n), boundary(n + 1)), and boundaries only grow, whatever the clocks
 * of a zone do around midnight. */
#include "calendar/calendar.h"

#include "calendar/civil.h"

static const char *const KIND_NAMES[] = {"hour", "day", "month", "dynamic-month"};

bool cycle_kind_parse(struct slice name, enum cycle_kind *ret) {
    for (int kind = CYCLE_HOUR; kind <= CYCLE_DYNAMIC_MONTH; kind++)
        if (slice_is(name, KIND_NAMES[kind])) {
            *ret = (enum cycle_kind)kind;
            return true;
        }
    return false;
}

const char *cycle_kind_name(enum cycle_kind kind) {
    return KIND_NAMES[kind];
}

static bool same_minutes(const struct zone *zone, int64_t a_seconds, int64_t b_seconds) {
    return (zone_offset(zone, a_seconds) - zone_offset(zone, b_seconds)) % SECONDS_PER_HOUR == 0;
}

/* The first second in (low, high] whose clock shows other minutes than at low; high is such a second. */
static int64_t minutes_change(const struct zone *zone, int64_t low, int64_t high) {
    int64_t before = low;
    while (high - low > 1) {
        int64_t middle = low + (high - low) / 2;
        if (same_minutes(zone, before, middle))
            low = middle;
        else
            high = middle;
    }
    return high;
}

/* An hour cycle starts at every full hour of the clock, and where the clock is moved by a part of an hour. */
static enum status hour_cycle(const struct zone *zone, int64_t at_ns, struct period *ret) {
    int64_t at = floor_div(at_ns, NS_PER_SECOND);
    int64_t start = at - floor_mod(at + zone_offset(zone, at), SECONDS_PER_HOUR), end = start + SECONDS_PER_HOUR;
    if (!same_minutes(zone, start, at))
        start = minutes_change(zone, start, at);
    if (!same_minutes(zone, at, end - 1))
        end = minutes_change(zone, at, end - 1);
    struct period period;
    TRY(instant_of_seconds(start, 0, &period.start_ns));
    TRY(instant_of_seconds(end, 0, &period.end_ns));
    *ret = period;
    return STATUS_OK;
}

/* Days are numbered by civil_days, months by year * 12 + month - 1. */
struct grid {
    enum cycle_kind kind;
    const struct zone *zone;
    int64_t anchor_ns, first; /* dynamic month: the purchase, and the number of its month */
    int day;                  /* dynamic month: the day of the purchase */
};

static int64_t dynamic_days(int64_t month_number, int day) {
    int64_t first = civil_month_days(month_number), next = civil_month_days(month_number + 1);
    return first + day < next ? first + day : next; /* the day after; past the end of the month, the next 1st */
}

static enum status boundary(const struct grid *grid, int64_t number, int64_t *ret_ns) {
    int64_t days = number;
    if (grid->kind == CYCLE_DYNAMIC_MONTH && number <= grid->first) {
        *ret_ns = grid->anchor_ns;
        return STATUS_OK;
    }
    if (grid->kind == CYCLE_DYNAMIC_MONTH)
        days = dynamic_days(number, grid->day);
    else if (grid->kind == CYCLE_MONTH)
        days = civil_month_days(number);
    return instant_of_seconds(zone_seconds(grid->zone, days, 0), 0, ret_ns);
}

static int64_t month_number(struct cxx_civil wall) {
    return wall.year * 12 + wall.month - 1;
}

static struct cxx_civil wall_at(const struct zone *zone, int64_t at_ns) {
    int32_t offset;
    return zone_wall(zone, floor_div(at_ns, NS_PER_SECOND), &offset);
}

static enum status grid_cycle(const struct grid *grid, int64_t at_ns, struct period *ret) {
    struct cxx_civil wall = wall_at(grid->zone, at_ns);
    int64_t number = grid->kind == CYCLE_DAY ? civil_days(wall.year, wall.month, wall.day) : month_number(wall);
    struct period period;
    TRY(boundary(grid, number, &period.start_ns));
    while (at_ns < period.start_ns)
        TRY(boundary(grid, --number, &period.start_ns));
    TRY(boundary(grid, number + 1, &period.end_ns));
    while (at_ns >= period.end_ns) { /* the clock went back over midnight: the date is yesterday's again */
        period.start_ns = period.end_ns;
        TRY(boundary(grid, ++number + 1, &period.end_ns));
    }
    *ret = period;
    return STATUS_OK;
}

enum status cycle_of(enum cycle_kind kind, const struct zone *zone, int64_t anchor_ns, int64_t at_ns,
                     struct period *ret) {
    if (kind == CYCLE_HOUR)
        return hour_cycle(zone, at_ns, ret);
    struct grid grid = {.kind = kind, .zone = zone, .anchor_ns = anchor_ns};
    if (kind == CYCLE_DYNAMIC_MONTH) {
        if (at_ns < anchor_ns)
            return STATUS_RANGE;
        struct cxx_civil purchase = wall_at(zone, anchor_ns);
        grid.first = month_number(purchase);
        grid.day = purchase.day;
    }
    return grid_cycle(&grid, at_ns, ret);
}

struct ratio period_share(struct period whole, struct period part) {
    int64_t start = part.start_ns > whole.start_ns ? part.start_ns : whole.start_ns;
    int64_t end = part.end_ns < whole.end_ns ? part.end_ns : whole.end_ns;
    if (start >= end)
        return ratio_from_int(0);
    /* Both are positive and below 2^64. */
    uwide share = (uwide)((wide)end - start), length = (uwide)((wide)whole.end_ns - whole.start_ns);
    uwide common = wide_gcd(share, length);
    return (struct ratio){(wide)(share / common), (wide)(length / common)};
}
