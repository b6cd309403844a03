// SPDX-License-Identifier: MIT
// Talking in a room as people do: marks and links, commands, completion, names, who is typing, and what
// tells those who look elsewhere. What a moderator may is said by a server of the test's own, between the
// page and the real one.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { register } from './accounts.mjs';
import { enterRoom, messagesOf, newPerson, say, waitForMessage } from './browser.mjs';
import { openSite } from './site.mjs';
import { waitFor } from './stack.mjs';

const { browser, stack } = await openSite();
const inputOf = (page) => page.locator('#chat-message-input');
const valueOf = (page) => inputOf(page).inputValue();
const problemOf = (page) => page.locator('#chat-problem');
const optionsOf = (page) => page.locator('#completion .completion-label').allTextContents();
const activeOf = (page) => page.locator('#completion [aria-selected="true"] .completion-label').allTextContents();
const nameOf = (page) => page.locator('#own-name').textContent();

async function enterBoth(room) {
	const pages = await Promise.all([newPerson(browser), newPerson(browser)]);

	await Promise.all(pages.map((page) => enterRoom(page, stack, room)));
	return pages;
}

/** As a page that nobody looks at. */
function setHidden(page, isHidden) {
	return page.evaluate((isHidden) => {
		Object.defineProperty(document, 'hidden', { value: isHidden, configurable: true });
		Object.defineProperty(document, 'visibilityState', { value: isHidden ? 'hidden' : 'visible', configurable: true });
		document.dispatchEvent(new Event('visibilitychange'));
	}, isHidden);
}

/**
 * Makes the page's person a moderator, as the page is told; orders come here.
 *
 * @returns {Promise<object[]>} what was ordered
 */
async function playModerator(page, answer = ({ ref }) => ({ type: 'done', ref })) {
	const orders = [];

	await page.routeWebSocket(/\/ws\//, (socket) => {
		const server = socket.connectToServer();

		server.onMessage((text) => {
			const frame = JSON.parse(text);

			socket.send(frame.type === 'welcome' ? JSON.stringify({
				...frame, rules: { topic: 'Rooms', members_only: false, locked: false, hidden: false, slow_seconds: 0 },
				you: { role: 'moderator', can: ['say', 'edit', 'topic', 'lock', 'slow', 'mute', 'kick', 'ban', 'admit'] },
			}) : text);
		});
		socket.onMessage((text) => {
			const frame = JSON.parse(text);

			if (frame.type !== 'moderate') {
				server.send(text);
				return;
			}
			const { type, ref, ...order } = frame;

			orders.push(order);
			socket.send(JSON.stringify(answer(frame)));
		});
	});
	return orders;
}

test('a text is shown by its marks, as it arrives and after a reload', async () => {
	const [ann, bob] = await enterBoth('marks');
	const text = '看这个https://例子.cn/a，然后 *bold* _it_ `c` :tada: <b>';

	await say(bob, text);
	await inputOf(bob).fill('> said before\nyes');
	await inputOf(bob).press('Enter');
	await say(bob, '/me waves');
	for (const isReloaded of [false, true]) {
		if (isReloaded)
			await ann.reload();
		await waitForMessage(ann, '看这个https://例子.cn/a，然后 bold it c 🎉 <b>');
		const link = ann.locator('.text-link');

		assert.deepEqual([await link.getAttribute('href'), await link.getAttribute('rel'), await link.getAttribute('target')],
			['https://例子.cn/a', 'noopener noreferrer nofollow ugc', '_blank']);
		assert.deepEqual(await ann.locator('.message-text :is(strong, em, .text-code)').allTextContents(), ['bold', 'it', 'c']);
		assert.equal(await ann.locator('.text-quote').textContent(), 'said before');
		await waitForMessage(ann, `* ${await nameOf(bob)} waves`);
	}
	const reader = await newPerson(browser, { javaScriptEnabled: false });

	await reader.goto(stack.roomUrl('marks'));
	assert.deepEqual(await messagesOf(reader), [text, '> said before\nyes', `* ${await nameOf(bob)} waves`]);
	assert.equal(await reader.locator('.text-link').getAttribute('href'), 'https://例子.cn/a');
	assert.equal(await reader.locator('.text-link').evaluate((link) => link.outerHTML),
		await ann.locator('.text-link').evaluate((link) => link.outerHTML));
	await waitFor(async () => (await bob.locator('[data-delivery="sent"]').count()) === 3, 'what is marked is known again by its text');
	assert.equal((await messagesOf(bob)).length, 3);
	ann.assertQuiet();
});

