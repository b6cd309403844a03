// SPDX-License-Identifier: MIT
// A question in a dialog: a few fields and two buttons. What is refused is said in it, and what was
// entered stays to be corrected.

import { makeElement } from './element.js';
import { refusalSentence, sentences } from './sentences.js';

/**
 * @typedef {object} Field
 * @property {string} name
 * @property {string} label
 * @property {string | boolean} value boolean: a box to tick
 * @property {[value: string, label: string][]} [choices] else a line of text
 * @property {number} [maxLength]
 */

/**
 * One at a time: the page behind it cannot be used meanwhile.
 *
 * @param {object} question
 * @param {string} question.title
 * @param {string} [question.text]
 * @param {Field[]} [question.fields]
 * @param {string} question.button
 * @param {boolean} [question.isDangerous]
 * @param {(values: Record<string, any>) => Promise<unknown>} question.submit rejected with a RefusedError: it stays open
 */
export function askInDialog({ title, text = '', fields = [], button, isDangerous = false, submit }) {
	const heading = makeElement('h2', '', title);
	const problem = makeElement('p', 'problem');
	const cancel = makeButton('button button-quiet', sentences.cancel, 'button');
	const accept = makeButton(`button${isDangerous ? ' button-danger' : ''}`, button, 'submit');
	const inputs = fields.map(makeInput);
	const form = makeElement('form', 'dialog-form', heading, ...(text ? [makeElement('p', '', text)] : []),
		...fields.map((field, i) => makeRow(field, inputs[i])), problem, makeElement('p', 'button-row dialog-buttons', cancel, accept));
	const dialog = /** @type {HTMLDialogElement} */ (makeElement('dialog', 'dialog', form));

	heading.id = 'dialog-heading';
	dialog.setAttribute('aria-labelledby', heading.id);
	problem.setAttribute('role', 'alert');
	cancel.addEventListener('click', () => dialog.close());
	dialog.addEventListener('close', () => dialog.remove());
	form.addEventListener('submit', async (event) => {
		event.preventDefault();
		problem.textContent = '';
		accept.disabled = true;
		try {
			await submit(Object.fromEntries(fields.map(({ name }, i) => [name, valueOf(inputs[i])])));
			dialog.close();
		} catch (error) {
			problem.textContent = refusalSentence(/** @type {any} */ (error));
		}
		accept.disabled = false;
	});
	document.body.append(dialog);
	dialog.showModal();
}

function makeButton(className, text, type) {
	const button = /** @type {HTMLButtonElement} */ (makeElement('button', className, text));

	button.type = type;
	return button;
}

function makeInput({ name, value, choices, maxLength }) {
	if (choices !== undefined) {
		const select = /** @type {HTMLSelectElement} */ (makeElement('select', 'field'));

		select.append(...choices.map(([key, label]) => new Option(label, key, key === value, key === value)));
		select.name = name;
		return select;
	}
	const input = /** @type {HTMLInputElement} */ (makeElement('input', typeof value === 'boolean' ? '' : 'field'));

	input.name = name;
	if (typeof value === 'boolean') {
		input.type = 'checkbox';
		input.checked = value;
	} else {
		input.value = value;
		input.dir = 'auto';
		input.autocomplete = 'off';
		input.maxLength = maxLength;
	}
	return input;
}

function makeRow({ label }, input) {
	const words = makeElement('span', '', label);

	return makeElement('label', input.type === 'checkbox' ? 'dialog-check' : 'dialog-row',
		...(input.type === 'checkbox' ? [input, words] : [words, input]));
}

function valueOf(input) {
	return input.type === 'checkbox' ? input.checked : input.value;
}
