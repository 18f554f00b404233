/* SPDX-License-Identifier: Apache-2.0
 *
 * The web console's files, which are a part of the program: made from console/ when it is built. Without them (no npm
 * where it was built) the index says so, and there is nothing else. */
#ifndef TG_CONSOLE_CONSOLE_H
#define TG_CONSOLE_CONSOLE_H

#include <stdbool.h>

#include "base/slice.h"

#define CONSOLE_INDEX SLICE("index.html")
struct console_asset {
    struct slice name; /* "app-0da59466fe242ea1.js": all but the index have a hash of their content in it */
    const char *media_type;
    struct slice etag; /* without quotes */
    struct slice plain, gzip;
};
/* NULL: there is no such file. The index is always there. */
const struct console_asset *console_find(struct slice name);
bool console_is_built(void);

#endif
