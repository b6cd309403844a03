/* SPDX-License-Identifier: MIT */
/* The operations towards other brokers for a layer that has none: they do nothing. They are members
 * of struct layer_ops (layer.h, which has their contracts). */
#pragma once

#include "broker/layer/layer.h"

void alone_person(struct layer *layer, struct str room, const struct user *user, bool is_here);
void alone_notify(struct layer *layer, const struct layer_notice *notice);

/* All of them, in a designated initializer of struct layer_ops. */
#define ALONE_OPS .person = alone_person, .notify = alone_notify
