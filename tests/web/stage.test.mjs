import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stageOf } from '../../crates/server/web/js/stage.js';

const stage = (browser, call, card = call, isOpen = true) => {
  return stageOf({ browser: { phase: browser }, call: { phase: call }, card, isOpen });
};

test('both ways are offered alike as long as nothing has begun', () => {
  assert.deepEqual(stage('idle', 'idle'), { lead: 'both', browser: true, phone: true });
});

test('a conference that is closed, over or unknown offers neither', () => {
  for (const card of ['loading', 'closed', 'over']) {
    assert.deepEqual(stage('idle', 'idle', card, false), { lead: 'phone', browser: false, phone: true });
  }
});

test('who is in by browser can still have the phone rung', () => {
  for (const phase of ['asking', 'trouble', 'joining', 'in', 'reconnecting', 'lost', 'ended']) {
    assert.deepEqual(stage(phase, 'idle'), { lead: 'browser', browser: true, phone: true });
  }
  assert.deepEqual(stage('in', 'ringing'), { lead: 'browser', browser: true, phone: true });
  assert.deepEqual(stage('in', 'ended'), { lead: 'browser', browser: true, phone: true });
});

test('who talks on the phone sees that, and can go on in the browser', () => {
  assert.deepEqual(stage('in', 'in'), { lead: 'phone', browser: true, phone: true });
  assert.deepEqual(stage('idle', 'in'), { lead: 'phone', browser: true, phone: true });
});

test('while the phone rings nothing else is asked', () => {
  for (const phase of ['placing', 'calling', 'ringing', 'answered']) {
    assert.deepEqual(stage('idle', phase), { lead: 'phone', browser: false, phone: true });
  }
});

test('when the phone didn’t work the browser may', () => {
  assert.deepEqual(stage('idle', 'ended'), { lead: 'phone', browser: true, phone: true });
  assert.equal(stage('idle', 'ended', 'ended', false).browser, false);
});

test('after the end of the conference only the ending is there', () => {
  assert.deepEqual(stage('ended', 'idle', 'over', false), { lead: 'browser', browser: true, phone: false });
});
