/* SPDX-License-Identifier: Apache-2.0
 *
 * What people ask of webhooks: JSON in, JSON out. */
#include <sodium.h>
#include <stdlib.h>

#include "hook/hooks_private.h"

enum { LIST_LIMIT = 50, OVERLAP_HOURS = 24 };

static void begin(struct hooks *hooks) {
    pthread_mutex_lock(&hooks->lock);
}

/* The work may have something new to do. */
static enum status end(struct hooks *hooks, struct hook_call *call, enum status status) {
    pthread_mutex_unlock(&hooks->lock);
    if (hooks->options.transport.send)
        hooks->options.transport.wake(hooks->options.transport.context);
    return status == STATUS_OK && call->out->failed ? STATUS_NO_MEMORY : status;
}

static struct lane *lane_of(struct hooks *hooks, struct slice id, struct hook_call *call) {
    for (uint32_t i = 0; i < HOOK_ENDPOINTS_MAX; i++)
        if (hooks->lanes[i] && slice_eq(hooks->lanes[i]->endpoint->id, id))
            return hooks->lanes[i];
    call->detail = SLICE("there is no webhook of this id; the list of webhooks has them all.");
    return NULL;
}

static void lane_show(const struct lane *lane, const char *secret, struct hook_call *call) {
    struct json_writer writer = {.out = call->out};
    json_object(&writer);
    endpoint_json(lane->endpoint, lane, &writer);
    if (secret)
        json_member(&writer, "secret", slice_of(secret));
    json_object_end(&writer);
}

/* The secret of a new key is shown this once, where the receiver needs it. */
static enum status lane_show_new(const struct lane *lane, struct hook_call *call) {
    char secret[HOOK_KEY_TEXT_MAX];
    const struct hook_key *key = &lane->endpoint->keys[0].key;
    call->id = arena_copy(call->arena, lane->endpoint->id);
    if (!call->id.ptr)
        return STATUS_NO_MEMORY;
    call->has_secret = key->scheme == HOOK_V1;
    hook_key_text(key, secret);
    lane_show(lane, key->scheme == HOOK_V1 ? secret : NULL, call);
    sodium_memzero(secret, sizeof secret);
    return STATUS_OK;
}

/* Of a request that comes again, and was done. */
static enum status lane_refuse_new(const struct lane *lane, struct hook_call *call) {
    call->is_done = true;
    call->detail = SLICE("this was done before, and its secret is shown only once; rotate it if nobody has it.");
    call->id = arena_copy(call->arena, lane->endpoint->id);
    return call->id.ptr ? STATUS_CONFLICT : STATUS_NO_MEMORY;
}

/* ---- what changes, as a text ---- */

static enum status lane_mark(struct hooks *hooks, const struct lane *lane, struct arena *arena,
                             struct slice *ret_mark) {
    const struct hook_key *key = &lane->endpoint->keys[0].key;
    uint8_t hash[16];
    char digits[2 * sizeof hash + 1];
    crypto_generichash(hash, sizeof hash, key->bytes, key->len, hooks->salt, sizeof hooks->salt);
    sodium_bin2hex(digits, sizeof digits, hash, sizeof hash);
    *ret_mark = arena_printf(arena, "%llu %s", (unsigned long long)lane->last_number, digits);
    return ret_mark->ptr ? STATUS_OK : STATUS_NO_MEMORY;
}

/* How many deliveries there were when it was asked first. */
static uint64_t mark_number(const struct hook_call *call) {
    struct slice number, rest;
    uint64_t value = 0;
    (void)(slice_cut(call->mark, ' ', &number, &rest) && slice_number(number, INT64_MAX, &value));
    return value;
}

static bool is_rotated_since(struct hooks *hooks, const struct lane *lane, struct hook_call *call,
                             enum status *ret_status) {
    struct slice mark, now, then, number;
    *ret_status = lane_mark(hooks, lane, call->arena, &mark);
    return call->is_again && *ret_status == STATUS_OK && slice_cut(mark, ' ', &number, &now) &&
           slice_cut(call->mark, ' ', &number, &then) && !slice_eq(now, then);
}

/* ---- new ones ---- */

