/* SPDX-License-Identifier: MIT */
#include "common/message_kind.h"

#include "common/base/clock.h"

const char *message_kind_word(enum message_kind kind)
{
	static const char *const words[MESSAGE_KIND_COUNT] = {
		[MESSAGE_SAYS] = "message",
		[MESSAGE_EDITS] = "edit",
		[MESSAGE_DELETES] = "delete",
		[MESSAGE_DELETED] = "message",
	};

	return words[kind];
}

void message_kind_write_state(enum message_kind kind, int64_t edited_ms, struct json_writer *writer)
{
	char time[CLOCK_ISO_SIZE];

	if (kind == MESSAGE_DELETED)
		json_add_bool(writer, "deleted", true);
	if (kind != MESSAGE_SAYS || edited_ms == 0)
		return;
	clock_format_iso(edited_ms, time);
	json_add_string(writer, "edited", str_from(time));
}
