import assert from 'node:assert/strict';
import { accessOf } from '../../crates/server/web/js/access-form.js';
import { assertAccessible } from './support/accessibility.mjs';
import { TOKEN } from './support/mock.mjs';
import { announced, eventually, next, openPages, page, server, test, value } from './support/pages.mjs';

openPages({ provoked: /status of (403|422)/ });

/** What the API shows of a conference that anybody may join. */
const OPEN = {
  pin: false,
  host_pin: false,
  lobby: false,
  waits_for_host: false,
  ends_with_host: false,
  press_1: true,
  announces_names: false,
  participants_max: 200,
};

const row = (id) => `[data-participant="${id}"]`;

/** Has my phone rung and picked up; returns the call. */
async function callMe() {
  const [call] = await Promise.all([
    next('call'),
    page.fill('#number', '01 99 00 00 12').then(() => page.click('#call-me')),
  ]);
  call.advance('in');
  await page.visible('[data-me][data-state="in"]');
  return call;
}

test('the host’s link lets people in, sends them away, mutes all and locks', async () => {
  const conference = server.createConference({ title: 'Hosted', access: { lobby: true } });
  const ana = conference.join('Ana Lima');
  const waits = conference.join('+33 1 •• •• •• 42', { state: 'in_lobby', joined_at: null });
  await page.goto(conference.hostUrl);
  assert.equal(await page.evaluate(() => location.hash), '', 'the key stays out of the address');
  await page.click(`${row(waits)} .person-admit`);
  await page.visible(`${row(waits)}[data-state="in"]`);
  const other = conference.join('Stranger', { state: 'in_lobby', joined_at: null });
  await page.visible(`${row(other)} .person-refuse`);
  await assertAccessible(page);
  await page.click(`${row(other)} .person-refuse`);
  await eventually(() => !conference.participants.has(other));

  await page.click('#mute-all');
  await page.visible(`${row(ana)}[data-muted="true"] .person-muted`);
  await page.click('#lock');
  await page.visible('#locked');
  await page.until(() => document.querySelector('#lock').getAttribute('aria-pressed') === 'true');
  await assertAccessible(page);
  await page.reload();
  await page.visible('#host-bar');
  await page.click('#lock');
  await page.until(() => document.querySelector('#locked').hidden);
  assert.equal(await page.evaluate(() => document.querySelector('#end-conference').hidden), true);
});

test('a hand goes up for all to see, and a host lowers it and renames', async () => {
  const conference = server.createConference({ title: 'Hosted' });
  const ana = conference.join('Ana Lima', { hand: true });
  await page.goto(conference.hostUrl);
  await page.visible(`${row(ana)} .person-hand`);
  await page.click(`${row(ana)} .person-more`);
  await page.visible(`${row(ana)} .person-controls`);
  await assertAccessible(page);
  await page.click(`${row(ana)} .person-lower-hand`);
  await page.visible(`${row(ana)}[data-hand="false"]`);
  await page.fill(`${row(ana)} .person-new-name`, 'Ana L.');
  await page.click(`${row(ana)} .person-rename button`);
  await page.until(() => document.querySelector('.person-name').textContent === 'Ana L.');
});

test('a host turns people down, sends them to rooms, brings them back and whispers', async () => {
  const conference = server.createConference({ title: 'Hosted', access: { host_pin: '13579' } });
  const ana = conference.join('Ana Lima');
  await page.goto(conference.url);
  await page.fill('#pin', '13579');
  const call = await callMe();
  await page.click(`${row(ana)} .person-more`);
  await page.resize(320, 640);
  await assertAccessible(page);
  await page.evaluate((selector) => {
    const slider = document.querySelector(selector);
    slider.value = '-6';
    slider.dispatchEvent(new Event('change'));
  }, `${row(ana)} .person-volume`);
  await eventually(() => conference.participants.get(ana).volume_db === -6);
  await page.click(`${row(ana)} .person-whisper`);
  await eventually(() => conference.participants.get(call.participant).whispers_to === ana);
  await page.until(() => /You whisper to Ana/.test(document.querySelector('#whereabouts-text').textContent));
  await assertAccessible(page);
  await page.click(`${row(ana)} .person-whisper`);
  await page.until(() => document.querySelector('#whereabouts').hidden);

  await page.evaluate((selector) => {
    const room = document.querySelector(selector);
    room.value = '2';
    room.dispatchEvent(new Event('change'));
  }, `${row(ana)} .person-room`);
  await page.visible(`${row(ana)}[data-room="2"] .tag-room`);
  await page.click('#gather');
  await page.until(() => document.querySelector('#gather-text').textContent === 'Bring all back at once');
  await page.visible(`${row(ana)}[data-room="2"] .tag-room`);
  await page.click('#gather');
  await page.visible(`${row(ana)}[data-room=""]`);
  await page.until(() => document.querySelector('#gather').hidden);
});

