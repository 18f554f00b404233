/* SPDX-License-Identifier: Apache-2.0
 *
 * Deliveries by libcurl's multi interface. Nothing of the environment has a say: no proxy, no .netrc, no cookies. */
#include <curl/curl.h>
#include <stdlib.h>
#include <unistd.h>

#include "hook/transport.h"

enum { ANSWER_MAX = 64 << 10, HEADERS_MAX = 32 << 10, CONNECT_SECONDS = 10, TOTAL_SECONDS = 30, CONNECTIONS = 64 };

struct sender {
    CURLM *multi;
    struct curl_options options;
    struct curl_slist *resolve;
    struct exchange *first; /* what is under way */
};
struct exchange {
    struct sender *sender;
    CURL *easy;
    struct curl_slist *headers;
    uint64_t tag;
    size_t answer, answer_headers;
    const char *refused; /* why the guard let it not connect */
    char error[CURL_ERROR_SIZE];
    struct exchange *next, **place;
};

/* ---- what libcurl asks ---- */

/* Between resolution and connection: the only moment at which an address is what it is. */
static curl_socket_t socket_open(void *context, curlsocktype purpose, struct curl_sockaddr *address) {
    struct exchange *exchange = context;
    (void)purpose;
    const char *why = guard_address(&exchange->sender->options.guard, &address->addr);
    if (why) {
        exchange->refused = why;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static size_t answer_take(char *bytes, size_t size, size_t count, void *context) {
    struct exchange *exchange = context;
    (void)bytes;
    exchange->answer += size * count;
    return exchange->answer > ANSWER_MAX ? 0 : size * count;
}

static size_t header_take(char *bytes, size_t size, size_t count, void *context) {
    struct exchange *exchange = context;
    (void)bytes;
    exchange->answer_headers += size * count;
    return exchange->answer_headers > HEADERS_MAX ? 0 : size * count;
}

/* ---- one exchange ---- */

static void exchange_free(struct exchange *exchange) {
    if (exchange->place) {
        *exchange->place = exchange->next;
        if (exchange->next)
            exchange->next->place = exchange->place;
        curl_multi_remove_handle(exchange->sender->multi, exchange->easy);
    }
    curl_easy_cleanup(exchange->easy);
    curl_slist_free_all(exchange->headers);
    free(exchange);
}

static bool headers_add(struct exchange *exchange, const char *line) {
    struct curl_slist *longer = curl_slist_append(exchange->headers, line);
    if (longer)
        exchange->headers = longer;
    return longer != NULL;
}

#define SET(option, value) (is_set = is_set && curl_easy_setopt(easy, option, value) == CURLE_OK)

static bool limits_set(CURL *easy, const struct curl_options *options) {
    bool is_set = true;
    SET(CURLOPT_PROTOCOLS_STR, options->guard.is_http_allowed ? "http,https" : "https");
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_PROXY, "");
    SET(CURLOPT_NOPROXY, "*");
    SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    SET(CURLOPT_PATH_AS_IS, 1L);
    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    SET(CURLOPT_TIMEOUT, (long)(options->timeout_seconds ? options->timeout_seconds : TOTAL_SECONDS));
    SET(CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS);
    SET(CURLOPT_QUICK_EXIT, 1L); /* a name that is still being resolved holds up no end */
    SET(CURLOPT_MAXAGE_CONN, 60L);
    SET(CURLOPT_DNS_CACHE_TIMEOUT, 60L);
    if (options->ca_path)
        SET(CURLOPT_CAINFO, options->ca_path);
    return is_set;
}

static bool request_set(struct exchange *exchange, const struct transport_request *request) {
    CURL *easy = exchange->easy;
    bool is_set = true;
    /* No waiting for "100 Continue", no chunks. */
    if (!headers_add(exchange, "expect:") || !headers_add(exchange, "accept:"))
        return false;
    for (uint32_t i = 0; i < request->header_count; i++)
        if (!headers_add(exchange, request->headers[i]))
            return false;
    SET(CURLOPT_URL, request->url);
    SET(CURLOPT_POSTFIELDSIZE, (long)request->body.len);
    SET(CURLOPT_COPYPOSTFIELDS, request->body.ptr);
    SET(CURLOPT_HTTPHEADER, exchange->headers);
    SET(CURLOPT_USERAGENT, "tollgate");
    SET(CURLOPT_OPENSOCKETFUNCTION, socket_open);
    SET(CURLOPT_OPENSOCKETDATA, exchange);
    SET(CURLOPT_WRITEFUNCTION, answer_take);
    SET(CURLOPT_WRITEDATA, exchange);
    SET(CURLOPT_HEADERFUNCTION, header_take);
    SET(CURLOPT_HEADERDATA, exchange);
    SET(CURLOPT_ERRORBUFFER, exchange->error);
    SET(CURLOPT_PRIVATE, exchange);
    if (exchange->sender->resolve)
        SET(CURLOPT_RESOLVE, exchange->sender->resolve);
    return is_set && limits_set(easy, &exchange->sender->options);
}

static enum status send_request(void *context, const struct transport_request *request) {
    struct sender *sender = context;
    struct exchange *exchange = calloc(1, sizeof *exchange);
    if (!exchange)
        return STATUS_NO_MEMORY;
    exchange->sender = sender;
    exchange->tag = request->tag;
    exchange->easy = curl_easy_init();
    if (!exchange->easy || !request_set(exchange, request) ||
        curl_multi_add_handle(sender->multi, exchange->easy) != CURLM_OK) {
        exchange_free(exchange);
        return STATUS_NO_MEMORY;
    }
    exchange->place = &sender->first;
    exchange->next = sender->first;
    if (exchange->next)
        exchange->next->place = &exchange->next;
    sender->first = exchange;
    return STATUS_OK;
}

/* ---- results ---- */

static const char *reason_of(const struct exchange *exchange, CURLcode code) {
    if (exchange->refused && code == CURLE_COULDNT_CONNECT)
        return exchange->refused;
    if (code == CURLE_OPERATION_TIMEDOUT)
        return "it took too long";
    return curl_easy_strerror(code);
}

static void result_of(const struct exchange *exchange, CURLcode code, struct transport_result *ret_result) {
    long status = 0;
    curl_off_t microseconds = 0, retry_after = 0;
    struct transport_result result = {.tag = exchange->tag};
    curl_easy_getinfo(exchange->easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(exchange->easy, CURLINFO_TOTAL_TIME_T, &microseconds);
    curl_easy_getinfo(exchange->easy, CURLINFO_RETRY_AFTER, &retry_after);
    bool is_too_long = code == CURLE_WRITE_ERROR && exchange->answer > ANSWER_MAX;
    if (code == CURLE_OK || is_too_long) { /* nobody needs the rest of what is answered */
        result.status = (uint32_t)status;
        result.retry_after = retry_after;
    } else {
        struct slice why = slice_of(reason_of(exchange, code));
        memcpy(result.error, why.ptr, why.len < sizeof result.error ? why.len : sizeof result.error - 1);
    }
    result.milliseconds = (uint32_t)(microseconds / 1000);
    *ret_result = result;
}

static uint32_t results_take(struct sender *sender, struct transport_result *results, uint32_t cap) {
    uint32_t count = 0;
    CURLMsg *message;
    int rest;
    while (count < cap && (message = curl_multi_info_read(sender->multi, &rest)) != NULL) {
        struct exchange *exchange = NULL;
        CURLcode code = message->data.result;
        if (message->msg != CURLMSG_DONE ||
            curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&exchange) != CURLE_OK)
            continue;
        result_of(exchange, code, &results[count++]);
        exchange_free(exchange);
    }
    return count;
}

static uint32_t wait_results(void *context, uint32_t milliseconds, struct transport_result *results, uint32_t cap) {
    struct sender *sender = context;
    int running;
    curl_multi_perform(sender->multi, &running);
    uint32_t count = results_take(sender, results, cap);
    if (count > 0)
        return count;
    curl_multi_poll(sender->multi, NULL, 0, (int)milliseconds, NULL);
    curl_multi_perform(sender->multi, &running);
    return results_take(sender, results, cap);
}

static void wake_up(void *context) {
    struct sender *sender = context;
    curl_multi_wakeup(sender->multi);
}

static void sender_close(void *context) {
    struct sender *sender = context;
    while (sender->first)
        exchange_free(sender->first);
    curl_multi_cleanup(sender->multi);
    curl_slist_free_all(sender->resolve);
    free(sender);
}

enum status transport_curl(const struct curl_options *options, struct transport *ret_transport) {
    struct sender *sender = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? calloc(1, sizeof *sender) : NULL;
    if (!sender)
        return STATUS_NO_MEMORY;
    sender->options = *options;
    sender->multi = curl_multi_init();
    if (options->resolve)
        sender->resolve = curl_slist_append(NULL, options->resolve);
    if (!sender->multi || (options->resolve && !sender->resolve)) {
        sender_close(sender);
        return STATUS_NO_MEMORY;
    }
    curl_multi_setopt(sender->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)CONNECTIONS);
    *ret_transport = (struct transport){sender, send_request, wait_results, wake_up, sender_close};
    return STATUS_OK;
}
