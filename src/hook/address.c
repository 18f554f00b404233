/* SPDX-License-Identifier: Apache-2.0
 *
 * Which addresses are not of the public Internet: the special-purpose registries of IANA (RFC 6890), and what hides an
 * IPv4 address in an IPv6 one. */
#include <arpa/inet.h>

#include "hook/guard_private.h"

enum { MAPPED_BYTES = 12 }; /* in front of the four of IPv4 */
static const uint8_t mapped[16] = {[10] = 0xff, [11] = 0xff};

struct block {
    uint8_t address[16];
    uint32_t bits;
    const char *why;
};

#define FOUR(a, b, c, d, prefix, reason)                                                                               \
    { {[10] = 0xff, [11] = 0xff, [12] = a, b, c, d}, 96 + (prefix), reason }
static const struct block four_blocks[] = {
    FOUR(0, 0, 0, 0, 8, "it is of this host"),
    FOUR(10, 0, 0, 0, 8, "it is private"),
    FOUR(100, 64, 0, 0, 10, "it is shared behind a carrier's translation"),
    FOUR(127, 0, 0, 0, 8, "it is the host itself"),
    FOUR(168, 63, 129, 16, 32, "it is the platform's own service"),
    FOUR(169, 254, 0, 0, 16, "it is link-local, where machines keep their metadata"),
    FOUR(172, 16, 0, 0, 12, "it is private"),
    FOUR(192, 0, 0, 0, 24, "it is reserved for protocols"),
    FOUR(192, 0, 2, 0, 24, "it is for documentation"),
    FOUR(192, 88, 99, 0, 24, "it is a relay into IPv6"),
    FOUR(192, 168, 0, 0, 16, "it is private"),
    FOUR(198, 18, 0, 0, 15, "it is for measurements"),
    FOUR(198, 51, 100, 0, 24, "it is for documentation"),
    FOUR(203, 0, 113, 0, 24, "it is for documentation"),
    FOUR(224, 0, 0, 0, 4, "it is a group, not a host"),
    FOUR(240, 0, 0, 0, 4, "it is reserved"),
};
/* Of 2000::/3; what lies outside is no public host at all. */
static const struct block six_blocks[] = {
    {{0x20, 0x01, 0x0d, 0xb8}, 32, "it is for documentation"},
    {{0x20, 0x01, 0x00, 0x00}, 23, "it is reserved for protocols and tunnels"},
    {{0x20, 0x02}, 16, "it is a tunnel to an IPv4 address"},
    {{0x3f, 0xff}, 20, "it is for documentation"},
    {{0x3f, 0xfe}, 16, "it is of a network that has ended"},
};
static const struct block translated = {{0x00, 0x64, 0xff, 0x9b}, 96, NULL};

bool guard_is_in(const uint8_t address[16], const uint8_t network[16], uint32_t bits) {
    uint32_t bytes = bits / 8, rest = bits % 8;
    if (memcmp(address, network, bytes) != 0)
        return false;
    return rest == 0 || ((address[bytes] ^ network[bytes]) >> (8 - rest)) == 0;
}

static const char *find(const struct block *blocks, size_t count, const uint8_t address[16]) {
    for (size_t i = 0; i < count; i++)
        if (guard_is_in(address, blocks[i].address, blocks[i].bits))
            return blocks[i].why;
    return NULL;
}

static const char *four_refused(const uint8_t last[4]) {
    uint8_t address[16];
    memcpy(address, mapped, MAPPED_BYTES);
    memcpy(address + MAPPED_BYTES, last, 4);
    return find(four_blocks, sizeof four_blocks / sizeof *four_blocks, address);
}

const char *guard_refused(const uint8_t address[16]) {
    static const uint8_t global[16] = {0x20};
    if (guard_is_in(address, mapped, 96) || guard_is_in(address, translated.address, translated.bits))
        return four_refused(address + 12);
    if (!guard_is_in(address, global, 3))
        return "it is not of the public Internet";
    return find(six_blocks, sizeof six_blocks / sizeof *six_blocks, address);
}

bool guard_address_read(struct slice text, uint8_t ret_address[16]) {
    char copy[INET6_ADDRSTRLEN];
    if (text.len >= sizeof copy || memchr(text.ptr, '\0', text.len))
        return false;
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    if (inet_pton(AF_INET6, copy, ret_address) == 1)
        return true;
    memcpy(ret_address, mapped, MAPPED_BYTES);
    return inet_pton(AF_INET, copy, ret_address + MAPPED_BYTES) == 1;
}

bool guard_network_read(struct slice text, struct guard_network *ret_network) {
    struct slice head, tail;
    uint64_t bits;
    bool has_bits = slice_cut(text, '/', &head, &tail);
    if (!guard_address_read(head, ret_network->address))
        return false;
    bool is_four = memchr(head.ptr, ':', head.len) == NULL;
    if (!has_bits)
        bits = is_four ? 32 : 128;
    else if (tail.len == 0 || tail.len > 3 || !slice_number(tail, is_four ? 32 : 128, &bits))
        return false;
    ret_network->bits = (uint32_t)bits + (is_four ? 96 : 0);
    for (uint32_t i = ret_network->bits; i < 128; i++)
        if (ret_network->address[i / 8] >> (7 - i % 8) & 1)
            return false;
    return true;
}

const char *guard_connect(const struct guard *guard, const uint8_t address[16], uint16_t port) {
    static const uint16_t ports[] = {443, 8443, 80, 8080};
    for (uint32_t i = 0; i < guard->allowed_count; i++)
        if (guard_is_in(address, guard->allowed[i].address, guard->allowed[i].bits))
            return NULL;
    const char *why = guard_refused(address);
    for (size_t i = 0; !why && i < sizeof ports / sizeof *ports; i++)
        if (port == ports[i])
            return NULL;
    return why ? why : "its port is none of 443, 8443, 80, 8080";
}

const char *guard_address(const struct guard *guard, const struct sockaddr *address) {
    uint8_t bytes[16];
    if (address->sa_family == AF_INET) {
        struct sockaddr_in four;
        memcpy(&four, address, sizeof four);
        memcpy(bytes, mapped, MAPPED_BYTES);
        memcpy(bytes + MAPPED_BYTES, &four.sin_addr, 4);
        return guard_connect(guard, bytes, ntohs(four.sin_port));
    }
    if (address->sa_family != AF_INET6)
        return "it is no address of the Internet";
    struct sockaddr_in6 six;
    memcpy(&six, address, sizeof six);
    memcpy(bytes, &six.sin6_addr, sizeof bytes);
    return guard_connect(guard, bytes, ntohs(six.sin6_port));
}
