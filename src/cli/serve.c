/* SPDX-License-Identifier: Apache-2.0
 *
 * tollgate serve: books over HTTP until a signal ends it. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "cli/serve.h"
#include "cli/verbs.h"
#include "server/routes.h"

#define TICK_SECONDS 60
#define DRAIN_SECONDS 30
#define WORKERS 16     /* each writing request keeps one while it waits for its sync */
#define LOOK_SECONDS 2 /* between looks at whether the books are well */

static const struct option options[] = {
    OPTION_DATA,
    {"tenant", "NAME=DIR", "serve this data directory too, under a name", NULL, true},
    {"listen", "ADDRESS:PORT", "also listen on the network: 127.0.0.1:8080, [::1]:8080", NULL, true},
    {"pepper-file", "FILE", "hash keys under the secret in FILE; default: pepper in each data directory", NULL, false},
    {"head-key", "FILE", "sign what /v1/heads tells with the secret key in FILE", NULL, false},
    {"public", NULL, "--listen may name an address that others reach; put TLS in front", NULL, false},
    {"tariffs", "DIR", "on SIGHUP, let the tariffs of DIR hold if they are sound", NULL, false},
    {"webhook-allow", "NETWORK", "webhooks may go to these addresses, like 10.2.0.0/16, on any port", NULL, true},
    {"webhook-http", NULL, "webhooks may go to plain http too, for receivers on the premises", NULL, false},
    {"webhook-ca", "FILE", "the certificates that receivers are known by; default: the system's", NULL, false},
    {"log", "FILE", "append the log to FILE, opened again on SIGHUP; default: standard error", NULL, false},
    {"log-form", "FORM", "json, plain, or auto: plain on a terminal", "auto|json|plain", false},
    {"clock-file", "FILE", "for tests: the time is what FILE says; empty: the clock", NULL, false},
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
    if (service->tenant_count == SERVE_TENANTS_MAX)
        return complain(EXIT_USAGE, "a daemon serves %u tenants at most.", SERVE_TENANTS_MAX);
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

/* EXIT_DONE, EXIT_USAGE or EXIT_FAULT. */
static int webhooks_read(const struct call *call, struct server_webhooks *webhooks) {
    webhooks->ca_path = option_value(call, "webhook-ca");
    if (webhooks->ca_path != NULL && file_check(webhooks->ca_path) != EXIT_DONE)
        return EXIT_FAULT;
    webhooks->guard.is_http_allowed = option_given(call, "webhook-http");
    for (uint32_t i = 0; i < call->use_count; i++) {
        if (strcmp(call->uses[i].option->name, "webhook-allow") != 0)
            continue;
        if (webhooks->guard.allowed_count == GUARD_NETWORKS_MAX)
            return complain(EXIT_USAGE, "--webhook-allow can be given %u times at most.", (unsigned)GUARD_NETWORKS_MAX);
        if (!guard_network_read(slice_of(call->uses[i].value), &webhooks->guard.allowed[webhooks->guard.allowed_count]))
            return complain(EXIT_USAGE,
                            "--webhook-allow %s: it is a network like 10.2.0.0/16 or fd00:1::/64, without "
                            "bits behind its prefix.",
                            call->uses[i].value);
        webhooks->guard.allowed_count++;
    }
    return EXIT_DONE;
}

/* Secrets are in memory. */
static void core_forbid(void) {
    struct rlimit none = {0};
    (void)setrlimit(RLIMIT_CORE, &none);
}

/* The signals that mean something wait until they are asked for; in every thread, so before there is a second one. */
static sigset_t signals_hold(void) {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is a full disk, not a death */
    return signals;
}

/* A clock that stands where a file says. What cannot be read is no instant: then it is the system's. */
static int64_t clock_file(void *context) {
    char text[64];
    struct timespec now;
    int64_t at_ns;
    size_t offset;
    int file = open(*(const char **)context, O_RDONLY | O_CLOEXEC);
    ssize_t len = file >= 0 ? read(file, text, sizeof text) : 0;
    if (file >= 0)
        close(file);
    while (len > 0 && text[len - 1] == '\n')
        len--;
    if (len > 0 && instant_parse((struct slice){text, (size_t)len}, &at_ns, &offset) == STATUS_OK)
        return at_ns;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * NS_PER_SECOND + now.tv_nsec;
}

static void reload(struct service *service) {
    struct timespec now;
    char text[64];
    struct tenant *tenants;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    (void)snprintf(text, sizeof text, "RELOADING=1\nMONOTONIC_USEC=%lld",
                   (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000);
    supervisor_tell(text);
    if (log_reopen(service->log) != STATUS_OK)
        log_event(service->log, LOG_ERROR, "log", "the log cannot be opened again: %s; the old file goes on",
                  strerrordesc_np(errno));
    if (option_given(service->call, "tariffs") && server_tenants(service->server, &tenants) > 0)
        (void)server_reload(service->server, tenants, option_value(service->call, "tariffs"), tariffs_shipped());
    else
        log_event(service->log, LOG_INFO, "reload", "the log was opened again");
    supervisor_tell("READY=1");
}

/* A book that takes nothing more is recovered by a new start: whoever restarts failed services does that. */
static bool is_broken(const struct service *service) {
    struct tenant *tenants;
    struct slice why;
    uint32_t count = server_tenants(service->server, &tenants);
    for (uint32_t i = 0; i < count; i++) {
        if (!live_is_broken(tenants[i].live, &why))
            continue;
        log_event(service->log, LOG_ERROR, "broken", SLICE_FMT " (%s): " SLICE_FMT, SLICE_ARG(tenants[i].name),
                  tenants[i].directory, SLICE_ARG(why));
        return true;
    }
    return false;
}

/* Until a signal ends it, or a book is broken. EXIT_DONE or EXIT_FAULT. */
static int wait_for_end(struct service *service, const sigset_t *signals) {
    uint64_t us = supervisor_watchdog_us() / 2;
    struct timespec pause = {.tv_sec = LOOK_SECONDS};
    if (us > 0 && us < (uint64_t)LOOK_SECONDS * 1000000)
        pause = (struct timespec){.tv_sec = (time_t)(us / 1000000), .tv_nsec = (long)(us % 1000000) * 1000};
    while (!is_broken(service)) {
        int number = sigtimedwait(signals, NULL, &pause);
        if (us > 0)
            supervisor_tell("WATCHDOG=1");
        server_care(service->server);
        if (number == SIGHUP) {
            reload(service);
        } else if (number > 0) {
            log_event(service->log, LOG_INFO, "stopping", "signal %d: answering what had begun", number);
            return EXIT_DONE;
        }
    }
    return EXIT_FAULT;
}

static int answer(struct service *service, const sigset_t *signals) {
    int code = serve_listen(service);
    bool is_serving = code == EXIT_DONE;
    if (is_serving) {
        const char *plural = service->tenant_count == 1 ? "" : "s";
        log_event(service->log, LOG_INFO, "ready", "serving %u book%s", service->tenant_count, plural);
        supervisor_tell("READY=1\nSTATUS=Serving.");
        code = wait_for_end(service, signals);
        supervisor_tell("STOPPING=1\nSTATUS=Answering what had begun.");
        server_not_ready(service->server);
    }
    serve_unlink(service);
    server_close(service->server, DRAIN_SECONDS);
    if (is_serving)
        log_event(service->log, LOG_INFO, "stopped", "every book is closed");
    return code;
}

static int log_start(struct service *service) {
    const char *form = option_value(service->call, "log-form");
    struct log_options log = {.path = option_value(service->call, "log")};
    log.is_plain = form != NULL && strcmp(form, "auto") != 0 ? strcmp(form, "plain") == 0
                                                             : log.path == NULL && isatty(STDERR_FILENO);
    enum status status = log_open(&log, &service->log);
    if (status == STATUS_IO)
        return complain_path(log.path, errno);
    return status == STATUS_OK ? EXIT_DONE : complain_fault("the log", status);
}

static int serve(struct service *service) {
    sigset_t signals = signals_hold();
    core_forbid();
    const char *clock = option_value(service->call, "clock-file");
    service->handed_count = supervisor_sockets(service->handed);
    int code = log_start(service);
    if (code != EXIT_DONE)
        return code;
    struct server_options server = {
        .tenants = service->tenants,
        .tenant_count = service->tenant_count,
        .live = {.tick_seconds = TICK_SECONDS, .now = clock != NULL ? clock_file : NULL, .context = &clock},
        .limits = {.workers = WORKERS},
        .pepper_path = option_value(service->call, "pepper-file"),
        .head_key_path = option_value(service->call, "head-key"),
        .webhooks = service->webhooks,
        .log = service->log};
    struct slice error = {0};
    log_event(service->log, LOG_INFO, "start", "tollgate " TOLLGATE_VERSION ", process %d", (int)getpid());
    enum status status = server_open(&server, &service->arena, &service->server, &error);
    code = status == STATUS_OK ? answer(service, &signals) : data_fault("serve", status, error);
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
    if (code == EXIT_DONE && service->tenant_count > 1 && option_given(call, "tariffs"))
        code = complain(EXIT_USAGE, "--tariffs goes with one data directory; each tenant has tariffs of its own.");
    if (code == EXIT_DONE)
        code = webhooks_read(call, &service->webhooks);
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
