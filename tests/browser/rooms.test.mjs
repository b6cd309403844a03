// SPDX-License-Identifier: MIT
// A room is its URL: who has the same one sees the same messages, and nobody else does. Under both
// web servers.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { closePeople, enterRoom, launch, messagesOf, newPerson, say, waitForMessage } from './browser.mjs';
import { Stack, waitFor } from './stack.mjs';

let browser;

before(async () => {
	browser = await launch();
});
after(() => browser.close());

for (const web of ['lighttpd', 'nginx']) {
	test(`under ${web}`, async (suite) => {
		const stack = await Stack.start(web);

		suite.after(() => stack.stop());
		suite.afterEach(() => closePeople(browser));

		await suite.test('a message is seen by everyone in the room, and by nobody in another', async () => {
			const people = await Promise.all([newPerson(browser), newPerson(browser), newPerson(browser)]);
			const [ann, bob, stranger] = people;

			await Promise.all([enterRoom(ann, stack, 'r1'), enterRoom(bob, stack, 'r1'), enterRoom(stranger, stack, 'r2')]);
			await say(ann, 'hello from ann');
			await waitForMessage(bob, 'hello from ann');
			await say(bob, 'hello from bob');
			await waitForMessage(ann, 'hello from bob');
			assert.deepEqual(await messagesOf(ann), ['hello from ann', 'hello from bob'], 'own messages stand there once');
			assert.deepEqual(await messagesOf(bob), ['hello from ann', 'hello from bob']);
			await say(stranger, 'alone');
			await stranger.locator('[data-delivery="sent"]').waitFor();
			assert.deepEqual(await messagesOf(stranger), ['alone']);
			for (const page of people)
				page.assertQuiet();
		});

		for (const room of ['房间', 'a b', 'a-b.c', '🐌 races', '100%', 'what?', 'c#', 'a&b=c+d']) {
			await suite.test(`the room "${room}" is entered from the index and works`, async () => {
				const page = await newPerson(browser);

				await page.goto(stack.url);
				await page.locator('#room-name-input').fill(room);
				await page.locator('#room-name-input').press('Enter');
				await page.waitForSelector('#connection[data-state="connected"]');
				assert.equal(page.url(), stack.roomUrl(room));
				assert.equal(await page.locator('h1').textContent(), room);
				await say(page, `in ${room}`);
				await page.locator('[data-delivery="sent"]').waitFor();
				assert.deepEqual(await messagesOf(page), [`in ${room}`]);
				page.assertQuiet();
			});
		}

		await suite.test('a name with a slash is refused with a sentence, and stays to be corrected', async () => {
			const page = await newPerson(browser);

			await page.goto(stack.url);
			await page.locator('#room-name-input').fill('房间 1/2');
			await page.locator('#room-name-submit').click();
			await page.locator('#room-problem').getByText('slash').waitFor();
			assert.equal(await page.locator('#room-name-input').inputValue(), '房间 1/2');
			page.assertQuiet();
		});

		await suite.test('without JavaScript a room is found, and says what it needs', async () => {
			const page = await newPerson(browser, { javaScriptEnabled: false });

			await page.goto(stack.url);
			await page.locator('#room-name-input').fill('plain room');
			await page.locator('#room-name-submit').click();
			assert.equal(page.url(), stack.roomUrl('plain room'));
			assert.match(await page.locator('noscript').innerText(), /JavaScript/);
		});

		await suite.test('an open room is on the index, with the number of its people', async () => {
			const [ann, reader] = await Promise.all([newPerson(browser), newPerson(browser)]);

			await enterRoom(ann, stack, 'listed');
			await waitFor(async () => {
				await reader.goto(stack.url);
				return reader.getByRole('link', { name: 'listed' }).isVisible();
			}, 'the room is listed'); // not at once: the list may be a second old
			assert.match(await reader.getByRole('link', { name: 'listed' }).innerText(), /1 person/);
			await reader.getByRole('link', { name: 'listed' }).click();
			await reader.waitForSelector('#connection[data-state="connected"]');
			await ann.locator('#people-count').getByText('2', { exact: true }).waitFor();
			await ann.locator('#chat-log').getByText(/^guest-\S+ joined$/).waitFor();
		});
	});
}
