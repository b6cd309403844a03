/* SPDX-License-Identifier: MIT */
/* nng does not tell the descriptor of a connection. So the descriptor is found by its peer, among
 * all descriptors of the process. */
#include "broker/layer/nng/wire_sever.h"

#include <dirent.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static bool find_peer(int fd, struct caller_address *peer_out)
{
	struct sockaddr_storage peer = { 0 };
	const struct sockaddr_in *in = (const struct sockaddr_in *)&peer;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)&peer;
	socklen_t size = sizeof(peer);

	*peer_out = (struct caller_address){ 0 };
	if (getpeername(fd, (struct sockaddr *)&peer, &size) != 0)
		return false;
	if (peer.ss_family == AF_INET) {
		memcpy(peer_out->host, &in->sin_addr, sizeof(in->sin_addr));
		peer_out->port = in->sin_port;
	} else if (peer.ss_family == AF_INET6) {
		memcpy(peer_out->host, &in6->sin6_addr, sizeof(in6->sin6_addr));
		peer_out->port = in6->sin6_port;
	}
	return peer_out->port != 0;
}

static bool is_one_of(int fd, const struct caller_address *peers, size_t count)
{
	struct caller_address peer;

	if (!find_peer(fd, &peer))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (peer.port == peers[i].port &&
			memcmp(peer.host, peers[i].host, sizeof(peer.host)) == 0)
			return true;
	}
	return false;
}

/* Another thread may close the descriptor meanwhile, and its number may be given to another file.
 * So the second check and the shutdown are those of a copy. */
static void sever_if_one_of(int fd, const struct caller_address *peers, size_t count)
{
	int copy = is_one_of(fd, peers, count) ? fcntl(fd, F_DUPFD_CLOEXEC, 0) : -1;

	if (copy < 0)
		return;
	if (is_one_of(copy, peers, count))
		shutdown(copy, SHUT_RDWR);
	close(copy);
}

void wire_sever(const struct caller_address *peers, size_t count)
{
	DIR *folder = opendir("/proc/self/fd");
	const struct dirent *entry;

	if (folder == NULL)
		return;
	while ((entry = readdir(folder)) != NULL)
		sever_if_one_of((int)strtol(entry->d_name, NULL, 10), peers, count);
	closedir(folder);
}
