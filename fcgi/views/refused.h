/* SPDX-License-Identifier: MIT */
/* What a page says of what the broker has refused. */
#pragma once

#include "common/base/str.h"

/* A sentence for people by the refusal's code, untranslated: the one that
 * web/static/js/sentences.js has for it. One for codes that pages do not cause, too. */
const char *refused_sentence(struct str code);
