/**
 * The page of a conference: keeps what is known (the conference and its roster), feeds it and both
 * ways in from the event stream, and has everything rendered.
 */
import { announce } from './announcer.js';
import * as api from './api.js';
import { BrowserWay } from './browser-way.js';
import { serverNow } from './clock.js';
import { confirmed } from './confirm.js';
import { enableCopyButtons } from './copy.js';
import { renderCountdown, renderDetails } from './details-view.js';
import { byId, setText, show } from './dom.js';
import { waitsForBeginning } from './doors.js';
import { EventStream } from './events.js';
import { Hands } from './hands.js';
import { Hosting } from './hosting.js';
import { renderHosting } from './hosting-view.js';
import { LaterCall } from './later.js';
import { adoptHostKeyFromAddress, adoptTokenFromAddress } from './memory.js';
import { PhoneField } from './phone-field.js';
import { PhoneWay } from './phone-way.js';
import { EMPTY, browserOf, count, isIn, reduce } from './roster.js';
import { RecordingView } from './recording-view.js';
import { RosterView } from './roster-view.js';
import { saveAs } from './save.js';
import { showSharing } from './sharing.js';
import { renderStage, stageOf } from './stage.js';
import { browserZone } from './time.js';
import { toast } from './toast.js';
import { renderGathering, renderWhereabouts } from './whereabouts.js';

/** Events in quick succession are rendered once; a timer, since hidden pages get no frames. */
const RENDER_AFTER_MS = 16;
/** How often a page whose conference should have opened asks whether it has. */
const OPENING_RETRY_MS = 2_000;
const TICK_MS = 1_000;

const CONNECTION_TEXTS = {
  connecting: 'Connecting…',
  live: 'Live',
  reconnecting: 'Reconnecting…',
  closed: 'Ended',
};

/** The secret part of the conference's URL. */
const KEY = decodeURIComponent(window.location.pathname.split('/')[2] ?? '');

/** Stands in for a conference that was gone before anything was learnt of it. */
const NOTHING_KNOWN = { title: '', starts_at: null, opens_at: null, url: '', dial_in: {} };

