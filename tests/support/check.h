/* SPDX-License-Identifier: Apache-2.0
 *
 * A thin layer over cmocka: tables of rows that are named by a sentence, golden files, repeatable random numbers.
 *
 *     static void day_is_half_open(void **state) {
 *         static const struct { const char *row; int64_t at_ns; bool want; } rows[] = {
 *             {"its first instant is inside", 0, true},
 *         };
 *         FOR_ROWS(row, rows) {
 *             CHECK_INT(period_has(DAY, row->at_ns), row->want);
 *         }
 *     }
 *     int main(void) {
 *         const struct CMUnitTest tests[] = {cmocka_unit_test(day_is_half_open)};
 *         return CHECK_RUN(tests);
 *     }
 *
 * Inside FOR_ROWS a failing check prints its row and the other rows still run; outside it ends the test. Every CHECK is
 * also an expression: `if (!CHECK_STATUS(got, STATUS_OK)) continue;`. Do not leave FOR_ROWS by break or return. */
#ifndef TG_TESTS_SUPPORT_CHECK_H
#define TG_TESTS_SUPPORT_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/slice.h"
#include "base/status.h"

#define CHECK_COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* `rows` is an array of structs with a member `const char *row`. */
#define FOR_ROWS(name, rows)                                                                                           \
    for (__typeof__(&(rows)[0]) name = (rows);                                                                         \
         check_row(name < (rows) + CHECK_COUNT(rows) ? name->row : NULL, __FILE__, __LINE__); name++)

#define CHECK(condition) check_true((condition), #condition, __FILE__, __LINE__)
#define CHECK_INT(got, want) check_int((got), (want), #got, __FILE__, __LINE__)
#define CHECK_UINT(got, want) check_uint((got), (want), #got, __FILE__, __LINE__)
#define CHECK_WIDE(got, want) check_wide((got), (want), #got, __FILE__, __LINE__) /* __int128 */
#define CHECK_STATUS(got, want) check_status((got), (want), #got, __FILE__, __LINE__)
#define CHECK_OK(got) check_status((got), STATUS_OK, #got, __FILE__, __LINE__)
/* got: struct slice; want: char pointer. */
#define CHECK_TEXT(got, want) check_slice((got), slice_of(want), #got, __FILE__, __LINE__)
#define CHECK_SLICE(got, want) check_slice((got), (want), #got, __FILE__, __LINE__)
/* The file tests/golden/NAME has exactly these bytes. With UPDATE_GOLDEN=1 in the environment it is written instead. */
#define CHECK_GOLDEN(got, name) check_golden((got), (name), __FILE__, __LINE__)
/* Runs the tests; the exit code of main. */
#define CHECK_RUN(tests) check_exit(cmocka_run_group_tests(tests, NULL, NULL))

bool check_row(const char *row, const char *file, int line);
bool check_true(bool condition, const char *text, const char *file, int line);
bool check_int(int64_t got, int64_t want, const char *text, const char *file, int line);
bool check_uint(uint64_t got, uint64_t want, const char *text, const char *file, int line);
bool check_wide(__int128 got, __int128 want, const char *text, const char *file, int line);
bool check_status(enum status got, enum status want, const char *text, const char *file, int line);
bool check_slice(struct slice got, struct slice want, const char *text, const char *file, int line);
bool check_golden(struct slice got, const char *name, const char *file, int line);
int check_exit(int failed);

/* The bytes of a file below the source root, NUL-terminated, to be freed by the caller. Ends the test when it is not
 * there. */
struct slice check_read(const char *path);
/* The next of a repeatable sequence (splitmix64); start from any seed. */
uint64_t check_random(uint64_t *seed);

#endif
