/* SPDX-License-Identifier: Apache-2.0
 *
 * Where webhooks may go, and where they may not. */
#include "hook/guard.h"

#include <arpa/inet.h>

#include "support/check.h"

static struct guard guard_with(const char *allowed, bool is_http_allowed) {
    struct guard guard = {.is_http_allowed = is_http_allowed};
    if (allowed && CHECK(guard_network_read(slice_of(allowed), &guard.allowed[0])))
        guard.allowed_count = 1;
    return guard;
}

static void url_check(const struct guard *guard, const char *url, const char *want) {
    struct buf out = {0};
    struct guard_url got;
    const char *why = guard_url(guard, slice_of(url), &out, &got);
    CHECK_TEXT(why ? slice_of("no") : got.text, want ? want : "no");
    buf_free(&out);
}

static const struct {
    const char *row, *url, *want; /* NULL: refused */
} url_rows[] = {
    {"a plain one", "https://hooks.example.com/tollgate", "https://hooks.example.com/tollgate"},
    {"without a path", "https://hooks.example.com", "https://hooks.example.com/"},
    {"with a query alone", "https://hooks.example.com?a=b", "https://hooks.example.com/?a=b"},
    {"letters of the host do not matter", "HTTPS://Hooks.Example.COM/Path", "https://hooks.example.com/Path"},
    {"its own port is left out", "https://example.com:443/x", "https://example.com/x"},
    {"the other port", "https://example.com:8443/x", "https://example.com:8443/x"},
    {"encoded bytes stay", "https://example.com/%2e%2e/a%20b?c=%00", "https://example.com/%2e%2e/a%20b?c=%00"},
    {"an address of the Internet", "https://93.184.216.34/", "https://93.184.216.34/"},
    {"one of the new Internet", "https://[2606:2800:220:1::1]/", "https://[2606:2800:220:1::1]/"},
    {"in its usual spelling", "https://[2606:2800:0220:0001:0:0:0:A]/", "https://[2606:2800:220:1::a]/"},
    {"a name in another script", "https://xn--bcher-kva.example/", "https://xn--bcher-kva.example/"},
    {"a path that looks like a user", "https://example.com/@localhost", "https://example.com/@localhost"},
    {"plain http", "http://example.com/", NULL},
    {"no scheme", "example.com/x", NULL},
    {"another scheme", "gopher://example.com/", NULL},
    {"a file", "file:///etc/passwd", NULL},
    {"one slash", "https:/example.com/", NULL},
    {"three slashes", "https:///example.com/", NULL},
    {"nothing", "", NULL},
    {"no host", "https://", NULL},
    {"no host but a port", "https://:443/", NULL},
    {"a user", "https://user@example.com/", NULL},
    {"a user and a password", "https://user:secret@example.com/", NULL},
    {"an empty user", "https://@example.com/", NULL},
    {"a user that is a host", "https://example.com:443@127.0.0.1/", NULL},
    {"a fragment", "https://example.com/#x", NULL},
    {"a fragment before a user", "https://127.0.0.1#@example.com/", NULL},
    {"a backslash", "https://example.com\\@127.0.0.1/", NULL},
    {"a space", "https://example.com/a b", NULL},
    {"a space in front", " https://example.com/", NULL},
    {"a tab in the host", "https://exam\tple.com/", NULL},
    {"a line break", "https://example.com/\r\nHost: a", NULL},
    {"a letter beyond ASCII", "https://ex\xc3\xa4mple.com/", NULL},
    {"full stops of another script",
     "https://127\xe3\x80\x82"
     "0.0.1/",
     NULL},
    {"an encoded host", "https://%31%32%37.0.0.1/", NULL},
    {"an odd port", "https://example.com:22/", NULL},
    {"a port that is none", "https://example.com:x/", NULL},
    {"an empty port", "https://example.com:/", NULL},
    {"port 0", "https://example.com:0/", NULL},
    {"a port that is too large", "https://example.com:65979/", NULL},
    {"a port with a zero in front", "https://example.com:0443/", NULL},
    {"a port with a sign", "https://example.com:+443/", NULL},
    {"two ports", "https://example.com:443:443/", NULL},
    {"the host itself", "https://127.0.0.1/", NULL},
    {"the host itself by name", "https://localhost/", NULL},
    {"in other letters", "https://LocalHost/", NULL},
    {"below it", "https://a.localhost/", NULL},
    {"a name at the end of the network", "https://printer.local/", NULL},
    {"a name of the cloud's inside", "https://metadata.cloud.internal/", NULL},
    {"a name without a domain", "https://intranet/", NULL},
    {"a name with a dot at its end", "https://example.com./", NULL},
    {"an address with a dot at its end", "https://127.0.0.1./", NULL},
    {"two dots", "https://example..com/", NULL},
    {"a hyphen in front", "https://-example.com/", NULL},
    {"an underscore", "https://a_b.example.com/", NULL},
    {"one decimal number", "https://2130706433/", NULL},
    {"one hexadecimal number", "https://0x7f000001/", NULL},
    {"one octal number", "https://017700000001/", NULL},
    {"octal parts", "https://0177.0.0.1/", NULL},
    {"hexadecimal parts", "https://0x7f.0.0.1/", NULL},
    {"a hexadecimal end", "https://1.2.3.0x4/", NULL},
    {"two parts", "https://127.1/", NULL},
    {"three parts", "https://127.0.1/", NULL},
    {"five parts", "https://1.2.3.4.5/", NULL},
    {"a part that is too large", "https://256.1.1.1/", NULL},
    {"zeros in front of a public address", "https://093.184.216.034/", NULL},
    {"all zeros", "https://0.0.0.0/", NULL},
    {"zero alone", "https://0/", NULL},
    {"metadata", "https://169.254.169.254/latest/meta-data/", NULL},
    {"metadata in six", "https://[fd00:ec2::254]/", NULL},
    {"the host itself in six", "https://[::1]/", NULL},
    {"in long", "https://[0:0:0:0:0:0:0:1]/", NULL},
    {"nothing in six", "https://[::]/", NULL},
    {"four in six", "https://[::ffff:127.0.0.1]/", NULL},
    {"in hexadecimal", "https://[::ffff:7f00:1]/", NULL},
    {"the old way", "https://[::127.0.0.1]/", NULL},
    {"a zone", "https://[fe80::1%25eth0]/", NULL},
    {"a zone on a public one", "https://[2606:2800:220:1::1%1]/", NULL},
    {"four in brackets", "https://[93.184.216.34]/", NULL},
    {"a name in brackets", "https://[example.com]/", NULL},
    {"six without brackets", "https://2606:2800:220:1::1/", NULL},
    {"a bracket alone", "https://[2606:2800:220:1::1/", NULL},
    {"something behind a bracket", "https://[2606:2800:220:1::1]x/", NULL},
    {"an empty port behind a bracket", "https://[2606:2800:220:1::1]:/", NULL},
};

