import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DOORS, IDLE, STEPS, advance, isUnderWay, stepOf } from '../../crates/server/web/js/call.js';
import { cardState, progressWords } from '../../crates/server/web/js/call-view.js';
import { describeEnding, endingNames } from '../../crates/server/web/js/endings.js';

const ENDINGS = [
  'busy',
  'no_answer',
  'declined',
  'not_reachable',
  'cancelled',
  'trunk_failed',
  'not_confirmed',
  'wrong_pin',
  'not_admitted',
  'left',
  'removed',
  'conference_ended',
  'replaced',
  'not_connected',
  'media_lost',
  'server_stopped',
];

const play = (events, from = IDLE) => events.reduce(advance, from);
const place = { type: 'place', number: '01 99 00 00 12' };
const placed = {
  type: 'call',
  call: { id: 's3cret', participant: 'p7', number: '+33 1 •• 12', state: 'calling', ending: null },
};
const seen = (state, more = {}) => ({
  type: 'participant',
  participant: { id: 'p7', state, muted: false, joined_at: null, ...more },
});

test('a call goes through every step to the conference', () => {
  let call = play([place]);
  assert.equal(call.phase, 'placing');
  assert.equal(stepOf(call), -1);
  call = advance(call, placed);
  assert.equal(call.phase, 'calling');
  assert.equal(call.number, '+33 1 •• 12', 'the masked number replaces the typed one');
  for (const step of STEPS) {
    call = advance(call, seen(step));
    assert.equal(call.phase, step);
    assert.ok(isUnderWay(call));
  }
});

test('late news never takes a call back', () => {
  const call = play([place, placed, seen('answered'), seen('ringing'), placed]);
  assert.equal(call.phase, 'answered');
});

test('a phone may answer without ringing', () => {
  assert.equal(play([place, placed, seen('in')]).phase, 'in');
});

test('joining brings the time, and muting by the keypad shows', () => {
  const joined = '2026-11-24T13:30:00Z';
  const call = play([
    place,
    placed,
    seen('in', { joined_at: joined }),
    seen('in', { joined_at: joined, muted: true }),
  ]);
  assert.equal(call.joinedAt, joined);
  assert.equal(call.muted, true);
});

for (const ending of ENDINGS) {
  test(`a call ends as ${ending}, with words for people`, () => {
    const call = play([place, placed, { type: 'left', id: 'p7', ending }]);
    assert.equal(call.phase, 'ended');
    assert.equal(call.ending, ending);
    const { title, text, tone } = describeEnding(ending);
    assert.ok(title.length > 5 && text.endsWith('.'));
    assert.ok(['done', 'missed', 'fault'].includes(tone));
    assert.notEqual(title, describeEnding(null).title, 'words of its own');
  });
}

test('doors lie between the answer and the conference', () => {
  const answered = play([place, placed, seen('answered')]);
  let call = answered;
  for (const door of DOORS) {
    call = advance(call, seen(door));
    assert.equal(call.phase, door);
    assert.equal(stepOf(call), STEPS.indexOf('answered'));
    const { status, detail } = progressWords(call);
    assert.ok(status.length > 5 && detail.endsWith('.'), door);
    assert.equal(advance(call, seen('answered')).phase, door, 'never back');
  }
  assert.equal(advance(call, seen('confirming')).phase, 'in_lobby');
  assert.equal(advance(call, seen('in')).phase, 'in');
});

test('the page knows exactly the endings of the API', () => {
  assert.deepEqual([...endingNames].sort(), [...ENDINGS].sort());
});

test('who was in by browser reads nothing of phones', () => {
  for (const ending of ['left', 'removed', 'conference_ended', 'media_lost', 'server_stopped']) {
    const { title, text } = describeEnding(ending, 'browser');
    assert.doesNotMatch(`${title} ${text}`, /phone|call/i, ending);
  }
});

test('an ending that the page does not know still has words', () => {
  assert.ok(describeEnding('abducted').title);
  assert.ok(describeEnding('constructor').title);
  assert.ok(describeEnding(undefined).title);
});

test('an end is final: nothing that comes after it changes it', () => {
  const ended = play([place, placed, { type: 'left', id: 'p7', ending: 'busy' }]);
  const after = play([seen('in'), placed, { type: 'left', id: 'p7', ending: 'left' }], ended);
  assert.deepEqual(after, ended);
});

test('what happens to others is not about my call', () => {
  const call = play([place, placed]);
  assert.equal(advance(call, { type: 'left', id: 'p8', ending: 'left' }), call);
  const other = { id: 'p8', state: 'in', muted: true, joined_at: null };
  assert.equal(advance(call, { type: 'participant', participant: other }), call);
  assert.equal(advance(IDLE, { type: 'left', id: null, ending: 'left' }), IDLE);
});

test('a refused call goes back to the form', () => {
  assert.equal(play([place, { type: 'refused' }]), IDLE);
});

test('a call that has ended when it is read is over', () => {
  const read = { type: 'call', call: { ...placed.call, state: 'ended', ending: 'no_answer' } };
  const call = play([{ type: 'resume', id: 's3cret' }, read]);
  assert.deepEqual([call.phase, call.ending], ['ended', 'no_answer']);
});

test('after a reload the call is found again where it is', () => {
  const read = { type: 'call', call: { ...placed.call, state: 'in', muted: true } };
  const call = play([{ type: 'resume', id: 's3cret' }, read]);
  assert.deepEqual([call.phase, call.muted, call.id], ['in', true, 's3cret']);
});

test('a call that the server has forgotten is over without a reason', () => {
  const call = play([{ type: 'resume', id: 's3cret' }, { type: 'vanished' }]);
  assert.deepEqual([call.phase, call.ending], ['ended', null]);
});

test('only one call at a time', () => {
  const call = play([place, placed]);
  assert.equal(advance(call, place), call);
  assert.equal(advance(call, { type: 'reset' }), call, 'no form while a call is under way');
});

test('hanging up shows until the end comes, or until it failed', () => {
  const leaving = play([place, placed, { type: 'leaving', leaving: true }]);
  assert.equal(leaving.leaving, true);
  assert.equal(advance(leaving, { type: 'leaving', leaving: false }).leaving, false);
  assert.equal(advance(leaving, { type: 'left', id: 'p7', ending: 'cancelled' }).leaving, false);
});

test('the card shows my call before what the conference allows', () => {
  const open = { open: true, state: 'resting' };
  const early = { open: false, state: 'resting' };
  const over = { open: false, state: 'ended' };
  const ringing = play([place, placed, seen('ringing')]);
  const ended = play([{ type: 'left', id: 'p7', ending: 'busy' }], ringing);
  assert.equal(cardState(null, IDLE), 'loading');
  assert.equal(cardState(open, IDLE), 'idle');
  assert.equal(cardState(early, IDLE), 'closed');
  assert.equal(cardState(over, IDLE), 'over');
  assert.equal(cardState(over, ringing), 'ringing');
  assert.equal(cardState(open, ended), 'ended');
});

test('each state of a call has words', () => {
  const words = [play([place]), ...STEPS.map((step) => play([place, placed, seen(step)]))].map(
    (call) => progressWords(call).status,
  );
  assert.deepEqual(words, [
    'Calling…',
    'Calling…',
    'Your phone is ringing',
    'You picked up',
    'You’re in',
  ]);
});
