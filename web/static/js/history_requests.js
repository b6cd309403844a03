// SPDX-License-Identifier: MIT
// Questions for older or newer messages, and their answers. Knows no socket. One is under way at a
// time, since an answer does not say what it answers.

/**
 * @typedef {{before?: number, after?: number, limit?: number}} Range
 *   the last `limit` messages before a number, or the first after it
 * @typedef {{messages: {seq: number, user: string, message: string, time: string}[], more: boolean}} HistoryPage
 *   ascending; more: in the direction of the question
 */

export class HistoryRequests {
	/** @type {{range: Range, resolve: (page: HistoryPage) => void, reject: (error: Error) => void}[]} */
	#waiting = [];
	#isUnderWay = false;

	/** @param {Range} range @returns {Promise<HistoryPage>} */
	ask(range) {
		return new Promise((resolve, reject) => this.#waiting.push({ range, resolve, reject }));
	}

	/** @returns {Range | undefined} what to ask now; from then on it is under way */
	next() {
		if (this.#isUnderWay || this.#waiting.length === 0)
			return undefined;
		this.#isUnderWay = true;
		return this.#waiting[0].range;
	}

	/** @param {{messages?: unknown, more?: unknown}} event */
	accept({ messages, more }) {
		this.#take()?.resolve({ messages: Array.isArray(messages) ? messages : [], more: more === true });
	}

	/** @param {Error} error of the one under way @returns {boolean} whether there was one */
	refuse(error) {
		const request = this.#take();

		request?.reject(error);
		return request !== undefined;
	}

	/** @param {Error} error */
	refuseAll(error) {
		const waiting = this.#waiting;

		this.#waiting = [];
		this.#isUnderWay = false;
		for (const { reject } of waiting)
			reject(error);
	}

	#take() {
		if (!this.#isUnderWay)
			return undefined;
		this.#isUnderWay = false;
		return this.#waiting.shift();
	}
}
