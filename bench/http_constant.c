/* SPDX-License-Identifier: Apache-2.0
 *
 * What the daemon's own HTTP costs: a server of the same module that answers a constant. Prints its port and runs until
 * it is killed. */
#include <arpa/inet.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/http.h"

static enum status constant(void *context, const struct http_request *request, struct http_answer *answer) {
    (void)context;
    (void)request;
    buf_text(&answer->body,
             "{\"decision\":\"allow\",\"reason\":\"allowed\",\"account\":\"acct-42\",\"pays\":\"payg\"}");
    return answer->body.failed ? STATUS_NO_MEMORY : STATUS_OK;
}

static bool enter(void *context, struct http_request *request, struct http_answer *answer) {
    (void)context;
    (void)request;
    (void)answer;
    return true;
}

int main(void) {
    static const struct http_route routes[] = {
        {HTTP_GET, "/constant", 0, HTTP_INLINE, 0, "", constant, "constant", "A constant"}};
    struct http_options options = {.routes = routes, .route_count = 1, .enter = enter};
    struct http_server *server;
    struct arena arena = {0};
    struct slice error = {0};
    struct sockaddr_in address;
    socklen_t size = sizeof address;
    int socket;
    if (http_new(&options, &server) != STATUS_OK ||
        http_bind_tcp(SLICE("127.0.0.1:0"), false, &arena, &socket, &error) != STATUS_OK ||
        getsockname(socket, (struct sockaddr *)&address, &size) != 0 ||
        http_serve(server, socket, false) != STATUS_OK) {
        fprintf(stderr, "http_constant: %.*s\n", (int)error.len, error.ptr);
        return 1;
    }
    printf("%u\n", ntohs(address.sin_port));
    (void)fflush(stdout);
    for (;;)
        pause();
}
