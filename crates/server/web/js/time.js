/**
 * Times as people read them: a conference's set time in its own zone and in the visitor's, how long
 * until it opens, how long a call has lasted. Pure: the present moment is always passed in.
 */

const LOCALE = 'en-GB';
const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** The visitor's IANA time zone. */
export function browserZone() {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
}

/** All IANA zones this browser knows, with UTC, in alphabetical order. */
export function allZones() {
  return [...new Set([...Intl.supportedValuesOf('timeZone'), 'UTC', browserZone()])].sort();
}

/** The part of a zone's name that people say: "Paris", "Buenos Aires", "UTC". */
export function zoneCity(zone) {
  return zone.split('/').at(-1).replaceAll('_', ' ');
}

/**
 * A set time in words, in two parts: `own` in the conference's zone, such as
 * "Starts Tue 24 Nov, 14:30 Paris time"; `yours` in the visitor's, such as "13:30 your time", or
 * null when both clocks show the same.
 */
export function setTimeText({ startsAt, zone, visitorZone, now }) {
  const own = clockParts(startsAt, zone);
  const yours = clockParts(startsAt, visitorZone);
  const verb = startsAt <= now ? 'Started' : 'Starts';
  const year = own.year === clockParts(now, zone).year ? '' : ` ${own.year}`;
  const when = `${verb} ${own.day}${year}, ${own.time}`;
  if (own.day === yours.day && own.time === yours.time) return { own: when, yours: null };
  const place = zoneCity(zone);
  return {
    own: `${when} ${place}${place === 'UTC' ? '' : ' time'}`,
    yours: `${own.day === yours.day ? '' : `${yours.day}, `}${yours.time} your time`,
  };
}

/** A moment in a zone, such as "Tue 24 Nov, 14:20". */
export function momentText(moment, zone) {
  const { day, time } = clockParts(moment, zone);
  return `${day}, ${time}`;
}

/** A time of day in a zone, such as "14:20". */
export function timeOfDay(moment, zone) {
  return clockParts(moment, zone).time;
}

/** How long until something happens: "2 days 3 h", "1 h 04 min", "4:59"; never below "0:00". */
export function countdownText(milliseconds) {
  // Rounded up, so that it reaches 0:00 at the moment itself and not a second before.
  const left = Math.max(0, Math.ceil(milliseconds / SECOND_MS) * SECOND_MS);
  const days = Math.floor(left / DAY_MS);
  const hours = Math.floor((left % DAY_MS) / HOUR_MS);
  if (days > 0) return `${days} ${days === 1 ? 'day' : 'days'} ${hours} h`;
  const minutes = Math.floor((left % HOUR_MS) / MINUTE_MS);
  return hours > 0 ? `${hours} h ${pad(minutes)} min` : durationText(left);
}

/** How long something has lasted: "0:07", "3:12", "1:02:03". */
export function durationText(milliseconds) {
  const total = Math.max(0, Math.floor(milliseconds / SECOND_MS));
  const hours = Math.floor(total / 3600);
  const minutes = Math.floor((total % 3600) / 60);
  const seconds = pad(total % 60);
  return hours > 0 ? `${hours}:${pad(minutes)}:${seconds}` : `${minutes}:${seconds}`;
}

/**
 * The moment when clocks in `zone` show `local` ("2026-11-24T14:30", as a datetime-local field
 * gives it), or null if that can't be read. A time that a clock change skips counts from before the
 * change (02:30 becomes 03:30); one that happens twice means the first.
 */
export function zonedMoment(local, zone) {
  const naive = /^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(local) ? Date.parse(`${local}Z`) : NaN;
  if (Number.isNaN(naive)) return null;
  const candidates = [naive - DAY_MS, naive + DAY_MS].map((near) => naive - offsetAt(near, zone));
  const exact = candidates.filter((moment) => moment + offsetAt(moment, zone) === naive);
  return exact.length > 0 ? Math.min(...exact) : candidates[0];
}

/** What a clock in `zone` shows at `moment`, as a datetime-local field wants it. */
export function localInput(moment, zone) {
  return new Date(moment + offsetAt(moment, zone)).toISOString().slice(0, 16);
}

/** How far the clocks of `zone` are ahead of UTC at `moment`, in milliseconds. */
function offsetAt(moment, zone) {
  const parts = partsOf(moment, zone, {
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  const shown = Date.UTC(
    parts.year,
    parts.month - 1,
    parts.day,
    parts.hour,
    parts.minute,
    parts.second,
  );
  return shown - Math.floor(moment / SECOND_MS) * SECOND_MS;
}

function clockParts(moment, zone) {
  const parts = partsOf(moment, zone, {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
  });
  return {
    day: `${parts.weekday} ${parts.day} ${parts.month}`,
    time: `${parts.hour}:${parts.minute}`,
    year: parts.year,
  };
}

function partsOf(moment, zone, options) {
  const format = new Intl.DateTimeFormat(LOCALE, {
    timeZone: zone,
    hourCycle: 'h23',
    ...options,
  });
  return Object.fromEntries(format.formatToParts(moment).map(({ type, value }) => [type, value]));
}

function pad(number) {
  return String(number).padStart(2, '0');
}
