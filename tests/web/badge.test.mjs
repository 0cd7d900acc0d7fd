/** The badge as a browser paints it on somebody's page: looked at in screenshots, pixel by pixel. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before } from 'node:test';
import { Browser } from './support/chromium.mjs';
import { test } from './support/pages.mjs';

/** What the server makes; a test of the crate holds these files against it. */
const BADGES = new URL('../../crates/invitation/tests/badges/', import.meta.url);
const [WIDTH, HEIGHT] = [240, 56];

/** Where things are on it, in CSS pixels: a piece of bare ground, the middle of the dot, and the two lines of text. */
const GROUND = [220, 28];
const DOT = [26, 28];
const TITLE = { left: 48, top: 11, right: 228, bottom: 30 };
const WORDS = { left: 48, top: 31, right: 228, bottom: 47 };

/** Text covers at least so much of its line, and never most of it. */
const INK = [0.03, 0.6];

let browser;
before(async () => {
  browser = await Browser.launch();
});
after(() => browser.close());

/** A badge on a page of the colour that it is for: how it looks in a screenshot. */
async function look(state, theme, scheme = theme) {
  const svg = await readFile(new URL(`${state}-${theme}.svg`, BADGES), 'utf8');
  const page = await browser.newPage({ width: 640, height: 120, scheme });
  await page.evaluate(async (source, ground) => {
    document.body.style.cssText = `margin: 0; background: ${ground}`;
    const image = new Image();
    image.src = `data:image/svg+xml,${encodeURIComponent(source)}`;
    await image.decode();
    document.body.append(image);
  }, svg, scheme === 'dark' ? '#000' : '#fff');
  const picture = (await page.screenshot()).toString('base64');
  const pixels = await page.evaluate(async (png, width, height) => {
    const image = new Image();
    image.src = `data:image/png;base64,${png}`;
    await image.decode();
    const canvas = new OffscreenCanvas(width, height).getContext('2d');
    canvas.drawImage(image, 0, 0);
    return [...canvas.getImageData(0, 0, width, height).data];
  }, picture, WIDTH, HEIGHT);
  assert.deepEqual(page.complaints, []);
  await page.close();
  return { at: (x, y) => pixels.slice(4 * (y * WIDTH + x), 4 * (y * WIDTH + x) + 3), picture };
}

/** The share of a rectangle whose colour is far from the ground's. */
function ink({ at }, { left, top, right, bottom }) {
  const ground = at(...GROUND);
  let inked = 0;
  for (let y = top; y < bottom; y += 1) {
    for (let x = left; x < right; x += 1) inked += distance(at(x, y), ground) > 150 ? 1 : 0;
  }
  return inked / ((right - left) * (bottom - top));
}

function distance(one, other) {
  return one.reduce((sum, value, i) => sum + Math.abs(value - other[i]), 0);
}

const brightness = (colour) => colour.reduce((sum, value) => sum + value, 0) / 3;
const isGreen = ([red, green, blue]) => green > red + 40 && green > blue + 20;

test('a badge is painted, with its dot and both its lines', async () => {
  for (const state of ['on', 'open', 'later', 'over']) {
    for (const theme of ['light', 'dark']) {
      const badge = await look(state, theme);
      for (const line of [TITLE, WORDS]) {
        const share = ink(badge, line);
        assert.ok(share > INK[0] && share < INK[1], `${state}, ${theme}: ${share} of a line is ink`);
      }
      assert.ok(distance(badge.at(...DOT), badge.at(...GROUND)) > 60, `${state}, ${theme}: no dot`);
      // Past the text, and within the frame.
      assert.deepEqual(badge.at(234, 10), badge.at(...GROUND), `${state}, ${theme}: something sticks out`);
    }
  }
});

test('it is bright on bright pages and dark on dark ones', async () => {
  for (const state of ['on', 'open', 'later', 'over']) {
    const [light, dark] = [await look(state, 'light'), await look(state, 'dark')];
    assert.ok(brightness(light.at(...GROUND)) > 230, `${state}: ${light.at(...GROUND)}`);
    assert.ok(brightness(dark.at(...GROUND)) < 50, `${state}: ${dark.at(...GROUND)}`);
  }
});

test('its dot is green while the conference is on, pale while nobody is there, and grey otherwise', async () => {
  for (const theme of ['light', 'dark']) {
    const dot = async (state) => (await look(state, theme)).at(...DOT);
    const [on, open, later, over] = [await dot('on'), await dot('open'), await dot('later'), await dot('over')];
    assert.ok(isGreen(on), `${theme}: ${on}`);
    assert.ok(isGreen(open) && distance(on, open) > 100, `${theme}: ${on} and ${open}`);
    assert.ok(!isGreen(later), `${theme}: ${later}`);
    assert.deepEqual(later, over);
    const [live, off] = [await look('on', theme), await look('over', theme)];
    assert.notEqual(live.picture, off.picture);
    assert.ok(Math.abs(ink(live, WORDS) - ink(off, WORDS)) > 0.01, `${theme}: other words`);
  }
});

test('where no theme is asked for, it follows the reader’s system', async () => {
  for (const scheme of ['light', 'dark']) {
    const [own, asked] = [await look('on', 'auto', scheme), await look('on', scheme)];
    assert.deepEqual(own.at(...GROUND), asked.at(...GROUND), scheme);
  }
});
