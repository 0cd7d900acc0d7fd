/** Joining with the browser: the ways in and out, what stands in the way, and who is heard. */
import assert from 'node:assert/strict';
import { assertAccessible } from './support/accessibility.mjs';
import {
  INSECURE_HOST,
  SILENCE,
  SOUND,
  announced,
  data,
  eventually,
  isMicrophoneOpen,
  join,
  joinBy,
  next,
  open,
  page,
  server,
  state,
  test,
} from './support/joining.mjs';
import { SERVER_FULL, TOKEN } from './support/mock.mjs';

// In and out.

test('a click is enough to talk, once the microphone was allowed', async () => {
  const conference = await open();
  conference.join('Ana Lima');
  const session = await join({ name: 'Jo Verne' });
  await announced('You’re in');
  assert.equal(await page.text('#browser-status'), 'You’re in');
  assert.match(await page.text('[data-me]'), /Jo Verne[^]*you/);
  assert.equal(await page.text('#present'), '2');
  await eventually(async () => (await server.answerer.loudness(session.id)) > SOUND, 'the beep');
  await eventually(() => session.trickled.length > 0, 'candidates');
  assert.match(session.trickled[0], /^m=audio 9 .*\r\na=mid:0\r\na=ice-ufrag:/);
  await page.until(() => document.querySelector('#sound').srcObject?.active);
  await page.visible('#level');
  await page.until(() => Number(document.querySelector('#level').getAttribute('aria-valuenow')) > 10);
  await page.click('#leave');
  await state('ended');
  await data('ending', 'left');
  assert.equal(await page.text('#browser-ending-title'), 'You left the conference');
  assert.equal(session.ending, 'left');
  assert.equal(await isMicrophoneOpen(), false);
  await page.until(() => document.querySelector('#sound').srcObject === null);
});

test('the microphone is asked for with a word before', async () => {
  await page.permit('microphone', 'prompt');
  await open();
  await page.click('#join');
  await state('asking');
  assert.equal(await page.text('#asking-title'), 'May we use your microphone?');
  await assertAccessible(page);
  await page.click('#not-now');
  await state('idle');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'join-title');
  await page.click('#join');
  await page.visible('#allow');
  await page.permit('microphone', 'granted');
  await joinBy(() => page.click('#allow'));
});

test('the whole way works by keyboard alone', async () => {
  await page.permit('microphone', 'prompt');
  await open();
  await page.visible('#name');
  await page.evaluate(() => document.querySelector('#name').focus());
  await page.send('Input.insertText', { text: 'Jo' });
  await page.press('Enter');
  await state('asking');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'asking-title');
  await page.permit('microphone', 'granted');
  await page.press('Tab');
  const session = await joinBy(() => page.press('Enter'));
  assert.equal(await page.evaluate(() => document.activeElement.id), 'browser-status');
  await page.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'browser-mute');
  await page.press('Space');
  await data('muted', 'true');
  await page.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'browser-hand');
  await page.press('Tab');
  await page.press('Enter');
  await state('ended');
  assert.equal(session.ending, 'left');
});

for (const [ending, title] of [
  ['removed', 'You were removed'],
  ['conference_ended', 'The conference has ended'],
]) {
  test(`the ending ${ending} is shown and read out`, async () => {
    await open();
    const session = await join();
    session.end(ending);
    await state('ended');
    await data('ending', ending);
    assert.equal(await page.text('#browser-ending-title'), title);
    await announced(title);
    await assertAccessible(page);
  });
}

test('after an end one can join again, or choose another way', async () => {
  await open();
  (await join({ name: 'Jo' })).end('removed');
  await state('ended');
  const again = await joinBy(() => page.click('#rejoin'));
  await page.visible('[data-me]');
  assert.match(await page.text('[data-me]'), /Jo/);
  again.end('removed');
  await state('ended');
  await page.click('#other-way');
  await state('idle');
  await page.visible('#name');
});

test('what the server refuses is told where it belongs', async () => {
  const conference = await open();
  server.refuseBrowsers = { status: 422, code: 'invalid', detail: 'This name is too rude.', field: 'name' };
  await page.click('#join');
  await page.visible('#name-error');
  assert.equal(await page.text('#name-error'), 'This name is too rude.');
  server.refuseBrowsers = SERVER_FULL;
  await page.fill('#name', 'Jo');
  await page.click('#join');
  await page.visible('#join-problem');
  assert.equal(await page.text('#join-problem'), SERVER_FULL.detail);
  assert.equal(await isMicrophoneOpen(), false);
  await assertAccessible(page);
  server.refuseBrowsers = null;
  await join();
  assert.equal(conference.participants.size, 1);
});

// What can stand in the way.

test('a refused microphone can be allowed after all', async () => {
  await page.permit('microphone', 'denied');
  await open();
  await page.click('#join');
  await state('trouble');
  await data('trouble', 'refused');
  assert.equal(await page.text('#trouble-title'), 'Your microphone is blocked');
  await announced('Your microphone is blocked');
  await assertAccessible(page);
  await page.permit('microphone', 'granted');
  await joinBy(() => page.click('#try-again'));
});

test('a question that is refused leaves no doubt', async () => {
  await page.permit('microphone', 'prompt');
  await open();
  await page.click('#join');
  await page.visible('#allow');
  await page.permit('microphone', 'denied');
  await page.click('#allow');
  await data('trouble', 'refused');
});

