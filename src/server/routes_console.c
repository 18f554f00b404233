/* SPDX-License-Identifier: Apache-2.0
 *
 * GET / and GET /console/{asset}: the console's files. The page may run its own script and style and talk to this
 * daemon; nothing of another place, nothing inline, in nobody's frame. */
#include "console/console.h"
#include "server/routes.h"

#define POLICY                                                                                                         \
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; "   \
    "form-action 'none'; frame-ancestors 'none'"

/* Accept-Encoding has gzip, and does not forbid it. */
static bool takes_gzip(const struct http_request *request) {
    struct slice rest = http_header(request, "Accept-Encoding"), one, name, weight;
    while (rest.ptr != NULL && rest.len > 0) {
        bool has_more = slice_cut(rest, ',', &one, &rest);
        rest.len = has_more ? rest.len : 0;
        bool is_weighed = slice_cut(slice_trim(one), ';', &name, &weight);
        if (slice_eq_nocase(slice_trim(name), SLICE("gzip")))
            return !is_weighed || !slice_starts(slice_trim(weight), SLICE("q=0")) ||
                   slice_starts(slice_trim(weight), SLICE("q=0."));
    }
    return false;
}

static enum status asset_send(const struct http_request *request, const struct console_asset *asset,
                              struct http_answer *answer) {
    bool is_small = asset->gzip.len > 0 && takes_gzip(request);
    answer->media_type = asset->media_type;
    answer->policy = POLICY;
    http_field(answer, "Cross-Origin-Opener-Policy", SLICE("same-origin"));
    http_field(answer, "Cross-Origin-Resource-Policy", SLICE("same-origin"));
    http_field(answer, "X-Frame-Options", SLICE("DENY"));
    http_field(answer, "Vary", SLICE("Accept-Encoding"));
    if (is_small)
        http_field(answer, "Content-Encoding", SLICE("gzip"));
    buf_append(&answer->body, is_small ? asset->gzip : asset->plain);
    return answer->body.failed ? STATUS_NO_MEMORY : STATUS_OK;
}

enum status console_get(void *context, const struct http_request *request, struct http_answer *answer) {
    (void)context;
    return asset_send(request, console_find(CONSOLE_INDEX), answer);
}

enum status console_asset_get(void *context, const struct http_request *request, struct http_answer *answer) {
    const struct console_asset *asset = console_find(request->params[0]);
    (void)context;
    if (asset == NULL || slice_eq(asset->name, CONSOLE_INDEX)) {
        http_problem(request, answer, 404, "not-found",
                     "there is no such file: the console may be of another version now. Load / again.");
        return STATUS_OK;
    }
    struct slice etag = arena_printf(request->arena, "\"" SLICE_FMT "\"", SLICE_ARG(asset->etag));
    if (etag.ptr == NULL)
        return STATUS_NO_MEMORY;
    bool is_unchanged = http_is_unchanged(request, answer, etag);
    answer->cache = "public, max-age=31536000, immutable"; /* its name is of its content */
    return is_unchanged ? STATUS_OK : asset_send(request, asset, answer);
}
