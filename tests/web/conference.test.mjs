import assert from 'node:assert/strict';
import { assertAccessible } from './support/accessibility.mjs';
import { SERVER_FULL, TOKEN } from './support/mock.mjs';
import { announced, next, openConference as open, openPages, page, server, test } from './support/pages.mjs';

openPages({ provoked: /status of (401|404|409|422|503)|ERR_INCOMPLETE_CHUNKED|ERR_EMPTY_RESPONSE/ });

const state = (wanted) =>
  page.until((name) => document.querySelector('#call').dataset.state === name, wanted);

/** Types a number and presses *Call me*; returns the call. */
async function callMe({ name = '' } = {}) {
  const placed = next('call');
  await page.fill('#number', '01 99 00 00 12');
  if (name) await page.fill('#name', name);
  await page.click('#call-me');
  const call = await placed;
  await state('calling');
  return call;
}

/** Has the call picked up and joined. */
async function join(call) {
  for (const step of ['ringing', 'answered', 'in']) {
    call.advance(step);
    await state(step);
  }
}

test('a click rings the phone, and picking up is being in', async () => {
  const conference = await open();
  conference.join('Ana Lima');
  await page.visible('[data-participant="p1"]');
  assert.equal(await page.text('#title'), 'Board call');
  const call = await callMe({ name: 'Jo Verne' });
  await page.visible('#cancel');
  call.advance('ringing');
  await state('ringing');
  await announced('Your phone is ringing');
  assert.equal(await page.text('#call-status'), 'Your phone is ringing');
  assert.equal(await page.text('#steps [aria-current="step"]'), 'Ringing');
  assert.match(await page.evaluate(() => document.title), /ringing/);
  call.advance('answered');
  await state('answered');
  await page.visible('#hang-up');
  call.advance('in');
  await state('in');
  await page.visible('#mute');
  assert.equal(await page.text('#present'), '2');
  assert.match(await page.text('[data-me]'), /Jo Verne[^]*you/);
  await page.click('#hang-up');
  await state('ended');
  assert.equal(await page.evaluate(() => document.querySelector('#call').dataset.ending), 'left');
  assert.equal(await page.text('#ending-title'), 'You left the conference');
  await page.until(() => !document.querySelector('[data-me]'));
});

test('whose microphone picks up the speaker is told so, and nobody else', async () => {
  const conference = await open();
  const ana = conference.join('Ana Lima');
  const call = await callMe();
  await join(call);
  conference.findEcho(ana);
  conference.speak(ana, true); // what comes after it has been taken by then
  await page.until(() => document.querySelector('[data-speaking="true"]'));
  assert.equal(await page.text('#toast'), '');
  conference.findEcho(call.participant);
  await page.visible('#toast');
  assert.match(await page.text('#toast'), /headset/);
  await announced('headset');
});

test('the whole way works by keyboard alone', async () => {
  await open();
  await page.visible('#number');
  await page.evaluate(() => document.querySelector('#number').focus());
  await page.send('Input.insertText', { text: '0199000012' });
  const placed = next('call');
  await page.press('Enter');
  const call = await placed;
  await state('calling');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'call-status');
  await page.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'cancel');
  await page.press('Space');
  await state('ended');
  assert.equal(call.ending, 'cancelled');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'ending-title');
});

test('a number that the server refuses is told at its field', async () => {
  await open();
  await page.fill('#number', '12');
  await page.click('#call-me');
  await page.visible('#number-error');
  const field = await page.evaluate(() => {
    const input = document.querySelector('#number');
    return {
      invalid: input.getAttribute('aria-invalid'),
      described: document.getElementById(input.getAttribute('aria-describedby')).textContent,
      focused: document.activeElement === input,
    };
  });
  assert.deepEqual(field, {
    invalid: 'true',
    described: 'This number is too short to be a phone number.',
    focused: true,
  });
  await assertAccessible(page);
  await page.fill('#number', '0199000012');
  assert.equal(await page.evaluate(() => document.querySelector('#number-error').hidden), true);
});

