/* SPDX-License-Identifier: Apache-2.0
 *
 * A server in this process, so that the sanitizers see it: listening, routes, workers, drain. */
#include "support/check.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "http/http.h"

enum { CLIENTS = 8, REQUESTS = 50 };

static enum status echo(void *context, const struct http_request *request, struct http_answer *answer) {
    atomic_fetch_add((atomic_uint *)context, 1);
    buf_append(&answer->body, request->params[0].ptr != NULL ? request->params[0] : request->body);
    http_field(answer, "X-Limit", http_query(request, "limit").ptr != NULL ? http_query(request, "limit") : SLICE("-"));
    return STATUS_OK;
}

static const struct http_route ROUTES[] = {
    {HTTP_GET, "/things/{thing}", 0, HTTP_INLINE, 0, "limit", echo, "show", ""},
    {HTTP_POST, "/things", 0, HTTP_POOLED, 4096, "", echo, "create", ""},
    {HTTP_GET, "/things/{name}", 0, HTTP_INLINE, 0, "", echo, "again", ""},
};

static void two_routes_that_are_the_same(void **state) {
    (void)state;
    struct http_server *server = NULL;
    struct http_options options = {.routes = ROUTES, .route_count = 3};
    CHECK_STATUS(http_new(&options, &server), STATUS_INVALID);
    options.route_count = 2;
    CHECK_OK(http_new(&options, &server));
    http_free(server);
    http_free(NULL);
}

static void addresses(void **state) {
    (void)state;
    static const struct {
        const char *row, *address;
        bool is_public_allowed;
        enum status want;
        const char *words;
    } rows[] = {
        {"loopback", "127.0.0.1:0", false, STATUS_OK, ""},
        {"all of loopback", "127.9.8.7:0", false, STATUS_OK, ""},
        {"another address", "0.0.0.0:0", false, STATUS_INVALID, "not loopback"},
        {"another address, allowed", "0.0.0.0:0", true, STATUS_OK, ""},
        {"no port", "127.0.0.1", false, STATUS_INVALID, "write 127.0.0.1:8080"},
        {"a port of words", "127.0.0.1:http", false, STATUS_INVALID, "write 127.0.0.1:8080"},
        {"a port over 65535", "127.0.0.1:65536", false, STATUS_INVALID, "write 127.0.0.1:8080"},
        {"IPv6 without brackets", "::1:80", false, STATUS_INVALID, "write 127.0.0.1:8080"},
        {"no host", ":80", false, STATUS_INVALID, "write 127.0.0.1:8080"},
        {"nothing", "", false, STATUS_INVALID, "write 127.0.0.1:8080"},
    };
    struct arena arena = {0};
    FOR_ROWS(row, rows) {
        int made = -1;
        struct slice error = {"", 0};
        CHECK_STATUS(http_bind_tcp(slice_of(row->address), row->is_public_allowed, &arena, &made, &error), row->want);
        CHECK(memmem(error.ptr, error.len, row->words, strlen(row->words)) != NULL);
        if (made >= 0)
            close(made);
    }
    arena_free(&arena);
}

static void what_cannot_be_listened_at(void **state) {
    (void)state;
    struct arena arena = {0};
    struct slice error = {0};
    struct sockaddr_in taken = {0};
    socklen_t length = sizeof taken;
    int made = -1, other = -1;
    CHECK_OK(http_bind_tcp(SLICE("127.0.0.1:0"), false, &arena, &made, &error));
    CHECK(getsockname(made, (struct sockaddr *)&taken, &length) == 0);
    struct slice address = arena_printf(&arena, "127.0.0.1:%u", ntohs(taken.sin_port));
    CHECK_STATUS(http_bind_tcp(address, false, &arena, &other, &error), STATUS_CONFLICT);
    CHECK(memmem(error.ptr, error.len, "another process listens there", 29) != NULL);
    close(made);
    char path[200];
    memset(path, 'a', sizeof path);
    path[sizeof path - 1] = '\0';
    CHECK_STATUS(http_bind_unix(path, 0600, &arena, &other, &error), STATUS_INVALID);
    CHECK_STATUS(http_bind_unix("/nowhere/at/all", 0600, &arena, &other, &error), STATUS_IO);
    CHECK_TEXT(error, "/nowhere/at/all: No such file or directory");
    if (http_bind_tcp(SLICE("[::1]:0"), false, &arena, &made, &error) == STATUS_OK)
        close(made);
    CHECK_STATUS(http_bind_tcp(SLICE("[::]:0"), false, &arena, &other, &error), STATUS_INVALID);
    CHECK_INT(other, -1);
    arena_free(&arena);
}

