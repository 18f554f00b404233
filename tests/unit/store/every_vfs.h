/* SPDX-License-Identifier: Apache-2.0
 *
 * One call to the system, or one allocation, fails: the n-th. For a process that has one thread. */
#ifndef TG_TESTS_UNIT_STORE_EVERY_VFS_H
#define TG_TESTS_UNIT_STORE_EVERY_VFS_H

#include <stdbool.h>
#include <stdint.h>

enum every_kind { EVERY_CALL, EVERY_ALLOCATION };

void every_install(void); /* before SQLite is used */
/* The `at`-th from now on fails, once; 0: none does. */
void every_fault_set(enum every_kind kind, uint64_t at);
bool every_fault_struck(void);

#endif
