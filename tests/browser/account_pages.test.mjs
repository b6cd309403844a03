// SPDX-License-Identifier: MIT
// The pages of accounts, by hand: by the keyboard alone, and without JavaScript.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { accountUrl, changePassword, fillIn, logIn, logOut, PASSWORD, press, register } from './accounts.mjs';
import { newPerson } from './browser.mjs';
import { openSite } from './site.mjs';

const TABS_MAX = 40; // more than any of these pages has
const { browser, stack } = await openSite('lighttpd', ['limits.login_penalty_seconds=0']);

/** Presses Tab until the element has the focus, which can be seen. */
async function tabTo(page, role, name) {
	const target = page.getByRole(role, { name, exact: true });

	for (let i = 0; i < TABS_MAX; i++) {
		await page.keyboard.press('Tab');
		if (await target.evaluateAll((elements) => elements.includes(document.activeElement)
			&& document.activeElement.matches(':focus-visible')))
			return;
	}
	assert.fail(`Tab does not come to the ${role} ${name}`);
}

/** Tabs to what leads to another page, and presses Enter. */
async function enterAt(page, role, name) {
	await tabTo(page, role, name);
	await Promise.all([page.waitForEvent('framenavigated'), page.keyboard.press('Enter')]);
	await page.waitForLoadState();
}

/** Types into what gets the focus, and then into what Tab leads to; Enter sends it. */
async function typeAll(page, values) {
	await page.waitForFunction(() => document.activeElement?.matches('input'));
	for (const [i, value] of values.entries()) {
		if (i > 0)
			await page.keyboard.press('Tab');
		await page.keyboard.type(value);
	}
	await Promise.all([page.waitForEvent('framenavigated'), page.keyboard.press('Enter')]);
	await page.waitForLoadState();
}

const heading = (page) => page.getByRole('heading', { level: 1 }).innerText();

test('the keyboard alone registers, changes all there is, logs out and in', async () => {
	const page = await newPerson(browser);

	await page.goto(stack.url);
	await enterAt(page, 'link', 'Register');
	await typeAll(page, ['keyla', PASSWORD]);
	assert.equal(await heading(page), 'What chat room would you like to enter?');

	await enterAt(page, 'link', 'Your account: keyla');
	await tabTo(page, 'textbox', 'Name');
	await typeAll(page, ['Keyla K.']);
	await enterAt(page, 'link', 'Change your password');
	await typeAll(page, [PASSWORD, 'another long password']);
	await page.goto(accountUrl(stack, 'profile'));
	await enterAt(page, 'link', 'Where you are logged in');
	assert.equal(await heading(page), 'Where you are logged in');
	await enterAt(page, 'button', 'Log out');

	await enterAt(page, 'link', 'Log in');
	await typeAll(page, ['keyla', 'another long password']);
	await page.getByRole('link', { name: 'Your account: Keyla K.' }).waitFor();
	page.assertQuiet();
});

for (const javaScriptEnabled of [true, false]) {
	const how = javaScriptEnabled ? 'with JavaScript' : 'without JavaScript';
	const name = javaScriptEnabled ? 'with' : 'without';

	test(`${how} a wrong login says the same whoever it was for, and keeps the name alone`, async () => {
		const page = await newPerson(browser, { javaScriptEnabled });
		const owner = await newPerson(browser);
		const sentences = [];

		await register(owner, stack, `owner-${name}`);
		for (const [username, password] of [[`owner-${name}`, 'wrong password'], ['nobody at all', PASSWORD]]) {
			const status = await logIn(page, stack, username, password);

			sentences.push([status, await page.getByRole('alert').innerText()]);
			assert.equal(await page.getByLabel('User name').inputValue(), username);
			assert.equal(await page.getByLabel('Password').inputValue(), '');
			assert.equal(await page.getByLabel('Password').evaluate((field) => field === document.activeElement), true);
		}
		assert.ok(sentences[0][0] >= 400 && sentences[0][1].length > 10, `${sentences[0]}`);
		assert.deepEqual(sentences[0], sentences[1]);
		assert.equal(await page.getByRole('link', { name: 'Your account' }).count(), 0);
	});

	test(`${how} next= leads back to the room, and nowhere else`, async () => {
		const page = await newPerson(browser, { javaScriptEnabled });
		const room = new URL(stack.roomUrl('back 房')).pathname;

		await register(page, stack, `next-${name}`, room);
		assert.equal(page.url(), stack.roomUrl('back 房'));
		for (const next of ['//elsewhere.example/', 'https://elsewhere.example/', '/\\elsewhere.example', 'javascript:x()']) {
			await logOut(page, stack);
			assert.equal(await logIn(page, stack, `next-${name}`, PASSWORD, next), 303);
			assert.equal(page.url(), stack.url, next);
		}
		await logOut(page, stack);
		await logIn(page, stack, `next-${name}`, PASSWORD, room);
		assert.equal(page.url(), stack.roomUrl('back 房'));
	});

	test(`${how} an account is made, changed, left and come back to`, async () => {
		const page = await newPerson(browser, { javaScriptEnabled });
		const elsewhere = await newPerson(browser, { javaScriptEnabled });
		const username = `all-${name}`;

		assert.equal(await register(page, stack, username), 303);
		await page.getByRole('link', { name: `Your account: ${username}` }).click();
		await fillIn(page, { Name: `All ${name}` });
		assert.equal(await press(page, 'Save name'), 303);
		await page.getByRole('link', { name: `Your account: All ${name}` }).waitFor();

		await logIn(elsewhere, stack, username);
		await page.goto(accountUrl(stack, 'sessions'));
		assert.equal(await page.locator('#sessions > li').count(), 2);
		await Promise.all([
			page.waitForEvent('framenavigated'),
			page.locator('#sessions').getByRole('button', { name: /^Log out there/ }).click(),
		]);
		assert.equal(await page.locator('#sessions > li').count(), 1);
		await elsewhere.reload();
		assert.equal(await elsewhere.getByRole('link', { name: 'Your account' }).count(), 0, 'logged out there');

		assert.equal(await changePassword(page, stack, PASSWORD, 'another long password'), 303);
		await page.getByRole('banner').getByRole('button', { name: 'Log out' }).click();
		await page.getByRole('link', { name: 'Log in' }).waitFor();
		assert.ok(await logIn(page, stack, username) >= 400, 'the old password is none');
		assert.equal(await logIn(page, stack, username, 'another long password'), 303);
		await page.getByRole('link', { name: `Your account: All ${name}` }).waitFor();
		page.assertQuiet();
	});
}
