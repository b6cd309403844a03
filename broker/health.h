/* SPDX-License-Identifier: MIT */
/* What /healthz says. */
#pragma once

#include "common/base/buf.h"

struct broker;

/* Appends a JSON object; false when not all is well. Main thread. */
bool health_write(const struct broker *broker, struct buf *json);
