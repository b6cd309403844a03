// SPDX-License-Identifier: MIT
// What a page knows of the people in a room, as the server tells it.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Standing } from '../../web/static/js/standing.js';

const moderator = { role: 'moderator', can: ['mute'] };

/** Of somebody who is above users, in a room with a moderator and one who is muted. */
function standingOfOwner() {
	const standing = new Standing(() => {});

	standing.welcome({ user: 'olga', you: { ...moderator, role: 'owner' }, roles: { Nina: 'moderator' }, muted: ['bob'] });
	return standing;
}

test('marks are of a person, and not of whoever has the name later', () => {
	const standing = standingOfOwner();

	assert.deepEqual([standing.roleOf('Nina'), standing.isMuted('bob')], ['moderator', true]);
	standing.takeNames(['Nina', 'bob'], {});
	assert.deepEqual([standing.roleOf('Nina'), standing.isMuted('bob')], ['user', false]);
	standing.takeNames(['Nina', 'bob'], { roles: { bob: 'member' }, muted: ['Nina'] });
	assert.deepEqual([standing.roleOf('bob'), standing.isMuted('Nina')], ['member', true]);
});

test('marks of others stay when somebody comes', () => {
	const standing = standingOfOwner();

	standing.takeNames(['zoe'], { muted: ['zoe'] });
	assert.deepEqual([standing.roleOf('Nina'), standing.isMuted('bob'), standing.isMuted('zoe')], ['moderator', true, true]);
});
