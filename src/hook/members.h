/* SPDX-License-Identifier: Apache-2.0
 *
 * Walking through a parsed JSON document. */
#ifndef TG_HOOK_MEMBERS_H
#define TG_HOOK_MEMBERS_H

#include "base/arena.h"
#include "cxx/json.h"

/* The first member of an object, then the next one behind `member` (both are keys, their values stand behind them);
 * NULL: no more. What is no object has none. */
const struct json_token *member_next(const struct json_token *object, const struct json_token *member);
/* The value of a name; NULL: it is not there. */
const struct json_token *member_find(const struct json_token *object, const char *name);
/* The same for the elements of an array. */
const struct json_token *element_next(const struct json_token *array, const struct json_token *element);

/* Values of members that may be missing: then nothing is set. Texts are copied. Each fails: STATUS_INVALID (the value
 * is of another kind), STATUS_NO_MEMORY. */
MUST_CHECK enum status member_text(const struct json_token *object, const char *name, struct arena *arena,
                                   struct slice *text);
/* As member_text, and null is nothing. */
MUST_CHECK enum status member_optional(const struct json_token *object, const char *name, struct arena *arena,
                                       struct slice *text);
MUST_CHECK enum status member_number(const struct json_token *object, const char *name, uint64_t *number);
MUST_CHECK enum status member_bool(const struct json_token *object, const char *name, bool *value);
MUST_CHECK enum status member_instant(const struct json_token *object, const char *name, int64_t *at_ns); /* or null */

#endif