test('an unknown command is never said, and two slashes say one', async () => {
	const [ann] = await enterBoth('unknown');

	await say(ann, '/mtue bob');
	await problemOf(ann).getByText('There is no command /mtue; did you mean /mute?').waitFor();
	assert.equal(await valueOf(ann), '/mtue bob');
	await say(ann, '/nick');
	await problemOf(ann).getByText('It is written: /nick NAME').waitFor();
	await say(ann, '//etc is a folder');
	await waitForMessage(ann, '/etc is a folder');
	assert.deepEqual(await messagesOf(ann), ['/etc is a folder']);
	assert.equal(await problemOf(ann).textContent(), '');
	await say(ann, '/topic');
	await ann.locator('.line').getByText('This room has no topic.').waitFor();
	await say(ann, '/clear');
	await ann.locator('.line').getByText('Cleared on this page only').waitFor();
	assert.deepEqual(await messagesOf(ann), []);
	await say(ann, 'goes on');
	await waitForMessage(ann, 'goes on');
	await ann.reload();
	await waitForMessage(ann, '/etc is a folder');
});

test('a command orders what it says, and one that is refused comes back', async () => {
	const ann = await newPerson(browser);
	const orders = await playModerator(ann, ({ ref, action }) => (action === 'kick'
		? { type: 'error', ref, code: 'nobody', message: 'Nobody.' } : { type: 'done', ref }));

	await enterRoom(ann, stack, 'orders');
	await say(ann, '/mute bob 10m too loud');
	await say(ann, '/lock');
	await waitFor(() => orders.length === 2, 'two orders');
	await say(ann, '/kick zoe');
	await problemOf(ann).getByText('There is nobody of that name').waitFor();
	assert.equal(await valueOf(ann), '/kick zoe');
	assert.deepEqual(orders, [{ action: 'mute', user: 'bob', seconds: 600, text: 'too loud' }, { action: 'lock', on: true },
		{ action: 'kick', user: 'zoe' }]);
	await say(ann, '/topic');
	await ann.locator('.line').getByText('Topic: Rooms').waitFor();
	assert.deepEqual(await messagesOf(ann), []);
	await say(ann, `/kick zoe ${'because '.repeat(28)}`);
	await waitFor(async () => (await valueOf(ann)).startsWith('/kick'), 'it comes back');
	assert.ok(await inputOf(ann).evaluate((input) => input.scrollHeight <= input.clientHeight + 1), 'and is seen as a whole');
});

test('who has made a room keeps order in it by commands', async () => {
	const [ann, bob] = [await newPerson(browser), await newPerson(browser)];

	await register(ann, stack, 'commander');
	await enterRoom(ann, stack, 'kept');
	await say(ann, 'mine');
	await ann.locator('.person .mark').getByText('owner').waitFor();
	await enterRoom(bob, stack, 'kept');
	const name = await nameOf(bob);

	await say(ann, '/topic 聊天 here');
	await bob.locator('#room-topic').getByText('聊天 here').waitFor();
	await say(ann, `/mute @${name} 10m too loud`);
	await bob.locator('#composer-why').getByText('You are muted in this room').waitFor();
	await say(ann, `/unmute ${name}`);
	await bob.locator('#chat-message-input:not([readonly])').waitFor();
	await say(ann, '/kick nobody-here');
	await problemOf(ann).getByText('There is nobody of that name').waitFor();
	await say(ann, `/kick ${name}`);
	await bob.locator('#banner-text').getByText('asked you to leave').waitFor();
	assert.deepEqual([await messagesOf(ann), await messagesOf(bob)], [['mine'], ['mine']]);
	ann.assertQuiet();
});

