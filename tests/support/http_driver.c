/* SPDX-License-Identifier: Apache-2.0
 *
 * A server of nothing but echoes, for the black-box tests of src/http.
 * http_driver (tcp|unix=PATH) [connections=N per_address=N threads=N workers=N queue=N idle=N header=N grace=N rate=N
 * body=N answer=N drain=N quiet=1 memory=N]: prints the port, then one line for every request that is answered; drains
 * and ends at SIGTERM. */
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/json_writer.h"
#include "http/http.h"

static enum status echo(void *context, const struct http_request *request, struct http_answer *answer) {
    (void)context;
    struct json_writer writer = {.out = &answer->body};
    struct slice limit = http_query(request, "limit"), key = http_header(request, "Idempotency-Key");
    json_object(&writer);
    json_member(&writer, "route", slice_of(request->route->name));
    json_member(&writer, "path", request->path);
    if (request->params[0].ptr != NULL)
        json_member(&writer, "param", request->params[0]);
    if (limit.ptr != NULL)
        json_member(&writer, "limit", limit);
    if (key.ptr != NULL)
        json_member(&writer, "key", key);
    json_member(&writer, "type", request->media_type.ptr != NULL ? request->media_type : SLICE(""));
    json_member(&writer, "body", request->body.len < 1000 ? request->body : SLICE("long"));
    json_member(&writer, "trace", request->trace.ptr != NULL ? request->trace : SLICE(""));
    json_member(&writer, "peer", slice_of(request->peer.is_local ? "local" : request->peer.address));
    json_object_end(&writer);
    return STATUS_OK;
}

static enum status tagged(void *context, const struct http_request *request, struct http_answer *answer) {
    if (request->method == HTTP_GET)
        return http_is_unchanged(request, answer, SLICE("\"v7\"")) ? STATUS_OK : echo(context, request, answer);
    return http_may_change(request, answer, SLICE("\"v7\"")) ? echo(context, request, answer) : STATUS_OK;
}

static enum status slow(void *context, const struct http_request *request, struct http_answer *answer) {
    usleep(300000);
    return echo(context, request, answer);
}

static enum status fault(void *context, const struct http_request *request, struct http_answer *answer) {
    (void)context, (void)request, (void)answer;
    return STATUS_IO;
}

static enum status full(void *context, const struct http_request *request, struct http_answer *answer) {
    (void)context, (void)request, (void)answer;
    return STATUS_NO_MEMORY;
}

static enum status wrong(void *context, const struct http_request *request, struct http_answer *answer) {
    (void)context;
    http_problem(request, answer, 422, "wrong-body", "The body says \"%s\".", request->body.ptr);
    http_problem_at(request, answer, SLICE("/data/quantity"), "%d is below zero", -1);
    http_problem_at(request, answer, SLICE("/data/unit"), "it is missing");
    return STATUS_OK;
}

static enum status split(void *context, const struct http_request *request, struct http_answer *answer) {
    (void)context, (void)request;
    buf_text(&answer->body, "{}");
    http_field(answer, "X-Field", SLICE("a\r\nX-Other: b"));
    return STATUS_OK;
}

static enum status large(void *context, const struct http_request *request, struct http_answer *answer) {
    (void)context, (void)request;
    buf_repeat(&answer->body, 'x', 20u << 20);
    answer->media_type = "text/plain";
    return STATUS_OK;
}

static const struct http_route ROUTES[] = {
    {HTTP_GET, "/v1/things", 0, HTTP_INLINE, 0, "limit cursor", echo, "things_list", ""},
    {HTTP_POST, "/v1/things", 0, HTTP_POOLED, 1 << 20, "", echo, "thing_create", ""},
    {HTTP_GET, "/v1/things/{thing}", 0, HTTP_INLINE, 0, "", echo, "thing_show", ""},
    {HTTP_PUT, "/v1/things/{thing}", 0, HTTP_INLINE, 4096, "", echo, "thing_put", ""},
    {HTTP_DELETE, "/v1/things/{thing}", 0, HTTP_POOLED, 0, "", echo, "thing_delete", ""},
    {HTTP_GET, "/v1/things/all", 0, HTTP_INLINE, 0, "", echo, "things_all", ""},
    {HTTP_GET, "/v1/slow", 0, HTTP_POOLED, 0, "", slow, "slow", ""},
    {HTTP_GET, "/v1/fault", 0, HTTP_POOLED, 0, "", fault, "fault", ""},
    {HTTP_GET, "/v1/full", 0, HTTP_POOLED, 0, "", full, "full", ""},
    {HTTP_POST, "/v1/wrong", 0, HTTP_INLINE, 4096, "", wrong, "wrong", ""},
    {HTTP_GET, "/v1/split", 0, HTTP_INLINE, 0, "", split, "split", ""},
    {HTTP_GET, "/v1/large", 0, HTTP_POOLED, 0, "", large, "large", ""},
    {HTTP_GET, "/v1/tagged", 0, HTTP_INLINE, 0, "", tagged, "tagged_show", ""},
    {HTTP_PUT, "/v1/tagged", 0, HTTP_INLINE, 4096, "", tagged, "tagged_put", ""},
    {HTTP_GET, "/v1/closed", 1, HTTP_INLINE, 0, "", echo, "closed", ""},
};

