// SPDX-License-Identifier: MIT
// Of the pages that are read from top to bottom: times as their reader has them. The server writes its
// own, in figures that every language reads.

import { dayAndTime, exactTime, parseTime } from './format.js';
import './fresh.js';

for (const time of document.querySelectorAll('time')) {
	const date = parseTime(time.dateTime);

	time.textContent = dayAndTime(date);
	time.title = exactTime(date);
}
