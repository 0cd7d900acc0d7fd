import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { MyBrowser } from '../../crates/server/web/js/my-browser.js';
import { GIVE_UP_AFTER_MS } from '../../crates/server/web/js/reconnection.js';
import { EMPTY, reduce } from '../../crates/server/web/js/roster.js';
import { FakeWorld, settle } from './support/world.mjs';

/** A tab's storage, which Node lacks. */
const storage = new Map();
Object.defineProperty(globalThis, 'sessionStorage', {
  value: {
    getItem: (name) => storage.get(name) ?? null,
    setItem: (name, value) => storage.set(name, value),
    removeItem: (name) => storage.delete(name),
  },
});
afterEach(() => storage.clear());

/** My call on a fake world, with a roster that follows the same events. */
function open(properties = {}) {
  const world = Object.assign(new FakeWorld(), properties);
  const seen = { notices: [], phases: [], phone: null, stream: undefined };
  let roster = EMPTY;
  const call = new MyBrowser(
    'key',
    {
      change: ({ phase }, before) => phase !== before.phase && seen.phases.push(phase),
      notice: (text) => seen.notices.push(text),
      stream: (stream) => (seen.stream = stream),
      roster: () => roster,
      phone: () => seen.phone,
      proof: () => seen.proof ?? {},
      microphoneId: () => 'headset',
    },
    world,
  );
  const take = async (type, data) => {
    roster = reduce(roster, { type, data });
    call.take({ type, data });
    await settle();
  };
  return { world, seen, call, take };
}

async function joined(properties) {
  const opened = open(properties);
  await opened.call.ask('Jo');
  await settle();
  assert.equal(opened.call.state.phase, 'in');
  opened.world.asked.length = 0;
  return opened;
}

const me = (id, more = {}) => ({ id, state: 'in', muted: false, muted_by: null, held: false, ...more });

// Joining.

test('who allowed the microphone before is in with one click', async () => {
  const { world, seen, call } = open();
  await call.ask('Jo');
  await settle();
  assert.deepEqual(seen.phases, ['joining', 'in']);
  assert.deepEqual(world.asked, ['begin Jo', 'read s1']);
  assert.equal(call.state.participant, 'p-s1');
  assert.equal(world.link.sent, world.track);
  assert.equal(world.track.deviceId, 'headset');
  assert.equal(world.track.enabled, true);
});

test('who wasn’t asked yet is told first', async () => {
  const { world, seen, call } = open({ permitted: 'prompt' });
  await call.ask('Jo');
  assert.deepEqual(seen.phases, ['asking']);
  assert.equal(world.track, null, 'nothing is opened before they agree');
  await call.allow();
  assert.equal(call.state.phase, 'in');
});

test('who thinks better of it while the browser asks has no microphone open', async () => {
  const { world, call } = open({ permitted: 'prompt' });
  await call.ask('Jo');
  const allowed = call.allow();
  call.back();
  await allowed;
  assert.equal(call.state.phase, 'idle');
  assert.equal(world.track, null);
  assert.deepEqual(world.asked, []);
});

for (const [trouble, properties] of [
  ['insecure', { hindered: 'insecure' }],
  ['unsupported', { hindered: 'unsupported' }],
  ['refused', { permitted: 'denied' }],
  ['missing', { trouble: 'missing' }],
  ['in_use', { trouble: 'in_use' }],
  ['unreachable', { hasPath: false }],
]) {
  test(`${trouble} stands in the way, and says so`, async () => {
    const { call, world } = open(properties);
    await call.ask('Jo');
    await settle();
    assert.deepEqual([call.state.phase, call.state.trouble], ['trouble', trouble]);
    assert.equal(world.track, null);
  });
}

test('without a path the session is given back', async () => {
  const { call, world } = open({ hasPath: false });
  await call.ask('Jo');
  assert.deepEqual(world.asked, ['begin Jo', 'read s1', 'end s1']);
});