static bool enter(void *context, struct http_request *request, struct http_answer *answer) {
    (void)context;
    if (request->route->access == 0)
        return true;
    http_problem(request, answer, 401, "no-key", "This needs a key.");
    return false;
}

static void done(void *context, const struct http_done *done) {
    if (*(const uint32_t *)context != 0)
        return;
    printf("%u %s\n", done->status, done->route != NULL ? done->route->name : "-");
    fflush(stdout);
}

static void set_limit(struct http_limits *limits, uint32_t others[3], struct slice argument) {
    const struct {
        const char *name;
        uint32_t *place;
    } known[] = {{"connections", &limits->connections},
                 {"per_address", &limits->per_address},
                 {"threads", &limits->threads},
                 {"workers", &limits->workers},
                 {"queue", &limits->queue},
                 {"idle", &limits->idle_seconds},
                 {"header", &limits->header_seconds},
                 {"grace", &limits->grace_seconds},
                 {"rate", &limits->body_rate},
                 {"body", &limits->body_seconds},
                 {"answer", &limits->answer_seconds},
                 {"drain", &others[0]},
                 {"quiet", &others[1]},
                 {"memory", &others[2]}};
    struct slice name, text;
    uint64_t value = 0;
    slice_cut(argument, '=', &name, &text);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (slice_is(name, known[i].name) && slice_number(text, UINT32_MAX, &value))
            *known[i].place = (uint32_t)value;
}

static int listen_at(struct slice where, struct arena *arena, bool *ret_is_local) {
    struct slice name, path = {0}, error = {0};
    int made = -1;
    *ret_is_local = slice_cut(where, '=', &name, &path);
    enum status status = *ret_is_local ? http_bind_unix(path.ptr, 0600, arena, &made, &error)
                                       : http_bind_tcp(SLICE("127.0.0.1:0"), false, arena, &made, &error);
    if (status == STATUS_OK)
        return made;
    fprintf(stderr, SLICE_FMT "\n", SLICE_ARG(error));
    exit(1);
}

static unsigned port_of(int socket) {
    struct sockaddr_in address = {0};
    socklen_t length = sizeof address;
    return getsockname(socket, (struct sockaddr *)&address, &length) == 0 ? ntohs(address.sin_port) : 0;
}

int main(int argc, char **argv) {
    uint32_t others[3] = {5, 0, 0}; /* seconds of the drain; whether nothing is printed; bytes of bodies */
    struct http_options options = {ROUTES, sizeof ROUTES / sizeof *ROUTES, &others[1], enter, done, {0}};
    struct arena arena = {0};
    struct http_server *server = NULL;
    sigset_t signals;
    int caught;
    if (argc < 2)
        return 1;
    for (int i = 2; i < argc; i++)
        set_limit(&options.limits, others, slice_of(argv[i]));
    options.limits.body_memory = others[2];
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    signal(SIGPIPE, SIG_IGN);
    bool is_local = false;
    int made = listen_at(slice_of(argv[1]), &arena, &is_local);
    unsigned port = is_local ? 0 : port_of(made);
    if (http_new(&options, &server) != STATUS_OK || http_serve(server, made, is_local) != STATUS_OK)
        return 1;
    printf("%u\n", port);
    fflush(stdout);
    sigwait(&signals, &caught);
    http_drain(server, others[0]);
    http_free(server);
    arena_free(&arena);
    return 0;
}
