/* SPDX-License-Identifier: Apache-2.0
 *
 * Source networks: an address and how many of its bits count. IPv4 is kept as the IPv6 addresses that stand for it. */
#ifndef TG_ACCESS_NETWORK_H
#define TG_ACCESS_NETWORK_H

#include "base/slice.h"
#include "base/status.h"

#define NETWORK_TEXT_MAX 56
struct network {
    uint8_t address[16];
    uint8_t bits; /* 0 to 128 */
};
/* An address alone, "192.0.2.7" or "2001:db8::1", as it may be written behind a network's name. */
bool address_parse(struct slice text, uint8_t ret_address[16]);
/* "192.0.2.0/24", "2001:db8::/32", or an address. Bits that do not count must be zero. Fails: STATUS_INVALID. */
MUST_CHECK enum status network_parse(struct slice text, struct network *ret_network);
/* Returns the length; NUL-terminated. */
size_t network_format(const struct network *network, char out[NETWORK_TEXT_MAX]);
bool network_has(const struct network *network, const uint8_t address[16]);

#endif
