/* SPDX-License-Identifier: Apache-2.0
 *
 * Numbers in stored bytes: little-endian, at any address. */
#ifndef TG_BASE_BYTES_H
#define TG_BASE_BYTES_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

static inline void bytes_put_u16(void *to, uint16_t value) {
    value = htole16(value);
    memcpy(to, &value, sizeof value);
}
static inline void bytes_put_u32(void *to, uint32_t value) {
    value = htole32(value);
    memcpy(to, &value, sizeof value);
}
static inline void bytes_put_u64(void *to, uint64_t value) {
    value = htole64(value);
    memcpy(to, &value, sizeof value);
}
static inline uint16_t bytes_u16(const void *from) {
    uint16_t value;
    memcpy(&value, from, sizeof value);
    return le16toh(value);
}
static inline uint32_t bytes_u32(const void *from) {
    uint32_t value;
    memcpy(&value, from, sizeof value);
    return le32toh(value);
}
static inline uint64_t bytes_u64(const void *from) {
    uint64_t value;
    memcpy(&value, from, sizeof value);
    return le64toh(value);
}

#endif
