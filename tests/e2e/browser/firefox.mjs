/**
 * Drives Firefox by Marionette, its own remote protocol: commands and answers are JSON over TCP, each with
 * its length and a colon in front. So no geckodriver, and no package, is needed.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const PLACES = ['/usr/bin/firefox-esr', '/usr/bin/firefox'];
const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf';
const PATIENCE_MS = 30_000;
const POLL_MS = 25;

/** A running Firefox with a profile of its own, which `close()` removes. It has one page. */
export class Firefox {
  #process;
  #profile;
  #remote;

  /** Starts one whose microphone hears a tone. */
  static async launch(toneHz) {
    const program = process.env.FIREFOX ?? PLACES.find((place) => existsSync(place));
    if (!program) throw new Error('Firefox is needed: apt-get install firefox-esr, or set FIREFOX');
    const profile = await mkdtemp(path.join(tmpdir(), 'confab-firefox-'));
    const lines = Object.entries(preferences(toneHz)).map(
      ([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`,
    );
    await writeFile(path.join(profile, 'user.js'), lines.join(''));
    const firefox = new Firefox();
    firefox.#profile = profile;
    const flags = ['--headless', '--marionette', '--no-remote', '--profile', profile];
    firefox.#process = spawn(program, flags, { stdio: 'ignore' });
    const file = path.join(profile, 'MarionetteActivePort');
    const port = await eventually('Marionette', () => readFile(file, 'utf8').catch(() => ''));
    firefox.#remote = await Remote.open(Number(port));
    await firefox.#remote.send('WebDriver:NewSession', {});
    return firefox;
  }

  newPage() {
    return new Page(this.#remote);
  }

  async close() {
    const exited = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#remote.send('Marionette:Quit', { flags: ['eForceQuit'] }).catch(() => {});
    await exited;
    await rm(this.#profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** The one page, with the methods of the page in chromium.mjs that are needed here. */
class Page {
  complaints = [];
  #remote;
  #beforehand = [];

  constructor(remote) {
    this.#remote = remote;
  }

  async goto(url) {
    await this.#remote.send('WebDriver:Navigate', { url });
    for (const code of this.#beforehand) await this.evaluate(code);
  }

  /** Runs a function in every document that is opened from now on, once that is there. */
  async beforehand(code) {
    this.#beforehand.push(code);
  }

  /** The microphone is always allowed here. */
  async permit() {}

  async evaluate(code, ...values) {
    const script = typeof code === 'function' ? `return (${code})(...arguments)` : `return (${code})`;
    const params = { script, args: values, newSandbox: false };
    const { value } = await this.#remote.send('WebDriver:ExecuteScript', params);
    return value;
  }

  until(code, ...values) {
    return eventually(`${code} ${values.join(' ')}`, () => this.evaluate(code, ...values));
  }

  visible(selector) {
    return this.until((wanted) => document.querySelector(wanted)?.checkVisibility(), selector);
  }

  text(selector) {
    return this.evaluate((wanted) => document.querySelector(wanted)?.innerText ?? null, selector);
  }

  async click(selector) {
    await this.visible(selector);
    await this.#remote.send('WebDriver:ElementClick', { id: await this.#find(selector) });
  }

  async fill(selector, text) {
    await this.visible(selector);
    const id = await this.#find(selector);
    await this.#remote.send('WebDriver:ElementClear', { id });
    await this.#remote.send('WebDriver:ElementSendKeys', { id, text });
  }

  async screenshot({ full = false } = {}) {
    const { value } = await this.#remote.send('WebDriver:TakeScreenshot', { full });
    return Buffer.from(value, 'base64');
  }

  async #find(selector) {
    const query = { using: 'css selector', value: selector };
    const { value } = await this.#remote.send('WebDriver:FindElement', query);
    return value[ELEMENT];
  }
}

/** A connection to Marionette. */
class Remote {
  #socket;
  #answers = new Map();
  #nextId = 1;
  #unread = Buffer.alloc(0);

  /** Connects, and waits for the greeting. */
  static open(port) {
    const remote = new Remote();
    return new Promise((resolve, reject) => {
      remote.#socket = connect(port, '127.0.0.1');
      remote.#socket.once('error', reject);
      remote.#socket.on('data', (bytes) => remote.#receive(bytes, () => resolve(remote)));
      remote.#socket.on('close', () => remote.#failAll(new Error('Firefox exited')));
    });
  }

  send(command, params) {
    const id = this.#nextId++;
    const message = Buffer.from(JSON.stringify([0, id, command, params]));
    this.#socket.write(`${message.length}:`);
    this.#socket.write(message);
    return new Promise((resolve, reject) => this.#answers.set(id, { resolve, reject, command }));
  }

  #receive(bytes, greeted) {
    this.#unread = Buffer.concat([this.#unread, bytes]);
    for (;;) {
      const colon = this.#unread.indexOf(':');
      const end = colon + 1 + Number(this.#unread.subarray(0, Math.max(colon, 0)));
      if (colon < 0 || this.#unread.length < end) return;
      const message = JSON.parse(this.#unread.subarray(colon + 1, end).toString());
      this.#unread = this.#unread.subarray(end);
      if (Array.isArray(message)) this.#answer(message);
      else greeted();
    }
  }

  #answer([, id, error, result]) {
    const { resolve, reject, command } = this.#answers.get(id);
    this.#answers.delete(id);
    if (error) reject(new Error(`${command}: ${error.message}`));
    else resolve(result ?? {});
  }

  #failAll(error) {
    for (const { reject } of this.#answers.values()) reject(error);
    this.#answers.clear();
  }
}

function preferences(toneHz) {
  return {
    'marionette.port': 0,
    // A microphone that hears a tone, and nobody to be asked.
    'media.navigator.streams.fake': true,
    'media.navigator.audio.fake_frequency': toneHz,
    'media.navigator.permission.disabled': true,
    'media.getusermedia.noise_enabled': false,
    'media.getusermedia.agc_enabled': false,
    'media.autoplay.default': 0,
    // The media stays on this machine.
    'media.peerconnection.ice.loopback': true,
    'media.peerconnection.ice.obfuscate_host_addresses': false,
    'media.gmp-manager.updateEnabled': false,
    // It calls nobody at home.
    'app.update.enabled': false,
    'browser.startup.page': 0,
    'browser.shell.checkDefaultBrowser': false,
    'datareporting.policy.dataSubmissionEnabled': false,
    'network.captive-portal-service.enabled': false,
    'network.connectivity-service.enabled': false,
    'services.settings.server': 'data:,#remote-settings-dummy/v1',
    'toolkit.telemetry.enabled': false,
  };
}

async function eventually(what, ask) {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > deadline) throw new Error(`Waited in vain for ${what}`);
    await pause(POLL_MS);
  }
}
