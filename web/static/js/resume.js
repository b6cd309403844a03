// SPDX-License-Identifier: MIT
// Where a client stands in a room: the number of the last message that it has seen in order, and
// the epoch that this number belongs to. Pure: it judges numbers, and others act on it.

/** @typedef {"next"|"seen"|"gap"} Judgement */

export class Resume {
	#epoch;
	#seq;
	/** What a welcome said that did not go on where we were; ours is kept until the first message. */
	#begun = { epoch: '', head: 0 };
	#isBeginning = false;
	#hasAsked = false;

	/**
	 * @param {string} [epoch] of what a page shows already
	 * @param {number} [seq] the last of it
	 */
	constructor(epoch = '', seq = 0) {
		this.#epoch = epoch;
		this.#seq = seq;
	}

	/** @returns {number} the last that was seen in order */
	get seq() {
		return this.#seq;
	}

	/** @returns {Record<string, string>} what to ask for when connecting */
	position() {
		this.#hasAsked = this.#epoch !== '';
		return this.#hasAsked ? { epoch: this.#epoch, after: String(this.#seq) } : {};
	}

	/** @param {{epoch?: unknown, seq?: unknown, recovered?: unknown}} welcome */
	welcome({ epoch, seq, recovered }) {
		this.#isBeginning = recovered !== true || !this.#hasAsked;
		this.#begun = { epoch: String(epoch ?? ''), head: Number(seq) || 0 };
		if (!this.#hasAsked)
			this.#settle(this.#begun.head);
	}

	/** The room has other numbers from here on. @param {{epoch?: unknown, seq?: unknown}} event */
	restart({ epoch, seq }) {
		this.#isBeginning = false;
		this.#begun = { epoch: String(epoch ?? ''), head: Number(seq) || 0 };
		this.#settle(this.#begun.head);
	}

	/** @param {number} seq @returns {Judgement} */
	judge(seq) {
		if (seq === this.#seq + 1 || (this.#isBeginning && !this.#isUntold(seq)))
			return 'next';
		return seq <= this.#seq ? 'seen' : 'gap';
	}

	/**
	 * A message counts as seen.
	 *
	 * @param {number} seq
	 * @returns {boolean} whether it does not go on where the ones before ended: the last messages follow from here
	 */
	take(seq) {
		const isNext = seq === this.#seq + 1 && this.#isSameEpoch();
		const isAnew = this.#isBeginning && this.#hasAsked && seq <= this.#begun.head && !isNext;

		if (this.#isBeginning)
			this.#settle(seq);
		this.#isBeginning = false;
		this.#seq = seq;
		return isAnew;
	}

	#isSameEpoch() {
		return this.#begun.epoch === this.#epoch;
	}

	/** A server that cannot read its history tells not even the last messages: they are to be asked for. */
	#isUntold(seq) {
		return this.#isSameEpoch() && this.#seq < this.#begun.head && this.#begun.head < seq;
	}

	#settle(seq) {
		this.#epoch = this.#begun.epoch;
		this.#seq = seq;
	}
}
