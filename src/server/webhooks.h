/* SPDX-License-Identifier: Apache-2.0
 *
 * The webhooks of a tenant: what they read of its book, and the key that seals their secrets. */
#ifndef TG_SERVER_WEBHOOKS_H
#define TG_SERVER_WEBHOOKS_H

#include "hook/hooks.h"
#include "server/server.h"

/* Open them, and start to send. Those that stop are told in the log (NULL: none). The arena and the log must outlive
 * them. Fails as hooks_open and hooks_start; *ret_error (arena) says more. */
MUST_CHECK enum status webhooks_start(struct tenant *tenant, const struct server_options *options, struct arena *arena,
                                      struct slice *ret_error);

#endif
