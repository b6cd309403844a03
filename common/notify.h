/* SPDX-License-Identifier: MIT */
/* What a service tells systemd (sd_notify(3)); nothing when nobody listens. */
#pragma once

void notify_ready(void);
void notify_stopping(void);
