/* SPDX-License-Identifier: MIT */
/* What the broker says about itself over HTTP, an address a row. Who may ask is admission's
 * affair. */
#pragma once

#include "common/base/buf.h"
#include "common/base/str.h"

struct broker;

struct report {
	const char *path;
	const char *content_type;
	/* Appends the body; false makes it a 503, which is how a load balancer understands it. Main
	 * thread. */
	bool (*write)(const struct broker *broker, struct buf *body);
};

/* NULL when there is none under that path. */
const struct report *report_find(struct str path);
