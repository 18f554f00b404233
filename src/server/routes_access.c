/* SPDX-License-Identifier: Apache-2.0
 *
 * Keys, and who asks: GET /v1/whoami, /v1/keys. */
#include "export/export.h"
#include "server/body.h"
#include "server/once.h"
#include "server/read.h"

enum { ROTATION_DAYS = 7 };
#define DAY_NS (INT64_C(86400) * NS_PER_SECOND)

static enum status written(const struct http_answer *answer) {
    return answer->body.failed ? STATUS_NO_MEMORY : STATUS_OK;
}

enum status whoami_get(void *context, const struct http_request *request, struct http_answer *answer) {
    const struct actor *actor = request_actor(request);
    struct json_writer writer = {.out = &answer->body};
    (void)context;
    json_object(&writer);
    json_member(&writer, "tenant", actor->tenant->name);
    json_member(&writer, "actor", actor->key_id);
    roles_json(&writer, "roles", actor->roles);
    json_optional(&writer, "account", actor->account);
    json_object_end(&writer);
    return written(answer);
}

/* ---- reading keys ---- */

enum status keys_get(void *context, const struct http_request *request, struct http_answer *answer) {
    struct listing listing;
    (void)context;
    if (!listing_begin(request, answer, &listing))
        return STATUS_OK;
    uint32_t count = listing.page.limit + 1; /* one more tells whether there is more */
    struct slice after = listing.page.after.ptr != NULL ? listing.page.after : SLICE("");
    struct key_view *keys = ARENA_ARRAY(request->arena, count, struct key_view);
    if (keys == NULL)
        return STATUS_NO_MEMORY;
    key_list(request_tenant(request)->access, after, live_now(request_live(request)), keys, &count);
    for (uint32_t i = 0; i < count && listing_take(&listing, keys[i].id); i++)
        key_json(&keys[i], &listing.writer);
    return listing_end(&listing);
}

static void unknown_key(const struct http_request *request, struct http_answer *answer) {
    http_problem(request, answer, 404, "unknown-key", "there is no such key.");
}

enum status key_get(void *context, const struct http_request *request, struct http_answer *answer) {
    struct key_view key;
    struct json_writer writer = {.out = &answer->body};
    (void)context;
    if (key_find(request_tenant(request)->access, request->params[0], live_now(request_live(request)), &key) !=
        STATUS_OK) {
        unknown_key(request, answer);
        return STATUS_OK;
    }
    key_json(&key, &writer);
    return written(answer);
}

/* ---- changing keys ---- */

static bool roles_read(const struct body *body, uint32_t *ret_roles) {
    const struct json_token *array = body_find(body, "roles");
    uint32_t roles = 0, role = 0;
    if (array == NULL || array->type != JSON_ARRAY) {
        body_wrong(body, "roles", "\"roles\" must be an array of names, as in [\"ingest\"].");
        return false;
    }
    for (const struct json_token *at = array + 1; at->type != JSON_ARRAY_END; at = body_token_skip(at)) {
        if (at->type != JSON_TEXT || !role_parse(body_token_text(at), &role)) {
            body_wrong(body, "roles",
                       "a role is one of ingest, admit, read, billing, pricing, approve, admin, audit, customer.");
            return false;
        }
        roles |= role;
    }
    *ret_roles = roles;
    return true;
}

static bool networks_read(const struct body *body, struct key_order *order) {
    const struct json_token *array = body_find(body, "networks");
    if (array == NULL)
        return true;
    for (const struct json_token *at = array + 1; array->type == JSON_ARRAY && at->type != JSON_ARRAY_END;
         at = body_token_skip(at)) {
        if (at->type != JSON_TEXT || order->network_count == ACCESS_NETWORKS_MAX ||
            network_parse(body_token_text(at), &order->networks[order->network_count]) != STATUS_OK) {
            body_wrong(body, "networks", "at most %d networks, each like 192.0.2.0/24 or 2001:db8::/32.",
                       ACCESS_NETWORKS_MAX);
            return false;
        }
        order->network_count++;
    }
    if (array->type != JSON_ARRAY)
        body_wrong(body, "networks", "\"networks\" must be an array.");
    return array->type == JSON_ARRAY;
}

/* *ret stays when the member is not there. */
static bool instant_member(const struct body *body, const char *name, int64_t *ret) {
    struct slice text = {0};
    if (!body_text(body, name, false, &text))
        return false;
    if (text.ptr == NULL || instant_parse(text, ret, NULL) == STATUS_OK)
        return true;
    body_wrong(body, name, "\"%s\" must be an instant, like 2027-01-31T00:00:00Z.", name);
    return false;
}

static bool order_read(const struct body *body, struct key_order *order) {
    if (!body_text(body, "name", true, &order->name) || !body_text(body, "account", false, &order->account) ||
        !roles_read(body, &order->roles) || !networks_read(body, order) ||
        !instant_member(body, "expires_at", &order->expires_ns))
        return false;
    const char *wrong = key_order_wrong(order);
    if (wrong != NULL)
        body_wrong(body, "", "there can be no such key: %s.", wrong);
    return wrong == NULL;
}

enum { SECRET_ROOM = 8192 }; /* what a key is shown in, always */

static struct slice place_of(const struct once *once, struct slice id) {
    struct slice place = arena_printf(once->request->arena, "/v1/keys/" SLICE_FMT, SLICE_ARG(id));
    return place.ptr != NULL ? place : SLICE("/v1/keys");
}

