// SPDX-License-Identifier: MIT
// Who was in a room when the last poll was answered: what the next welcome says then means that
// somebody has come or gone.

const textsOf = (list) => (Array.isArray(list) ? list.filter((name) => typeof name === 'string') : []);

export class PollPeople {
	/** @type {Set<string>} */
	#names = new Set();
	/** @type {Set<string>} */
	#away = new Set();
	#isWhole = false;

	/** @returns {Record<string, any> | undefined} the event, or what a welcome means between two polls */
	explain(event) {
		if (event?.type !== 'welcome')
			return event;
		const members = textsOf(event.members);
		const count = Number(event.members_total) || members.length;

		if (!this.#isWhole || members.length < count)
			return { type: 'count', count };
		const joined = members.filter((name) => !this.#names.has(name));
		const left = [...this.#names].filter((name) => !members.includes(name));
		const away = textsOf(event.away);
		const back = [...this.#away].filter((name) => !away.includes(name));
		const isOther = joined.length + left.length + back.length > 0 || away.some((name) => !this.#away.has(name));

		return isOther ? {
			type: 'presence', joined, left, ...(back.length > 0 && { back }), ...(away.length > 0 && { away }), count,
		} : undefined;
	}

	take(event) {
		if (event?.type === 'welcome') {
			this.#names = new Set(textsOf(event.members));
			this.#away = new Set(textsOf(event.away));
			this.#isWhole = this.#names.size >= event.members_total;
		} else if (event?.type === 'presence') {
			textsOf(event.joined).forEach((name) => this.#names.add(name));
			textsOf(event.left).forEach((name) => this.#names.delete(name));
			[event.joined, event.left, event.back].flatMap(textsOf).forEach((name) => this.#away.delete(name));
			textsOf(event.away).forEach((name) => this.#away.add(name));
		}
	}
}
