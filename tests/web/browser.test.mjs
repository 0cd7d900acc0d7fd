/** Joining with the browser, in a real one: with a microphone that beeps, and connections that carry it. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, afterEach, before, beforeEach, test as unlimited } from 'node:test';
import { assertAccessible } from './support/accessibility.mjs';
import { Answerer } from './support/answerer.mjs';
import { Browser, FAKE_MICROPHONE } from './support/chromium.mjs';
import { MockServer, TOKEN } from './support/mock.mjs';

/** Longest that one test may take, on a slow and busy machine. */
const TEST_MS_MAX = 90_000;
/** Longest from a click to what it makes the server see. */
const REQUEST_MS_MAX = 15_000;
const PHONE = { width: 390, height: 844, zone: 'Europe/London' };
/** A name of this machine that browsers don't trust as they trust its address. */
const INSECURE_HOST = 'meet.test';
/** What the browser logs for the answers that a test provokes; nothing else may be complained of. */
const PROVOKED = /status of (401|403|404|409|422|503)|ERR_INCOMPLETE_CHUNKED|ERR_EMPTY_RESPONSE/;
/** Peaks of what comes at the other end: less than the beep's, and as good as silence. */
const SOUND = 0.1;
const SILENCE = 0.001;

const test = (name, body) => unlimited(name, { timeout: TEST_MS_MAX }, body);

let browser;
let server;
let page;

before(async () => {
  const flags = [...FAKE_MICROPHONE, `--host-resolver-rules=MAP ${INSECURE_HOST} 127.0.0.1`];
  browser = await Browser.launch({ flags });
  server = await new MockServer().start();
  server.answerer = await Answerer.open(browser);
});

after(async () => {
  await server.answerer.close();
  await browser.close();
  await server.stop();
});

beforeEach(async () => {
  page = await browser.newPage(PHONE);
  await page.permit('microphone', 'granted');
});

afterEach(async () => {
  const unexpected = page.complaints.filter((complaint) => !PROVOKED.test(complaint));
  await page.close();
  assert.deepEqual(unexpected, []);
});

const state = (wanted) =>
  page.until((name) => document.querySelector('#browser').dataset.state === name, wanted);
const data = (name, wanted) =>
  page.until((key, value) => document.querySelector('#browser').dataset[key] === value, name, wanted);
const announced = (words) =>
  page.until((part) => document.querySelector('#announcer').textContent.includes(part), words);
const isMicrophoneOpen = () =>
  page.evaluate(() => globalThis.microphones.filter((track) => track.readyState === 'live').some((track) => track.enabled));

/** Opens a conference's page, which notes the microphones that it opens. */
async function open(settings = {}) {
  const conference = server.createConference({ title: 'Board call', ...settings });
  await page.beforehand(() => {
    globalThis.microphones = [];
    const media = navigator.mediaDevices;
    const capture = media?.getUserMedia.bind(media);
    if (!media) return;
    media.getUserMedia = async (constraints) => {
      const stream = await capture(constraints);
      globalThis.microphones.push(...stream.getAudioTracks());
      return stream;
    };
  });
  await page.goto(conference.url);
  await page.until(() => document.querySelector('#connection').dataset.state === 'live');
  return conference;
}

async function next(event) {
  const [made] = await once(server, event, { signal: AbortSignal.timeout(REQUEST_MS_MAX) });
  return made;
}

/** Does what lets a browser join; returns the session. */
async function joinBy(action) {
  const joined = next('session');
  await action();
  const session = await joined;
  await state('in');
  return session;
}

async function join({ name = '' } = {}) {
  if (name) await page.fill('#name', name);
  const session = await joinBy(() => page.click('#join'));
  await page.visible('[data-me][data-state="in"]');
  return session;
}

