// SPDX-License-Identifier: MIT
// What goes in the room: its topic and marks below its name, and a dialog for those who may change it.

import { getElement, makeElement } from './element.js';
import { askInDialog } from './form_dialog.js';
import { sentences } from './sentences.js';

const TOPIC_MAX = 250;
const PAUSES = [5, 10, 30, 60, 300, 900, 3600];

/** @typedef {import('./standing.js').Rules} Rules */

/**
 * The rules as fields: the order that changes each, and where its value is.
 *
 * @type {{action: string, of: keyof Rules, label: string, read: (value: any) => object}[]}
 */
const fields = [
	{ action: 'topic', of: 'topic', label: sentences.topic, read: (text) => ({ text }) },
	{ action: 'lock', of: 'isLocked', label: sentences.lockedRule, read: (on) => ({ on }) },
	{ action: 'slow', of: 'slowSeconds', label: sentences.slowRule, read: (value) => ({ seconds: Number(value) }) },
	{ action: 'members_only', of: 'membersOnly', label: sentences.membersOnlyRule, read: (on) => ({ on }) },
	{ action: 'hide', of: 'isHidden', label: sentences.hiddenRule, read: (on) => ({ on }) },
];

export class RoomRules {
	#connection;
	#standing;

	/**
	 * @param {import('./roomwire.js').Connection} connection
	 * @param {import('./standing.js').Standing} standing
	 */
	constructor(connection, standing) {
		this.#connection = connection;
		this.#standing = standing;
		getElement('settings-link').addEventListener('click', (event) => {
			event.preventDefault();
			this.#ask();
		});
	}

	/** The standing is another. */
	show() {
		const { topic } = this.#standing.rules;

		for (const id of ['room-topic', 'about-topic']) {
			getElement(id).textContent = topic;
			getElement(id).hidden = topic === '';
		}
		getElement('room-topic').title = topic;
		getElement('room-marks').replaceChildren(...this.#marks().map((mark) => makeElement('li', 'mark', mark)));
		getElement('settings-link').hidden = this.#fields().length === 0;
	}

	#marks() {
		const { isLocked, slowSeconds, membersOnly, isHidden } = this.#standing.rules;

		return [
			...(isLocked ? [sentences.marks.locked] : []),
			...(slowSeconds > 0 ? [sentences.marks.slow(sentences.duration(slowSeconds))] : []),
			...(membersOnly ? [sentences.marks.members_only] : []),
			...(isHidden ? [sentences.marks.hidden] : []),
		];
	}

	#fields() {
		return fields.filter(({ action }) => this.#standing.may(action));
	}

	#ask() {
		const before = { ...this.#standing.rules };
		const shown = this.#fields();

		askInDialog({
			title: sentences.settings,
			fields: shown.map(({ action, of, label }) => ({
				name: action,
				label,
				value: of === 'slowSeconds' ? String(before.slowSeconds) : before[of],
				...(of === 'slowSeconds' && { choices: pauseChoices(before.slowSeconds) }),
				...(of === 'topic' && { maxLength: TOPIC_MAX }),
			})),
			button: sentences.save,
			submit: async (values) => {
				for (const { action, of, read } of shown)
					if (String(values[action]) !== String(before[of])) {
						await this.#connection.moderate({ action, ...read(values[action]) });
						Object.assign(before, { [of]: values[action] }); // it is not ordered again when another is refused
					}
			},
		});
	}
}

/** @returns {[string, string][]} */
function pauseChoices(current) {
	const pauses = [...new Set([...PAUSES, current])].filter((seconds) => seconds > 0).sort((a, b) => a - b);

	return [['0', sentences.noPause], ...pauses.map((seconds) => /** @type {[string, string]} */ ([String(seconds), sentences.duration(seconds)]))];
}
