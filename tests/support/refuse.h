/* SPDX-License-Identifier: Apache-2.0
 *
 * An allocator that refuses once, for programs linked with refuse_dep. */
#ifndef TG_TESTS_SUPPORT_REFUSE_H
#define TG_TESTS_SUPPORT_REFUSE_H

#include <stdint.h>

/* Which allocation from now on is refused: 1 the next one. It counts down to 0, where nothing is refused. */
extern uint64_t refuse_at;

#endif
