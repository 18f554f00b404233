/* SPDX-License-Identifier: Apache-2.0
 *
 * Requests to a server on this machine, one thread, connections that stay: as fast as it answers, or so many a second
 * whether it answers or not (open loop: what finds no free connection when it is due is counted as not sent).
 *
 * http_load PORT KIND CONNECTIONS RATE MILLISECONDS [KEY]
 *   KIND: constant (GET /constant), admit (POST /v1/admit), ingest (POST /v1/events with 100 events), event (with one).
 *   RATE: requests a second; 0: as many as are answered.
 * Prints one JSON object: requests, answered well, refused (503, 429, 402, 408), wrong, not sent, seconds, and
 * latencies in microseconds from sending to the whole answer. */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CONNECTIONS_MAX = 1024, REQUEST_MAX = 65536, ANSWER_MAX = 65536, ACCOUNTS = 1000, BATCH = 100 };
enum { OCTAVES = 40, PARTS = 64 }; /* of the histogram: buckets are less than two percent wide */

struct connection {
    int socket;
    bool is_busy;
    uint64_t sent_ns;
    size_t out, length; /* of the request: how much is sent, how long it is */
    size_t in;          /* of the answer */
    char request[REQUEST_MAX], answer[ANSWER_MAX];
};

struct load {
    const char *kind, *key;
    int port, poll;
    uint32_t count, busy;
    struct connection *connections;
    uint64_t number; /* of the next request */
    uint64_t good, refused, wrong, unsent, sent;
    uint64_t latencies[OCTAVES * PARTS];
    char stamp[40], prefix[24];
};

static uint64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void die(const char *what) {
    perror(what);
    exit(1);
}

/* ---- latencies ---- */

static uint32_t bucket_of(uint64_t us) {
    uint32_t octave = 0;
    while (us >> octave >= 2 * PARTS)
        octave++;
    return octave == 0 ? (uint32_t)us : octave * PARTS + (uint32_t)(us >> octave);
}

static uint64_t bucket_end(uint32_t bucket) {
    uint32_t octave = bucket < 2 * PARTS ? 0 : bucket / PARTS - 1;
    uint64_t part = octave == 0 ? bucket : bucket - octave * PARTS;
    return (part + 1) << octave;
}

static uint64_t percentile(const struct load *load, uint64_t total, uint64_t per_100000) {
    uint64_t want = (total * per_100000 + 99999) / 100000, seen = 0;
    for (uint32_t i = 0; i < OCTAVES * PARTS; i++) {
        seen += load->latencies[i];
        if (seen >= want && seen > 0)
            return bucket_end(i);
    }
    return 0;
}

/* ---- requests ---- */

static size_t event_write(const struct load *load, char *out, size_t room, uint64_t number) {
    return (size_t)snprintf(out, room,
                            "{\"specversion\":\"1.0\",\"id\":\"%s-%" PRIu64
                            "\",\"source\":\"bench\",\"type\":\"bench.Call\","
                            "\"subject\":\"acct-%" PRIu64 "\",\"time\":\"%s\",\"data\":{\"count\":1}}",
                            load->prefix, number, number % ACCOUNTS, load->stamp);
}

static size_t body_write(const struct load *load, char *out, size_t room, uint64_t number) {
    size_t len = 0;
    if (strcmp(load->kind, "admit") == 0)
        return (size_t)snprintf(out, room, "{\"account\":\"acct-%" PRIu64 "\",\"type\":\"bench.Call\"}",
                                number % ACCOUNTS);
    if (strcmp(load->kind, "event") == 0)
        return event_write(load, out, room, number);
    out[len++] = '[';
    for (uint64_t i = 0; i < BATCH; i++) {
        len += event_write(load, out + len, room - len, number * BATCH + i);
        out[len++] = i + 1 < BATCH ? ',' : ']';
    }
    return len;
}