test('whoever is in a break-out room, or is whispered to, is told so and may come back', async () => {
  const conference = server.createConference({ title: 'Rooms' });
  const ana = conference.join('Ana Lima', { role: 'host' });
  await page.goto(conference.url);
  const call = await callMe();
  conference.change(call.participant, { breakout: 3 });
  await page.until(() => /break-out room 3/.test(document.querySelector('#whereabouts-text').textContent));
  await assertAccessible(page);
  await page.click('#come-back');
  await page.until(() => document.querySelector('#whereabouts').hidden);
  assert.equal(conference.participants.get(call.participant).breakout, null);
  conference.change(ana, { whispers_to: call.participant });
  await page.until(() => /Ana Lima whispers to you/.test(document.querySelector('#whereabouts-text').textContent));
});

test('whoever is about to be brought back from a break-out room sees the seconds', async () => {
  const conference = server.createConference({ title: 'Rooms' });
  conference.join('Ana Lima', { role: 'host' });
  await page.goto(conference.url);
  const call = await callMe();
  conference.change(call.participant, { breakout: 3 });
  await page.visible('#whereabouts');
  assert.equal(await page.evaluate(() => document.querySelector('#gathering').hidden), true);
  conference.reviseRoom({ gathered: true });
  await page.until(() => /^In (10|9) seconds you are/.test(document.querySelector('#gathering').textContent));
  await announced('seconds you are brought back');
  await assertAccessible(page);
  await page.until(() => /^In [78] seconds/.test(document.querySelector('#gathering').textContent));
  conference.gatherNow();
  await page.until(() => document.querySelector('#whereabouts').hidden);
});

test('a guest has no controls but of its own: a hand and a name', async () => {
  const conference = server.createConference({ title: 'Open' });
  const ana = conference.join('Ana Lima');
  await page.goto(conference.url);
  const call = await callMe();
  await page.until(() => document.querySelector('#host-bar').hidden);
  const isShown = (selector) =>
    page.evaluate((wanted) => document.querySelector(wanted).checkVisibility(), selector);
  assert.equal(await isShown(`${row(ana)} .person-actions`), false);
  assert.equal(await isShown('[data-me] .person-mute'), false);
  await page.click('#hand');
  await page.visible('[data-me] .person-hand');
  assert.equal(await page.text('#hand-text'), 'Lower hand');
  await page.click('[data-me] .person-more');
  assert.equal(await isShown('[data-me] .person-remove'), false);
  await page.fill('[data-me] .person-new-name', 'Jo');
  await page.press('Enter');
  await page.until(() => document.querySelector('[data-me] .person-name').textContent === 'Jo');
  await assertAccessible(page);
  await page.click('#hand');
  await eventually(() => conference.participants.get(call.participant).hand === false);
});

test('a PIN is typed on the page, and a wrong one is told at its field', async () => {
  const access = { pin: '2468', host_pin: '13579' };
  const conference = server.createConference({ title: 'With a PIN', access });
  await page.goto(conference.url);
  await page.visible('#pin');
  await page.fill('#number', '01 99 00 00 12');
  await page.click('#call-me');
  await page.visible('#pin-error');
  assert.match(await page.text('#pin-error'), /has a PIN/);
  await page.fill('#pin', '9999');
  await page.click('#call-me');
  await page.until(() => /not the PIN/.test(document.querySelector('#pin-error').textContent));
  await assertAccessible(page);
  await page.fill('#pin', '2468');
  const call = await callMe();
  assert.equal(conference.participants.get(call.participant).role, 'guest');
  assert.equal(await page.evaluate(() => document.querySelector('#host-bar').hidden), true);
});

test('the host’s PIN makes a host, for as long as the call lasts', async () => {
  const conference = server.createConference({ title: 'Hosted', access: { host_pin: '13579' } });
  const ana = conference.join('Ana Lima');
  await page.goto(conference.url);
  await page.visible('#pin');
  assert.match(await page.text('#pin-hint'), /only if you are the host/);
  await page.fill('#pin', '13579');
  const call = await callMe();
  await page.visible('#host-bar');
  await page.click(`${row(ana)} .person-mute`);
  await page.visible(`${row(ana)}[data-muted="true"]`);
  call.end('left');
  await page.until(() => document.querySelector('#host-bar').hidden);
});

