/** *Call me when it starts*, and the host who doesn’t wait for that. */
import assert from 'node:assert/strict';
import { laterWords } from '../../crates/server/web/js/later.js';
import { assertAccessible } from './support/accessibility.mjs';
import { TOKEN } from './support/mock.mjs';
import { announced, eventually, openConference, openPages, page, server, test } from './support/pages.mjs';

openPages({ provoked: /status of (403|422)/ });

const HOUR_MS = 3_600_000;

const inAnHour = () => new Date(Date.now() + HOUR_MS).toISOString();
const later = (state) => page.visible(`#later[data-state="${state}"]`);

async function leaveNumber(number = '01 99 00 00 12') {
  await page.fill('#later-number', number);
  await page.click('#call-later');
}

test('what is said of a number that was left', () => {
  const booked = { state: 'waiting', number: '+33 1 •• •• •• 12', starts_at: '2026-11-24T13:30:00Z' };
  const words = laterWords(booked, 'Europe/Paris');
  assert.equal(words.state, 'booked');
  assert.match(words.text, /We ring \+33 1 •• •• •• 12 on .*24.*14:30/);
  assert.match(laterWords({ ...booked, state: 'busy' }, 'UTC').text, /twice.*busy/);
  assert.deepEqual(laterWords({ ...booked, state: 'not_reachable' }, 'UTC').state, 'called');
});

test('a number is left before the set time, kept for this browser, and taken back', async () => {
  const conference = await openConference({ starts_at: inAnHour() });
  await later('offered');
  await assertAccessible(page);
  await leaveNumber('12');
  await page.visible('#later-number-error');
  await page.fill('#later-name', 'Ana');
  await leaveNumber();
  await later('booked');
  await announced('We ring +33');
  const [left] = conference.appointments.values();
  assert.equal(left.name, 'Ana');
  await assertAccessible(page);
  await page.reload();
  await later('booked');
  assert.match(await page.text('#later-text'), /•• 12/);
  await page.click('#not-later');
  await later('offered');
  assert.equal(conference.appointments.size, 0);
});

test('what became of the call is told from the set time on', async () => {
  const conference = await openConference({ starts_at: inAnHour() });
  await leaveNumber();
  await later('booked');
  const [left] = conference.appointments.values();
  Object.assign(left, { state: 'busy', starts_at: new Date().toISOString() });
  conference.open();
  await page.reload();
  await later('called');
  assert.match(await page.text('#later-text'), /line was busy/);
  assert.equal(await page.evaluate(() => document.querySelector('#not-later').hidden), true);
});

test('a set time that is moved moves the call', async () => {
  const conference = await openConference({ starts_at: inAnHour() });
  await leaveNumber();
  await later('booked');
  const [left] = conference.appointments.values();
  const moved = '2031-07-01T07:30:00.000Z';
  left.starts_at = moved;
  conference.revise({ ...conference.settings, starts_at: moved });
  await page.until(() => document.querySelector('#later-text').textContent.includes('1 Jul'));
});

test('a PIN is asked for here, too', async () => {
  await openConference({ starts_at: inAnHour(), access: { pin: '2468' } });
  await leaveNumber();
  await page.visible('#later-pin-error');
  await page.fill('#later-pin', '2468');
  await leaveNumber();
  await later('booked');
});

test('nothing is offered where there is no set time, nor once it is open', async () => {
  const conference = await openConference();
  await page.visible('#call-form');
  assert.equal(await page.evaluate(() => document.querySelector('#later').hidden), true);
  conference.revise({ title: 'Later' });
  await page.until(() => document.querySelector('#title').textContent === 'Later');
  assert.equal(await page.evaluate(() => document.querySelector('#later').hidden), true);
});

test('a host opens it now for those who have come early', async () => {
  const conference = server.createConference({ title: 'Early', starts_at: inAnHour() });
  await page.goto(conference.hostUrl);
  await page.visible('#call-form');
  assert.equal(await page.evaluate(() => document.querySelector('#host-bar').hidden), true);
  const early = conference.join('Ana Lima', { state: 'awaiting_start', joined_at: null });
  await page.visible('#begin');
  await assertAccessible(page);
  await page.click('#begin');
  await eventually(() => conference.participants.get(early).state === 'in', 'she is in');
  await page.until(() => document.querySelector('#begin').hidden);
});

test('the subscriber sees who is to be called', async () => {
  const conference = server.createConference({ title: 'Board call', starts_at: inAnHour() });
  conference.bookCall({ number: '01 99 00 00 12', name: 'Ana' });
  Object.assign(conference.bookCall({ number: '01 99 00 00 13' }), { state: 'busy' });
  await page.goto(`${server.url}/#token=${TOKEN}`);
  await page.visible('#conferences li');
  await page.click('[data-action="invite"]');
  await page.visible('#callees [data-state="waiting"]');
  assert.equal(await page.text('#callees-heading'), 'To be called at the set time: 1');
  assert.match(await page.text('#callees [data-state="waiting"]'), /Ana · \+33 1 •• •• •• 12/);
  assert.match(await page.text('#callees [data-state="busy"]'), /Was busy/);
  await assertAccessible(page);
});