class ConferencePage {
  #key = KEY;
  #hosting = new Hosting(this.#key);
  #visitorZone = browserZone();
  #conference = null;
  #roster = EMPTY;
  #rosterView = new RosterView(this.#visitorZone, this.#actions());
  #recordingView = new RecordingView(this.#visitorZone, this.#recordingActions());
  #stream = new EventStream(api.eventsUrl(this.#key), {
    onEvent: (event) => this.#onEvent(event),
    onConnection: (connection) => this.#onConnection(connection),
    onRefused: () => this.#look(),
  });
  #field = new PhoneField({
    country: byId('country'),
    code: byId('country-code'),
    number: byId('number'),
    name: byId('name'),
    remember: byId('remember'),
  });
  #phone = new PhoneWay(this.#key, this.#field, {
    roster: () => this.#roster,
    browser: () => this.#browser.state.secret,
    change: () => this.#render(),
    refused: (problem) => this.#onRefused(problem),
    proof: () => this.#proof,
  });
  #browser = new BrowserWay(this.#key, this.#field, {
    roster: () => this.#roster,
    phone: () => this.#phone.secret,
    change: () => this.#render(),
    refused: (problem) => this.#onRefused(problem),
    leave: () => this.#phone.leave(),
    proof: () => this.#proof,
  });
  #later = new LaterCall(this.#key, this.#visitorZone, {
    proof: () => this.#proof,
    change: () => this.#render(),
  });
  #hands = new Hands(this.#key, (problem) => toast(problem.message));
  #renderTimer = null;
  #nextLook = 0;

  start() {
    enableCopyButtons();
    byId('end-conference').addEventListener('click', () => this.#endConference());
    window.addEventListener('online', () => this.#stream.open());
    this.#stream.open();
    this.#hands.start();
    this.#startHosting();
    this.#phone.start();
    this.#browser.start();
    this.#later.start();
    setInterval(() => this.#tick(), TICK_MS);
  }

  // What people do.

  /** What is done about people of the roster. */
  #actions() {
    const attempt = (request) => request.catch((problem) => toast(problem.message));
    const change = (id, what) => {
      return attempt(api.changeParticipant(this.#hosting.token, this.#key, id, what));
    };
    return {
      admit: ({ id }) => change(id, { admitted: true }),
      lowerHand: ({ id }) => change(id, { hand: false }),
      setVolume: ({ id }, decibels) => change(id, { volume_db: decibels }),
      sendTo: ({ id }, breakout) => change(id, { breakout }),
      whisper: ({ id, phone }) => {
        const [mine] = this.#myCalls.filter(({ secret }) => secret !== null);
        if (!mine) return toast('Join first: then you can whisper.');
        const isOn = [id, phone?.id].includes(this.#whispersTo);
        return attempt(api.whisper(this.#key, mine.secret, isOn ? null : id));
      },
      mute: async ({ id, label, muted, via }) => {
        await change(id, { muted: !muted });
        if (muted && via === 'browser') toast(`${label} is asked to unmute.`);
      },
      rename: ({ id }, name) => {
        if (this.#hosting.isHost) return change(id, { name });
        const mine = this.#myCalls.find(({ secret }) => secret !== null);
        return mine && attempt(api.renameMyself(this.#key, mine.secret, name));
      },
      remove: async ({ id, label, state }) => {
        const sure = state === 'in_lobby' || (await confirmed({
          title: `Remove ${label}?`,
          text: 'Their call is ended at once. They can still come back.',
          yes: 'Remove',
        }));
        if (sure) await attempt(api.removeParticipant(this.#hosting.token, this.#key, id));
      },
    };
  }

  /** What hosts and the subscriber do about recordings. */
  #recordingActions() {
    const key = this.#key;
    const token = () => this.#hosting.token;
    return {
      record: (voices) => api.startRecording(token(), key, voices),
      stop: () => api.stopRecording(token(), key),
      list: () => api.listRecordings(token(), key),
      remove: (id) => api.deleteRecording(token(), key, id),
      save: async (url) => saveAs(await api.fetchRecording(token(), url)),
    };
  }

  /** Finds out whether I am a host; as long as the server can't be asked, I am none. */
  #startHosting() {
    const change = (what) => {
      const request = api.changeRoom(this.#hosting.token, this.#key, what);
      request.catch((problem) => toast(problem.message));
    };
    byId('lock').addEventListener('click', () => change({ locked: !this.#conference?.locked }));
    byId('mute-all').addEventListener('click', () => change({ guests_muted: true }));
    byId('begin').addEventListener('click', () => change({ begun: true }));
    byId('gather').addEventListener('click', () => change({ gathered: true }));
    byId('come-back').addEventListener('click', () => {
      const [mine] = this.#myCalls.filter(({ secret }) => secret !== null);
      if (mine) api.comeBack(this.#key, mine.secret).catch((problem) => toast(problem.message));
    });
    this.#hosting.ask().then(() => this.#renderSoon(), () => {});
  }

  /** The conference as it is for me: to a host it is open before its time. */
  get #mine() {
    const conference = this.#conference;
    if (!conference || conference.open || conference.state === 'ended') return conference;
    const isEarly = conference.opens_at !== null && serverNow() < Date.parse(conference.opens_at);
    return isEarly && this.#hosting.isHost ? { ...conference, open: true } : conference;
  }

  /** Whom I whisper to, by id, or null. */
  get #whispersTo() {
    const mine = this.#myCalls.map(({ participant }) => this.#roster.people.get(participant));
    return mine.find((me) => me?.whispers_to)?.whispers_to ?? null;
  }

  /** My calls by phone and by browser, as `{participant, secret}`. */
  get #myCalls() {
    const [phone, browser] = [this.#phone.state, this.#browser.state];
    return [
      { participant: phone.participant, secret: this.#phone.secret },
      { participant: browser.participant, secret: browser.secret },
    ];
  }

  /** What I show when I come in. */
  get #proof() {
    const pin = byId('pin-field').hidden ? '' : byId('pin').value.trim();
    return { pin, token: this.#hosting.shown };
  }

  async #endConference() {
    const sure = await confirmed({
      title: 'End the conference?',
      text: 'Everybody’s call is ended, and the link stops working for good.',
      yes: 'End it',
    });
    if (!sure) return;
    await api
      .endConference(this.#hosting.token, this.#key)
      .catch((problem) => toast(problem.message));
  }

  // What the server says.

  #onEvent(event) {
    const before = this.#roster;
    this.#roster = reduce(before, event);
    if (event.type === 'snapshot') this.#onView(event.data);
    if (['conference', 'details'].includes(event.type)) this.#conference = { ...this.#conference, ...event.data };
    this.#phone.take(event);
    this.#browser.take(event);
    if (event.type === 'echo_found' && this.#me.has(event.data.id)) this.#hintAtEcho();
    this.#announceRoster(event, before);
    this.#renderSoon();
  }

  #onView(conference) {
    if (!this.#conference) {
      this.#field.prefill(conference.default_country);
      this.#later.prefill(conference.default_country);
      showSharing(this.#key, conference);
    }
    this.#conference = conference;
  }

  #onConnection(connection) {
    byId('connection').dataset.state = connection;
    setText(byId('connection-text'), CONNECTION_TEXTS[connection]);
    if (connection === 'reconnecting') announce('Connection lost. Reconnecting.');
  }

  /** A way in was refused: the page may have an old view of the conference. */
  #onRefused({ code }) {
    if (code === 'not_open') this.#look();
  }

  /** Asks for the conference itself: when the stream was refused, and when it should be open. */
  async #look() {
    try {
      this.#onView(await api.readConference(this.#key));
      this.#render();
    } catch (problem) {
      if (problem.status === 404 || problem.status === 410) this.#giveUp();
    }
  }

  /** The conference is gone. */
  #giveUp() {
    this.#stream.close();
    this.#onConnection('closed');
    this.#conference = { ...NOTHING_KNOWN, ...this.#conference, state: 'ended', open: false };
    this.#render();
  }

  /** My device plays the others to its own microphone; they are spared that, as long as I am quiet. */
  #hintAtEcho() {
    const hint = 'Your microphone picks up your speaker. A headset helps, or turn it down a little.';
    toast(hint);
    announce(hint);
  }

  // What is read out.

  #announceRoster({ type, data }, before) {
    const known = before.people.get(data.id);
    if (this.#mayBeMe(data.id) || browserOf(known ?? data, this.#roster)) return;
    if (type === 'left' && data.ending === 'replaced') return; // is back already
    if (type === 'participant' && waits(data) && !(known && waits(known)) && this.#hosting.isHost) {
      announce(`${data.label} waits to be let in.`);
      toast(`${data.label} waits to be let in.`);
    }
    if (type === 'participant' && isIn(data) && !(known && isIn(known))) {
      announce(`${data.label} joined.`);
    }
    if (type === 'left' && known && isIn(known)) announce(`${known.label} left.`);
  }

  // What is shown.

  #renderSoon() {
    this.#renderTimer ??= setTimeout(() => this.#render(), RENDER_AFTER_MS);
  }

  #render() {
    clearTimeout(this.#renderTimer);
    this.#renderTimer = null;
    this.#renderWays();
    if (!this.#conference) return;
    const { present } = count(this.#roster);
    renderDetails(this.#conference, {
      visitorZone: this.#visitorZone,
      now: serverNow(),
      present,
    });
    this.#hosting.follow(this.#roster.people, this.#myCalls);
    const people = [...this.#roster.people.values()];
    renderHosting(this.#conference, {
      hosting: this.#hosting,
      present,
      isAnyoneAway: people.some(({ breakout }) => breakout),
      isAnyoneEarly: people.some(({ state }) => waitsForBeginning(state)),
    });
    this.#hands.render(this.#roster.people, { phone: this.#phone.state, browser: this.#browser.state });
    renderWhereabouts(this.#roster.people, this.#me, this.#whispersTo);
    this.#renderGathering();
    this.#rosterView.render(this.#roster, {
      me: this.#me,
      ownQuality: this.#browser.quality,
      isHost: this.#hosting.isHost,
      whispersTo: this.#whispersTo,
    });
    this.#renderRecording();
    document.title = this.#documentTitle(present);
  }

  #renderGathering() {
    const gathersAt = this.#conference?.gathers_at ?? null;
    renderGathering(this.#roster.people, this.#me, { gathersAt, now: serverNow() });
  }

  #renderRecording() {
    if (!this.#conference) return;
    const { present } = count(this.#roster);
    this.#recordingView.render(this.#conference.recording ?? null, {
      now: serverNow(),
      hosting: this.#hosting,
      hasPeople: present > 0,
      isOver: this.#conference.state === 'ended',
    });
  }

  #renderWays() {
    const conference = this.#mine;
    const [call, browser, now] = [this.#phone.state, this.#browser.state, serverNow()];
    const { people } = this.#roster;
    const isOpen = Boolean(conference?.open);
    const card = this.#phone.card(conference);
    renderStage(stageOf({ browser, call, card, isOpen }));
    if (conference) this.#later.render(conference, card);
    this.#phone.render({
      conference,
      speaking: people.get(call.participant)?.speaking ?? false,
      byBrowser: browser.phase !== 'idle',
      now,
    });
    this.#browser.render({
      mayJoin: isOpen,
      isOnPhone: call.phase === 'in',
      isWeak: people.get(browser.participant)?.quality?.rating === 'poor',
      now,
    });
  }

  /** My own participants: by browser, by phone, both or none. */
  get #me() {
    const mine = [this.#phone.state.participant, this.#browser.state.participant];
    return new Set(mine.filter(Boolean));
  }

  /** While the server hasn't told yet who I am, whoever comes may be me. */
  #mayBeMe(id) {
    const { secret, participant } = this.#browser.state;
    return this.#me.has(id) || (secret !== null && participant === null);
  }

  #documentTitle(present) {
    const title = `${this.#conference.title || 'Conference'} · Confab`;
    const headline = this.#browser.headline || this.#phone.headline;
    if (headline) return `${headline} · ${title}`;
    return present > 0 ? `(${present}) ${title}` : title;
  }

  #tick() {
    const now = serverNow();
    this.#phone.renderElapsed(now);
    this.#browser.renderElapsed(now);
    this.#renderRecording();
    this.#renderGathering();
    this.#later.tick(now);
    if (this.#phone.card(this.#mine) !== 'closed') return;
    renderCountdown(this.#conference, now);
    if (now < Date.parse(this.#conference.opens_at) || now < this.#nextLook) return;
    this.#nextLook = now + OPENING_RETRY_MS;
    this.#look();
  }
}

/** Whether somebody is in the lobby. */
function waits({ state }) {
  return state === 'in_lobby';
}

adoptTokenFromAddress();
adoptHostKeyFromAddress(KEY);
new ConferencePage().start();
