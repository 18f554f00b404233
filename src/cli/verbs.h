/* SPDX-License-Identifier: Apache-2.0
 *
 * The verbs of the program, one file each. */
#ifndef TG_CLI_VERBS_H
#define TG_CLI_VERBS_H

#include "cli/options.h"

#define VERB(name) extern const struct verb verb_##name;
#include "cli/verbs.def"
#undef VERB

#endif
