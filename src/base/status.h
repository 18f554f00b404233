/* SPDX-License-Identifier: Apache-2.0
 *
 * Faults: what a call could not do. Business answers (a refused purchase, an unpriced event) are not faults and
 * travel as data; bugs are assertions. Every status function is checked by its caller. */
#ifndef TG_BASE_STATUS_H
#define TG_BASE_STATUS_H

/* name, text */
#define STATUS_TABLE(ROW)                                                                                              \
    ROW(OK, "ok")                                                                                                      \
    ROW(INVALID, "the input is not well formed")                                                                       \
    ROW(RANGE, "the value is outside the range that can be kept")                                                      \
    ROW(INEXACT, "the value has no exact decimal")                                                                     \
    ROW(MISSING, "something that is needed is not there")                                                              \
    ROW(NOT_FOUND, "there is no such thing")                                                                           \
    ROW(CONFLICT, "it contradicts what is already known")                                                              \
    ROW(NO_MEMORY, "out of memory")                                                                                    \
    ROW(IO, "the operating system refused")                                                                            \
    ROW(BUSY, "too much is waiting; try again later")

enum status {
#define STATUS_ENUM(name, text) STATUS_##name,
    STATUS_TABLE(STATUS_ENUM)
#undef STATUS_ENUM
};

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF(at, first) __attribute__((format(printf, at, first)))

/* Return early with the same fault. */
#define TRY(call)                                                                                                      \
    do {                                                                                                               \
        enum status try_status = (call);                                                                               \
        if (__builtin_expect(try_status != STATUS_OK, 0))                                                              \
            return try_status;                                                                                         \
    } while (0)

/* A short sentence for people; never NULL. */
const char *status_text(enum status status);
/* What helps against an error number of the system about a path: "check the path"; NULL: nothing more than it says. */
const char *errno_remedy(int error);
/* The same as the end of a sentence: "; check the path", or empty. */
const char *errno_advice(int error);

#endif
