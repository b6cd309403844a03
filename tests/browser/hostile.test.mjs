// SPDX-License-Identifier: MIT
// Whatever somebody writes, calls themselves or names a room stays text: no dialog, no violation of
// the policy, no new element.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';

import { enterRoom, newPerson, say, waitForMessage } from './browser.mjs';
import { openSite } from './site.mjs';
import { waitFor } from './stack.mjs';

const texts = [
	'<img src=x onerror=alert(1)>',
	'<script>alert(1)</script>',
	'</script><script>alert(1)</script>',
	'</textarea><svg onload=alert(1)>',
	'"><iframe srcdoc="<script>alert(1)</script>">',
	"' onmouseover='alert(1)",
	'<a href="javascript:alert(1)">x</a>',
	'{{7*7}} ${7*7} %n%s%s',
	'<!--',
	'&lt;b&gt;&amp;&#x3c;',
	'\u202egnp.exe',
	'__proto__',
];
// Names have no slash and no format characters, and are shorter.
const names = [
	'<img src=x onerror=alert(1)>', '"><svg onload=alert(1)>', "' onfocus='alert(1)", '{{7*7}}', '<!--', '__proto__',
];

const { browser, stack } = await openSite();

/** How many elements there are that nothing but markup from outside could have made. */
function countForeign(page) {
	const inList = '#chat-log :is(img, script, iframe, a:not(.message-link, .message-more), b, svg)';

	return page.locator(`${inList}, body > script:not([type="application/json"]), [onload], [onerror], [onfocus]`).count();
}

test('messages stay text', async () => {
	const [ann, bob] = await Promise.all([newPerson(browser), newPerson(browser)]);

	await Promise.all([enterRoom(ann, stack, 'hostile'), enterRoom(bob, stack, 'hostile')]);
	for (const text of texts) {
		await say(ann, text);
		await waitForMessage(bob, text);
	}
	for (const page of [ann, bob]) {
		assert.deepEqual(await page.locator('#chat-log .message-text').allTextContents(), texts);
		assert.equal(await countForeign(page), 0);
		page.assertQuiet();
	}
});

test('rooms stay text, on their page and on the index', async () => {
	const reader = await newPerson(browser);

	for (const room of names) {
		const page = await newPerson(browser);

		await enterRoom(page, stack, room);
		assert.equal(await page.locator('h1').textContent(), room);
		assert.equal(JSON.parse(await page.locator('#room-name').textContent()), room);
		await page.locator('#chat-log').getByText(`Welcome to the ${room} discussion group.`).waitFor();
		assert.equal(await countForeign(page), 0);
		page.assertQuiet();
	}
	await waitFor(async () => {
		await reader.goto(stack.url);
		return isDeepStrictEqual((await reader.locator('.room-link-name').allTextContents()).sort(), [...names].sort());
	}, 'the index lists the rooms by their names'); // not at once: its list may be a second old
	assert.equal(await reader.locator('.room-list :is(img, svg, script, iframe)').count(), 0);
	reader.assertQuiet();
});

test('display names stay text', async () => {
	const [ann, bob] = await Promise.all([newPerson(browser), newPerson(browser)]);

	await enterRoom(bob, stack, 'names');
	for (const name of names) {
		await enterRoom(ann, stack, 'names');
		await ann.locator('#name-menu summary').click();
		await ann.locator('#name-input').fill(name);
		await ann.locator('#name-input').press('Enter');
		await ann.waitForSelector('#connection[data-state="connected"]');
		await ann.locator('#own-name').getByText(name, { exact: true }).waitFor();
		await say(ann, `I am ${name}`);
		await waitForMessage(bob, `I am ${name}`);
		assert.equal(await bob.locator('.message-user').last().textContent(), name);
		await bob.locator('.person-name').getByText(name, { exact: true }).waitFor();
		assert.equal(await countForeign(bob), 0);
	}
	ann.assertQuiet();
	bob.assertQuiet();
});

test('events from outside show neither undefined nor null', async () => {
	const page = await newPerson(browser);

	await enterRoom(page, stack, 'odd');
	for (const event of [
		{ type: 'chat.message', message: 'nobody said this' },
		{ type: 'chat_message', message: '<b>bold</b>', user: null },
		{ type: 'weather.changed', degrees: null },
		{ type: 'chat.message' },
		{ type: 'chat.message', message: 'the last one' },
	])
		await stack.control({ op: 'group_send', group: 'chat_odd', event });
	await waitForMessage(page, 'the last one');
	assert.doesNotMatch(await page.locator('body').innerText(), /undefined|null|\[object/);
	assert.notEqual(await page.locator('.message-user').first().textContent(), '', 'the site speaks where nobody does');
	page.assertQuiet();
});
