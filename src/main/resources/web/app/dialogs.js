// The dialogs. Each is a native modal dialog, so focus stays inside and goes back where it came from.

import { $, announce, el, explain, toast } from './dom.js';
import { avatar } from './people.js';

for (const button of document.querySelectorAll('[data-close]')) {
  button.addEventListener('click', () => button.closest('dialog').close());
}

/** Opens a dialog whose form runs `submit`; a failure is told and leaves it open. */
function open(id, submit) {
  const dialog = $(id);
  const form = dialog.querySelector('form');
  form.onsubmit = async (event) => {
    event.preventDefault();
    const buttons = [...form.querySelectorAll('button:not([data-close])')].filter((button) => !button.disabled);
    buttons.forEach((button) => { button.disabled = true; });
    try {
      await submit(dialog);
    } catch (error) {
      toast(explain(error));
    } finally {
      buttons.forEach((button) => { button.disabled = false; });
    }
  };
  dialog.showModal();
  return dialog;
}

export function askTopic(create) {
  $('new-topic').value = '';
  open('new-dialog', async (dialog) => {
    await create($('new-topic').value.trim());
    dialog.close();
  });
}

/** `add({ id, name, history })` adds the guest and returns the link for it, or none if the id was given. */
export function askGuest(embedded, add) {
  $('invite-id-field').hidden = embedded;
  $('invite-id').required = !embedded;
  $('invite-id').value = '';
  $('invite-name').value = '';
  $('invite-result').hidden = true;
  $('invite-make').textContent = embedded ? 'Make a link' : 'Add';
  const dialog = open('invite-dialog', async () => {
    const name = $('invite-name').value.trim() || 'Guest';
    const link = await add({ id: $('invite-id').value.trim(), name, history: $('invite-history').checked });
    if (!link) {
      dialog.close();
      return;
    }
    $('invite-who').textContent = name;
    $('invite-link').value = link;
    $('invite-open').href = link;
    $('invite-result').hidden = false;
    $('invite-make').textContent = 'Make another';
    $('invite-name').value = '';
    $('invite-link').select();
    announce(`Link for ${name} made.`);
  });
  $('invite-copy').onclick = async () => {
    await navigator.clipboard.writeText($('invite-link').value);
    announce('Link copied.');
    $('invite-copy').textContent = 'Copied';
    setTimeout(() => { $('invite-copy').textContent = 'Copy'; }, 2_000);
  };
}

/** `actions`: rename(topic), remove(userId), deleteThread(). */
export function showDetails(thread, me, actions) {
  $('details-topic').value = thread.topic;
  showPeople(thread, me, actions.remove);
  const dialog = open('details-dialog', async () => {
    await actions.rename($('details-topic').value.trim());
    dialog.close();
  });
  $('delete-thread').onclick = () => {
    dialog.close();
    actions.deleteThread();
  };
}

/** Also called while the dialog is open and the roster moves. */
export function showPeople(thread, me, remove) {
  $('people').replaceChildren(...[...thread.present].map((id) => {
    const name = thread.nameOf(id);
    const label = id === me ? 'Leave' : 'Remove';
    return el('li', {},
      avatar(id, name),
      el('span', { class: 'who' },
        el('span', {}, id === me ? `${name} (you)` : name),
        el('span', { class: 'hint' }, id)),
      el('button', {
        class: 'quiet',
        type: 'button',
        'aria-label': id === me ? 'Leave this thread' : `Remove ${name}`,
        click: () => remove(id),
      }, label));
  }));
}

/** Settles with whether the person agreed. */
export function confirm(title, text, yes) {
  $('confirm-title').textContent = title;
  $('confirm-text').textContent = text;
  $('confirm-yes').textContent = yes;
  return new Promise((resolve) => {
    const dialog = open('confirm-dialog', async () => {
      resolve(true);
      dialog.close();
    });
    dialog.addEventListener('close', () => resolve(false), { once: true });
  });
}