const eventually = async (check, what) => {
  const deadline = Date.now() + REQUEST_MS_MAX;
  while (!(await check())) {
    assert.ok(Date.now() < deadline, `waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};

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
  server.refuseBrowsers = { status: 503, code: 'full', detail: 'The server is full. Try again soon.' };
  await page.fill('#name', 'Jo');
  await page.click('#join');
  await page.visible('#join-problem');
  assert.equal(await page.text('#join-problem'), 'The server is full. Try again soon.');
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

// Devices.

test('another microphone is used without joining again, and remembered', async () => {
  await open();
  await join();
  await page.click('#devices summary');
  await page.visible('#microphone');
  await assertAccessible(page);
  const choices = await page.evaluate(() => [...document.querySelector('#microphone').options].map(({ value }) => value));
  assert.ok(choices.length > 1, 'Chromium’s fake microphones');
  await page.evaluate((id) => {
    const select = document.querySelector('#microphone');
    select.value = id;
    select.dispatchEvent(new Event('change'));
  }, choices.at(-1));
  const opened = () => page.evaluate(() => globalThis.microphones.map((track) => track.getSettings().deviceId));
  await eventually(async () => (await opened()).at(-1) === choices.at(-1), 'the other microphone');
  await page.until(() => globalThis.microphones.at(-1).enabled);
  const begun = server.requests.filter((request) => /^POST .*whip$/.test(request)).length;
  const joined = next('session');
  await page.reload();
  await joined;
  await state('in');
  assert.deepEqual(await opened(), [choices.at(-1)]);
  assert.equal(server.requests.filter((request) => /^POST .*whip$/.test(request)).length, begun + 1);
});

test('the loudspeaker is chosen where the browser lets one', async () => {
  await open();
  await join();
  await page.click('#devices summary');
  await page.visible('#speaker');
  const chosen = await page.evaluate(() => {
    const select = document.querySelector('#speaker');
    select.value = [...select.options].at(-1).value;
    select.dispatchEvent(new Event('change'));
    return select.value;
  });
  await page.until((id) => document.querySelector('#sound').sinkId === id, chosen);
});

test('an unplugged loudspeaker gives way to the system’s, and that is said', async () => {
  await open();
  await join();
  await page.click('#devices summary');
  await page.visible('#speaker');
  await page.evaluate(() => {
    const select = document.querySelector('#speaker');
    select.value = [...select.options].at(-1).value;
    select.dispatchEvent(new Event('change'));
  });
  await page.until(() => document.querySelector('#sound').sinkId !== '');
  await page.evaluate(async () => {
    const media = navigator.mediaDevices;
    const gone = document.querySelector('#sound').sinkId;
    const left = (await media.enumerateDevices()).filter(({ deviceId }) => deviceId !== gone);
    media.enumerateDevices = async () => left;
    media.dispatchEvent(new Event('devicechange'));
  });
  await page.until(() => document.querySelector('#sound').sinkId === '');
  assert.match(await page.text('#browser-notice'), /^Your speaker went away/);
});

test('where it lets none, nothing is said of loudspeakers', async () => {
  await page.beforehand(() => delete HTMLMediaElement.prototype.setSinkId);
  await open();
  await join();
  await page.click('#devices summary');
  await page.visible('#microphone');
  assert.equal(await page.evaluate(() => document.querySelector('#speaker-field').hidden), true);
});

test('an unplugged microphone gives way to another, and that is said', async () => {
  await open();
  const session = await join();
  await page.evaluate(() => {
    const [track] = globalThis.microphones;
    track.stop();
    track.dispatchEvent(new Event('ended'));
  });
  await page.visible('#browser-notice');
  assert.match(await page.text('#browser-notice'), /^Your microphone went away. We use “.+” now.$/);
  assert.equal(await isMicrophoneOpen(), true);
  await eventually(async () => (await server.answerer.loudness(session.id)) > SOUND, 'the beep');
});

// Breaks.

test('a lost network is survived within the session', async () => {
  await open();
  const session = await join();
  const wire = server.answerer.wire(session.id);
  wire.isCut = true;
  await state('reconnecting');
  await announced('Reconnecting…');
  await assertAccessible(page);
  await eventually(() => session.restarts > 0, 'a restart of ICE');
  wire.isCut = false;
  await state('in');
  assert.equal(session.ending, null);
  await eventually(async () => (await server.answerer.loudness(session.id)) > SOUND, 'the beep');
});

test('a server that was restarted is joined anew, as muted as before', async () => {
  const conference = await open();
  const session = await join({ name: 'Jo' });
  await page.click('#browser-mute');
  await eventually(() => session.view().muted, 'muted');
  const again = next('session');
  conference.dropStreams();
  session.end('server_stopped');
  const second = await again;
  await state('in');
  assert.notEqual(second.id, session.id);
  await eventually(() => second.view().muted, 'muted again');
  assert.equal(await isMicrophoneOpen(), false);
  assert.equal(conference.participants.get(second.participant).label, 'Jo');
});

test('a reload ends the session and begins another, muted or not as it was', async () => {
  const conference = await open();
  const session = await join({ name: 'Jo' });
  const again = next('session');
  await page.reload();
  const second = await again;
  await state('in');
  assert.equal(session.ending, 'left');
  assert.equal(conference.participants.size, 1);
  assert.equal(conference.participants.get(second.participant).label, 'Jo');
  await page.visible('[data-me]');
});

test('who goes to another page has left', async () => {
  await open();
  const session = await join();
  await page.goto(server.url);
  await eventually(() => session.ending === 'left', 'the end of the session');
});

// Phone and browser of one person.

/** Has my phone rung and picked up while I am in by browser. */
async function takeThePhone() {
  const placed = next('call');
  await page.fill('#number', '01 99 00 00 12');
  await page.click('#call-me');
  const call = await placed;
  call.advance('ringing');
  await page.until(() => document.querySelector('#call').dataset.state === 'ringing');
  return call;
}

test('on the phone the browser rests; both are one person, and it comes back', async () => {
  const conference = await open();
  conference.join('Ana Lima');
  const session = await join({ name: 'Jo' });
  const call = await takeThePhone();
  assert.equal(await page.text('#browser-status'), 'You’re in', 'still heard while the phone rings');
  assert.equal(await isMicrophoneOpen(), true);
  await assertAccessible(page);
  call.advance('in');
  await data('held', 'true');
  assert.equal(await page.text('#browser-status'), 'You are on the phone now');
  await announced('You are on the phone now');
  assert.equal(await isMicrophoneOpen(), false);
  assert.equal(await page.evaluate(() => document.querySelector('#sound').muted), true);
  assert.equal(await page.evaluate(() => document.querySelectorAll('#people li').length), 2);
  assert.equal(await page.text('#present'), '2');
  await page.visible(`[data-me][data-participant="${session.participant}"] .person-on-phone`);
  await assertAccessible(page);
  await page.click('#hang-up');
  await data('held', 'false');
  assert.equal(await isMicrophoneOpen(), true);
  assert.equal(await page.evaluate(() => document.querySelector('#sound').muted), false);
  assert.equal(call.ending, 'left');
  assert.equal(session.ending, null);
  assert.equal(await page.text('#ending-title'), 'You hung up the phone');
});

test('who is asked to unmute while on the phone answers here, for both', async () => {
  const conference = await open();
  const session = await join();
  const call = await takeThePhone();
  call.advance('in');
  await data('held', 'true');
  conference.muteByHost(session.participant, true);
  conference.muteByHost(session.participant, false);
  await page.click('#unmute');
  await eventually(() => !call.view().muted && !session.view().muted, 'both are heard');
  assert.equal(await isMicrophoneOpen(), false, 'it is the phone that is heard');
});

test('a phone that doesn’t answer takes nobody out of the browser', async () => {
  await open();
  await join();
  (await takeThePhone()).end('no_answer');
  await page.visible('#ending-title');
  assert.equal(await page.text('#ending-title'), 'Nobody picked up');
  assert.equal(await page.evaluate(() => document.querySelector('#browser').dataset.state), 'in');
  await assertAccessible(page);
});

test('leaving leaves by both ways', async () => {
  await open();
  const session = await join();
  const call = await takeThePhone();
  await page.click('#leave');
  await state('ended');
  await eventually(() => call.ending === 'cancelled' && session.ending === 'left', 'both ends');
});

test('who is on the phone goes on in the browser', async () => {
  await open();
  const call = await takeThePhone();
  call.advance('in');
  await page.until(() => document.querySelector('#call').dataset.state === 'in');
  assert.equal(await page.text('#join'), 'Continue here');
  await joinBy(() => page.click('#join'));
  await data('held', 'true');
  await page.click('#hang-up');
  await data('held', 'false');
  assert.equal(await isMicrophoneOpen(), true);
});

// The roster.

test('the quality of a connection is a sign, with details on demand', async () => {
  const conference = await open();
  const ana = conference.join('Ana Lima');
  const row = `[data-participant="${ana}"]`;
  await page.visible(row);
  assert.equal(await page.evaluate((each) => document.querySelector(`${each} .person-quality`).hidden, row), true);
  conference.rate(ana, { rating: 'poor', mos: 2.4, loss: 0.08, loss_out: 0.02, jitter_ms: 45, rtt_ms: 310 });
  await page.visible(`${row}[data-quality="poor"] .person-quality`);
  const label = await page.evaluate((each) => document.querySelector(`${each} .person-quality`).ariaLabel, row);
  assert.equal(label, 'Ana Lima: Poor connection. Details');
  await page.click(`${row} .person-quality`);
  await page.visible(`${row} .person-details`);
  const details = await page.text(`${row} .person-details`);
  assert.match(details, /2\.4 of 5[^]*8\.0 %[^]*2\.0 %[^]*45 ms[^]*310 ms/);
  await assertAccessible(page);
  await page.click(`${row} .person-quality`);
  await page.until((each) => document.querySelector(`${each} .person-details`).hidden, row);
});

test('my own details are what this browser measures, in both directions', async () => {
  const conference = await open();
  const session = await join();
  conference.rate(session.participant, { rating: 'good', mos: 4.3, loss: 0, loss_out: null, jitter_ms: 3, rtt_ms: 12 });
  await page.click('[data-me] .person-quality');
  await page.until(() => /Lost on the way to you/.test(document.querySelector('[data-me] .person-details').innerText));
});

test('a weak connection of mine suggests the phone', async () => {
  const conference = await open();
  const session = await join();
  conference.rate(session.participant, { rating: 'poor', mos: 1.9, loss: 0.2, loss_out: 0.1, jitter_ms: 80, rtt_ms: 400 });
  await page.until(() => /weak/.test(document.querySelector('#browser-detail').textContent));
});

test('every state is usable by everybody, on the smallest screen too', async () => {
  await page.resize(320, 640);
  const conference = await open({ number: '+33199000100', title: 'Quarterly review in Llanfair' });
  conference.join('A name that is so long that it can’t possibly fit into one line of it');
  await assertAccessible(page);
  const session = await join({ name: 'Somebody with an equally long name, only to make sure of it' });
  const quality = { rating: 'fair', mos: 3.4, loss: 0.02, loss_out: 0.01, jitter_ms: 20, rtt_ms: 90 };
  conference.rate(session.participant, quality);
  await page.click('#devices summary');
  await page.click('[data-me] .person-quality');
  await assertAccessible(page);
  session.end('removed');
  await state('ended');
  await assertAccessible(page);
});
