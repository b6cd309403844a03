// SPDX-License-Identifier: MIT
// The room page: puts the connection, the list, the people and the input together. What each of
// them does is in its own file.

import { Announcer } from './announcer.js';
import { ConnectionStatus } from './connection_status.js';
import { keepDraft } from './draft.js';
import { getElement } from './element.js';
import { explainRefusal } from './explain.js';
import { parseTime, textOf, textsOf } from './format.js';
import './fresh.js';
import { startMenus } from './header_menus.js';
import { HistoryLoader } from './history_loader.js';
import { LogScroller } from './log_scroller.js';
import { watchLooks } from './looks.js';
import { setReader } from './message_item.js';
import { MessageList } from './message_list.js';
import { mentions, spokenText } from './message_text.js';
import { Moderation } from './moderation.js';
import { NameMenu } from './name_menu.js';
import { OwnMessages } from './own_messages.js';
import { People, startPeoplePanel } from './people.js';
import { connect } from './roomwire.js';
import { RoomsMenu } from './rooms_menu.js';
import { reasonSentence, refusalSentence, sentences } from './sentences.js';
import { startRoomShortcuts } from './shortcuts.js';
import { Talk } from './talk.js';
import { Unread } from './unread.js';

const MEMBERS_ASKED_MAX = 500; // a list of more people than this is no list that anybody reads
const PASSING_ERRORS = new Set(['busy', 'too_fast', 'stopping', 'timeout', 'unavailable', 'unreadable']); // they mend themselves
const PERSONAL_ENDS = new Set(['login_ended', 'banned', 'banned_here', 'members_only']); // nothing that is typed here will be sent
const readData = (/** @type {string} */ id) => JSON.parse(getElement(id).textContent ?? 'null');
const room = readData('room-name');
const settings = readData('room-settings');
const siteName = textOf(settings.site);
const keepsHistory = textOf(settings.epoch) !== '';
const identity = textOf(settings.identity);
const isNewest = settings.isNewest !== false; // a link to an old message brings a page of its time

if (settings.isReading === true) // the page loads itself again, for those without this script
	location.replace(textOf(settings.postUrl));
if (settings.isGivenBack === true) // with what was refused, at the address of a form
	history.replaceState(null, '', textOf(settings.postUrl));

const connection = connect({
	room,
	url: settings.socketUrl,
	messageBytes: settings.messageBytes,
	identity,
	postUrl: textOf(settings.postUrl),
	editUrl: textOf(settings.editUrl),
	deleteUrl: textOf(settings.deleteUrl),
	moderateUrl: textOf(settings.moderateUrl),
	csrfToken: textOf(settings.csrfToken),
	historyUrl: textOf(settings.apiUrl),
	keep: true,
	explain: () => explainRefusal(textOf(settings.apiUrl)),
	...(isNewest && { epoch: textOf(settings.epoch), seq: Number(settings.seq) || 0 }),
});

let user = textOf(settings.user);
let epoch = textOf(settings.epoch);
let isOtherEpoch = false;
let hasBeenConnected = false;
setReader({ ownName: user, isName: () => false });
const list = new MessageList(getElement('chat-log'), isNewest);
const scroller = new LogScroller(getElement('log'), getElement('chat-log'), handleMove);
const unread = new Unread(getElement('new-messages'), scroller);
const loader = new HistoryLoader({
	connection, list, scroller, makeMessage, apiUrl: textOf(settings.apiUrl), hasOlder: settings.hasOlder === true,
});
const own = new OwnMessages(connection, list, showProblem, () => moderation.noteSaid());
const announcer = new Announcer(getElement('announcer'));
const nameMenu = new NameMenu();
const input = /** @type {HTMLTextAreaElement} */ (getElement('chat-message-input'));
const form = /** @type {HTMLFormElement} */ (getElement('chat-form'));
keepDraft(input, room, identity);
const moderation = new Moderation({
	connection, list, form, input, siteName, announceLine: addLine, tell: (text) => announcer.say(text), report: showProblem,
});
const people = new People(moderation.standing, moderation.moderator);
const talk = new Talk({
	connection, room, form, input, standing: moderation.standing, say, report: showProblem, tell: (text) => announcer.say(text),
	addLine, clear, editLast: () => moderation.editor.editLast(), showNewest,
});
const rooms = new RoomsMenu(room, textOf(settings.headsUrl));
const status = new ConnectionStatus(() => connection.reconnect());

