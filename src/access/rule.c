/* SPDX-License-Identifier: Apache-2.0
 *
 * When two persons are needed: a setting of the tenant, a document of kind "setting". */
#include "access/access_private.h"
#include "access/approval.h"
#include "access/fields.h"

#define KIND_SETTING SLICE("setting")
#define NAME SLICE("two-persons")
enum member { MODE, REFUND_LIMIT, MEMBERS };
static const char *const names[MEMBERS] = {"mode", "refund_limit"};
static const char *const modes[] = {"auto", "on", "off"};

const char *rule_mode_name(enum rule_mode mode) {
    return modes[mode];
}

bool rule_mode_parse(struct slice name, enum rule_mode *ret_mode) {
    for (uint32_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        if (slice_is(name, modes[i])) {
            *ret_mode = (enum rule_mode)i;
            return true;
        }
    }
    return false;
}

static enum status members_take(const struct fields *fields, struct arena *arena, struct access_rule *rule) {
    struct slice mode, limit;
    TRY(field_text(fields->values[MODE], arena, &mode));
    TRY(field_text(fields->values[REFUND_LIMIT], arena, &limit));
    if (!rule_mode_parse(mode, &rule->mode))
        return STATUS_INVALID;
    return decimal_parse(limit, &rule->refund_limit, NULL) == STATUS_OK ? STATUS_OK : STATUS_INVALID;
}

enum status access_rule_read(struct store *store, struct json_parser *parser, struct arena *arena,
                             struct access_rule *ret_rule) {
    struct slice text;
    struct fields fields;
    enum status status = store_get(store, KIND_SETTING, NAME, arena, &text);
    if (status == STATUS_NOT_FOUND) {
        *ret_rule = (struct access_rule){.mode = RULE_AUTO};
        return STATUS_OK;
    }
    TRY(status);
    TRY(fields_read(parser, text, names, MEMBERS, arena, &fields));
    return members_take(&fields, arena, ret_rule);
}

struct access_rule access_rule(struct access *access) {
    (void)pthread_rwlock_rdlock(&access->table);
    struct access_rule rule = access->rule;
    (void)pthread_rwlock_unlock(&access->table);
    return rule;
}

enum status access_rule_set(struct access *access, const struct access_rule *rule) {
    char limit[DECIMAL_TEXT_MAX];
    struct buf text = {0};
    struct json_writer writer = {.out = &text};
    size_t len = decimal_format(rule->refund_limit, limit);
    json_object(&writer);
    json_member(&writer, names[MODE], slice_of(modes[rule->mode]));
    json_member(&writer, names[REFUND_LIMIT], (struct slice){limit, len});
    json_object_end(&writer);
    (void)pthread_mutex_lock(&access->change);
    struct store_document document = {KIND_SETTING, NAME, buf_slice(&text)};
    enum status status = text.failed ? STATUS_NO_MEMORY : store_put(access->store, &document);
    if (status == STATUS_OK) {
        (void)pthread_rwlock_wrlock(&access->table);
        access->rule = *rule;
        (void)pthread_rwlock_unlock(&access->table);
    }
    (void)pthread_mutex_unlock(&access->change);
    buf_free(&text);
    return status;
}

bool access_needs_two(struct access *access, int64_t now_ns) {
    enum rule_mode mode = access_rule(access).mode;
    if (mode != RULE_AUTO)
        return mode == RULE_ON;
    return key_count(access, ROLE_ADMIN | ROLE_APPROVE, now_ns) > 1;
}
