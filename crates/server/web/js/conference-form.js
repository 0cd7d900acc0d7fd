/** The form that creates a conference: from its fields to what the API wants. */
import { accessFields, fillAccess, prepareAccess, readAccess } from './access-form.js';
import { byId, create, show } from './dom.js';
import { allZones, browserZone, localInput, zoneCity, zonedMoment } from './time.js';

const HOUR_MS = 3_600_000;

const MINUTE_MS = 60_000;

/** The set time that the form was filled with, as `conferenceOf` has it; null for a conference without, or a new one. */
let before = null;

/**
 * The request that the fields mean: `{conference}`, or `{complaint: {field, message}}` about a field
 * that can't be sent. `startsAt` is what a datetime-local field gives, or null without a set time; `minutes` how long it
 * takes, NaN if nobody has said; `repetition` an RRULE (RFC 5545), or nothing for once; `closes` how many minutes after its
 * end the room ends, or nothing for never; `remind` how many minutes before those who are invited are reminded, or
 * nothing for not at all.
 */
export function conferenceOf({
  title,
  startsAt,
  zone,
  minutes = NaN,
  repetition = '',
  closes = '',
  remind = '',
}) {
  const conference = { title: title.trim() };
  if (startsAt === null) return { conference };
  const moment = zonedMoment(startsAt, zone);
  if (moment === null) return complaint('starts_at', 'Choose a day and a time.');
  if (!Number.isInteger(minutes) && !Number.isNaN(minutes)) {
    return complaint('duration_min', 'Type a whole number of minutes.');
  }
  return {
    conference: {
      ...conference,
      starts_at: new Date(moment).toISOString(),
      time_zone: zone,
      ...(Number.isNaN(minutes) ? {} : { duration_min: minutes }),
      ...(repetition ? { repetition } : {}),
      ...(closes ? { ends_after_min: Number(closes) } : {}),
      ...(remind ? { remind_min: Number(remind) } : {}),
    },
  };
}

/**
 * What has to be said of a set time so that `former` becomes `wanted`, both as `conferenceOf` has them and either of them
 * null for none: what stays isn't named, nor what the form knows nothing of. The start and its zone go together.
 */
export function changeOf(former, wanted) {
  if (wanted === null) return former === null ? {} : { starts_at: null };
  const parts = { ...former, ...wanted };
  const changed = Object.keys(parts).filter((part) => wanted[part] !== former?.[part]);
  if (changed.includes('time_zone') || changed.includes('starts_at')) changed.push('starts_at', 'time_zone');
  return Object.fromEntries(changed.map((part) => [part, wanted[part] ?? null]));
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

/** The same as elements for a `select`. */
export function zoneOptions() {
  return groupedZones(allZones()).map(([area, zones]) => {
    const options = zones.map((zone) => new Option(zoneCity(zone), zone));
    return create('optgroup', { label: area.replaceAll('_', ' ') }, ...options);
  });
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
    ends_after_min: byId('closes'),
    remind_min: byId('remind'),
    ...accessFields(),
  };
}

/** Fills the list of zones, and shows the set time's fields when they are wanted. */
export function prepareForm() {
  byId('time-zone').replaceChildren(...zoneOptions());
  byId('time-zone').value = browserZone();
  byId('scheduled').addEventListener('change', followScheduled);
  prepareAccess();
  followScheduled();
}

/**
 * What the fields mean now; see `conferenceOf` and `accessOf`. Of a set time what nobody has touched is left out, and so
 * stays as it is.
 */
export function readForm() {
  const { set, complaint: wrong } = readSetTime();
  if (wrong) return { complaint: wrong };
  const { access, complaint: about } = readAccess();
  if (about) return { complaint: about };
  const { checked: placement } = byId('placement');
  const { conference } = conferenceOf({ title: byId('title').value, startsAt: null });
  return {
    conference: {
      ...conference,
      ...changeOf(before, set),
      access,
      // Of a new conference, it is as the server is configured where nothing is chosen.
      ...(placement !== placedBefore && { placement }),
    },
  };
}

/** What the fields of the set time mean, as `conferenceOf` has it, without a title: `{set}`, null for none, or `{complaint}`. */
function readSetTime() {
  if (!byId('scheduled').checked) return { set: null };
  const { conference, complaint: wrong } = conferenceOf({
    title: '',
    startsAt: byId('starts-at').value,
    zone: byId('time-zone').value,
    minutes: byId('duration').valueAsNumber,
    repetition: byId('repeats').value,
    closes: byId('closes').value,
    remind: byId('remind').value,
  });
  if (wrong) return { complaint: wrong };
  const { title: _, ...set } = conference;
  return { set };
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
  choose(byId('repeats'), conference.repetition ?? '', conference.repeats_text);
  const { remind_min: remind, ends_after_min: closes } = conference;
  choose(byId('closes'), String(closes ?? ''), `${closes} minutes after its end`);
  choose(byId('remind'), String(remind ?? ''), `${remind} minutes before`);
  fillAccess(access);
  fillPlacement(placement);
  followScheduled();
  before = readSetTime().set;
}

/** Chooses a value, which other programs may have set to one that isn't on offer here; `text` says that one. */
function choose(select, chosen, text = '') {
  select.querySelector('[data-elsewhere]')?.remove();
  select.value = chosen;
  if (select.value === chosen) return;
  const elsewhere = new Option(text, chosen);
  elsewhere.dataset.elsewhere = '';
  select.prepend(elsewhere);
  select.value = chosen;
}

/** Empties the form for another conference. */
export function clearForm() {
  byId('create-form').reset();
  before = null;
  choose(byId('repeats'), '');
  choose(byId('closes'), '');
  choose(byId('remind'), '');
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
