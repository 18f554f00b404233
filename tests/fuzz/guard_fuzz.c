/* SPDX-License-Identifier: Apache-2.0
 *
 * URLs of receivers: what the guard lets through, the client that connects reads in the same way; what it writes it
 * reads again as the same. Addresses: an IPv4 one is refused in every dress. */
#include <curl/curl.h>
#include <netinet/in.h>
#include <stdlib.h>

#include "hook/guard.h"

static void must(bool condition) {
    if (!condition)
        abort();
}

static void part_is(CURLU *parsed, CURLUPart part, struct slice want) {
    char *got = NULL;
    must(curl_url_get(parsed, part, &got, CURLU_DEFAULT_PORT) == CURLUE_OK);
    struct slice text = slice_of(got);
    if (text.len > 1 && text.ptr[0] == '[')
        text = (struct slice){text.ptr + 1, text.len - 2};
    must(slice_eq(text, want));
    curl_free(got);
}

static void url_try(const struct guard *guard, struct slice text) {
    struct buf out = {0}, again = {0};
    struct guard_url url, same;
    char port[8];
    if (guard_url(guard, text, &out, &url) == NULL) {
        CURLU *parsed = curl_url();
        char *user = NULL;
        must(parsed && curl_url_set(parsed, CURLUPART_URL, url.text.ptr, CURLU_PATH_AS_IS) == CURLUE_OK);
        part_is(parsed, CURLUPART_SCHEME, url.is_https ? SLICE("https") : SLICE("http"));
        part_is(parsed, CURLUPART_HOST, url.host);
        int len = snprintf(port, sizeof port, "%u", url.port);
        part_is(parsed, CURLUPART_PORT, (struct slice){port, (size_t)len});
        must(curl_url_get(parsed, CURLUPART_USER, &user, 0) == CURLUE_NO_USER);
        curl_url_cleanup(parsed);
        must(guard_url(guard, url.text, &again, &same) == NULL || url.text.len > GUARD_URL_MAX);
        must(again.len == 0 || slice_eq(same.text, url.text));
    }
    buf_free(&out);
    buf_free(&again);
}

static bool is_open(const struct guard *guard, const uint8_t address[16]) {
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(443)};
    memcpy(&six.sin6_addr, address, 16);
    return guard_address(guard, (const struct sockaddr *)&six) == NULL;
}

static void address_try(const struct guard *guard, const uint8_t *bytes) {
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff}, translated[12] = {0, 0x64, 0xff, 0x9b},
                         tunnel[2] = {0x20, 0x02};
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(443)};
    uint8_t six[16] = {0};
    memcpy(&four.sin_addr, bytes, 4);
    bool open = guard_address(guard, (const struct sockaddr *)&four) == NULL;
    memcpy(six, mapped, 12);
    memcpy(six + 12, bytes, 4);
    must(is_open(guard, six) == open);
    memcpy(six, translated, 12);
    must(is_open(guard, six) == open);
    memset(six, 0, 12);
    must(!is_open(guard, six));
    memcpy(six, tunnel, 2);
    memcpy(six + 2, bytes, 4);
    must(!is_open(guard, six));
    must(!is_open(guard, bytes) || bytes[0] >> 5 == 1 || memcmp(bytes, mapped, 12) == 0 ||
         memcmp(bytes, translated, 12) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const struct guard strict = {0};
    struct guard open = {.is_http_allowed = true, .allowed_count = 1};
    struct guard_network network;
    struct slice text = {(const char *)data, size};
    url_try(&strict, text);
    url_try(&open, text); /* ::/0: everything is allowed */
    if (size >= 16)
        address_try(&strict, data);
    (void)guard_network_read(text, &network);
    return 0;
}