static void urls_are_read_strictly(void **state) {
    struct guard guard = guard_with(NULL, false);
    (void)state;
    FOR_ROWS(row, url_rows) {
        url_check(&guard, row->url, row->want);
    }
}

static void options_open_the_door_a_little(void **state) {
    static const struct {
        const char *row, *allowed;
        bool http;
        const char *url, *want;
    } rows[] = {
        {"http where it is allowed", NULL, true, "http://example.com/", "http://example.com/"},
        {"its own port is left out", NULL, true, "http://example.com:80/", "http://example.com/"},
        {"http does not open networks", NULL, true, "http://127.0.0.1/", NULL},
        {"a network that is allowed", "10.0.0.0/8", false, "https://10.1.2.3/", "https://10.1.2.3/"},
        {"on any port", "10.0.0.0/8", false, "https://10.1.2.3:9000/", "https://10.1.2.3:9000/"},
        {"and no other one", "10.0.0.0/8", false, "https://192.168.1.1/", NULL},
        {"nor http", "10.0.0.0/8", false, "http://10.1.2.3/", NULL},
        {"other ports of the Internet stay closed", "10.0.0.0/8", false, "https://93.184.216.34:9000/", NULL},
        {"names of one's own", "10.0.0.0/8", false, "https://receiver:9000/", "https://receiver:9000/"},
        {"a single address", "127.0.0.1", true, "http://127.0.0.1:1234/", "http://127.0.0.1:1234/"},
        {"not the next one", "127.0.0.1", true, "http://127.0.0.2:1234/", NULL},
        {"six", "fd00:1::/32", false, "https://[fd00:1::7]:9/", "https://[fd00:1::7]:9/"},
        {"not the next one of six", "fd00:1::/32", false, "https://[fd00:2::7]:9/", NULL},
        {"odd spellings stay odd", "127.0.0.0/8", true, "http://2130706433/", NULL},
    };
    (void)state;
    FOR_ROWS(row, rows) {
        struct guard guard = guard_with(row->allowed, row->http);
        url_check(&guard, row->url, row->want);
    }
}

