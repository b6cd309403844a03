// SPDX-License-Identifier: MIT
// Every page as axe-core judges it: in light and dark, on a wide screen and on a narrow one.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import axe from 'axe-core';

import { enterRoom, newPerson, say, waitForMessage } from './browser.mjs';
import { openSite } from './site.mjs';

const { browser, stack } = await openSite();
const looks = [
	{ colorScheme: 'light' },
	{ colorScheme: 'dark' },
	{ colorScheme: 'light', viewport: { width: 360, height: 640 } },
	{ colorScheme: 'dark', viewport: { width: 360, height: 640 } },
];

/** Each brings a person to a page, from wherever they are. @type {Record<string, (page: any) => Promise<any>>} */
const pages = {
	index: (page) => page.goto(stack.url),
	'a room': async (page) => {
		await enterRoom(page, stack, 'accessible');
		await say(page, 'heard by everybody');
		await waitForMessage(page, 'heard by everybody');
		await page.locator('[data-delivery="sent"]').waitFor();
	},
	search: (page) => page.goto(`${stack.roomUrl('accessible')}search?q=heard`),
	'a search that finds nothing': (page) => page.goto(`${stack.roomUrl('accessible')}search?q=nobody`),
	name: (page) => page.goto(`${stack.url}name`),
	'no such page': (page) => page.goto(`${stack.origin}/nowhere`),
};

/** What axe has against a page, and where. */
function findViolations(page) {
	return page.evaluate(async () => {
		const { violations } = await axe.run();

		return violations.map(({ id, nodes }) => [id, ...nodes.map(({ html, any }) => `${html} ${any[0]?.message ?? ''}`)]);
	});
}

for (const look of looks) {
	test(`nothing is wrong with any page: ${look.colorScheme}, ${look.viewport?.width ?? 'wide'}`, async () => {
		const person = await newPerson(browser, look);

		for (const [name, visit] of Object.entries(pages)) {
			await visit(person);
			await person.evaluate(axe.source);
			assert.deepEqual(await findViolations(person), [], name);
		}
	});
}
