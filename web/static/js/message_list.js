// SPDX-License-Identifier: MIT
// The list of what was said: a window on the room's history, in the order of its numbers, with a
// line between days; own messages that have no number yet stand behind it. Bounded both ways: a
// page that stays open for weeks must not grow for weeks. Decides nothing about sending, loading
// or scrolling.

import { makeElement } from './element.js';
import { dayLabel, dayOf } from './format.js';
import {
	changeText, dressMessage, forgetSeq, group, isMessage, makeMessage, markDeleted, seqOf, setSeq, setTime, timeOf,
} from './message_item.js';
import { sentences } from './sentences.js';

const ITEMS_MAX = 500; // a few screens: laying them out is cheap, and what is further away comes as fast as it is scrolled to
const ITEMS_SPARE = 100; // made at once while somebody reads further up: keeping their place is not for every message

export class MessageList {
	#list;
	/** Own messages without a number, in order; the last of the list. @type {HTMLElement[]} */
	#pending = [];
	/** @type {Map<number, HTMLElement>} */
	#bySeq = new Map();
	/** The first and the last number that the list knows of; not all are messages'. 0: none */
	#first = 0;
	#last = 0;
	#isLive = true;
	/**
	 * The line at the end, if it is of this kind.
	 *
	 * @type {{item: HTMLElement, joined: Set<string>, left: Set<string>} | null}
	 */
	#comings = null;

	/**
	 * Takes over what the page arrived with.
	 *
	 * @param {HTMLElement} list the <ol>
	 * @param {boolean} isLive whether its last message is the room's
	 */
	constructor(list, isLive) {
		this.#list = list;
		this.#isLive = isLive;
		list.replaceChildren(...list.children); // without the blanks of the template
		for (const item of /** @type {HTMLElement[]} */ ([...list.children].filter(isMessage))) {
			dressMessage(item);
			this.#bySeq.set(seqOf(item), item);
			this.cover(seqOf(item));
			this.#arrange(item);
		}
		this.#renameDaysAtMidnight();
	}

	/** @returns {boolean} whether the room's newest message is the list's: only then others may follow */
	get isLive() {
		return this.#isLive;
	}

	/** @param {boolean} isLive */
	set isLive(isLive) {
		this.#isLive = isLive;
	}

	/** @returns {number} 0 without any */
	get firstSeq() {
		return this.#first;
	}

	/** @returns {number} 0 without any */
	get lastSeq() {
		return this.#last;
	}

	/** A number next to those of the list is known, whether it is a message's or a change's. @param {number} seq */
	cover(seq) {
		if (seq === 0)
			return;
		this.#first = Math.min(this.#first || seq, seq);
		this.#last = Math.max(this.#last, seq);
	}

	/** @param {number} seq @returns {HTMLElement | undefined} */
	find(seq) {
		return this.#bySeq.get(seq);
	}