static void socket_of(const char *text, uint16_t port, struct sockaddr_storage *ret) {
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    memset(ret, 0, sizeof *ret);
    if (inet_pton(AF_INET, text, &four.sin_addr) == 1)
        memcpy(ret, &four, sizeof four);
    else if (CHECK(inet_pton(AF_INET6, text, &six.sin6_addr) == 1))
        memcpy(ret, &six, sizeof six);
}

static const struct {
    const char *row, *address;
    bool want;
} address_rows[] = {
    {"public", "93.184.216.34", true},
    {"first of all", "1.0.0.0", true},
    {"this host", "0.0.0.0", false},
    {"this network", "0.255.255.255", false},
    {"before ten", "9.255.255.255", true},
    {"ten", "10.0.0.0", false},
    {"ten's end", "10.255.255.255", false},
    {"after ten", "11.0.0.0", true},
    {"before the carrier's", "100.63.255.255", true},
    {"the carrier's", "100.64.0.0", false},
    {"metadata in it", "100.100.100.200", false},
    {"the carrier's end", "100.127.255.255", false},
    {"after the carrier's", "100.128.0.0", true},
    {"loopback", "127.0.0.1", false},
    {"loopback's end", "127.255.255.255", false},
    {"after loopback", "128.0.0.0", true},
    {"a platform's own", "168.63.129.16", false},
    {"its neighbour", "168.63.129.17", true},
    {"link-local", "169.254.0.0", false},
    {"metadata", "169.254.169.254", false},
    {"link-local's end", "169.254.255.255", false},
    {"after it", "169.255.0.0", true},
    {"before 172.16", "172.15.255.255", true},
    {"172.16", "172.16.0.0", false},
    {"172.31", "172.31.255.255", false},
    {"after 172.31", "172.32.0.0", true},
    {"protocols", "192.0.0.8", false},
    {"between", "192.0.1.1", true},
    {"documentation", "192.0.2.1", false},
    {"a relay", "192.88.99.1", false},
    {"192.168", "192.168.0.1", false},
    {"after it", "192.169.0.0", true},
    {"measurements", "198.18.0.1", false},
    {"their end", "198.19.255.255", false},
    {"after them", "198.20.0.0", true},
    {"more documentation", "198.51.100.7", false},
    {"and more", "203.0.113.255", false},
    {"before groups", "223.255.255.255", true},
    {"a group", "224.0.0.1", false},
    {"its end", "239.255.255.255", false},
    {"reserved", "240.0.0.1", false},
    {"everybody", "255.255.255.255", false},
    {"public six", "2606:2800:220:1::1", true},
    {"the host itself", "::1", false},
    {"nothing", "::", false},
    {"mapped loopback", "::ffff:127.0.0.1", false},
    {"mapped private", "::ffff:10.1.1.1", false},
    {"mapped public", "::ffff:93.184.216.34", true},
    {"compatible", "::93.184.216.34", false},
    {"compatible loopback", "::127.0.0.1", false},
    {"translated private", "64:ff9b::10.0.0.1", false},
    {"translated metadata", "64:ff9b::a9fe:a9fe", false},
    {"translated public", "64:ff9b::93.184.216.34", true},
    {"translated locally", "64:ff9b:1::93.184.216.34", false},
    {"discarded", "100::1", false},
    {"a tunnel to loopback", "2002:7f00:1::1", false},
    {"a tunnel to anybody", "2002:5db8:d822::1", false},
    {"a tunnel through translators", "2001:0:4136:e378:8000:63bf:3fff:fdd2", false},
    {"benchmarks", "2001:2::1", false},
    {"identifiers", "2001:20::1", false},
    {"after the protocols", "2001:200::1", true},
    {"documentation", "2001:db8::1", false},
    {"more of it", "3fff::1", false},
    {"after it", "3fff:1000::1", true},
    {"the old backbone", "3ffe::1", false},
    {"unique local", "fc00::1", false},
    {"also", "fd12:3456::1", false},
    {"link-local", "fe80::1", false},
    {"site-local", "fec0::1", false},
    {"a group", "ff02::1", false},
    {"segments", "5f00::1", false},
    {"beyond all that is given out", "4000::1", false},
};

