/* SPDX-License-Identifier: Apache-2.0
 *
 * Standard streams, colours, exit codes and tariffs for all verbs. The only place that looks at the environment. */
#include "cli/common.h"

#include "export/grid.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TERMINAL_WIDTH = 80 };

static enum status descriptor_write(int descriptor, struct slice text) {
    while (text.len > 0) {
        ssize_t written = write(descriptor, text.ptr, text.len);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return STATUS_IO;
        text.ptr += written;
        text.len -= (size_t)written;
    }
    return STATUS_OK;
}

static enum status output_write(void *context, struct slice text) {
    (void)context;
    return descriptor_write(STDOUT_FILENO, text);
}

void error_text(struct slice text) {
    enum status ignored = descriptor_write(STDERR_FILENO, text);
    (void)ignored; /* nowhere left to say it */
}

int complain(int code, const char *format, ...) {
    struct buf text = {0}, line = {0};
    va_list args;
    va_start(args, format);
    buf_vprintf(&text, format, args);
    va_end(args);
    buf_text(&line, "tollgate: ");
    buf_visible(&line, buf_slice(&text));
    buf_char(&line, '\n');
    error_text(buf_slice(&line));
    buf_free(&text);
    buf_free(&line);
    return code;
}

int complain_fault(const char *what, enum status status) {
    if (status == STATUS_IO && errno != 0)
        return complain_path(what, errno);
    return complain(EXIT_FAULT, "%s: %s", what, status_text(status));
}

int complain_path(const char *path, int error) {
    return complain(EXIT_FAULT, "%s: %s%s.", path, strerror(error), errno_advice(error));
}

/* No text has a byte of 0, and most of what is packed or binary has one near its beginning. */
int text_check(const char *path) {
    char head[1024];
    struct stat info;
    bool is_file = strcmp(path, "-") != 0 && stat(path, &info) == 0 && S_ISREG(info.st_mode);
    int file = is_file ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0)
        return EXIT_DONE;
    ssize_t len = read(file, head, sizeof head);
    close(file);
    if (len <= 0 || memchr(head, '\0', (size_t)len) == NULL)
        return EXIT_DONE;
    return complain(EXIT_FAULT, "%s: it is no text; what is packed has to be unpacked first.", path);
}

static bool is_directory(const char *path) {
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

int file_check(const char *path) {
    if (access(path, R_OK) != 0)
        return complain_path(path, errno);
    return is_directory(path) ? complain_path(path, EISDIR) : EXIT_DONE;
}

int operands_text_check(const struct call *call) {
    int code = EXIT_DONE;
    for (uint32_t i = 0; i < call->operand_count && code == EXIT_DONE; i++)
        code = text_check(call->operands[i]);
    return code;
}

static bool color_wanted(const struct call *call, int descriptor) {
    const char *when = option_value(call, "color");
    if (when != NULL && strcmp(when, "auto") != 0)
        return strcmp(when, "always") == 0;
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
    bool is_refused = (no_color != NULL && no_color[0] != '\0') || term == NULL || strcmp(term, "dumb") == 0;
    return !is_refused && isatty(descriptor) == 1;
}

bool color_out(const struct call *call) {
    return color_wanted(call, STDOUT_FILENO);
}

bool color_error(const struct call *call) {
    return color_wanted(call, STDERR_FILENO);
}

uint32_t terminal_width(void) {
    struct winsize size;
    bool is_known = isatty(STDOUT_FILENO) == 1 && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    return is_known ? size.ws_col : TERMINAL_WIDTH;
}

/* The first of these that is set decides, as for setlocale. */
bool is_utf8_locale(void) {
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    const char *locale = NULL;
    for (size_t i = 0; i < sizeof names / sizeof *names && (locale == NULL || locale[0] == '\0'); i++)
        locale = getenv(names[i]);
    return locale != NULL && (strcasestr(locale, "utf-8") != NULL || strcasestr(locale, "utf8") != NULL);
}

bool is_json(const struct call *call) {
    return option_given(call, "json");
}

struct sink output_sink(void) {
    return (struct sink){.write = output_write};
}

int output_finish(struct sink *sink, int code) {
    enum status status = sink_finish(sink);
    return status == STATUS_OK ? code : complain_fault("standard output", status);
}

const char *tariffs_shipped(void) {
    static const char *const places[] = {TOLLGATE_SHARE_DIR "/tariffs", TOLLGATE_SOURCE_DIR "/tariffs"};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        if (is_directory(places[i]))
            return places[i];
    }
    return NULL;
}

