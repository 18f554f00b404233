/* SPDX-License-Identifier: Apache-2.0
 *
 * tollgate serve: books over HTTP until a signal ends it. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/data.h"
#include "cli/verbs.h"
#include "server/log.h"
#include "server/routes.h"

#define TENANTS_MAX 256
#define TICK_SECONDS 60
#define DRAIN_SECONDS 30
#define SOCKET_NAME "tollgate.sock"

static const struct option options[] = {
    OPTION_DATA,
    {"tenant", "NAME=DIR", "serve this data directory too, under a name", NULL, true},
    {"listen", "ADDRESS:PORT", "also listen on the network: 127.0.0.1:8080, [::1]:8080", NULL, true},
    {"pepper-file", "FILE", "hash keys under the secret in FILE; default: pepper in each data directory", NULL, false},
    {"public", NULL, "--listen may name an address that others reach; put TLS in front", NULL, false},
    {"routes", NULL, "print every route with its roles and limits, and serve nothing", NULL, false},
    OPTION_JSON,
    OPTIONS_COMMON,
};

static const struct verb_example examples[] = {
    {"tollgate serve --data books/2026", "on the socket books/2026/tollgate.sock, for programs on this machine"},
    {"tollgate serve --data books/2026 --listen 127.0.0.1:8080", "and on a port, for those who have a key"},
    {"tollgate serve --tenant eu=books/eu --tenant us=books/us", "two books, each with its own keys"},
    {"tollgate serve --routes --json", "what it answers, as data"},
};

struct service {
    const struct call *call;
    struct arena arena;
    struct server_tenant tenants[TENANTS_MAX];
    uint32_t tenant_count;
    struct server *server;
    const char *sockets[TENANTS_MAX]; /* files that are ours to remove */
    uint32_t socket_count;
    struct log *log;
};

static int routes_print(const struct call *call) {
    struct sink out = output_sink();
    uint32_t count;
    const struct http_route *routes = server_routes(&count);
    if (is_json(call)) {
        struct json_writer writer = {.out = &out.buf, .pretty = true};
        server_routes_json(&writer);
        buf_char(&out.buf, '\n');
        return output_finish(&out, EXIT_DONE);
    }
    for (uint32_t i = 0; i < count; i++) {
        buf_printf(&out.buf, "%-6s  %-44s  ", server_method_name(routes[i].method), routes[i].path);
        server_roles_text(routes[i].access, ", ", &out.buf);
        buf_char(&out.buf, '\n');
    }
    return output_finish(&out, EXIT_DONE);
}

/* "NAME=DIR". EXIT_DONE or EXIT_USAGE. */
static int tenant_read(struct service *service, const char *text) {
    struct slice name, directory;
    if (!slice_cut(slice_of(text), '=', &name, &directory) || name.len == 0 || directory.len == 0)
        return complain(EXIT_USAGE, "--tenant wants NAME=DIR, as in --tenant eu=books/eu.");
    if (service->tenant_count == TENANTS_MAX)
        return complain(EXIT_USAGE, "a daemon serves %u tenants at most.", TENANTS_MAX);
    for (uint32_t i = 0; i < service->tenant_count; i++) {
        if (slice_is(name, service->tenants[i].name))
            return complain(EXIT_USAGE, "two tenants are called \"" SLICE_FMT "\".", SLICE_ARG(name));
    }
    struct slice copy = arena_copy(&service->arena, name);
    if (copy.ptr == NULL)
        return complain_fault("options", STATUS_NO_MEMORY);
    service->tenants[service->tenant_count++] = (struct server_tenant){copy.ptr, directory.ptr};
    return EXIT_DONE;
}

static int tenants_read(struct service *service) {
    const struct call *call = service->call;
    if (option_given(call, "data") || !option_given(call, "tenant")) {
        const char *directory = data_directory(call);
        if (directory == NULL)
            return EXIT_USAGE;
        service->tenants[service->tenant_count++] = (struct server_tenant){"default", directory};
    }
    int code = EXIT_DONE;
    for (uint32_t i = 0; i < call->use_count && code == EXIT_DONE; i++) {
        if (strcmp(call->uses[i].option->name, "tenant") == 0)
            code = tenant_read(service, call->uses[i].value);
    }
    return code;
}

static int listen_on(struct service *service, int socket, bool is_local, const char *what) {
    enum status status = server_listen(service->server, socket, is_local);
    return status == STATUS_OK ? EXIT_DONE : complain_fault(what, status);
}

