/* SPDX-License-Identifier: MIT */
#include "broker/layer/alone.h"

void alone_person(struct layer *layer, struct str room, const struct user *user, bool is_here)
{
	(void)layer, (void)room, (void)user, (void)is_here;
}

void alone_notify(struct layer *layer, const struct layer_notice *notice)
{
	(void)layer, (void)notice;
}
