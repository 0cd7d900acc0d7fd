/** Who is signed in, in the page's bar. A subscriber who is needs no access token. */
import { readSignIn, signOut } from './api.js';
import { byId, setText, show } from './dom.js';
import { toast } from './toast.js';

/** Shows it, and gives `{id, name, mail}`, or null while nobody is signed in. */
export async function loadAccount() {
  byId('sign-out').addEventListener('click', () => leave({}));
  byId('sign-out-everywhere').addEventListener('click', () => leave({ everywhere: true }));
  try {
    const { by_mail: byMail, signed_in: account } = await readSignIn();
    show(byId('sign-in'), byMail && !account);
    show(byId('account'), Boolean(account));
    if (account) setText(byId('account-name'), account.name);
    return account;
  } catch (problem) {
    toast(problem.message);
    return null;
  }
}

async function leave(where) {
  try {
    await signOut(where);
    window.location.assign('/');
  } catch (problem) {
    toast(problem.message);
  }
}
