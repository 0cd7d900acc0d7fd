/**
 * My call through this browser with its effects: opens the microphone, joins, mends the connection,
 * keeps mute in step with the server, and takes in what the event stream says. The rules of its
 * states are in browser-call.js, those of mending it in reconnection.js.
 */
import { muteCall, readCall } from './api.js';
import { IDLE, advance, isLive, isMicrophoneOpen } from './browser-call.js';
import { Connection } from './connection.js';
import { Link } from './link.js';
import { rememberReturn, rememberedReturn } from './memory.js';
import { Microphone, microphonePermission } from './microphone.js';
import { MuteTeller } from './mute-teller.js';
import { backoffMs, nextStep, verdictOn } from './reconnection.js';
import { Trouble, describeTrouble, hindrance } from './troubles.js';
import { WhipSession, endSession } from './whip.js';

/** A connection that breaks sooner after it was mended is mended with more patience. */
const STEADY_AFTER_MS = 10_000;
/** How often the server is asked who I am, before that is left to the next snapshot. */
const LEARN_ATTEMPTS_MAX = 5;

export class MyBrowser {
  #key;
  #on;
  #world;
  #state = IDLE;
  #name = '';
  #microphone;
  #connection;
  #teller;
  /** The session before, in whose place the next one comes. */
  #lastSecret = null;
  /** One join from its beginning to its end; whatever finds another one here is out of date. */
  #run = null;
  #wake = null;
  /** Tries since the connection was steady, over however many breaks. */
  #tries = 0;
  #mendedAt = Number.NEGATIVE_INFINITY;

  /**
   * `on` hears: `change(state, before)`, `notice(text)` for the person, `stream(stream)` with the
   * conference's sound or null. It answers: `roster()`, `phone()` with the secret of my phone call
   * or null, `microphoneId()` with the microphone chosen last or null, and `proof()` with what I show when
   * I come in: `{pin, token}`.
   */
  constructor(key, on, world = browserWorld()) {
    this.#key = key;
    this.#on = on;
    this.#world = world;
    this.#microphone = world.createMicrophone(() => this.#replaceLostMicrophone());
    const hears = { transport: (state) => this.#onTransport(state), stream: on.stream };
    this.#connection = new Connection(key, hears, world);
    this.#teller = new MuteTeller(
      () => this.#state,
      (secret, muted) => world.muteCall(key, secret, muted),
    );
  }

  get state() {
    return this.#state;
  }

  /** The microphone's track, or null; for the level meter. */
  get track() {
    return this.#microphone.track;
  }

  get microphoneId() {
    return this.#microphone.deviceId;
  }

  // Joining and leaving.

