/* SPDX-License-Identifier: Apache-2.0
 *
 * The sockets of the daemon. Whoever holds a book's lock is the only one who may listen in its directory, so what an
 * earlier process left there is in nobody's use. */
#include "cli/serve.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static int listen_on(struct service *service, int socket, bool is_local, const char *what) {
    enum status status = server_listen(service->server, socket, is_local);
    if (status == STATUS_RANGE)
        return complain(EXIT_USAGE, "%s: the daemon listens on 8 sockets at most; give fewer --listen.", what);
    if (status != STATUS_OK)
        return complain_fault(what, status);
    log_event(service->log, LOG_INFO, "listening", "on %s", what);
    return EXIT_DONE;
}

/* The address as it came to be: the port may have been the system's choice. */
static const char *address_text(struct service *service, int socket) {
    struct sockaddr_storage address;
    socklen_t size = sizeof address;
    char host[NI_MAXHOST], port[NI_MAXSERV];
    if (getsockname(socket, (struct sockaddr *)&address, &size) != 0)
        return "a socket";
    if (address.ss_family == AF_UNIX)
        return "a socket that was handed over";
    if (getnameinfo((struct sockaddr *)&address, size, host, sizeof host, port, sizeof port,
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        return "a port";
    bool is_long = address.ss_family == AF_INET6;
    struct slice text = arena_printf(&service->arena, is_long ? "[%s]:%s" : "%s:%s", host, port);
    return text.ptr != NULL ? text.ptr : "a port";
}

/* The system wants short paths of sockets; a long one is reached through an open directory. */
static struct slice bind_path(struct service *service, const char *directory, struct slice path) {
    struct sockaddr_un address;
    if (path.len < sizeof address.sun_path)
        return path;
    int opened = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC); /* stays: it is a name */
    return arena_printf(&service->arena, "/proc/self/fd/%d/" SERVE_SOCKET, opened);
}

static void file_keep(struct service *service, struct slice path) {
    service->files[service->file_count++] = path.ptr;
}

static int listen_unix(struct service *service, const char *directory, struct slice path) {
    struct slice error = {0}, short_path = bind_path(service, directory, path);
    struct stat about;
    int socket;
    if (short_path.ptr == NULL)
        return complain_fault("the socket", STATUS_NO_MEMORY);
    if (lstat(path.ptr, &about) == 0 && S_ISLNK(about.st_mode))
        unlink(path.ptr); /* of an earlier daemon that had more tenants */
    enum status status = http_bind_unix(short_path.ptr, 0660, &service->arena, &socket, &error);
    if (status != STATUS_OK)
        return data_fault("the socket", status, error);
    file_keep(service, path);
    return listen_on(service, socket, true, path.ptr);
}

/* The other tenants' directories lead to the same socket; a request says which directory it means. */
static int link_unix(struct service *service, const char *target, struct slice path) {
    struct stat about;
    if (lstat(path.ptr, &about) == 0 && (S_ISLNK(about.st_mode) || S_ISSOCK(about.st_mode)))
        unlink(path.ptr);
    if (symlink(target, path.ptr) != 0)
        return complain(EXIT_FAULT, "%s: %s.", path.ptr, strerrordesc_np(errno));
    file_keep(service, path);
    return EXIT_DONE;
}

static int listen_directories(struct service *service) {
    char *target = NULL;
    int code = EXIT_DONE;
    for (uint32_t i = 0; i < service->tenant_count && code == EXIT_DONE; i++) {
        const char *directory = service->tenants[i].directory;
        struct slice path = arena_printf(&service->arena, "%s/" SERVE_SOCKET, directory);
        if (path.ptr == NULL)
            code = complain_fault("the socket", STATUS_NO_MEMORY);
        else if (i > 0)
            code = link_unix(service, target, path);
        else if ((code = listen_unix(service, directory, path)) == EXIT_DONE &&
                 (target = realpath(path.ptr, NULL)) == NULL)
            code = complain(EXIT_FAULT, "%s: %s.", path.ptr, strerrordesc_np(errno));
    }
    free(target);
    return code;
}

static int listen_tcp(struct service *service, const char *address) {
    struct slice error = {0};
    int socket;
    enum status status =
        http_bind_tcp(slice_of(address), option_given(service->call, "public"), &service->arena, &socket, &error);
    if (status != STATUS_OK)
        return data_fault("--listen", status, error);
    return listen_on(service, socket, false, address_text(service, socket));
}

static int listen_handed(struct service *service) {
    int code = EXIT_DONE;
    for (uint32_t i = 0; i < service->handed_count && code == EXIT_DONE; i++) {
        bool is_listening, is_local = supervisor_is_local(service->handed[i], &is_listening);
        if (!is_listening)
            return complain(EXIT_USAGE, "descriptor %d was handed over (LISTEN_FDS) but is no listening stream socket.",
                            service->handed[i]);
        code = listen_on(service, service->handed[i], is_local, address_text(service, service->handed[i]));
    }
    return code;
}

int serve_listen(struct service *service) {
    int code = listen_directories(service);
    if (code == EXIT_DONE)
        code = listen_handed(service);
    for (uint32_t i = 0; i < service->call->use_count && code == EXIT_DONE; i++) {
        if (strcmp(service->call->uses[i].option->name, "listen") == 0)
            code = listen_tcp(service, service->call->uses[i].value);
    }
    return code;
}

void serve_unlink(struct service *service) {
    for (uint32_t i = 0; i < service->file_count; i++)
        unlink(service->files[i]);
}
