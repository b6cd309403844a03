// SPDX-License-Identifier: MIT
// What most files of tests need: a browser, and a stack to visit with it.

import { after, afterEach } from 'node:test';

import { closePeople, launch } from './browser.mjs';
import { Stack } from './stack.mjs';

/**
 * Both until the end of the file; after each of its tests everybody leaves.
 *
 * @param {Parameters<typeof Stack.start>} options
 */
export async function openSite(...options) {
	const browser = await launch();

	after(() => browser.close());
	afterEach(() => closePeople(browser));
	const stack = await Stack.start(...options);

	after(() => stack.stop());
	return { browser, stack };
}
