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

/* Values of members that may be missing. Each is false when the value is there and of another kind. Texts are copied.
 */
bool member_text(const struct json_token *object, const char *name, struct arena *arena, struct slice *text);
bool member_number(const struct json_token *object, const char *name, uint64_t *number);
bool member_bool(const struct json_token *object, const char *name, bool *value);
bool member_instant(const struct json_token *object, const char *name, int64_t *at_ns); /* null: let alone */

#endif