test('what the subscriber changes is seen at once', async () => {
  const conference = server.createConference({ title: 'Planning' });
  await page.goto(conference.url);
  await page.until(() => document.querySelector('#connection').dataset.state === 'live');
  conference.revise({ title: 'Review', access: { pin: '2468' } });
  await page.until(() => document.querySelector('#title').textContent === 'Review');
  await page.visible('#pin');
});

test('a name is text, whatever is in it', async () => {
  const conference = server.createConference({ title: '<b>Title</b>' });
  const markup = '<img src=x onerror="document.title=1"><script>1</script>';
  const id = conference.join(markup);
  const long = conference.join('x'.repeat(60));
  const hebrew = conference.join('שלום (a)');
  await page.goto(conference.hostUrl);
  await page.visible(row(hebrew));
  const name = (of) => page.text(`${row(of)} .person-name`);
  assert.equal(await name(id), markup);
  assert.equal(await page.evaluate(() => document.querySelectorAll('#people img, #people script').length), 0);
  assert.equal(await page.text('#title'), '<b>Title</b>');
  const bidi = (selector) =>
    page.evaluate((wanted) => getComputedStyle(document.querySelector(wanted)).unicodeBidi, selector);
  assert.equal(await bidi(`${row(hebrew)} .person-name`), 'isolate');
  await page.resize(320, 640);
  await page.visible(row(long));
  await assertAccessible(page);
});

test('who may come in is chosen when a conference is made, and changed', async () => {
  await page.goto(`${server.url}/#token=${TOKEN}`);
  await page.fill('#title', 'Board call');
  await page.click('#access summary');
  await page.click('#has-pin');
  await page.click('#lobby');
  await page.click('#announces-names');
  await page.resize(320, 640);
  await assertAccessible(page);
  await page.click('#create');
  await page.visible('#pin-error');
  await page.fill('#pin', '2468');
  await page.click('#create');
  await page.visible('#created');
  const [conference] = server.conferences.values();
  assert.deepEqual(conference.settings.access, { pin: '2468', lobby: true, announces_names: true });
  assert.equal(await value('#created-host-url'), conference.hostUrl);
  await page.visible('[data-action="copy-host"]');

  await page.click('[data-action="change"]');
  assert.equal(await value('#pin'), '', 'nobody can read it');
  await page.click('#has-pin');
  await page.fill('#participants-max', '12');
  await page.click('#create');
  await eventually(() => conference.settings.access.pin === null);
  assert.equal(conference.settings.access.participants_max, 12);
  assert.equal(conference.settings.access.lobby, true);
});

test('where voices stand is chosen when a conference is made, and changed', async () => {
  await page.goto(`${server.url}/#token=${TOKEN}`);
  await page.fill('#title', 'Round table');
  await page.click('#placement');
  await page.click('#create');
  await page.visible('#created');
  const [conference] = server.conferences.values();
  assert.equal(conference.settings.placement, true);
  await page.click('[data-action="change"]');
  assert.equal(await page.evaluate(() => document.querySelector('#placement').checked), true);
  await page.click('#placement');
  await page.click('#create');
  await eventually(() => conference.settings.placement === false);
  await page.click('[data-action="change"]');
  await page.fill('#title', 'Square table');
  await page.click('#create');
  await eventually(() => conference.settings.title === 'Square table');
  assert.equal(conference.settings.placement, false, 'what stays is not said again');
});

test('only what is chosen anew is sent', () => {
  const same = { ...OPEN, pin: null, host_pin: null };
  assert.deepEqual(accessOf(same, OPEN), { access: {} });
  const former = { ...OPEN, pin: true, lobby: true };
  const kept = { ...former, pin: '', host_pin: null };
  assert.deepEqual(accessOf(kept, former), { access: {} }, 'the PIN stays as it is');
  const changed = { ...kept, pin: '1357', lobby: false, press_1: false, participants_max: null };
  assert.deepEqual(accessOf(changed, former), {
    access: { pin: '1357', lobby: false, press_1: false, participants_max: null },
  });
  assert.deepEqual(accessOf({ ...kept, pin: null }, former), { access: { pin: null } });
  assert.equal(accessOf({ ...same, host_pin: '' }, OPEN).complaint.field, 'host_pin');
});
