/* SPDX-License-Identifier: Apache-2.0
 *
 * The life of the daemon: open the books, answer, drain, close. */
#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>

#include "access/audit.h"
#include "access/session.h"
#include "book/head.h"
#include "server/answers.h"
#include "server/server_private.h"
#include "server/webhooks.h"

/* What is known of a failure, and the remedy. */
static struct slice explain(struct server *server, enum status status, struct slice error) {
    if (status == STATUS_NOT_FOUND)
        return arena_printf(&server->arena, SLICE_FMT "; `tollgate init DIR` makes a book", SLICE_ARG(error));
    if (status == STATUS_CONFLICT)
        return arena_printf(&server->arena, SLICE_FMT "; one process writes a book at a time: end that one first",
                            SLICE_ARG(error));
    return error;
}

static enum status tenant_enter(const struct server_options *options, struct server *server, struct tenant *tenant,
                                struct slice *ret_error) {
    struct access_options access = {.directory = tenant->directory, .pepper_path = options->pepper_path};
    enum status status =
        access_open(book_store(live_book(tenant->live)), &access, &server->arena, &tenant->access, ret_error);
    if (status == STATUS_OK)
        status = server_audit_open(server, tenant, ret_error);
    if (status == STATUS_OK)
        status = answers_new(book_store(live_book(tenant->live)), &tenant->answers);
    if (status == STATUS_OK)
        status = webhooks_start(tenant, options, &server->arena, ret_error);
    if (status != STATUS_OK) {
        hooks_close(tenant->hooks);
        answers_free(tenant->answers);
        audit_close(tenant->audit);
        access_close(tenant->access);
        live_close(tenant->live);
    }
    return status;
}

static enum status tenant_open(const struct server_options *options, const struct server_tenant *given,
                               struct server *server, struct slice *ret_error) {
    struct tenant *tenant = &server->tenants[server->tenant_count];
    struct slice error = {0};
    struct stat about;
    *tenant = (struct tenant){.name = arena_copy(&server->arena, slice_of(given->name)),
                              .directory = arena_copy(&server->arena, slice_of(given->directory)).ptr};
    if (tenant->name.ptr == NULL || tenant->directory == NULL)
        return STATUS_NO_MEMORY;
    if (stat(given->directory, &about) == 0)
        tenant->place = arena_printf(&server->arena, "%llu:%llu", (unsigned long long)about.st_dev,
                                     (unsigned long long)about.st_ino);
    enum status status = live_open(given->directory, &options->live, &server->arena, &tenant->live, &error);
    if (status != STATUS_OK) {
        *ret_error = explain(server, status, error);
        return status;
    }
    TRY(tenant_enter(options, server, tenant, ret_error));
    server->tenant_count++;
    return STATUS_OK;
}

static enum status open_all(const struct server_options *options, struct server *server, struct slice *ret_error) {
    server->tenants = ARENA_ARRAY(&server->arena, options->tenant_count, struct tenant);
    if (server->tenants == NULL)
        return STATUS_NO_MEMORY;
    for (uint32_t i = 0; i < options->tenant_count; i++)
        TRY(tenant_open(options, &options->tenants[i], server, ret_error));
    struct http_options http = {
        .context = server, .enter = server_enter, .done = server_done, .limits = options->limits};
    http.routes = server_routes(&http.route_count);
    server->requests = ARENA_ARRAY(&server->arena, http.route_count + 1, struct metrics_route);
    if (server->requests == NULL)
        return STATUS_NO_MEMORY;
    TRY(sessions_new(&server->sessions));
    return http_new(&http, &server->http);
}

/* That heads can be signed is known before anybody asks for one. */
static enum status head_key_check(const char *path, struct arena *arena, struct slice *ret_error) {
    uint8_t secret[HEAD_SECRET_BYTES];
    enum status status = path != NULL ? key_read(path, secret) : STATUS_OK;
    sodium_memzero(secret, sizeof secret);
    if (status == STATUS_CONFLICT)
        *ret_error = arena_printf(arena, "%s may be used by others too: `chmod 600 %s`", path, path);
    else if (status == STATUS_INVALID)
        *ret_error = arena_printf(arena, "%s is no Ed25519 key; `tollgate head --new-key FILE` makes one", path);
    else if (status != STATUS_OK)
        *ret_error = arena_printf(arena, "cannot read %s: %s%s", path, strerror(errno), errno_advice(errno));
    return status;
}

