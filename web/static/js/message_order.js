// SPDX-License-Identifier: MIT
// Tells what is numbered, messages and their changes, in order and each once: drops what was seen,
// and fetches what is missing before it tells what comes behind. Knows no socket; it is given what to
// ask with and whom to tell.

const PAGE_LIMIT = 500; // the most that is answered at once
const HELD_MAX = 1_000; // messages that wait until a gap is filled; more come again by coming back

export class MessageOrder {
	#resume;
	#ask;
	#tell;
	#giveUp;
	/** Behind a gap that is being filled. @type {any[] | null} */
	#held = null;
	#hasHistory = true;

	/**
	 * @param {import('./resume.js').Resume} resume
	 * @param {object} outside
	 * @param {(range: object) => Promise<import('./questions.js').HistoryPage>} outside.ask
	 * @param {(type: "message"|"edit"|"delete"|"reset", detail: object) => void} outside.tell
	 * @param {() => void} outside.giveUp a gap cannot be filled now: the next connection begins at it
	 */
	constructor(resume, { ask, tell, giveUp }) {
		this.#resume = resume;
		this.#ask = ask;
		this.#tell = tell;
		this.#giveUp = giveUp;
	}

	/** A connection begins or ends: what was held comes again. */
	clear() {
		this.#held = null;
		this.#hasHistory = true;
	}

	/** @param {any} message */
	receive(message) {
		if (this.#held !== null)
			this.#hold(this.#held, message);
		else if (this.#judge(message) === 'gap' && this.#hasHistory)
			this.#fill(message);
		else if (this.#judge(message) !== 'seen')
			this.#pass(message);
	}

	/** One without a number stands for itself. */
	#judge({ seq }) {
		return Number.isInteger(seq) ? this.#resume.judge(seq) : 'next';
	}

	#pass(message) {
		if (Number.isInteger(message.seq) && this.#resume.take(message.seq))
			this.#tell('reset', {});
		this.#tell(message.type, message);
	}

	#hold(held, message) {
		held.push(message);
		if (held.length > HELD_MAX)
			this.#giveUp();
	}

	async #fill(message) {
		const held = (this.#held = [message]);

		try {
			await this.#passUntil(message.seq, held);
		} catch (error) {
			this.#hasHistory = error.code !== 'no_history';
			if (this.#held === held && this.#hasHistory)
				this.#giveUp();
		}
		if (this.#held !== held)
			return; // the connection is another one
		this.#held = null;
		if (this.#judge(message) !== 'seen')
			this.#pass(message); // what is missing before it is kept no more
		for (const later of held.slice(1))
			this.receive(later);
	}

	async #passUntil(end, held) {
		for (let hasMore = true; hasMore && this.#held === held && this.#resume.seq + 1 < end; ) {
			const { messages, more } = await this.#ask({ after: this.#resume.seq, limit: PAGE_LIMIT });

			hasMore = more && messages.length > 0;
			for (const message of messages)
				if (this.#held === held && this.#judge(message) !== 'seen')
					this.#pass({ type: 'message', ...message });
		}
	}
}
