/* SPDX-License-Identifier: Apache-2.0
 *
 * The watchdog: libmicrohttpd ends connections that are silent; who sends a byte now and then is ended here. It also
 * reads away, for a short while, what clients still send when they have had their last answer: closing a socket that
 * has unread bytes would take the answer back. */
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/http_private.h"

static const uint64_t SECOND_NS = 1000000000, LINGER_NS = 2000000000;
enum { ROUND_MS = 100, IDLE_MS = 1000, LINGER_BYTES = 4 << 20 };

static const struct guard_refusal LATE = {408, "too-slow", "The request did not come in time."};

static bool is_body_late(const struct link *link, const struct http_limits *limits, uint64_t now) {
    uint64_t began = atomic_load(&link->body_began_ns), passed = now > began ? (now - began) / SECOND_NS : 0;
    if (passed >= limits->body_seconds)
        return true;
    return passed > limits->grace_seconds &&
           atomic_load(&link->body_received) < (passed - limits->grace_seconds) * limits->body_rate;
}

static void check_link(struct http_server *server, struct link *link, uint64_t now) {
    unsigned phase = atomic_load(&link->phase);
    bool is_late = phase == PHASE_BODY
                       ? is_body_late(link, &server->options.limits, now)
                       : (phase == PHASE_HEAD || phase == PHASE_ANSWER) && now > atomic_load(&link->deadline_ns);
    if (!is_late)
        return;
    bool is_told = phase == PHASE_BODY || (phase == PHASE_HEAD && atomic_load(&link->has_begun));
    atomic_store(&link->doom, is_told ? LATE.status : 0);
    if (!atomic_compare_exchange_strong(&link->phase, &phase, (unsigned)PHASE_DOOMED))
        return;
    char id[ID_LENGTH + 1];
    http_new_id(server, id);
    if (is_told)
        link_refuse(link, id, &LATE);
    if (is_told || phase == PHASE_ANSWER)
        atomic_fetch_add(&server->timeouts, 1);
    shutdown(link->fd, SHUT_RDWR);
}

/* Whether it is over. */
static bool read_away(struct farewell *farewell, uint64_t now) {
    char away[16384];
    ssize_t got = recv(farewell->fd, away, sizeof away, MSG_DONTWAIT);
    farewell->bytes += got > 0 ? (uint64_t)got : 0;
    bool is_over = got == 0 || now > farewell->until_ns || farewell->bytes > LINGER_BYTES;
    if (is_over)
        close(farewell->fd);
    return is_over;
}

static void run_round(struct http_server *server) {
    struct watchdog *watchdog = &server->watchdog;
    uint64_t now = http_now_ns();
    for (struct link *link = watchdog->links; link != NULL; link = link->next)
        check_link(server, link, now);
    for (uint32_t i = watchdog->farewell_count; i > 0; i--)
        if (read_away(&watchdog->farewells[i - 1], now))
            watchdog->farewells[i - 1] = watchdog->farewells[--watchdog->farewell_count];
}

static void *watch(void *argument) {
    struct http_server *server = argument;
    struct watchdog *watchdog = &server->watchdog;
    bool stops = false;
    while (!stops) {
        struct pollfd waits[FAREWELLS_MAX + 1] = {{.fd = watchdog->wake, .events = POLLIN}};
        pthread_mutex_lock(&watchdog->lock);
        uint32_t count = watchdog->farewell_count;
        for (uint32_t i = 0; i < count; i++)
            waits[i + 1] = (struct pollfd){.fd = watchdog->farewells[i].fd, .events = POLLIN};
        int wait = watchdog->links != NULL || count > 0 ? ROUND_MS : IDLE_MS;
        pthread_mutex_unlock(&watchdog->lock);
        poll(waits, count + 1, wait);
        pthread_mutex_lock(&watchdog->lock);
        run_round(server);
        stops = watchdog->stops;
        pthread_mutex_unlock(&watchdog->lock);
    }
    return NULL;
}

enum status watchdog_start(struct http_server *server) {
    struct watchdog *watchdog = &server->watchdog;
    watchdog->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    watchdog->runs = watchdog->wake >= 0 && pthread_create(&watchdog->thread, NULL, watch, server) == 0;
    return watchdog->runs ? STATUS_OK : STATUS_IO;
}

void watchdog_stop(struct http_server *server) {
    struct watchdog *watchdog = &server->watchdog;
    pthread_mutex_lock(&watchdog->lock);
    watchdog->stops = true;
    pthread_mutex_unlock(&watchdog->lock);
    if (watchdog->runs) {
        eventfd_write(watchdog->wake, 1);
        pthread_join(watchdog->thread, NULL);
    }
    for (uint32_t i = 0; i < watchdog->farewell_count; i++)
        close(watchdog->farewells[i].fd);
    if (watchdog->wake >= 0)
        close(watchdog->wake);
}

void watchdog_add(struct watchdog *watchdog, struct link *link) {
    pthread_mutex_lock(&watchdog->lock);
    link->next = watchdog->links;
    if (link->next != NULL)
        link->next->previous = link;
    watchdog->links = link;
    pthread_mutex_unlock(&watchdog->lock);
}

void watchdog_remove(struct watchdog *watchdog, struct link *link) {
    pthread_mutex_lock(&watchdog->lock);
    if (link->previous != NULL)
        link->previous->next = link->next;
    else
        watchdog->links = link->next;
    if (link->next != NULL)
        link->next->previous = link->previous;
    bool lingers = atomic_load(&link->lingers) && watchdog->farewell_count < FAREWELLS_MAX && !watchdog->stops;
    int copy = lingers ? dup(link->fd) : -1;
    if (copy >= 0) {
        shutdown(copy, SHUT_WR);
        watchdog->farewells[watchdog->farewell_count++] =
            (struct farewell){.fd = copy, .until_ns = http_now_ns() + LINGER_NS};
    }
    pthread_mutex_unlock(&watchdog->lock);
}
