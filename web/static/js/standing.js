// SPDX-License-Identifier: MIT
// What the reader and the others are in the room, and its rules, as the server has told them. Knows
// no page; the server judges everything again.

import { textOf, textsOf } from './format.js';

const ROLES = ['guest', 'user', 'member', 'moderator', 'owner', 'superuser']; // each may what those before it may
const TIMER_MAX_MS = 2 ** 31 - 1;

/**
 * @typedef {object} Rules
 * @property {string} topic
 * @property {boolean} membersOnly
 * @property {boolean} isLocked
 * @property {boolean} isHidden
 * @property {number} slowSeconds 0: it is not slow
 */

/** @param {any} rules as the protocol has them, or nothing @returns {Rules} */
export function readRules(rules) {
	return {
		topic: textOf(rules?.topic),
		membersOnly: rules?.members_only === true,
		isLocked: rules?.locked === true,
		isHidden: rules?.hidden === true,
		slowSeconds: Number(rules?.slow_seconds) || 0,
	};
}

export class Standing {
	#role = 'guest';
	/** @type {Set<string>} */
	#can = new Set();
	/** @type {Map<string, string>} of those who are more than users */
	#roles = new Map();
	/** @type {Map<string, number>} the timer that ends it; 0: it does not end by itself */
	#muted = new Map();
	/** Those of whom this page has heard; likewise. @type {Map<string, number>} */
	#banned = new Map();
	#change;
	rules = readRules(undefined);
	/** Wall clock; Infinity; 0: not muted. */
	mutedUntil = 0;
	/** The reader's own name. */
	name = '';

	/** @param {() => void} change called when anything of it is another */
	constructor(change) {
		this.#change = change;
	}

	/** @param {any} welcome */
	welcome({ user, rules, you, roles, muted }) {
		this.name = textOf(user);
		this.#roles.clear();
		this.#muted.forEach(clearTimeout);
		this.#muted.clear();
		this.rules = readRules(rules);
		this.takeYou(you ?? {});
		this.#mark(roles, muted);
	}

	/** @param {any} rules */
	takeRules(rules) {
		this.rules = readRules(rules);
		this.#change();
	}

	/** @param {any} you */
	takeYou({ role, can, muted_until: mutedUntil }) {
		this.#role = ROLES.includes(role) ? role : 'guest';
		this.#can = new Set(textsOf(can));
		this.mutedUntil = readEnd(mutedUntil);
		this.#change();
	}

	/**
	 * Others have these names now, or nobody has.
	 *
	 * @param {string[]} names
	 * @param {any} marks of theirs: whoever is in neither has no role and is not muted
	 */
	takeNames(names, { roles, muted }) {
		for (const name of names) {
			this.#roles.delete(name);
			release(this.#muted, name);
		}
		this.#mark(roles, muted);
	}

	#mark(roles, muted) {
		for (const [name, role] of Object.entries(roles ?? {}))
			this.#roles.set(name, textOf(role));
		for (const name of textsOf(muted))
			this.#hold(this.#muted, name, 0);
		this.#change();
	}

	/** Somebody has done something. @param {any} deed a frame `moderation` */
	takeDeed({ action, user, seconds, role }) {
		if (action === 'mute')
			this.#hold(this.#muted, user, Number(seconds) || 0);
		else if (action === 'unmute')
			release(this.#muted, user);
		else if (action === 'ban')
			this.#hold(this.#banned, user, Number(seconds) || 0);
		else if (action === 'unban')
			release(this.#banned, user);
		else if (action === 'role')
			this.#roles.set(user, textOf(role));
		this.#change();
	}

	/** @param {string} action */
	may(action) {
		return this.#can.has(action);
	}

	/** Whether the pause of a slow room is not for the reader. */
	get mayHurry() {
		return this.may('hurry') || rankOf(this.#role) >= rankOf('moderator');
	}

	/** Whether the reader's role is above somebody's. @param {string} name */
	isAbove(name) {
		return name !== this.name && rankOf(this.#role) > rankOf(this.roleOf(name));
	}

	/** @param {string} name @returns {string} "user" for whoever has none, with an account or without */
	roleOf(name) {
		const role = name === this.name ? this.#role : this.#roles.get(name);

		return role !== undefined && rankOf(role) >= rankOf('member') ? role : 'user';
	}

	/** For lists: the highest first. @param {string} name */
	rankOf(name) {
		return rankOf(this.roleOf(name));
	}

	/** @param {string} name */
	isMuted(name) {
		return name === this.name ? this.mutedUntil > Date.now() : this.#muted.has(name);
	}

	/** Whether somebody was banned from the room, as far as this page has heard. @param {string} name */
	isBanned(name) {
		return this.#banned.has(name);
	}

	/**
	 * What somebody can be made of.
	 *
	 * @param {string} name
	 * @returns {string[]}
	 */
	rolesFor(name) {
		const from = this.roleOf(name);

		return ['user', 'member', 'moderator', 'owner'].filter((to) => to !== from && this.may(actionOfRoles(from, to)));
	}

	/** @param {Map<string, any>} held @param {string} name @param {number} seconds 0: for good */
	#hold(held, name, seconds) {
		release(held, name);
		held.set(name, seconds === 0 ? 0 : setTimeout(() => {
			held.delete(name);
			this.#change();
		}, Math.min(seconds * 1000, TIMER_MAX_MS)));
	}
}

function release(held, name) {
	clearTimeout(held.get(name));
	held.delete(name);
}

/** As common/moderation.c: the higher of both counts. */
function actionOfRoles(from, to) {
	const higher = Math.max(rankOf(from), rankOf(to));

	if (higher >= rankOf('owner'))
		return 'hand_over';
	return higher === rankOf('moderator') ? 'appoint' : 'admit';
}

function rankOf(role) {
	return ROLES.indexOf(role);
}

/** null is for good. */
function readEnd(value) {
	const time = value === null ? Infinity : Date.parse(textOf(value));

	return Number.isNaN(time) ? 0 : time;
}
