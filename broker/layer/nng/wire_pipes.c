/* SPDX-License-Identifier: MIT */
#include "broker/layer/nng/wire_pipes.h"

#include <string.h>

#include "common/base/list.h"
#include "common/base/mem.h"

struct pipe_mail {
	struct mail mail;
	struct wire_pipes *pipes;
	enum wire_pipe_change change;
	uint32_t pipe;
	struct caller_address address;
};

static void take(struct mail *base)
{
	struct pipe_mail *mail = list_entry(base, struct pipe_mail, mail);

	mail->pipes->take(mail->pipes, mail->change, mail->pipe, &mail->address);
	mem_free(mail);
}

static struct caller_address address_of(nng_pipe pipe)
{
	struct caller_address address = { 0 };
	nng_sockaddr remote;

	if (nng_pipe_get_addr(pipe, NNG_OPT_REMADDR, &remote) != 0)
		return address;
	if (remote.s_family == NNG_AF_INET)
		memcpy(address.bytes, &remote.s_in.sa_addr, sizeof(remote.s_in.sa_addr));
	else if (remote.s_family == NNG_AF_INET6)
		memcpy(address.bytes, remote.s_in6.sa_addr, sizeof(address.bytes));
	return address;
}

static void post(struct wire_pipes *pipes, enum wire_pipe_change change, nng_pipe pipe)
{
	struct pipe_mail *mail = mem_new(struct pipe_mail);

	*mail = (struct pipe_mail){ .mail.handle = take,
		.pipes = pipes,
		.change = change,
		.pipe = (uint32_t)nng_pipe_id(pipe),
		.address = address_of(pipe) };
	reactor_post(pipes->reactor, &mail->mail);
}

/* On nng's threads. Of whatever is told of here its end is told, too. */
static void begin(nng_pipe pipe, nng_pipe_ev unused, void *context)
{
	struct wire_pipes *pipes = context;
	bool is_too_many = atomic_fetch_add(&pipes->count, 1) >= pipes->count_max;

	(void)unused;
	if (is_too_many)
		nng_pipe_close(pipe);
	post(pipes, is_too_many ? WIRE_PIPE_REFUSED : WIRE_PIPE_CAME, pipe);
}

static void end(nng_pipe pipe, nng_pipe_ev unused, void *context)
{
	struct wire_pipes *pipes = context;

	(void)unused;
	atomic_fetch_sub(&pipes->count, 1);
	post(pipes, WIRE_PIPE_GONE, pipe);
}

bool wire_pipes_watch(struct wire_pipes *pipes, nng_socket socket)
{
	return nng_pipe_notify(socket, NNG_PIPE_EV_ADD_PRE, begin, pipes) == 0 &&
	       nng_pipe_notify(socket, NNG_PIPE_EV_REM_POST, end, pipes) == 0;
}
