/* SPDX-License-Identifier: Apache-2.0
 *
 * What every verb needs: where output goes, exit codes, finding and loading tariffs, reading instants. */
#ifndef TG_CLI_COMMON_H
#define TG_CLI_COMMON_H

#include "cli/options.h"
#include "engine/engine.h"
#include "export/export.h"

/* Exit codes; documented in every --help. */
enum { EXIT_DONE = 0, EXIT_INCOMPLETE = 1, EXIT_USAGE = 2, EXIT_TARIFF = 3, EXIT_FAULT = 4 };

/* One line on standard error: "tollgate: …". Returns code, so that a verb can say `return complain(EXIT_USAGE, …)`. */
PRINTF(2, 3) int complain(int code, const char *format, ...);
/* The same for a fault: "WHAT: out of memory". Always EXIT_FAULT. */
int complain_fault(const char *what, enum status status);
/* Likewise for a path and the system's error number, with what helps against it. */
int complain_path(const char *path, int error);
/* EXIT_FAULT, told, when a file that is to be read line by line is no text, so that nothing of it gets into a book.
 * Whatever else is wrong is found when it is read. */
int text_check(const char *path);
/* EXIT_FAULT, told, unless somebody else will be able to read the file. */
int file_check(const char *path);
int operands_text_check(const struct call *call); /* of all of them */
/* Text on standard error without a prefix. */
void error_text(struct slice text);

bool color_out(const struct call *call); /* may standard output be coloured? */
bool color_error(const struct call *call);
bool is_json(const struct call *call);
/* Columns of the terminal that standard output is; 80 where it is none. */
uint32_t terminal_width(void);
/* Whether the locale's texts are UTF-8. */
bool is_utf8_locale(void);
/* A sink into standard output. */
struct sink output_sink(void);
/* Finish it; a fault of writing becomes EXIT_FAULT, else `code`. */
int output_finish(struct sink *sink, int code);

/* Where the shipped tariffs are, NULL when nowhere. */
const char *tariffs_shipped(void);
/* --tariffs, else TOLLGATE_TARIFFS, else the shipped ones; NULL when there are none. */
const char *tariffs_path(const struct call *call);
/* Load what tariffs_path says, printing every mistake. Returns EXIT_DONE, EXIT_TARIFF (the good ones are loaded),
 * EXIT_FAULT. Free the set in every case. */
int tariffs_load(const struct call *call, struct tariff_set *ret_set);
/* One set from one path, diagnostics printed. */
int tariffs_load_path(const struct call *call, const char *path, struct tariff_set *ret_set);
void diags_show(const struct call *call, struct diags *diags);
/* NULL with a complaint and a suggestion when there is none. */
const struct tariff *tariff_need(const struct tariff_set *set, struct slice name);

/* The option's instant; RFC 3339, or a date alone, which is 00:00 in `zone` (NULL: UTC). EXIT_DONE or EXIT_USAGE. */
int option_instant(const struct call *call, const char *name, const struct zone *zone, int64_t *ret_ns);
int instant_read(const char *what, struct slice text, const struct zone *zone, int64_t *ret_ns);
/* A whole number of at least 1. EXIT_DONE or EXIT_USAGE. */
int option_number(const struct call *call, const char *name, uint64_t max, uint64_t *ret);

#endif
