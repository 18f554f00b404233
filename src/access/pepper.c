/* SPDX-License-Identifier: Apache-2.0
 *
 * The pepper: the key under which secrets of API keys are hashed, in a file of its own. */
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "access/access_private.h"

#define CREDENTIAL "tollgate-pepper"
enum { TEXT_LEN = 2 * KEY_PEPPER_BYTES + 1 }; /* with the line's end */

struct place {
    struct slice path;
    bool may_make; /* a missing one */
    bool is_ours;  /* then nobody else may read it; what systemd hands over has modes of its own */
};

static enum status place_find(const struct access_options *options, struct arena *arena, struct place *ret_place) {
    const char *credentials = getenv("CREDENTIALS_DIRECTORY");
    struct place place = {.is_ours = true};
    if (options->pepper_path != NULL) {
        place.path = arena_copy(arena, slice_of(options->pepper_path));
    } else {
        if (credentials != NULL) {
            place.path = arena_printf(arena, "%s/" CREDENTIAL, credentials);
            place.is_ours = false;
            if (place.path.ptr == NULL)
                return STATUS_NO_MEMORY;
        }
        if (credentials == NULL || access(place.path.ptr, F_OK) != 0)
            place = (struct place){arena_printf(arena, "%s/" ACCESS_PEPPER, options->directory), true, true};
    }
    if (place.path.ptr == NULL)
        return STATUS_NO_MEMORY;
    *ret_place = place;
    return STATUS_OK;
}

static enum status refuse(struct arena *arena, struct slice *ret_error, const char *what, const struct place *place) {
    *ret_error = arena_printf(arena, "cannot %s %s: %s%s", what, place->path.ptr, strerror(errno), errno_advice(errno));
    return STATUS_IO;
}

static bool directory_sync(const char *path) {
    int directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool is_synced = directory >= 0 && fsync(directory) == 0;
    if (directory >= 0)
        (void)close(directory);
    return is_synced;
}

static bool file_make(const char *path, const char text[TEXT_LEN]) {
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    bool is_written = file >= 0 && write(file, text, TEXT_LEN) == TEXT_LEN && fsync(file) == 0;
    if (file >= 0 && close(file) != 0)
        is_written = false;
    return is_written;
}

/* The name comes last: a half-written one is never met. */
static enum status pepper_make(const struct place *place, const char *directory, struct arena *arena,
                               struct slice *ret_error) {
    uint8_t pepper[KEY_PEPPER_BYTES];
    char text[TEXT_LEN + 1];
    struct slice draft = arena_printf(arena, "%s.new", place->path.ptr);
    if (draft.ptr == NULL)
        return STATUS_NO_MEMORY;
    randombytes_buf(pepper, sizeof pepper);
    (void)sodium_bin2hex(text, sizeof text, pepper, sizeof pepper);
    text[TEXT_LEN - 1] = '\n';
    bool is_made = file_make(draft.ptr, text) && rename(draft.ptr, place->path.ptr) == 0 && directory_sync(directory);
    sodium_memzero(pepper, sizeof pepper);
    sodium_memzero(text, sizeof text);
    return is_made ? STATUS_OK : refuse(arena, ret_error, "make", place);
}

static bool text_read(const char *text, size_t len, uint8_t pepper[KEY_PEPPER_BYTES]) {
    size_t got = 0;
    bool is_whole = len == TEXT_LEN - 1 || (len == TEXT_LEN && text[TEXT_LEN - 1] == '\n');
    return is_whole && sodium_hex2bin(pepper, KEY_PEPPER_BYTES, text, TEXT_LEN - 1, NULL, &got, NULL) == 0 &&
           got == KEY_PEPPER_BYTES;
}

static enum status file_read(const struct place *place, int file, struct arena *arena, uint8_t pepper[KEY_PEPPER_BYTES],
                             struct slice *ret_error) {
    char text[TEXT_LEN + 1];
    struct stat info;
    if (fstat(file, &info) != 0)
        return refuse(arena, ret_error, "look at", place);
    errno = EISDIR;
    if (S_ISDIR(info.st_mode))
        return refuse(arena, ret_error, "read", place);
    if (place->is_ours && (info.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        *ret_error = arena_printf(arena, "%s may be used by others too: `chmod 600` it", place->path.ptr);
        return STATUS_CONFLICT;
    }
    ssize_t len = read(file, text, sizeof text);
    if (len < 0)
        return refuse(arena, ret_error, "read", place);
    bool is_good = text_read(text, (size_t)len, pepper);
    sodium_memzero(text, sizeof text);
    if (is_good)
        return STATUS_OK;
    *ret_error = arena_printf(arena, "%s is no pepper: it is to have %d hexadecimal digits", place->path.ptr,
                              2 * KEY_PEPPER_BYTES);
    return STATUS_INVALID;
}

enum status pepper_read(const struct access_options *options, bool may_make, struct arena *arena,
                        uint8_t ret_pepper[KEY_PEPPER_BYTES], struct slice *ret_error) {
    struct place place;
    TRY(place_find(options, arena, &place));
    int file = open(place.path.ptr, O_RDONLY | O_CLOEXEC);
    if (file < 0 && errno == ENOENT && place.may_make && may_make) {
        TRY(pepper_make(&place, options->directory, arena, ret_error));
        file = open(place.path.ptr, O_RDONLY | O_CLOEXEC);
    }
    if (file < 0) {
        if (errno != ENOENT)
            return refuse(arena, ret_error, "open", &place);
        *ret_error = arena_printf(arena,
                                  "%s is not there, and the keys of this book need it: put it back or name it by "
                                  "--pepper-file; `tollgate key reset` when it is lost",
                                  place.path.ptr);
        return STATUS_NOT_FOUND;
    }
    enum status status = file_read(&place, file, arena, ret_pepper, ret_error);
    (void)close(file);
    return status;
}
