/* SPDX-License-Identifier: Apache-2.0
 *
 * Connections: who is there, in which phase, and the answer that is sent past libmicrohttpd where it has no way. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "http/http_private.h"

static void read_peer(struct link *link, bool is_local) {
    struct http_peer *peer = &link->peer;
    *peer = (struct http_peer){.is_local = is_local};
    struct ucred who;
    socklen_t length = sizeof who;
    if (is_local) {
        /* Who cannot be told is nobody. */
        bool is_known = getsockopt(link->fd, SOL_SOCKET, SO_PEERCRED, &who, &length) == 0;
        peer->uid = is_known ? who.uid : UINT32_MAX;
        peer->pid = is_known ? (uint32_t)who.pid : 0;
        return;
    }
    struct sockaddr_storage from;
    length = sizeof from;
    if (getpeername(link->fd, (struct sockaddr *)&from, &length) != 0)
        return;
    if (from.ss_family == AF_INET)
        inet_ntop(AF_INET, &((struct sockaddr_in *)&from)->sin_addr, peer->address, sizeof peer->address);
    if (from.ss_family == AF_INET6)
        inet_ntop(AF_INET6, &((struct sockaddr_in6 *)&from)->sin6_addr, peer->address, sizeof peer->address);
}

static struct link *link_new(struct listener *listener, int fd) {
    struct http_server *server = listener->server;
    struct link *link = calloc(1, sizeof *link);
    if (link == NULL)
        return NULL;
    link->fd = fd;
    link->exchange.arena.block_size = 4096;
    atomic_init(&link->phase, PHASE_HEAD);
    atomic_init(&link->deadline_ns, http_now_ns() + server->options.limits.header_seconds * UINT64_C(1000000000));
    atomic_init(&link->has_begun, true);
    read_peer(link, listener->is_local);
    atomic_fetch_add(&server->connections, 1);
    watchdog_add(&server->watchdog, link);
    return link;
}

void link_notify(void *listener, struct MHD_Connection *connection, void **slot,
                 enum MHD_ConnectionNotificationCode code) {
    struct http_server *server = ((struct listener *)listener)->server;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        *slot = link_new(listener, MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd);
        return;
    }
    struct link *link = *slot;
    if (link == NULL)
        return;
    watchdog_remove(&server->watchdog, link);
    atomic_fetch_sub(&server->connections, 1);
    arena_free(&link->exchange.arena);
    buf_free(&link->exchange.body);
    buf_free(&link->exchange.answer.body);
    free(link);
    *slot = NULL;
}

bool link_enter(struct link *link, enum phase phase, uint64_t deadline_ns) {
    atomic_store(&link->deadline_ns, deadline_ns);
    unsigned now = atomic_load(&link->phase);
    while (now != PHASE_DOOMED)
        if (atomic_compare_exchange_weak(&link->phase, &now, (unsigned)phase))
            return true;
    return false;
}

void link_refuse(struct link *link, const char *id, const struct guard_refusal *refusal) {
    struct buf text = {0};
    answer_write_refusal(&text, id, refusal);
    atomic_store(&link->lingers, true);
    /* What does not fit into an empty send buffer is for nobody. */
    if (!text.failed)
        (void)!send(link->fd, text.ptr, text.len, MSG_DONTWAIT | MSG_NOSIGNAL);
    shutdown(link->fd, SHUT_WR);
    buf_free(&text);
}
