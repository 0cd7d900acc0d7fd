import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IDLE, advance, isLive, isMicrophoneOpen } from '../../crates/server/web/js/browser-call.js';
import { muteWords, talkWords } from '../../crates/server/web/js/browser-view.js';

const play = (events, from = IDLE) => events.reduce(advance, from);
const join = { type: 'join', listening: false };
const session = { type: 'session', secret: 's3cret' };
const record = (more = {}) => ({
  type: 'record',
  call: { id: 's3cret', participant: 'p7', state: 'answered', muted: false, ending: null, ...more },
});
const seen = (more = {}) => ({
  type: 'participant',
  participant: { id: 'p7', state: 'in', muted: false, muted_by: null, held: false, ...more },
});
const left = (ending) => ({ type: 'left', id: 'p7', ending });
const inside = play([join, session, record(), { type: 'connected' }, seen()]);

test('the microphone is asked for before anything else', () => {
  const asking = play([{ type: 'ask' }]);
  assert.equal(asking.phase, 'asking');
  assert.equal(play([{ type: 'prompt' }], asking).prompting, true);
  assert.equal(play([{ type: 'back' }], asking), IDLE);
  assert.equal(isLive(asking), false);
});

test('joining ends in the conference', () => {
  let call = play([{ type: 'ask' }, { type: 'prompt' }, join]);
  assert.deepEqual([call.phase, call.prompting], ['joining', false]);
  call = play([session, record(), { type: 'connected' }], call);
  assert.deepEqual([call.phase, call.secret, call.participant], ['in', 's3cret', 'p7']);
  const joined = '2026-11-24T13:30:00Z';
  assert.equal(play([seen({ joined_at: joined })], call).joinedAt, joined);
});

test('a trouble is left by trying again, by listening, or by going back', () => {
  const trouble = play([{ type: 'ask' }, { type: 'trouble', trouble: 'missing' }]);
  assert.deepEqual([trouble.phase, trouble.trouble], ['trouble', 'missing']);
  assert.equal(play([{ type: 'ask' }], trouble).phase, 'asking');
  assert.equal(play([{ type: 'back' }], trouble), IDLE);
  const listening = play([{ type: 'join', listening: true }], trouble);
  assert.deepEqual([listening.phase, listening.listening, listening.muted], ['joining', true, true]);
});

test('a trouble never takes anybody out who is in', () => {
  assert.equal(play([{ type: 'trouble', trouble: 'in_use' }], inside), inside);
});

test('who is refused is back where they were', () => {
  assert.equal(play([join, { type: 'refused' }]), IDLE);
});

test('a break keeps the session, and the connection comes back', () => {
  const broken = play([{ type: 'broken' }], inside);
  assert.deepEqual([broken.phase, broken.secret], ['reconnecting', 's3cret']);
  assert.equal(play([{ type: 'connected' }], broken).phase, 'in');
});

for (const ending of ['media_lost', 'not_connected', 'server_stopped']) {
  test(`${ending} is a break, not an end`, () => {
    const broken = play([left(ending)], inside);
    assert.deepEqual([broken.phase, broken.secret, broken.participant], ['reconnecting', null, null]);
  });
}

for (const ending of ['left', 'removed', 'conference_ended', 'replaced']) {
  test(`${ending} is an end`, () => {
    const ended = play([left(ending)], inside);
    assert.deepEqual([ended.phase, ended.ending, ended.secret], ['ended', ending, null]);
    assert.equal(play([seen()], ended), ended, 'nothing that comes after it changes it');
    assert.equal(play([{ type: 'reset' }], ended), IDLE);
    assert.equal(play([join], ended).phase, 'joining');
  });
}

test('a session that was found ended is over, or has to be begun again', () => {
  assert.equal(play([record({ ending: 'removed' })], inside).phase, 'ended');
  assert.equal(play([record({ ending: 'media_lost' })], inside).phase, 'reconnecting');
});