static int dial(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, path, strlen(path));
    int made = socket(AF_UNIX, SOCK_STREAM, 0);
    struct timeval most = {.tv_sec = 20};
    setsockopt(made, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof most);
    CHECK(connect(made, (struct sockaddr *)&address, sizeof address) == 0);
    return made;
}

/* Ask, and wait until the answer ends in `end`. */
static bool ask(int made, const char *text, const char *end) {
    char answer[4096] = "";
    size_t len = 0;
    if (send(made, text, strlen(text), MSG_NOSIGNAL) < 0)
        return false;
    while (len < strlen(end) || memcmp(answer + len - strlen(end), end, strlen(end)) != 0) {
        ssize_t got = recv(made, answer + len, sizeof answer - len, 0);
        if (got <= 0)
            return false;
        len += (size_t)got;
    }
    return strncmp(answer, "HTTP/1.1 200 ", 13) == 0;
}

static void *client(void *path) {
    uintptr_t good = 0;
    int made = dial(path);
    for (int i = 0; i < REQUESTS; i++) {
        good += ask(made, "GET /things/th%69ng?limit=7 HTTP/1.1\r\nHost: a\r\n\r\n", "\r\n\r\nthing");
        good += ask(made, "POST /things HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody", "\r\n\r\nbody");
    }
    close(made);
    return (void *)good;
}

static void many_clients(void **state) {
    (void)state;
    char path[] = "/tmp/tollgate-http-XXXXXX", file[64];
    CHECK(mkdtemp(path) != NULL);
    snprintf(file, sizeof file, "%s/socket", path);
    struct arena arena = {0};
    struct slice error = {0};
    atomic_uint count = 0;
    struct http_options options = {.routes = ROUTES, .route_count = 2, .context = &count, .limits = {.workers = 2}};
    struct http_server *server = NULL;
    int made = -1;
    CHECK_OK(http_new(&options, &server));
    CHECK_OK(http_bind_unix(file, 0600, &arena, &made, &error));
    CHECK(fcntl(made, F_SETFL, 0) == 0); /* as a service manager may hand it over */
    CHECK_OK(http_serve(server, made, true));
    CHECK_STATUS(http_bind_unix(file, 0600, &arena, &made, &error), STATUS_CONFLICT);
    pthread_t threads[CLIENTS];
    uintptr_t good = 0;
    for (int i = 0; i < CLIENTS; i++)
        CHECK(pthread_create(&threads[i], NULL, client, file) == 0);
    for (int i = 0; i < CLIENTS; i++) {
        void *result = NULL;
        pthread_join(threads[i], &result);
        good += (uintptr_t)result;
    }
    CHECK_UINT(good, 2 * CLIENTS * REQUESTS);
    CHECK_UINT(atomic_load(&count), 2 * CLIENTS * REQUESTS);
    int idle = dial(file);
    http_drain(server, 10);
    struct http_stats stats;
    http_stats_read(server, &stats);
    CHECK_UINT(stats.under_way + stats.waiting + stats.body_bytes + stats.timeouts + stats.busy, 0);
    http_free(server);
    close(idle);
    unlink(file);
    rmdir(path);
    arena_free(&arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_routes_that_are_the_same),
        cmocka_unit_test(addresses),
        cmocka_unit_test(what_cannot_be_listened_at),
        cmocka_unit_test(many_clients),
    };
    return CHECK_RUN(tests);
}
