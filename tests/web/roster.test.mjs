import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  DEPARTED_MAX,
  EMPTY,
  browserOf,
  count,
  hueOf,
  inOrder,
  initials,
  reduce,
} from '../../crates/server/web/js/roster.js';

const person = (id, properties = {}) => ({
  id,
  label: `Person ${id}`,
  via: 'dial_in',
  state: 'in',
  muted: false,
  speaking: false,
  joined_at: '2026-11-24T13:30:00Z',
  ...properties,
});

const play = (events, from = EMPTY) =>
  events.reduce((roster, [type, data]) => reduce(roster, { type, data }), from);

const ids = (roster) => inOrder(roster).map(({ id }) => id);

test('a snapshot replaces everybody', () => {
  const roster = play([
    ['participant', person('p1')],
    ['snapshot', { participants: [person('p2'), person('p3')] }],
  ]);
  assert.deepEqual(ids(roster), ['p2', 'p3']);
});

test('a participant is added once and then updated', () => {
  const roster = play([
    ['participant', person('p1', { state: 'calling', joined_at: null })],
    ['participant', person('p1', { state: 'ringing', joined_at: null })],
  ]);
  assert.equal(roster.people.size, 1);
  assert.equal(roster.people.get('p1').state, 'ringing');
});

test('those who are in come first, by join time, and those being called after them', () => {
  const roster = play([
    ['participant', person('p10', { state: 'ringing', joined_at: null })],
    ['participant', person('p9', { state: 'calling', joined_at: null })],
    ['participant', person('p2', { joined_at: '2026-11-24T13:32:00Z' })],
    ['participant', person('p7', { joined_at: '2026-11-24T13:31:00Z' })],
  ]);
  assert.deepEqual(ids(roster), ['p7', 'p2', 'p9', 'p10']);
  assert.deepEqual(count(roster), { present: 2, called: 2 });
});

test('speaking changes that person alone', () => {
  const before = play([
    ['participant', person('p1')],
    ['participant', person('p2')],
  ]);
  const after = play([['speaking', { id: 'p2', speaking: true }]], before);
  assert.equal(after.people.get('p2').speaking, true);
  assert.equal(after.people.get('p1'), before.people.get('p1'));
  assert.equal(before.people.get('p2').speaking, false, 'the old roster stays as it was');
});

test('quality changes that person alone', () => {
  const quality = { rating: 'fair', mos: 3.6, loss: 0.03, loss_out: null, jitter_ms: 9, rtt_ms: 80 };
  const before = play([['participant', person('p1')]]);
  const after = play([['quality', { id: 'p1', ...quality }]], before);
  assert.deepEqual(after.people.get('p1').quality, quality);
  assert.equal(play([['quality', { id: 'nobody', ...quality }]], before), before);
});

const browser = (properties = {}) => person('p1', { via: 'browser', label: 'Jo', ...properties });
const phone = (properties = {}) => person('p2', { via: 'call_me', with: 'p1', ...properties });

test('phone and browser of one person are one', () => {
  const roster = play([
    ['participant', browser({ muted: true })],
    ['participant', phone({ state: 'ringing', joined_at: null })],
  ]);
  assert.deepEqual(ids(roster), ['p1']);
  assert.deepEqual(count(roster), { present: 1, called: 0 });
  const [jo] = inOrder(roster);
  assert.deepEqual([jo.label, jo.state, jo.muted, jo.phone.state], ['Jo', 'in', true, 'ringing']);
  assert.equal(browserOf(roster.people.get('p2'), roster).id, 'p1');
});

test('while the phone is in, it is what is heard of them', () => {
  const quality = { rating: 'good', mos: 4.2, loss: 0, loss_out: 0, jitter_ms: 1, rtt_ms: 20 };
  const roster = play([
    ['participant', browser({ quality: { ...quality, rating: 'poor' } })],
    ['participant', phone({ speaking: true, quality })],
  ]);
  const [jo] = inOrder(roster);
  assert.deepEqual([jo.id, jo.speaking, jo.quality.rating], ['p1', true, 'good']);
});

test('a phone stays when its browser goes, and somebody else’s is never taken for it', () => {
  const both = play([
    ['participant', browser()],
    ['participant', phone()],
    ['participant', person('p3')],
  ]);
  assert.deepEqual(ids(both), ['p1', 'p3']);
  const after = play([['left', { id: 'p1', ending: 'left' }]], both);
  assert.deepEqual(ids(after), ['p2', 'p3']);
  assert.equal(browserOf(after.people.get('p2'), after), undefined);
});

test('what brings nothing new leaves the very same roster', () => {
  const roster = play([['participant', person('p1')]]);
  assert.equal(play([['speaking', { id: 'p1', speaking: false }]], roster), roster);
  assert.equal(play([['speaking', { id: 'nobody', speaking: true }]], roster), roster);
  assert.equal(play([['conference', { state: 'active' }]], roster), roster);
});

test('who left is gone, and the ending is remembered for a while', () => {
  const roster = play([
    ['participant', person('p1')],
    ['left', { id: 'p1', ending: 'busy' }],
  ]);
  assert.equal(roster.people.size, 0);
  assert.equal(roster.departed.get('p1'), 'busy');
});

test('the memory of those who left is bounded, the oldest being forgotten', () => {
  const leaving = Array.from({ length: DEPARTED_MAX + 5 }, (_, i) => [
    'left',
    { id: `p${i}`, ending: 'left' },
  ]);
  const { departed } = play(leaving);
  assert.equal(departed.size, DEPARTED_MAX);
  assert.equal(departed.has('p4'), false);
  assert.equal(departed.has('p5'), true);
});

test('an avatar shows initials of names and the end of numbers', () => {
  assert.equal(initials('Ana Lima'), 'AL');
  assert.equal(initials('  łukasz  maria Wiśniewski '), 'ŁW');
  assert.equal(initials('Bo'), 'B');
  assert.equal(initials('😀 Smile'), '😀S');
  assert.equal(initials('+33 6 •• •• •• 47'), '47');
  assert.equal(initials('   '), '?');
});

test('an avatar keeps its colour, within the range', () => {
  for (let i = 0; i < 200; i += 1) {
    const hue = hueOf(`p${i}`, 6);
    assert.ok(Number.isInteger(hue) && hue >= 0 && hue < 6);
    assert.equal(hueOf(`p${i}`, 6), hue);
  }
});
