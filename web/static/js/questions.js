// SPDX-License-Identifier: MIT
// Questions that are answered with a list, and their answers. Knows no socket. One is under way at a
// time: the server takes no second one, and an answer does not say what it answers.

/**
 * @typedef {{before?: number, after?: number, limit?: number}} Range
 *   the last `limit` messages before a number, or the first after it
 * @typedef {{messages: {seq: number, user: string, message: string, time: string}[], more: boolean}} HistoryPage
 *   ascending; more: in the direction of the question
 */

export class Questions {
	/** @type {{question: object, resolve: (answer: any) => void, reject: (error: Error) => void}[]} */
	#waiting = [];
	#isUnderWay = false;

	/** @param {object} question as it is sent @returns {Promise<any>} the answer as it came */
	ask(question) {
		return new Promise((resolve, reject) => this.#waiting.push({ question, resolve, reject }));
	}

	/** @returns {object | undefined} what to ask now; from then on it is under way */
	next() {
		if (this.#isUnderWay || this.#waiting.length === 0)
			return undefined;
		this.#isUnderWay = true;
		return this.#waiting[0].question;
	}

	/** @param {object} answer to the one under way */
	accept(answer) {
		this.#take()?.resolve(answer);
	}

	/** @param {Error} error of the one under way @returns {boolean} whether there was one */
	refuse(error) {
		const asked = this.#take();

		asked?.reject(error);
		return asked !== undefined;
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
