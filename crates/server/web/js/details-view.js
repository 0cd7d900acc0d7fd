/** What stays the same during a conference: title, set time, dial-in, link; and how it opens. */
import { callingCode, regionOf } from './countries.js';
import { byId, setText, show } from './dom.js';
import { countdownText, momentText, setTimeText } from './time.js';

/** Renders title, state, set time, dial-in and link. */
export function renderDetails(conference, { visitorZone, now, present }) {
  setText(byId('title'), conference.title || 'Conference');
  byId('share-url').value = conference.url;
  renderState(conference, present);
  renderSetTime(conference, visitorZone, now);
  renderDialIn(conference.dial_in);
  renderOpening(conference, visitorZone, now);
}

/** Renders only the countdown, each second. */
export function renderCountdown(conference, now) {
  if (!conference.opens_at) return;
  setText(byId('countdown'), countdownText(Date.parse(conference.opens_at) - now));
}

/** A dial-in code in groups, as it is read out: "482 913". */
export function groupedCode(code) {
  const size = code.length % 3 === 0 ? 3 : 4;
  return code.match(new RegExp(`.{1,${size}}`, 'g'))?.join(' ') ?? code;
}

/** An E.164 number in groups, after its calling code: "+33 199 000 100". */
export function groupedNumber(number) {
  const code = callingCode(regionOf(number, null) ?? '') ?? '';
  const digits = number.replace(/\D/g, '').slice(code.length);
  const groups = digits.match(/\d{3}(?=\d{2})|\d{2,4}$/g) ?? [digits];
  return [`+${code}`, ...groups].join(code ? ' ' : '');
}

function renderState({ state, open }, present) {
  const chip = byId('conference-state');
  const words = { active: present > 0 ? 'In progress' : 'Starting', ended: 'Ended' };
  chip.dataset.state = state;
  setText(chip, words[state] ?? 'Ready when you are');
  show(chip, open || state !== 'resting');
}

function renderSetTime({ starts_at: startsAt, time_zone: zone }, visitorZone, now) {
  show(byId('set-time'), startsAt !== null);
  if (startsAt === null) return;
  const { own, yours } = setTimeText({
    startsAt: Date.parse(startsAt),
    zone: zone ?? visitorZone,
    visitorZone,
    now,
  });
  byId('set-time-own').dateTime = startsAt;
  setText(byId('set-time-own'), own);
  setText(byId('set-time-yours'), yours ? `— ${yours}` : '');
}

function renderDialIn({ number, code }) {
  show(byId('dial-in'), Boolean(number || code));
  show(byId('dial-in-number-row'), Boolean(number));
  show(byId('dial-in-code-row'), Boolean(code));
  if (number) {
    setText(byId('dial-in-number'), groupedNumber(number));
    byId('dial-in-number').href = `tel:${number.replace(/[^+\d]/g, '')}`;
  }
  if (code) setText(byId('dial-in-code'), groupedCode(code));
}

function renderOpening({ open, opens_at: opensAt, time_zone: zone }, visitorZone, now) {
  if (open || !opensAt) return;
  byId('opens').dateTime = opensAt;
  const elsewhere = zone !== null && zone !== visitorZone;
  const moment = momentText(Date.parse(opensAt), visitorZone);
  setText(byId('opens'), elsewhere ? `${moment} your time` : moment);
  renderCountdown({ opens_at: opensAt }, now);
}