test('without a microphone one can listen, and take one in later', async () => {
  const { world, call } = open({ trouble: 'missing' });
  await call.ask('Jo');
  await call.listen();
  await settle();
  assert.deepEqual([call.state.phase, call.state.listening, call.state.muted], ['in', true, true]);
  assert.equal(world.link.sent, null);
  assert.ok(world.asked.includes('mute s1 true'), 'the others see it');
  world.trouble = null;
  await call.setMuted(false);
  assert.deepEqual([call.state.listening, call.state.muted], [false, false]);
  assert.equal(world.link.sent, world.track);
  assert.equal(world.track.enabled, true);
  assert.equal(world.links.length, 1, 'nothing was negotiated again');
});

test('a refusal is thrown, and leaves nothing open', async () => {
  const { world, call } = open({ refusals: { begin: 409 } });
  await assert.rejects(call.ask('Jo'), { status: 409 });
  assert.equal(call.state.phase, 'idle');
  assert.equal(world.track, null);
  assert.equal(world.link.state, 'closed');
});

test('who leaves before the server has answered is not in', async () => {
  const { world, call } = open();
  const asked = call.ask('Jo');
  await Promise.resolve();
  await Promise.resolve();
  assert.equal(call.state.phase, 'joining');
  call.leave();
  await asked;
  await settle();
  assert.equal(call.state.ending, 'left');
  assert.equal(world.track, null);
  const begun = world.asked.filter((request) => request.startsWith('begin')).length;
  const ended = world.asked.filter((request) => request.startsWith('end')).length;
  assert.equal(begun, ended, 'no session is left behind');
});

test('the phone of the same person is named', async () => {
  const { world, seen, call } = open();
  seen.phone = 'phone-secret';
  await call.ask('Jo');
  assert.equal(world.asked[0], 'begin Jo phone-secret');
});

test('leaving ends the session and gives the microphone back', async () => {
  const { world, seen, call } = await joined();
  call.leave();
  await settle();
  assert.deepEqual(world.asked, ['end s1']);
  assert.deepEqual([world.track, world.link.state, seen.stream], [null, 'closed', null]);
});

// Mute.

test('muting closes the microphone at once, and tells the server', async () => {
  const { world, call } = await joined();
  const muting = call.setMuted(true);
  assert.equal(world.track.enabled, false);
  await muting;
  assert.deepEqual(world.asked, ['mute s1 true']);
  assert.equal(call.state.telling, false);
});

test('the server hears the last of quick changes', async () => {
  const { world, call } = await joined();
  await Promise.all([call.setMuted(true), call.setMuted(false), call.setMuted(true)]);
  assert.equal(world.asked.at(-1), 'mute s1 true');
  assert.deepEqual([call.state.muted, call.state.telling], [true, false]);
});

test('a host’s mute closes the microphone', async () => {
  const { world, call, take } = await joined();
  await take('participant', me('p-s1', { muted: true, muted_by: 'host' }));
  assert.deepEqual([world.track.enabled, call.state.mutedBy], [false, 'host']);
  await take('unmute_asked', { id: 'p-s1' });
  assert.equal(call.state.asked, true);
  await call.setMuted(false);
  assert.deepEqual([world.track.enabled, call.state.asked], [true, false]);
});

test('an unmute that the server refuses leaves me muted, and says so', async () => {
  const { world, seen, call } = await joined();
  await call.setMuted(true);
  world.refusals.mute = 403;
  await call.setMuted(false);
  assert.deepEqual([call.state.muted, world.track.enabled], [true, false]);
  assert.equal(seen.notices.length, 1);
});

test('a mute that nobody could be told of holds, and is told when the connection is back', async () => {
  const { world, call, take } = await joined();
  world.refusals.mute = 0;
  await call.setMuted(true);
  await take('participant', me('p-s1'));
  assert.deepEqual([call.state.muted, world.track.enabled], [true, false]);
  delete world.refusals.mute;
  world.link.become('disconnected');
  await world.pass(1_000);
  assert.equal(world.asked.at(-1), 'mute s1 true');
  assert.equal(call.state.telling, false);
});

test('on the phone the microphone rests', async () => {
  const { world, take } = await joined();
  await take('participant', me('p-s1', { held: true }));
  assert.equal(world.track.enabled, false);
  await take('participant', me('p-s1'));
  assert.equal(world.track.enabled, true);
});

// Microphones.

test('another microphone needs no new session', async () => {
  const { world, call } = await joined();
  await call.useMicrophone('desk');
  assert.deepEqual([world.track.deviceId, world.track.enabled], ['desk', true]);
  assert.equal(world.link.sent, world.track);
  assert.deepEqual(world.asked, []);
});

