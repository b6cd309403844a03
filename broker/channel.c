/* SPDX-License-Identifier: MIT */
/* Names are made when somebody asks: a connection does not carry its own. */
#include "broker/channel.h"

#include <inttypes.h>

void channel_write_name(const struct channel *channel, const char *broker_id, struct buf *out)
{
	buf_append_format(out, "specific.%s!%" PRIx64, broker_id, channel->id);
}
