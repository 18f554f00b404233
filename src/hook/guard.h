/* SPDX-License-Identifier: Apache-2.0
 *
 * Where webhooks may go: URLs and addresses that cannot lead into the network of the daemon itself. A URL is checked
 * when it is given; the address is checked again for every connection, after the name was resolved and before anything
 * is sent, so that a name that answers differently the next time gains nothing. */
#ifndef TG_HOOK_GUARD_H
#define TG_HOOK_GUARD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/slice.h"

enum { GUARD_URL_MAX = 1024, GUARD_NETWORKS_MAX = 16 };

struct guard_network {
    uint8_t address[16]; /* IPv4 as ::ffff:a.b.c.d */
    uint32_t bits;       /* of these 16 bytes: 0 to 128 */
};
struct guard {
    struct guard_network allowed[GUARD_NETWORKS_MAX]; /* receivers on the premises: any port */
    uint32_t allowed_count;
    bool is_http_allowed; /* plain http as well */
};
/* "10.2.0.0/16", "fd00:1::/64", or one address. No bits may be set behind the prefix. */
bool guard_network_read(struct slice text, struct guard_network *ret_network);

struct guard_url {
    bool is_https;
    struct slice host; /* lower case, an IPv6 address without brackets; inside the text */
    uint16_t port;
    struct slice text; /* the whole, as it is requested; inside the buffer */
};
/* Read a URL strictly and write it as it will be requested. Returns NULL, or what is wrong and the remedy (static). */
const char *guard_url(const struct guard *guard, struct slice text, struct buf *out, struct guard_url *ret_url);

struct sockaddr;
/* Whether to connect: NULL, or why not (static). What is neither IPv4 nor IPv6 is refused. */
const char *guard_address(const struct guard *guard, const struct sockaddr *address);

#endif
