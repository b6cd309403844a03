// SPDX-License-Identifier: MIT

import { dayAndTime, exactTime, parseTime } from './format.js';

/**
 * Shows times as their reader has them. The server writes its own, in figures that every language reads.
 *
 * @param {ParentNode} root
 */
export function showTimes(root) {
	for (const time of root.querySelectorAll('time')) {
		const date = parseTime(time.dateTime);

		time.textContent = dayAndTime(date);
		time.title = exactTime(date);
	}
}
