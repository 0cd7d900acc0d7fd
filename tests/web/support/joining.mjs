/**
 * What the tests of joining with the browser share: a real Chromium with a microphone that beeps,
 * connections that carry it, and a page for each test.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, afterEach, before, beforeEach, test as unlimited } from 'node:test';
import { Answerer } from './answerer.mjs';
import { Browser, FAKE_MICROPHONE } from './chromium.mjs';
import { MockServer } from './mock.mjs';

/** Longest that one test may take, on a slow and busy machine. */
const TEST_MS_MAX = 240_000;
/** Longest from a click to what it makes the server see. */
const REQUEST_MS_MAX = 60_000;
const PHONE = { width: 390, height: 844, zone: 'Europe/London' };
/** A name of this machine that browsers don't trust as they trust its address. */
export const INSECURE_HOST = 'meet.test';
/** What the browser logs for the answers that a test provokes; nothing else may be complained of. */
const PROVOKED = /status of (401|403|404|409|422|503)|ERR_INCOMPLETE_CHUNKED|ERR_EMPTY_RESPONSE/;
/** Peaks of what comes at the other end: less than the beep's, and as good as silence. */
export const SOUND = 0.1;
export const SILENCE = 0.001;

export const test = (name, body) => unlimited(name, { timeout: TEST_MS_MAX }, body);

let browser;
/** The mock, with an answerer. */
export let server;
/** The page of the test that runs. */
export let page;

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

export const state = (wanted) =>
  page.until((name) => document.querySelector('#browser').dataset.state === name, wanted);
export const data = (name, wanted) =>
  page.until((key, value) => document.querySelector('#browser').dataset[key] === value, name, wanted);
export const announced = (words) =>
  page.until((part) => document.querySelector('#announcer').textContent.includes(part), words);
export const isMicrophoneOpen = () =>
  page.evaluate(() => globalThis.microphones.filter((track) => track.readyState === 'live').some((track) => track.enabled));

/** Opens a conference's page, which notes the microphones that it opens. */
export async function open(settings = {}) {
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

export async function next(event) {
  const [made] = await once(server, event, { signal: AbortSignal.timeout(REQUEST_MS_MAX) });
  return made;
}

/** Does what lets a browser join; returns the session. */
export async function joinBy(action) {
  const joined = next('session');
  await action();
  const session = await joined;
  await state('in');
  return session;
}

export async function join({ name = '' } = {}) {
  if (name) await page.fill('#name', name);
  const session = await joinBy(() => page.click('#join'));
  await page.visible('[data-me][data-state="in"]');
  return session;
}

export const eventually = async (check, what) => {
  const deadline = Date.now() + REQUEST_MS_MAX;
  while (!(await check())) {
    assert.ok(Date.now() < deadline, `waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};

/** Has my phone rung while I am in by browser. */
export async function takeThePhone() {
  const placed = next('call');
  await page.fill('#number', '01 99 00 00 12');
  await page.click('#call-me');
  const call = await placed;
  call.advance('ringing');
  await page.until(() => document.querySelector('#call').dataset.state === 'ringing');
  return call;
}