test('commands are completed by keys alone, those that one may use', async () => {
	const ann = await newPerson(browser);
	const orders = await playModerator(ann);

	await enterRoom(ann, stack, 'completed');
	const input = inputOf(ann);

	await input.pressSequentially('/m');
	assert.deepEqual(await optionsOf(ann), ['/me', '/mute']);
	assert.equal(await input.getAttribute('aria-activedescendant'), 'completion-0');
	await input.press('ArrowDown');
	assert.deepEqual(await activeOf(ann), ['/mute']);
	assert.equal(await ann.evaluate(() => document.activeElement.id), 'chat-message-input');
	await input.press('Enter');
	assert.equal(await valueOf(ann), '/mute ');
	assert.deepEqual(orders, []);
	await input.fill('');
	await input.pressSequentially('/un');
	await input.press('ArrowUp');
	await input.press('Tab');
	assert.equal(await valueOf(ann), '/unlock ');
	await input.press('Enter');
	await waitFor(() => orders.length === 1, 'the order');
	await input.pressSequentially('/lock');
	await input.press('Enter'); // typed in full: it is meant
	await waitFor(() => orders.length === 2, 'another');
	await input.pressSequentially('/');
	assert.equal((await optionsOf(ann)).length, 14);
	for (let i = 0; i < 14; i++)
		await input.press('ArrowDown');
	assert.equal(await ann.locator('#completion [aria-selected="true"]').evaluate((option) => {
		const { top, bottom } = option.getBoundingClientRect();
		const list = option.parentElement.getBoundingClientRect();

		return option.textContent.startsWith('/role') && top >= list.top && bottom <= list.bottom;
	}), true);
	await input.press('Shift+Tab');
	await ann.locator('#completion').waitFor({ state: 'hidden' });
	assert.equal(await ann.evaluate(() => document.activeElement.closest('#completion')), null);
	await input.fill('');
	await input.pressSequentially('/h');
	await input.press('Escape');
	await ann.locator('#completion').waitFor({ state: 'hidden' });
	await input.pressSequentially('e');
	assert.equal(await ann.locator('#completion').isVisible(), false);
	assert.equal(await input.getAttribute('aria-activedescendant'), null);
	ann.assertQuiet();
});

test('a guest is offered no command that the room would refuse', async () => {
	const [ann] = await enterBoth('guests');

	await inputOf(ann).pressSequentially('/');
	assert.deepEqual(await optionsOf(ann), ['/me', '/nick', '/clear', '/help']);
	assert.deepEqual(await activeOf(ann), []);
});

test('a name is completed, and who it is sees so', async () => {
	const [ann, bob] = await enterBoth('mentioned');
	const name = await nameOf(ann);

	await setHidden(ann, true);
	await inputOf(bob).pressSequentially(`hello @${name.slice(0, 8)}`);
	await inputOf(bob).press('Tab');
	assert.equal(await valueOf(bob), `hello @${name} `);
	await inputOf(bob).press('Enter');
	await ann.locator('.message-mention .mention-own').getByText(`@${name}`).waitFor();
	assert.equal(await bob.locator('.message-mention').count(), 0);
	assert.equal(await bob.locator('.mention').count(), 1);
	await say(bob, `> @${name}\nquoted only`);
	await say(bob, 'and more');
	await waitForMessage(ann, 'and more');
	assert.equal(await ann.locator('.message-mention').count(), 1);
	assert.match(await ann.title(), /^\(3, @1\) mentioned/);
	assert.match(await ann.locator('link[rel="icon"]').getAttribute('href'), /favicon-new/);
	await setHidden(ann, false);
	assert.match(await ann.title(), /^mentioned/);
	assert.match(await ann.locator('link[rel="icon"]').getAttribute('href'), /favicon\.svg/);
	await inputOf(bob).pressSequentially('hello @');
	assert.deepEqual(await activeOf(bob), []); // Enter sends what nobody has begun
	await inputOf(bob).press('Enter');
	await waitForMessage(bob, 'hello @');
});

