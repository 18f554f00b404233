/* SPDX-License-Identifier: Apache-2.0
 *
 * Webhooks of one book: opening, and the work, turn by turn. */
#include "hook/hooks.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "hook/hooks_private.h"

enum { TURN_MS = 1000, RESULTS_MAX = 16, FLIGHT_MAX = 64, TRY_AGAIN_SECONDS = 5, NOTE_ALERTS = 1000, HEADERS = 4 };
#define NOTE_NS NS_PER_SECOND

int64_t hooks_now(const struct hooks *hooks) {
    struct timespec now;
    if (hooks->options.now)
        return hooks->options.now(hooks->options.now_context);
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * NS_PER_SECOND + now.tv_nsec;
}

/* ---- opening ---- */

static enum status lane_open(struct hooks *hooks, struct slice id, struct arena *arena, struct slice *ret_error) {
    struct slice text;
    const char *why = NULL;
    uint32_t slot = 0;
    while (slot < HOOK_ENDPOINTS_MAX && hooks->lanes[slot])
        slot++;
    if (slot == HOOK_ENDPOINTS_MAX)
        return STATUS_RANGE;
    struct lane *lane = hooks->lanes[slot] = calloc(1, sizeof *lane);
    if (!lane)
        return STATUS_NO_MEMORY;
    lane->serial = ++hooks->last_serial;
    TRY(store_get(hooks->options.store, KIND_ENDPOINT, id, arena, &text));
    enum status status = endpoint_read(hooks, text, &lane->endpoint, &why);
    if (status == STATUS_OK) {
        why = "its deliveries are damaged";
        status = store_get(hooks->options.store, KIND_DELIVERY, id, arena, &text);
        if (status == STATUS_OK)
            status = lane_read(hooks, text, lane);
    }
    if (status == STATUS_INVALID)
        *ret_error = arena_printf(arena, "the webhook %.*s cannot be read: %s", SLICE_ARG(id), why);
    return status;
}

static enum status hooks_read(struct hooks *hooks, struct arena *arena, struct slice *ret_error) {
    struct slice *ids, salt;
    uint32_t count;
    enum status status = store_get(hooks->options.store, KIND_DELIVERY, SLICE("salt"), arena, &salt);
    if (status == STATUS_OK && salt.len == sizeof hooks->salt)
        memcpy(hooks->salt, salt.ptr, salt.len);
    else if (status != STATUS_NOT_FOUND)
        return status == STATUS_OK ? STATUS_INVALID : status;
    TRY(store_list(hooks->options.store, KIND_ENDPOINT, arena, &ids, &count));
    for (uint32_t i = 0; i < count; i++)
        TRY(lane_open(hooks, ids[i], arena, ret_error));
    return STATUS_OK;
}

enum status hooks_open(const struct hook_options *options, struct arena *arena, struct hooks **ret_hooks,
                       struct slice *ret_error) {
    struct hooks *hooks = sodium_init() >= 0 ? calloc(1, sizeof *hooks) : NULL;
    struct arena scratch = {0};
    if (!hooks)
        return STATUS_NO_MEMORY;
    hooks->options = *options;
    hooks->options.transport.send = NULL; /* the caller's until it is open */
    pthread_mutex_init(&hooks->lock, NULL);
    hooks->parser = json_parser_new();
    uint8_t *key = options->key ? sodium_malloc(HOOK_KEY_BYTES) : NULL;
    hooks->options.key = key;
    enum status status = hooks->parser && (key || !options->key) ? STATUS_OK : STATUS_NO_MEMORY;
    if (key)
        memcpy(key, options->key, HOOK_KEY_BYTES);
    if (status == STATUS_OK)
        status = hooks_read(hooks, &scratch, ret_error);
    if (ret_error->len > 0)
        *ret_error = arena_copy(arena, *ret_error);
    arena_free(&scratch);
    if (status != STATUS_OK) {
        hooks_close(hooks);
        return status;
    }
    hooks->options.transport = options->transport;
    *ret_hooks = hooks;
    return STATUS_OK;
}

