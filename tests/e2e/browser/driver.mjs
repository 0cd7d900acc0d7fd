/**
 * A person's Chromium, whose microphone plays a file again and again, driven from a test: each line that
 * comes in names a method and its arguments, each line that goes out is its result, `{"value": ..}` or
 * `{"error": ".."}`. It ends when its input does.
 *
 *   node driver.mjs VOICE.wav [--without-udp]
 *
 * Besides the methods of a page (goto, click, until, ..), `heard` gives what came out of the conference
 * since it was last asked, and `save` puts a picture of the page into a file.
 */
import { writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { Browser, FAKE_MICROPHONE } from '../../web/support/chromium.mjs';
import { takeHeard, listen } from './ear.mjs';
import { withoutUdp } from './firewall.mjs';

const [voice, ...options] = process.argv.slice(2);
const flags = [...FAKE_MICROPHONE, `--use-file-for-fake-audio-capture=${voice}`];
const browser = await Browser.launch({ flags });
try {
  const page = await browser.newPage();
  await page.beforehand(listen);
  if (options.includes('--without-udp')) await page.beforehand(withoutUdp);
  const methods = {
    heard: () => page.evaluate(takeHeard),
    save: async (file) => writeFile(file, await page.screenshot({ full: true })),
    complaints: async () => page.complaints,
    kill: () => browser.kill(),
  };
  for await (const line of createInterface({ input: process.stdin })) {
    const [name, ...values] = JSON.parse(line);
    const answer = await (methods[name] ?? page[name].bind(page))(...values).then(
      (value) => ({ value: value ?? null }),
      (error) => ({ error: error.message }),
    );
    console.log(JSON.stringify(answer));
  }
} finally {
  await browser.close();
}
