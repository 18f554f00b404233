/* SPDX-License-Identifier: Apache-2.0
 *
 * Targets: paths and queries with percent escapes (RFC 3986). */
#ifndef TG_HTTP_TARGET_H
#define TG_HTTP_TARGET_H

#include "base/arena.h"
#include "base/slice.h"

/* Starts with a slash; only characters that a path may have; escapes well-formed, of UTF-8, of no control or
 * backslash; no segment is a dot or two, however they and the slashes around them are written. An escaped slash is a
 * part of its segment (a name); it parts nothing. */
bool target_is_path(struct slice path);
/* The same for a query, where slashes and dots mean nothing. */
bool target_is_query(struct slice query);
/* Decoded copy of what one of the two accepted; in a query a plus is a space. ptr NULL: memory is out. */
struct slice target_decode(struct arena *arena, struct slice text, bool is_query);

#endif
