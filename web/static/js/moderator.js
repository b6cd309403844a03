// SPDX-License-Identifier: MIT
// What may be ordered about a person, as items of a menu; orders that want a reason or are hard to
// take back ask for it in a dialog.

import { askInDialog } from './form_dialog.js';
import { refusalSentence, sentences } from './sentences.js';

const REASON_MAX = 250;
const MINUTE = 60, HOUR = 60 * MINUTE, DAY = 24 * HOUR;
const PERIODS = [5 * MINUTE, 10 * MINUTE, HOUR, DAY, 7 * DAY, 30 * DAY];

/** What a dialog asks beside the reason, and the period that it suggests. */
const dialogs = {
	mute: { seconds: 10 * MINUTE },
	kick: {},
	ban: { seconds: DAY, hasBy: true },
};

/**
 * @typedef {{user: string, target?: number}} Person target: a message of theirs, for one whom the server may not know
 *   by name
 */

export class Moderator {
	#connection;
	#standing;
	#report;

	/**
	 * @param {import('./roomwire.js').Connection} connection
	 * @param {import('./standing.js').Standing} standing
	 * @param {(problem: string) => void} report shown to the reader
	 */
	constructor(connection, standing, report) {
		this.#connection = connection;
		this.#standing = standing;
		this.#report = report;
	}

	/** @param {Person} person @returns {import('./menu.js').MenuItem[]} what the reader may do to them */
	items(person) {
		const { user } = person;
		const may = (/** @type {string} */ action) => this.#standing.may(action) && this.#standing.isAbove(user);
		const items = [];

		if (user === '' || !this.#standing.isAbove(user))
			return [];
		if (may('mute') && this.#standing.isMuted(user))
			items.push({ label: sentences.unmute, act: () => this.#order({ action: 'unmute', ...nameOf(person) }) });
		else if (may('mute'))
			items.push({ label: sentences.mute, act: () => this.#ask('mute', person) });
		if (may('kick'))
			items.push({ label: sentences.kick, act: () => this.#ask('kick', person) });
		if (may('ban'))
			items.push({ label: sentences.ban, isDangerous: true, act: () => this.#ask('ban', person) });
		if (may('ban') && this.#standing.isBanned(user))
			items.push({ label: sentences.unban, act: () => this.#order({ action: 'unban', ...nameOf(person) }) });
		return [...items, ...this.#roleItems(person)];
	}

	/** @param {Person} person */
	#roleItems(person) {
		return this.#standing.rolesFor(person.user).map((role) => {
			const order = { action: 'role', role, ...nameOf(person) };

			return {
				label: sentences.makeRole[role],
				act: () => (role === 'owner' ? this.#askHandOver(person.user, order) : this.#order(order)),
			};
		});
	}

	#askHandOver(user, order) {
		askInDialog({
			title: sentences.orderTitle.role(user),
			text: sentences.handOverText(user),
			button: sentences.orderButton.role,
			isDangerous: true,
			submit: () => this.#connection.moderate(order),
		});
	}

	/** @param {"mute"|"kick"|"ban"} action @param {Person} person */
	#ask(action, person) {
		const { seconds, hasBy = false } = /** @type {{seconds?: number, hasBy?: boolean}} */ (dialogs[action]);

		askInDialog({
			title: sentences.orderTitle[action](person.user),
			fields: [
				...(seconds === undefined ? [] : [periodField(seconds)]),
				...(hasBy ? [byField()] : []),
				{ name: 'text', label: sentences.reason, value: '', maxLength: REASON_MAX },
			],
			button: sentences.orderButton[action],
			isDangerous: action === 'ban',
			submit: ({ seconds, by, text }) => this.#connection.moderate({
				action, ...nameOf(person), ...(seconds > 0 && { seconds: Number(seconds) }), ...(by && { by }), ...(text && { text }),
			}),
		});
	}

	async #order(order) {
		try {
			await this.#connection.moderate(order);
		} catch (error) {
			this.#report(refusalSentence(/** @type {any} */ (error)));
		}
	}
}

/**
 * The author of a message is who said it, whatever others are called by now; by the name only where the server does
 * not know that.
 * @param {Person} person
 */
function nameOf({ user, target }) {
	return target === undefined ? { user } : { user, target };
}

/** @returns {import('./form_dialog.js').Field} */
function periodField(seconds) {
	return {
		name: 'seconds',
		label: sentences.howLong,
		value: String(seconds),
		choices: [...PERIODS.map((period) => /** @type {[string, string]} */ ([String(period), sentences.duration(period)])),
			['0', sentences.forGood]],
	};
}

/** @returns {import('./form_dialog.js').Field} */
function byField() {
	return {
		name: 'by',
		label: sentences.banBy,
		value: 'user',
		choices: /** @type {[string, string][]} */ (Object.entries(sentences.banByChoices)),
	};
}
