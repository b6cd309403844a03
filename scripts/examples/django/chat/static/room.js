// SPDX-License-Identifier: MIT
// A room, by a socket of Roomwire or by one of Django: of the former's protocol it takes what the latter has not, its
// past and errors, and works without.

const AGAIN_MS = 1000;
const log = document.querySelector('#log');
const state = document.querySelector('#state');
const input = document.querySelector('#message');
const { socketUrl, ticketUrl } = log.dataset;
let epoch;
let socket;

/** In the order of their numbers, each once: the past is asked for while the present goes on. */
function show({ seq, user, message }) {
	const next = seq && [...log.children].find((line) => Number(line.dataset.seq) >= seq);

	if (next && Number(next.dataset.seq) === seq)
		return;
	const line = document.createElement('li');

	line.textContent = user ? `${user}: ${message}` : message;
	if (seq)
		line.dataset.seq = seq;
	log.insertBefore(line, next || null);
	line.scrollIntoView({ block: 'nearest' });
}

function take(heard) {
	switch (heard.type ?? 'message') {
	case 'welcome':
		if (epoch !== heard.epoch)
			log.replaceChildren();
		epoch = heard.epoch;
		socket.send(JSON.stringify({ type: 'history' }));
		break;
	case 'history':
		heard.messages.forEach(show);
		break;
	case 'message':
		show(heard);
		break;
	case 'epoch': // the log is lost, and numbers begin anew
		log.replaceChildren();
		epoch = heard.epoch;
		break;
	case 'error':
		state.textContent = heard.message;
		break;
	case 'available':
		state.textContent = 'Connected';
	}
}

/** A ticket is good for one socket: each gets a new one. */
async function protocols() {
	if (!ticketUrl)
		return [];
	const { ticket } = await (await fetch(ticketUrl)).json();

	return ticket ? ['roomwire.v1', `ticket.${ticket}`] : ['roomwire.v1'];
}

function comeBack() {
	state.textContent = 'The connection is lost. Trying again…';
	setTimeout(connect, AGAIN_MS * (1 + Math.random()));
}

async function connect() {
	try {
		socket = new WebSocket(socketUrl, await protocols());
	} catch {
		comeBack();
		return;
	}
	socket.onopen = () => { state.textContent = 'Connected'; };
	socket.onmessage = ({ data }) => take(JSON.parse(data));
	socket.onclose = comeBack;
}

document.querySelector('#say').addEventListener('submit', (event) => {
	event.preventDefault();
	if (socket?.readyState !== WebSocket.OPEN)
		return;
	socket.send(JSON.stringify({ type: 'message', message: input.value }));
	input.value = '';
});
connect();