test('an unplugged microphone gives way to another', async () => {
  const { world, seen, call } = await joined();
  await world.unplug();
  assert.equal(world.link.sent, world.track);
  assert.equal(world.track.enabled, true);
  assert.match(seen.notices[0], /Built-in/);
  assert.equal(call.state.listening, false);
});

test('without another one is left to listen', async () => {
  const { world, seen, call } = await joined();
  world.trouble = 'missing';
  await world.unplug();
  assert.deepEqual([call.state.listening, call.state.muted], [true, true]);
  assert.equal(world.link.sent, null);
  assert.deepEqual(world.asked, ['mute s1 true']);
  assert.match(seen.notices[0], /only listen/);
});

// Breaks.

test('a lost path is looked for at once, within the session', async () => {
  const { world, seen, call } = await joined();
  world.link.become('disconnected');
  assert.equal(call.state.phase, 'reconnecting');
  await world.pass(0);
  assert.equal(call.state.phase, 'in');
  assert.deepEqual(world.asked, ['restart s1']);
  assert.deepEqual(seen.phases, ['joining', 'in', 'reconnecting', 'in']);
});

test('a path that comes back by itself is as good', async () => {
  const { world, call } = await joined();
  world.refusals.restart = 0;
  world.link.become('disconnected');
  await world.pass(1_000);
  world.link.become('connected');
  await world.pass(20_000);
  assert.equal(call.state.phase, 'in');
  assert.ok(!world.asked.includes('begin Jo'));
});

test('a failed transport needs a new session, under the same name, in place of the old one', async () => {
  const { world, call } = await joined();
  world.link.become('failed');
  await world.pass(0);
  assert.equal(call.state.phase, 'in');
  assert.deepEqual(world.asked, ['begin Jo for s1', 'read s2']);
  assert.equal(call.state.participant, 'p-s2');
});

test('a server that was restarted is joined anew, as muted as before', async () => {
  const { world, call } = await joined();
  await call.setMuted(true);
  world.asked.length = 0;
  Object.assign(world.refusals, { restart: 0, begin: 0 });
  world.link.become('disconnected');
  await world.pass(10_000);
  assert.equal(call.state.phase, 'reconnecting');
  Object.assign(world, { refusals: { restart: 404 }, asked: [] });
  await world.pass(10_000);
  assert.equal(call.state.phase, 'in');
  assert.deepEqual(world.asked.slice(0, 2), ['restart s1', 'begin Jo for s1']);
  assert.ok(world.asked.includes('mute s2 true'));
  assert.equal(world.track.enabled, false);
});

test('while the network is away, the session is not given up for a new one', async () => {
  const { world } = await joined();
  Object.assign(world, { refusals: { restart: 0 }, hasPath: false });
  world.link.become('disconnected');
  await world.pass(60_000);
  assert.ok(world.asked.every((request) => request === 'restart s1'));
  assert.ok(world.asked.length > 5 && world.asked.length < 30, `${world.asked.length} tries`);
});

test('restarts that lead nowhere end in a new session', async () => {
  const { world } = await joined();
  world.hasPath = false;
  world.link.become('disconnected');
  await world.pass(5_000);
  assert.deepEqual(world.asked.slice(0, 3), ['restart s1', 'restart s1', 'begin Jo for s1']);
});

test('it is given up after a while, and everything given back', async () => {
  const { world, call } = await joined();
  Object.assign(world.refusals, { restart: 0, begin: 0 });
  world.link.become('disconnected');
  await world.pass(GIVE_UP_AFTER_MS + 10_000);
  assert.equal(call.state.phase, 'lost');
  assert.deepEqual([world.track, world.link.state], [null, 'closed']);
  world.refusals = {};
  await call.rejoin();
  assert.equal(call.state.phase, 'in');
});

test('a conference that is gone meanwhile has ended', async () => {
  const { world, call, take } = await joined();
  world.refusals.begin = 410;
  await take('left', { id: 'p-s1', ending: 'server_stopped' });
  await world.pass(0);
  assert.deepEqual([call.state.phase, call.state.ending], ['ended', 'conference_ended']);
});

