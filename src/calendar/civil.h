/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to calendar: day arithmetic of the proleptic Gregorian calendar, and zones in whole seconds. Wherever a zone
 * is taken, NULL is UTC. Days are counted from 1970-01-01, months from January of year 0. */
#ifndef TG_CALENDAR_CIVIL_H
#define TG_CALENDAR_CIVIL_H

#include <stdint.h>

#include "calendar/calendar.h"
#include "cxx/zones.h"

#define SECONDS_PER_DAY INT64_C(86400)
#define SECONDS_PER_HOUR INT64_C(3600)

/* divisor > 0 */
static inline int64_t floor_div(int64_t value, int64_t divisor) {
    return value / divisor - (value % divisor < 0);
}

static inline int64_t floor_mod(int64_t value, int64_t divisor) {
    int64_t rest = value % divisor;
    return rest < 0 ? rest + divisor : rest;
}

/* Years begin in March, so that the leap day is the last: a month's first day in it is (153 * month + 2) / 5. */
static inline int64_t civil_days(int64_t year, int64_t month, int64_t day) {
    year -= month <= 2;
    int64_t leap_days = floor_div(year, 4) - floor_div(year, 100) + floor_div(year, 400);
    int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    return year * 365 + leap_days + day_of_year - 719468;
}

struct date {
    int64_t year;
    int month, day;
};
static inline struct date civil_date(int64_t days) {
    int64_t shifted = days + 719468, era = floor_div(shifted, 146097), day_of_era = shifted - era * 146097;
    int64_t year = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year + year / 4 - year / 100);
    int64_t month = (5 * day_of_year + 2) / 153; /* from March */
    int day = (int)(day_of_year - (153 * month + 2) / 5 + 1);
    return (struct date){year + era * 400 + (month >= 10), (int)(month < 10 ? month + 3 : month - 9), day};
}

static inline int civil_month_length(int64_t year, int month) {
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return lengths[month - 1] + (month == 2 && is_leap);
}

/* The first day of a month. */
static inline int64_t civil_month_days(int64_t month_number) {
    return civil_days(floor_div(month_number, 12), floor_mod(month_number, 12) + 1, 1);
}

/* Seconds and nanoseconds to an instant. Fails: STATUS_RANGE. */
MUST_CHECK enum status instant_of_seconds(int64_t seconds, int32_t nanosecond, int64_t *ret_ns);

/* Wall time and offset from UTC at an instant in seconds. */
struct cxx_civil zone_wall(const struct zone *zone, int64_t at_seconds, int32_t *ret_offset);
int32_t zone_offset(const struct zone *zone, int64_t at_seconds);
/* The instant at which the wall clock shows a time of a day (0 to 86399), by the rules of zone_instant. */
int64_t zone_seconds(const struct zone *zone, int64_t days, int64_t second_of_day);

#endif