void hooks_close(struct hooks *hooks) {
    if (!hooks)
        return;
    if (hooks->has_thread) {
        atomic_store(&hooks->is_ending, true);
        hooks->options.transport.wake(hooks->options.transport.context);
        pthread_join(hooks->thread, NULL);
    }
    for (uint32_t i = 0; i < HOOK_ENDPOINTS_MAX; i++) {
        struct lane *lane = hooks->lanes[i];
        /* What cannot be noted is found again, and sent again. */
        if (lane && lane->endpoint && hooks->options.transport.send && !lane->is_noted)
            (void)!lane_put(hooks, lane);
        lane_free(lane);
    }
    if (hooks->options.transport.send)
        hooks->options.transport.close(hooks->options.transport.context);
    names_free(&hooks->unpriced);
    json_parser_free(hooks->parser);
    sodium_free((void *)(uintptr_t)hooks->options.key);
    pthread_mutex_destroy(&hooks->lock);
    free(hooks);
}

/* ---- sending ---- */

static uint64_t tag_of(const struct lane *lane, const struct delivery *delivery) {
    return (uint64_t)lane->serial << 32 | (uint32_t)delivery->number;
}

static struct slice signatures(const struct lane *lane, const struct hook_signed *what, struct arena *arena) {
    struct buf out = {0};
    const struct endpoint *endpoint = lane->endpoint;
    buf_text(&out, "webhook-signature: ");
    for (uint32_t i = 0; i < endpoint->key_count; i++) {
        if (i > 0)
            buf_char(&out, ' ');
        hook_sign(&endpoint->keys[i].key, what, &out);
    }
    struct slice line = out.failed ? (struct slice){0} : arena_copy(arena, buf_slice(&out));
    buf_free(&out);
    return line;
}

static enum status delivery_send(struct hooks *hooks, struct lane *lane, struct delivery *delivery, int64_t now_ns) {
    struct arena arena = {.block_size = 4096};
    const struct transport *transport = &hooks->options.transport;
    struct hook_signed what = {slice_of(delivery->id), now_ns / NS_PER_SECOND, slice_of(delivery->body)};
    endpoint_keys_expire(lane->endpoint, now_ns);
    struct slice lines[HEADERS] = {
        SLICE("content-type: application/json"), arena_printf(&arena, "webhook-id: %s", delivery->id),
        arena_printf(&arena, "webhook-timestamp: %lld", (long long)what.timestamp), signatures(lane, &what, &arena)};
    const char *headers[HEADERS] = {lines[0].ptr, lines[1].ptr, lines[2].ptr, lines[3].ptr};
    enum status status = STATUS_NO_MEMORY;
    if (headers[1] && headers[2] && headers[3])
        status = transport->send(transport->context, &(struct transport_request){.tag = tag_of(lane, delivery),
                                                                                 .url = lane->endpoint->url.ptr,
                                                                                 .headers = headers,
                                                                                 .header_count = HEADERS,
                                                                                 .body = what.body});
    arena_free(&arena);
    if (status == STATUS_OK) {
        delivery->attempts[delivery->attempt_count].at_ns = now_ns;
        delivery->is_under_way = true;
        lane->under_way++;
    } else {
        delivery->next_ns = now_ns + TRY_AGAIN_SECONDS * NS_PER_SECOND;
    }
    return status;
}

/* Begin what is due, one of each lane in turn, so that a slow receiver delays nobody else. */
static uint32_t lanes_send(struct hooks *hooks, int64_t now_ns) {
    uint32_t under_way = 0;
    bool is_news = true;
    for (uint32_t i = 0; i < HOOK_ENDPOINTS_MAX; i++)
        under_way += hooks->lanes[i] ? hooks->lanes[i]->under_way : 0;
    while (is_news) {
        is_news = false;
        for (uint32_t i = 0; i < HOOK_ENDPOINTS_MAX && under_way < FLIGHT_MAX; i++) {
            struct lane *lane = hooks->lanes[i];
            struct delivery *next = lane ? lane_next(lane, now_ns) : NULL;
            if (!next || delivery_send(hooks, lane, next, now_ns) != STATUS_OK)
                continue;
            under_way++;
            is_news = true;
        }
    }
    return under_way;
}

