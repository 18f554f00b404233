/* SPDX-License-Identifier: Apache-2.0
 *
 * tollgate serve: what its parts share. */
#ifndef TG_CLI_SERVE_H
#define TG_CLI_SERVE_H

#include "cli/data.h"
#include "server/log.h"
#include "server/server.h"
#include "server/supervisor.h"

#define SERVE_TENANTS_MAX 256
#define SERVE_SOCKET "tollgate.sock" /* in the data directory */

struct service {
    const struct call *call;
    struct arena arena;
    struct server_tenant tenants[SERVE_TENANTS_MAX];
    uint32_t tenant_count;
    struct server *server;
    struct server_webhooks webhooks;
    struct log *log;
    int handed[SUPERVISOR_SOCKETS_MAX]; /* listening sockets of the service manager */
    uint32_t handed_count;
    const char *files[SERVE_TENANTS_MAX]; /* sockets, and links to one, that are ours to remove */
    uint32_t file_count;
};

/* serve_listen.c: a socket in every data directory, those of --listen, and those that were handed over. EXIT_DONE, or
 * the exit code after a complaint. */
int serve_listen(struct service *service);
void serve_unlink(struct service *service);

#endif
