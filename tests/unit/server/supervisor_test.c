/* SPDX-License-Identifier: Apache-2.0
 *
 * What a service manager says in the environment, also when it is nonsense or meant for another process. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "server/supervisor.h"
#include "support/check.h"

static void set(const char *name, const char *value) {
    if (value != NULL)
        setenv(name, value, 1);
    else
        unsetenv(name);
}

/* "self": this process. */
static const char *process(const char *given) {
    static char text[16];
    if (given == NULL || strcmp(given, "self") != 0)
        return given;
    (void)snprintf(text, sizeof text, "%d", (int)getpid());
    return text;
}

static void sockets_are_for_whom_they_are_meant(void **state) {
    (void)state;
    static const struct {
        const char *row, *process, *count;
        uint32_t want;
    } rows[] = {
        {"two of them", "self", "2", 2},          {"none were handed over", NULL, NULL, 0},
        {"another process", "1", "2", 0},         {"no process", NULL, "2", 0},
        {"no number", "self", "two", 0},          {"a number that is none", "self", "-1", 0},
        {"more than there are", "self", "65", 0},
    };
    FOR_ROWS(row, rows) {
        int sockets[SUPERVISOR_SOCKETS_MAX];
        set("LISTEN_PID", process(row->process));
        set("LISTEN_FDS", row->count);
        CHECK_UINT(supervisor_sockets(sockets), row->want);
        CHECK(row->want < 2 || (sockets[0] == 3 && sockets[1] == 4));
        CHECK(getenv("LISTEN_PID") == NULL && getenv("LISTEN_FDS") == NULL);
    }
}

static void the_watchdog_is_for_whom_it_is_meant(void **state) {
    (void)state;
    static const struct {
        const char *row, *process, *us;
        uint64_t want;
    } rows[] = {
        {"for this one", "self", "2000000", 2000000},
        {"for everybody", NULL, "5", 5},
        {"for another one", "1", "2000000", 0},
        {"it does not want to hear", NULL, NULL, 0},
        {"nonsense", NULL, "soon", 0},
    };
    FOR_ROWS(row, rows) {
        set("WATCHDOG_PID", process(row->process));
        set("WATCHDOG_USEC", row->us);
        CHECK_UINT(supervisor_watchdog_us(), row->want);
    }
}

static void only_listening_streams_will_do(void **state) {
    (void)state;
    static const struct {
        const char *row;
        int family, type;
        bool listens, want_listening, want_local;
    } rows[] = {
        {"a listening UNIX socket", AF_UNIX, SOCK_STREAM, true, true, true},
        {"a listening port", AF_INET, SOCK_STREAM, true, true, false},
        {"a stream that does not listen", AF_UNIX, SOCK_STREAM, false, false, false},
        {"datagrams", AF_UNIX, SOCK_DGRAM, false, false, false},
    };
    FOR_ROWS(row, rows) {
        int made = socket(row->family, row->type | SOCK_CLOEXEC, 0);
        struct sockaddr_un nameless = {.sun_family = AF_UNIX};
        if (row->family == AF_UNIX && row->listens)
            CHECK_INT(bind(made, (struct sockaddr *)&nameless, sizeof(sa_family_t)), 0);
        if (row->listens)
            CHECK_INT(listen(made, 1), 0);
        bool is_listening = !row->want_listening;
        CHECK_INT(supervisor_is_local(made, &is_listening), row->want_local);
        CHECK_INT(is_listening, row->want_listening);
        close(made);
    }
    bool is_listening = true;
    int file = open("/dev/null", O_RDONLY | O_CLOEXEC);
    CHECK(!supervisor_is_local(file, &is_listening) && !is_listening);
    close(file);
}

static void who_does_not_listen_is_not_told(void **state) {
    (void)state;
    static const struct {
        const char *row, *path;
    } rows[] = {
        {"nobody", NULL},
        {"an empty name", ""},
        {"a name of one byte", "/"},
        {"a path that is not absolute", "notify"},
        {"nobody is there", "/nowhere/notify"},
        {"a path that is too long", "/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                                    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},
    };
    FOR_ROWS(row, rows) {
        set("NOTIFY_SOCKET", row->path);
        supervisor_tell("READY=1");
        CHECK(true); /* it returns */
    }
}

static void a_name_without_a_file_is_told(void **state) {
    (void)state;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char name[64], heard[64] = "";
    int made = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    int len = snprintf(name, sizeof name, "@tollgate-test-%d", (int)getpid());
    memcpy(address.sun_path + 1, name + 1, (size_t)len - 1);
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)len);
    assert_int_equal(bind(made, (struct sockaddr *)&address, size), 0);
    set("NOTIFY_SOCKET", name);
    supervisor_tell("READY=1\nSTATUS=Serving.");
    CHECK_INT(recv(made, heard, sizeof heard - 1, MSG_DONTWAIT), 23);
    CHECK_TEXT(slice_of(heard), "READY=1\nSTATUS=Serving.");
    close(made);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sockets_are_for_whom_they_are_meant), cmocka_unit_test(the_watchdog_is_for_whom_it_is_meant),
        cmocka_unit_test(only_listening_streams_will_do),      cmocka_unit_test(who_does_not_listen_is_not_told),
        cmocka_unit_test(a_name_without_a_file_is_told),
    };
    return CHECK_RUN(tests);
}