test('the list that completes leaves an input method its keys', async () => {
	const page = await newPerson(browser);
	const orders = await playModerator(page);

	await enterRoom(page, stack, 'methods');
	const devtools = await page.context().newCDPSession(page);
	const input = inputOf(page);

	await input.pressSequentially('/m');
	assert.deepEqual(await activeOf(page), ['/me']);
	await devtools.send('Input.imeSetComposition', { text: 'u', selectionStart: 1, selectionEnd: 1 });
	assert.equal(await page.locator('#completion').isVisible(), false);
	for (const key of ['Enter', 'Tab', 'ArrowDown'])
		await input.evaluate((input, key) => {
			const event = new KeyboardEvent('keydown', { key, isComposing: true, bubbles: true, cancelable: true });

			if (!input.dispatchEvent(event))
				complain(`${key} was taken`);
		}, key);
	assert.deepEqual([await messagesOf(page), orders], [[], []]);
	await devtools.send('Input.insertText', { text: 'u' });
	assert.deepEqual(await activeOf(page), ['/mute']);
	await input.fill('');
	await input.pressSequentially('@');
	await devtools.send('Input.imeSetComposition', { text: 'li', selectionStart: 2, selectionEnd: 2 });
	await page.keyboard.press('Enter');
	assert.deepEqual(await messagesOf(page), []);
	page.assertQuiet();
});

test('who is typing is shown, until they have said it or gone quiet', async () => {
	const [ann, bob] = await enterBoth('typing');
	const line = ann.locator('#typing');
	const name = await nameOf(bob);

	await inputOf(bob).pressSequentially('/h');
	await inputOf(bob).fill('');
	await inputOf(bob).pressSequentially('hel');
	await line.getByText(`${name} is typing…`).waitFor();
	assert.equal(await line.evaluate((line) => line.closest('[aria-live], [role="status"]')), null);
	assert.equal(await bob.locator('#typing').textContent(), '');
	await inputOf(bob).press('Enter');
	await waitForMessage(ann, 'hel');
	assert.equal(await line.textContent(), '');
	await inputOf(bob).pressSequentially('again');
	await line.getByText('is typing').waitFor();
	await waitFor(async () => await line.textContent() === '', 'it is forgotten');
});

test('nobody is asked about notifications before they want them, and told only out of sight', async () => {
	const [ann, bob] = [await newPerson(browser), await newPerson(browser)];

	await ann.addInitScript(() => {
		globalThis.asked = 0;
		globalThis.shown = [];
		globalThis.notes = 0;
		const { start } = AudioScheduledSourceNode.prototype;

		AudioScheduledSourceNode.prototype.start = function (...when) {
			notes++;
			start.apply(this, when);
		};
		globalThis.Notification = class {
			static permission = 'default';
			static async requestPermission() {
				asked++;
				return (Notification.permission = 'granted');
			}
			constructor(title, { body }) {
				shown.push(`${title}: ${body}`);
			}
			close() {}
		};
	});
	await Promise.all([enterRoom(ann, stack, 'bell'), enterRoom(bob, stack, 'bell')]);
	const name = await nameOf(bob);
	const shown = () => ann.evaluate(() => shown);
	const tell = async (text) => {
		await say(bob, text);
		await waitForMessage(ann, text);
	};

	await setHidden(ann, true);
	await tell('one');
	await setHidden(ann, false);
	assert.deepEqual([await shown(), await ann.evaluate(() => asked)], [[], 0]);
	await ann.locator('#bell-menu summary').click();
	await ann.getByLabel('When somebody mentions me').check();
	assert.equal(await ann.evaluate(() => asked), 1);
	await tell(`@${await nameOf(ann)} seen`);
	await setHidden(ann, true);
	await tell('two');
	await tell(`@${await nameOf(ann)} three`);
	assert.deepEqual(await shown(), [`bell: ${name}: @${await nameOf(ann)} three`]);
	await setHidden(ann, false);
	await ann.getByLabel('Always').check();
	await setHidden(ann, true);
	await tell('four');
	assert.equal((await shown()).length, 2);
	assert.equal(await ann.evaluate(() => notes), 0);
	await setHidden(ann, false);
	await ann.getByLabel('With a sound').check();
	await waitFor(() => ann.evaluate(() => notes === 2), 'it is heard once, as a sample');
	await ann.getByLabel('Not of this room').check();
	await setHidden(ann, true);
	await tell('five');
	assert.deepEqual([(await shown()).length, await ann.evaluate(() => notes)], [2, 2]);
	await ann.reload();
	await ann.locator('#bell-menu summary').click();
	assert.deepEqual([await ann.getByLabel('Always').isChecked(), await ann.getByLabel('Not of this room').isChecked(),
		await ann.getByLabel('With a sound').isChecked()], [true, true, true]);
	ann.assertQuiet();
});

