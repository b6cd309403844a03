// SPDX-License-Identifier: MIT
// What came while nobody was looking: a line above the first of it, which goes when it was read,
// and a button with the number, which leads to the end. Moves nobody by itself.

import { makeElement } from './element.js';
import { sentences } from './sentences.js';

const READ_MS = 4_000; // the line stays so long when its reader has arrived

export class Unread {
	#pill;
	#scroller;
	#line = makeElement('li', 'unread', makeElement('span', '', sentences.unread));
	#count = 0;
	#mentions = 0;
	#timer = 0;

	/**
	 * @param {HTMLElement} pill
	 * @param {import('./log_scroller.js').LogScroller} scroller
	 */
	constructor(pill, scroller) {
		this.#pill = pill;
		this.#scroller = scroller;
	}

	/**
	 * A message of somebody else has come.
	 *
	 * @param {HTMLElement | null} item null: it is not in the list
	 * @param {boolean} isMention whether it speaks to the reader
	 */
	note(item, isMention) {
		if (this.#scroller.isAtEnd && !document.hidden && item !== null)
			return;
		this.#count++;
		this.#mentions += isMention ? 1 : 0;
		if (this.#line.isConnected || item === null)
			return;
		item.before(this.#line);
		this.#scroller.setBound(this.#line);
	}

	/**
	 * The place or the list has changed.
	 *
	 * @param {boolean} isLive whether the end of the list is the end of the room
	 */
	show(isLive) {
		const isRead = isLive && this.#scroller.isAtEnd && !document.hidden;

		if (isRead) {
			this.#count = 0;
			this.#mentions = 0;
			this.#timer ||= this.#line.isConnected ? setTimeout(() => this.clear(), READ_MS) : 0;
		}
		this.#pill.hidden = isLive && (this.#count === 0 || isRead);
		this.#pill.textContent = `${this.#words()} ↓`;
	}

	#words() {
		if (this.#count === 0)
			return sentences.toNewest;
		const news = sentences.newMessages(this.#count);

		return this.#mentions === 0 ? news : `${news} · ${sentences.talk.mentions(this.#mentions)}`;
	}

	/** All of it was read. */
	clear() {
		clearTimeout(this.#timer);
		this.#timer = 0;
		this.#count = 0;
		this.#mentions = 0;
		this.#line.remove();
	}
}
