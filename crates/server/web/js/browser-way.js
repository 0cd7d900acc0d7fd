/**
 * The way by browser: its card, its devices, its keys and its sound, with my call behind them.
 */
import { announce } from './announcer.js';
import { isLive } from './browser-call.js';
import { renderBrowser, renderBrowserElapsed, talkWords } from './browser-view.js';
import { renderDevices, renderLevel } from './device-view.js';
import { Devices, isThere } from './devices.js';
import { byId, setText, show } from './dom.js';
import { describeEnding } from './endings.js';
import { clearProblems, showProblem } from './field.js';
import { LevelMeter } from './level-meter.js';
import { rememberShortcuts, rememberedShortcuts } from './memory.js';
import { MyBrowser } from './my-browser.js';
import { NOTHING, measure } from './own-quality.js';
import { Shortcuts } from './shortcuts.js';
import { Speaker } from './speaker.js';
import { toast } from './toast.js';
import { describeTrouble } from './troubles.js';

const MEASURE_EVERY_MS = 2_500;
const NOTICE_MS = 10_000;

export class BrowserWay {
  #on;
  #field;
  #call;
  #devices = new Devices(() => this.#followDevices());
  #speaker = new Speaker(byId('sound'), (blocked) => this.#block(blocked));
  #meter = new LevelMeter(renderLevel);
  #metered = null;
  #soundBlocked = false;
  #totals = NOTHING;
  #quality = null;
  #isTalkKeyDown = false;
  #noticeTimer = null;

