/* SPDX-License-Identifier: MIT */
/* The template compiler: a page's text in, a header and a source of C out. */
#pragma once

#include <stdbool.h>

#include "common/base/buf.h"

struct template_output {
	struct buf header;
	struct buf source;
	struct buf messages; /* every {{_ "…"}} met, one a line */
};

/* Compiles the page NAME whose text begins at file's first line; parts are read from folder.
 * False with "FILE:LINE: sentence" in problem. */
bool template_compile(const char *name, const char *file, const char *folder,
	struct template_output *output, struct buf *problem) __attribute__((warn_unused_result));