	/** @param {(item: HTMLElement) => boolean} test @returns {HTMLElement | undefined} the last that has a number */
	findLast(test) {
		return /** @type {HTMLElement[]} */ ([...this.#list.children]).findLast((item) => seqOf(item) > 0 && test(item));
	}

	/** @param {Element} item */
	isPending(item) {
		return this.#pending.some((other) => other === item);
	}

	/**
	 * The next message.
	 *
	 * @param {import('./message_item.js').Message} message
	 * @returns {HTMLElement}
	 */
	append(message) {
		const item = makeMessage(message);

		this.#insert(item, this.#pending[0] ?? null);
		return item;
	}

	/**
	 * Older ones.
	 *
	 * @param {import('./message_item.js').Message[]} messages ascending
	 */
	prepend(messages) {
		const first = this.#list.firstElementChild;

		for (const message of messages)
			if (!this.#bySeq.has(message.seq ?? 0))
				this.#insert(makeMessage(message), first);
		this.#arrangeNext(first);
	}

	/** @param {import('./message_item.js').Message} message an own one that is not sent yet @returns {HTMLElement} */
	appendPending(message) {
		const item = makeMessage(message);

		this.#comings = null;
		this.#pending.push(item);
		this.#list.append(item);
		this.#arrange(item);
		return item;
	}

	/**
	 * A pending one has its number: it takes its place behind the last that has one.
	 *
	 * @param {HTMLElement} item
	 * @param {number} seq
	 * @param {Date} time
	 */
	confirm(item, seq, time) {
		const isFirst = this.#pending[0] === item;

		this.#pending = this.#pending.filter((other) => other !== item);
		setSeq(item, seq);
		setTime(item, time);
		this.#bySeq.set(seq, item);
		this.cover(seq);
		this.#comings = null;
		if (!isFirst)
			this.#list.insertBefore(item, this.#pending[0] ?? null);
		for (const changed of [item, ...this.#pending])
			this.#arrange(changed);
	}

	/** @param {HTMLElement} item */
	removePending(item) {
		const next = item.nextElementSibling;

		this.#pending = this.#pending.filter((other) => other !== item);
		this.#remove(item);
		this.#arrangeNext(next);
	}

	/**
	 * A message has another text.
	 *
	 * @param {number} seq
	 * @param {string} text
	 * @param {Date} time
	 */
	change(seq, text, time) {
		const item = this.#bySeq.get(seq);

		if (item !== undefined)
			changeText(item, text, time);
	}

	/** What a message said is gone. @param {number} seq */
	delete(seq) {
		const item = this.#bySeq.get(seq);

		if (item !== undefined)
			markDeleted(item);
	}

	/** Begins anew; what is pending stays. */
	clear() {
		for (const item of [...this.#list.children])
			if (!this.isPending(item))
				item.remove();
		this.#forgetSeqs();
		this.#comings = null;
		this.#pending.forEach((item) => this.#arrange(item));
	}

	/** The room counts anew: what stands here keeps its place, and its number means another message. */
	forgetNumbers() {
		this.#bySeq.forEach(forgetSeq);
		this.#forgetSeqs();
	}

	/** The oldest leave until the list is in its bounds. @returns {boolean} whether any had to */
	trimStart(max = ITEMS_MAX) {
		const isTrimmed = this.#trim(() => this.#list.firstElementChild, max);

		if (isTrimmed) {
			this.#first = seqFrom(this.#list.firstElementChild, 'nextElementSibling');
			this.#arrangeNext(this.#list.firstElementChild);
		}
		return isTrimmed;
	}

	/** The newest leave: then the list is live no more. */
	trimEnd() {
		if (this.#trim(() => this.#lastNumbered())) {
			this.#isLive = false;
			this.#last = seqFrom(this.#lastNumbered(), 'previousElementSibling');
			this.#comings = null;
			this.#pending.forEach((item) => this.#arrange(item));
		}
	}

	/** The oldest leave before the list is full. @returns {boolean} whether any had to */
	makeRoom() {
		return this.trimStart(ITEMS_MAX - ITEMS_SPARE);
	}

	/** @returns {boolean} whether one more would push out another */
	get isFull() {
		return this.#list.childElementCount >= ITEMS_MAX;
	}

	/** A line that nobody said. @param {string} text */
	addLine(text) {
		this.#comings = null;
		this.#list.insertBefore(makeElement('li', 'line', text), this.#pending[0] ?? null);
		this.#arrangeNext(this.#pending[0]);
	}

	/**
	 * Who came and went, in one line until somebody speaks. Who came and went again is no news.
	 *
	 * @param {string[]} joined
	 * @param {string[]} left
	 */
	addComings(joined, left) {
		if (!this.#isLive || (joined.length === 0 && left.length === 0))
			return;
		this.#comings ??= this.#beginComings();
		for (const name of joined)
			move(name, this.#comings.left, this.#comings.joined);
		for (const name of left)
			move(name, this.#comings.joined, this.#comings.left);
		writeComings(this.#comings);
	}

	#beginComings() {
		this.addLine('');
		return {
			item: /** @type {HTMLElement} */ (this.#lastNumbered()),
			joined: new Set(),
			left: new Set(),
		};
	}

	/** @returns {Element | null} what stands before the pending ones */
	#lastNumbered() {
		return this.#pending.length > 0 ? this.#pending[0].previousElementSibling : this.#list.lastElementChild;
	}

	#insert(item, before) {
		if (before === (this.#pending[0] ?? null))
			this.#comings = null;
		this.#list.insertBefore(item, before);
		if (seqOf(item) > 0) {
			this.#bySeq.set(seqOf(item), item);
			this.cover(seqOf(item));
		}
		this.#arrange(item);
		this.#arrangeNext(this.#pending[0]);
	}

	#forgetSeqs() {
		this.#bySeq.clear();
		this.#first = 0;
		this.#last = 0;
	}

	#remove(item) {
		this.#bySeq.delete(seqOf(item));
		item.remove();
	}

	#trim(next, max = ITEMS_MAX) {
		const hasMore = this.#list.childElementCount > max;

		while (this.#list.childElementCount > max)
			this.#remove(next());
		return hasMore;
	}

	/** @param {Element | null | undefined} item from here on the first message is arranged anew */
	#arrangeNext(item) {
		for (let next = item; next; next = next.nextElementSibling)
			if (isMessage(next)) {
				this.#arrange(next);
				return;
			}
	}

	/** A message stands below a line with its day where the one before is of another, and close to its like. */
	#arrange(item) {
		let before = item.previousElementSibling;

		for (let line = before; line && !isMessage(line); line = before) {
			before = line.previousElementSibling;
			if (line.classList.contains('day'))
				line.remove();
		}
		if (before === null || dayOf(timeOf(before)) !== dayOf(timeOf(item)))
			this.#list.insertBefore(makeDay(timeOf(item)), item);
		group(item);
	}

	#renameDaysAtMidnight() {
		const midnight = new Date().setHours(24, 0, 0, 0);

		setTimeout(() => {
			for (const time of this.#list.querySelectorAll('.day time'))
				nameDay(time);
			this.#renameDaysAtMidnight();
		}, midnight - Date.now());
	}
}

function makeDay(date) {
	const time = /** @type {HTMLTimeElement} */ (makeElement('time', ''));

	time.dateTime = dayOf(date);
	nameDay(time);
	return makeElement('li', 'day', time);
}

function nameDay(time) {
	const [year, month, day] = time.dateTime.split('-').map(Number);

	time.textContent = dayLabel(new Date(year, month - 1, day));
}

function seqFrom(item, next) {
	while (item !== null && seqOf(item) === 0)
		item = item[next];
	return item === null ? 0 : seqOf(item);
}

function writeComings({ item, joined, left }) {
	const parts = [];

	if (joined.size > 0)
		parts.push(sentences.joined([...joined]));
	if (left.size > 0)
		parts.push(sentences.left([...left]));
	item.textContent = parts.join(' · ');
	item.hidden = parts.length === 0;
}

/** Takes a name out of where it cancels, or puts it in. */
function move(name, from, to) {
	if (!from.delete(name))
		to.add(name);
}
