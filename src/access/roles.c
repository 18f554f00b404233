/* SPDX-License-Identifier: Apache-2.0
 *
 * Names of roles. */
#include "access/roles.h"

static const char *const names[ROLE_COUNT] = {
#define ROLE_NAME(name, text, help) text,
    ROLE_TABLE(ROLE_NAME)
#undef ROLE_NAME
};

static const char *const helps[ROLE_COUNT] = {
#define ROLE_HELP(name, text, help) help,
    ROLE_TABLE(ROLE_HELP)
#undef ROLE_HELP
};

const char *role_name(enum role_number number) {
    return names[number];
}

const char *role_help(enum role_number number) {
    return helps[number];
}

bool role_parse(struct slice name, uint32_t *ret_role) {
    for (uint32_t i = 0; i < ROLE_COUNT; i++) {
        if (slice_is(name, names[i])) {
            *ret_role = UINT32_C(1) << i;
            return true;
        }
    }
    return false;
}

enum status roles_parse(struct slice list, uint32_t *ret_roles, struct slice *ret_wrong) {
    uint32_t roles = 0, role = 0;
    struct slice name, rest = list;
    bool is_more = true;
    while (is_more) {
        is_more = slice_cut(rest, ',', &name, &rest);
        name = slice_trim(name);
        if (!role_parse(name, &role) || (roles & role) != 0) {
            *ret_wrong = name;
            return STATUS_INVALID;
        }
        roles |= role;
    }
    *ret_roles = roles;
    return STATUS_OK;
}

size_t roles_text(uint32_t roles, char out[ROLES_TEXT_MAX]) {
    size_t len = 0;
    for (uint32_t i = 0; i < ROLE_COUNT; i++) {
        if ((roles >> i & 1) == 0)
            continue;
        if (len > 0)
            out[len++] = ',';
        size_t name = strlen(names[i]);
        memcpy(out + len, names[i], name);
        len += name;
    }
    out[len] = '\0';
    return len;
}

void roles_json(struct json_writer *writer, const char *key, uint32_t roles) {
    json_key(writer, key);
    json_array(writer);
    for (uint32_t i = 0; i < ROLE_COUNT; i++)
        if ((roles >> i & 1) != 0)
            json_text(writer, slice_of(names[i]));
    json_array_end(writer);
}
