/* SPDX-License-Identifier: Apache-2.0
 *
 * Decimal digits, two at a time: what every number and instant that is printed is made of. */
#ifndef TG_BASE_DIGITS_H
#define TG_BASE_DIGITS_H

#include <stdint.h>
#include <string.h>

#define DIGITS_MAX 20 /* of a uint64_t */

/* Two digits of value % 100. Returns the end. */
static inline char *digits_pair(char *at, uint64_t value) {
    static const char pairs[] = "00010203040506070809101112131415161718192021222324252627282930313233343536373839"
                                "40414243444546474849505152535455565758596061626364656667686970717273747576777879"
                                "8081828384858687888990919293949596979899";
    memcpy(at, pairs + value % 100 * 2, 2);
    return at + 2;
}

/* The last `count` digits of value, with zeros in front. Returns the end. */
static inline char *digits_fixed(char *at, uint64_t value, int count) {
    char *end = at + count;
    for (; count >= 2; count -= 2, value /= 100)
        digits_pair(at + count - 2, value);
    if (count == 1)
        *at = (char)('0' + value % 10);
    return end;
}

/* All digits of value. Returns the end. */
static inline char *digits_all(char *at, uint64_t value) {
    int count = 1;
    for (uint64_t rest = value; rest >= 10; rest /= 10)
        count++;
    return digits_fixed(at, value, count);
}

#endif
