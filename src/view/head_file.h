/* SPDX-License-Identifier: Apache-2.0
 *
 * A head as a JSON object: written by `tollgate head` and the daemon, read by `tollgate verify`. */
#ifndef TG_VIEW_HEAD_FILE_H
#define TG_VIEW_HEAD_FILE_H

#include "base/json_writer.h"
#include "book/head.h"

/* As an object. signature: NULL for a head without one. */
void head_json(const struct book_head *head, const struct head_signature *signature, struct json_writer *writer);

struct head_file {
    struct book_head head;
    bool is_signed;
    struct head_signature signature; /* not checked */
};
/* `text` has JSON_PADDING readable bytes behind it. Fails: STATUS_INVALID (it is no head; *ret_error, static, says what
 * is wrong), STATUS_NO_MEMORY. */
MUST_CHECK enum status head_file_read(struct slice text, struct head_file *ret_file, const char **ret_error);
/* 64 hexadecimal digits. */
bool head_key_read(struct slice text, uint8_t ret_key[HEAD_KEY_BYTES]);

#endif
