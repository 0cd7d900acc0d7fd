import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changeOf, conferenceOf, groupedZones } from '../../crates/server/web/js/conference-form.js';
import { callingCode, countries, regionOf } from '../../crates/server/web/js/countries.js';
import { groupedCode, groupedNumber } from '../../crates/server/web/js/details-view.js';
import { callerOf, complaintAbout } from '../../crates/server/web/js/phone-field.js';
import { badgeLink } from '../../crates/server/web/js/snippet.js';

test('countries have names, codes and an order', () => {
  const all = countries();
  assert.ok(all.length > 200);
  assert.deepEqual(
    all.find(({ region }) => region === 'FR'),
    { region: 'FR', code: '33', name: 'France' },
  );
  assert.ok(all.every(({ region, name, code }) => name !== region && /^[1-9]\d{0,2}$/.test(code)));
  assert.equal(new Set(all.map(({ region }) => region)).size, all.length);
});

test('no calling code begins with another one, so that the first match is the right one', () => {
  const codes = [...new Set(countries().map(({ code }) => code))];
  for (const code of codes) {
    assert.ok(!codes.some((other) => other !== code && other.startsWith(code)), code);
  }
});

test('a number with its calling code tells the country', () => {
  assert.equal(regionOf('+44 20 7946 0000', 'FR'), 'GB');
  assert.equal(regionOf(' +352', 'FR'), 'LU');
  assert.equal(regionOf('+1 204', 'CA'), 'CA', 'the country chosen shares the code');
  assert.equal(regionOf('+1 204', 'FR'), 'US');
});

test('a number without one leaves the country alone', () => {
  for (const number of ['', '+', '+9', '06 12', '0044 20', 'abc']) {
    assert.equal(regionOf(number, 'FR'), null, number);
  }
});

test('a caller is sent as typed, less blanks and an empty name', () => {
  assert.deepEqual(callerOf({ number: ' 06 12 ', country: 'FR', name: '  ' }), {
    number: '06 12',
    country: 'FR',
  });
  assert.equal(callerOf({ number: '1', country: 'FR', name: ' Ana ' }).name, 'Ana');
});

test('only what can’t be a number at all is refused before the server sees it', () => {
  assert.match(complaintAbout('  '), /Type/);
  assert.match(complaintAbout('call me'), /digits/);
  for (const number of ['1', '06.12.34', '+33 (0)6', '(415) 555-2671 ext 9']) {
    assert.equal(complaintAbout(number), null);
  }
});

test('dial-in codes and numbers are grouped as they are read out', () => {
  assert.equal(groupedCode('482913'), '482 913');
  assert.equal(groupedCode('48291377'), '4829 1377');
  assert.equal(groupedCode('1'), '1');
  assert.equal(groupedNumber('+33199000100'), '+33 199 000 100');
  assert.equal(groupedNumber('+12025550123'), '+1 202 555 0123');
  assert.equal(callingCode('XX'), undefined);
});

test('no digit of a number is lost by grouping it', () => {
  for (let length = 1; length <= 15; length += 1) {
    const number = `+33${'1234567890123'.slice(0, length)}`;
    assert.equal(groupedNumber(number).replaceAll(' ', ''), number);
  }
});

test('a set time is sent as a moment with its zone', () => {
  const fields = { title: ' Board ', startsAt: '2026-11-24T14:30', zone: 'Europe/Paris' };
  assert.deepEqual(conferenceOf(fields).conference, {
    title: 'Board',
    starts_at: '2026-11-24T13:30:00.000Z',
    time_zone: 'Europe/Paris',
  });
  assert.deepEqual(conferenceOf({ ...fields, startsAt: null }).conference, { title: 'Board' });
  const set = conferenceOf({ ...fields, minutes: 45, repetition: 'FREQ=DAILY' }).conference;
  assert.deepEqual([set.duration_min, set.repetition], [45, 'FREQ=DAILY']);
  assert.equal(conferenceOf({ ...fields, minutes: 1.5 }).complaint.field, 'duration_min');
  assert.equal(conferenceOf({ ...fields, startsAt: '' }).complaint.field, 'starts_at');
});

test('of a set time that is changed only what differs is said', () => {
  const paris = { starts_at: '2026-11-24T13:30:00.000Z', time_zone: 'Europe/Paris' };
  const former = { ...paris, duration_min: 45, remind_min: 10 };
  assert.deepEqual(changeOf(former, former), {});
  assert.deepEqual(changeOf(former, paris), { duration_min: null, remind_min: null });
  const london = { ...former, time_zone: 'Europe/London' };
  assert.deepEqual(changeOf(former, london), { starts_at: paris.starts_at, time_zone: 'Europe/London' });
  assert.deepEqual(changeOf(former, null), { starts_at: null });
  assert.deepEqual(changeOf(null, null), {});
  assert.deepEqual(changeOf(null, former), former);
});

test('zones are listed by continent', () => {
  assert.deepEqual(groupedZones(['Europe/Paris', 'UTC', 'Europe/Rome']), [
    ['Europe', ['Europe/Paris', 'Europe/Rome']],
    ['Universal', ['UTC']],
  ]);
});

test('the badge’s HTML is that of the server, and nothing in the URL or the title can break out of it', () => {
  const url = 'https://confab.example/c/k3y';
  assert.equal(
    badgeLink(url, 'Board & co'),
    `<a href="${url}"><img src="${url}/badge.svg" width="240" height="56" alt="Join Board &amp; co"` +
      ' loading="lazy" referrerpolicy="no-referrer"></a>',
  );
  assert.ok(badgeLink(url, '', 'dark').includes(`src="${url}/badge.svg?theme=dark"`));
  assert.ok(badgeLink(url, '').includes('alt="Join the conference"'));
  assert.ok(!badgeLink('https://confab.example/c/"><script>', '"><script>').includes('"><script'));
});
