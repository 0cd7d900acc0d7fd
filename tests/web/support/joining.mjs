/**
 * What the tests of joining with the browser share: a real Chromium with a microphone that beeps,
 * connections that carry it, and a page for each test.
 */
import { beforeEach } from 'node:test';
import { Answerer } from './answerer.mjs';
import { FAKE_MICROPHONE } from './chromium.mjs';
import { next, openConference, openPages, page, server } from './pages.mjs';

export { announced, eventually, next, page, server, test } from './pages.mjs';

/** A name of this machine that browsers don't trust as they trust its address. */
export const INSECURE_HOST = 'meet.test';
/** Peaks of what comes at the other end: less than the beep's, and as good as silence. */
export const SOUND = 0.1;
export const SILENCE = 0.001;

let answerer;

openPages({
  provoked: /status of (401|403|404|409|422|503)|ERR_INCOMPLETE_CHUNKED|ERR_EMPTY_RESPONSE/,
  flags: [...FAKE_MICROPHONE, `--host-resolver-rules=MAP ${INSECURE_HOST} 127.0.0.1`],
  furnish: async (browser) => {
    answerer = await Answerer.open(browser);
    return () => answerer.close();
  },
});

beforeEach(async () => {
  server.answerer = answerer;
  await page.permit('microphone', 'granted');
});

export const state = (wanted) =>
  page.until((name) => document.querySelector('#browser').dataset.state === name, wanted);
export const data = (name, wanted) =>
  page.until((key, value) => document.querySelector('#browser').dataset[key] === value, name, wanted);
export const isMicrophoneOpen = () =>
  page.evaluate(() => globalThis.microphones.filter((track) => track.readyState === 'live').some((track) => track.enabled));

/** Opens a conference's page, which notes the microphones that it opens. */
export async function open(settings = {}) {
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
  return openConference(settings);
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
