/* SPDX-License-Identifier: MIT */
/* Whether each connection got each speaker's messages once and in order. Keeps one number for each
 * connection and speaker, the next that must come, and a short list of gaps: only what goes wrong
 * costs more. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Gaps that may still be filled by what comes late; of more than these the missing ones stay lost,
 * and what comes late after all counts as doubled. */
#define CHECKER_GAPS_MAX 4096

struct checker_gap {
	size_t pair; /* of a connection and a speaker */
	uint32_t first;
	uint32_t end;
};

struct checker {
	uint64_t lost;
	uint64_t doubled;
	uint64_t disordered; /* came after a later one of the same speaker */
	/* private */
	uint32_t *expected; /* owned: by connection and speaker */
	size_t speakers;
	size_t gap_count;
	struct checker_gap gaps[CHECKER_GAPS_MAX];
};

void checker_init(struct checker *checker, size_t connections, size_t speakers);
/* All zero is fine. */
void checker_finish(struct checker *checker);
/* Whether the message is a new one: false for one that has come before. */
bool checker_see(struct checker *checker, size_t connection, size_t speaker, uint32_t number);
/* At the end: the speaker has said sent messages, numbered from 0. Once for each pair. */
void checker_close(struct checker *checker, size_t connection, size_t speaker, uint32_t sent);
