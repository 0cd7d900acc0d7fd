import assert from 'node:assert/strict';
import { recordingSign, recordingText } from '../../crates/server/web/js/recording.js';
import { assertAccessible } from './support/accessibility.mjs';
import { TOKEN } from './support/mock.mjs';
import { DESK, openConference, openPages, page, server, test } from './support/pages.mjs';

openPages({ screen: DESK });

const sign = (isOn) =>
  page.until((on) => {
    const { hidden, dataset } = document.querySelector('#recording-sign');
    return !hidden && dataset.on === on;
  }, String(isOn));

test('what is said of a recording', () => {
  const since = '2026-11-24T13:30:00Z';
  const now = Date.parse(since) + 61_000;
  const on = { since, on: true, voices: false, lost_ms: 0, ending: null };
  assert.equal(recordingSign(null, now), null);
  assert.equal(recordingSign(on, now).detail, '1:01');
  assert.match(recordingSign({ ...on, lost_ms: 1_500 }, now).detail, /slow: 1.5 s are missing/);
  assert.equal(recordingSign({ ...on, on: false, ending: 'stopped' }, now), null, 'as was wanted');
  const full = recordingSign({ ...on, on: false, ending: 'disk_full' }, now);
  assert.match(full.text, /disk is full/);
  assert.equal(full.isOn, false);
  const over = { duration_s: 61, bytes: 1_250_000, ending: 'stopped', lost_s: 0 };
  assert.equal(recordingText(over), '1:01 · 1.3 MB');
  assert.equal(recordingText({ ...over, ending: null }), 'Being recorded');
  assert.match(recordingText({ ...over, lost_s: 2, ending: 'cut_short' }), /2.0 s missing · .*middle/);
});

test('everybody sees the sign, and what went wrong, and nobody but hosts a button', async () => {
  const conference = await openConference();
  conference.join('Ana Lima');
  await page.visible('[data-participant="p1"]');
  assert.equal(await page.evaluate(() => document.querySelector('#recording').hidden), true);
  conference.record({ on: true });
  await sign(true);
  assert.equal(await page.text('#recording-text'), 'This conference is being recorded.');
  await page.until(() => document.querySelector('#announcer').textContent.includes('being recorded'));
  await assertAccessible(page);
  assert.equal(await page.evaluate(() => document.querySelector('#recording').hidden), true);
  conference.endRecording('disk_full');
  await sign(false);
  assert.match(await page.text('#recording-text'), /disk is full/);
});

test('a host records, and the subscriber has the file and deletes it', async () => {
  const conference = await openConference({}, `#token=${TOKEN}`);
  conference.join('Ana Lima');
  await page.visible('#record');
  await page.click('#record-voices');
  await page.click('#record');
  await sign(true);
  assert.equal(await page.text('#record'), 'Stop recording');
  await page.visible('[data-recording="r1"][data-state="on"]');
  await page.click('#record');
  await page.visible('[data-recording="r1"][data-state="over"]');
  assert.match(await page.text('[data-recording="r1"]'), /1:01 · 0.4 MB/);
  await assertAccessible(page);
  await page.click('.recording-actions button:first-child');
  await page.until(() => performance.getEntriesByType('resource').some(({ name }) => name.endsWith('mix.ogg')));
  await page.click('.recording-actions button:last-child');
  await page.click('#confirm-yes');
  await page.until(() => document.querySelector('#recordings').childElementCount === 0);
  assert.deepEqual(conference.recordings, []);
});