/** @param {any} message as the protocol has it @returns {import('./message_item.js').Message} */
function makeMessage({ seq, user: sender, message, time, edited, deleted }) {
	return {
		seq: Number.isInteger(seq) ? seq : undefined,
		user: textOf(sender),
		name: textOf(sender) || siteName,
		text: textOf(message),
		time: parseTime(time),
		isOwn: sender === user && user !== '',
		edited: typeof edited === 'string' ? parseTime(edited) : undefined,
		isDeleted: deleted === true,
	};
}

function handleMove() {
	loader.check();
	unread.show(list.isLive);
	noteRead();
}

/** Who sees the end of the room has read it. */
function noteRead() {
	if (list.isLive && scroller.isAtEnd && !document.hidden && hasBeenConnected)
		rooms.read(epoch, loader.newestSeq);
}

function addLine(text) {
	list.addLine(text);
	scroller.follow();
	announcer.say(text);
}

function handleState(detail) {
	const why = moderation.farewell(detail.reason);

	status.show(detail, why);
	moderation.setAbsence(detail.state === 'closed' && detail.reason === 'kicked' ? sentences.afterComingBack : '');
	own.reflect(detail.state === 'connected');
	if (detail.state === 'waiting' && detail.reason === 'login_ended')
		nameMenu.age();
	if (detail.state === 'waiting')
		announcer.say(sentences.waiting);
	if (detail.state === 'closed')
		announcer.say(why || reasonSentence(detail.reason));
	if (detail.state === 'closed' && PERSONAL_ENDS.has(detail.reason)) {
		moderation.stop();
		talk.end('banner-text');
	}
}

/** What the numbers say of the time without a connection, where nothing is kept of it. */
function tellReconnected(welcome) {
	const isMissing = !keepsHistory && !isOtherEpoch && !welcome.recovered;
	const missed = isMissing ? Number(welcome.seq) - loader.newestSeq : 0;

	if (missed > 0)
		addLine(sentences.missed(missed));
	else
		announcer.say(sentences.reconnected);
}

/** The numbers of another epoch mean other messages. */
function takeEpoch(welcome) {
	isOtherEpoch = epoch !== '' && epoch !== String(welcome.epoch);
	epoch = String(welcome.epoch);
	if (welcome.recovered !== true)
		own.settle();
	if (isOtherEpoch)
		list.forgetNumbers();
}

function showOwnName() {
	const link = /** @type {HTMLAnchorElement | null} */ (document.getElementById('mentions-link'));

	getElement('own-name').textContent = user;
	if (link !== null) // there is a search here
		link.search = `?q=${encodeURIComponent(`@${user}`)}`;
}

function handleWelcome(welcome) {
	const members = textsOf(welcome.members);

	user = textOf(welcome.user) || user;
	setReader({ ownName: user, isName: (name) => talk.names.has(name) });
	showOwnName();
	people.reset(user, members, welcome.members_total);
	people.setAway(textsOf(welcome.away));
	if (welcome.members_total > members.length && welcome.members_total <= MEMBERS_ASKED_MAX)
		connection.askMembers(textOf(welcome.members_next));
	takeEpoch(welcome);
	if (hasBeenConnected)
		tellReconnected(welcome);
	else if (list.isLive)
		addLine(sentences.welcome(room));
	hasBeenConnected = true;
	loader.newestSeq = Number(welcome.seq) || 0;
	if (list.firstSeq === 0 && loader.newestSeq > 0)
		loader.setHasOlder(true); // the page came without what was said, and the broker may have it
	loader.check();
	noteRead();
}

function handleCutOff(isCutOff) {
	status.showCutOff(isCutOff);
	announcer.say(isCutOff ? sentences.whyUnavailable : sentences.available);
}

/** Nothing that the page shows can be asked for any more, and what comes has its numbers. */
function handleEpoch({ epoch: other, seq }) {
	takeEpoch({ epoch: other, recovered: false });
	isOtherEpoch = false;
	loader.newestSeq = Number(seq) || 0;
	addLine(sentences.epoch);
}

/** Too much was missed. Who reads back goes on, and comes to it from there. */
function handleReset() {
	if (scroller.isAtEnd || isOtherEpoch) {
		list.clear();
		list.isLive = true;
		loader.setHasOlder(true);
	} else {
		list.isLive = false;
	}
	isOtherEpoch = false;
}

function handleMembers({ members, away, more, next }) {
	people.add(textsOf(members));
	people.setAway(textsOf(away));
	if (more === true && textOf(next) !== '')
		connection.askMembers(textOf(next));
}

