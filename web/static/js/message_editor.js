// SPDX-License-Identifier: MIT
// Editing a message where it stands: its text becomes a field, and is itself again when the server
// has the change, which it tells this page as all others, or the writer has given it up.

import { fitRows, isComposing } from './composer.js';
import { makeElement } from './element.js';
import { isDeleted, seqOf, textOfMessage, timeOf } from './message_item.js';
import { refusalSentence, sentences } from './sentences.js';

const EDIT_MS = 10 * 60_000; // as common/moderation.h

export class MessageEditor {
	#connection;
	#list;
	#standing;

	/**
	 * @param {import('./roomwire.js').Connection} connection
	 * @param {import('./message_list.js').MessageList} list
	 * @param {import('./standing.js').Standing} standing
	 */
	constructor(connection, list, standing) {
		this.#connection = connection;
		this.#list = list;
		this.#standing = standing;
	}

	/** @param {HTMLElement} item */
	mayEdit(item) {
		return item.classList.contains('message-own') && seqOf(item) > 0 && !isDeleted(item) && this.#standing.may('edit')
			&& Date.now() - timeOf(item).getTime() < EDIT_MS;
	}

	/** The last message that the reader may edit. @returns {boolean} false: there is none */
	editLast() {
		const item = this.#list.findLast((/** @type {HTMLElement} */ item) => this.mayEdit(item));

		if (item !== undefined)
			this.begin(item);
		return item !== undefined;
	}

	/** What has the focus gets it back from the field. @param {HTMLElement} item a message that may be edited */
	begin(item) {
		const opener = /** @type {HTMLElement | null} */ (document.activeElement);
		const text = /** @type {HTMLElement} */ (item.querySelector('.message-text'));
		const form = makeForm(textOfMessage(item));

		if (item.querySelector('.message-edit') !== null)
			return;
		const end = () => {
			const hasFocus = form.element.contains(document.activeElement);

			if (!form.element.isConnected)
				return; // it was given up while its text was under way
			form.element.remove();
			text.hidden = false;
			item.classList.remove('message-editing');
			if (hasFocus)
				opener?.focus();
		};

		text.hidden = true;
		item.classList.add('message-editing');
		text.after(form.element);
		fitRows(form.input);
		form.input.focus();
		form.input.setSelectionRange(form.input.value.length, form.input.value.length);
		item.scrollIntoView({ block: 'nearest' });
		form.listen({ save: () => this.#save(item, form, end), end });
	}

	async #save(item, form, end) {
		const text = form.input.value;

		if (form.input.readOnly)
			return; // it is under way
		if (text.trim() === '' || text === textOfMessage(item)) {
			end();
			return;
		}
		form.show(sentences.saving, '');
		form.input.readOnly = true;
		try {
			await this.#connection.edit(seqOf(item), text);
			end();
		} catch (error) {
			form.input.readOnly = false;
			form.show(sentences.editHint, refusalSentence(/** @type {any} */ (error)));
		}
	}
}

function makeForm(text) {
	const input = /** @type {HTMLTextAreaElement} */ (makeElement('textarea', 'field composer-input'));
	const hint = makeElement('p', 'hint', sentences.editHint);
	const problem = makeElement('p', 'problem');
	const save = /** @type {HTMLButtonElement} */ (makeElement('button', 'button button-small', sentences.save));
	const cancel = /** @type {HTMLButtonElement} */ (makeElement('button', 'button button-small', sentences.cancel));
	const element = makeElement('form', 'message-edit', input, problem, hint, makeElement('p', 'button-row', save, cancel));

	input.value = text;
	input.dir = 'auto';
	input.rows = 1;
	input.enterKeyHint = 'done';
	input.setAttribute('aria-label', sentences.editMessage);
	cancel.type = 'reset';
	problem.setAttribute('role', 'alert');
	hint.setAttribute('role', 'status');
	return {
		element,
		input,
		show: (/** @type {string} */ state, /** @type {string} */ trouble) => {
			hint.textContent = state;
			problem.textContent = trouble;
		},
		listen: (/** @type {{save: () => void, end: () => void}} */ heard) => {
			element.addEventListener('submit', (event) => {
				event.preventDefault();
				heard.save();
			});
			element.addEventListener('reset', heard.end);
			input.addEventListener('input', () => fitRows(input));
			input.addEventListener('keydown', (event) => handleKey(event, heard));
		},
	};
}

function handleKey(event, { save, end }) {
	if (isComposing(event))
		return;
	if (event.key === 'Enter' && !event.shiftKey) {
		event.preventDefault();
		save();
	} else if (event.key === 'Escape') {
		event.preventDefault();
		event.stopPropagation();
		end();
	}
}
