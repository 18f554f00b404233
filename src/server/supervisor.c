/* SPDX-License-Identifier: Apache-2.0
 *
 * The environment variables and datagrams of systemd. */
#include "server/supervisor.h"

#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/slice.h"

#define FIRST_SOCKET 3

/* A variable that is a whole number; 0: it is not there, or is none. */
static uint64_t variable_number(const char *name, uint64_t most) {
    const char *text = getenv(name);
    uint64_t number = 0;
    return text != NULL && slice_number(slice_of(text), most, &number) ? number : 0;
}

uint32_t supervisor_sockets(int ret_sockets[SUPERVISOR_SOCKETS_MAX]) {
    bool is_for_us = variable_number("LISTEN_PID", INT32_MAX) == (uint64_t)getpid();
    uint32_t count = is_for_us ? (uint32_t)variable_number("LISTEN_FDS", SUPERVISOR_SOCKETS_MAX) : 0;
    for (uint32_t i = 0; i < count; i++) {
        ret_sockets[i] = FIRST_SOCKET + (int)i;
        (void)fcntl(ret_sockets[i], F_SETFD, FD_CLOEXEC);
    }
    unsetenv("LISTEN_PID");
    unsetenv("LISTEN_FDS");
    unsetenv("LISTEN_FDNAMES");
    return count;
}

bool supervisor_is_local(int socket, bool *ret_is_listening) {
    int type = 0, is_listening = 0, family = 0;
    socklen_t size = sizeof(int);
    bool is_socket = getsockopt(socket, SOL_SOCKET, SO_TYPE, &type, &size) == 0 &&
                     getsockopt(socket, SOL_SOCKET, SO_ACCEPTCONN, &is_listening, &size) == 0 &&
                     getsockopt(socket, SOL_SOCKET, SO_DOMAIN, &family, &size) == 0;
    *ret_is_listening = is_socket && type == SOCK_STREAM && is_listening;
    return *ret_is_listening && family == AF_UNIX;
}

void supervisor_tell(const char *state) {
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t len = path != NULL ? strlen(path) : 0;
    if (len < 2 || len > sizeof address.sun_path || (path[0] != '/' && path[0] != '@'))
        return;
    memcpy(address.sun_path, path, len);
    if (path[0] == '@')
        address.sun_path[0] = '\0'; /* a name without a file */
    int file = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (file < 0)
        return;
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
    (void)sendto(file, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&address, size);
    close(file);
}

uint64_t supervisor_watchdog_us(void) {
    uint64_t us = variable_number("WATCHDOG_USEC", UINT64_MAX / 2);
    bool is_for_us = getenv("WATCHDOG_PID") == NULL || variable_number("WATCHDOG_PID", INT32_MAX) == (uint64_t)getpid();
    return is_for_us ? us : 0;
}
