/* SPDX-License-Identifier: Apache-2.0
 *
 * tollgate doctor: what is beside a book, and what is around it. */
#include "cli/doctor.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timex.h>
#include <sys/un.h>
#include <unistd.h>

#include "access/access.h"
#include "access/audit.h"
#include "document/document.h"

#define UNIT "/lib/systemd/system/tollgate.service"
#define UNIT_GROUP "/sys/fs/cgroup/system.slice/tollgate.service"

static const char *path_in(struct doctor *doctor, const char *directory, struct slice name) {
    struct slice path = arena_printf(&doctor->arena, "%s/" SLICE_FMT, directory, SLICE_ARG(name));
    return path.ptr != NULL ? path.ptr : "";
}

/* ---- what a daemon keeps ---- */

/* 0, or what kept from connecting. */
static int socket_try(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path)
        return ENAMETOOLONG;
    memcpy(address.sun_path, path, strlen(path) + 1);
    int end = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (end < 0)
        return errno;
    int error = connect(end, (struct sockaddr *)&address, sizeof address) == 0 ? 0 : errno;
    close(end);
    return error;
}

static void check_daemon(struct doctor *doctor) {
    struct stat info;
    const char *path = path_in(doctor, doctor->directory, SLICE("tollgate.sock"));
    if (stat(path, &info) != 0) {
        find_ok(doctor, "daemon", "no daemon serves this directory");
        return;
    }
    int error = socket_try(path);
    if (error == ECONNREFUSED)
        find(doctor, "daemon", LEVEL_WARNING, "start the daemon: it takes the socket over, and nothing is lost",
             "one has left its socket, and does not run");
    else if (error == EAGAIN)
        find(doctor, "daemon", LEVEL_WARNING, "see whether it answers at all, and what the machine is busy with",
             "so many connections wait that no other one is taken");
    else if (error != 0)
        find(doctor, "daemon", LEVEL_NOTE, "ask as the daemon's user, or as root", "its socket cannot be tried: %s",
             strerrordesc_np(error));
    else
        find_ok(doctor, "daemon", "it takes connections on tollgate.sock");
}

static void check_pepper(struct doctor *doctor) {
    struct stat info;
    if (stat(path_in(doctor, doctor->directory, SLICE(ACCESS_PEPPER)), &info) != 0)
        find_ok(doctor, "pepper", "not in the directory: it comes from elsewhere, or there are no keys yet");
    else if ((info.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        find(doctor, "pepper", LEVEL_FAULT, "chmod 600 pepper; a daemon refuses to start with it as it is",
             "others than the owner may read it");
    else
        find_ok(doctor, "pepper", "beside the book, for its owner alone; backups do not contain it");
}

void check_keys(struct doctor *doctor, struct book *book) {
    const char *path = path_in(doctor, doctor->directory, SLICE(ACCESS_PEPPER));
    struct access_options options = {.directory = doctor->directory, .pepper_path = path};
    struct slice error;
    struct stat info;
    bool is_needed;
    if (stat(path, &info) == 0 && (info.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        return; /* that was told */
    enum status status = access_pepper_check(book_store(book), &options, &doctor->arena, &is_needed, &error);
    if (status == STATUS_NOT_FOUND)
        find(doctor, "keys", LEVEL_NOTE,
             "put a lost one back from where its copy is kept; without any, `tollgate key reset`",
             "the book's keys need their pepper: is it handed over by --pepper-file, or as a credential of the unit?");
    else if (status == STATUS_CONFLICT || status == STATUS_INVALID)
        find(doctor, "keys", LEVEL_FAULT, "put the right pepper back: with this one no daemon starts", SLICE_FMT,
             SLICE_ARG(error));
}

static void check_audit(struct doctor *doctor) {
    struct audit_check check = {0};
    enum status status = audit_scan(doctor->directory, 0, NULL, NULL, &doctor->arena, &check);
    if (status == STATUS_NOT_FOUND)
        find_ok(doctor, "audit", "there is no audit log yet");
    else if (status != STATUS_OK)
        find(doctor, "audit", LEVEL_WARNING, "ask as the daemon's user, or as root", "the log cannot be read: %s",
             status_text(status));
    else if (check.bad_file.len > 0)
        find(doctor, "audit", LEVEL_FAULT, "somebody changed it: see `tollgate audit verify`, and keep a copy",
             SLICE_FMT ", line %llu: %s", SLICE_ARG(check.bad_file), (unsigned long long)check.bad_line, check.reason);
    else
        find(doctor, "audit", LEVEL_OK, NULL, "%llu lines, each in its chain", (unsigned long long)check.lines);
}

static void check_parties(struct doctor *doctor) {
    const char *path = path_in(doctor, doctor->directory, SLICE(BOOK_PARTIES));
    struct parties parties;
    struct diags diags = {0};
    if (access(path, F_OK) != 0)
        find_ok(doctor, "parties",
                "no " BOOK_PARTIES ": documents name no seller, and there are no electronic invoices");
    else if (parties_read(path, &doctor->arena, &diags, &parties) != STATUS_OK)
        find(doctor, "parties", LEVEL_FAULT, "`tollgate bill show NUMBER --html` says where",
             BOOK_PARTIES " cannot be read: no documents can be made");
    else
        find(doctor, "parties", LEVEL_OK, NULL, "a seller and %u buyers for documents; backups contain it",
             parties.buyer_count);
    diags_free(&diags);
}

void check_service_files(struct doctor *doctor) {
    check_daemon(doctor);
    check_pepper(doctor);
    check_audit(doctor);
    check_parties(doctor);
}

/* ---- what is around ---- */

static void check_time(struct doctor *doctor) {
    struct timex state = {0};
    if (adjtimex(&state) < 0 || (state.status & STA_UNSYNC) != 0)
        find(doctor, "time", LEVEL_NOTE, "let a time service such as chrony keep the machine's clock",
             "the system does not know whether its clock is right");
    else
        find_ok(doctor, "time", "the system keeps its clock by another one");
}

static bool is_in_path(struct doctor *doctor, const char *program) {
    const char *list = getenv("PATH");
    struct slice rest = slice_of(list != NULL ? list : ""), folder;
    while (rest.len > 0) {
        if (!slice_cut(rest, ':', &folder, &rest)) {
            folder = rest;
            rest = SLICE("");
        }
        struct slice path = arena_printf(&doctor->arena, SLICE_FMT "/%s", SLICE_ARG(folder), program);
        if (path.ptr != NULL && access(path.ptr, X_OK) == 0)
            return true;
    }
    return false;
}

static void check_program(struct doctor *doctor, const char *program, const char *use, const char *remedy) {
    if (is_in_path(doctor, program))
        find(doctor, program, LEVEL_OK, NULL, "it is there, for %s", use);
    else
        find(doctor, program, LEVEL_NOTE, remedy, "it is not there: no %s", use);
}

static void check_unit(struct doctor *doctor) {
    struct stat info;
    if (stat(UNIT, &info) != 0)
        find_ok(doctor, "service", "no unit is installed");
    else if (stat(UNIT_GROUP, &info) == 0)
        find_ok(doctor, "service", "the unit runs");
    else
        find(doctor, "service", LEVEL_NOTE, "systemctl start tollgate, if it should", "the unit does not run");
}

void check_machine(struct doctor *doctor) {
    check_time(doctor);
    check_unit(doctor);
    check_program(doctor, "weasyprint", "bills as PDF", "install the package weasyprint");
    check_program(doctor, "ffprobe", "measuring of media files", "install the package ffmpeg");
}
