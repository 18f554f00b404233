/* SPDX-License-Identifier: Apache-2.0
 *
 * Measuring media files for verbs: where ffprobe is, and what to say when it is not or a file cannot be measured. */
#ifndef TG_CLI_PROBE_H
#define TG_CLI_PROBE_H

#include "cli/common.h"
#include "media/media.h"

#define OPTION_TIMEOUT                                                                                                 \
    { "timeout", "SECONDS", "the most that measuring a file may take; default: 60", NULL, false }
#define OPTION_HEADERS                                                                                                 \
    {                                                                                                                  \
        "headers", NULL, "believe the file's header instead of looking at every packet; quicker for large files",      \
            NULL, false                                                                                                \
    }

/* What to measure with. EXIT_DONE, or EXIT_FAULT after a complaint: there is no ffprobe; EXIT_USAGE. Texts live in the
 * arena. */
int probe_options(const struct call *call, struct arena *run, struct media_options *ret_options);
/* Measure one file. EXIT_DONE; EXIT_INCOMPLETE (it cannot be measured) or EXIT_FAULT, after a complaint. */
int probe_file(const struct media_options *options, const char *path, struct arena *run, struct media *ret_media);

#endif
