/**
 * Serves the pages against the mock, for working on them in a browser: `npm run serve`.
 *
 * The last digit of the number decides what the phone does: 1 busy, 2 no answer, 3 declined,
 * 4 not reachable, 5 trunk failed, anything else picks up. A browser that joins hears a hum.
 */
import { Answerer } from './answerer.mjs';
import { Browser } from './chromium.mjs';
import { MockServer, TOKEN } from './mock.mjs';

const STEP_MS = 1_500;
const TALK_MS = 2_300;
const ENDINGS = {
  1: 'busy',
  2: 'no_answer',
  3: 'declined',
  4: 'not_reachable',
  5: 'trunk_failed',
};

const server = await new MockServer().start(Number(process.env.PORT ?? 8300));
server.answerer = await Answerer.open(await Browser.launch());
const conference = server.createConference({ title: 'Thursday stand-up', number: '+33199000100' });
const others = [conference.join('Ana Lima'), conference.join('Bastien Roy', { muted: true })];

server.on('call', (call) => {
  const ending = ENDINGS[call.number.at(-1)];
  const plan = ending
    ? [() => call.advance('ringing'), () => call.end(ending)]
    : ['ringing', 'answered', 'in'].map((state) => () => call.advance(state));
  plan.forEach((step, index) => setTimeout(step, STEP_MS * (index + 1)));
});

let turn = 0;
setInterval(() => {
  conference.speak(others[turn % others.length], false);
  turn += 1;
  conference.speak(others[turn % others.length], true);
}, TALK_MS);

console.log(`${conference.url}\n${server.url}/#token=${TOKEN}`);
