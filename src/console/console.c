/* SPDX-License-Identifier: Apache-2.0
 *
 * The files, as tools/embed.py has written them. */
#include "console/console.h"

#include <stddef.h>

#ifdef CONSOLE_BUILT
#include "console_assets.inc"
#else
/* The same, for a program without a console. */
static const char page[] =
    "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Tollgate</title></head>"
    "<body><h1>The console was not built</h1><p>This daemon was built without its web console: "
    "npm was missing. Everything else works; the interface is described at "
    "<a href=\"/v1/openapi.json\">/v1/openapi.json</a>. To have the console, install nodejs and "
    "npm, and build again with <code>-Dconsole=enabled</code>.</p></body></html>\n";
static const struct console_asset assets[] = {
    {{"index.html", sizeof "index.html" - 1},
     "text/html; charset=utf-8",
     {"none", 4},
     {page, sizeof page - 1},
     {NULL, 0}},
};
#endif

enum { ASSET_COUNT = sizeof assets / sizeof *assets };

const struct console_asset *console_find(struct slice name) {
    for (size_t i = 0; i < ASSET_COUNT; i++)
        if (slice_eq(assets[i].name, name))
            return &assets[i];
    return NULL;
}

bool console_is_built(void) {
    return ASSET_COUNT > 1;
}
