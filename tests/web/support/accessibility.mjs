/** What every state of a page must fulfil for everybody to be able to use it. */
import assert from 'node:assert/strict';

const CONTROLS = new Set(['button', 'link', 'textbox', 'combobox', 'checkbox', 'radio', 'Date']);
const TARGET_PX_MIN = 44;

/** Each control and image has a name, landmarks are there, targets are large, nothing overflows. */
export async function assertAccessible(page) {
  const { nodes } = await page.send('Accessibility.getFullAXTree');
  const shown = nodes.filter(({ ignored }) => !ignored);
  const nameless = shown
    .filter(({ role }) => CONTROLS.has(role?.value) || role?.value === 'image')
    .filter(({ name }) => !name?.value?.trim());
  assert.deepEqual(
    nameless.map(({ role }) => role.value),
    [],
    'controls without a name',
  );
  const roles = new Set(shown.map(({ role }) => role?.value));
  // While a dialog asks for an answer, there is nothing else.
  const isAsked = await page.evaluate(() => document.querySelector('dialog:modal') !== null);
  const landmarks = isAsked ? ['dialog'] : ['main', 'banner'];
  assert.ok(landmarks.every((role) => roles.has(role)), 'landmarks');
  assert.deepEqual(await page.evaluate(smallTargets, TARGET_PX_MIN), [], 'small touch targets');
  assert.ok(await page.evaluate(fitsWidth), 'nothing is wider than the screen');
  assert.equal(await page.evaluate(() => document.querySelectorAll('h1').length), 1);
}

/* The functions below run in the page. */

function smallTargets(least) {
  return [...document.querySelectorAll('button, a[href], input, select, textarea')]
    .filter((control) => control.checkVisibility({ checkOpacity: false, visibilityProperty: true }))
    .filter((control) => !control.classList.contains('skip'))
    .map((control) => (control.type === 'checkbox' ? control.closest('label') : control))
    .filter((target) => target.getBoundingClientRect().height < least - 0.5)
    .map((target) => target.id || target.className || target.outerHTML);
}

function fitsWidth() {
  return document.documentElement.scrollWidth <= document.documentElement.clientWidth;
}
