/* SPDX-License-Identifier: Apache-2.0
 *
 * The outer members of a document of the journal, for showing it. */
#ifndef TG_VIEW_ENVELOPE_H
#define TG_VIEW_ENVELOPE_H

#include "base/slice.h"
#include "cxx/json.h"

/* Empty: not there, or no text. Valid until the parser's next document. */
struct envelope_view {
    struct slice id, source, type, subject, time;
};
/* The document has JSON_PADDING readable bytes behind it. What is no JSON object has an empty view. */
struct envelope_view envelope_view(struct json_parser *parser, struct slice document);

#endif