test('a server that lets nobody in any more is told as it says it', async () => {
  const { world, call, take } = await joined();
  world.refusals.begin = 403;
  await take('left', { id: 'p-s1', ending: 'media_lost' });
  await world.pass(0);
  assert.deepEqual([call.state.phase, call.state.reason], ['lost', 'The server answered with status 403.']);
});

test('leaving while it is being mended is leaving', async () => {
  const { world, call } = await joined();
  world.refusals.restart = 0;
  world.link.become('disconnected');
  await world.pass(1_000);
  call.leave();
  await world.pass(GIVE_UP_AFTER_MS);
  assert.equal(call.state.phase, 'ended');
  assert.equal(world.asked.at(-1), 'end s1');
});

test('who leaves while a new session is out of reach leaves none behind', async () => {
  const { world, call } = await joined();
  world.refusals.begin = 0;
  world.link.become('failed');
  await world.pass(1_000);
  call.leave();
  await settle();
  assert.equal(world.asked.at(-1), 'end s1');
});

test('a network that is back is used now, not after the wait', async () => {
  const { world, call } = await joined();
  world.refusals.restart = 0;
  world.link.become('disconnected');
  await world.pass(30_000);
  world.refusals = {};
  call.lookForPath();
  await settle();
  assert.equal(call.state.phase, 'in');
});

test('another network is tried before the old path is missed', async () => {
  const { world, call } = await joined();
  call.lookForPath();
  await settle();
  assert.deepEqual(world.asked, ['restart s1']);
  assert.equal(call.state.phase, 'in');
});

test('a snapshot without me means that the server has forgotten me', async () => {
  const { world, call, take } = await joined();
  world.refusals.read = 404;
  await take('snapshot', { participants: [] });
  assert.equal(call.state.phase, 'reconnecting');
  delete world.refusals.read;
  await world.pass(1_000);
  assert.equal(call.state.phase, 'in');
  assert.equal(call.state.participant, `p-${call.state.secret}`);
});

test('a connection that keeps breaking is mended with patience', async () => {
  const { world } = await joined();
  for (let second = 0; second < 20; second += 1) {
    world.link.become('failed');
    await world.pass(1_000);
  }
  const begun = world.asked.filter((request) => request.startsWith('begin')).length;
  assert.ok(begun > 2 && begun < 8, `${begun} sessions`);
});

test('a snapshot with me says how I am', async () => {
  const { world, call, take } = await joined();
  await take('snapshot', { participants: [me('p-s1', { muted: true, muted_by: 'host' })] });
  assert.equal(call.state.mutedBy, 'host');
  assert.deepEqual(world.asked, []);
});

test('an end that overtook the answer is taken in', async () => {
  const { call, take } = open();
  await take('left', { id: 'p-s1', ending: 'removed' });
  await call.ask('Jo');
  await settle();
  assert.deepEqual([call.state.phase, call.state.ending], ['ended', 'removed']);
});

// The page goes and comes.

test('a page that goes takes its session with it, and a reload comes back as it was', async () => {
  const before = await joined();
  await before.call.setMuted(true);
  before.call.goAway();
  await settle();
  assert.equal(before.world.asked.at(-1), 'end s1 keepalive');
  const { world, call } = open();
  await call.comeBack({ isReload: true });
  await settle();
  assert.equal(world.asked[0], 'begin Jo for s1');
  assert.deepEqual([call.state.phase, call.state.muted, world.track.enabled], ['in', true, false]);
  assert.equal(storage.size, 0);
});

test('who comes to the page some other way is asked again', async () => {
  const before = await joined();
  before.call.goAway();
  const { world, call } = open();
  await call.comeBack({ isReload: false });
  assert.deepEqual(world.asked, ['end s1']);
  assert.equal(call.state.phase, 'idle');
});

test('a reload of a page that wasn’t in does nothing', async () => {
  const { world, call } = open();
  call.goAway();
  await call.comeBack({ isReload: true });
  assert.deepEqual(world.asked, []);
});

test('after a reload without the permission, it is asked for again', async () => {
  const before = await joined();
  before.call.goAway();
  const { call } = open({ permitted: 'prompt' });
  await call.comeBack({ isReload: true });
  assert.equal(call.state.phase, 'asking');
});
