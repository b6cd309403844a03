/* SPDX-License-Identifier: MIT */
/* One connection of the raw server: its handshake, its room, and the frames that it causes. What
 * the server was told and its loop lie in struct raw, of which there is one. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/map.h"
#include "tests/bench/raw_batch.h"

#define RAW_MESSAGE_MAX_BYTES (16 << 20)

enum raw_delivery {
	RAW_SEND, /* a system call for each frame and member */
	RAW_WRITEV, /* one for each member and read, a piece a frame */
	RAW_GATHER, /* the same from one run of bytes */
};

struct raw {
	enum raw_delivery delivery;
	size_t frame_bytes;
	uint64_t drop_every; /* frames of clients; 0: none */
	uint64_t frames_seen;
	int epoll_fd;
	struct map *rooms; /* owned: by path */
	struct buf scratch; /* owned: what is being read */
	struct raw_batch batch; /* what it leads to */
};

struct raw_member;

/* Takes fd and watches it. Destroyed by the event that ends it. */
void raw_member_create(struct raw *raw, int fd);
void raw_member_handle(struct raw_member *member, uint32_t events);
