/**
 * Takes pictures of every state of the pages, on a phone and on a desktop, by day and by night:
 * `npm run screens -- DIRECTORY`.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Answerer } from './answerer.mjs';
import { Browser, FAKE_MICROPHONE } from './chromium.mjs';
import { MockServer, TOKEN } from './mock.mjs';

const LOOKS = [
  { device: 'phone', width: 390, height: 844, scheme: 'light' },
  { device: 'phone', width: 390, height: 844, scheme: 'dark' },
  { device: 'small', width: 320, height: 640, scheme: 'light' },
  { device: 'desktop', width: 1280, height: 800, scheme: 'light' },
  { device: 'desktop', width: 1280, height: 800, scheme: 'dark' },
];
const SETTLE_MS = 700;

const directory = process.argv[2] ?? 'screens';
await mkdir(directory, { recursive: true });
const server = await new MockServer().start();
const browser = await Browser.launch({ flags: FAKE_MICROPHONE });
server.answerer = await Answerer.open(browser);

for (const look of LOOKS) {
  const page = await browser.newPage({ ...look, zone: 'Europe/London', motion: 'no-preference' });
  const shoot = async (state) => {
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    const name = `${state}-${look.device}-${look.scheme}.png`;
    const full = look.device !== 'desktop';
    await writeFile(path.join(directory, name), await page.screenshot({ full }));
  };
  await shootHome(page, shoot);
  await shootAccount(page, shoot);
  await shootLater(page, shoot);
  await shootCall(page, shoot);
  await shootBrowser(page, shoot);
  await shootOthers(page, shoot);
  for (const complaint of page.complaints) console.error(complaint);
  await page.close();
}

await browser.close();
await server.stop();

async function shootHome(page, shoot) {
  await page.goto(server.url);
  await shoot('home');
  server.conferences.clear();
  server.createConference({ title: 'Thursday stand-up' }).join('Ana');
  server.createConference({
    title: 'Quarterly review with the Lisbon office',
    starts_at: '2026-11-24T13:30:00Z',
    time_zone: 'Europe/Paris',
  });
  server.createConference({ title: 'Retrospective' }).end();
  await page.goto('about:blank');
  await page.goto(`${server.url}/#token=${TOKEN}`);
  await page.fill('#title', 'Board call');
  await page.click('#scheduled');
  await shoot('home-token');
  await page.click('#create');
  await page.visible('#created');
  await shoot('home-created');
}

async function shootAccount(page, shoot) {
  await page.goto(`${server.url}/sign-in`);
  await shoot('sign-in');
  await page.goto('about:blank');
  await page.goto(`${server.url}/sign-in#sent`);
  await shoot('sign-in-sent');
  await page.goto(`${server.url}/sign-in/link`);
  await shoot('sign-in-link');
  server.account = { id: 7, name: 'Anna Lima', mail: 'anna@example.com' };
  await page.evaluate(() => sessionStorage.clear());
  await page.goto(server.url);
  await page.visible('#conferences li');
  await shoot('account');
  server.account = null;
}

/** Before it opens, with a number left for then. */
async function shootLater(page, shoot) {
  const starts_at = new Date(Date.now() + 3_600_000).toISOString();
  const conference = server.createConference({ title: 'Thursday stand-up', starts_at });
  await page.goto(conference.url);
  await page.visible('#later[data-state="offered"]');
  await shoot('later-offered');
  await page.fill('#later-number', '01 99 00 00 12');
  await page.click('#call-later');
  await page.visible('#later[data-state="booked"]');
  await shoot('later-booked');
  await page.evaluate(() => localStorage.clear());
}

async function shootCall(page, shoot) {
  const conference = server.createConference({
    title: 'Quarterly review with the Lisbon office',
    starts_at: new Date(Date.now() + 300_000).toISOString(),
    time_zone: 'Europe/Paris',
    number: '+33199000100',
  });
  const nextCall = new Promise((resolve) => server.once('call', resolve));
  await page.evaluate(() => sessionStorage.clear());
  await page.goto(conference.url);
  await page.visible('#call-form');
  await shoot('form-empty');
  const ana = conference.join('Ana Lima', { joined_at: '2026-11-22T14:02:00Z' });
  conference.join('Łukasz Wiśniewski-Zażółć', { muted: true, joined_at: '2026-11-22T14:03:00Z' });
  conference.join('+33 6 •• •• •• 47', { joined_at: '2026-11-22T14:04:00Z' });
  conference.join('Miriam', { state: 'ringing', joined_at: null, via: 'call_me' });
  await page.fill('#number', '12');
  await page.click('#call-me');
  await page.visible('#number-error');
  await shoot('form-error');
  await page.fill('#number', '01 99 00 00 12');
  await page.fill('#name', 'Jo Verne');
  await page.click('#call-me');
  const call = await nextCall;
  await shoot('calling');
  call.advance('ringing');
  await shoot('ringing');
  call.advance('answered');
  await shoot('answered');
  call.advance('in');
  call.update({ joined_at: new Date(Date.now() - 192_000).toISOString() });
  conference.speak(ana, true);
  conference.speak(call.participant, true);
  await shoot('in');
  conference.findEcho(call.participant);
  await shoot('in-echo');
  call.update({ muted: true, speaking: false });
  await shoot('in-muted');
  call.hangUp();
  await shoot('ended-left');
  for (const ending of ['busy', 'trunk_failed']) {
    const again = new Promise((resolve) => server.once('call', resolve));
    await page.click('#call-again');
    (await again).end(ending);
    await page.until((name) => document.querySelector('#call').dataset.ending === name, ending);
    await shoot(`ended-${ending}`);
  }
}

