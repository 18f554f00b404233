/* SPDX-License-Identifier: Apache-2.0
 *
 * What a check answers: an object, a status, and the headers that clients know (draft-ietf-httpapi-ratelimit-headers).
 */
#include <sodium.h>

#include "base/bytes.h"
#include "export/export.h"
#include "server/admit.h"

_Static_assert(sizeof((struct server){0}).lease_key == crypto_shorthash_KEYBYTES, "length of the key");

static const struct {
    uint16_t status;
    bool comes_again; /* the same may be allowed in a second */
    const char *detail;
} reasons[ADMIT_REASON_COUNT] = {
    [ADMIT_ALLOWED] = {200, false, ""},
    [ADMIT_NO_ACCOUNT] = {403, false, "nothing is known of this account: set it up first"},
    [ADMIT_SUSPENDED] = {403, false, "the account owes for too long: nothing pays until it has paid"},
    [ADMIT_OVERDUE] = {402, false, "the account owes, and what could pay pauses until it has paid"},
    [ADMIT_INACTIVE] = {403, false, "activate the product for this account first"},
    [ADMIT_UNPRICED] = {403, false, "this has no price now"},
    [ADMIT_CONCURRENCY] = {429, true, "all tasks at once are taken"},
    [ADMIT_QPS] = {429, true, "the calls of this second are used up"},
    [ADMIT_FUNDS] = {402, false, "nothing is left to pay, and pay-as-you-go may not"},
    [ADMIT_BUSY] = {503, true, "too many calls of too many accounts in this second"},
};

uint16_t admit_status(const struct checked *checked) {
    return checked->hold_said.len ? 409 : reasons[checked->answer.gate.reason].status;
}

static struct slice detail_of(const struct checked *checked) {
    const struct admit_answer *gate = &checked->answer.gate;
    if (checked->hold_said.len)
        return checked->hold_said;
    if (checked->answer.is_unknown && gate->reason == ADMIT_UNPRICED)
        return SLICE("no tariff has an operation of this type");
    return slice_of(gate->text ? gate->text : reasons[gate->reason].detail);
}

static const char *code_of(const struct checked *checked) {
    return checked->hold_said.len ? "hold-refused" : admit_reason_name(checked->answer.gate.reason);
}

/* ---- headers ---- */

void admit_fields(const struct checked *checked, const struct http_request *request, struct http_answer *answer) {
    const struct admit_quota *rate = &checked->answer.gate.rate, *tasks = &checked->answer.gate.tasks;
    const char *comma = rate->has_limit && tasks->has_limit ? ", " : "";
    struct slice calls_policy = {0}, tasks_policy = {0}, calls = {0}, running = {0};
    if (rate->has_limit) {
        calls_policy =
            arena_printf(request->arena, "\"calls\";q=%llu;w=1;qu=\"requests\"", (unsigned long long)rate->limit);
        calls = arena_printf(request->arena, "\"calls\";r=%llu;t=1", (unsigned long long)rate->remaining);
    }
    if (tasks->has_limit) {
        tasks_policy = arena_printf(request->arena, "\"tasks\";q=%llu;qu=\"concurrent-requests\"",
                                    (unsigned long long)tasks->limit);
        running = arena_printf(request->arena, "\"tasks\";r=%llu", (unsigned long long)tasks->remaining);
    }
    if (rate->has_limit || tasks->has_limit) {
        http_field(answer, "RateLimit-Policy",
                   arena_printf(request->arena, "%.*s%s%.*s", SLICE_ARG(calls_policy), comma, SLICE_ARG(tasks_policy)));
        http_field(answer, "RateLimit",
                   arena_printf(request->arena, "%.*s%s%.*s", SLICE_ARG(calls), comma, SLICE_ARG(running)));
    }
    if (reasons[checked->answer.gate.reason].comes_again)
        http_field(answer, "Retry-After", SLICE("1"));
}

/* ---- the object ---- */

static void quota_json(const char *key, const struct admit_quota *quota, int64_t reset_ns, struct json_writer *writer) {
    if (!quota->has_limit)
        return;
    json_key(writer, key);
    json_object(writer);
    json_member(writer, "quota", quota->product->sku);
    json_key(writer, "limit");
    json_uint(writer, quota->limit);
    json_key(writer, "remaining");
    json_uint(writer, quota->remaining);
    if (reset_ns != INSTANT_MAX)
        json_instant(writer, "reset", reset_ns, NULL);
    json_object_end(writer);
}

static void pays_json(const struct admit_answer *gate, struct json_writer *writer) {
    char text[24];
    json_member_plain(writer, "pays", slice_of(funding_name(gate->pays)));
    if (gate->order_id.len)
        json_member(writer, "order", gate->order_id);
    if (!gate->has_units)
        return;
    int len = snprintf(text, sizeof text, "%lld", (long long)gate->units);
    json_member_plain(writer, "units", (struct slice){text, (size_t)len});
}