test('a server that is full says so in plain words, and lets me try again', async () => {
  await open();
  server.refusePhones = SERVER_FULL;
  await page.fill('#number', '0199000012');
  await page.click('#call-me');
  await page.visible('#call-problem');
  assert.equal(await page.text('#call-problem'), SERVER_FULL.detail);
  await state('idle');
  await assertAccessible(page);
  server.refusePhones = null;
  const placed = next('call');
  await page.click('#call-me');
  await placed;
  await state('calling');
});

test('an empty number is told without asking the server', async () => {
  await open();
  await page.click('#call-me');
  await page.visible('#number-error');
  assert.equal(await page.text('#number-error'), 'Type your phone number.');
});

for (const [ending, title] of [
  ['busy', 'Your line is busy'],
  ['no_answer', 'Nobody picked up'],
  ['declined', 'The call was declined'],
  ['not_reachable', 'That number can’t be reached'],
  ['trunk_failed', 'The call could not be placed'],
  ['removed', 'You were removed'],
]) {
  test(`the ending ${ending} is shown and read out`, async () => {
    await open();
    const call = await callMe();
    call.advance('ringing');
    call.end(ending);
    await state('ended');
    assert.equal(await page.text('#ending-title'), title);
    await announced(title);
  });
}

test('after an ending the same number can be called again, or another one', async () => {
  await open();
  (await callMe()).end('no_answer');
  await state('ended');
  const again = next('call');
  await page.click('#call-again');
  const second = await again;
  await state('calling');
  second.end('busy');
  await state('ended');
  await page.click('#other-number');
  await state('idle');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'number');
});

test('muting works from the page and from the keypad', async () => {
  await open();
  const call = await callMe();
  await join(call);
  await page.click('#mute');
  await page.until(() => document.querySelector('#mute').getAttribute('aria-pressed') === 'true');
  assert.equal(call.view().muted, true);
  await page.visible('[data-me] .person-muted');
  call.update({ muted: false });
  await page.until(() => document.querySelector('#mute').getAttribute('aria-pressed') === 'false');
  assert.equal(await page.text('#call-status'), 'You’re in');
});

test('a reload finds the call again, and what became of it', async () => {
  await open();
  const call = await callMe({ name: 'Jo' });
  await join(call);
  await page.reload();
  await state('in');
  await page.visible('[data-me]');
  await page.click('#hang-up');
  await state('ended');
  await page.reload();
  await state('idle');
});

test('a call that ended while the stream was down is found out', async () => {
  const conference = await open();
  const call = await callMe();
  await join(call);
  conference.dropStreams();
  call.end('media_lost');
  await page.until(() => document.querySelector('#connection').dataset.state === 'reconnecting');
  assert.equal(await page.text('#connection-text'), 'Reconnecting…');
  await state('ended');
  assert.equal(await page.text('#ending-title'), 'We lost your phone');
  await page.until(() => document.querySelector('#connection').dataset.state === 'live');
});

test('the roster shows who comes, speaks, is muted and goes', async () => {
  const conference = await open();
  await page.visible('#nobody');
  const ana = conference.join('Ana Lima');
  const bo = conference.join('Bo', { state: 'ringing', joined_at: null });
  await page.visible(`[data-participant="${bo}"][data-state="ringing"]`);
  await announced('Ana Lima joined');
  assert.equal(await page.text('#present'), '1');
  conference.speak(ana, true);
  await page.visible(`[data-participant="${ana}"][data-speaking="true"]`);
  conference.change(ana, { muted: true, speaking: false });
  await page.visible(`[data-participant="${ana}"][data-muted="true"] .person-muted`);
  conference.remove(ana, 'left');
  await page.until((id) => !document.querySelector(`[data-participant="${id}"]`), ana);
  await announced('Ana Lima left');
});

test('a name is only ever text', async () => {
  const conference = await open();
  const name = '<img src=x onerror=alert(1)><b>Bo</b>';
  const id = conference.join(name);
  await page.visible(`[data-participant="${id}"]`);
  assert.equal(await page.text(`[data-participant="${id}"] .person-name`), name);
  assert.equal(await page.evaluate(() => document.querySelectorAll('#people img, #people b').length), 0);
});

