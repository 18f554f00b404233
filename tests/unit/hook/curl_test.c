/* SPDX-License-Identifier: Apache-2.0
 *
 * Names that resolve to where nothing may go: the connection is never made, whatever the name was when it was checked.
 * What receivers answer is tested with real ones, in tests/blackbox/test_webhooks.py. */
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "hook/transport.h"
#include "support/check.h"

static int listen_here(uint16_t *ret_port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    int file = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(file >= 0 && bind(file, (struct sockaddr *)&address, len) == 0 && listen(file, 8) == 0 &&
          getsockname(file, (struct sockaddr *)&address, &len) == 0);
    *ret_port = ntohs(address.sin_port);
    return file;
}

static bool was_connected(int file) {
    struct pollfd waiting = {.fd = file, .events = POLLIN};
    return poll(&waiting, 1, 0) > 0;
}

static struct transport_result ask(const struct curl_options *options, const char *url) {
    struct transport transport;
    struct transport_result result = {0};
    static const char *const headers[] = {"content-type: application/json"};
    if (!CHECK_OK(transport_curl(options, &transport)))
        return result;
    struct transport_request request = {
        .tag = 7, .url = url, .headers = headers, .header_count = 1, .body = SLICE("{}")};
    CHECK_OK(transport.send(transport.context, &request));
    for (int i = 0; i < 100 && result.tag == 0; i++)
        transport.wait(transport.context, 100, &result, 1);
    CHECK_UINT(result.tag, 7);
    transport.close(transport.context);
    return result;
}

static void a_name_that_leads_inside_is_refused(void **state) {
    static const struct {
        const char *row, *address, *allowed;
        bool is_connected;
        const char *error;
    } rows[] = {
        {"the host itself", "127.0.0.1", NULL, false, "it is the host itself"},
        {"mapped into six", "[::ffff:127.0.0.1]", NULL, false, "it is the host itself"},
        {"metadata", "169.254.169.254", NULL, false, "it is link-local, where machines keep their metadata"},
        {"private", "10.0.0.1", NULL, false, "it is private"},
        {"unspecified", "0.0.0.0", NULL, false, "it is of this host"},
        {"the host itself in six", "[::1]", NULL, false, "it is not of the public Internet"},
        {"another network is allowed", "127.0.0.1", "10.0.0.0/8", false, "it is the host itself"},
        {"its network is allowed", "127.0.0.1", "127.0.0.0/8", true, "it took too long"},
    };
    (void)state;
    FOR_ROWS(row, rows) {
        uint16_t port;
        int file = listen_here(&port);
        char resolve[128], url[128];
        struct curl_options options = {.guard = {.is_http_allowed = true}, .timeout_seconds = 1, .resolve = resolve};
        snprintf(resolve, sizeof resolve, "receiver.example.com:%u:%s", port, row->address);
        snprintf(url, sizeof url, "http://receiver.example.com:%u/", port);
        if (row->allowed && CHECK(guard_network_read(slice_of(row->allowed), &options.guard.allowed[0])))
            options.guard.allowed_count = 1;
        struct transport_result result = ask(&options, url);
        CHECK_UINT(result.status, 0);
        CHECK_TEXT(slice_of(result.error), row->error);
        CHECK_INT(was_connected(file), row->is_connected);
        close(file);
    }
}

static void the_environment_has_no_say(void **state) {
    uint16_t port;
    int file = listen_here(&port);
    char proxy[64];
    struct curl_options options = {
        .guard = {.is_http_allowed = true}, .timeout_seconds = 1, .resolve = "receiver.example.com:80:10.0.0.1"};
    (void)state;
    snprintf(proxy, sizeof proxy, "http://127.0.0.1:%u", port);
    setenv("http_proxy", proxy, 1);
    setenv("all_proxy", proxy, 1);
    struct transport_result result = ask(&options, "http://receiver.example.com/");
    CHECK_TEXT(slice_of(result.error), "it is private");
    CHECK(!was_connected(file));
    close(file);
}

static void only_the_web_is_spoken(void **state) {
    static const struct {
        const char *row, *url;
        bool is_http_allowed;
    } rows[] = {
        {"http where it is not allowed", "http://receiver.example.com/", false},
        {"files", "file:///etc/hostname", true},
        {"gopher", "gopher://receiver.example.com/", true},
        {"ftp", "ftp://receiver.example.com/", true},
    };
    (void)state;
    FOR_ROWS(row, rows) {
        struct curl_options options = {.guard = {.is_http_allowed = row->is_http_allowed},
                                       .timeout_seconds = 1,
                                       .resolve = "receiver.example.com:80:10.0.0.1"};
        struct transport_result result = ask(&options, row->url);
        CHECK_TEXT(slice_of(result.error), "Unsupported protocol");
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_that_leads_inside_is_refused),
        cmocka_unit_test(the_environment_has_no_say),
        cmocka_unit_test(only_the_web_is_spoken),
    };
    return CHECK_RUN(tests);
}