async function shootBrowser(page, shoot) {
  const conference = server.createConference({ title: 'Thursday stand-up', number: '+33199000100' });
  const ana = conference.join('Ana Lima', { via: 'browser' });
  const lukasz = conference.join('Łukasz Wiśniewski-Zażółć', { muted: true, muted_by: 'host' });
  conference.rate(ana, { rating: 'fair', mos: 3.4, loss: 0.031, loss_out: 0.012, jitter_ms: 24, rtt_ms: 140 });
  conference.rate(lukasz, { rating: 'good', mos: 4.1, loss: 0, loss_out: null, jitter_ms: 2, rtt_ms: null });
  await page.evaluate(() => sessionStorage.clear());
  const browserIs = (wanted) =>
    page.until((name) => document.querySelector('#browser').dataset.state === name, wanted);

  await page.permit('microphone', 'prompt');
  await page.goto(conference.url);
  await page.fill('#name', 'Jo Verne');
  await page.click('#join');
  await page.visible('#allow');
  await shoot('browser-asking');
  await page.permit('microphone', 'denied');
  await page.click('#allow');
  await browserIs('trouble');
  await shoot('browser-refused');
  const listened = nextOf('session');
  await page.click('#listen-anyway');
  await listened;
  await browserIs('in');
  await shoot('browser-listening');
  await page.click('#leave');

  await page.permit('microphone', 'granted');
  const joined = nextOf('session');
  await page.click('#rejoin');
  const session = await joined;
  await browserIs('in');
  conference.change(session.participant, { joined_at: new Date(Date.now() - 192_000).toISOString() });
  conference.rate(session.participant, { rating: 'good', mos: 4.4, loss: 0, loss_out: 0, jitter_ms: 3, rtt_ms: 18 });
  conference.speak(ana, true);
  await shoot('browser-in');
  await page.click(`[data-participant="${ana}"] .person-quality`);
  await page.click('#devices summary');
  await shoot('browser-details');
  await page.click('#devices summary');
  conference.muteByHost(session.participant, true);
  conference.muteByHost(session.participant, false);
  await page.visible('#asked');
  await shoot('browser-asked');
  await page.click('#stay-muted');
  await shoot('browser-muted');
  await page.click('#browser-mute');

  const placed = nextOf('call');
  await page.fill('#number', '01 99 00 00 12');
  await page.click('#call-me');
  const call = await placed;
  call.advance('ringing');
  await shoot('both-ringing');
  call.advance('in');
  await shoot('both-on-the-phone');
  call.end('left');
  await shoot('both-phone-left');
  await page.click('#other-number');

  server.answerer.wire(session.id).isCut = true;
  session.end('media_lost');
  server.refuseBrowsers = { status: 503, code: 'starting', detail: 'The server is starting.' };
  await browserIs('reconnecting');
  await shoot('browser-reconnecting');
  server.refuseBrowsers = { status: 403, code: 'full', detail: 'The conference is full.' };
  await browserIs('lost');
  await shoot('browser-lost');
  server.refuseBrowsers = null;
  const again = nextOf('session');
  await page.click('#rejoin');
  (await again).end('removed');
  await browserIs('ended');
  await shoot('browser-removed');
}

function nextOf(event) {
  return new Promise((resolve) => server.once(event, resolve));
}

async function shootOthers(page, shoot) {
  const early = server.createConference({
    title: 'Quarterly review with the Lisbon office',
    starts_at: new Date(Date.now() + 3_600_000 * 1.2).toISOString(),
    time_zone: 'Europe/Paris',
  });
  await page.goto(early.url);
  await page.visible('#panel-closed');
  await shoot('closed');
  const host = server.createConference({ title: 'Host’s view' });
  host.join('Ana Lima');
  const bo = host.join('Bo');
  await page.goto(`${server.url}/not-there`);
  await shoot('not-found');
  await page.evaluate((token) => sessionStorage.setItem('confab.token', token), TOKEN);
  await page.goto(host.url);
  await page.visible('.person-mute');
  host.speak(bo, true);
  host.join('+33 1 •• •• •• 42', { state: 'in_lobby', joined_at: null });
  host.join('Chris', { hand: true, muted: true, muted_by: 'host' });
  await page.click('.person-more');
  await shoot('host');
  await page.click('.person-remove');
  await shoot('host-confirm');
  await page.press('Escape');
  host.end();
  await shoot('over');
  await page.evaluate(() => sessionStorage.clear());
}
