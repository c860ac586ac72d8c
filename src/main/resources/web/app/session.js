// Who this tab is. Kept for reloads: id and name, never a token; that is asked for again.

const KEY = 'chat-gateway.session';
const NOTICE = 'chat-gateway.notice';

/** How people sign in here: { embedded } says that the gateway makes users and tokens itself. */
export async function pageInfo() {
  const response = await fetch('/page.json');
  return response.ok ? response.json() : { embedded: false };
}

export async function makeUser(displayName) {
  const { userId } = await post('/dev/users', displayName ? { displayName } : {});
  return userId;
}

export async function token(userId) {
  return (await post('/dev/token', { userId })).token;
}

async function post(path, body) {
  const response = await fetch(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) {
    const error = new Error(answer.error?.message ?? `The gateway answered ${response.status}.`);
    error.status = response.status;
    error.retryable = response.status >= 500 || response.status === 429;
    throw error;
  }
  return answer;
}

export function remember(session) {
  sessionStorage.setItem(KEY, JSON.stringify(session));
}

export function recall() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY)) ?? undefined;
  } catch {
    return undefined;
  }
}

export function forget() {
  sessionStorage.removeItem(KEY);
}

/** What the sign-in page says after the reload. */
export function leaveNotice(text) {
  if (text) {
    sessionStorage.setItem(NOTICE, text);
  }
}

export function takeNotice() {
  const text = sessionStorage.getItem(NOTICE);
  sessionStorage.removeItem(NOTICE);
  return text;
}

/** An invitation names guest and thread, nothing that is secret. It is in the fragment, so no server sees it. */
export function guestLink(guest, thread) {
  return `${location.origin}/#${new URLSearchParams({ guest, thread })}`;
}

/** The guest of the invitation in the address bar, which is then cleared: a reload goes by what is remembered. */
export function takeGuest() {
  const invitation = new URLSearchParams(location.hash.slice(1));
  const userId = invitation.get('guest');
  const thread = invitation.get('thread');
  if (!userId || !thread) {
    return undefined;
  }
  history.replaceState(null, '', location.pathname);
  return { userId, name: 'Guest', guest: true, thread };
}
