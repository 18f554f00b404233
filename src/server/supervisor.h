/* SPDX-License-Identifier: Apache-2.0
 *
 * What a service manager tells the process that it starts, and wants to hear from it: sockets that are open already,
 * one datagram for each change of state, a sign of life. The protocol of systemd, without its library. */
#ifndef TG_SERVER_SUPERVISOR_H
#define TG_SERVER_SUPERVISOR_H

#include <stdbool.h>
#include <stdint.h>

#define SUPERVISOR_SOCKETS_MAX 64
/* Listening sockets that were handed over (LISTEN_FDS, LISTEN_PID): descriptors from 3 on, closed on exec from now on.
 * The variables are forgotten, so that no child believes them. More than SUPERVISOR_SOCKETS_MAX are not looked at. */
uint32_t supervisor_sockets(int ret_sockets[SUPERVISOR_SOCKETS_MAX]);
/* Whether such a socket is of this machine (AF_UNIX); false also for what is no listening stream socket:
 * *ret_is_listening then says so. */
bool supervisor_is_local(int socket, bool *ret_is_listening);
/* "READY=1\nSTATUS=…" to the manager that is named by NOTIFY_SOCKET; nobody listens: nothing happens. */
void supervisor_tell(const char *state);
/* Within which time it wants to hear WATCHDOG=1; 0: it does not. */
uint64_t supervisor_watchdog_us(void);

#endif
