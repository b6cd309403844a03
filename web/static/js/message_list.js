// SPDX-License-Identifier: MIT
// The list of what was said: one <li> a message, those of one person close together; own messages
// stand there from the moment they are written. Decides nothing about sending, and never scrolls
// away what somebody is reading.

import { makeElement } from './element.js';
import { avatarClass, exactTime, initials, shortTime } from './format.js';
import { sentences } from './sentences.js';

const ITEMS_MAX = 2000; // the oldest leave: a page that stays open for weeks must not grow for weeks
const GROUP_MS = 5 * 60_000;
const AT_END_PX = 48; // so close to the end counts as reading the newest

/**
 * @typedef {object} Message
 * @property {string} user
 * @property {string} text
 * @property {Date} time
 * @property {boolean} isOwn
 */

export class MessageList {
	#list;
	#scroller;
	#pill;
	#unseen = 0;
	#isAtEnd = true;
	/** @type {{user: string, isOwn: boolean, time: number} | null} the message that the next one may join */
	#last = null;
	/**
	 * The line at the end, if it is of this kind.
	 *
	 * @type {{item: HTMLElement, joined: Set<string>, left: Set<string>} | null}
	 */
	#comings = null;

	/**
	 * @param {HTMLElement} list the <ol>
	 * @param {HTMLElement} scroller what scrolls around it
	 * @param {HTMLElement} pill the button that leads to the end
	 */
	constructor(list, scroller, pill) {
		this.#list = list;
		this.#scroller = scroller;
		this.#pill = pill;
		pill.addEventListener('click', () => this.scrollToEnd());
		scroller.addEventListener('scroll', () => this.#handleScroll(), { passive: true });
		// The keyboard of a phone, a growing input: who reads the newest goes on doing so.
		new ResizeObserver(() => this.#isAtEnd && this.scrollToEnd()).observe(scroller);
	}

	/**
	 * @param {Message} message
	 * @param {boolean} [isSaidHere] who has just written it wants to see it, wherever they were reading
	 * @returns {HTMLElement}
	 */
	addMessage(message, isSaidHere = false) {
		const item = makeMessage(message, this.#joinsLast(message));

		this.#last = { user: message.user, isOwn: message.isOwn, time: message.time.getTime() };
		this.#append(item, isSaidHere);
		if (!this.#isAtEnd)
			this.#showPill(this.#unseen + 1);
		return item;
	}

	/** A line that nobody said. @param {string} text */
	addLine(text) {
		this.#last = null;
		this.#append(makeElement('li', 'line', text), false);
	}

	/**
	 * Who came and went, in one line until somebody speaks. Who came and went again is no news.
	 *
	 * @param {string[]} joined
	 * @param {string[]} left
	 */
	addComings(joined, left) {
		if (joined.length === 0 && left.length === 0)
			return;
		this.#comings ??= this.#beginComings();
		for (const name of joined)
			move(name, this.#comings.left, this.#comings.joined);
		for (const name of left)
			move(name, this.#comings.joined, this.#comings.left);
		this.#writeComings(this.#comings);
	}

	scrollToEnd() {
		this.#scroller.scrollTop = this.#scroller.scrollHeight;
		this.#isAtEnd = true;
		this.#showPill(0);
	}

	#beginComings() {
		const item = makeElement('li', 'line');

		this.#last = null;
		this.#append(item, false);
		return { item, joined: new Set(), left: new Set() };
	}

	#writeComings({ item, joined, left }) {
		const parts = [];

		if (joined.size > 0)
			parts.push(sentences.joined([...joined]));
		if (left.size > 0)
			parts.push(sentences.left([...left]));
		item.textContent = parts.join(' · ');
		item.hidden = parts.length === 0;
		if (this.#isAtEnd)
			this.scrollToEnd();
	}

	#joinsLast({ user, isOwn, time }) {
		const last = this.#last;

		return last !== null && last.user === user && last.isOwn === isOwn && time.getTime() - last.time < GROUP_MS;
	}

	#append(item, isSaidHere) {
		this.#comings = null;
		this.#list.append(item);
		if (this.#list.childElementCount > ITEMS_MAX)
			this.#list.firstElementChild?.remove();
		if (this.#isAtEnd || isSaidHere)
			this.scrollToEnd();
	}

	#handleScroll() {
		const { scrollHeight, scrollTop, clientHeight } = this.#scroller;

		this.#isAtEnd = scrollHeight - scrollTop - clientHeight < AT_END_PX;
		if (this.#isAtEnd)
			this.#showPill(0);
	}

	#showPill(count) {
		this.#unseen = count;
		this.#pill.hidden = count === 0;
		this.#pill.textContent = count === 0 ? '' : `${sentences.newMessages(count)} ↓`;
	}
}

/** Takes a name out of where it cancels, or puts it in. */
function move(name, from, to) {
	if (!from.delete(name))
		to.add(name);
}

/** @param {Message} message @param {boolean} isContinued the same person goes on speaking */
function makeMessage(message, isContinued) {
	const time = /** @type {HTMLTimeElement} */ (makeElement('time', 'message-time'));
	const avatar = makeElement('span', `avatar ${avatarClass(message.user)}`, initials(message.user));
	const head = makeElement('p', 'message-head', makeElement('bdi', 'message-user', message.user), ' ', time);
	const text = makeElement('p', 'message-text', message.text);
	const item = makeElement('li', 'message', avatar, makeElement('div', 'message-body', head, text));

	avatar.setAttribute('aria-hidden', 'true');
	text.dir = 'auto';
	item.classList.toggle('message-own', message.isOwn);
	item.classList.toggle('message-continued', isContinued);
	setTime(item, message.time);
	return item;
}

/** @param {HTMLElement} item @param {Date} date */
export function setTime(item, date) {
	const time = /** @type {HTMLTimeElement} */ (item.querySelector('time'));

	time.dateTime = date.toISOString();
	time.title = exactTime(date);
	time.textContent = shortTime(date);
}

/**
 * How far an own message is: "sending", "failed", or "sent", which is not worth a word.
 *
 * @param {HTMLElement} item
 * @param {"sending"|"waiting"|"sent"|"failed"} state
 * @param {() => void} [retry] for "failed"
 */
export function setDelivery(item, state, retry) {
	const line = makeElement('p', 'message-delivery', sentences.delivery[state]);

	item.dataset.delivery = state;
	item.querySelector('.message-delivery')?.remove();
	if (state === 'sent')
		return;
	if (retry !== undefined) {
		const button = makeElement('button', 'button button-small', sentences.retry);

		button.addEventListener('click', retry, { once: true });
		line.append(' ', button);
	}
	item.querySelector('.message-body')?.append(line);
}
