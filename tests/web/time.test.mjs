import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noteServerDate, serverNow } from '../../crates/server/web/js/clock.js';
import {
  allZones,
  countdownText,
  durationText,
  localInput,
  momentText,
  setTimeText,
  timeOfDay,
  zoneCity,
  zonedMoment,
} from '../../crates/server/web/js/time.js';

const at = (text) => Date.parse(text);
const setTime = (visitorZone, more = {}) =>
  setTimeText({
    startsAt: at('2026-11-24T13:30:00Z'),
    zone: 'Europe/Paris',
    visitorZone,
    now: at('2026-11-22T12:00:00Z'),
    ...more,
  });

test('a set time is told in the conference’s zone and in the visitor’s', () => {
  assert.deepEqual(setTime('Europe/London'), {
    own: 'Starts Tue 24 Nov, 14:30 Paris time',
    yours: '13:30 your time',
  });
});

test('the visitor’s day is told when it is another one', () => {
  assert.equal(setTime('Pacific/Auckland').yours, 'Wed 25 Nov, 02:30 your time');
});

test('clocks that agree are told once, whatever the zone is called', () => {
  assert.deepEqual(setTime('Europe/Berlin'), { own: 'Starts Tue 24 Nov, 14:30', yours: null });
});

test('past set times, other years and UTC have words of their own', () => {
  assert.match(setTime('Europe/Paris', { now: at('2026-11-24T13:30:00Z') }).own, /^Started Tue 24/);
  assert.match(setTime('Europe/Paris', { now: at('2025-11-24T13:30:00Z') }).own, /24 Nov 2026, 14/);
  assert.match(setTime('Europe/Paris', { zone: 'UTC' }).own, /13:30 UTC$/);
});

test('midnight is 00:00', () => {
  assert.equal(momentText(at('2026-11-24T00:00:00Z'), 'UTC'), 'Tue 24 Nov, 00:00');
  assert.equal(timeOfDay(at('2026-11-24T00:05:00Z'), 'UTC'), '00:05');
});

test('zones are called by their city', () => {
  assert.equal(zoneCity('America/Argentina/Buenos_Aires'), 'Buenos Aires');
  assert.equal(zoneCity('UTC'), 'UTC');
});

test('every zone of the list can be used', () => {
  assert.ok(allZones().length > 100);
  assert.ok(allZones().includes('UTC'));
});

test('a countdown gets finer as it gets shorter', () => {
  const [second, minute, hour, day] = [1_000, 60_000, 3_600_000, 86_400_000];
  assert.equal(countdownText(2 * day + 3 * hour + 5 * minute), '2 days 3 h');
  assert.equal(countdownText(day), '1 day 0 h');
  assert.equal(countdownText(hour + 4 * minute), '1 h 04 min');
  assert.equal(countdownText(4 * minute + 59 * second), '4:59');
  assert.equal(countdownText(1), '0:01', 'not zero before it is');
  assert.equal(countdownText(0), '0:00');
  assert.equal(countdownText(-hour), '0:00');
});

test('a duration counts up', () => {
  assert.equal(durationText(7_900), '0:07');
  assert.equal(durationText(192_000), '3:12');
  assert.equal(durationText(3_723_000), '1:02:03');
  assert.equal(durationText(-5), '0:00');
});

test('a local time in a zone is a moment', () => {
  const iso = (local, zone) => new Date(zonedMoment(local, zone)).toISOString();
  assert.equal(iso('2026-11-24T14:30', 'Europe/Paris'), '2026-11-24T13:30:00.000Z');
  assert.equal(iso('2026-07-24T14:30', 'Europe/Paris'), '2026-07-24T12:30:00.000Z');
  assert.equal(iso('2026-11-24T14:30', 'Asia/Kathmandu'), '2026-11-24T08:45:00.000Z');
});

test('a time that a clock change skips counts from before it', () => {
  const moment = zonedMoment('2026-03-29T02:30', 'Europe/Paris');
  assert.equal(timeOfDay(moment, 'Europe/Paris'), '03:30');
});

test('a time that happens twice means the first', () => {
  const moment = zonedMoment('2026-10-25T02:30', 'Europe/Paris');
  assert.equal(new Date(moment).toISOString(), '2026-10-25T00:30:00.000Z');
});

test('what is not a date and time gives nothing', () => {
  for (const text of ['', '2026-11-24', '2026-13-40T00:00', 'tomorrow']) {
    assert.equal(zonedMoment(text, 'Europe/Paris'), null);
  }
});

test('a moment fills a date and time field, and comes back from it', () => {
  const moment = at('2026-11-24T13:30:00Z');
  for (const zone of ['Europe/Paris', 'America/St_Johns', 'Asia/Kathmandu', 'UTC']) {
    assert.equal(zonedMoment(localInput(moment, zone), zone), moment);
  }
  assert.equal(localInput(moment, 'Europe/Paris'), '2026-11-24T14:30');
});

test('a wrong clock follows the server’s', () => {
  const server = at('2026-11-24T13:30:00Z');
  noteServerDate('Tue, 24 Nov 2026 13:30:00 GMT', server - 90_000);
  assert.equal(serverNow(server - 80_000), server + 10_000);
  noteServerDate(null, server);
  assert.equal(serverNow(server), server + 90_000, 'an answer without a date teaches nothing');
  noteServerDate('Tue, 24 Nov 2026 13:30:00 GMT', server + 900);
  assert.equal(serverNow(server), server, 'a difference within the header’s precision is none');
});
