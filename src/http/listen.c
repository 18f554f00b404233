/* SPDX-License-Identifier: Apache-2.0
 *
 * Listening sockets: made here, or handed in by who started the program. */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "http/http.h"

enum { BACKLOG = 1024 };

static enum status refuse(struct slice text, enum status status, struct slice *ret_error) {
    *ret_error = text.ptr != NULL ? text : SLICE("out of memory");
    return status;
}

static bool is_answered(const struct sockaddr_un *address) {
    int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (probe < 0)
        return true;
    bool is_connected = connect(probe, (const struct sockaddr *)address, sizeof *address) == 0;
    bool is_refused = !is_connected && errno == ECONNREFUSED;
    close(probe);
    return !is_refused;
}

enum status http_bind_unix(const char *path, uint32_t mode, struct arena *arena, int *ret_socket,
                           struct slice *ret_error) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t length = strlen(path);
    if (length == 0 || length >= sizeof address.sun_path)
        return refuse(arena_printf(arena, "%s: the path of a socket has 1 to %zu bytes; choose a shorter one", path,
                                   sizeof address.sun_path - 1),
                      STATUS_INVALID, ret_error);
    memcpy(address.sun_path, path, length);
    struct stat what;
    if (lstat(path, &what) == 0) {
        if (!S_ISSOCK(what.st_mode))
            return refuse(arena_printf(arena, "%s is there and is no socket; choose another path", path),
                          STATUS_CONFLICT, ret_error);
        if (is_answered(&address))
            return refuse(
                arena_printf(arena, "%s: another process listens there; stop it, or choose another path", path),
                STATUS_CONFLICT, ret_error);
        unlink(path); /* its process has gone */
    }
    int made = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    mode_t before = umask((mode_t)(~mode & 0777));
    bool is_bound = made >= 0 && bind(made, (const struct sockaddr *)&address, sizeof address) == 0;
    int why = errno;
    umask(before);
    if (is_bound && listen(made, BACKLOG) == 0) {
        *ret_socket = made;
        return STATUS_OK;
    }
    if (made >= 0)
        close(made);
    return refuse(arena_printf(arena, "%s: %s", path, strerrordesc_np(why)),
                  why == EADDRINUSE ? STATUS_CONFLICT : STATUS_IO, ret_error);
}

static bool is_loopback(const struct sockaddr *address) {
    if (address->sa_family == AF_INET)
        return (ntohl(((const struct sockaddr_in *)(const void *)address)->sin_addr.s_addr) >> 24) == 127;
    return address->sa_family == AF_INET6 &&
           IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)(const void *)address)->sin6_addr);
}

/* "[::1]:80" or "host:80". */
static bool split(struct slice text, struct arena *arena, struct slice *ret_host, struct slice *ret_port) {
    size_t colon = text.len;
    while (colon > 0 && text.ptr[colon - 1] != ':')
        colon--;
    if (colon < 2)
        return false;
    struct slice host = {text.ptr, colon - 1}, port = {text.ptr + colon, text.len - colon};
    bool is_bracketed = host.len > 2 && host.ptr[0] == '[' && host.ptr[host.len - 1] == ']';
    if (is_bracketed)
        host = (struct slice){host.ptr + 1, host.len - 2};
    uint64_t number;
    if ((!is_bracketed && memchr(host.ptr, ':', host.len) != NULL) || !slice_number(port, 65535, &number))
        return false;
    *ret_host = arena_copy(arena, host);
    *ret_port = arena_copy(arena, port);
    return ret_host->ptr != NULL && ret_port->ptr != NULL;
}

static enum status bind_address(const struct addrinfo *found, struct slice name, struct arena *arena, int *ret_socket,
                                struct slice *ret_error) {
    int made = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int one = 1;
    if (made >= 0 && setsockopt(made, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) == 0 &&
        bind(made, found->ai_addr, found->ai_addrlen) == 0 && listen(made, BACKLOG) == 0) {
        *ret_socket = made;
        return STATUS_OK;
    }
    int why = errno;
    if (made >= 0)
        close(made);
    if (why == EADDRINUSE)
        return refuse(arena_printf(arena, SLICE_FMT ": another process listens there; stop it, or choose another port",
                                   SLICE_ARG(name)),
                      STATUS_CONFLICT, ret_error);
    return refuse(arena_printf(arena, SLICE_FMT ": %s", SLICE_ARG(name), strerrordesc_np(why)), STATUS_IO, ret_error);
}

enum status http_bind_tcp(struct slice address_port, bool is_public_allowed, struct arena *arena, int *ret_socket,
                          struct slice *ret_error) {
    struct slice host, port;
    if (!split(address_port, arena, &host, &port))
        return refuse(arena_printf(arena, "\"" SLICE_FMT "\" is no address; write 127.0.0.1:8080 or [::1]:8080",
                                   SLICE_ARG(address_port)),
                      STATUS_INVALID, ret_error);
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV}, *found = NULL;
    int failed = getaddrinfo(host.ptr, port.ptr, &hints, &found);
    if (failed != 0)
        return refuse(arena_printf(arena, SLICE_FMT ": %s", SLICE_ARG(host), gai_strerror(failed)), STATUS_INVALID,
                      ret_error);
    enum status status;
    if (!is_public_allowed && !is_loopback(found->ai_addr))
        status = refuse(arena_printf(arena,
                                     SLICE_FMT " is not loopback: whatever is sent there can be read on the way; put "
                                               "a proxy with TLS in front, or allow it by --public",
                                     SLICE_ARG(host)),
                        STATUS_INVALID, ret_error);
    else
        status = bind_address(found, address_port, arena, ret_socket, ret_error);
    freeaddrinfo(found);
    return status;
}