test('what a former session does is of no interest', () => {
  const again = play([left('media_lost'), { ...session, secret: 'other' }], inside);
  assert.equal(play([left('left')], again), again);
  assert.equal(play([record()], again), again);
});

test('after a while it is given up, and can be tried again', () => {
  const lost = play([{ type: 'broken' }, { type: 'gave_up' }], inside);
  assert.equal(lost.phase, 'lost');
  assert.equal(play([{ type: 'gave_up' }], inside), inside, 'only while broken');
  assert.equal(play([join], lost).phase, 'joining');
});

test('what I want about my microphone goes before what the server last knew', () => {
  const muted = play([{ type: 'mute', muted: true }], inside);
  assert.deepEqual([muted.muted, muted.telling], [true, true]);
  assert.equal(play([seen({ muted: false })], muted).muted, true, 'an older event');
  const told = play([{ type: 'told', muted: true }], muted);
  assert.equal(play([seen({ muted: false })], told).muted, false, 'a newer one');
});

test('a host mutes, and asks to unmute', () => {
  const muted = play([seen({ muted: true, muted_by: 'host' })], inside);
  assert.deepEqual([muted.muted, muted.mutedBy], [true, 'host']);
  const asked = play([{ type: 'unmute_asked', id: 'p7' }], muted);
  assert.equal(asked.asked, true);
  assert.equal(play([{ type: 'stay_muted' }], asked).asked, false);
  assert.equal(play([{ type: 'mute', muted: false }], asked).asked, false);
  assert.equal(play([seen({ muted: false })], asked).asked, false);
});

test('nobody is asked to unmute who is heard, nor for somebody else', () => {
  assert.equal(play([{ type: 'unmute_asked', id: 'p7' }], inside).asked, false);
  const muted = play([{ type: 'mute', muted: true }], inside);
  assert.equal(play([{ type: 'unmute_asked', id: 'p8' }], muted).asked, false);
});

test('a new session begins as muted as the last one was, whatever is said of it first', () => {
  const again = play(
    [{ type: 'mute', muted: true }, { type: 'told', muted: true }, left('media_lost'), session, record()],
    inside,
  );
  assert.equal(again.muted, true);
  assert.equal(play([seen({ muted: false })], again).muted, true);
});

test('the microphone is open only when somebody should hear it', () => {
  assert.equal(isMicrophoneOpen(inside), true);
  for (const event of [
    { type: 'mute', muted: true },
    { type: 'microphone', there: false },
    seen({ held: true }),
    left('left'),
  ]) {
    assert.equal(isMicrophoneOpen(play([event], inside)), false, JSON.stringify(event));
  }
});

test('on the phone the browser rests, and has the sound back afterwards', () => {
  const held = play([seen({ held: true })], inside);
  assert.equal(held.held, true);
  assert.equal(play([seen({ held: false })], held).held, false);
});

test('each state of the talk has words', () => {
  const status = (events, about) => talkWords(play(events, inside), about).status;
  assert.equal(talkWords(play([join])).status, 'Joining…');
  assert.equal(status([]), 'You’re in');
  assert.equal(status([{ type: 'mute', muted: true }]), 'You’re in, muted');
  assert.equal(status([seen({ muted: true, muted_by: 'host' })]), 'Muted by the host');
  assert.equal(status([{ type: 'microphone', there: false }]), 'You’re listening');
  assert.equal(status([seen({ held: true })]), 'You are on the phone now');
  assert.equal(status([{ type: 'broken' }]), 'Reconnecting…');
  assert.equal(status([{ type: 'broken' }], { isOnline: false }), 'You’re offline');
  assert.match(talkWords(inside, { isWeak: true }).detail, /weak/);
});

test('the button says what it does', () => {
  assert.equal(muteWords(inside), 'Mute');
  assert.equal(muteWords(play([{ type: 'mute', muted: true }], inside)), 'Unmute');
  assert.equal(muteWords(play([{ type: 'microphone', there: false }], inside)), 'Talk too');
});
