/* SPDX-License-Identifier: Apache-2.0
 *
 * One line of the audit log, as text. */
#ifndef TG_ACCESS_AUDIT_LINE_H
#define TG_ACCESS_AUDIT_LINE_H

#include "access/audit.h"
#include "cxx/json.h"

/* The line without its end. Nothing in it is a control byte or turns the direction of text. */
void audit_line_write(const struct audit_entry *entry, uint64_t seq, const uint8_t previous[AUDIT_HASH_BYTES],
                      struct buf *out);
/* Texts in the arena. ret_previous: the hash that it bears. Fails: STATUS_INVALID, STATUS_NO_MEMORY. */
MUST_CHECK enum status audit_line_read(struct json_parser *parser, struct slice text, struct arena *arena,
                                       struct audit_line *ret_line, uint8_t ret_previous[AUDIT_HASH_BYTES]);

#endif
