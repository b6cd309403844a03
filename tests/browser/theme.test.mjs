// SPDX-License-Identifier: MIT
// Light or dark, as the system has it or as the reader has chosen: with and without scripts, on every page.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import axe from 'axe-core';

import { enterRoom, newPerson } from './browser.mjs';
import { openSite } from './site.mjs';

const { browser, stack } = await openSite();
const LIGHT = 'rgb(245, 244, 240)';
const DARK = 'rgb(20, 24, 27)';
const groundOf = (page) => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
const fieldOf = (page, id) => page.locator(id).evaluate((field) => getComputedStyle(field).colorScheme);

async function choose(page, name) {
	await page.getByRole('link', { name, exact: true }).click();
	await page.locator(`[aria-current="true"]`).getByText(name, { exact: true }).waitFor({ state: 'attached' });
}

test('a page is as the system is, until its reader chooses, and again when they choose that', async () => {
	const page = await newPerson(browser, { colorScheme: 'dark' });

	await page.goto(stack.url);
	assert.equal(await groundOf(page), DARK);
	await page.emulateMedia({ colorScheme: 'light' });
	assert.equal(await groundOf(page), LIGHT);
	await choose(page, 'Dark');
	assert.deepEqual([page.url(), await groundOf(page), await fieldOf(page, '#room-name-input')], [stack.url, DARK, 'dark']);
	await choose(page, 'Light');
	await page.emulateMedia({ colorScheme: 'dark' });
	assert.deepEqual([await groundOf(page), await fieldOf(page, '#room-name-input')], [LIGHT, 'light']);
	await page.goto(`${stack.origin}/nowhere`);
	assert.equal(await groundOf(page), LIGHT);
	await choose(page, 'System');
	assert.equal(await groundOf(page), DARK);
	assert.deepEqual((await page.context().cookies()).filter(({ name }) => name.endsWith('theme')), []);
	page.assertQuiet();
});

test('in a room it is chosen with the keyboard alone, and what is being written is kept', async () => {
	const page = await newPerson(browser, { colorScheme: 'light', reducedMotion: 'reduce', viewport: { width: 360, height: 640 } });

	await enterRoom(page, stack, 'shaded');
	await page.locator('#chat-message-input').fill('half a');
	await page.locator('#name-menu summary').focus();
	await page.keyboard.press('Enter');
	while (await page.evaluate(() => document.activeElement.textContent) !== 'Dark')
		await page.keyboard.press('Tab');
	await page.keyboard.press('Enter');
	await page.locator('html[data-theme="dark"]').waitFor();
	await page.waitForSelector('#connection[data-state="connected"]');
	assert.deepEqual([page.url(), await groundOf(page)], [stack.roomUrl('shaded'), DARK]);
	assert.equal(await page.locator('#chat-message-input').inputValue(), 'half a');
	await page.locator('#name-menu summary').click();
	await page.evaluate(axe.source);
	assert.deepEqual(await page.evaluate(async () => (await axe.run()).violations.map(({ id }) => id)), []);
	page.assertQuiet();
});

test('so it is without scripts, in Chinese', async () => {
	const page = await newPerson(browser, { colorScheme: 'light', locale: 'zh-CN', javaScriptEnabled: false });

	await page.goto(stack.roomUrl('shaded'));
	await page.locator('#name-menu summary').click();
	await choose(page, '深色');
	assert.deepEqual([page.url(), await groundOf(page)], [stack.roomUrl('shaded'), DARK]);
});
