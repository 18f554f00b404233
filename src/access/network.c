/* SPDX-License-Identifier: Apache-2.0
 *
 * Source networks. */
#include "access/network.h"

#include <arpa/inet.h>
#include <stdio.h>

static const uint8_t MAPPED[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
enum { MAPPED_BITS = 96 };

static bool is_mapped(const uint8_t address[16]) {
    return memcmp(address, MAPPED, sizeof MAPPED) == 0;
}

/* *ret_is_four: it was written as IPv4. */
static bool address_read(struct slice text, uint8_t address[16], bool *ret_is_four) {
    char copy[INET6_ADDRSTRLEN];
    if (text.len == 0 || text.len >= sizeof copy || memchr(text.ptr, '\0', text.len) != NULL)
        return false;
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    memcpy(address, MAPPED, sizeof MAPPED);
    *ret_is_four = inet_pton(AF_INET, copy, address + sizeof MAPPED) == 1;
    return *ret_is_four || inet_pton(AF_INET6, copy, address) == 1;
}

bool address_parse(struct slice text, uint8_t ret_address[16]) {
    bool is_four;
    return address_read(text, ret_address, &is_four);
}

static uint8_t mask_of(uint8_t bits, size_t byte) {
    if (bits >= 8 * (byte + 1))
        return 0xFF;
    if (bits <= 8 * byte)
        return 0;
    unsigned mask = 0xFFU << (8 * (byte + 1) - bits);
    return (uint8_t)(mask & 0xFFU);
}

enum status network_parse(struct slice text, struct network *ret_network) {
    struct slice address, rest;
    struct network network;
    bool is_four;
    uint64_t bits = 0;
    bool has_bits = slice_cut(text, '/', &address, &rest);
    if (!address_read(address, network.address, &is_four))
        return STATUS_INVALID;
    uint64_t most = is_four ? 32 : 128;
    if (has_bits && (rest.len > 3 || !slice_number(rest, most, &bits)))
        return STATUS_INVALID;
    network.bits = (uint8_t)((has_bits ? bits : most) + (is_four ? MAPPED_BITS : 0));
    for (size_t i = 0; i < sizeof network.address; i++)
        if ((network.address[i] & ~mask_of(network.bits, i)) != 0)
            return STATUS_INVALID;
    *ret_network = network;
    return STATUS_OK;
}

size_t network_format(const struct network *network, char out[NETWORK_TEXT_MAX]) {
    char address[INET6_ADDRSTRLEN] = "";
    bool is_four = network->bits >= MAPPED_BITS && is_mapped(network->address);
    (void)inet_ntop(is_four ? AF_INET : AF_INET6, network->address + (is_four ? sizeof MAPPED : 0), address,
                    sizeof address);
    int len = snprintf(out, NETWORK_TEXT_MAX, "%s/%u", address, network->bits - (is_four ? MAPPED_BITS : 0U));
    return (size_t)len;
}

bool network_has(const struct network *network, const uint8_t address[16]) {
    for (size_t i = 0; i < sizeof network->address; i++)
        if (((network->address[i] ^ address[i]) & mask_of(network->bits, i)) != 0)
            return false;
    return true;
}