function handlePresence({ joined, left, back, away, count }) {
	const news = people.change(textsOf(joined), textsOf(left));

	people.setBack([joined, left, back].flatMap(textsOf));
	people.setAway(textsOf(away));
	people.setCount(count);
	list.addComings(news.joined, news.left);
	scroller.follow();
}

function handleMessage(detail) {
	const message = makeMessage(detail);
	const pending = own.claim(message.seq ?? 0, message.text, message.isOwn);
	const isNews = (message.seq ?? Infinity) > loader.newestSeq || list.isLive;

	loader.newestSeq = Math.max(loader.newestSeq, message.seq ?? 0);
	if (typeof detail.message !== 'string')
		return;
	if (list.find(message.seq ?? 0) !== undefined) { // a page of history was faster
		if (pending !== undefined)
			list.removePending(pending);
		return;
	}
	if (list.isFull && !scroller.isAtEnd)
		makeRoom();
	const item = place(message, pending);

	if (!message.isOwn && !message.isDeleted && isNews) {
		const isMention = mentions(message.text, user);
		const spoken = spokenText(message.name, message.text);

		unread.note(item, isMention);
		announcer.say(spoken, message.seq);
		talk.note(spoken, isMention);
	}
	if (scroller.isAtEnd && list.trimStart())
		loader.setHasOlder(true);
	unread.show(list.isLive);
	scroller.follow();
	noteRead();
}

/** A message that was said before is another now, or gone: wherever it stands. */
function handleChange({ type, seq, target, message, time }) {
	loader.newestSeq = Math.max(loader.newestSeq, Number(seq) || 0);
	noteRead();
	if (list.isLive)
		list.cover(Number(seq) || 0);
	if (type === 'edit')
		list.change(target, textOf(message), parseTime(time));
	if (type !== 'delete')
		return;
	list.delete(target);
	announcer.forget(target);
	moderation.reply.forget(target);
}

/** What somebody reads is not pushed out by what they do not see, unless nothing brings that back. */
function makeRoom() {
	if (keepsHistory)
		list.isLive = false;
	else
		scroller.keepPlace(() => list.makeRoom());
}

/** @returns {HTMLElement | null} null: the list does not reach so far */
function place(message, pending) {
	if (!list.isLive) {
		if (pending !== undefined)
			list.removePending(pending);
		return null;
	}
	if (pending === undefined)
		return list.append(message);
	list.confirm(pending, message.seq, message.time);
	return pending;
}

function showProblem(text) {
	getElement('chat-problem').textContent = text;
}

/** Who has just written wants to see it, wherever they were reading. */
function say(text) {
	unread.clear();
	own.say(text, user);
	showNewest();
}

function showNewest() {
	if (!list.isLive)
		loader.goToNewest();
	scroller.scrollToEnd();
}

/** On this page only. */
function clear() {
	list.clear();
	list.cover(loader.newestSeq); // what was said until now is not missing, also to the next connection
	list.isLive = true;
	loader.setHasOlder(false);
	unread.clear();
}

/** A link to a message shows it; else a page begins at its end. */
function showBeginning() {
	const linked = list.find(Number(/^#message-(\d+)$/.exec(location.hash)?.[1]));

	if (linked === undefined) {
		scroller.scrollToEnd();
		return;
	}
	linked.classList.add('message-marked');
	scroller.reveal(linked);
}

connection.on('state', handleState);
connection.on('welcome', handleWelcome);
connection.on('reset', handleReset);
connection.on('epoch', handleEpoch);
connection.on('unavailable', () => handleCutOff(true));
connection.on('available', () => handleCutOff(false));
connection.on('members', handleMembers);
connection.on('presence', handlePresence);
connection.on('count', ({ count }) => people.setCount(count));
connection.on('message', handleMessage);
connection.on('edit', handleChange);
connection.on('delete', handleChange);
connection.on('unsent', (entry) => {
	own.restore(entry, user);
	scroller.follow();
});
connection.on('error', (error) => PASSING_ERRORS.has(error.code) || showProblem(refusalSentence(error)));
connection.on('notice', ({ message }) => typeof message === 'string' && addLine(sentences.notice(message)));
getElement('new-messages').addEventListener('click', showNewest);
document.addEventListener('visibilitychange', () => {
	scroller.follow();
	noteRead();
});
moderation.redraw = () => people.draw();
watchLooks((isAway) => connection.setAway(isAway));
startPeoplePanel();
startMenus();
startRoomShortcuts({ previous: () => rooms.walk(-1), next: () => rooms.walk(1), choose: () => rooms.choose() });
showBeginning();
