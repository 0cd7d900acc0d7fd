/**
 * Drives Chromium by its DevTools protocol over a pipe: messages of JSON, each ended by a zero byte,
 * on the file descriptors 3 and 4. So no WebSocket, and no package, is needed.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
/** A microphone that beeps, and addresses in candidates instead of names that nobody resolves. */
export const FAKE_MICROPHONE = [
  '--use-fake-device-for-media-stream',
  '--disable-features=WebRtcHideLocalIpsWithMdns',
  '--allow-loopback-in-peer-connection',
];
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--remote-debugging-pipe',
];
/** Longest wait for something to appear; a page that never shows it fails the test. */
const PATIENCE_MS = 30_000;
const POLL_MS = 25;

/** A running browser with a profile of its own, which `close()` removes. */
export class Browser {
  #process;
  #exited;
  #isRunning = true;
  #profile;
  #answers = new Map();
  #listeners = new Map();
  #nextId = 1;
  #unread = Buffer.alloc(0);

  /** Starts Chromium; `flags` are more of its command line's. */
  static async launch({ flags = [] } = {}) {
    const program = process.env.CHROMIUM ?? PLACES.find((place) => existsSync(place));
    if (!program) throw new Error('Chromium is needed: apt-get install chromium, or set CHROMIUM');
    const profile = await mkdtemp(path.join(tmpdir(), 'confab-chromium-'));
    return new Browser(program, profile, flags);
  }

