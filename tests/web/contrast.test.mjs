import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

/** WCAG 2.2, 1.4.3: text; 1.4.11: outlines of controls. */
const TEXT_MIN = 4.5;
const CONTROL_MIN = 3;

const css = await readFile(
  new URL('../../crates/server/web/css/tokens.css', import.meta.url),
  'utf8',
);
const [day, night] = css.split('@media (prefers-color-scheme: dark)').map(colours);
const themes = { day, night: { ...day, ...night } };

const TEXTS = [
  ['ink', 'paper'],
  ['ink', 'surface'],
  ['ink', 'surface-sunk'],
  ['ink-soft', 'paper'],
  ['ink-soft', 'surface'],
  ['ink-soft', 'surface-sunk'],
  ['accent', 'paper'],
  ['accent', 'surface'],
  ['danger', 'surface'],
  ['danger', 'surface-sunk'],
  ['warning', 'surface'],
  ['warning', 'surface-sunk'],
  ['success', 'surface'],
  ['stage-ink', 'stage'],
  ['stage-soft', 'stage'],
  ['marigold', 'stage'],
  ['mint', 'stage'],
  ['marigold-ink', 'marigold'],
  ['coral-ink', 'coral'],
  ['coral-bright', 'stage'],
];
const OUTLINES = [
  ['line-control', 'surface'],
  ['focus', 'paper'],
  ['focus', 'surface'],
  ['marigold', 'stage'],
];

for (const [theme, palette] of Object.entries(themes)) {
  for (const [pairs, least] of [
    [TEXTS, TEXT_MIN],
    [OUTLINES, CONTROL_MIN],
  ]) {
    for (const [front, back] of pairs) {
      test(`by ${theme}, ${front} stands out from ${back}`, () => {
        const ratio = contrast(palette[front], palette[back]);
        assert.ok(ratio >= least, `${ratio.toFixed(2)} is less than ${least}`);
      });
    }
  }
}

function colours(part) {
  return Object.fromEntries(
    [...part.matchAll(/--([a-z-]+): (#[0-9a-f]{6});/g)].map(([, name, value]) => [name, value]),
  );
}

function contrast(a, b) {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(colour) {
  const [red, green, blue] = [1, 3, 5].map((start) => {
    const value = Number.parseInt(colour.slice(start, start + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
