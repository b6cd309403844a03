// SPDX-License-Identifier: MIT
// Tells somebody who looks elsewhere that a message has come: by a notification of the desktop, and a
// sound if they like. Nothing is asked of the browser before they have chosen so in the menu of the bell,
// and nothing is told before that. The choice is this browser's; a room may be left out of it.

import { makeElement } from './element.js';
import { sentences } from './sentences.js';
import { playTone } from './tone.js';

const STORE = 'roomwire.notify';
const ROOMS_MAX = 200; // left out; the oldest are forgotten
const TEXT_MAX = 200; // characters; desktops show no more
const WHENS = ['never', 'mentions', 'always'];

/** @typedef {{when: string, hasSound: boolean, quietRooms: string[]}} Choice */

export class Notifier {
	#room;
	/** @type {Choice} */
	#choice = readChoice();

	/** @param {string} room */
	constructor(room) {
		this.#room = room;
		addEventListener('storage', ({ key }) => {
			if (key === STORE)
				this.#choice = readChoice();
		});
	}

	get when() {
		return this.#choice.when;
	}

	get hasSound() {
		return this.#choice.hasSound;
	}

	get isQuietHere() {
		return this.#choice.quietRooms.includes(this.#room);
	}

	/**
	 * Call it from a click: the browser asks its user then.
	 *
	 * @param {string} when "never", "mentions" or "always"
	 * @returns {Promise<boolean>} whether the browser shows notifications
	 */
	async setWhen(when) {
		this.#save({ ...this.#choice, when });
		if (when === 'never')
			return true;
		return typeof Notification !== 'undefined' && await Notification.requestPermission() === 'granted';
	}

	/** @param {boolean} hasSound */
	setSound(hasSound) {
		this.#save({ ...this.#choice, hasSound });
		if (hasSound)
			playTone();
	}

	/** @param {boolean} isQuiet */
	setQuietHere(isQuiet) {
		const others = this.#choice.quietRooms.filter((room) => room !== this.#room);

		this.#save({ ...this.#choice, quietRooms: isQuiet ? [...others, this.#room].slice(-ROOMS_MAX) : others });
	}

	/**
	 * A message of somebody else has come.
	 *
	 * @param {string} text as it is said: "ann: hello"
	 * @param {boolean} isMention
	 */
	note(text, isMention) {
		const isWanted = this.when === 'always' || (this.when === 'mentions' && isMention);

		if (!document.hidden || this.isQuietHere || !isWanted)
			return;
		if (this.hasSound)
			playTone();
		showNotification(this.#room, text);
	}

	#save(choice) {
		this.#choice = choice;
		try {
			localStorage.setItem(STORE, JSON.stringify(choice));
		} catch {
			// storage is forbidden: it holds as long as the page
		}
	}
}

/** @returns {Choice} */
function readChoice() {
	let stored = null;

	try {
		stored = JSON.parse(localStorage.getItem(STORE) ?? 'null');
	} catch {
		// storage is forbidden, or something else stands there
	}
	return {
		when: WHENS.includes(stored?.when) ? stored.when : 'never',
		hasSound: stored?.hasSound === true,
		quietRooms: Array.isArray(stored?.quietRooms) ? stored.quietRooms.slice(-ROOMS_MAX) : [],
	};
}

/** One for a room: the next takes its place. */
function showNotification(room, text) {
	if (typeof Notification === 'undefined' || Notification.permission !== 'granted')
		return;
	try {
		const notification = new Notification(room, {
			body: [...text].slice(0, TEXT_MAX).join(''), tag: `roomwire ${room}`, icon: '/static/icons/favicon.svg',
		});

		notification.onclick = () => {
			window.focus();
			notification.close();
		};
	} catch {
		// some phones show those of a service worker only
	}
}

/**
 * The bell, and what is chosen in its menu.
 *
 * @param {Notifier} notifier
 * @param {HTMLElement} menu the <details> with an empty .menu-body
 */
export function startBell(notifier, menu) {
	const { talk } = sentences;
	const problem = makeElement('p', 'problem');
	const choices = makeElement('fieldset', 'choices', makeElement('legend', '', talk.notify));
	const sound = makeBox('checkbox', talk.sound);
	const quiet = makeBox('checkbox', talk.quietHere);
	const show = () => {
		menu.classList.toggle('bell-off', notifier.when === 'never' || notifier.isQuietHere);
		for (const radio of choices.querySelectorAll('input'))
			radio.checked = radio.value === notifier.when;
		sound.input.checked = notifier.hasSound;
		quiet.input.checked = notifier.isQuietHere;
	};

	for (const when of WHENS) {
		const { input, label } = makeBox('radio', talk.notifyWhen[when]);

		input.name = 'notify';
		input.value = when;
		input.addEventListener('change', async () => {
			problem.textContent = await notifier.setWhen(when) ? '' : talk.notifyForbidden;
			show();
		});
		choices.append(label);
	}
	problem.setAttribute('role', 'alert');
	sound.input.addEventListener('change', () => notifier.setSound(sound.input.checked));
	quiet.input.addEventListener('change', () => {
		notifier.setQuietHere(quiet.input.checked);
		show();
	});
	menu.querySelector('.menu-body')?.prepend(makeElement('div', 'menu-part', choices, problem, sound.label, quiet.label));
	menu.addEventListener('toggle', show);
	show();
}

function makeBox(type, text) {
	const input = /** @type {HTMLInputElement} */ (makeElement('input', ''));

	input.type = type;
	return { input, label: makeElement('label', 'choice', input, makeElement('span', '', text)) };
}
