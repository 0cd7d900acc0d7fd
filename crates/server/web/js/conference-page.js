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
import { EventStream } from './events.js';
import { adoptTokenFromAddress, rememberedToken } from './memory.js';
import { PhoneField } from './phone-field.js';
import { PhoneWay } from './phone-way.js';
import { EMPTY, browserOf, count, isIn, reduce } from './roster.js';
import { RosterView } from './roster-view.js';
import { showSharing } from './sharing.js';
import { renderStage, stageOf } from './stage.js';
import { browserZone } from './time.js';
import { toast } from './toast.js';

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

/** Stands in for a conference that was gone before anything was learnt of it. */
const NOTHING_KNOWN = { title: '', starts_at: null, opens_at: null, url: '', dial_in: {} };

class ConferencePage {
  #key = decodeURIComponent(window.location.pathname.split('/')[2] ?? '');
  #token = rememberedToken();
  #visitorZone = browserZone();
  #conference = null;
  #roster = EMPTY;
  #rosterView = new RosterView(this.#visitorZone, this.#token ? this.#hostActions() : null);
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
  });
  #browser = new BrowserWay(this.#key, this.#field, {
    roster: () => this.#roster,
    phone: () => this.#phone.secret,
    change: () => this.#render(),
    refused: (problem) => this.#onRefused(problem),
    leave: () => this.#phone.leave(),
  });
  #renderTimer = null;
  #nextLook = 0;

  start() {
    enableCopyButtons();
    byId('end-conference').addEventListener('click', () => this.#endConference());
    window.addEventListener('online', () => this.#stream.open());
    this.#stream.open();
    this.#phone.start();
    this.#browser.start();
    setInterval(() => this.#tick(), TICK_MS);
  }

  // What people do.

  #hostActions() {
    const attempt = (request) => request.catch((problem) => toast(problem.message));
    return {
      mute: async ({ id, label, muted, via }) => {
        await attempt(api.muteParticipant(this.#token, this.#key, id, !muted));
        if (muted && via === 'browser') toast(`${label} is asked to unmute.`);
      },
      remove: async ({ id, label }) => {
        const sure = await confirmed({
          title: `Remove ${label}?`,
          text: 'Their call is ended at once. They can still come back.',
          yes: 'Remove',
        });
        if (sure) await attempt(api.removeParticipant(this.#token, this.#key, id));
      },
    };
  }

  async #endConference() {
    const sure = await confirmed({
      title: 'End the conference?',
      text: 'Everybody’s call is ended, and the link stops working for good.',
      yes: 'End it',
    });
    if (!sure) return;
    await api
      .endConference(this.#token, this.#key)
      .catch((problem) => toast(problem.message));
  }

  // What the server says.

  #onEvent(event) {
    const before = this.#roster;
    this.#roster = reduce(before, event);
    if (event.type === 'snapshot') this.#onView(event.data);
    if (event.type === 'conference') this.#conference = { ...this.#conference, ...event.data };
    this.#phone.take(event);
    this.#browser.take(event);
    if (event.type === 'echo_found' && this.#me.has(event.data.id)) this.#hintAtEcho();
    this.#announceRoster(event, before);
    this.#renderSoon();
  }

  #onView(conference) {
    if (!this.#conference) {
      this.#field.prefill(conference.default_country);
      show(byId('end-conference'), this.#token !== null && conference.state !== 'ended');
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
    this.#rosterView.render(this.#roster, this.#me, this.#browser.quality);
    document.title = this.#documentTitle(present);
  }

  #renderWays() {
    const conference = this.#conference;
    const [call, browser, now] = [this.#phone.state, this.#browser.state, serverNow()];
    const { people } = this.#roster;
    const isOpen = Boolean(conference?.open);
    renderStage(stageOf({ browser, call, card: this.#phone.card(conference), isOpen }));
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
    if (this.#phone.card(this.#conference) !== 'closed') return;
    renderCountdown(this.#conference, now);
    if (now < Date.parse(this.#conference.opens_at) || now < this.#nextLook) return;
    this.#nextLook = now + OPENING_RETRY_MS;
    this.#look();
  }
}

adoptTokenFromAddress();
new ConferencePage().start();
