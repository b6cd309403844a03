/* SPDX-License-Identifier: MIT */
#include "broker/layer/nng/wire_pipes.h"

#include <stdatomic.h>
#include <string.h>

#include "common/base/list.h"
#include "common/base/mem.h"

/* Shared by nng's threads and the main thread. Freed when the last mail is read. */
struct wire_pipes_watch {
	struct reactor *reactor;
	unsigned count_max;
	atomic_uint count;
	atomic_uint refs; /* one for each mail, and one for pipes */
	struct wire_pipes *pipes; /* main thread only; NULL after wire_pipes_end */
};

struct pipe_mail {
	struct mail mail;
	struct wire_pipes_watch *watch;
	enum wire_pipe_change change;
	uint32_t pipe;
	struct caller_address address;
};

static void unref(struct wire_pipes_watch *watch)
{
	if (atomic_fetch_sub(&watch->refs, 1) == 1)
		mem_free(watch);
}

static void take(struct mail *base)
{
	struct pipe_mail *mail = list_entry(base, struct pipe_mail, mail);
	struct wire_pipes *pipes = mail->watch->pipes;

	if (pipes != NULL)
		pipes->take(pipes, mail->change, mail->pipe, &mail->address);
	unref(mail->watch);
	mem_free(mail);
}

struct caller_address wire_pipes_address(nng_pipe pipe)
{
	struct caller_address address = { 0 };
	nng_sockaddr remote;

	if (nng_pipe_get_addr(pipe, NNG_OPT_REMADDR, &remote) != 0)
		return address;
	if (remote.s_family == NNG_AF_INET) {
		memcpy(address.host, &remote.s_in.sa_addr, sizeof(remote.s_in.sa_addr));
		address.port = remote.s_in.sa_port;
	} else if (remote.s_family == NNG_AF_INET6) {
		memcpy(address.host, remote.s_in6.sa_addr, sizeof(address.host));
		address.port = remote.s_in6.sa_port;
	}
	return address;
}

static void post(struct wire_pipes_watch *watch, enum wire_pipe_change change, nng_pipe pipe)
{
	struct pipe_mail *mail = mem_new(struct pipe_mail);

	*mail = (struct pipe_mail){ .mail.handle = take,
		.watch = watch,
		.change = change,
		.pipe = (uint32_t)nng_pipe_id(pipe),
		.address = wire_pipes_address(pipe) };
	atomic_fetch_add(&watch->refs, 1);
	reactor_post(watch->reactor, &mail->mail);
}

/* Runs on nng's threads. nng also reports the end of every pipe that it reports here. */
static void begin(nng_pipe pipe, nng_pipe_ev unused, void *context)
{
	struct wire_pipes_watch *watch = context;
	bool is_too_many = atomic_fetch_add(&watch->count, 1) >= watch->count_max;

	(void)unused;
	if (is_too_many)
		nng_pipe_close(pipe);
	post(watch, is_too_many ? WIRE_PIPE_REFUSED : WIRE_PIPE_CAME, pipe);
}

static void end(nng_pipe pipe, nng_pipe_ev unused, void *context)
{
	struct wire_pipes_watch *watch = context;

	(void)unused;
	atomic_fetch_sub(&watch->count, 1);
	post(watch, WIRE_PIPE_GONE, pipe);
}

bool wire_pipes_begin(struct wire_pipes *pipes, nng_socket socket)
{
	struct wire_pipes_watch *watch = mem_new(struct wire_pipes_watch);

	watch->reactor = pipes->reactor;
	watch->count_max = pipes->count_max;
	atomic_init(&watch->count, 0);
	atomic_init(&watch->refs, 1);
	watch->pipes = pipes;
	pipes->watch = watch;
	return nng_pipe_notify(socket, NNG_PIPE_EV_ADD_PRE, begin, watch) == 0 &&
	       nng_pipe_notify(socket, NNG_PIPE_EV_REM_POST, end, watch) == 0;
}

void wire_pipes_end(struct wire_pipes *pipes)
{
	if (pipes->watch == NULL)
		return;
	pipes->watch->pipes = NULL;
	unref(pipes->watch);
	pipes->watch = NULL;
}
