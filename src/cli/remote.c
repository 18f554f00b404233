/* SPDX-License-Identifier: Apache-2.0
 *
 * HTTP over a UNIX socket. */
#include "cli/remote.h"

#include <curl/curl.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "cli/common.h"
#include "cxx/json.h"

#define SOCKET_NAME "tollgate.sock"
enum { PATH_SIZE = 64, HEADER_SIZE = 96, URL_SIZE = 3072, ANSWER_MAX = 64 << 20, PAUSE_MS = 200, PAUSES_MAX = 300 };

struct remote {
    CURL *curl;
    struct curl_slist *headers, *json_headers;
    int directory;        /* open: paths of sockets must be short, and this one is a short name of any directory */
    char path[PATH_SIZE]; /* of the socket */
};

static bool is_listening(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, path, strlen(path) + 1);
    int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool is_there = probe >= 0 && connect(probe, (struct sockaddr *)&address, sizeof address) == 0;
    if (probe >= 0)
        close(probe);
    return is_there;
}

static size_t body_take(char *bytes, size_t size, size_t count, void *context) {
    struct buf *body = context;
    buf_append(body, (struct slice){bytes, size * count});
    return body->failed ? 0 : size * count;
}

/* A daemon of several tenants learns by the directory's number which of them is meant. */
static enum status headers_make(const struct remote *remote, const char *type, struct curl_slist **headers) {
    struct stat about;
    char place[HEADER_SIZE];
    if (fstat(remote->directory, &about) != 0)
        return STATUS_NOT_FOUND;
    (void)snprintf(place, sizeof place, "Tollgate-Data: %llu:%llu", (unsigned long long)about.st_dev,
                   (unsigned long long)about.st_ino);
    const char *const lines[] = {place, type, "Expect:"};
    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        struct curl_slist *longer = curl_slist_append(*headers, lines[i]);
        if (longer == NULL)
            return STATUS_NO_MEMORY;
        *headers = longer;
    }
    return STATUS_OK;
}