  constructor(program, profile, flags) {
    this.#profile = profile;
    const options = [...FLAGS, ...flags, `--user-data-dir=${profile}`, 'about:blank'];
    this.#process = spawn(program, options, {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
    });
    this.#process.stdio[4].on('data', (bytes) => this.#receive(bytes));
    this.#exited = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#exited.then(() => {
      this.#isRunning = false;
      this.#failAll(new Error('Chromium exited'));
    });
  }

  /** A new tab in a context of its own: no storage shared with other pages. */
  async newPage({ width = 1280, height = 800, scheme = 'light', zone, motion = 'reduce' } = {}) {
    const { browserContextId } = await this.send('Target.createBrowserContext');
    const { targetId } = await this.send('Target.createTarget', {
      url: 'about:blank',
      browserContextId,
    });
    const { sessionId } = await this.send('Target.attachToTarget', { targetId, flatten: true });
    const page = new Page(this, sessionId, targetId, browserContextId);
    await page.prepare({ width, height, scheme, zone, motion });
    return page;
  }

  send(method, params = {}, sessionId = undefined) {
    const id = this.#nextId++;
    const message = JSON.stringify({ id, method, params, sessionId });
    this.#process.stdio[3].write(`${message}\0`);
    return new Promise((resolve, reject) => this.#answers.set(id, { resolve, reject, method }));
  }

  /** Calls `listener(params)` for every such event of a session. */
  on(sessionId, method, listener) {
    this.#listeners.set(`${sessionId} ${method}`, listener);
  }

  /** Ends it as a computer ends that is switched off. */
  async kill() {
    this.#process.kill('SIGKILL');
    await this.#exited;
  }

  async close() {
    if (this.#isRunning) this.send('Browser.close').catch(() => {});
    await this.#exited;
    await rm(this.#profile, { recursive: true, force: true, maxRetries: 5 });
  }

  #receive(bytes) {
    this.#unread = Buffer.concat([this.#unread, bytes]);
    for (let end = this.#unread.indexOf(0); end >= 0; end = this.#unread.indexOf(0)) {
      const message = JSON.parse(this.#unread.subarray(0, end).toString());
      this.#unread = this.#unread.subarray(end + 1);
      if (message.id) this.#answer(message);
      else this.#listeners.get(`${message.sessionId} ${message.method}`)?.(message.params);
    }
  }

  #answer({ id, result, error }) {
    const { resolve, reject, method } = this.#answers.get(id);
    this.#answers.delete(id);
    if (error) reject(new Error(`${method}: ${error.message}`));
    else resolve(result);
  }

  #failAll(error) {
    for (const { reject } of this.#answers.values()) reject(error);
    this.#answers.clear();
  }
}

/** A tab. What goes wrong in it (exceptions, console errors, refused content) is in `complaints`. */
export class Page {
  complaints = [];
  #browser;
  #session;
  #target;
  #context;

  constructor(browser, session, target, context) {
    this.#browser = browser;
    this.#session = session;
    this.#target = target;
    this.#context = context;
  }

  async prepare({ width, height, scheme, zone, motion }) {
    this.on('Runtime.exceptionThrown', ({ exceptionDetails: { exception, text } }) => {
      this.complaints.push(exception?.description ?? text);
    });
    this.on('Log.entryAdded', ({ entry }) => {
      if (entry.level === 'error') this.complaints.push(`${entry.text} ${entry.url ?? ''}`.trim());
    });
    await this.send('Page.enable');
    await this.send('Runtime.enable');
    await this.send('Log.enable');
    await this.send('Page.bringToFront');
    await this.send('Emulation.setFocusEmulationEnabled', { enabled: true });
    await this.resize(width, height);
    await this.send('Emulation.setEmulatedMedia', {
      features: [
        { name: 'prefers-color-scheme', value: scheme },
        { name: 'prefers-reduced-motion', value: motion },
      ],
    });
    if (zone) await this.send('Emulation.setTimezoneOverride', { timezoneId: zone });
  }

  resize(width, height) {
    return this.send('Emulation.setDeviceMetricsOverride', {
      width,
      height,
      deviceScaleFactor: 1,
      mobile: width < 600,
    });
  }

  send(method, params) {
    return this.#browser.send(method, params, this.#session);
  }

  on(method, listener) {
    this.#browser.on(this.#session, method, listener);
  }

  async goto(url) {
    const loaded = new Promise((resolve) => this.on('Page.loadEventFired', resolve));
    await this.send('Page.navigate', { url });
    await loaded;
  }

  async reload() {
    const loaded = new Promise((resolve) => this.on('Page.loadEventFired', resolve));
    await this.send('Page.reload');
    await loaded;
  }

  /** The value of `code` (a function with its arguments, or an expression) in the page. */
  async evaluate(code, ...values) {
    const expression =
      typeof code === 'function' ? `(${code})(...${JSON.stringify(values)})` : code;
    const { result, exceptionDetails } = await this.send('Runtime.evaluate', {
      expression,
      awaitPromise: true,
      returnByValue: true,
    });
    if (exceptionDetails) {
      throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    }
    return result.value;
  }

  /** Waits until `code` gives something true in the page, and returns that. */
  async until(code, ...values) {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const value = await this.evaluate(code, ...values);
      if (value) return value;
      if (Date.now() > deadline) {
        const shown = await this.evaluate(() => document.body.innerText);
        throw new Error(`Waited in vain for ${code} ${values.join(' ')}; the page shows:\n${shown}`);
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  /** Waits until an element matches the selector and is visible. */
  visible(selector) {
    return this.until((wanted) => document.querySelector(wanted)?.checkVisibility(), selector);
  }

  text(selector) {
    return this.evaluate((wanted) => document.querySelector(wanted)?.innerText ?? null, selector);
  }

  /** Presses the mouse button in the middle of an element, as a person does. */
  async click(selector) {
    await this.visible(selector);
    const [x, y] = await this.until(targetOf, selector);
    for (const type of ['mousePressed', 'mouseReleased']) {
      await this.send('Input.dispatchMouseEvent', { type, x, y, button: 'left', clickCount: 1 });
    }
  }

  /** Types into an element, in place of what it had. */
  async fill(selector, text) {
    await this.visible(selector);
    await this.evaluate((wanted) => {
      const input = document.querySelector(wanted);
      input.focus();
      input.select();
    }, selector);
    await this.send('Input.insertText', { text });
  }

  /** Presses a key, such as `Tab`, `Enter` or `m`. */
  async press(key) {
    await this.hold(key);
    await this.release(key);
  }

  /** Presses a key and keeps it down. */
  hold(key) {
    return this.send('Input.dispatchKeyEvent', { type: 'keyDown', ...keyOf(key) });
  }

  /** Lets a key go. */
  release(key) {
    return this.send('Input.dispatchKeyEvent', { type: 'keyUp', ...keyOf(key), text: undefined });
  }

  /** Decides a permission, such as `microphone`, for all pages of this context: granted | denied | prompt. */
  permit(name, setting) {
    const browserContextId = this.#context;
    return this.#browser.send('Browser.setPermission', {
      permission: { name },
      setting,
      browserContextId,
    });
  }

  /** Runs a function before anything else in every document that the page opens from now on. */
  beforehand(code, ...values) {
    const source = `(${code})(...${JSON.stringify(values)})`;
    return this.send('Page.addScriptToEvaluateOnNewDocument', { source });
  }

  /** A picture of the page as PNG bytes; of all of it, if `full`. */
  async screenshot({ full = false } = {}) {
    const { data } = await this.send('Page.captureScreenshot', {
      format: 'png',
      captureBeyondViewport: full,
    });
    return Buffer.from(data, 'base64');
  }

  close() {
    return this.#browser.send('Target.closeTarget', { targetId: this.#target });
  }
}

function keyOf(name) {
  const codes = { Enter: 13, Escape: 27, Space: 32, Tab: 9 };
  const text = { Enter: '\r', Space: ' ' }[name] ?? (name.length === 1 ? name : undefined);
  if (name.length === 1) {
    const code = name.toUpperCase();
    return { key: name, code: `Key${code}`, windowsVirtualKeyCode: code.charCodeAt(0), text };
  }
  const key = name === 'Space' ? ' ' : name;
  return { key, code: name, windowsVirtualKeyCode: codes[name], text };
}

/**
 * Runs in the page: the middle of an element once that is where a click would reach it, and stays
 * there from one look to the next (fonts are loaded, nothing above it is still growing); else null.
 */
async function targetOf(selector) {
  await document.fonts.ready;
  const middle = () => {
    const { left, top, width, height } = document.querySelector(selector).getBoundingClientRect();
    return [left + width / 2, top + height / 2];
  };
  document.querySelector(selector).scrollIntoView({ block: 'center', behavior: 'instant' });
  const [x, y] = middle();
  await new Promise((resolve) => setTimeout(resolve, 50));
  const [laterX, laterY] = middle();
  const reached = document.elementFromPoint(x, y)?.closest(selector);
  return x === laterX && y === laterY && reached ? [x, y] : null;
}