for (const [name, trouble] of [
  ['NotReadableError', 'in_use'],
  ['NotFoundError', 'missing'],
]) {
  test(`a microphone that fails with ${name} is ${trouble}; one can listen all the same`, async () => {
    await page.beforehand((error) => {
      navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', error));
    }, name);
    const conference = server.createConference({ title: 'Board call' });
    await page.goto(conference.url);
    await page.click('#join');
    await data('trouble', trouble);
    await assertAccessible(page);
    const session = await joinBy(() => page.click('#listen-anyway'));
    await data('listening', 'true');
    assert.equal(await page.text('#browser-status'), 'You’re listening');
    await eventually(() => session.view().muted, 'the others see that a listener is muted');
    assert.equal(await page.text('#browser-mute'), 'Talk too');
    await assertAccessible(page);
  });
}

test('on a page that isn’t secure one can only listen', async () => {
  const conference = server.createConference({ title: 'Board call' });
  await page.goto(conference.url.replace('127.0.0.1', INSECURE_HOST));
  await page.click('#join');
  await data('trouble', 'insecure');
  assert.equal(await page.evaluate(() => document.querySelector('#try-again').hidden), true);
  await joinBy(() => page.click('#listen-anyway'));
  await data('listening', 'true');
});

test('a browser that can’t call at all is told to use the phone', async () => {
  await page.beforehand(() => delete globalThis.RTCPeerConnection);
  const conference = server.createConference({ title: 'Board call' });
  await page.goto(conference.url);
  await page.click('#join');
  await data('trouble', 'unsupported');
  await page.visible('#call-me');
  await page.click('#trouble-back');
  await state('idle');
});

test('sound that the browser holds back is let go by a tap', async () => {
  await page.beforehand(() => {
    const play = HTMLMediaElement.prototype.play;
    HTMLMediaElement.prototype.play = function () {
      if (navigator.userActivation.isActive && globalThis.tapped) return play.call(this);
      return Promise.reject(new DOMException('', 'NotAllowedError'));
    };
  });
  await open();
  await join();
  await data('sound', 'blocked');
  await assertAccessible(page);
  await page.evaluate(() => (globalThis.tapped = true));
  await page.click('#tap-to-hear');
  await data('sound', 'on');
  await page.until(() => document.querySelector('#tap-to-hear').hidden);
});

// Mute.

test('muting closes the microphone itself, and opens it again', async () => {
  await open();
  const session = await join();
  await page.click('#browser-mute');
  await data('muted', 'true');
  assert.equal(await isMicrophoneOpen(), false);
  await eventually(() => session.view().muted, 'the server knows');
  await eventually(async () => (await server.answerer.loudness(session.id)) < SILENCE, 'silence');
  await page.visible('[data-me] .person-muted');
  assert.equal(await page.evaluate(() => document.querySelector('#browser-mute').ariaPressed), 'true');
  await page.click('#browser-mute');
  await data('muted', 'false');
  assert.equal(await isMicrophoneOpen(), true);
  await eventually(() => !session.view().muted, 'the server knows');
  await eventually(async () => (await server.answerer.loudness(session.id)) > SOUND, 'the beep');
});

test('M mutes, holding the space bar talks, and typing does neither', async () => {
  await open();
  const session = await join();
  await page.evaluate(() => document.querySelector('#browser-status').focus());
  await page.press('m');
  await data('muted', 'true');
  await page.hold('Space');
  await data('muted', 'false');
  await eventually(() => !session.view().muted, 'heard while the key is down');
  await page.release('Space');
  await data('muted', 'true');
  await eventually(() => session.view().muted, 'muted again');
  await page.fill('#number', '1');
  await page.press('m');
  assert.equal(await page.evaluate(() => document.querySelector('#browser').dataset.muted), 'true');
  await page.evaluate(() => document.querySelector('#browser-status').focus());
  await page.press('m');
  await data('muted', 'false');
});

test('keys that were turned off do nothing, here and after a reload', async () => {
  await page.resize(1280, 900);
  await open();
  await join();
  await page.click('#devices summary');
  await page.click('#shortcuts');
  await page.evaluate(() => document.querySelector('#browser-status').focus());
  await page.press('m');
  const joined = next('session');
  await page.reload();
  await joined;
  await state('in');
  await page.press('m');
  assert.equal(await page.evaluate(() => document.querySelector('#browser').dataset.muted), 'false');
  assert.equal(await page.evaluate(() => document.querySelector('#shortcuts').checked), false);
});

test('a host mutes me, asks me to unmute, and I decide', async () => {
  const conference = await open();
  const session = await join();
  conference.muteByHost(session.participant, true);
  await data('muted', 'true');
  await data('mutedBy', 'host');
  assert.equal(await page.text('#browser-status'), 'Muted by the host');
  await announced('Muted by the host');
  assert.equal(await isMicrophoneOpen(), false);
  conference.muteByHost(session.participant, false);
  await page.visible('#asked');
  await announced('The host asks you to unmute');
  await assertAccessible(page);
  await page.click('#stay-muted');
  await page.until(() => document.querySelector('#asked').hidden);
  assert.equal(session.view().muted, true);
  conference.muteByHost(session.participant, false);
  await page.click('#unmute');
  await data('muted', 'false');
  assert.equal(await isMicrophoneOpen(), true);
  await eventually(() => !session.view().muted, 'the server knows');
});

test('a host asks whom they can’t unmute', async () => {
  const conference = server.createConference({ title: 'Hosted' });
  conference.join('Ana Lima', { via: 'browser', muted: true });
  await page.goto(`${conference.url}#token=${TOKEN}`);
  await page.visible('.person-mute');
  const label = () => page.evaluate(() => document.querySelector('.person-mute').ariaLabel);
  assert.equal(await label(), 'Ask Ana Lima to unmute');
  await page.click('.person-mute');
  await page.visible('#toast');
  assert.equal(await page.text('#toast'), 'Ana Lima is asked to unmute.');
});
