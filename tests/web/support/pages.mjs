/**
 * What the tests of pages share: a Chromium for the tests of a file, and for each of them a mock server
 * and a page, which may complain of nothing but what the test provokes.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, afterEach, before, beforeEach, test as unlimited } from 'node:test';
import { Browser } from './chromium.mjs';
import { MockServer } from './mock.mjs';

/** Longest that one test may take, on a slow and busy machine. */
const TEST_MS_MAX = 240_000;
/** Longest from a click to what it makes the server see. */
const REQUEST_MS_MAX = 60_000;
/** What doesn't match anything. */
const NOTHING = /^\b$/;

/** Screens, as `Browser.newPage` takes them. */
export const PHONE = { width: 390, height: 844, zone: 'Europe/London' };
export const DESK = { width: 1280, height: 800, zone: 'Europe/Paris' };

export const test = (name, body) => unlimited(name, { timeout: TEST_MS_MAX }, body);

/** The mock, and the page, of the test that runs. */
export let server;
export let page;

/**
 * Gives each test of a file its server and its page. `provoked` matches what the browser logs for the
 * answers that the tests provoke; `flags` are Chromium's. `furnish(browser)` is called before the first test and
 * may return what cleans up after the last: hooks of one file may run at the same time.
 */
export function openPages({ screen = PHONE, provoked = NOTHING, flags = [], furnish = async () => {} } = {}) {
  let browser;
  let clear;
  before(async () => {
    browser = await Browser.launch({ flags });
    clear = await furnish(browser);
  });
  after(async () => {
    await clear?.();
    await browser.close();
  });
  beforeEach(async () => {
    server = await new MockServer().start();
    page = await browser.newPage(screen);
  });
  afterEach(async () => {
    const unexpected = page.complaints.filter((complaint) => !provoked.test(complaint));
    await page.close();
    await server.stop();
    assert.deepEqual(unexpected, []);
  });
}

/** Opens the page of a conference made for it; `address` is what comes after its URL. */
export async function openConference(settings = {}, address = '') {
  const conference = server.createConference({ title: 'Board call', ...settings });
  await page.goto(conference.url + address);
  await page.until(() => document.querySelector('#connection').dataset.state === 'live');
  return conference;
}

/** Waits until a screen reader is told something with these words. */
export const announced = (words) =>
  page.until((part) => document.querySelector('#announcer').textContent.includes(part), words);

/** The value of a field. */
export const value = (selector) =>
  page.evaluate((wanted) => document.querySelector(wanted).value, selector);

/** The next `call` or `session` that the page makes the server see. */
export async function next(event) {
  const [made] = await once(server, event, { signal: AbortSignal.timeout(REQUEST_MS_MAX) });
  return made;
}

/** Waits for something that isn't on the page. */
export async function eventually(check, what = check) {
  const deadline = Date.now() + REQUEST_MS_MAX;
  while (!(await check())) {
    assert.ok(Date.now() < deadline, `waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
