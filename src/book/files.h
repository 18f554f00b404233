/* SPDX-License-Identifier: Apache-2.0
 *
 * Files and directories of a book: copied, synced, put in place whole or not at all. Every failure is STATUS_IO with
 * the system's reason in *ret_error (arena), or STATUS_NO_MEMORY. Paths are NUL-terminated. */
#ifndef TG_BOOK_FILES_H
#define TG_BOOK_FILES_H

#include "base/arena.h"
#include "base/slice.h"
#include "base/status.h"

/* "WHAT PATH: reason of errno"; STATUS_IO. */
enum status file_refuse(struct arena *arena, struct slice *ret_error, const char *what, struct slice path);
/* Copy and sync one file; what was there is replaced. */
MUST_CHECK enum status file_copy(const char *from, struct slice to, struct arena *arena, struct slice *ret_error);
/* The YAML files of a directory, and of those below it: fragments may lie deeper. All are synced. */
MUST_CHECK enum status files_copy(const char *from, struct slice to, unsigned depth, struct arena *arena,
                                  struct slice *ret_error);
/* One that is there already is good. */
MUST_CHECK enum status directory_make(struct slice path, struct arena *arena, struct slice *ret_error);
/* The names of files and directories last only once their directory is synced. */
MUST_CHECK enum status directory_sync(struct slice path, struct arena *arena, struct slice *ret_error);

/* A new directory beside `path`, to be filled and then put in its place. */
MUST_CHECK enum status directory_draft(const char *path, struct arena *arena, struct slice *ret_draft,
                                       struct slice *ret_error);
/* Give a filled draft its name, durably. Fails also: STATUS_CONFLICT (something is there that is no empty directory).
 */
MUST_CHECK enum status directory_place(struct slice draft, const char *path, struct arena *arena,
                                       struct slice *ret_error);
/* Remove a draft that is not wanted, with all that is in it. */
void directory_drop(struct slice draft);

#endif
