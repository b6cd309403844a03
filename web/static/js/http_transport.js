// SPDX-License-Identifier: MIT
// A room without a socket: it is followed by answers of one kind or the other (event_stream.js,
// long_poll.js), and each thing that is said is a request of its own (http_sender.js).

import { HttpSender } from './http_sender.js';

/**
 * @callback Follow
 * @param {import('./transports.js').Place} place
 * @param {AbortSignal} signal
 * @param {(event?: Record<string, any>) => void} hear
 * @returns {Promise<import('./transports.js').TransportEnd>}
 */

/** @implements {import('./transports.js').Transport} */
export class HttpTransport {
	#listener;
	#sender;
	#abort = new AbortController();

	/**
	 * @param {import('./transports.js').Place} place
	 * @param {import('./transports.js').Listener} listener
	 * @param {Follow} follow
	 */
	constructor(place, listener, follow) {
		this.#listener = listener;
		this.#sender = new HttpSender(place, (event) => this.#hear(event, true), (end) => this.#end(end));
		follow(place, this.#abort.signal, (event) => this.#hear(event, false))
			.catch(() => ({ code: 1006 })) // there is no ticket now
			.then((end) => this.#end(end));
	}

	send(object) {
		this.#sender.send(object);
	}

	ping() {
		return false;
	}

	close() {
		this.#abort.abort();
	}

	#hear(event, isAnswer) {
		if (!this.#abort.signal.aborted)
			this.#listener.hear(event, isAnswer);
	}

	#end(end) {
		if (this.#abort.signal.aborted)
			return;
		this.close();
		this.#listener.end(end);
	}
}