static int listen_unix(struct service *service, const char *directory) {
    struct slice error = {0};
    int socket;
    struct slice path = arena_printf(&service->arena, "%s/" SOCKET_NAME, directory);
    if (path.ptr == NULL)
        return complain_fault("the socket", STATUS_NO_MEMORY);
    enum status status = http_bind_unix(path.ptr, 0660, &service->arena, &socket, &error);
    if (status != STATUS_OK)
        return data_fault(path.ptr, status, error);
    service->sockets[service->socket_count++] = path.ptr;
    return listen_on(service, socket, true, path.ptr);
}

static int listen_tcp(struct service *service, const char *address) {
    struct slice error = {0};
    int socket;
    enum status status =
        http_bind_tcp(slice_of(address), option_given(service->call, "public"), &service->arena, &socket, &error);
    if (status != STATUS_OK)
        return data_fault(address, status, error);
    return listen_on(service, socket, false, address);
}

static int listen_all(struct service *service) {
    int code = EXIT_DONE;
    for (uint32_t i = 0; i < service->tenant_count && code == EXIT_DONE; i++)
        code = listen_unix(service, service->tenants[i].directory);
    for (uint32_t i = 0; i < service->call->use_count && code == EXIT_DONE; i++) {
        if (strcmp(service->call->uses[i].option->name, "listen") == 0)
            code = listen_tcp(service, service->call->uses[i].value);
    }
    return code;
}

/* The signals that end the daemon wait until they are asked for; in every thread, so before there is a second one. */
static sigset_t signals_hold(void) {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    signal(SIGPIPE, SIG_IGN);
    return signals;
}

/* Answer until a signal comes. */
static int answer(struct service *service, const sigset_t *signals) {
    int code = listen_all(service), signal_number = 0;
    if (code == EXIT_DONE) {
        log_event(service->log, LOG_INFO, "ready", "serving %u book%s", service->tenant_count,
                  service->tenant_count == 1 ? "" : "s");
        while (sigwait(signals, &signal_number) != 0)
            continue;
        log_event(service->log, LOG_INFO, "stopping", "signal %d; answering what had begun", signal_number);
        server_not_ready(service->server);
    }
    for (uint32_t i = 0; i < service->socket_count; i++)
        unlink(service->sockets[i]);
    server_close(service->server, DRAIN_SECONDS);
    if (code == EXIT_DONE)
        log_event(service->log, LOG_INFO, "stopped", "everything is closed");
    return code;
}

static int serve(struct service *service) {
    struct server_options server = {.tenants = service->tenants,
                                    .tenant_count = service->tenant_count,
                                    .live = {.tick_seconds = TICK_SECONDS},
                                    .pepper_path = option_value(service->call, "pepper-file"),
                                    .log = service->log};
    struct slice error = {0};
    sigset_t signals = signals_hold();
    enum status status = log_open(&(struct log_options){.is_plain = isatty(STDERR_FILENO)}, &service->log);
    if (status != STATUS_OK)
        return complain_fault("the log", status);
    server.log = service->log;
    status = server_open(&server, &service->arena, &service->server, &error);
    int code = status == STATUS_OK ? answer(service, &signals) : data_fault("serve", status, error);
    log_close(service->log);
    return code;
}

static int serve_run(const struct call *call) {
    if (option_given(call, "routes"))
        return routes_print(call);
    struct service *service = calloc(1, sizeof *service);
    if (service == NULL)
        return complain_fault("serve", STATUS_NO_MEMORY);
    service->call = call;
    int code = tenants_read(service);
    if (code == EXIT_DONE)
        code = serve(service);
    arena_free(&service->arena);
    free(service);
    return code;
}

const struct verb verb_serve = {
    .name = "serve",
    .operands = "",
    .summary = "Serve data directories over HTTP until a signal ends it",
    .text =
        "One process keeps the books, answers requests, and lets time pass. It listens on DIR/tollgate.sock of every\n"
        "data directory: who runs it, and root, may do everything there; on ports a key says who asks. While it runs,\n"
        "other verbs that write to such a directory go through it.\n"
        "SIGTERM and SIGINT end it: requests that had begun are answered, a snapshot is written.",
    .options = options,
    .option_count = COUNT_OF(options),
    .examples = examples,
    .example_count = COUNT_OF(examples),
    .operand_max = 0,
    .run = serve_run,
};
