/* SPDX-License-Identifier: Apache-2.0
 *
 * The webhooks of a tenant. */
#include "server/webhooks.h"

#include <sodium.h>

#include "server/log.h"

static const struct engine *state_begin(void *context) {
    return live_state(((struct tenant *)context)->live);
}

static void state_end(void *context) {
    live_state_end(((struct tenant *)context)->live);
}

static const struct tariff_set *tariffs(void *context) {
    return live_tariffs(((struct tenant *)context)->live);
}

static uint32_t set_number(void *context) {
    const struct tenant *tenant = context;
    return book_set_number_of(live_book(tenant->live), live_tariffs(tenant->live));
}

static int64_t now(void *context) {
    return live_now(((struct tenant *)context)->live);
}

struct witness {
    const struct tenant *tenant;
    struct log *log;
};

static void stopped(void *context, struct slice id, const char *state) {
    const struct witness *witness = context;
    if (witness->log != NULL)
        log_event(witness->log, LOG_WARNING, "webhook",
                  "the webhook " SLICE_FMT " of " SLICE_FMT " is %s: nothing is sent to it until it is enabled",
                  SLICE_ARG(id), SLICE_ARG(witness->tenant->name), state);
}

static enum status start(struct hook_options *options, struct tenant *tenant, struct arena *arena,
                         struct slice *ret_error) {
    uint8_t key[KEY_HASH_BYTES];
    _Static_assert(sizeof key == HOOK_KEY_BYTES, "one key of the pepper seals them");
    access_key(tenant->access, SLICE("webhook secrets"), key);
    options->key = key;
    enum status status = hooks_open(options, arena, &tenant->hooks, ret_error);
    sodium_memzero(key, sizeof key);
    return status;
}

enum status webhooks_start(struct tenant *tenant, const struct server_options *server, struct arena *arena,
                           struct slice *ret_error) {
    const struct server_webhooks *given = &server->webhooks;
    struct witness *witness = ARENA_NEW(arena, struct witness);
    if (witness == NULL)
        return STATUS_NO_MEMORY;
    *witness = (struct witness){tenant, server->log};
    struct hook_options options = {.store = book_store(live_book(tenant->live)),
                                   .source = {state_begin, state_end, tariffs, set_number, tenant},
                                   .guard = given->guard,
                                   .now = now,
                                   .now_context = tenant,
                                   .stopped = stopped,
                                   .stopped_context = witness};
    struct curl_options curl = {.guard = given->guard, .ca_path = given->ca_path};
    TRY(transport_curl(&curl, &options.transport));
    enum status status = start(&options, tenant, arena, ret_error);
    if (status != STATUS_OK) {
        options.transport.close(options.transport.context);
        return status;
    }
    return hooks_start(tenant->hooks);
}
