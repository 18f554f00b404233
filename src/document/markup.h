/* SPDX-License-Identifier: Apache-2.0
 *
 * What pages of HTML share: their look, and text that cannot break out of its place. */
#ifndef TG_DOCUMENT_MARKUP_H
#define TG_DOCUMENT_MARKUP_H

#include "base/buf.h"

extern const char markup_style[]; /* CSS for screens, light and dark, and for A4 */
/* Text from outside. Control characters, which could only confuse, become the replacement character. */
void markup_text(struct buf *out, struct slice text);

#endif
