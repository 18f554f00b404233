/* SPDX-License-Identifier: Apache-2.0
 *
 * What the parts of the guard share. */
#ifndef TG_HOOK_GUARD_PRIVATE_H
#define TG_HOOK_GUARD_PRIVATE_H

#include "hook/guard.h"

bool guard_is_in(const uint8_t address[16], const uint8_t network[16], uint32_t bits);
/* An address in its strict spelling: four decimal numbers without leading zeros, or IPv6 without a zone. */
bool guard_address_read(struct slice text, uint8_t ret_address[16]);
/* NULL: a host of the public Internet. */
const char *guard_refused(const uint8_t address[16]);
/* The same for a connection: allowed networks and ports looked at. */
const char *guard_connect(const struct guard *guard, const uint8_t address[16], uint16_t port);

#endif
