// SPDX-License-Identifier: MIT
// Follows a room by one answer after the other, each with what was said since the last one. Heard
// from outside they are one connection: each has a welcome, but only the first is told, and of the
// others who has come and gone in between.

import { roomAddress } from './address.js';
import { parseEvent } from './event.js';
import { readEvents } from './http_events.js';
import { PollLink } from './poll_link.js';
import { PollPeople } from './poll_people.js';

const WAIT_SECONDS = 20; // below the 30 s after which many proxies cut a silent connection
const LEAST_MS = 250; // between two questions: a busy room is told in pieces, not one request a message
const AGAIN = 'poll again'; // the reason of an answer that is no end

/** @type {import('./http_transport.js').Follow} */
export async function followPolls(place, signal, hear) {
	const polls = new Polls(place, signal, hear);

	for (;;) {
		const least = passed(LEAST_MS);
		const end = await polls.next();

		if (end.code !== 1000 || end.reason !== AGAIN)
			return end;
		await least;
	}
}

class Polls {
	#place;
	#signal;
	#hear;
	#people = new PollPeople();
	#link = new PollLink();
	/** Where the last answer has ended; nothing yet. @type {{epoch: string, seq: number} | undefined} */
	#position;

	constructor(place, signal, hear) {
		this.#place = place;
		this.#signal = signal;
		this.#hear = hear;
	}

	/** @returns {Promise<import('./transports.js').TransportEnd>} */
	async next() {
		const isFirst = this.#position === undefined;
		const address = await this.#address();
		let isBroken = false;

		this.#link.begin();
		const end = await readEvents(address, this.#signal, parseEvent, (event) => {
			isBroken ||= !isFirst && event?.type === 'welcome' && event.recovered !== true;
			if (!isBroken)
				this.#take(event, isFirst);
		});

		if (this.#link.end() && end.code === 1000)
			this.#hear({ type: 'available' });
		return isBroken ? { code: 1006 } : end; // more was missed than one connection leaves out
	}

	/** The first answer is asked for at once: until it comes nobody knows whether there is a way at all. */
	async #address() {
		const { room, url, query } = this.#place;
		const position = this.#position && { epoch: this.#position.epoch, after: String(this.#position.seq) };
		const asked = await query(position);

		return `${roomAddress('poll', room, url)}${asked}${asked ? '&' : '?'}wait=${position ? WAIT_SECONDS : 0}`;
	}

	#take(event, isFirst) {
		const { type = '', epoch, seq } = event ?? {};

		if (type === 'welcome' || type === 'epoch')
			this.#position = { epoch: String(epoch ?? ''), seq: Number(seq) || 0 };
		else if (type === 'message' && this.#position !== undefined)
			this.#position.seq = Math.max(this.#position.seq, Number(seq) || 0);
		this.#hear(this.#link.explain(isFirst ? event : this.#people.explain(event)));
		this.#people.take(event);
	}
}

function passed(milliseconds) {
	return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
