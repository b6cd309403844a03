// SPDX-License-Identifier: MIT
// Phones, reading back, and what the eyes need.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { enterRoom, newPerson, say, scrollTo, waitForEnd, waitForMessage } from './browser.mjs';
import { openSite } from './site.mjs';

const phone = { viewport: { width: 360, height: 640 }, hasTouch: true, isMobile: true };
const { browser, stack } = await openSite();

function sidewaysScroll(page) {
	return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}

test('nothing scrolls sideways on a phone, and the input is in view', async () => {
	const page = await newPerson(browser, phone);

	await page.goto(stack.url);
	assert.equal(await sidewaysScroll(page), 0);
	await enterRoom(page, stack, 'a-very-long-room-name-without-any-space-in-it-at-all-0123456789');
	await say(page, 'w'.repeat(500));
	await waitForMessage(page, 'w'.repeat(500));
	assert.equal(await sidewaysScroll(page), 0);
	assert.equal(await page.locator('#log').evaluate((log) => log.scrollWidth - log.clientWidth), 0);
	const box = await page.locator('#chat-message-submit').boundingBox();

	assert.ok(box.y + box.height <= 640 && box.x + box.width <= 360);
	page.assertQuiet();
});

test('the people are behind a button on a phone', async () => {
	const page = await newPerson(browser, phone);

	await enterRoom(page, stack, 'people');
	assert.equal(await page.locator('#people').isVisible(), false);
	await page.getByRole('button', { name: 'People here: 1' }).click();
	assert.equal(await page.locator('.person').count(), 1);
	assert.equal(await page.locator('#people').isVisible(), true);
	await page.keyboard.press('Escape');
	assert.equal(await page.locator('#people').isVisible(), false);
	assert.equal(await page.evaluate(() => document.activeElement.id), 'people-button');
});

test('who reads back is not scrolled away, and told of what is new', async () => {
	const [ann, bob] = await Promise.all([newPerson(browser, phone), newPerson(browser)]);

	await Promise.all([enterRoom(ann, stack, 'back'), enterRoom(bob, stack, 'back')]);
	for (let i = 0; i < 40; i++)
		await say(bob, `line ${i}`);
	await waitForMessage(ann, 'line 39');
	await scrollTo(ann, 0);
	await say(bob, 'news');
	await ann.getByRole('button', { name: '1 new message' }).waitFor();
	assert.equal(await ann.locator('#log').evaluate((log) => log.scrollTop), 0);
	await ann.locator('#new-messages').click();
	await ann.locator('#new-messages').waitFor({ state: 'hidden' });
	await waitForEnd(ann);
});

test('light and dark have enough contrast', async () => {
	for (const colorScheme of ['light', 'dark']) {
		const page = await newPerson(browser, { colorScheme });

		await enterRoom(page, stack, 'colours');
		const pairs = await page.evaluate(() => {
			const probe = document.body.appendChild(document.createElement('p'));
			const colourOf = (name) => {
				probe.style.color = `var(--${name})`;
				return getComputedStyle(probe).color;
			};
			const grounds = ['ground', 'surface', 'hover'];
			const names = [
				...grounds.flatMap((ground) => [['ink', ground], ['ink-quiet', ground], ['danger', ground]]),
				['ink', 'surface-own'],
				['ink-quiet', 'surface-own'],
				['accent-strong', 'surface'],
				['accent-strong', 'surface-own'],
				['on-accent', 'accent'],
				['accent', 'ground'],
				['warning-ink', 'warning-ground'],
				...Array.from({ length: 10 }, (_, i) => ['on-avatar', `avatar-${i}`]),
			];

			return names.map((pair) => ({ pair, colours: pair.map(colourOf) }));
		});

		for (const { pair, colours } of pairs)
			assert.ok(contrast(...colours) >= 4.5, `${colorScheme}, ${pair.join(' on ')}: ${contrast(...colours)}`);
	}
});

/** WCAG 2: of two colours, rgb(r, g, b). */
function contrast(...colours) {
	const [dark, light] = colours.map(luminance).sort((a, b) => a - b);

	return (light + 0.05) / (dark + 0.05);
}

function luminance(colour) {
	const [red, green, blue] = colour.match(/\d+/g).map((part) => {
		const value = Number(part) / 255;

		return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
	});

	return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
