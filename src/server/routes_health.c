/* SPDX-License-Identifier: Apache-2.0
 *
 * Is it alive, does it take work: for whoever restarts it and whoever balances load. Nothing about customers. */
#include "server/server_private.h"

static enum status state_answer(struct http_answer *answer, const char *state) {
    struct json_writer writer = {.out = &answer->body};
    json_object(&writer);
    json_member(&writer, "status", slice_of(state));
    json_object_end(&writer);
    return answer->body.failed ? STATUS_NO_MEMORY : STATUS_OK;
}

enum status health_get(void *context, const struct http_request *request, struct http_answer *answer) {
    (void)context;
    (void)request;
    return state_answer(answer, "ok");
}

enum status ready_get(void *context, const struct http_request *request, struct http_answer *answer) {
    struct server *server = context;
    struct slice why;
    if (atomic_load(&server->is_draining)) {
        http_problem(request, answer, 503, "stopping", "the daemon is stopping; ask another one.");
        http_field(answer, "Retry-After", SLICE("5"));
        return STATUS_OK;
    }
    for (uint32_t i = 0; i < server->tenant_count; i++) {
        if (!live_is_broken(server->tenants[i].live, &why))
            continue;
        http_problem(request, answer, 503, "broken", "a book takes nothing more; the daemon's log says why.");
        return STATUS_OK;
    }
    return state_answer(answer, "ready");
}
