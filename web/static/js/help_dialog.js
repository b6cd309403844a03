// SPDX-License-Identifier: MIT
// The sheet of keys, marks and commands.

import { commands } from './commands.js';
import { makeElement } from './element.js';
import { sentences } from './sentences.js';
import { areCharactersOn, switchCharacters } from './shortcuts.js';
import { isAllowed } from './suggestions.js';

/** @param {(action: string) => boolean} may what the reader is offered */
export function showHelp(may) {
	const { talk } = sentences;
	const close = /** @type {HTMLButtonElement} */ (makeElement('button', 'button', talk.close));
	const heading = makeElement('h2', '', talk.help);
	const dialog = /** @type {HTMLDialogElement} */ (makeElement('dialog', 'dialog help', heading,
		makeElement('h3', '', talk.keysHeading), makeTable('help-keys', talk.keys.map(([keys, what]) => [keys, what])),
		makeSwitch(),
		makeElement('h3', '', talk.commandsHeading), makeTable('help-commands', commands.filter((command) => isAllowed(command, may))
			.map(({ name }) => [`/${name} ${talk.commands[name].usage}`.trim(), talk.commands[name].help])),
		makeElement('p', 'quiet', talk.commandsHint),
		makeElement('h3', '', talk.marksHeading), makeTable('help-marks', talk.marks),
		makeElement('p', 'dialog-buttons', close)));

	heading.id = 'help-heading';
	heading.tabIndex = -1;
	heading.autofocus = true; // else the sheet is shown from its button on
	dialog.id = 'help';
	dialog.setAttribute('aria-labelledby', heading.id);
	close.type = 'button';
	close.addEventListener('click', () => dialog.close());
	dialog.addEventListener('close', () => dialog.remove());
	document.body.append(dialog);
	dialog.showModal();
}

function makeSwitch() {
	const box = /** @type {HTMLInputElement} */ (makeElement('input', ''));

	box.type = 'checkbox';
	box.checked = areCharactersOn();
	box.addEventListener('change', () => switchCharacters(box.checked));
	return makeElement('label', 'dialog-check', box, makeElement('span', '', sentences.talk.characterKeys));
}

/** @param {string} id @param {string[][]} rows a word and what it means */
function makeTable(id, rows) {
	const list = makeElement('dl', 'help-list');

	list.id = id;
	for (const [word, meaning] of rows)
		list.append(makeElement('dt', '', makeElement('code', 'text-code', word)), makeElement('dd', '', meaning));
	return list;
}
