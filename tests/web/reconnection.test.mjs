import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Problem } from '../../crates/server/web/js/api.js';
import {
  GIVE_UP_AFTER_MS,
  RESTARTS_MAX,
  backoffMs,
  nextStep,
  verdictOn,
} from '../../crates/server/web/js/reconnection.js';
import { Trouble } from '../../crates/server/web/js/troubles.js';

const broken = { hasSession: true, transport: 'disconnected', restarts: 0, elapsedMs: 0 };

test('a path that was lost is looked for within the session', () => {
  assert.equal(nextStep(broken), 'restart');
});

for (const [why, change] of [
  ['the transport has failed', { transport: 'failed' }],
  ['the transport is closed', { transport: 'closed' }],
  ['the server has forgotten the session', { hasSession: false }],
  ['restarts led nowhere', { restarts: RESTARTS_MAX }],
]) {
  test(`a new session is begun when ${why}`, () => {
    assert.equal(nextStep({ ...broken, ...change }), 'rejoin');
  });
}

test('after a while it is left to the person', () => {
  assert.equal(nextStep({ ...broken, elapsedMs: GIVE_UP_AFTER_MS - 1 }), 'restart');
  assert.equal(nextStep({ ...broken, elapsedMs: GIVE_UP_AFTER_MS }), 'give_up');
});

test('waits grow to a limit, and differ from browser to browser', () => {
  const longest = [0, 1, 2, 3, 4, 5, 1_000].map((attempt) => backoffMs(attempt, 1));
  assert.deepEqual(longest, [400, 800, 1_600, 3_200, 6_400, 8_000, 8_000]);
  assert.equal(backoffMs(2, 0), 800, 'never less than half');
});

test('what a failure means', () => {
  const refusal = (status) => new Problem({ status });
  for (const status of [0, 408, 429, 500, 503]) {
    assert.equal(verdictOn(refusal(status), 'restart'), 'retry');
    assert.equal(verdictOn(refusal(status), 'rejoin'), 'retry');
  }
  for (const status of [404, 410, 412, 422]) assert.equal(verdictOn(refusal(status), 'restart'), 'gone');
  for (const status of [404, 410]) assert.equal(verdictOn(refusal(status), 'rejoin'), 'over');
  for (const status of [403, 409, 422]) assert.equal(verdictOn(refusal(status), 'rejoin'), 'stop');
  assert.equal(verdictOn(new Trouble('unreachable'), 'restart'), 'retry', 'no path in time');
  assert.equal(verdictOn(new Error('InvalidStateError'), 'rejoin'), 'retry');
});
