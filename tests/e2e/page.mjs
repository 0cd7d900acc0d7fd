/**
 * A person with a browser: opens a conference's URL, types a number, presses *Call me*, sees what
 * happens, and hangs up. Prints what was seen as JSON.
 *
 *   node page.mjs URL NUMBER [--cancel]
 */
import { Browser } from '../web/support/chromium.mjs';

const [url, number, option] = process.argv.slice(2);
const browser = await Browser.launch();
try {
  console.log(JSON.stringify(await joinByPhone(await browser.newPage({ width: 390 }))));
} finally {
  await browser.close();
}

async function joinByPhone(page) {
  await page.goto(url);
  await page.visible('#call[data-state="idle"]');
  await page.evaluate(rememberStates);
  await page.fill('#number', number);
  await page.click('#call-me');
  const seen = {};
  if (option === '--cancel') {
    await page.visible('#call[data-state="ringing"]');
    await page.click('#cancel');
  } else {
    const reached = await page.until(settled);
    if (reached === 'in') {
      await page.until((speaking) => document.querySelector(speaking), '#people [data-speaking="true"]');
      seen.present = await page.text('#present');
      seen.status = await page.text('#call-status');
      await page.click('#hang-up');
    }
  }
  await page.visible('#call[data-state="ended"]');
  seen.states = await page.evaluate(() => window.states);
  seen.ending = await page.evaluate(() => document.querySelector('#call').dataset.ending);
  seen.title = await page.text('#ending-title');
  seen.complaints = page.complaints;
  return seen;
}

/* The functions below run in the page. */

/** Keeps every state of the call, however short, in `window.states`. */
function rememberStates() {
  const call = document.querySelector('#call');
  window.states = [];
  new MutationObserver((changes) => {
    window.states.push(...changes.map(({ oldValue }) => oldValue).slice(1), call.dataset.state);
  }).observe(call, { attributes: true, attributeFilter: ['data-state'], attributeOldValue: true });
}

function settled() {
  const { state } = document.querySelector('#call').dataset;
  return ['in', 'ended'].includes(state) && state;
}
