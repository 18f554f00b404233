/* SPDX-License-Identifier: Apache-2.0
 *
 * URLs of receivers, read strictly: what two readers could understand differently is refused. */
#include <arpa/inet.h>

#include "hook/guard_private.h"

enum { NAME_MAX_BYTES = 253, LABEL_MAX_BYTES = 63 };

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_plain(struct slice text) {
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] <= ' ' || text.ptr[i] >= 127 || strchr("\\\"<>^`{|}#", text.ptr[i]))
            return false;
    return true;
}

static bool is_label(struct slice label) {
    if (label.len == 0 || label.len > LABEL_MAX_BYTES || label.ptr[0] == '-' || label.ptr[label.len - 1] == '-')
        return false;
    for (size_t i = 0; i < label.len; i++)
        if (!is_letter(label.ptr[i]) && !is_digit(label.ptr[i]) && label.ptr[i] != '-')
            return false;
    return true;
}

/* What a lenient reader could take for a number: decimal, octal or hexadecimal. */
static bool is_number(struct slice label) {
    bool is_hex = label.len >= 2 && label.ptr[0] == '0' && lower(label.ptr[1]) == 'x';
    for (size_t i = is_hex ? 2 : 0; i < label.len; i++)
        if (!is_digit(label.ptr[i]) && !(is_hex && lower(label.ptr[i]) >= 'a' && lower(label.ptr[i]) <= 'f'))
            return false;
    return true;
}

static bool ends_with(struct slice name, const char *end) {
    size_t len = strlen(end);
    return name.len >= len && slice_eq_nocase((struct slice){name.ptr + name.len - len, len}, slice_of(end));
}

static const char *name_refused(const struct guard *guard, struct slice name) {
    static const char *const inner[] = {".localhost", ".local", ".internal", ".home.arpa"};
    struct slice rest = name, label = {0};
    uint32_t labels = 0;
    for (bool more = true; more; labels++) {
        more = slice_cut(rest, '.', &label, &rest);
        if (!is_label(label))
            return "its host is no name: labels of letters, digits and hyphens (other scripts as xn--…), no dot at the "
                   "end";
    }
    if (name.len > NAME_MAX_BYTES)
        return "its host is longer than a name can be";
    if (is_number(label))
        return "its host is a number in an odd spelling; write four decimal numbers without leading zeros";
    if (guard->allowed_count > 0)
        return NULL;
    if (labels == 1)
        return "its host is a name without a domain, of the daemon's own network";
    for (size_t i = 0; i < sizeof inner / sizeof *inner; i++)
        if (ends_with(name, inner[i]))
            return "its host is a name of the daemon's own network";
    return NULL;
}

static const char *port_read(struct slice text, bool is_https, uint16_t *ret_port) {
    uint64_t port = is_https ? 443 : 80;
    if (text.ptr && (text.len == 0 || text.len > 5 || text.ptr[0] == '0' || !slice_number(text, UINT16_MAX, &port)))
        return "its port is no number from 1 to 65535";
    *ret_port = (uint16_t)port;
    return NULL;
}

/* text: the authority. */
static const char *authority_read(struct slice text, struct guard_url *url) {
    struct slice port = {0};
    if (memchr(text.ptr, '@', text.len))
        return "it has a user before its host; credentials do not belong into a URL";
    if (memchr(text.ptr, '%', text.len))
        return "its host has a percent sign";
    const char *close = text.len && text.ptr[0] == '[' ? memchr(text.ptr, ']', text.len) : NULL;
    if (close) {
        url->host = (struct slice){text.ptr + 1, (size_t)(close - text.ptr) - 1};
        size_t rest = text.len - url->host.len - 2;
        if (rest > 0 && close[1] != ':')
            return "something stands between its host and its port";
        if (rest > 0)
            port = (struct slice){close + 2, rest - 1};
        if (!memchr(url->host.ptr, ':', url->host.len))
            return "what stands in brackets is no IPv6 address";
    } else if (!slice_cut(text, ':', &url->host, &port)) {
        port = (struct slice){0};
    }
    if (url->host.len == 0)
        return "it has no host";
    return port_read(port, url->is_https, &url->port);
}

static const char *host_refused(const struct guard *guard, const struct guard_url *url) {
    uint8_t address[16];
    if (guard_address_read(url->host, address))
        return guard_connect(guard, address, url->port);
    if (memchr(url->host.ptr, ':', url->host.len))
        return "its host is no IPv6 address";
    const char *why = name_refused(guard, url->host);
    /* A name may lead to an allowed network, where any port will do: that is seen when it is resolved. */
    if (!why && guard->allowed_count == 0 && url->port != 443 && url->port != 8443 && url->port != 80 &&
        url->port != 8080)
        why = "its port is none of 443, 8443, 80, 8080";
    return why;
}

/* The usual spelling of an address, the name in small letters. Returns where it stands. */
static size_t host_write(struct guard_url *url, struct buf *out) {
    uint8_t address[16];
    char text[INET6_ADDRSTRLEN];
    bool is_six = memchr(url->host.ptr, ':', url->host.len) != NULL && guard_address_read(url->host, address) &&
                  inet_ntop(AF_INET6, address, text, sizeof text);
    struct slice host = is_six ? slice_of(text) : url->host;
    buf_text(out, is_six ? "[" : "");
    size_t start = out->len;
    for (size_t i = 0; i < host.len; i++)
        buf_char(out, lower(host.ptr[i]));
    url->host.len = host.len;
    buf_text(out, is_six ? "]" : "");
    return start;
}

static void url_write(struct guard_url *url, struct slice target, struct buf *out) {
    size_t start = out->len;
    buf_text(out, url->is_https ? "https://" : "http://");
    size_t host = host_write(url, out);
    if (url->port != (url->is_https ? 443 : 80))
        buf_printf(out, ":%u", url->port);
    if (target.len == 0 || target.ptr[0] != '/')
        buf_char(out, '/');
    buf_append(out, target);
    if (out->failed)
        return;
    url->host.ptr = out->ptr + host;
    url->text = (struct slice){out->ptr + start, out->len - start};
}

const char *guard_url(const struct guard *guard, struct slice text, struct buf *out, struct guard_url *ret_url) {
    static const struct slice https = {"https://", 8}, http = {"http://", 7};
    struct guard_url url = {0};
    if (text.len > GUARD_URL_MAX)
        return "it is longer than 1024 bytes";
    if (!is_plain(text))
        return "it has a space, a fragment, or a character that must be percent-encoded";
    url.is_https = text.len >= https.len && slice_eq_nocase((struct slice){text.ptr, https.len}, https);
    if (!url.is_https && !(text.len >= http.len && slice_eq_nocase((struct slice){text.ptr, http.len}, http)))
        return "it does not begin with https://";
    if (!url.is_https && !guard->is_http_allowed)
        return "it is not https; plain http is for receivers on the premises, and the daemon does not allow it";
    size_t scheme = url.is_https ? https.len : http.len, end = scheme;
    while (end < text.len && text.ptr[end] != '/' && text.ptr[end] != '?')
        end++;
    const char *why = authority_read((struct slice){text.ptr + scheme, end - scheme}, &url);
    if (!why)
        why = host_refused(guard, &url);
    if (why)
        return why;
    url_write(&url, (struct slice){text.ptr + end, text.len - end}, out);
    if (out->failed)
        return "there is no memory for it";
    *ret_url = url;
    return NULL;
}