static void result_note(struct hooks *hooks, const struct transport_result *result) {
    for (uint32_t i = 0; i < HOOK_ENDPOINTS_MAX; i++) {
        struct lane *lane = hooks->lanes[i];
        for (uint32_t k = 0; lane && lane->serial == result->tag >> 32 && k < lane->log_count; k++)
            if (tag_of(lane, lane->log[k]) == result->tag && lane->log[k]->is_under_way)
                lane_result(hooks, lane, lane->log[k], result);
    }
}

/* Nothing is under way there, and nothing is to be begun. */
static bool is_idle(const struct lane *lane, int64_t now_ns) {
    return lane->under_way == 0 && lane_next(lane, now_ns) == NULL;
}

/* A note costs a sync of the disk: while much is sent, one in a second for each endpoint. What a crash takes is sent
 * again. */
static void lanes_note(struct hooks *hooks, int64_t now_ns) {
    for (uint32_t i = 0; i < HOOK_ENDPOINTS_MAX; i++) {
        struct lane *lane = hooks->lanes[i];
        if (!lane || (lane->is_noted && lane->told.alerts - lane->noted_alerts < NOTE_ALERTS))
            continue;
        if (is_idle(lane, now_ns) || now_ns - lane->noted_ns >= NOTE_NS || now_ns < lane->noted_ns)
            (void)!lane_put(hooks, lane);
    }
}

static uint32_t wait_ms(const struct hooks *hooks, int64_t now_ns, uint32_t most) {
    for (uint32_t i = 0; i < HOOK_ENDPOINTS_MAX; i++) {
        int64_t due_ns = hooks->lanes[i] ? lane_due(hooks->lanes[i]) : INSTANT_MAX;
        int64_t ms = due_ns <= now_ns ? 1 : (due_ns - now_ns) / 1000000 + 1;
        if (due_ns != INSTANT_MAX && ms < most)
            most = (uint32_t)ms;
    }
    return most;
}

bool hooks_step(struct hooks *hooks, uint32_t milliseconds) {
    struct transport_result results[RESULTS_MAX];
    const struct transport *transport = &hooks->options.transport;
    bool more = false;
    pthread_mutex_lock(&hooks->lock);
    if (lanes_fill(hooks, &more) != STATUS_OK)
        more = false; /* memory is out: the next turn goes on from here */
    int64_t now_ns = hooks_now(hooks);
    uint32_t under_way = lanes_send(hooks, now_ns), wait = more ? 0 : milliseconds;
    if (!more && under_way < FLIGHT_MAX) /* else nothing can be begun before something ends */
        wait = wait_ms(hooks, now_ns, milliseconds);
    pthread_mutex_unlock(&hooks->lock);
    uint32_t count = transport->wait(transport->context, wait, results, RESULTS_MAX);
    pthread_mutex_lock(&hooks->lock);
    for (uint32_t i = 0; i < count; i++)
        result_note(hooks, &results[i]);
    lanes_note(hooks, hooks_now(hooks));
    pthread_mutex_unlock(&hooks->lock);
    return more || under_way > count;
}

static void *work(void *context) {
    struct hooks *hooks = context;
    while (!atomic_load(&hooks->is_ending))
        hooks_step(hooks, TURN_MS);
    return NULL;
}

enum status hooks_start(struct hooks *hooks) {
    if (pthread_create(&hooks->thread, NULL, work, hooks) != 0)
        return STATUS_IO;
    hooks->has_thread = true;
    return STATUS_OK;
}

void hooks_stats(struct hooks *hooks, struct hook_stats *ret_stats) {
    pthread_mutex_lock(&hooks->lock);
    struct hook_stats stats = hooks->stats;
    for (uint32_t i = 0; i < HOOK_ENDPOINTS_MAX; i++) {
        const struct lane *lane = hooks->lanes[i];
        stats.endpoints += lane != NULL;
        stats.disabled += lane && lane->endpoint->state != ENDPOINT_ENABLED;
        stats.waiting += lane ? lane->waiting : 0;
    }
    pthread_mutex_unlock(&hooks->lock);
    *ret_stats = stats;
}
