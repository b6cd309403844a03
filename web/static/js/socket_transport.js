// SPDX-License-Identifier: MIT
// A room over a WebSocket of the subprotocol roomwire.v1.

import { roomAddress } from './address.js';
import { parseEvent } from './event.js';

const SUBPROTOCOL = 'roomwire.v1';

/** @implements {import('./transports.js').Transport} */
export class SocketTransport {
	#listener;
	/** @type {WebSocket | undefined} */
	#socket;
	#isClosed = false;

	/**
	 * @param {import('./transports.js').Place} place
	 * @param {import('./transports.js').Listener} listener
	 */
	constructor(place, listener) {
		const query = place.query();

		this.#listener = listener;
		if (typeof query === 'string')
			this.#open(place, query);
		else
			query.then((query) => this.#open(place, query), () => this.#isClosed || listener.end({ code: 1006 }));
	}

	send(object) {
		if (this.#socket?.readyState === WebSocket.OPEN)
			this.#socket.send(JSON.stringify(object));
	}

	ping() {
		this.send({ type: 'ping' });
		return true;
	}

	/** None of its events is heard any more: a dead one may take minutes to notice. */
	close() {
		this.#isClosed = true;
		if (this.#socket === undefined)
			return;
		this.#socket.onmessage = null;
		this.#socket.onclose = null;
		this.#socket.close(1000);
	}

	#open({ room, url }, query) {
		if (this.#isClosed)
			return;
		const socket = new WebSocket(roomAddress('ws', room, url) + query, SUBPROTOCOL);

		this.#socket = socket;
		socket.onmessage = ({ data }) => this.#hear(data);
		socket.onclose = ({ code, reason }) => this.#listener.end({ code, reason, isUncertain: code === 1006 });
	}

	#hear(data) {
		const event = parseEvent(data);

		if (event !== undefined) // else not our protocol: the answer that is waited for has not come
			this.#listener.hear(event);
	}
}
