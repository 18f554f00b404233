/* SPDX-License-Identifier: Apache-2.0
 *
 * What the prover is told about compiler built-ins, included before every proved file. The contracts are the compiler's
 * documentation; the bodies show, and are proved to show, that they can be met. */
#ifndef TG_PROOF_BUILTINS_H
#define TG_PROOF_BUILTINS_H

#include <stdbool.h>
#include <stdint.h>

#define __builtin_expect(value, expected) (value)
#define __builtin_add_overflow model_add_overflow
#define __builtin_sub_overflow model_sub_overflow
#define __builtin_mul_overflow model_mul_overflow

/*@ requires \valid(ret);
    assigns *ret;
    ensures \result <==> !(INT64_MIN <= a + b <= INT64_MAX);
    ensures !\result ==> *ret == a + b;
*/
static bool model_add_overflow(int64_t a, int64_t b, int64_t *ret) {
    if (b >= 0 ? a > INT64_MAX - b : a < INT64_MIN - b)
        return true;
    *ret = a + b;
    return false;
}

/*@ requires \valid(ret);
    assigns *ret;
    ensures \result <==> !(INT64_MIN <= a - b <= INT64_MAX);
    ensures !\result ==> *ret == a - b;
*/
static bool model_sub_overflow(int64_t a, int64_t b, int64_t *ret) {
    if (b >= 0 ? a < INT64_MIN + b : a > INT64_MAX + b)
        return true;
    *ret = a - b;
    return false;
}

/*@ requires \valid(ret);
    assigns *ret;
    ensures \result <==> !(INT64_MIN <= a * b <= INT64_MAX);
    ensures !\result ==> *ret == a * b;
*/
static bool model_mul_overflow(int64_t a, int64_t b, int64_t *ret) {
    if (a > 0 && (b > INT64_MAX / a || b < INT64_MIN / a))
        return true;
    if (a < -1 && (b < INT64_MAX / a || b > INT64_MIN / a))
        return true;
    if (a == -1 && b == INT64_MIN)
        return true;
    *ret = a * b;
    return false;
}

#endif
