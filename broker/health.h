/* SPDX-License-Identifier: MIT */
/* What /healthz says. */
#pragma once

#include "common/base/buf.h"

struct broker;

/* Appends a JSON object. Main thread. */
void health_write(const struct broker *broker, struct buf *json);