  /** *Join with this browser*: at once if the microphone was allowed before, else explains first. */
  async ask(name) {
    this.#name = name;
    const trouble = this.#world.hindrance();
    const permission = trouble ? null : await this.#world.permission();
    if (isLive(this.#state)) return;
    if (permission === 'granted') {
      await this.#enter({ listening: false });
      return;
    }
    this.#apply({ type: 'ask' });
    if (trouble) this.#apply({ type: 'trouble', trouble });
    else if (permission === 'denied') this.#apply({ type: 'trouble', trouble: 'refused' });
  }

  /** *Use my microphone*: now the browser asks. Throws the `Problem` if the server refuses. */
  async allow() {
    if (this.#state.prompting) return;
    this.#apply({ type: 'prompt' });
    try {
      await this.#microphone.open(this.#on.microphoneId());
    } catch (trouble) {
      this.#apply({ type: 'trouble', trouble: trouble.name });
      return;
    }
    if (this.#state.phase === 'asking') await this.#enter({ listening: false });
    else this.#microphone.close(); // thought better of it while the browser asked
  }

  /** Joins without a microphone. Throws the `Problem` if the server refuses. */
  async listen() {
    if (this.#state.prompting) return;
    await this.#enter({ listening: true });
  }

  /** Joins again after a call that was lost or has ended. */
  async rejoin() {
    await this.ask(this.#name);
  }

  /** Back to the choice of ways. */
  back() {
    this.#apply({ type: 'back' });
  }

  leave() {
    this.#end('left');
  }

  /**
   * The page is going away, and the call with it. A reload comes back: what that takes is kept, and
   * only now, so that no other page can come by it.
   */
  goAway() {
    if (!isLive(this.#state)) return;
    const { muted, listening } = this.#state;
    const secret = this.#lastSecret;
    rememberReturn(this.#key, { secret, muted, listening, name: this.#name });
    this.#release({ ends: true, keepalive: true });
    this.#apply({ type: 'over', ending: 'left' });
    this.#apply({ type: 'reset' });
  }

  /**
   * After a reload: joins anew, in place of the session that the page had if the server still has it.
   * Who comes any other way is out, and is asked again.
   */
  async comeBack({ isReload }) {
    const way = rememberedReturn(this.#key);
    rememberReturn(this.#key, null);
    if (!way) return;
    if (!isReload) {
      if (way.secret) await this.#world.endSession(this.#key, way.secret).catch(() => {});
      return;
    }
    this.#name = way.name;
    this.#lastSecret = way.secret;
    const mayTalk = way.listening || (await this.#world.permission()) === 'granted';
    if (mayTalk) await this.#enter(way);
    else await this.ask(way.name);
  }

  // While in.

  /** Mutes or unmutes me; who only listens is asked for the microphone first. */
  async setMuted(muted) {
    if (!isLive(this.#state)) return;
    if (!muted && this.#state.listening && !(await this.#openMicrophone())) return;
    this.#apply({ type: 'mute', muted });
    await this.#tell();
  }

  /** Stays muted though the host asked. */
  stayMuted() {
    this.#apply({ type: 'stay_muted' });
  }

  /** Talks into another microphone from now on. */
  async useMicrophone(deviceId) {
    await this.#openMicrophone(deviceId);
  }

  /** The browser's statistics of the connection, as a list; empty without one. */
  statistics() {
    return this.#connection.statistics();
  }

  /** The network is back, or another one: looks for a path now instead of later. */
  lookForPath() {
    if (this.#state.phase === 'in') this.#connection.restart().catch(() => {});
    else this.#wake?.();
  }

  /** Takes in an event of the stream, after the roster did. */
  take({ type, data }) {
    if (type === 'participant') this.#apply({ type, participant: data });
    if (type === 'left' || type === 'unmute_asked') this.#apply({ type, ...data });
    if (type === 'snapshot') this.#reconcile();
  }

  /** After a break of the stream: does the server still know me? */
  #reconcile() {
    this.#wake?.();
    const { secret, participant } = this.#state;
    if (secret === null || participant === null) return;
    if (this.#on.roster().people.has(participant)) this.#matchRoster();
    else this.#learn();
  }

  // Effects.

  async #enter({ listening, muted = false }) {
    if (isLive(this.#state)) return;
    const run = Symbol('run');
    this.#run = run;
    this.#apply({ type: 'join', listening, muted });
    try {
      if (!listening && !this.track) await this.#microphone.open(this.#on.microphoneId());
      if (this.#run === run) await this.#connect(run);
    } catch (problem) {
      if (this.#run !== run) return;
      this.#release({ ends: true });
      if (!(problem instanceof Trouble)) {
        this.#apply({ type: 'refused' });
        throw problem;
      }
      this.#apply({ type: 'trouble', trouble: problem.name });
    }
  }

  /**
   * Begins a session, and waits until there is a path for the sound. The server lets it take the
   * place of the one before, if it still has that: the others notice nothing.
   */
  async #connect(run) {
    this.#apply({ type: 'session_gone' });
    const me = { name: this.#name, call: this.#on.phone(), replaces: this.#lastSecret };
    const identity = { ...me, ...this.#on.proof() };
    const secret = await this.#connection.begin(this.track, identity);
    if (this.#run !== run) return;
    this.#lastSecret = secret;
    this.#apply({ type: 'session', secret });
    this.#learn();
    if (this.#state.muted) this.#tell();
    await this.#connection.establish();
  }

  #onTransport(state) {
    if (state === 'connected') this.#apply({ type: 'connected' });
    else if (state !== 'connecting' && state !== 'new') this.#apply({ type: 'broken' });
  }

  /** Tries to mend the connection until it is, or until there is no point any more. */
  async #recover(run) {
    const since = this.#world.now();
    const isBroken = () => this.#run === run && this.#state.phase === 'reconnecting';
    let restarts = 0;
    if (since - this.#mendedAt > STEADY_AFTER_MS) this.#tries = 0;
    for (; isBroken(); this.#tries += 1) {
      if (this.#tries > 0) await this.#pause(backoffMs(this.#tries - 1, this.#world.random()));
      if (!isBroken()) return;
      const hasSession = this.#state.secret !== null;
      const elapsedMs = this.#world.now() - since;
      const { transport } = this.#connection;
      const step = nextStep({ hasSession, transport, restarts, elapsedMs });
      if (step === 'give_up') return this.#giveUp();
      try {
        if (step === 'rejoin') await this.#connect(run);
        else await this.#connection.restart(() => (restarts += 1));
      } catch (failure) {
        if (isBroken()) this.#judge(failure, step);
      }
    }
    this.#mendedAt = this.#world.now();
  }

  #judge(failure, step) {
    const verdict = verdictOn(failure, step);
    if (verdict === 'gone') {
      this.#apply({ type: 'session_gone' });
      this.#tries = -1; // the server is there: no waiting for it
    }
    if (verdict === 'over') this.#end('conference_ended');
    if (verdict === 'stop') this.#giveUp(failure.message);
  }

  #giveUp(reason = null) {
    this.#release({ ends: true });
    this.#apply({ type: 'gave_up', reason });
  }

  #end(ending) {
    if (!isLive(this.#state)) return;
    this.#release({ ends: true });
    this.#apply({ type: 'over', ending });
  }

  /**
   * Gives everything back: the connection and the microphone; with `ends` the session, too, which the
   * server may still have even if it is out of reach just now.
   */
  #release({ ends = false, keepalive = false } = {}) {
    if (ends && this.#lastSecret !== null) this.#connection.endSession({ keepalive });
    this.#run = null;
    this.#lastSecret = null;
    this.#wake?.();
    this.#connection.close();
    this.#microphone.close();
  }

  /** Asks the server which participant I am. */
  async #learn() {
    const { secret } = this.#state;
    for (let attempt = 0; secret !== null && attempt < LEARN_ATTEMPTS_MAX; attempt += 1) {
      try {
        const call = await this.#world.readCall(this.#key, secret);
        this.#apply({ type: 'record', call });
        this.#matchRoster();
        return;
      } catch (problem) {
        if (secret !== this.#state.secret) return;
        if (problem.status === 404) this.#apply({ type: 'session_gone' });
        if (!problem.isPassing) return;
        await this.#world.sleep(backoffMs(attempt, this.#world.random()));
      }
    }
  }

  /** The stream may have been faster than the answer that says which participant I am. */
  #matchRoster() {
    const { people, departed } = this.#on.roster();
    const me = this.#state.participant;
    if (people.has(me)) this.#apply({ type: 'participant', participant: people.get(me) });
    else if (departed.has(me)) this.#apply({ type: 'left', id: me, ending: departed.get(me) });
  }

  /** What the server can't be told of stays muted: nobody is heard by accident. */
  async #tell() {
    try {
      const heard = await this.#teller.tell();
      if (heard) this.#apply({ type: 'told', muted: this.#state.muted });
    } catch (problem) {
      if (this.#state.muted) return; // told when the connection is back, and silent until then
      this.#apply({ type: 'told', muted: true });
      this.#on.notice(problem.message);
    }
  }

  /** Opens a microphone while in; returns whether that worked. */
  async #openMicrophone(deviceId = this.#on.microphoneId()) {
    try {
      if (!(await this.#microphone.open(deviceId))) return false;
    } catch (trouble) {
      const { title, text } = describeTrouble(trouble.name);
      this.#on.notice(`${title}. ${text}`);
      return false;
    }
    await this.#connection.setTrack(this.track);
    this.#apply({ type: 'microphone', there: true });
    return true;
  }

  async #replaceLostMicrophone() {
    if (!isLive(this.#state)) return;
    try {
      await this.#microphone.open();
      await this.#connection.setTrack(this.track);
      this.#apply({ type: 'microphone', there: true });
      this.#on.notice(`Your microphone went away. We use “${this.track.label}” now.`);
    } catch {
      await this.#connection.setTrack(null);
      this.#apply({ type: 'microphone', there: false });
      this.#on.notice('Your microphone went away. You can only listen until there is one again.');
      await this.setMuted(true);
    }
  }

  /** Waits, unless something happens that makes another try worth while. */
  #pause(durationMs) {
    return new Promise((resolve) => {
      this.#wake = resolve;
      this.#world.sleep(durationMs).then(resolve);
    });
  }

  #apply(event) {
    const before = this.#state;
    this.#state = advance(before, event);
    if (this.#state === before) return;
    if (this.track) this.track.enabled = isMicrophoneOpen(this.#state);
    if (isLive(before) && !isLive(this.#state)) this.#release();
    this.#on.change(this.#state, before);
    this.#follow(before);
  }

  /** What a change of phase sets in motion. */
  #follow({ phase: before }) {
    const { phase, telling } = this.#state;
    if (phase === before) return;
    if (phase === 'reconnecting') this.#recover(this.#run);
    if (phase === 'in' && telling) this.#tell();
  }
}

function browserWorld() {
  return {
    hindrance: () =>
      hindrance({
        isSecure: globalThis.isSecureContext,
        canConnect: typeof globalThis.RTCPeerConnection === 'function',
        canCapture: Boolean(navigator.mediaDevices?.getUserMedia),
      }),
    permission: microphonePermission,
    createMicrophone: (onLost) => new Microphone(onLost),
    createLink: (on) => new Link(on),
    begin: (key, offer, identity) => WhipSession.begin(key, offer, identity),
    endSession,
    readCall,
    muteCall,
    sleep: (durationMs) => new Promise((resolve) => setTimeout(resolve, durationMs)),
    now: () => performance.now(),
    random: () => Math.random(),
  };
}
