// SPDX-License-Identifier: MIT
// What is written on this page, from the key to its place among the others: it stands in the list
// at once, and becomes the message that comes back. An ack can be lost with its connection, so the
// message may come back before it: then the two are known by their text, and the ack of the next
// try says whether that was right.

import { setDelivery, textOfMessage, timeOf } from './message_item.js';
import { refusalSentence } from './sentences.js';

const CLOCKS_DIFFER_MS = 60_000;

export class OwnMessages {
	#connection;
	#list;
	#report;
	#said;
	/** Those without an ack. @type {Map<string, HTMLElement>} by ref */
	#unacked = new Map();
	/** Those with an ack that have not come back. @type {Map<number, HTMLElement>} by seq */
	#acked = new Map();

	/**
	 * @param {import('./roomwire.js').Connection} connection
	 * @param {import('./message_list.js').MessageList} list
	 * @param {(problem: string) => void} report shown to the writer; "" when there is none
	 * @param {() => void} said called when the server has one
	 */
	constructor(connection, list, report, said) {
		this.#connection = connection;
		this.#list = list;
		this.#report = report;
		this.#said = said;
	}

	/** @param {string} text @param {string} user */
	say(text, user) {
		this.#report('');
		this.#deliver(this.#show(text, user, new Date()), text);
	}

	/**
	 * What an earlier page could not send.
	 *
	 * @param {import('./outbox.js').Entry} entry
	 * @param {string} user
	 */
	restore({ ref, text, time, code }, user) {
		const item = this.#findSaid(text, time) ?? this.#show(text, user, new Date(time));

		if (code === '')
			this.#deliver(item, text, ref);
		else
			this.#fail(item, text, ref, { code });
	}

	/**
	 * Which item a message that has come is.
	 *
	 * @param {number} seq
	 * @param {string} text
	 * @param {boolean} isOwn said by this page's user, here or elsewhere
	 * @returns {HTMLElement | undefined} it is pending no more, once the caller has confirmed it
	 */
	claim(seq, text, isOwn) {
		const acked = this.#acked.get(seq);

		this.#acked.delete(seq);
		if (acked !== undefined || !isOwn)
			return acked;
		const first = [...this.#unacked.values()].find((item) => this.#list.isPending(item));

		return first !== undefined && textOfMessage(first) === text ? first : undefined;
	}

	/** What the server has and does not send again takes the place where it stands. */
	settle() {
		for (const [seq, item] of this.#acked)
			this.#list.confirm(item, seq, timeOf(item));
		this.#acked.clear();
	}

	/** @param {boolean} isConnected */
	reflect(isConnected) {
		for (const item of this.#unacked.values())
			setDelivery(item, isConnected ? 'sending' : 'waiting');
	}

	#show(text, user, time) {
		return this.#list.appendPending({ user, name: user, text, time, isOwn: true });
	}

	/** A message that did arrive is in the page already. */
	#findSaid(text, time) {
		const taken = new Set(this.#unacked.values());

		return this.#list.findLast((item) => item.classList.contains('message-own') && !taken.has(item)
			&& textOfMessage(item) === text && timeOf(item).getTime() > time - CLOCKS_DIFFER_MS);
	}

	/** Sends what stands in the list; again with the same ref after a failure. */
	async #deliver(item, text, ref) {
		const answer = this.#connection.send(text, ref);

		this.#unacked.set(answer.ref, item);
		setDelivery(item, this.#connection.state.state === 'connected' ? 'sending' : 'waiting');
		try {
			const { seq } = await answer;

			this.#unacked.delete(answer.ref);
			this.#accept(item, seq);
		} catch (error) {
			this.#unacked.delete(answer.ref);
			this.#fail(item, text, answer.ref, error);
		}
	}

	#accept(item, seq) {
		this.#report('');
		this.#said();
		setDelivery(item, 'sent');
		if (!this.#list.isPending(item))
			return; // it has come back before
		if (this.#connection.hasSeen(seq))
			this.#list.removePending(item); // the same, and it was not known by its text
		else
			this.#acked.set(seq, item);
	}

	#fail(item, text, ref, error) {
		this.#report(refusalSentence(error));
		setDelivery(item, 'failed', {
			retry: () => {
				this.#report('');
				this.#deliver(item, text, ref);
			},
			discard: () => {
				this.#report('');
				this.#connection.discard(ref);
				if (this.#list.isPending(item))
					this.#list.removePending(item);
				else
					setDelivery(item, 'sent');
			},
		});
	}
}