const char *tariffs_path(const struct call *call) {
    const char *given = option_value(call, "tariffs");
    const char *environment = getenv("TOLLGATE_TARIFFS");
    if (given != NULL)
        return given;
    if (environment != NULL && environment[0] != '\0')
        return environment;
    return tariffs_shipped();
}

void diags_show(const struct call *call, struct diags *diags) {
    struct buf text = {0};
    int error = errno; /* for whoever tells next why a file cannot be read */
    diags_sort(diags);
    diags_print(diags, color_error(call), &text);
    error_text(buf_slice(&text));
    if (text.failed)
        complain(EXIT_FAULT, "out of memory while printing messages");
    buf_free(&text);
    errno = error;
}

int tariffs_load_path(const struct call *call, const char *path, struct tariff_set *ret_set) {
    struct diags diags = {0};
    *ret_set = (struct tariff_set){0};
    errno = 0;
    enum status status = tariff_set_load(path, tariffs_shipped(), ret_set, &diags);
    diags_show(call, &diags);
    bool has_diags = diags.count > 0;
    diags_free(&diags);
    if (status == STATUS_OK)
        return EXIT_DONE;
    if (status == STATUS_INVALID)
        return EXIT_TARIFF;
    return status == STATUS_IO && has_diags ? EXIT_FAULT : complain_fault(path, status);
}

int tariffs_load(const struct call *call, struct tariff_set *ret_set) {
    const char *path = tariffs_path(call);
    *ret_set = (struct tariff_set){0};
    if (path == NULL)
        return complain(EXIT_FAULT, "no tariffs found: name them with --tariffs DIR or TOLLGATE_TARIFFS");
    return tariffs_load_path(call, path, ret_set);
}

const struct tariff *tariff_need(const struct tariff_set *set, struct slice name) {
    const struct tariff *tariff = tariff_find(set, name);
    if (tariff != NULL)
        return tariff;
    struct buf hint = {0};
    suggestion_print(name, set->names.texts, set->names.count, "", &hint);
    if (hint.len == 0)
        buf_text(&hint, " `tollgate tariff list` names those that there are.");
    complain(EXIT_USAGE, "there is no tariff \"" SLICE_FMT "\"." SLICE_FMT, SLICE_ARG(name),
             SLICE_ARG(buf_slice(&hint)));
    buf_free(&hint);
    return NULL;
}

/* "2026-02-15" */
static bool date_read(struct slice text, const struct zone *zone, int64_t *ret_ns) {
    char full[] = "YYYY-MM-DDT00:00:00Z";
    int64_t utc_ns;
    if (text.len != 10)
        return false;
    memcpy(full, text.ptr, 10);
    if (instant_parse(slice_of(full), &utc_ns, NULL) != STATUS_OK)
        return false;
    if (zone == NULL) {
        *ret_ns = utc_ns;
        return true;
    }
    const struct zone *utc;
    if (zone_load(SLICE("UTC"), &utc) != STATUS_OK)
        return false;
    struct civil civil = zone_civil(utc, utc_ns);
    return zone_instant(zone, civil, ret_ns) == STATUS_OK;
}

int instant_read(const char *what, struct slice text, const struct zone *zone, int64_t *ret_ns) {
    if (date_read(text, zone, ret_ns) || instant_parse(text, ret_ns, NULL) == STATUS_OK)
        return EXIT_DONE;
    return complain(EXIT_USAGE, "%s \"" SLICE_FMT "\" is not an instant such as 2026-02-15T08:50:00+08:00.", what,
                    SLICE_ARG(text));
}

int option_instant(const struct call *call, const char *name, const struct zone *zone, int64_t *ret_ns) {
    char what[40];
    snprintf(what, sizeof what, "--%s", name);
    return instant_read(what, slice_of(option_value(call, name)), zone, ret_ns);
}

int option_number(const struct call *call, const char *name, uint64_t max, uint64_t *ret) {
    const char *text = option_value(call, name);
    struct decimal value;
    bool is_whole = decimal_parse(slice_of(text), &value, NULL) == STATUS_OK && value.pico % DECIMAL_ONE_PICO == 0;
    wide whole = is_whole ? value.pico / DECIMAL_ONE_PICO : 0;
    if (whole < 1 || whole > (wide)max)
        return complain(EXIT_USAGE, "--%s \"%s\" is not a whole number from 1 to %llu.", name, text,
                        (unsigned long long)max);
    *ret = (uint64_t)whole;
    return EXIT_DONE;
}
