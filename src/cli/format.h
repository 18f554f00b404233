/* SPDX-License-Identifier: Apache-2.0
 *
 * A tariff file in its normal form, comments kept: two spaces of indentation per level, one space behind a colon and a
 * dash, two or more in front of a comment, no spaces at line ends, at most one empty line, a newline at the end. What
 * is in that form stays as it is. */
#ifndef TG_CLI_FORMAT_H
#define TG_CLI_FORMAT_H

#include "tariff/yaml.h"

/* root is the tree of the file. Appends the formatted text. Fails: STATUS_NO_MEMORY, STATUS_CONFLICT (what comes out
 * would not mean the same: the file uses a notation this does not know; nothing is appended). */
MUST_CHECK enum status tariff_format(const struct source_file *file, const struct node *root, struct arena *run,
                                     struct buf *out);

#endif
