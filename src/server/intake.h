/* SPDX-License-Identifier: Apache-2.0
 *
 * Bodies of many documents, one a line, and what became of each of them. */
#ifndef TG_SERVER_INTAKE_H
#define TG_SERVER_INTAKE_H

#include "base/json_writer.h"
#include "server/server.h"

enum { INTAKE_DOCUMENTS_MAX = 65536 };

/* The lines of the body that hold anything. False: the answer is a problem. */
bool intake_read(const struct http_request *request, struct server_intake *intake, struct http_answer *answer);
/* The members "elsewhere" and "outcomes", once it was submitted. */
void intake_counts_json(const struct server_intake *intake, struct json_writer *writer);
/* The member "replies". */
void intake_replies_json(const struct server_intake *intake, struct json_writer *writer);

#endif
