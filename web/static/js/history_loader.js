// SPDX-License-Identifier: MIT
// Brings older and newer messages into the list when somebody comes near its ends; over the
// connection, or by HTTP while that is away. One question at a time.

import { getElement } from './element.js';
import { parseTime } from './format.js';
import { sentences } from './sentences.js';

const PAGE = 50;
const ANSWER_MS = 10_000; // as on the connection; a network that is gone says nothing for minutes
const RETRY_MS = 3_000; // after a question that failed: scrolling asks many times a second

export class HistoryLoader {
	#connection;
	#list;
	#scroller;
	#makeMessage;
	#apiUrl;
	#hasOlder;
	#isLoading = false;
	#wantsNewest = false;
	#retryAt = 0;
	/** The newest number that is known of. */
	newestSeq = 0;

	/**
	 * @param {object} parts
	 * @param {import('./roomwire.js').Connection} parts.connection
	 * @param {import('./message_list.js').MessageList} parts.list
	 * @param {import('./log_scroller.js').LogScroller} parts.scroller
	 * @param {(message: any) => import('./message_item.js').Message} parts.makeMessage from the protocol's form
	 * @param {string} parts.apiUrl
	 * @param {boolean} parts.hasOlder
	 */
	constructor({ connection, list, scroller, makeMessage, apiUrl, hasOlder }) {
		this.#connection = connection;
		this.#list = list;
		this.#scroller = scroller;
		this.#makeMessage = makeMessage;
		this.#apiUrl = apiUrl;
		this.#hasOlder = hasOlder;
		for (const [id, load] of /** @type {const} */ ([['older', () => this.#older()], ['newer', () => this.#newer()]]))
			getElement(id).addEventListener('click', (event) => {
				event.preventDefault();
				this.#load(load);
			});
		this.#showLinks();
	}

	/** @param {boolean} hasOlder */
	setHasOlder(hasOlder) {
		this.#hasOlder = hasOlder;
		this.#showLinks();
	}

	/** Loads what the reader comes near to. */
	check() {
		this.#showLinks();
		if (Date.now() < this.#retryAt)
			return;
		if (this.#hasOlder && this.#scroller.isNearTop)
			this.#load(() => this.#older());
		else if (!this.#list.isLive && this.#scroller.isNearEnd)
			this.#load(() => this.#newer());
	}

	/** Shows the end of the room, whatever is shown or being loaded. */
	goToNewest() {
		this.#wantsNewest = true;
		this.#load(() => this.#newest());
	}

	async #load(load) {
		if (this.#isLoading)
			return;
		this.#isLoading = true;
		getElement('older').textContent = sentences.loading;
		try {
			await load();
			this.#retryAt = 0;
		} catch (error) {
			this.#retryAt = Date.now() + RETRY_MS;
			if (error.code === 'no_history')
				this.setHasOlder(false);
		}
		this.#isLoading = false;
		getElement('older').textContent = sentences.older;
		if (this.#wantsNewest)
			this.goToNewest();
		else
			this.check();
	}

	async #older() {
		const first = this.#list.firstSeq;
		const { messages, more } = await this.#ask({ before: first || this.newestSeq + 1, limit: PAGE });

		if (this.#list.firstSeq !== first)
			return; // the list has begun anew, or left these behind
		this.#scroller.keepPlace(() => {
			this.#list.prepend(messages.filter(isMessage).map(this.#makeMessage));
			messages.forEach(({ seq }) => this.#list.cover(seq));
			this.#list.trimEnd();
			this.setHasOlder(more);
		});
	}

	async #newer() {
		const last = this.#list.lastSeq;
		const { messages, more } = await this.#ask({ after: last, limit: PAGE });

		if (this.#list.lastSeq !== last)
			return;
		this.#scroller.keepPlace(() => {
			this.#append(messages);
			// What was said while the answer was under way is in the next one.
			this.#list.isLive = !more && (messages.length === 0 || this.#list.lastSeq >= this.newestSeq);
			this.#hasOlder ||= this.#list.trimStart();
		});
	}

	async #newest() {
		this.#wantsNewest = false;
		const { messages, more } = await this.#ask({ before: this.newestSeq + 1, limit: PAGE });

		this.#list.clear();
		this.#append(messages);
		this.#list.isLive = this.#list.lastSeq >= this.newestSeq;
		this.setHasOlder(more);
		this.#scroller.scrollToEnd();
		if (this.#list.isLive)
			return;
		await this.#newer(); // what was said while the answer was under way: often the reader's own message
		this.#scroller.scrollToEnd();
	}

	#append(messages) {
		for (const message of messages) {
			if (message.type === 'edit')
				this.#list.change(message.target, message.message, parseTime(message.time));
			else if (message.type === 'delete')
				this.#list.delete(message.target);
			else if (this.#list.find(message.seq) === undefined)
				this.#list.append(this.#makeMessage(message));
			this.#list.cover(message.seq);
		}
	}

	/** @returns {Promise<import('./questions.js').HistoryPage>} */
	async #ask(range) {
		try {
			return await this.#connection.history(range);
		} catch (error) {
			if (error.code !== 'closed')
				throw error;
		}
		const response = await fetch(`${this.#apiUrl}?${new URLSearchParams(range)}`, { signal: AbortSignal.timeout(ANSWER_MS) });

		if (!response.ok)
			throw new Error(`${response.status}`);
		return response.json();
	}

	#showLinks() {
		getElement('older-row').hidden = !this.#hasOlder;
		getElement('newer-row').hidden = this.#list.isLive;
	}
}

/** A page has changes too, at their own numbers; its messages are as they are now. */
function isMessage({ type = 'message' }) {
	return type === 'message';
}