static void key_add(struct endpoint *endpoint, const struct wish *wish) {
    if (endpoint->key_count == ENDPOINT_KEYS_MAX)
        endpoint->key_count--;
    memmove(&endpoint->keys[1], &endpoint->keys[0], endpoint->key_count * sizeof endpoint->keys[0]);
    endpoint->keys[0] = (struct kept_key){wish->has_key ? wish->key : hook_key_new(wish->scheme), INSTANT_MAX};
    endpoint->key_count++;
}

/* The wanted parts of it; texts are the call's until endpoint_copy. */
static void endpoint_apply(struct endpoint *endpoint, const struct wish *wish, int64_t now_ns) {
    if (wish->has_url)
        endpoint->url = wish->url;
    if (wish->has_description)
        endpoint->description = wish->description;
    if (wish->has_types)
        endpoint->types = wish->types;
    if (wish->has_accounts) {
        endpoint->accounts = wish->accounts;
        endpoint->account_count = wish->account_count;
    }
    if (wish->has_enabled)
        endpoint->state = wish->is_enabled ? ENDPOINT_ENABLED : ENDPOINT_DISABLED;
    endpoint->changed_ns = now_ns;
}

/* By chance, or by the request. */
static void id_make(const struct hooks *hooks, struct slice request, char id[ENDPOINT_ID_MAX]) {
    uint8_t bytes[16];
    randombytes_buf(bytes, sizeof bytes);
    if (request.len > 0)
        crypto_generichash(bytes, sizeof bytes, (const uint8_t *)request.ptr, request.len, hooks->salt,
                           sizeof hooks->salt);
    memcpy(id, "wh_", 3);
    sodium_bin2hex(id + 3, ENDPOINT_ID_MAX - 3, bytes, 12);
}

static enum status endpoint_new(struct hooks *hooks, struct slice id, const struct wish *wish,
                                struct endpoint **ret_endpoint) {
    struct endpoint endpoint = {.id = id, .created_ns = hooks_now(hooks), .description = SLICE("")};
    endpoint_apply(&endpoint, wish, endpoint.created_ns);
    key_add(&endpoint, wish);
    struct endpoint *made = endpoint_copy(&endpoint);
    sodium_memzero(&endpoint, sizeof endpoint);
    if (!made)
        return STATUS_NO_MEMORY;
    *ret_endpoint = made;
    return STATUS_OK;
}

/* Of the first endpoint, for ever: webhook-ids of two books differ. */
static enum status salt_make(struct hooks *hooks) {
    if (!sodium_is_zero(hooks->salt, sizeof hooks->salt))
        return STATUS_OK;
    uint8_t salt[sizeof hooks->salt];
    randombytes_buf(salt, sizeof salt);
    struct slice text = {(const char *)salt, sizeof salt};
    TRY(store_put(hooks->options.store, &(struct store_document){KIND_DELIVERY, SLICE("salt"), text}));
    memcpy(hooks->salt, salt, sizeof salt);
    return STATUS_OK;
}

/* How far it is told comes first: an endpoint without it would be told everything. */
static enum status lane_new(struct hooks *hooks, struct slice id, const struct wish *wish, struct lane **ret_lane) {
    struct lane *lane = calloc(1, sizeof *lane);
    if (!lane)
        return STATUS_NO_MEMORY;
    lane->serial = ++hooks->last_serial;
    lane->since_ns = lane->success_ns = INSTANT_MIN;
    enum status status = told_now(hooks, &lane->told);
    if (status == STATUS_OK)
        status = endpoint_new(hooks, id, wish, &lane->endpoint);
    if (status == STATUS_OK)
        status = lane_put(hooks, lane);
    if (status == STATUS_OK)
        status = endpoint_put(hooks, lane->endpoint);
    if (status == STATUS_OK)
        *ret_lane = lane;
    else
        lane_free(lane);
    return status;
}

static enum status make(struct hooks *hooks, const struct wish *wish, struct hook_call *call) {
    char id[ENDPOINT_ID_MAX];
    uint32_t slot = 0;
    TRY(salt_make(hooks));
    id_make(hooks, call->request, id);
    for (uint32_t i = 0; i < HOOK_ENDPOINTS_MAX; i++)
        if (hooks->lanes[i] && slice_is(hooks->lanes[i]->endpoint->id, id))
            return lane_refuse_new(hooks->lanes[i], call);
    while (slot < HOOK_ENDPOINTS_MAX && hooks->lanes[slot])
        slot++;
    if (slot == HOOK_ENDPOINTS_MAX) {
        call->detail = SLICE("there are 100 webhooks already; remove one.");
        return STATUS_RANGE;
    }
    TRY(lane_new(hooks, slice_of(id), wish, &hooks->lanes[slot]));
    return lane_show_new(hooks->lanes[slot], call);
}