enum status server_open(const struct server_options *options, struct arena *arena, struct server **ret_server,
                        struct slice *ret_error) {
    struct server *server = calloc(1, sizeof *server);
    struct slice error = {0};
    struct timespec now;
    if (server == NULL)
        return STATUS_NO_MEMORY;
    enum status status = head_key_check(options->head_key_path, arena, ret_error);
    if (status != STATUS_OK) {
        free(server);
        return status;
    }
    server->head_key_path = options->head_key_path;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    server->started_ns = (int64_t)now.tv_sec * NS_PER_SECOND + now.tv_nsec;
    server->log = options->log;
    if (getrandom(server->lease_key, sizeof server->lease_key, 0) != (ssize_t)sizeof server->lease_key) {
        free(server);
        return STATUS_IO;
    }
    status = open_all(options, server, &error);
    if (status != STATUS_OK) {
        const char *directory = server->tenant_count < options->tenant_count
                                    ? options->tenants[server->tenant_count].directory
                                    : "the listener";
        *ret_error = error.len > 0 ? arena_printf(arena, "%s: " SLICE_FMT, directory, SLICE_ARG(error))
                                   : arena_printf(arena, "%s: %s", directory, status_text(status));
        server_close(server, 0);
        return status;
    }
    *ret_server = server;
    return STATUS_OK;
}

enum status server_listen(struct server *server, int socket, bool is_local) {
    return http_serve(server->http, socket, is_local);
}

uint32_t server_tenants(const struct server *server, struct tenant **ret_tenants) {
    *ret_tenants = server->tenants;
    return server->tenant_count;
}

/* Once when it begins, and once when something was written again and nothing was refused since the last look. */
static void storage_tell(struct server *server, struct tenant *tenant) {
    uint64_t refused = atomic_load(&tenant->unwritten);
    struct live_stats stats;
    struct statvfs disk;
    live_stats(tenant->live, &stats);
    bool is_refusing = refused != tenant->unwritten_told;
    if (is_refusing && !tenant->is_telling && statvfs(tenant->directory, &disk) == 0)
        log_event(
            server->log, LOG_ERROR, "storage",
            SLICE_FMT " (%s): nothing can be written, and requests are refused; its disk has %llu MiB left. The gate "
                      "goes on, and nothing has to be started again: make room, or see what the disk's own log says",
            SLICE_ARG(tenant->name), tenant->directory, (unsigned long long)disk.f_bavail * disk.f_frsize / 1048576);
    bool is_written = stats.batches > atomic_load(&tenant->written_then);
    if (!is_refusing && tenant->is_telling && is_written)
        log_event(server->log, LOG_INFO, "storage", SLICE_FMT " (%s): it is written again", SLICE_ARG(tenant->name),
                  tenant->directory);
    tenant->is_telling = is_refusing || (tenant->is_telling && !is_written);
    tenant->unwritten_told = refused;
}

#define AHEAD_NS (60 * NS_PER_SECOND)

/* Once while it lasts. */
static void clock_tell(struct server *server, struct tenant *tenant) {
    int64_t ahead_ns = live_ahead_ns(tenant->live);
    if (ahead_ns > AHEAD_NS && !tenant->is_ahead)
        log_event(server->log, LOG_WARNING, "clock",
                  SLICE_FMT " (%s): the machine's clock is %lld seconds behind the book's time, which never goes back: "
                            "it goes on more slowly until the clock has caught up; set the clock right",
                  SLICE_ARG(tenant->name), tenant->directory, (long long)(ahead_ns / NS_PER_SECOND));
    tenant->is_ahead = ahead_ns > AHEAD_NS / 2 && (tenant->is_ahead || ahead_ns > AHEAD_NS);
}

/* When keys were last used: by the hour, so that it is seldom written; what cannot be is written later. */
void server_care(struct server *server) {
    for (uint32_t i = 0; i < server->tenant_count; i++) {
        (void)!access_keep(server->tenants[i].access);
        if (server->log == NULL)
            continue;
        storage_tell(server, &server->tenants[i]);
        clock_tell(server, &server->tenants[i]);
    }
}

void server_not_ready(struct server *server) {
    atomic_store(&server->is_draining, true);
}

void server_close(struct server *server, uint32_t seconds) {
    if (server == NULL)
        return;
    if (server->http != NULL) {
        http_drain(server->http, seconds);
        http_free(server->http);
    }
    server_care(server);
    for (uint32_t i = 0; i < server->tenant_count; i++) {
        hooks_close(server->tenants[i].hooks);
        access_close(server->tenants[i].access);
        audit_close(server->tenants[i].audit);
        answers_free(server->tenants[i].answers);
        live_close(server->tenants[i].live);
    }
    sessions_free(server->sessions);
    arena_free(&server->arena);
    free(server);
}