void admit_members(const struct check *check, const struct checked *checked, struct json_writer *writer) {
    const struct admit_answer *gate = &checked->answer.gate;
    bool is_allowed = admit_status(checked) == 200;
    json_member_plain(writer, "decision", is_allowed ? SLICE("allow") : SLICE("deny"));
    json_member_plain(writer, "reason", slice_of(code_of(checked)));
    json_member(writer, "account", check->question.account);
    json_member(writer, "operation", check->question.type);
    json_instant(writer, "at", checked->answer.now_ns, NULL);
    if (is_allowed)
        pays_json(gate, writer);
    quota_json("calls", &gate->rate, gate->reset_ns, writer);
    quota_json("tasks", &gate->tasks, INSTANT_MAX, writer);
    if (checked->lease.len) {
        json_member(writer, "lease", checked->lease);
        json_instant(writer, "expires", checked->expires_ns, NULL);
    }
    if (checked->hold_id.len)
        json_member(writer, "hold", checked->hold_id);
}

void admit_answer(const struct check *check, const struct checked *checked, const struct http_request *request,
                  struct http_answer *answer) {
    struct json_writer writer = {.out = &answer->body};
    uint16_t status = admit_status(checked);
    if (status == 200) {
        json_object(&writer);
    } else {
        http_problem(request, answer, status, code_of(checked), SLICE_FMT ".", SLICE_ARG(detail_of(checked)));
        if (answer->body.failed || answer->body.len == 0)
            return;
        answer->body.len--; /* the problem is opened again for the members of an answer */
        writer.needs_comma = true;
        writer.depth = 1;
    }
    admit_members(check, checked, &writer);
    json_object_end(&writer);
    admit_fields(checked, request, answer);
}

/* ---- names of leases ---- */

/* Numbers begin anew in every tenant: its place is a part of what is proved. */
static uint64_t lease_proof(struct lease_giver giver, uint64_t lease) {
    uint64_t in[2] = {lease, (uint64_t)(giver.tenant - giver.server->tenants)}, proof;
    uint8_t out[crypto_shorthash_BYTES];
    (void)crypto_shorthash(out, (const uint8_t *)in, sizeof in, giver.server->lease_key);
    memcpy(&proof, out, sizeof proof);
    return proof;
}

static void hex_write(uint64_t number, char text[16]) {
    for (int i = 15; i >= 0; i--, number >>= 4)
        text[i] = "0123456789abcdef"[number & 15];
}

static bool hex_read(const char text[16], uint64_t *ret) {
    *ret = 0;
    for (int i = 0; i < 16; i++) {
        const char *digit = memchr("0123456789abcdef", text[i], 16);
        if (!digit)
            return false;
        *ret = *ret << 4 | (uint64_t)((text[i] <= '9' ? text[i] - '0' : text[i] - 'a' + 10) & 15);
    }
    return true;
}

void lease_write(struct lease_giver giver, uint64_t lease, char text[LEASE_TEXT]) {
    memcpy(text, "l-", 2);
    hex_write(lease, text + 2);
    hex_write(lease_proof(giver, lease), text + 18);
}

bool lease_read(struct lease_giver giver, struct slice text, uint64_t *ret_lease) {
    uint64_t proof;
    return text.len == LEASE_TEXT && slice_starts(text, SLICE("l-")) && hex_read(text.ptr + 2, ret_lease) &&
           hex_read(text.ptr + 18, &proof) && proof == lease_proof(giver, *ret_lease);
}

enum { BASE64 = sodium_base64_VARIANT_URLSAFE_NO_PADDING };

struct slice lease_of_hold(struct slice hold_id, struct slice account, struct arena *arena) {
    size_t room = sodium_base64_encoded_len(account.len, BASE64);
    char *name = arena_take(arena, room);
    if (!name)
        return (struct slice){0};
    (void)sodium_bin2base64(name, room, (const unsigned char *)account.ptr, account.len, BASE64);
    return arena_printf(arena, SLICE_FMT ".%s", SLICE_ARG(hold_id), name);
}

/* An id of a hold that the daemon has given, or was given, has no point. */
bool lease_split(struct slice text, struct arena *arena, struct slice *ret_hold_id, struct slice *ret_account) {
    struct slice name;
    size_t len = 0;
    if (!slice_cut(text, '.', ret_hold_id, &name) || ret_hold_id->len == 0 || name.len == 0)
        return false;
    unsigned char *account = arena_take(arena, name.len);
    if (!account || sodium_base642bin(account, name.len, name.ptr, name.len, NULL, &len, NULL, BASE64) != 0)
        return false;
    *ret_account = (struct slice){(char *)account, len};
    return len > 0;
}
