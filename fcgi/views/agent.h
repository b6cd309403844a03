/* SPDX-License-Identifier: MIT */
/* A browser in two words, made of what it calls itself (RFC 9110 10.1.5), for people who look for a
 * session of theirs. It may say what it likes: nothing is decided by it. Pure. */
#pragma once

#include "common/base/str.h"

/* Names, which no language translates; "" for what is not known. */
struct agent_words {
	const char *browser; /* "Firefox" */
	const char *system; /* "Linux" */
};

struct agent_words agent_describe(struct str user_agent);
