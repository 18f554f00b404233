/* SPDX-License-Identifier: Apache-2.0
 *
 * What `tollgate doctor` found, one row for each check. */
#ifndef TG_CLI_DOCTOR_H
#define TG_CLI_DOCTOR_H

#include "book/book.h"
#include "cli/data.h"

/* A note is worth knowing and nothing is wrong: something optional is not there. */
enum level { LEVEL_OK, LEVEL_NOTE, LEVEL_WARNING, LEVEL_FAULT };

struct finding {
    const char *check;
    enum level level;
    struct slice text;
    const char *remedy; /* NULL when it is ok */
};

#define FINDINGS_MAX 24
struct doctor {
    const struct call *call;
    const char *directory;
    struct arena arena;
    struct finding findings[FINDINGS_MAX];
    uint32_t count;
    int64_t now_ns;
};

/* remedy: NULL means that all is well. */
PRINTF(5, 6)
void find(struct doctor *doctor, const char *check, enum level level, const char *remedy, const char *format, ...);
void find_ok(struct doctor *doctor, const char *check, const char *text);

/* What a daemon keeps beside the book: its socket, the pepper, the audit log. */
void check_service_files(struct doctor *doctor);
/* Whether the pepper is the one that the book's keys were made with. */
void check_keys(struct doctor *doctor, struct book *book);
/* What is around the directory: the machine's clock, programs that some verbs call, the unit. */
void check_machine(struct doctor *doctor);

#endif
