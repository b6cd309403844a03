// SPDX-License-Identifier: MIT
// What people do with their accounts, by the words that stand on the pages.

import { enterRoom } from './browser.mjs';
import { inWordsOf } from './words.mjs';

export const PASSWORD = 'correct horse battery';

/** The path of a page of accounts, and where its form leads to. */
export function accountUrl(stack, name, next = '') {
	return `${stack.origin}/accounts/${name}/${next && `?next=${encodeURIComponent(next)}`}`;
}

/** Fills in a form by its labels. @param {Record<string, string>} values */
export async function fillIn(page, values) {
	for (const [label, value] of Object.entries(values))
		await page.getByRole('main').getByLabel(inWordsOf(page, label), { exact: true }).fill(value);
}

/**
 * Presses a button of a form, and waits for the answer and for the page that it leads to: Chromium may never answer
 * who closes a page that is on its way to another one.
 *
 * @returns {Promise<number>} the answer's status
 */
export async function press(page, name, part = page.getByRole('main')) {
	const [answer] = await Promise.all([
		page.waitForResponse((response) => response.request().method() === 'POST'),
		page.waitForEvent('domcontentloaded'),
		part.getByRole('button', { name: inWordsOf(page, name), exact: true }).click(),
	]);

	return answer.status();
}

/** @returns {Promise<number>} the answer's status */
export async function register(page, stack, username, next = '') {
	await page.goto(accountUrl(stack, 'register', next));
	await fillIn(page, { 'User name': username, Password: PASSWORD });
	return press(page, 'Register');
}

/** @returns {Promise<number>} the answer's status */
export async function logIn(page, stack, username, password = PASSWORD, next = '') {
	await page.goto(accountUrl(stack, 'login', next));
	await fillIn(page, { 'User name': username, Password: password });
	return press(page, 'Log in');
}

export async function logOut(page, stack) {
	await page.goto(accountUrl(stack, 'logout'));
	return press(page, 'Log out');
}

export async function changePassword(page, stack, oldPassword, newPassword) {
	await page.goto(accountUrl(stack, 'password'));
	await fillIn(page, { 'Old password': oldPassword, 'New password': newPassword });
	return press(page, 'Change password');
}

/** Another tab of the same browser, in a room. */
export async function openTab(page, stack, room) {
	const tab = await page.context().newPage();

	await enterRoom(tab, stack, room);
	return tab;
}
