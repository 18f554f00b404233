/* SPDX-License-Identifier: Apache-2.0
 *
 * WeasyPrint as a child: the page goes into its standard input, the file is renamed once it is whole. */
#include "cli/bill_pdf.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/common.h"

static const char *program(void) {
    return "weasyprint";
}

static bool feed(int file, struct slice html) {
    while (html.len > 0) {
        ssize_t done = write(file, html.ptr, html.len);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return false;
        html = (struct slice){html.ptr + done, html.len - (size_t)done};
    }
    return true;
}

static int start(const char *attachment, const char *path, int input, pid_t *ret_child) {
    const char *words[] = {program(), "--quiet", "--encoding", "utf-8", "--pdf-variant", "pdf/a-3b", "-",
                           path,      NULL,      NULL,         NULL};
    if (attachment != NULL) {
        words[8] = "--attachment";
        words[9] = attachment;
    }
    posix_spawn_file_actions_t actions;
    if (posix_spawn_file_actions_init(&actions) != 0)
        return ENOMEM;
    int error = posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
    if (error == 0)
        error = posix_spawnp(ret_child, program(), &actions, NULL, (char **)(uintptr_t)words, environ);
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

/* The child's exit status; -1: it did not end by itself. */
static int await(pid_t child) {
    int status;
    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR)
            return -1;
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int convert(struct slice html, const char *attachment, const char *path) {
    int ends[2];
    pid_t child;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return complain_path(path, errno);
    int error = start(attachment, path, ends[0], &child);
    close(ends[0]);
    if (error != 0) {
        close(ends[1]);
        return complain(EXIT_FAULT, "%s could not be started: %s. Install WeasyPrint, or print the page of --html.",
                        program(), strerror(error));
    }
    bool is_fed = feed(ends[1], html);
    close(ends[1]);
    int code = await(child);
    if (code == 0 && is_fed)
        return EXIT_DONE;
    return complain(EXIT_FAULT, "%s made no PDF (exit status %d); it says why above.", program(), code);
}

int pdf_write(struct slice html, const char *attachment, const char *path) {
    struct arena arena = {0};
    if (attachment != NULL && file_check(attachment) != EXIT_DONE)
        return EXIT_FAULT;
    struct slice part = arena_printf(&arena, "%s.part", path);
    if (part.ptr == NULL)
        return complain_fault(path, STATUS_NO_MEMORY);
    void (*before)(int) = signal(SIGPIPE, SIG_IGN);
    int code = convert(html, attachment, part.ptr);
    signal(SIGPIPE, before);
    if (code == EXIT_DONE && rename(part.ptr, path) != 0)
        code = complain_path(path, errno);
    if (code != EXIT_DONE)
        (void)unlink(part.ptr);
    arena_free(&arena);
    return code;
}
