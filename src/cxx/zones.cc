/* SPDX-License-Identifier: Apache-2.0
 *
 * The zone rules of the system through cctz. Nothing here throws: the program is built without exceptions. */
#include "cxx/zones.h"

#include <cctz/civil_time.h>
#include <cctz/time_zone.h>
#include <chrono>
#include <new>
#include <string>

struct cxx_zone {
    cctz::time_zone rules;
};

namespace {

using instant = cctz::time_point<cctz::seconds>;

instant instant_of(int64_t seconds) noexcept {
    return instant(cctz::seconds(seconds));
}

} // namespace

extern "C" const struct cxx_zone *cxx_zone_load(const char *name) {
    cctz::time_zone rules;
    if (!cctz::load_time_zone(std::string(name), &rules))
        return nullptr;
    return new (std::nothrow) cxx_zone{rules};
}

extern "C" int32_t cxx_zone_offset(const struct cxx_zone *zone, int64_t at_seconds) {
    return zone->rules.lookup(instant_of(at_seconds)).offset;
}

extern "C" bool cxx_zone_next_change(const struct cxx_zone *zone, int64_t after_seconds, int64_t *ret_seconds) {
    cctz::time_zone::civil_transition change;
    if (!zone->rules.next_transition(instant_of(after_seconds), &change))
        return false;
    const cctz::time_zone::civil_lookup found = zone->rules.lookup(change.to);
    const instant at = found.kind == cctz::time_zone::civil_lookup::UNIQUE ? found.pre : found.trans;
    *ret_seconds = at.time_since_epoch().count();
    return *ret_seconds > after_seconds;
}

extern "C" int64_t cxx_zone_seconds(const struct cxx_zone *zone, struct cxx_civil civil) {
    const cctz::civil_second wall(civil.year, civil.month, civil.day, civil.hour, civil.minute, civil.second);
    const cctz::time_zone::civil_lookup found = zone->rules.lookup(wall);
    const instant at = found.kind == cctz::time_zone::civil_lookup::SKIPPED ? found.trans : found.pre;
    return at.time_since_epoch().count();
}
