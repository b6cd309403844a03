/* SPDX-License-Identifier: MIT */
/* Where the server under test listens, and the descriptors that it takes to reach it. */
#pragma once

#include <stddef.h>
#include <sys/socket.h>

#define TARGET_HOST_SIZE 280
#define TARGETS_MAX 8

struct target {
	struct sockaddr_storage address;
	socklen_t address_len;
	char host[TARGET_HOST_SIZE]; /* as the Host header says it */
};

enum target_result {
	TARGET_CONNECTED,
	TARGET_CONNECTING, /* writable when it is decided */
	TARGET_BUSY, /* nobody accepts fast enough; nothing is open */
	TARGET_FAILED, /* errno says why; nothing is open */
};

/* HOST:PORT or unix:PATH, or up to TARGETS_MAX of them with commas between; ends the program when
 * one is neither or unknown. How many they are. */
size_t targets_parse(struct target *targets, const char *text);
/* A non-blocking socket, the caller's. */
enum target_result target_connect(const struct target *target, int *fd_out)
	__attribute__((warn_unused_result));
/* Raises the limit of open files as far as allowed; what it is now. */
size_t target_raise_descriptor_limit(void);
