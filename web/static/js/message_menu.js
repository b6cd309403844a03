// SPDX-License-Identifier: MIT
// What can be done with a message: by the button in it, by Shift and F10 or the menu key where the
// focus is in it, and by a long press on a touch screen.

import { getElement } from './element.js';
import { askInDialog } from './form_dialog.js';
import { Menu } from './menu.js';
import { isDeleted, isMessage, seqOf, textOfMessage } from './message_item.js';
import { sentences } from './sentences.js';

const LONG_PRESS_MS = 500;
const DONE_MS = 2_000;
const STILL_PX = 10; // a finger that moves further scrolls

export class MessageMenu {
	#menu = new Menu();
	#parts;

	/**
	 * @param {object} parts
	 * @param {import('./roomwire.js').Connection} parts.connection
	 * @param {import('./standing.js').Standing} parts.standing
	 * @param {import('./moderator.js').Moderator} parts.moderator
	 * @param {import('./message_editor.js').MessageEditor} parts.editor
	 * @param {import('./reply.js').Reply} parts.reply
	 * @param {(text: string) => void} parts.tell for ears
	 * @param {(problem: string) => void} parts.report
	 */
	constructor(parts) {
		const list = getElement('chat-log');

		this.#parts = parts;
		list.addEventListener('click', (event) => this.#handleClick(event));
		list.addEventListener('keydown', (event) => this.#handleKey(event));
		list.addEventListener('pointerdown', (event) => event.pointerType === 'touch' && this.#awaitLongPress(event));
	}

	#handleClick(event) {
		const button = event.target.closest('.message-more');

		if (button === null || event.ctrlKey || event.metaKey)
			return;
		event.preventDefault();
		if (this.#menu.button === button)
			this.#menu.leave();
		else
			this.#open(button.closest('.message'));
	}

	#handleKey(event) {
		const isOnButton = event.target.closest('.message-more') !== null && (event.key === ' ' || event.key === 'ArrowDown');
		const isMenuKey = event.key === 'ContextMenu' || (event.key === 'F10' && event.shiftKey);
		const item = event.target.closest('.message');

		if (item === null || event.target.closest('.message-edit') !== null || !(isOnButton || isMenuKey))
			return;
		event.preventDefault();
		this.#open(item);
	}

	/** Opens the menu under a finger that stays; what the browser does of a long press and of its end is not wanted then. */
	#awaitLongPress({ target, clientX, clientY }) {
		const item = target.closest('.message');
		const gesture = new AbortController();
		let isLong = false;

		if (item === null || target.closest('a, button, form') !== null)
			return;
		const timer = setTimeout(() => {
			isLong = true;
			this.#open(item);
		}, LONG_PRESS_MS);
		const stop = () => clearTimeout(timer);
		const end = () => {
			stop();
			setTimeout(() => gesture.abort()); // lifting the finger has more events, and the last would be a click
		};
		const options = { signal: gesture.signal, capture: true };

		for (const type of ['pointerup', 'pointercancel'])
			addEventListener(type, end, options);
		addEventListener('scroll', stop, options); // also of the menu that was opened, into sight
		addEventListener('pointermove', (move) => {
			if (Math.hypot(move.clientX - clientX, move.clientY - clientY) > STILL_PX)
				stop();
		}, options);
		item.addEventListener('contextmenu', (/** @type {Event} */ event) => event.preventDefault(), options);
		item.addEventListener('touchend', (/** @type {Event} */ event) => isLong && event.preventDefault(), options);
	}

	#open(item) {
		const button = item?.querySelector('.message-more');

		if (isMessage(item) && button && seqOf(item) > 0)
			this.#menu.open(button, this.#items(item));
	}

	#items(item) {
		const { editor, moderator, reply, standing } = this.#parts;
		const isOwn = item.classList.contains('message-own');
		const isGone = isDeleted(item);
		const seq = seqOf(item);

		return [
			...(!isGone && reply.isPossible ? [{ label: sentences.reply, act: () => reply.begin(item) }] : []),
			...(isGone ? [] : [{ label: sentences.copyText, act: () => this.#copy(item, textOfMessage(item)) }]),
			{ label: sentences.copyLink, act: () => this.#copy(item, linkOf(item)) },
			...(editor.mayEdit(item) ? [{ label: sentences.edit, act: () => editor.begin(item) }] : []),
			...(!isGone && standing.may(isOwn ? 'withdraw' : 'delete') ? [this.#deleteItem(seq)] : []),
			...(isOwn ? [] : moderator.items({ user: item.dataset.user ?? '', target: seq })),
		];
	}

	#deleteItem(seq) {
		return {
			label: `${sentences.delete}…`,
			isDangerous: true,
			act: () => askInDialog({
				title: sentences.deleteTitle,
				text: sentences.deleteText,
				button: sentences.delete,
				isDangerous: true,
				submit: () => this.#parts.connection.delete(seq),
			}),
		};
	}

	async #copy(item, text) {
		try {
			await navigator.clipboard.writeText(text);
			this.#parts.tell(sentences.copied);
			showDone(item.querySelector('.message-more'));
		} catch {
			this.#parts.report(sentences.notCopied);
		}
	}
}

/** For a moment. */
function showDone(button) {
	button.textContent = '✓';
	setTimeout(() => (button.textContent = '⋯'), DONE_MS);
}

function linkOf(item) {
	return new URL(item.querySelector('.message-link').getAttribute('href'), location.href).href;
}
