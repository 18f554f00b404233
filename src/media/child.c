/* SPDX-License-Identifier: Apache-2.0
 *
 * The child is a group of its own, so that all of it can be ended; it ends with us as well. */
#include "media/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { COMPLAINTS_MAX = 4096, FILES_MAX = 16, EXIT_NOT_STARTED = 127, WAIT_NS = 5000000 };
#define ADDRESS_SPACE_MAX (UINT64_C(1) << 30)

struct run {
    const struct child *child;
    struct buf *complaints;
    pid_t process;
    int output, error; /* -1: closed */
    int64_t deadline_ms;
    uint64_t taken;
    enum child_end end;
    enum status status; /* of `take` */
};

static int64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- in the child: only calls that are safe between fork and exec ---- */

static bool limit(int what, uint64_t most) {
    struct rlimit both = {most, most};
    return setrlimit((__rlimit_resource_t)what, &both) == 0;
}

static bool limits_set(uint32_t seconds) {
    return limit(RLIMIT_CPU, seconds) && limit(RLIMIT_AS, ADDRESS_SPACE_MAX) && limit(RLIMIT_NOFILE, FILES_MAX) &&
           limit(RLIMIT_FSIZE, 0) && limit(RLIMIT_CORE, 0) && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}

static bool files_set(const struct child *child, int output, int error) {
    int nothing = open("/dev/null", O_RDONLY);
    /* Above all targets first, so that no target overwrites what is still needed. */
    int file = fcntl(child->file, F_DUPFD, FILES_MAX);
    output = fcntl(output, F_DUPFD, FILES_MAX);
    error = fcntl(error, F_DUPFD, FILES_MAX);
    return nothing >= 0 && file >= 0 && output >= 0 && error >= 0 && dup2(nothing, STDIN_FILENO) >= 0 &&
           dup2(output, STDOUT_FILENO) >= 0 && dup2(error, STDERR_FILENO) >= 0 && dup2(file, CHILD_FILE) >= 0 &&
           close_range(CHILD_FILE + 1, ~0U, 0) == 0;
}

static void become(const struct child *child, pid_t parent, int output, int error) {
    char *const environment[] = {NULL};
    sigset_t none;
    sigemptyset(&none);
    bool is_ready = setpgid(0, 0) == 0 && prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0 && getppid() == parent &&
                    sigprocmask(SIG_SETMASK, &none, NULL) == 0 && files_set(child, output, error) &&
                    limits_set(child->seconds);
    if (is_ready)
        execve(child->program, (char **)(uintptr_t)child->words, environment);
    _exit(EXIT_NOT_STARTED);
}

/* ---- in the parent ---- */

static void end_group(struct run *run, enum child_end why) {
    if (run->end == CHILD_DONE)
        run->end = why;
    kill(-run->process, SIGKILL);
}

static void output_take(struct run *run, struct slice piece) {
    run->taken += piece.len;
    if (run->end != CHILD_DONE)
        return;
    if (run->taken > run->child->output_max) {
        end_group(run, CHILD_TOO_MUCH);
        return;
    }
    run->status = run->child->take(run->child->context, piece);
    if (run->status != STATUS_OK)
        end_group(run, CHILD_FAILED);
}

static void pipe_read(struct run *run, int *pipe) {
    char bytes[16384];
    ssize_t count = read(*pipe, bytes, sizeof bytes);
    if (count < 0 && errno == EINTR)
        return;
    if (count <= 0) {
        close(*pipe);
        *pipe = -1;
    } else if (pipe == &run->output) {
        output_take(run, (struct slice){bytes, (size_t)count});
    } else {
        size_t room = run->complaints->len < COMPLAINTS_MAX ? COMPLAINTS_MAX - run->complaints->len : 0;
        buf_append(run->complaints, (struct slice){bytes, (size_t)count < room ? (size_t)count : room});
    }
}

/* Until both pipes are closed, or time is up. */
static void pipes_read(struct run *run) {
    while (run->end == CHILD_DONE && (run->output >= 0 || run->error >= 0)) {
        struct pollfd pipes[] = {{.fd = run->output, .events = POLLIN}, {.fd = run->error, .events = POLLIN}};
        int64_t left = run->deadline_ms - now_ms();
        if (left <= 0) {
            end_group(run, CHILD_TOO_LONG);
            return;
        }
        if (poll(pipes, 2, (int)left) < 0 && errno != EINTR)
            return;
        if (pipes[0].revents != 0)
            pipe_read(run, &run->output);
        if (pipes[1].revents != 0)
            pipe_read(run, &run->error);
    }
}

static void reap(struct run *run) {
    int status = 0;
    while (waitpid(run->process, &status, WNOHANG) == 0) {
        if (now_ms() >= run->deadline_ms)
            end_group(run, CHILD_TOO_LONG);
        nanosleep(&(struct timespec){.tv_nsec = WAIT_NS}, NULL);
    }
    if (run->end != CHILD_DONE)
        return;
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU)
        run->end = CHILD_TOO_LONG;
    else if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        run->end = WIFEXITED(status) && WEXITSTATUS(status) == EXIT_NOT_STARTED ? CHILD_MISSING : CHILD_FAILED;
}

static enum status start(struct run *run, const int output[2], const int error[2]) {
    pid_t parent = getpid();
    run->process = fork();
    if (run->process < 0)
        return STATUS_IO;
    if (run->process == 0)
        become(run->child, parent, output[1], error[1]);
    (void)setpgid(run->process, run->process); /* whoever is first */
    return STATUS_OK;
}

enum status child_run(const struct child *child, struct buf *complaints, enum child_end *ret_end) {
    struct run run = {.child = child, .complaints = complaints, .output = -1, .error = -1};
    int output[2], error[2];
    if (pipe2(output, O_CLOEXEC) != 0)
        return STATUS_IO;
    if (pipe2(error, O_CLOEXEC) != 0) {
        close(output[0]), close(output[1]);
        return STATUS_IO;
    }
    run.deadline_ms = now_ms() + (int64_t)child->seconds * 1000;
    enum status status = start(&run, output, error);
    close(output[1]), close(error[1]);
    run.output = output[0], run.error = error[0];
    if (status == STATUS_OK) {
        pipes_read(&run);
        reap(&run);
    }
    if (run.output >= 0)
        close(run.output);
    if (run.error >= 0)
        close(run.error);
    *ret_end = run.end;
    return status == STATUS_OK ? run.status : status;
}
