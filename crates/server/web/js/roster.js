/**
 * Who is in the conference and who is being called, as a pure reducer over the event stream.
 *
 * A participant is one leg: a phone or a browser. Somebody in by browser who has a phone rung has
 * two, and is still one person: the phone's participant names the browser's by `with`.
 */

/** How many of those that left are remembered, to match a call whose end overtook its own answer. */
export const DEPARTED_MAX = 64;

/** Nobody. */
export const EMPTY = Object.freeze({ people: new Map(), departed: new Map() });

/** The roster after one event of the stream. Unknown events change nothing. */
export function reduce(roster, { type, data }) {
  switch (type) {
    case 'snapshot':
      return { ...roster, people: new Map(data.participants.map((p) => [p.id, p])) };
    case 'participant':
      return { ...roster, people: put(roster.people, data) };
    case 'speaking': {
      const person = roster.people.get(data.id);
      if (!person || person.speaking === data.speaking) return roster;
      return { ...roster, people: put(roster.people, { ...person, speaking: data.speaking }) };
    }
    case 'quality': {
      const { id, ...quality } = data;
      const person = roster.people.get(id);
      return person ? { ...roster, people: put(roster.people, { ...person, quality }) } : roster;
    }
    case 'left':
      return leave(roster, data);
    default:
      return roster;
  }
}

/** Those in the conference, who joined first being first; then those still being called. */
export function inOrder(roster) {
  const people = personsOf(roster);
  return [
    ...people.filter(isIn).sort(byJoinTime),
    ...people.filter((person) => !isIn(person)).sort(byId),
  ];
}

/** How many persons are in, and how many are being called. */
export function count(roster) {
  const people = personsOf(roster);
  const present = people.filter(isIn).length;
  return { present, called: people.length - present };
}

/** The participant of the same person by browser, if this one is their phone; else undefined. */
export function browserOf(participant, { people }) {
  return participant.with ? people.get(participant.with) : undefined;
}

/** Whether a participant hears and is heard, as opposed to being called. */
export function isIn(person) {
  return person.state === 'in';
}

/** One or two characters that stand for a label: initials of a name, last digits of a number. */
export function initials(label) {
  const words = label.trim().split(/\s+/).filter(Boolean);
  if (words.length === 0) return '?';
  if (/^[+\d]/.test(words[0])) return label.replace(/\D/g, '').slice(-2);
  const picked = words.length === 1 ? [words[0]] : [words[0], words[words.length - 1]];
  return picked.map((word) => Array.from(word)[0].toLocaleUpperCase()).join('');
}

/** Which of `hues` colours a participant's avatar has: the same for the same id, on every page. */
export function hueOf(id, hues) {
  let sum = 0;
  for (const character of id) sum = (sum * 31 + character.codePointAt(0)) % 9973;
  return sum % hues;
}

/**
 * One entry a person: a participant, with `phone` if that is somebody in by browser whose phone is
 * in or being rung. While the phone is in, it is what is heard of them.
 */
function personsOf(roster) {
  const phones = new Map();
  for (const each of roster.people.values()) {
    if (browserOf(each, roster)) phones.set(each.with, each);
  }
  const heads = [...roster.people.values()].filter((each) => !browserOf(each, roster));
  return heads.map((head) => withPhone(head, phones.get(head.id) ?? null));
}

function withPhone(person, phone) {
  if (phone === null || !isIn(phone)) return { ...person, phone };
  const { muted, speaking, quality = null } = phone;
  const joined = person.joined_at ?? phone.joined_at;
  return { ...person, phone, state: 'in', muted, speaking, quality, joined_at: joined };
}

function put(people, person) {
  return new Map(people).set(person.id, person);
}

function leave(roster, { id, ending }) {
  const people = new Map(roster.people);
  people.delete(id);
  const departed = new Map(roster.departed).set(id, ending);
  if (departed.size > DEPARTED_MAX) departed.delete(departed.keys().next().value);
  return { people, departed };
}

function byJoinTime(a, b) {
  return Date.parse(a.joined_at) - Date.parse(b.joined_at) || byId(a, b);
}

function byId(a, b) {
  return a.id.localeCompare(b.id, 'en', { numeric: true });
}
