// SPDX-License-Identifier: MIT
// The index works without this script; with it an Enter that an input method takes opens no room,
// and an empty name is told at once.

import { isComposing } from './composer.js';
import { getElement } from './element.js';
import { sentences } from './sentences.js';

const input = /** @type {HTMLInputElement} */ (getElement('room-name-input'));

input.addEventListener('keydown', (event) => {
	if (event.key === 'Enter' && isComposing(event))
		event.preventDefault();
});
input.addEventListener('input', () => input.setCustomValidity(''));
getElement('room-name-submit').addEventListener('click', () => {
	input.setCustomValidity(input.value.trim() === '' ? sentences.roomNameMissing : '');
});
