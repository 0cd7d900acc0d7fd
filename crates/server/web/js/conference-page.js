/**
 * The page of a conference: keeps what is known (the conference, its roster, my call), feeds it from
 * the event stream and the form, and has it rendered.
 */
import { announce } from './announcer.js';
import * as api from './api.js';
import { isUnderWay } from './call.js';
import { cardState, progressWords, renderCall, renderElapsed } from './call-view.js';
import { serverNow } from './clock.js';
import { confirmed } from './confirm.js';
import { enableCopyButtons } from './copy.js';
import { renderCountdown, renderDetails } from './details-view.js';
import { byId, setText, show } from './dom.js';
import { describeEnding } from './endings.js';
import { EventStream } from './events.js';
import { acceptField, refuseField, showProblem } from './field.js';
import { adoptTokenFromAddress, rememberedToken } from './memory.js';
import { MyCall } from './my-call.js';
import { PhoneField, complaintAbout } from './phone-field.js';
import { EMPTY, count, isIn, reduce } from './roster.js';
import { RosterView } from './roster-view.js';
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
  #call = new MyCall(this.#key, () => this.#roster, (call, before) => this.#onCall(call, before));
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
  #renderTimer = null;
  #nextLook = 0;

  start() {
    enableCopyButtons();
    this.#listen();
    this.#stream.open();
    this.#call.resume();
    setInterval(() => this.#tick(), TICK_MS);
  }

  #listen() {
    byId('call-form').addEventListener('submit', (event) => {
      event.preventDefault();
      this.#submit();
    });
    byId('cancel').addEventListener('click', () => this.#attempt(() => this.#call.leave()));
    byId('hang-up').addEventListener('click', () => this.#attempt(() => this.#call.leave()));
    byId('mute').addEventListener('click', () => {
      this.#attempt(() => this.#call.setMuted(!this.#call.state.muted));
    });
    byId('call-again').addEventListener('click', () => this.#callAgain());
    byId('other-number').addEventListener('click', () => this.#toForm());
    byId('end-conference').addEventListener('click', () => this.#endConference());
    window.addEventListener('online', () => this.#stream.open());
  }

  // What people do.

  async #submit() {
    const number = byId('number');
    const complaint = complaintAbout(number.value);
    if (complaint) {
      refuseField(number, complaint);
      return;
    }
    acceptField(number);
    this.#field.remember();
    await this.#place(() => this.#call.place(this.#field.caller));
  }

  async #callAgain() {
    if (this.#call.canRepeat) await this.#place(() => this.#call.repeat());
    else this.#toForm();
  }

  #toForm() {
    this.#call.reset();
    this.#render();
    byId('number').focus();
  }

  /** Runs a request that has my phone rung; a refusal is shown in the form. */
  async #place(request) {
    this.#clearProblems();
    try {
      await request();
    } catch (problem) {
      this.#render();
      const fields = { number: byId('number'), country: byId('number'), name: byId('name') };
      showProblem(problem, fields, this.#problemLine());
      if (problem.code === 'not_open') this.#look();
    }
  }

  /** Runs a request about a call under way; a refusal is shown in the card. */
  async #attempt(request) {
    this.#clearProblems();
    try {
      await request();
    } catch (problem) {
      showProblem(problem, {}, this.#problemLine());
    }
  }

  #problemLine() {
    const panel = isUnderWay(this.#call.state) ? byId('panel-live') : byId('call-form');
    return panel.querySelector('[data-problem]');
  }

  #clearProblems() {
    for (const line of document.querySelectorAll('[data-problem]')) show(line, false);
  }

  #hostActions() {
    const attempt = (request) => request.catch((problem) => toast(problem.message));
    return {
      mute: ({ id, muted }) => attempt(api.muteParticipant(this.#token, this.#key, id, !muted)),
      remove: async ({ id, label }) => {
        const sure = await confirmed({
          title: `Remove ${label}?`,
          text: 'Their call is ended at once. They can still call again.',
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
    this.#call.take(event);
    this.#announceRoster(event, before);
    this.#renderSoon();
  }

  #onView(conference) {
    if (!this.#conference) {
      this.#field.prefill(conference.default_country);
      show(byId('end-conference'), this.#token !== null && conference.state !== 'ended');
    }
    this.#conference = conference;
  }

  #onConnection(connection) {
    byId('connection').dataset.state = connection;
    setText(byId('connection-text'), CONNECTION_TEXTS[connection]);
    if (connection === 'reconnecting') announce('Connection lost. Reconnecting.');
  }

  #onCall(call, before) {
    if (call.phase !== before.phase || call.muted !== before.muted) this.#announceCall(call);
    this.#render();
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

  // What is read out.

  #announceCall(call) {
    if (call.phase === 'idle') return;
    if (call.phase === 'ended') {
      const { title, text } = describeEnding(call.ending);
      announce(`${title}. ${text}`);
    } else {
      announce(`${progressWords(call).status}.`);
    }
  }

  #announceRoster({ type, data }, before) {
    const known = before.people.get(data.id);
    if (data.id === this.#call.state.participant) return;
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
    this.#renderCard();
    if (!this.#conference) return;
    const { present } = count(this.#roster);
    renderDetails(this.#conference, {
      visitorZone: this.#visitorZone,
      now: serverNow(),
      present,
    });
    this.#rosterView.render(this.#roster, this.#call.state.participant);
    document.title = this.#documentTitle(present);
  }

  #renderCard() {
    const call = this.#call.state;
    const speaking = this.#roster.people.get(call.participant)?.speaking ?? false;
    renderCall({
      conference: this.#conference,
      call,
      speaking: speaking && !call.muted,
      canRepeat: this.#call.canRepeat,
      now: serverNow(),
    });
  }

  #documentTitle(present) {
    const title = `${this.#conference.title || 'Conference'} · Confab`;
    const call = this.#call.state;
    if (isUnderWay(call) && call.phase !== 'in') return `${progressWords(call).status} · ${title}`;
    return present > 0 ? `(${present}) ${title}` : title;
  }

  #tick() {
    const now = serverNow();
    renderElapsed(this.#call.state, now);
    const closed = this.#conference && cardState(this.#conference, this.#call.state) === 'closed';
    if (!closed) return;
    renderCountdown(this.#conference, now);
    if (now < Date.parse(this.#conference.opens_at) || now < this.#nextLook) return;
    this.#nextLook = now + OPENING_RETRY_MS;
    this.#look();
  }
}

adoptTokenFromAddress();
new ConferencePage().start();
