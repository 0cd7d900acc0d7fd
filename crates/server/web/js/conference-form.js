/** The form that creates a conference: from its fields to what the API wants. */
import { accessFields, fillAccess, prepareAccess, readAccess } from './access-form.js';
import { byId, create, show } from './dom.js';
import { allZones, browserZone, localInput, zoneCity, zonedMoment } from './time.js';

const HOUR_MS = 3_600_000;

/**
 * The request that the fields mean: `{conference}`, or `{complaint: {field, message}}` about a field
 * that can't be sent. `startsAt` is what a datetime-local field gives, or null without a set time.
 */
export function conferenceOf({ title, startsAt, zone }) {
  const conference = { title: title.trim() };
  if (startsAt === null) return { conference };
  const moment = zonedMoment(startsAt, zone);
  if (moment === null) {
    return { complaint: { field: 'starts_at', message: 'Choose a day and a time.' } };
  }
  return {
    conference: { ...conference, starts_at: new Date(moment).toISOString(), time_zone: zone },
  };
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

/** The form's fields by their names in the API, where the server's complaints are shown. */
export function formFields() {
  const [title, startsAt, zone] = [byId('title'), byId('starts-at'), byId('time-zone')];
  return { title, starts_at: startsAt, time_zone: zone, ...accessFields() };
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

/** What the fields mean now; see `conferenceOf` and `accessOf`. */
export function readForm() {
  const { conference, complaint } = conferenceOf({
    title: byId('title').value,
    startsAt: byId('scheduled').checked ? byId('starts-at').value : null,
    zone: byId('time-zone').value,
  });
  if (complaint) return { complaint };
  const { access, complaint: about } = readAccess();
  return about ? { complaint: about } : { conference: { ...conference, access } };
}

/** Fills the fields with a conference as the API gives it. */
export function fillForm({ title, starts_at: startsAt, time_zone: zone, access }) {
  byId('title').value = title;
  byId('scheduled').checked = Boolean(startsAt);
  byId('time-zone').value = zone ?? browserZone();
  byId('starts-at').value = startsAt ? localInput(Date.parse(startsAt), zone) : '';
  fillAccess(access);
  followScheduled();
}

/** Empties the form for another conference. */
export function clearForm() {
  byId('create-form').reset();
  byId('time-zone').value = browserZone();
  fillAccess();
  followScheduled();
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