static size_t request_write(const struct load *load, char *out, uint64_t number) {
    char body[REQUEST_MAX];
    if (strcmp(load->kind, "constant") == 0)
        return (size_t)snprintf(out, REQUEST_MAX, "GET /constant HTTP/1.1\r\nHost: localhost\r\n\r\n");
    bool is_admit = strcmp(load->kind, "admit") == 0, is_batch = strcmp(load->kind, "ingest") == 0;
    size_t len = body_write(load, body, sizeof body, number);
    int head = snprintf(out, REQUEST_MAX,
                        "POST %s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\nContent-Type: "
                        "application/%s\r\nContent-Length: %zu\r\n\r\n",
                        is_admit ? "/v1/admit" : "/v1/events", load->key,
                        is_admit   ? "json"
                        : is_batch ? "cloudevents-batch+json"
                                   : "cloudevents+json",
                        len);
    memcpy(out + head, body, len);
    return (size_t)head + len;
}

/* ---- connections ---- */

static void watch(const struct load *load, struct connection *connection, uint32_t events, int operation) {
    struct epoll_event event = {.events = events, .data.ptr = connection};
    if (epoll_ctl(load->poll, operation, connection->socket, &event) != 0)
        die("epoll_ctl");
}

static void connection_open(const struct load *load, struct connection *connection) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)load->port)};
    int on = 1;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connection->socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connection->socket < 0 || connect(connection->socket, (struct sockaddr *)&address, sizeof address) != 0)
        die("connect");
    if (setsockopt(connection->socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0)
        die("setsockopt");
    connection->is_busy = false;
    watch(load, connection, EPOLLIN, EPOLL_CTL_ADD);
}

static void request_push(const struct load *load, struct connection *connection) {
    while (connection->out < connection->length) {
        ssize_t done = send(connection->socket, connection->request + connection->out,
                            connection->length - connection->out, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (done < 0 && errno == EAGAIN) {
            watch(load, connection, EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD);
            return;
        }
        if (done < 0)
            return; /* what is answered tells more */
        connection->out += (size_t)done;
    }
    watch(load, connection, EPOLLIN, EPOLL_CTL_MOD);
}

static void request_send(struct load *load, struct connection *connection) {
    connection->length = request_write(load, connection->request, load->number++);
    connection->out = connection->in = 0;
    connection->is_busy = true;
    connection->sent_ns = now_ns();
    load->sent++;
    load->busy++;
    request_push(load, connection);
}

/* ---- answers ---- */

static bool answer_is_whole(const struct connection *connection) {
    const char *end = memmem(connection->answer, connection->in, "\r\n\r\n", 4);
    const char *length = end ? strcasestr(connection->answer, "\r\nContent-Length: ") : NULL;
    uint64_t size = 0;
    if (!end || !length || length > end)
        return false;
    for (const char *digit = length + 18; *digit >= '0' && *digit <= '9'; digit++)
        size = size * 10 + (uint64_t)(*digit - '0');
    return connection->in >= (size_t)(end + 4 - connection->answer) + size;
}

static void answer_count(struct load *load, struct connection *connection) {
    char code[4] = {0};
    memcpy(code, connection->answer + 9, 3);
    uint64_t us = (now_ns() - connection->sent_ns) / 1000;
    load->latencies[bucket_of(us)]++;
    if (code[0] == '2')
        load->good++;
    else if (strstr("503 429 402 408", code) != NULL) /* 408: sent when the connection had waited for too long */
        load->refused++;
    else if (load->wrong++ == 0)
        fprintf(stderr, "http_load: %.300s\n", connection->answer);
    connection->is_busy = false;
    load->busy--;
}

/* True: the answer is whole and counted. A connection that the server ends is opened again. */
static bool answer_read(struct load *load, struct connection *connection) {
    size_t room = ANSWER_MAX - 1 - connection->in;
    ssize_t got = recv(connection->socket, connection->answer + connection->in, room, MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN)
        return false;
    if (got <= 0) {
        load->wrong += connection->is_busy;
        load->busy -= connection->is_busy;
        close(connection->socket);
        connection_open(load, connection);
        return false;
    }
    connection->in += (size_t)got;
    connection->answer[connection->in] = '\0';
    if (!connection->is_busy || !answer_is_whole(connection))
        return false;
    answer_count(load, connection);
    return true;
}

/* ---- the run ---- */

static void events_take(struct load *load, bool is_closed, int timeout_ms) {
    struct epoll_event events[CONNECTIONS_MAX];
    int count = epoll_wait(load->poll, events, CONNECTIONS_MAX, timeout_ms);
    for (int i = 0; i < count; i++) {
        struct connection *connection = events[i].data.ptr;
        if (events[i].events & EPOLLOUT)
            request_push(load, connection);
        if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR) && answer_read(load, connection) && is_closed)
            request_send(load, connection);
    }
}

