/* SPDX-License-Identifier: Apache-2.0
 *
 * Names of what is told. */
#include "hook/types.h"

static const char *const names[HOOK_TYPE_COUNT] = {
#define TYPE_NAME(name, text) [ALERT_##name] = "tollgate.alert." text,
    ALERT_TABLE(TYPE_NAME)
#undef TYPE_NAME
        [HOOK_TARIFF_ACTIVATED] = "tollgate.tariff.activated",
    [HOOK_TEST] = "tollgate.webhook.test",
};

struct slice hook_type_name(uint32_t type) {
    return slice_of(names[type]);
}

/* A test is sent to whoever asks for it. */
static bool is_wanted(uint32_t type) {
    return type != HOOK_TEST;
}

bool hook_type_read(struct slice name, uint32_t *ret_type) {
    for (uint32_t type = 0; type < HOOK_TYPE_COUNT; type++) {
        if (is_wanted(type) && slice_is(name, names[type])) {
            *ret_type = type;
            return true;
        }
    }
    return false;
}

uint32_t hook_type_names(struct slice ret_names[HOOK_TYPE_COUNT]) {
    uint32_t count = 0;
    for (uint32_t type = 0; type < HOOK_TYPE_COUNT; type++)
        if (is_wanted(type))
            ret_names[count++] = hook_type_name(type);
    return count;
}
