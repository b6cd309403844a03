// SPDX-License-Identifier: MIT
// Writing: Enter, lines, input methods, the keyboard alone, one's name, and what is refused.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { enterRoom, messagesOf, newPerson, say, waitForMessage } from './browser.mjs';
import { openSite } from './site.mjs';

const { browser, stack } = await openSite();

test('Enter that chooses a word of an input method does not send', async () => {
	const page = await newPerson(browser);

	await enterRoom(page, stack, 'ime');
	const devtools = await page.context().newCDPSession(page);

	await page.locator('#chat-message-input').focus();
	await devtools.send('Input.imeSetComposition', { text: 'fang', selectionStart: 4, selectionEnd: 4 });
	await page.keyboard.press('Enter');
	assert.deepEqual(await messagesOf(page), []);
	await devtools.send('Input.insertText', { text: '房间' });
	// Safari's order: the composition has ended, and only the key's code tells.
	await page.locator('#chat-message-input').evaluate((input) => {
		const event = new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true });

		Object.defineProperty(event, 'keyCode', { value: 229 });
		input.dispatchEvent(event);
	});
	assert.deepEqual(await messagesOf(page), []);
	const written = await page.locator('#chat-message-input').inputValue();

	assert.match(written, /房间/);
	await page.keyboard.press('Enter');
	await waitForMessage(page, written);
	assert.equal(await page.locator('#chat-message-input').inputValue(), '');
});

test('Shift and Enter begins a line, and blanks are not sent', async () => {
	const page = await newPerson(browser);

	await enterRoom(page, stack, 'lines');
	await say(page, '  \n ');
	await page.locator('#chat-message-input').fill('');
	await page.keyboard.type('one');
	await page.keyboard.press('Shift+Enter');
	await page.keyboard.type('two');
	assert.equal(await page.locator('#chat-message-input').getAttribute('rows'), '2');
	await page.keyboard.press('Enter');
	await waitForMessage(page, 'one\ntwo');
	assert.deepEqual(await messagesOf(page), ['one\ntwo']);
	assert.equal(await page.locator('#chat-message-input').getAttribute('rows'), '1');
});

test('everything can be done with the keyboard alone', async () => {
	const page = await newPerson(browser);

	await page.goto(stack.url);
	await page.keyboard.type('keys');
	await page.keyboard.press('Enter');
	await page.waitForSelector('#connection[data-state="connected"]');
	await page.keyboard.type('by keyboard');
	await page.keyboard.press('Tab');
	assert.equal(await page.evaluate(() => document.activeElement.id), 'chat-message-submit');
	assert.equal(await page.evaluate(() => document.activeElement.matches(':focus-visible')), true);
	await page.keyboard.press('Space');
	await waitForMessage(page, 'by keyboard');
	assert.equal(await page.evaluate(() => document.activeElement.id), 'chat-message-input');
	await page.locator('#name-menu summary').focus();
	await page.keyboard.press('Enter');
	assert.equal(await page.locator('#name-menu').getAttribute('open'), '');
	await page.keyboard.press('Tab');
	await page.keyboard.press('Control+a');
	await page.keyboard.type('Keyboarder');
	await page.keyboard.press('Enter');
	await page.locator('#own-name').getByText('Keyboarder').waitFor();
	page.assertQuiet();
});

test('a name is changed, shown to the others, and refused when somebody has it', async () => {
	const [ann, bob] = await Promise.all([newPerson(browser), newPerson(browser)]);

	await Promise.all([enterRoom(ann, stack, 'who'), enterRoom(bob, stack, 'who')]);
	for (const [page, name] of [[ann, 'Ann 安'], [bob, 'Bob']]) {
		await page.locator('#name-menu summary').click();
		await page.locator('#name-input').fill(name);
		await page.getByRole('button', { name: 'Save name' }).click();
		await page.waitForSelector('#connection[data-state="connected"]');
		assert.equal(page.url(), stack.roomUrl('who'));
	}
	await say(ann, 'it is me');
	await waitForMessage(bob, 'it is me');
	assert.equal(await bob.locator('.message-user').last().textContent(), 'Ann 安');
	await bob.locator('.person-name').getByText('Ann 安', { exact: true }).waitFor();
	await bob.locator('#name-menu summary').click();
	await bob.locator('#name-input').fill('Ann 安');
	await bob.getByRole('button', { name: 'Save name' }).click();
	await bob.locator('#name-problem').getByText('has that name').waitFor();
	await bob.locator('#name-input').fill('Robert');
	await bob.locator('#name-input').press('Enter');
	await bob.locator('#own-name').getByText('Robert').waitFor();
	assert.equal(bob.url(), stack.roomUrl('who'));
	ann.assertQuiet();
	bob.assertQuiet();
});

test('what is too long is said so, marked, and can be tried again', async () => {
	const page = await newPerson(browser);

	await enterRoom(page, stack, 'long');
	await say(page, '长'.repeat(6000));
	await page.locator('#chat-problem').getByText('too long').waitFor();
	await page.locator('[data-delivery="failed"]').getByRole('button', { name: 'Retry' }).waitFor();
	await say(page, 'short');
	await page.locator('[data-delivery="sent"]').waitFor();
	assert.equal(await page.locator('#chat-problem').textContent(), '');
	assert.equal(await page.locator('#connection').getAttribute('data-state'), 'connected');
});

test('new messages are told to screen readers apart from the list', async () => {
	const [ann, bob] = await Promise.all([newPerson(browser), newPerson(browser)]);

	await Promise.all([enterRoom(ann, stack, 'heard'), enterRoom(bob, stack, 'heard')]);
	await say(bob, 'can you hear me?');
	await ann.locator('#announcer').getByText('can you hear me?').waitFor({ state: 'attached' });
	assert.equal(await ann.locator('#announcer').getAttribute('aria-live'), 'polite');
	assert.equal(await ann.locator('#chat-log').evaluate((list) => list.closest('[aria-live], [role="log"]')), null);
	assert.match(await ann.locator('.message-time').last().getAttribute('datetime'), /^\d{4}-\d\d-\d\dT.*Z$/);
	assert.notEqual(await ann.locator('.message-time').last().getAttribute('title'), '');
});