static enum status create(struct hooks *hooks, struct hook_call *call) {
    struct wish wish;
    TRY(wish_read(hooks, call, "url types accounts description is_enabled scheme secret", &wish));
    if (!wish.has_url)
        return wish_wrong(call, "/url", "a webhook needs the URL of its receiver.");
    enum status status = make(hooks, &wish, call);
    sodium_memzero(&wish.key, sizeof wish.key);
    return status;
}

enum status hooks_create(struct hooks *hooks, struct hook_call *call) {
    begin(hooks);
    return end(hooks, call, create(hooks, call));
}

/* ---- changes ---- */

static enum status endpoint_swap(struct hooks *hooks, struct lane *lane, const struct endpoint *changed) {
    struct endpoint *made = endpoint_copy(changed);
    enum status status = made ? endpoint_put(hooks, made) : STATUS_NO_MEMORY;
    if (status != STATUS_OK) {
        endpoint_free(made);
        return status;
    }
    endpoint_free(lane->endpoint);
    lane->endpoint = made;
    return STATUS_OK;
}

static enum status change(struct hooks *hooks, struct slice id, struct hook_call *call) {
    struct lane *lane = lane_of(hooks, id, call);
    struct wish wish;
    if (!lane)
        return STATUS_NOT_FOUND;
    TRY(wish_read(hooks, call, "url types accounts description is_enabled", &wish));
    struct endpoint changed = *lane->endpoint;
    endpoint_apply(&changed, &wish, hooks_now(hooks));
    if (wish.has_enabled || wish.has_url)
        lane->failures = 0;
    /* What it did not want so far it is not told later. */
    TRY(lane_put(hooks, lane));
    enum status status = endpoint_swap(hooks, lane, &changed);
    sodium_memzero(&changed, sizeof changed);
    TRY(status);
    lane_show(lane, NULL, call);
    return STATUS_OK;
}

enum status hooks_change(struct hooks *hooks, struct slice id, struct hook_call *call) {
    begin(hooks);
    return end(hooks, call, change(hooks, id, call));
}

static enum status rotate(struct hooks *hooks, struct slice id, struct hook_call *call) {
    struct lane *lane = lane_of(hooks, id, call);
    struct wish wish;
    int64_t until_ns, now_ns = hooks_now(hooks);
    enum status status = STATUS_OK;
    if (!lane)
        return STATUS_NOT_FOUND;
    struct endpoint changed = *lane->endpoint;
    TRY(wish_read(hooks, call, "overlap scheme secret", &wish));
    if (is_rotated_since(hooks, lane, call, &status))
        return lane_refuse_new(lane, call);
    TRY(status);
    if (!wish.has_overlap)
        wish.overlap = (struct duration){OVERLAP_HOURS, UNIT_HOUR};
    TRY(instant_add(NULL, now_ns, wish.overlap, 1, &until_ns));
    endpoint_keys_expire(&changed, now_ns);
    for (uint32_t i = 0; i < changed.key_count; i++)
        if (changed.keys[i].until_ns > until_ns)
            changed.keys[i].until_ns = until_ns;
    key_add(&changed, &wish);
    changed.changed_ns = now_ns;
    endpoint_keys_expire(&changed, now_ns);
    status = endpoint_swap(hooks, lane, &changed);
    sodium_memzero(&changed, sizeof changed);
    sodium_memzero(&wish.key, sizeof wish.key);
    TRY(status);
    return lane_show_new(lane, call);
}

enum status hooks_rotate(struct hooks *hooks, struct slice id, struct hook_call *call) {
    begin(hooks);
    return end(hooks, call, rotate(hooks, id, call));
}

static enum status erase(struct hooks *hooks, struct slice id, struct hook_call *call) {
    struct lane *lane = lane_of(hooks, id, call);
    if (!lane)
        return call->is_again && call->mark.len > 0 ? STATUS_OK : STATUS_NOT_FOUND;
    TRY(store_delete(hooks->options.store, KIND_ENDPOINT, id));
    enum status status = store_delete(hooks->options.store, KIND_DELIVERY, id);
    for (uint32_t i = 0; i < HOOK_ENDPOINTS_MAX; i++)
        if (hooks->lanes[i] == lane)
            hooks->lanes[i] = NULL;
    lane_free(lane);
    return status;
}

