/* SPDX-License-Identifier: Apache-2.0
 *
 * Other tariffs for a tenant that is in service: read and checked first, and taken whole or not at all. */
#include "engine/snapshot.h"
#include "server/server_private.h"

enum { DIAGS_MAX = 20 };

/* Every mistake in a line of its own; of very many the first. */
static void diags_log(struct log *log, const struct diags *diags) {
    for (uint32_t i = 0; i < diags->count && i < DIAGS_MAX; i++) {
        const struct diag *diag = &diags->list[i];
        struct slice path = diag->place.file != NULL ? diag->place.file->path : SLICE("tariffs");
        log_event(log, LOG_ERROR, "tariff-error", SLICE_FMT ":%u:%u: " SLICE_FMT "%s" SLICE_FMT, SLICE_ARG(path),
                  diag->place.line, diag->place.column, SLICE_ARG(diag->text), diag->hint.len > 0 ? "; " : "",
                  SLICE_ARG(diag->hint));
    }
}

static bool is_same(const struct tariff_set *a, const struct tariff_set *b) {
    uint8_t left[16], right[16];
    tariff_set_fingerprint(a, left);
    tariff_set_fingerprint(b, right);
    return memcmp(left, right, sizeof left) == 0;
}

static bool exchange(struct server *server, struct tenant *tenant, const char *path, const char *base_dir) {
    struct arena arena = {0};
    struct slice error = {0};
    enum status status = live_reload(tenant->live, path, base_dir, &arena, &error);
    atomic_fetch_add(status == STATUS_OK ? &tenant->reloads : &tenant->bad_reloads, 1);
    if (status == STATUS_OK)
        log_event(server->log, LOG_INFO, "reload", "the tariffs of %s hold for " SLICE_FMT, path,
                  SLICE_ARG(tenant->name));
    else
        log_event(server->log, LOG_ERROR, "reload-refused", "%s: " SLICE_FMT "; what held before goes on holding", path,
                  SLICE_ARG(error.len > 0 ? error : slice_of(status_text(status))));
    arena_free(&arena);
    return status == STATUS_OK;
}

bool server_reload(struct server *server, struct tenant *tenant, const char *path, const char *base_dir) {
    struct tariff_set tariffs;
    struct diags diags = {0};
    bool is_done = false;
    enum status status = tariff_set_load(path, base_dir, &tariffs, &diags);
    if (status != STATUS_OK) {
        atomic_fetch_add(&tenant->bad_reloads, 1);
        diags_log(server->log, &diags);
        log_event(server->log, LOG_ERROR, "reload-refused", "%s: %u mistakes (%s); what held before goes on holding",
                  path, diags.error_count, status_text(status));
    } else if (is_same(&tariffs, live_tariffs(tenant->live))) {
        log_event(server->log, LOG_INFO, "reload", "the tariffs of %s are those that hold", path);
        is_done = true;
    } else {
        is_done = exchange(server, tenant, path, base_dir);
    }
    diags_free(&diags);
    tariff_set_free(&tariffs);
    return is_done;
}
