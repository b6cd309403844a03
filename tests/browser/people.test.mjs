// SPDX-License-Identifier: MIT
// The list of people and its menus under somebody's hands, without a server.

import assert from 'node:assert/strict';
import { after, afterEach, test } from 'node:test';

import { closePeople, launch, openBarePage } from './browser.mjs';

const browser = await launch();

after(() => browser.close());
afterEach(() => closePeople(browser));

/** A list of three who can be made moderators. */
async function openPeople() {
	const page = await openBarePage(browser, `<span id="people-count"></span><span id="people-button-count"></span>
		<ul id="people-list"></ul><p id="people-more"></p>`);

	await page.evaluate(async () => {
		const { People } = await import('/source/people.js');
		const { Standing } = await import('/source/standing.js');

		globalThis.standing = new Standing(() => globalThis.people?.draw());
		globalThis.appointed = [];
		globalThis.people = new People(standing, {
			items: ({ user }) => ['Appoint', 'Mute'].map((label) => ({ label, act: () => appointed.push(user) })),
		});
		globalThis.drawn = () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
		people.reset('me', ['ann', 'bob', 'cy'], 3);
		await drawn();
	});
	return page;
}

const buttonOf = (page, name) => page.getByRole('button', { name: `Actions for ${name}` });
const focused = (page) => page.evaluate(() => document.activeElement.getAttribute('aria-label'));
const drawn = (page) => page.evaluate(() => drawn());

test('a menu that is left gives the focus back to its button', async () => {
	const page = await openPeople();

	for (const keys of [['Escape'], ['Enter'], ['ArrowDown', 'Enter']]) {
		await buttonOf(page, 'bob').focus();
		await page.keyboard.press('ArrowDown');
		await page.getByRole('menu').waitFor();
		for (const key of keys)
			await page.keyboard.press(key);
		await drawn(page);
		assert.equal(await focused(page), 'Actions for bob', keys.join());
	}
	assert.deepEqual(await page.evaluate(() => appointed), ['bob', 'bob']);
	page.assertQuiet();
});

test('who goes through the list by keys stays where they are while others come, go and change', async () => {
	const page = await openPeople();

	await buttonOf(page, 'bob').focus();
	await page.evaluate(() => people.change(['aaron', 'zoe'], ['ann']));
	await drawn(page);
	assert.equal(await focused(page), 'Actions for bob');
	await page.evaluate(() => standing.takeNames(['bob', 'zoe'], { roles: { bob: 'moderator', zoe: 'owner' } }));
	await drawn(page);
	assert.equal(await focused(page), 'Actions for bob');
	assert.deepEqual((await page.locator('.person').allTextContents()).map((text) => text.replace(/^\w/, '')),
		['zoe owner ⋯', 'bob moderator ⋯', 'aaron ⋯', 'cy ⋯']);
	page.assertQuiet();
});

test('the button of a menu opens and closes it', async () => {
	const page = await openPeople();

	for (const count of [1, 0, 1]) {
		await buttonOf(page, 'ann').click();
		assert.equal(await page.getByRole('menu').count(), count);
	}
	await buttonOf(page, 'ann').click();
	assert.equal(await focused(page), 'Actions for ann');
	page.assertQuiet();
});
