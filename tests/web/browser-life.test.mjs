/** Being in by browser: devices, breaks, the phone of the same person, and the roster. */
import assert from 'node:assert/strict';
import { assertAccessible } from './support/accessibility.mjs';
import {
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
  takeThePhone,
  test,
} from './support/joining.mjs';

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