enum status hooks_remove(struct hooks *hooks, struct slice id, struct hook_call *call) {
    begin(hooks);
    return end(hooks, call, erase(hooks, id, call));
}

/* ---- looking ---- */

enum status hooks_mark(struct hooks *hooks, struct slice id, struct arena *arena, struct slice *ret_mark) {
    struct hook_call nothing = {.arena = arena};
    enum status status = STATUS_OK;
    begin(hooks);
    const struct lane *lane = lane_of(hooks, id, &nothing);
    *ret_mark = SLICE("");
    if (lane)
        status = lane_mark(hooks, lane, arena, ret_mark);
    pthread_mutex_unlock(&hooks->lock);
    return status;
}

enum status hooks_show(struct hooks *hooks, struct slice id, struct hook_call *call) {
    begin(hooks);
    struct lane *lane = lane_of(hooks, id, call);
    if (lane)
        lane_show(lane, NULL, call);
    return end(hooks, call, lane ? STATUS_OK : STATUS_NOT_FOUND);
}

static int lane_compare(const void *left, const void *right) {
    const struct lane *const *a = left, *const *b = right;
    int64_t a_ns = (*a)->endpoint->created_ns, b_ns = (*b)->endpoint->created_ns;
    if (a_ns != b_ns)
        return a_ns < b_ns ? -1 : 1;
    return slice_cmp((*a)->endpoint->id, (*b)->endpoint->id);
}

static uint32_t limit_of(const struct hook_call *call) {
    return call->limit ? call->limit : LIST_LIMIT;
}

static void next_json(struct json_writer *writer, struct hook_call *call, uint64_t next) {
    json_array_end(writer);
    if (next) {
        struct slice text = arena_printf(call->arena, "%llu", (unsigned long long)next);
        json_member(writer, "next", text.ptr ? text : SLICE(""));
    } else {
        json_member_null(writer, "next");
    }
    json_object_end(writer);
}

/* The cursor is how many came before. */
enum status hooks_list(struct hooks *hooks, struct hook_call *call) {
    struct lane *lanes[HOOK_ENDPOINTS_MAX];
    uint32_t count = 0;
    struct json_writer writer = {.out = call->out};
    begin(hooks);
    for (uint32_t i = 0; i < HOOK_ENDPOINTS_MAX; i++)
        if (hooks->lanes[i])
            lanes[count++] = hooks->lanes[i];
    if (count > 0)
        qsort(lanes, count, sizeof *lanes, lane_compare);
    json_object(&writer);
    json_key(&writer, "items");
    json_array(&writer);
    uint64_t i = call->cursor;
    for (; i < count && i - call->cursor < limit_of(call); i++) {
        json_object(&writer);
        endpoint_json(lanes[i]->endpoint, lanes[i], &writer);
        json_object_end(&writer);
    }
    next_json(&writer, call, i < count ? i : 0);
    return end(hooks, call, STATUS_OK);
}

/* The cursor is the number of the last one that was shown. */
static enum status deliveries(struct hooks *hooks, struct slice id, struct hook_call *call) {
    const struct lane *lane = lane_of(hooks, id, call);
    struct json_writer writer = {.out = call->out};
    uint32_t shown = 0, i;
    uint64_t last = 0;
    if (!lane)
        return STATUS_NOT_FOUND;
    json_object(&writer);
    json_key(&writer, "items");
    json_array(&writer);
    for (i = lane->log_count; i > 0 && shown < limit_of(call); i--) {
        const struct delivery *delivery = lane->log[i - 1];
        if (call->cursor && delivery->number >= call->cursor)
            continue;
        delivery_json(delivery, false, &writer);
        last = delivery->number;
        shown++;
    }
    next_json(&writer, call, i > 0 ? last : 0);
    return STATUS_OK;
}

enum status hooks_deliveries(struct hooks *hooks, struct slice id, struct hook_call *call) {
    begin(hooks);
    return end(hooks, call, deliveries(hooks, id, call));
}

/* ---- once more ---- */

