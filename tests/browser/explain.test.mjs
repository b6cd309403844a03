// SPDX-License-Identifier: MIT
// What a page asks by HTTP when no socket tells it why: each end is that of the answer, and of no other.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { findCloseCode } from '../../web/static/js/close_codes.js';
import { explainRefusal } from '../../web/static/js/explain.js';

const endOf = async (status, body) => {
	globalThis.fetch = async () => new Response(body, { status });
	const end = await explainRefusal('/api/rooms/lobby/messages').catch(() => undefined);

	return end && findCloseCode(end).name;
};

test('a refusal ends a page for its own reason', async () => {
	for (const [code, name] of [['banned', 'banned'], ['banned_here', 'banned_here'], ['members_only', 'members_only']])
		assert.equal(await endOf(403, JSON.stringify({ ok: false, error: code })), name);
	assert.equal(await endOf(401, '{"ok":false,"error":"login_required"}'), 'login_ended');
});

test('an answer that says nothing of the reader ends nothing', async () => {
	for (const [status, body] of [[200, '{"messages":[]}'], [403, '<h1>Blocked</h1>'], [403, '{"error":"odd"}'], [503, '{}']])
		assert.equal(await endOf(status, body), undefined, `${status} ${body}`);
});
