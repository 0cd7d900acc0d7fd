/** The form that creates a conference: from its fields to what the API wants. */
import { accessFields, fillAccess, prepareAccess, readAccess } from './access-form.js';
import { byId, create, show } from './dom.js';
import { allZones, browserZone, localInput, zoneCity, zonedMoment } from './time.js';

const HOUR_MS = 3_600_000;

const MINUTE_MS = 60_000;

/** How a set time repeats that the form can't say, and so can only leave as it is. */
const AS_IT_IS = 'as-it-is';

/** The set time that the form was filled with; null for a conference without, or a new one. */
let before = null;

/**
 * The request that the fields mean: `{conference}`, or `{complaint: {field, message}}` about a field
 * that can't be sent. `startsAt` is what a datetime-local field gives, or null without a set time; `minutes` how long it
 * takes, NaN if nobody has said; `repetition` an RRULE (RFC 5545), or nothing for once.
 */
export function conferenceOf({ title, startsAt, zone, minutes = NaN, repetition = '' }) {
  const conference = { title: title.trim() };
  if (startsAt === null) return { conference };
  const moment = zonedMoment(startsAt, zone);
  if (moment === null) return complaint('starts_at', 'Choose a day and a time.');
  if (!Number.isInteger(minutes) && !Number.isNaN(minutes)) {
    return complaint('duration_min', 'Type a whole number of minutes.');
  }
  if (repetition === AS_IT_IS) return complaint('repetition', 'Choose how it repeats from now on.');
  return {
    conference: {
      ...conference,
      starts_at: new Date(moment).toISOString(),
      time_zone: zone,
      ...(Number.isNaN(minutes) ? {} : { duration_min: minutes }),
      ...(repetition ? { repetition } : {}),
    },
  };
}

function complaint(field, message) {
  return { complaint: { field, message } };
}

/** Zones by continent, for a list in groups: `[["Europe", ["Europe/Paris", …]], …]`. */
export function groupedZones(zones) {
  const groups = new Map();
  for (const zone of zones) {
    const area = zone.includes('/') ? zone.split('/')[0] : 'Universal';
    groups.set(area, [...(groups.get(area) ?? []), zone]);
  }
  return [...groups];
}

/** Whether the conference places voices, while the form changes one. */
let placedBefore = false;

/** The form's fields by their names in the API, where the server's complaints are shown. */
export function formFields() {
  return {
    title: byId('title'),
    starts_at: byId('starts-at'),
    time_zone: byId('time-zone'),
    duration_min: byId('duration'),
    repetition: byId('repeats'),
    ...accessFields(),
  };
}

/** Fills the list of zones, and shows the set time's fields when they are wanted. */
export function prepareForm() {
  const groups = groupedZones(allZones()).map(([area, zones]) => {
    const options = zones.map((zone) => new Option(zoneCity(zone), zone));
    return create('optgroup', { label: area.replaceAll('_', ' ') }, ...options);
  });
  byId('time-zone').replaceChildren(...groups);
  byId('time-zone').value = browserZone();
  byId('scheduled').addEventListener('change', followScheduled);
  prepareAccess();
  followScheduled();
}

/**
 * What the fields mean now; see `conferenceOf` and `accessOf`. A set time that nobody has touched is left out, and so stays as
 * it is; one that was taken away is null.
 */
export function readForm() {
  const set = readSetTime();
  const isTouched = JSON.stringify(set) !== JSON.stringify(before);
  const title = byId('title').value;
  const { conference, complaint: wrong } = conferenceOf({ title, startsAt: null, ...(isTouched && set) });
  if (wrong) return { complaint: wrong };
  const { access, complaint: about } = readAccess();
  if (about) return { complaint: about };
  const { checked: placement } = byId('placement');
  const isTaken = before !== null && set === null;
  return {
    conference: {
      ...conference,
      ...(isTaken && { starts_at: null }),
      access,
      // Of a new conference, it is as the server is configured where nothing is chosen.
      ...(placement !== placedBefore && { placement }),
    },
  };
}

/** The fields of the set time, or null without one. */
function readSetTime() {
  if (!byId('scheduled').checked) return null;
  return {
    startsAt: byId('starts-at').value,
    zone: byId('time-zone').value,
    minutes: byId('duration').valueAsNumber,
    repetition: byId('repeats').value,
  };
}

/** Fills the fields with a conference as the API gives it. */
export function fillForm(conference) {
  const { title, starts_at: startsAt, ends_at: endsAt, time_zone: zone, access, placement } = conference;
  byId('title').value = title;
  byId('scheduled').checked = Boolean(startsAt);
  byId('time-zone').value = zone ?? browserZone();
  byId('starts-at').value = startsAt ? localInput(Date.parse(startsAt), zone) : '';
  const lasts = Date.parse(endsAt) - Date.parse(startsAt);
  byId('duration').value = startsAt && endsAt ? Math.round(lasts / MINUTE_MS) : byId('duration').defaultValue;
  fillRepetition(conference.repeats_text);
  fillAccess(access);
  fillPlacement(placement);
  followScheduled();
  before = readSetTime();
}

/** The API says in words how a conference repeats, which can stay or be chosen anew. */
function fillRepetition(text = null) {
  byId('repeats').querySelector(`[value="${AS_IT_IS}"]`)?.remove();
  if (text) byId('repeats').prepend(new Option(text, AS_IT_IS));
  byId('repeats').value = text ? AS_IT_IS : '';
}

/** Empties the form for another conference. */
export function clearForm() {
  byId('create-form').reset();
  before = null;
  fillRepetition();
  byId('time-zone').value = browserZone();
  fillAccess();
  fillPlacement(false);
  followScheduled();
}

function fillPlacement(placement) {
  placedBefore = placement;
  byId('placement').checked = placement;
}

function followScheduled() {
  const { checked } = byId('scheduled');
  byId('scheduled').setAttribute('aria-expanded', String(checked));
  show(byId('schedule'), checked);
  if (checked) byId('starts-at').value ||= localInput(nextFullHour(Date.now()), browserZone());
}

function nextFullHour(now) {
  return Math.floor(now / HOUR_MS + 1) * HOUR_MS;
}