  /**
   * `field` is the form's `PhoneField`, which knows my name. `on` hears: `change()`, `refused(problem)`
   * when I was not let in, and `leave()` when I leave the conference. It answers: `roster()`,
   * `phone()` with the secret of my phone call or null, and `proof()` with what I show when I come in.
   */
  constructor(key, field, on) {
    this.#on = on;
    this.#field = field;
    this.#call = new MyBrowser(key, {
      ...on,
      change: (call, before) => this.#changed(call, before),
      notice: (text) => this.#notice(text),
      stream: (stream) => this.#speaker.play(stream),
      microphoneId: () => this.#devices.chosen.microphone,
    });
  }

  start() {
    byId('join-form').addEventListener('submit', (event) => {
      event.preventDefault();
      this.#field.remember();
      this.#attempt(() => this.#call.ask(this.#field.name));
    });
    this.#onClick('allow', () => this.#call.allow());
    for (const id of ['listen', 'listen-anyway']) this.#onClick(id, () => this.#call.listen());
    for (const id of ['try-again', 'rejoin']) this.#onClick(id, () => this.#call.rejoin());
    for (const id of ['not-now', 'trouble-back', 'other-way']) this.#onClick(id, () => this.#call.back());
    this.#onClick('browser-mute', () => this.#toggleMute());
    this.#onClick('unmute', () => this.#call.setMuted(false));
    this.#onClick('stay-muted', () => this.#call.stayMuted());
    this.#onClick('leave', () => this.#leave());
    this.#onClick('tap-to-hear', () => this.#speaker.unblock());
    this.#listenToDevices();
    this.#listenToKeys();
    this.#listenToWindow();
    setInterval(() => this.#measure(), MEASURE_EVERY_MS);
    this.#attempt(() => this.#call.comeBack({ isReload: isReload() }));
  }

  get state() {
    return this.#call.state;
  }

  /** What this browser measured of my connection last, or null; see own-quality.js. */
  get quality() {
    return this.#quality;
  }

  /** What is going on, for the window's title; empty when it needs no attention. */
  get headline() {
    return this.state.phase === 'reconnecting' ? talkWords(this.state).status : '';
  }

  /** Takes in an event of the stream. */
  take(event) {
    this.#call.take(event);
  }

  /** `isWeak`: the server rates my connection as poor; see `renderBrowser` for the rest. */
  render({ mayJoin, isOnPhone, isWeak, now }) {
    renderBrowser({
      call: this.state,
      soundBlocked: this.#soundBlocked,
      isOnline: navigator.onLine,
      isWeak,
      mayJoin,
      isOnPhone,
      now,
    });
  }

  renderElapsed(now) {
    renderBrowserElapsed(this.state, now);
  }

  // What people do.

  #onClick(id, action) {
    byId(id).addEventListener('click', () => this.#attempt(action));
  }

  /** Runs what may be refused; the refusal is shown in the form, which is there again then. */
  async #attempt(action) {
    clearProblems();
    try {
      await action();
    } catch (problem) {
      this.#on.change();
      showProblem(problem, { name: byId('name'), pin: byId('pin') }, byId('join-problem'));
      announce(problem.message);
      this.#on.refused(problem);
    }
  }

  #toggleMute() {
    const { muted, listening } = this.state;
    return this.#call.setMuted(!muted && !listening);
  }

  /** Out of the conference altogether: by phone, too. */
  #leave() {
    this.#call.leave();
    this.#on.leave();
  }

  #listenToKeys() {
    byId('shortcuts').checked = rememberedShortcuts();
    byId('shortcuts').addEventListener('change', ({ target }) => rememberShortcuts(target.checked));
    const isOn = () => this.#mayTalk && byId('shortcuts').checked;
    new Shortcuts(isOn, {
      toggle: () => this.#toggleMute(),
      talk: (pressed) => this.#talk(pressed),
    });
  }

  get #mayTalk() {
    const { phase, held, listening } = this.state;
    return phase === 'in' && !held && !listening;
  }

  /** While the key is down, who is muted is heard. */
  #talk(pressed) {
    if (pressed && !this.state.muted) return;
    if (!pressed && !this.#isTalkKeyDown) return;
    this.#isTalkKeyDown = pressed;
    this.#call.setMuted(!pressed);
  }

  #listenToDevices() {
    byId('microphone').addEventListener('change', async ({ target: { value } }) => {
      this.#devices.choose({ microphone: value });
      await this.#call.useMicrophone(value);
      this.#renderDevices();
    });
    byId('speaker').addEventListener('change', async ({ target: { value } }) => {
      this.#devices.choose({ speaker: value });
      await this.#speaker.choose(value);
      this.#renderDevices();
    });
  }

  #listenToWindow() {
    window.addEventListener('pagehide', () => this.#call.goAway());
    window.addEventListener('pageshow', ({ persisted }) => {
      if (persisted) this.#call.comeBack({ isReload: false });
    });
    window.addEventListener('online', () => {
      this.#call.lookForPath();
      this.#on.change();
    });
    window.addEventListener('offline', () => this.#on.change());
  }

  // What happens.

  #changed(call, before) {
    this.#speaker.muted = call.held;
    this.#followTrack();
    if (call.phase === 'in' && before.phase !== 'in') this.#settle();
    if (!isLive(call)) this.#quality = null;
    announceBrowser(call, before);
    this.#on.change();
  }

  /** Once in, the browser tells which devices there are. */
  async #settle() {
    const { speaker } = this.#devices.chosen;
    if (speaker) await this.#speaker.choose(speaker);
    await this.#devices.look();
  }

  /** A loudspeaker that went away gives way to the system's own; browsers don't say so by themselves. */
  async #followDevices() {
    const { speakers } = this.#devices;
    const { deviceId } = this.#speaker;
    if (deviceId !== '' && speakers.length > 0 && !isThere(speakers, deviceId)) {
      await this.#speaker.choose('');
      this.#notice('Your speaker went away. We use the one of your system now.');
    }
    this.#renderDevices();
  }

  /** The meter follows whatever microphone is open. */
  #followTrack() {
    const { track } = this.#call;
    if (track === this.#metered) return;
    this.#metered = track;
    this.#meter.measure(track);
    this.#renderDevices();
  }

  async #measure() {
    if (this.state.phase !== 'in') return;
    const { totals, quality } = measure(await this.#call.statistics(), this.#totals);
    this.#totals = totals;
    this.#quality = quality;
    this.#on.change();
  }

  #block(blocked) {
    if (blocked === this.#soundBlocked) return;
    this.#soundBlocked = blocked;
    if (blocked) announce('Your browser holds the sound back. Press “Tap to hear”.');
    this.#on.change();
  }

  /** Says what happened by the way: in the card while there is one, else at the edge of the screen. */
  #notice(text) {
    if (!isLive(this.state)) return toast(text);
    const line = byId('browser-notice');
    setText(line, text);
    show(line, true);
    clearTimeout(this.#noticeTimer);
    this.#noticeTimer = setTimeout(() => show(line, false), NOTICE_MS);
  }

  #renderDevices() {
    const { microphones, speakers } = this.#devices;
    renderDevices({
      microphones,
      speakers,
      microphone: this.#call.microphoneId,
      speaker: this.#speaker.deviceId,
      canChooseSpeaker: this.#speaker.canChoose,
    });
  }
}

function announceBrowser(call, before) {
  if (call.asked && !before.asked) announce('The host asks you to unmute.');
  const same = ['phase', 'door', 'muted', 'held', 'listening', 'trouble'].every((name) => {
    return call[name] === before[name];
  });
  if (same || call.phase === 'idle' || call.phase === 'asking') return;
  if (call.phase === 'trouble') announceWords(describeTrouble(call.trouble));
  else if (call.phase === 'ended') announceWords(describeEnding(call.ending, 'browser'));
  else if (call.phase === 'lost') announce('The connection is gone. You can join again.');
  else announce(`${talkWords(call).status}.`);
}

function announceWords({ title, text }) {
  announce(`${title}. ${text}`);
}

function isReload() {
  return performance.getEntriesByType('navigation')[0]?.type === 'reload';
}