static enum status lane_check_room(const struct lane *lane, struct hook_call *call) {
    if (lane->endpoint->state != ENDPOINT_ENABLED) {
        call->detail = arena_printf(call->arena, "this webhook is %s; enable it first.",
                                    endpoint_state_name(lane->endpoint->state));
        return STATUS_CONFLICT;
    }
    if (lane->waiting >= 2 * DELIVERY_WINDOW) {
        call->detail = SLICE("too many deliveries are waiting for this receiver already.");
        return STATUS_CONFLICT;
    }
    return STATUS_OK;
}

/* What a request that comes again has made already. */
static const struct delivery *lane_sent(const struct lane *lane, const char *id, bool is_replay,
                                        const struct hook_call *call) {
    for (uint32_t i = 0; call->is_again && i < lane->log_count; i++) {
        const struct delivery *delivery = lane->log[i];
        if (delivery->number > mark_number(call) && delivery->is_replay == is_replay &&
            (!id || strcmp(delivery->id, id) == 0))
            return delivery;
    }
    return NULL;
}

static enum status lane_send(struct hooks *hooks, struct lane *lane, const struct message *message, bool is_replay,
                             struct hook_call *call) {
    struct json_writer writer = {.out = call->out};
    const struct delivery *sent = lane_sent(lane, message->id, is_replay, call);
    if (sent) {
        delivery_json(sent, false, &writer);
        return STATUS_OK;
    }
    TRY(lane_check_room(lane, call));
    struct delivery *delivery = lane_add(lane, message, hooks_now(hooks));
    if (!delivery)
        return STATUS_NO_MEMORY;
    delivery->is_replay = is_replay;
    TRY(lane_put(hooks, lane));
    delivery_json(delivery, false, &writer);
    return STATUS_OK;
}

static enum status test(struct hooks *hooks, struct slice id, struct hook_call *call) {
    struct lane *lane = lane_of(hooks, id, call);
    struct message message;
    struct wish wish;
    if (!lane)
        return STATUS_NOT_FOUND;
    TRY(wish_read(hooks, call, "", &wish));
    TRY(message_test(hooks, lane, call, &message));
    return lane_send(hooks, lane, &message, false, call);
}

enum status hooks_test(struct hooks *hooks, struct slice id, struct hook_call *call) {
    begin(hooks);
    return end(hooks, call, test(hooks, id, call));
}

static enum status replay_one(struct hooks *hooks, struct lane *lane, uint64_t number, struct hook_call *call) {
    const struct delivery *old = lane_delivery(lane, number);
    if (!old) {
        call->detail =
            SLICE("this delivery is not in the log any more, which has the last 100; \"since\" replays older "
                  "ones.");
        return STATUS_NOT_FOUND;
    }
    struct message message = {.type = old->type, .account = slice_of(old->account), .body = slice_of(old->body)};
    memcpy(message.id, old->id, sizeof message.id);
    message.account = arena_copy(call->arena, message.account);
    message.body = arena_copy(call->arena, message.body);
    if (!message.account.ptr || !message.body.ptr)
        return STATUS_NO_MEMORY;
    return lane_send(hooks, lane, &message, true, call);
}

/* Under way, or with its first deliveries in the log, it need not begin again. */
static enum status replay_since(struct hooks *hooks, struct lane *lane, int64_t since_ns, struct hook_call *call) {
    if (call->is_again && (lane->since_ns == since_ns || lane_sent(lane, NULL, true, call)))
        return STATUS_OK;
    TRY(lane_check_room(lane, call));
    lane->replay = (struct told){0};
    lane->replay_end = lane->told;
    lane->since_ns = since_ns;
    return lane_put(hooks, lane);
}

static enum status replay(struct hooks *hooks, struct slice id, struct hook_call *call) {
    struct lane *lane = lane_of(hooks, id, call);
    struct wish wish;
    if (!lane)
        return STATUS_NOT_FOUND;
    TRY(wish_read(hooks, call, "delivery since", &wish));
    if ((wish.delivery > 0) == (wish.since_ns > INSTANT_MIN))
        return wish_wrong(call, "", "say one of \"delivery\" (a number) and \"since\" (an instant).");
    if (wish.delivery > 0)
        return replay_one(hooks, lane, wish.delivery, call);
    TRY(replay_since(hooks, lane, wish.since_ns, call));
    lane_show(lane, NULL, call);
    return STATUS_OK;
}

enum status hooks_replay(struct hooks *hooks, struct slice id, struct hook_call *call) {
    begin(hooks);
    return end(hooks, call, replay(hooks, id, call));
}