test('a name is changed by a command, and refused in words', async () => {
	const [ann, bob] = await enterBoth('nick');

	await say(bob, '/nick Robert 罗');
	await bob.locator('#own-name').getByText('Robert 罗').waitFor();
	await bob.waitForSelector('#connection[data-state="connected"]');
	await ann.locator('.person-name').getByText('Robert 罗', { exact: true }).waitFor();
	await say(ann, '/nick Robert 罗');
	await problemOf(ann).getByText('has that name').waitFor();
	assert.deepEqual(await messagesOf(ann), []);
	ann.assertQuiet();
});

test('those who were spoken to find where, under the name that they have', async () => {
	const [ann, bob] = await enterBoth('looked-for');

	await say(ann, '/nick 安妮');
	await ann.locator('#own-name').getByText('安妮').waitFor();
	await say(bob, 'hello @安妮');
	await say(bob, `nothing for ${await nameOf(bob)}`);
	await waitForMessage(bob, `nothing for ${await nameOf(bob)}`);
	await bob.locator('[data-delivery="sending"]').waitFor({ state: 'detached' });
	for (const isReloaded of [false, true]) {
		if (isReloaded)
			await enterRoom(ann, stack, 'looked-for');
		await ann.locator('#search-menu summary').click();
		await ann.locator('#search-input:focus').waitFor();
		await ann.keyboard.press('Tab');
		await ann.keyboard.press('Tab');
		await ann.keyboard.press('Enter');
		await ann.waitForURL(/search\?q=/);
		assert.equal(await ann.locator('#search-input').inputValue(), '@安妮');
		assert.deepEqual(await ann.locator('.result-text').allTextContents(), ['hello @安妮']);
	}
	ann.assertQuiet();
});

test('keys of the page: to the input, the sheet, and the last message', async () => {
	const ann = await newPerson(browser);

	await playModerator(ann);
	await enterRoom(ann, stack, 'keys');
	const focused = () => ann.evaluate(() => document.activeElement.id);

	await say(ann, 'mine');
	await ann.locator('[data-delivery="sent"]').waitFor();
	await ann.locator('#log').focus();
	await ann.keyboard.press('/');
	assert.equal(await focused(), 'chat-message-input');
	await ann.keyboard.press('?');
	assert.equal(await valueOf(ann), '?');
	assert.equal(await ann.locator('#help').count(), 0);
	await ann.locator('#log').focus();
	await ann.keyboard.press('?');
	await ann.getByRole('dialog', { name: 'Keys and commands' }).waitFor();
	assert.equal(await ann.locator('#help-commands dt').count(), 14);
	await ann.keyboard.press('Escape');
	await ann.locator('#help').waitFor({ state: 'detached' });
	assert.equal(await focused(), 'log');
	await inputOf(ann).fill('');
	await ann.keyboard.press('ArrowUp');
	assert.equal(await ann.locator('.message-edit textarea').inputValue(), 'mine');
	await ann.keyboard.press('Escape');
	assert.equal(await focused(), 'chat-message-input');
	await inputOf(ann).fill('x');
	await ann.keyboard.press('ArrowUp');
	assert.equal(await ann.locator('.message-edit').count(), 0);
	await say(ann, '/help');
	await ann.getByRole('checkbox', { name: 'Use the keys / and ?' }).uncheck();
	await ann.locator('#help').getByRole('button', { name: 'Close' }).click();
	await ann.locator('#help').waitFor({ state: 'detached' });
	for (const isReloaded of [false, true]) {
		if (isReloaded)
			await enterRoom(ann, stack, 'keys');
		await ann.locator('#log').focus();
		await ann.keyboard.press('/');
		await ann.keyboard.press('?');
		assert.equal(await focused(), 'log');
		assert.equal(await ann.locator('#help').count(), 0);
	}
	await inputOf(ann).fill('');
	await say(ann, '/help');
	assert.equal(await ann.getByRole('checkbox', { name: 'Use the keys / and ?' }).isChecked(), false);
	await ann.locator('#help').getByRole('button', { name: 'Close' }).click();
	await ann.locator('#help').waitFor({ state: 'detached' });
	ann.assertQuiet();
});