static void addresses_are_of_the_internet(void **state) {
    struct guard guard = guard_with(NULL, false);
    (void)state;
    FOR_ROWS(row, address_rows) {
        struct sockaddr_storage address;
        socket_of(row->address, 443, &address);
        CHECK_INT(guard_address(&guard, (struct sockaddr *)&address) == NULL, row->want);
    }
}

static void connections_are_looked_at_again(void **state) {
    static const struct {
        const char *row, *allowed, *address;
        uint16_t port;
        bool want;
    } rows[] = {
        {"https", NULL, "93.184.216.34", 443, true},
        {"mail", NULL, "93.184.216.34", 25, false},
        {"a database", NULL, "93.184.216.34", 5432, false},
        {"no port", NULL, "93.184.216.34", 0, false},
        {"loopback where it is allowed", "127.0.0.0/8", "127.0.0.1", 5432, true},
        {"mapped loopback is the same", "127.0.0.0/8", "::ffff:127.0.0.1", 5432, true},
        {"loopback of six is not", "127.0.0.0/8", "::1", 443, false},
        {"all of four", "0.0.0.0/0", "10.0.0.1", 1, true},
        {"is not six", "0.0.0.0/0", "fe80::1", 1, false},
        {"all of both", "::/0", "10.0.0.1", 1, true},
        {"an odd prefix", "10.64.0.0/11", "10.95.255.255", 1, true},
        {"and behind it", "10.64.0.0/11", "10.96.0.0", 1, false},
    };
    (void)state;
    FOR_ROWS(row, rows) {
        struct guard guard = guard_with(row->allowed, false);
        struct sockaddr_storage address;
        socket_of(row->address, row->port, &address);
        CHECK_INT(guard_address(&guard, (struct sockaddr *)&address) == NULL, row->want);
    }
    struct guard guard = guard_with("::/0", false);
    CHECK(guard_address(&guard, &(struct sockaddr){.sa_family = AF_UNIX}) != NULL);
}

static void networks_are_read_strictly(void **state) {
    static const struct {
        const char *row, *text;
        int bits; /* -1: refused */
    } rows[] = {
        {"four", "10.0.0.0/8", 104},
        {"one address", "10.0.0.1", 128},
        {"six", "fd00::/8", 8},
        {"one of six", "::1", 128},
        {"everything", "::/0", 0},
        {"all of four", "0.0.0.0/0", 96},
        {"bits behind it", "10.0.0.1/8", -1},
        {"too many", "10.0.0.0/33", -1},
        {"too many for six", "::/129", -1},
        {"none", "10.0.0.0/", -1},
        {"a sign", "10.0.0.0/+8", -1},
        {"a name", "localhost", -1},
        {"nothing", "", -1},
        {"only bits", "/8", -1},
        {"short", "10/8", -1},
        {"octal", "010.0.0.0/8", -1},
        {"a mask", "10.0.0.0/255.0.0.0", -1},
        {"a space", "10.0.0.0 /8", -1},
    };
    (void)state;
    FOR_ROWS(row, rows) {
        struct guard_network network;
        bool ok = guard_network_read(slice_of(row->text), &network);
        CHECK_INT(ok ? (int)network.bits : -1, row->bits);
    }
}

static void no_url_is_too_long(void **state) {
    char text[GUARD_URL_MAX + 2];
    struct guard guard = guard_with(NULL, false);
    struct guard_url url;
    struct buf out = {0};
    (void)state;
    memset(text, 'a', sizeof text);
    memcpy(text, "https://example.com/", 20);
    CHECK(guard_url(&guard, (struct slice){text, GUARD_URL_MAX}, &out, &url) == NULL);
    CHECK(guard_url(&guard, (struct slice){text, GUARD_URL_MAX + 1}, &out, &url) != NULL);
    buf_free(&out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(urls_are_read_strictly),        cmocka_unit_test(options_open_the_door_a_little),
        cmocka_unit_test(addresses_are_of_the_internet), cmocka_unit_test(connections_are_looked_at_again),
        cmocka_unit_test(networks_are_read_strictly),    cmocka_unit_test(no_url_is_too_long),
    };
    return CHECK_RUN(tests);
}
