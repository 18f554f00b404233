/* SPDX-License-Identifier: Apache-2.0
 *
 * HTML to PDF/A-3 by WeasyPrint, a program that may be installed or not. */
#ifndef TG_CLI_BILL_PDF_H
#define TG_CLI_BILL_PDF_H

#include "base/slice.h"

/* Write `path` from a page of HTML; attachment (a file's path; NULL: none) goes into it. The file appears whole or not
 * at all. Returns an exit code, after a complaint when it is not EXIT_DONE. */
int pdf_write(struct slice html, const char *attachment, const char *path);

#endif