/* The only time that the secret is shown: no copy of it stays behind. */
static enum status secret_show(struct once *once, const struct key_view *key, struct key_secret *secret,
                               uint16_t status) {
    struct http_answer *answer = once->answer;
    struct json_writer writer = {.out = &answer->body};
    once->secret_of = place_of(once, key->id);
    answer->status = status;
    answer->is_secret = buf_reserve(&answer->body, SECRET_ROOM) != NULL;
    json_object(&writer);
    json_member_plain(&writer, "secret", key_secret_reveal(secret));
    json_key(&writer, "key");
    key_json(key, &writer);
    json_object_end(&writer);
    key_secret_wipe(secret);
    return written(answer);
}

static enum status refuse_storage(const struct http_request *request, struct http_answer *answer) {
    http_problem(request, answer, 503, "storage", "it could not be written: the disk may be full. Try again later.");
    http_field(answer, "Retry-After", SLICE("30"));
    return STATUS_OK;
}

/* Its id follows from the request: so the key is there or not when the request comes again. */
static enum status add(struct once *once, struct key_order *order) {
    struct access *access = request_tenant(once->request)->access;
    struct key_view key;
    struct key_secret secret;
    order->now_ns = once->at_ns;
    if (once->has_key)
        order->id = (struct slice){once->id.ptr, KEY_ID_LEN};
    enum status status = key_create(access, order, &key, &secret);
    if (status == STATUS_OK)
        return secret_show(once, &key, &secret, 201);
    if (status == STATUS_IO)
        return refuse_storage(once->request, once->answer);
    if (status != STATUS_CONFLICT || !once->is_again)
        return status;
    once->secret_of = place_of(once, order->id);
    once_refuse_secret(once, once->secret_of);
    return STATUS_OK;
}

static enum status key_add_once(void *context, struct once *once) {
    struct key_order order = {.account = SLICE(""),
                              .created_by = request_actor(once->request)->key_id,
                              .now_ns = once->at_ns,
                              .expires_ns = INSTANT_MAX};
    struct body body;
    enum status status;
    (void)context;
    if (body_read(once->request, once->answer, "name roles account networks expires_at", &body, &status) &&
        order_read(&body, &order))
        status = add(once, &order);
    body_free(&body);
    return status;
}

enum status key_add(void *context, const struct http_request *request, struct http_answer *answer) {
    struct once_task task = {.function = key_add_once, .context = context};
    return once_run(request, answer, &task);
}

static enum status rotated(struct once *once, const struct key_rotation *rotation) {
    const struct http_request *request = once->request;
    struct key_view key;
    struct key_secret secret;
    enum status status = key_rotate(request_tenant(request)->access, rotation, &key, &secret);
    if (status == STATUS_OK)
        return secret_show(once, &key, &secret, 200);
    if (status == STATUS_NOT_FOUND)
        unknown_key(request, once->answer);
    else if (status == STATUS_CONFLICT)
        http_problem(request, once->answer, 409, "key-ended", "the key is revoked or expired; make a new one.");
    else if (status == STATUS_IO)
        return refuse_storage(request, once->answer);
    else
        return status;
    return STATUS_OK;
}

/* Whose secret is another one than it was when the request began has been rotated. */
static bool is_rotated(struct once *once, enum status *ret_status) {
    struct slice mark;
    *ret_status =
        key_mark(request_tenant(once->request)->access, once->request->params[0], once->request->arena, &mark);
    if (!once->is_again || *ret_status != STATUS_OK || slice_eq(mark, once->mark))
        return false;
    once->secret_of = place_of(once, once->request->params[0]);
    once_refuse_secret(once, once->secret_of);
    return true;
}

static enum status key_renew_once(void *context, struct once *once) {
    int64_t now_ns = live_now(request_live(once->request));
    struct key_rotation rotation = {once->request->params[0], now_ns, now_ns + ROTATION_DAYS * DAY_NS};
    struct body body;
    enum status status;
    (void)context;
    if (body_read(once->request, once->answer, "old_until", &body, &status) &&
        instant_member(&body, "old_until", &rotation.old_until_ns) && !is_rotated(once, &status) && status == STATUS_OK)
        status = rotated(once, &rotation);
    body_free(&body);
    return status;
}

enum status key_renew(void *context, const struct http_request *request, struct http_answer *answer) {
    struct once_task task = {.function = key_renew_once, .context = context};
    TRY(key_mark(request_tenant(request)->access, request->params[0], request->arena, &task.mark));
    return once_run(request, answer, &task);
}

static enum status key_end_once(void *context, struct once *once) {
    const struct http_request *request = once->request;
    struct access *access = request_tenant(request)->access;
    enum status status = key_revoke(access, request->params[0], live_now(request_live(request)));
    if (status == STATUS_OK)
        return key_get(context, request, once->answer);
    if (status == STATUS_NOT_FOUND) {
        unknown_key(request, once->answer);
    } else {
        http_problem(request, once->answer, 503, "storage",
                     "the key is refused from now on, but that could not be written: a restart would forget it. Send "
                     "this again.");
        http_field(once->answer, "Retry-After", SLICE("5"));
    }
    return STATUS_OK;
}

enum status key_end(void *context, const struct http_request *request, struct http_answer *answer) {
    struct once_task task = {.rule = ONCE_ANYHOW, .function = key_end_once, .context = context};
    return once_run(request, answer, &task);
}