test('others are brought by mail, calendar, QR code and badge', async () => {
  const startsAt = new Date(Date.now() + 3_600_000).toISOString();
  const conference = await open({ starts_at: startsAt, time_zone: 'Europe/Paris' });
  await page.visible('#share-ways');
  const { url } = conference.view();
  const href = (id) => page.evaluate((id) => document.getElementById(id).href, id);
  assert.match(await href('share-mail'), /^mailto:\?subject=/);
  assert.equal(await href('share-calendar'), `${url}/conference.ics`);
  assert.equal(await href('share-qr'), `${url}/qr.svg`);
  await page.click('#share-badge summary');
  await page.visible('#badge-html');
  assert.match(await page.evaluate(() => document.querySelector('#badge-html').value), /badge\.svg/);
  await assertAccessible(page);
});

test('before it opens the page says when, counts down, and opens by itself', async () => {
  const startsAt = new Date(Date.now() + 3_600_000).toISOString();
  const conference = await open({ starts_at: startsAt, time_zone: 'Europe/Paris' });
  await state('closed');
  assert.match(await page.text('#panel-closed h2'), /^Opens .*\d\d:\d\d your time$/);
  assert.match(await page.text('#countdown'), /^(49|50):\d\d$/);
  assert.match(await page.text('#set-time'), /^Starts .* Paris time\s— .* your time$/);
  await assertAccessible(page);
  conference.open();
  await state('idle');
});

test('it opens at its time though no event says so', async () => {
  const startsAt = new Date(Date.now() + 600_000 + 8_000).toISOString();
  await open({ starts_at: startsAt, time_zone: 'Europe/London' });
  await state('closed');
  await state('idle');
});

test('a conference that ends takes everybody out, and calls nobody any more', async () => {
  const conference = await open();
  await join(await callMe());
  conference.end();
  await state('ended');
  assert.equal(await page.text('#ending-title'), 'The conference has ended');
  await page.until(() => document.querySelector('#call-again').hidden);
  await page.reload();
  await state('over');
  await assertAccessible(page);
});

test('the number is remembered only if asked', async () => {
  await open();
  (await callMe()).end('busy');
  await state('ended');
  await page.reload();
  await state('idle');
  assert.equal(await page.evaluate(() => document.querySelector('#number').value), '');
  await page.click('#remember');
  (await callMe()).end('busy');
  await state('ended');
  await page.reload();
  await state('idle');
  assert.equal(await page.evaluate(() => document.querySelector('#number').value), '01 99 00 00 12');
  await page.click('#remember');
  assert.equal(await page.evaluate(() => localStorage.length), 0);
});

test('typing a calling code chooses the country', async () => {
  await open();
  assert.equal(await page.text('#country-code'), '+33');
  await page.fill('#number', '+44 20 7946 0000');
  await page.until(() => document.querySelector('#country').value === 'GB');
  assert.equal(await page.text('#country-code'), '+44');
});

test('a host mutes and removes, and is asked first', async () => {
  const conference = server.createConference({ title: 'Hosted' });
  const ana = conference.join('Ana Lima');
  await page.goto(`${conference.url}#token=${TOKEN}`);
  assert.equal(await page.evaluate(() => location.hash), '');
  await page.click('.person-mute');
  await page.visible(`[data-participant="${ana}"][data-muted="true"]`);
  await assertAccessible(page);
  await page.click('.person-more');
  await page.click('.person-remove');
  await page.visible('#confirm');
  await page.press('Escape');
  assert.equal(conference.participants.size, 1);
  await page.click('.person-remove');
  await page.click('#confirm-yes');
  await page.visible('#nobody');
  assert.equal(conference.participants.size, 0);
});

test('every state is usable by everybody, on the smallest screen too', async () => {
  await page.resize(320, 640);
  const conference = await open({ number: '+33199000100', title: 'Quarterly review in Llanfair' });
  await assertAccessible(page);
  conference.join('A name that is so long that it can’t possibly fit into one line of it');
  const call = await callMe();
  for (const step of ['ringing', 'answered', 'in']) {
    call.advance(step);
    await state(step);
    await assertAccessible(page);
  }
  call.end('left');
  await state('ended');
  await assertAccessible(page);
});

test('an unknown conference has a page of its own', async () => {
  await page.goto(`${server.url}/c/unknown`);
  assert.equal(await page.text('h1'), 'Nobody picks up here.');
  await assertAccessible(page);
});