static void run_closed(struct load *load, uint64_t end_ns) {
    for (uint32_t i = 0; i < load->count; i++)
        request_send(load, &load->connections[i]);
    while (now_ns() < end_ns)
        events_take(load, true, 10);
}

static struct connection *connection_free(struct load *load, uint32_t *next) {
    for (uint32_t i = 0; i < load->count && load->busy < load->count; i++) {
        struct connection *connection = &load->connections[(*next + i) % load->count];
        if (!connection->is_busy) {
            *next = (*next + i + 1) % load->count;
            return connection;
        }
    }
    return NULL;
}

static void run_open(struct load *load, uint64_t rate, uint64_t end_ns) {
    uint64_t start_ns = now_ns(), due = 0, now;
    uint32_t next = 0;
    while ((now = now_ns()) < end_ns) {
        uint64_t wanted = (now - start_ns) * rate / 1000000000u;
        for (; due < wanted; due++) {
            struct connection *connection = connection_free(load, &next);
            if (connection) {
                request_send(load, connection);
                continue;
            }
            load->unsent += wanted - due; /* all are busy: what is due now is too much */
            due = wanted - 1;
        }
        events_take(load, false, load->busy == load->count ? 1 : 0);
    }
}

static void print(const struct load *load, double seconds) {
    uint64_t total = load->good + load->refused + load->wrong;
    printf("{\"kind\":\"%s\",\"sent\":%" PRIu64 ",\"good\":%" PRIu64 ",\"refused\":%" PRIu64 ",\"wrong\":%" PRIu64
           ",\"unsent\":%" PRIu64 ",\"seconds\":%.3f,\"per_second\":%.0f,\"p50_us\":%" PRIu64 ",\"p99_us\":%" PRIu64
           ",\"p9999_us\":%" PRIu64 "}\n",
           load->kind, load->sent, load->good, load->refused, load->wrong, load->unsent, seconds,
           (double)load->good / seconds, percentile(load, total, 50000), percentile(load, total, 99000),
           percentile(load, total, 99990));
}

static uint64_t number_read(const char *text) {
    uint64_t number = 0;
    for (; *text >= '0' && *text <= '9'; text++)
        number = number * 10 + (uint64_t)(*text - '0');
    return number;
}

int main(int argc, char **argv) {
    static struct load load;
    struct timespec wall;
    struct tm utc;
    if (argc < 6) {
        fprintf(stderr, "http_load PORT KIND CONNECTIONS RATE MILLISECONDS [KEY]\n");
        return 2;
    }
    clock_gettime(CLOCK_REALTIME, &wall);
    gmtime_r(&wall.tv_sec, &utc);
    strftime(load.stamp, sizeof load.stamp, "%Y-%m-%dT%H:%M:%SZ", &utc);
    snprintf(load.prefix, sizeof load.prefix, "%llx",
             (unsigned long long)wall.tv_sec << 20 | (unsigned long long)getpid());
    load.port = (int)number_read(argv[1]);
    load.kind = argv[2];
    load.count = (uint32_t)number_read(argv[3]);
    load.key = argc > 6 ? argv[6] : "";
    load.poll = epoll_create1(EPOLL_CLOEXEC);
    if (load.poll < 0 || load.count == 0 || load.count > CONNECTIONS_MAX)
        die("http_load");
    load.connections = calloc(load.count, sizeof *load.connections);
    if (load.connections == NULL)
        die("http_load");
    for (uint32_t i = 0; i < load.count; i++)
        connection_open(&load, &load.connections[i]);
    uint64_t rate = number_read(argv[4]), start_ns = now_ns();
    uint64_t end_ns = start_ns + number_read(argv[5]) * 1000000u;
    if (rate == 0)
        run_closed(&load, end_ns);
    else
        run_open(&load, rate, end_ns);
    print(&load, (double)(now_ns() - start_ns) / 1e9);
    return 0;
}
