/* SPDX-License-Identifier: Apache-2.0
 *
 * Attributes of an event out of a measured file, as the tariff's `media` says. */
#ifndef TG_CLI_QUOTE_MEDIA_H
#define TG_CLI_QUOTE_MEDIA_H

#include "cli/quote.h"
#include "cli/words.h"

/* Measure the file of --media, when it is given, for the quoted operation. EXIT_DONE, or an exit code after a
 * complaint. What is measured lives in the quote's arena. */
int quote_media(const struct asking *asking, struct words_measured *ret_measured);

#endif
