/* SPDX-License-Identifier: MIT */
/* The template compiler: a page's text in, a header and a source of C out, with the messages that a
 * translator has to know. Pure but for the parts it includes. */
#pragma once

#include <stdbool.h>

#include "common/base/buf.h"

struct template_page {
	const char *name; /* a C name: NAME.h declares template_NAME */
	const char *file; /* as problems and messages call it */
	const char *folder; /* of its parts */
	struct str text;
};

/* All zero to begin with; the caller finishes it. */
struct template_output {
	struct buf header;
	struct buf source;
	struct buf messages; /* entries of a .pot file */
};

/* False with "FILE:LINE: sentence" in problem; the output is of no use then. */
bool template_compile(const struct template_page *page, struct template_output *output,
	struct buf *problem) __attribute__((warn_unused_result));
void template_output_finish(struct template_output *output);
