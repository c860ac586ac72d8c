// Start of the page: sign in, or continue as who this tab was before the reload.

import { Conversation } from './conversation.js';
import { $, explain } from './dom.js';
import { forget, leaveNotice, makeUser, pageInfo, recall, remember, takeGuest, takeNotice, token } from './session.js';

let embedded = false;

function stay(message) {
  return Object.assign(new Error(message), { retryable: false });
}

function showSignIn(notice) {
  $('signin').hidden = false;
  $('signin-notice').hidden = !notice;
  $('signin-notice').textContent = notice ?? '';
  $('signin-lead').textContent = embedded
    ? 'Pick any name. This is a demo: the gateway makes a user for you.'
    : 'Sign in with an access token of your chat service.';
  $('token-field').hidden = embedded;
  $('name').focus();
}

/** A reload is the surest way to keep nothing of the user that leaves. */
function signOut(notice) {
  forget();
  leaveNotice(notice);
  location.reload();
}

/**
 * A token is used until it expires or is refused, so that reconnects need no new proof of it. Then one is made for a
 * made-up user; one that was pasted cannot be renewed.
 */
function tokenSource(userId, pasted) {
  let held = pasted;
  return async ({ reason }) => {
    const spent = reason === 'refused' || reason === 'expiring';
    if (spent && !embedded) {
      throw stay('The token was refused or has expired. Paste a new one.');
    }
    if (spent || !held) {
      held = undefined;
      held = await made(userId);
    }
    return held;
  };
}

function made(userId) {
  return token(userId).catch((error) => {
    throw error.status === 404 ? stay('This user is gone: the gateway was started anew without its data. Pick a name again.') : error;
  });
}

async function enter(session, pasted) {
  $('signin').hidden = true;
  const conversation = new Conversation({ session, embedded, getToken: tokenSource(session.userId, pasted), signOut });
  try {
    await conversation.start(session.thread);
  } catch (error) {
    signOut(explain(error));
  }
}

async function signIn(event) {
  event.preventDefault();
  const name = $('name').value.trim();
  const pasted = $('token').value.trim();
  if (!name || (!embedded && !pasted)) {
    showSignIn(name ? 'Paste a token first.' : 'A name is needed, so that others know who writes.');
    return;
  }
  $('signin-button').disabled = true;
  try {
    const session = { name };
    if (embedded) {
      session.userId = await makeUser(name);
      remember(session);
    }
    $('token').value = '';
    await enter(session, pasted);
  } catch (error) {
    showSignIn(error.message);
  } finally {
    $('signin-button').disabled = false;
  }
}

async function start() {
  try {
    ({ embedded } = await pageInfo());
  } catch {
    showSignIn('The gateway cannot be reached. Reload the page to try again.');
    return;
  }
  const session = embedded ? takeGuest() ?? recall() : undefined;
  if (session) {
    remember(session);
    await enter(session);
  } else {
    showSignIn(takeNotice());
  }
}

$('signin-form').addEventListener('submit', signIn);
// An invitation opened in a tab that has the page already.
window.addEventListener('hashchange', () => location.reload());
start();