static enum status connection_make(struct remote *remote) {
    TRY(headers_make(remote, "Content-Type: application/x-ndjson", &remote->headers));
    TRY(headers_make(remote, "Content-Type: application/json", &remote->json_headers));
    remote->curl = curl_easy_init();
    if (remote->curl == NULL)
        return STATUS_NO_MEMORY;
    bool is_set = curl_easy_setopt(remote->curl, CURLOPT_UNIX_SOCKET_PATH, remote->path) == CURLE_OK &&
                  curl_easy_setopt(remote->curl, CURLOPT_PROXY, "") == CURLE_OK &&
                  curl_easy_setopt(remote->curl, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
                  curl_easy_setopt(remote->curl, CURLOPT_HTTPHEADER, remote->headers) == CURLE_OK &&
                  curl_easy_setopt(remote->curl, CURLOPT_WRITEFUNCTION, body_take) == CURLE_OK;
    return is_set ? STATUS_OK : STATUS_NO_MEMORY;
}

enum status remote_open(const char *directory, struct remote **ret_remote) {
    struct remote *remote = calloc(1, sizeof *remote);
    if (remote == NULL)
        return STATUS_NO_MEMORY;
    remote->directory = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
    (void)snprintf(remote->path, sizeof remote->path, "/proc/self/fd/%d/" SOCKET_NAME, remote->directory);
    enum status status =
        remote->directory >= 0 && is_listening(remote->path) ? connection_make(remote) : STATUS_NOT_FOUND;
    if (status != STATUS_OK) {
        remote_close(remote);
        return status;
    }
    *ret_remote = remote;
    return STATUS_OK;
}

void remote_close(struct remote *remote) {
    if (remote == NULL)
        return;
    curl_easy_cleanup(remote->curl);
    curl_slist_free_all(remote->headers);
    curl_slist_free_all(remote->json_headers);
    if (remote->directory >= 0)
        close(remote->directory);
    free(remote);
}

static enum status post_once(struct remote *remote, const char *path, struct slice body, struct remote_answer *answer) {
    char url[URL_SIZE];
    if (snprintf(url, sizeof url, "http://localhost%s", path) >= (int)sizeof url)
        return STATUS_RANGE;
    buf_clear(&answer->body);
    answer->body.max = ANSWER_MAX;
    if (curl_easy_setopt(remote->curl, CURLOPT_URL, url) != CURLE_OK ||
        curl_easy_setopt(remote->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.len) != CURLE_OK ||
        curl_easy_setopt(remote->curl, CURLOPT_POSTFIELDS, body.len > 0 ? body.ptr : "") != CURLE_OK ||
        curl_easy_setopt(remote->curl, CURLOPT_WRITEDATA, &answer->body) != CURLE_OK)
        return STATUS_NO_MEMORY;
    if (curl_easy_perform(remote->curl) != CURLE_OK)
        return answer->body.failed ? STATUS_NO_MEMORY : STATUS_IO;
    buf_repeat(&answer->body, ' ', JSON_PADDING);
    if (answer->body.failed)
        return STATUS_NO_MEMORY;
    answer->body.len -= JSON_PADDING;
    return curl_easy_getinfo(remote->curl, CURLINFO_RESPONSE_CODE, &answer->status) == CURLE_OK ? STATUS_OK : STATUS_IO;
}

/* The member `name` of the problem that a daemon answers with. */
static struct slice problem_member(const struct json_token *tokens, size_t count, const char *name) {
    for (size_t i = 0; i + 1 < count; i++) {
        struct slice key = {tokens[i].ptr, tokens[i].len};
        if (tokens[i].type == JSON_KEY && slice_is(key, name) && tokens[i + 1].type == JSON_TEXT)
            return (struct slice){tokens[i + 1].ptr, tokens[i + 1].len};
    }
    return (struct slice){0};
}

static struct slice problem_read(const struct remote_answer *answer, struct json_parser *parser, const char *name) {
    const struct json_token *tokens;
    struct json_error error;
    size_t count = json_parse(parser, answer->body.ptr, answer->body.len, &tokens, &error);
    return problem_member(tokens, count, name);
}

/* Too much waits to be written: nothing happened, and it will go. */
static bool is_busy(const struct remote_answer *answer) {
    struct json_parser *parser = answer->status == 503 || answer->status == 429 ? json_parser_new() : NULL;
    bool is_it = parser != NULL && slice_is(problem_read(answer, parser, "code"), "busy");
    json_parser_free(parser);
    return is_it;
}

enum status remote_post(struct remote *remote, const char *path, struct slice body, struct remote_answer *ret_answer) {
    struct timespec pause = {.tv_nsec = PAUSE_MS * 1000000L};
    TRY(post_once(remote, path, body, ret_answer));
    for (int i = 0; i < PAUSES_MAX && is_busy(ret_answer); i++) {
        (void)nanosleep(&pause, NULL);
        TRY(post_once(remote, path, body, ret_answer));
    }
    return STATUS_OK;
}

enum status remote_post_json(struct remote *remote, const char *path, struct slice body,
                             struct remote_answer *ret_answer) {
    if (curl_easy_setopt(remote->curl, CURLOPT_HTTPHEADER, remote->json_headers) != CURLE_OK)
        return STATUS_NO_MEMORY;
    enum status status = remote_post(remote, path, body, ret_answer);
    if (curl_easy_setopt(remote->curl, CURLOPT_HTTPHEADER, remote->headers) != CURLE_OK)
        return STATUS_NO_MEMORY;
    return status;
}

enum status remote_request(struct remote *remote, const char *method, const char *path, struct slice body,
                           struct remote_answer *ret_answer) {
    if (curl_easy_setopt(remote->curl, CURLOPT_CUSTOMREQUEST, method) != CURLE_OK)
        return STATUS_NO_MEMORY;
    enum status status = remote_post_json(remote, path, body, ret_answer);
    if (curl_easy_setopt(remote->curl, CURLOPT_CUSTOMREQUEST, NULL) != CURLE_OK)
        return STATUS_NO_MEMORY;
    return status;
}

void remote_answer_free(struct remote_answer *answer) {
    buf_free(&answer->body);
}

int remote_complain(enum status status, const struct remote_answer *answer) {
    if (status == STATUS_IO)
        return complain(EXIT_FAULT, "the daemon ended before it answered: whether this was taken is not known. Say it "
                                    "again with the same --id and --now; it counts once.");
    if (status != STATUS_OK)
        return complain_fault("the daemon", status);
    struct json_parser *parser = json_parser_new();
    bool is_refused = parser != NULL && slice_is(problem_read(answer, parser, "code"), "refused");
    struct slice detail = parser != NULL ? problem_read(answer, parser, "detail") : (struct slice){0};
    int code = EXIT_FAULT;
    if (is_refused && detail.len > 0)
        code = complain(EXIT_USAGE, SLICE_FMT, SLICE_ARG(detail));
    else if (detail.len > 0)
        complain(code, "the daemon: " SLICE_FMT, SLICE_ARG(detail));
    else
        complain(code, "the daemon answered %ld.", answer->status);
    json_parser_free(parser);
    return code;
}
