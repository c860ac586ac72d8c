// The box to write in: sends, edits, and says that somebody is typing.

import { $ } from './dom.js';

/** The service counts typing signs per minute: as its own client does, one in 8 s is enough. */
const TYPING_EVERY_MS = 8_000;

export class Composer {
  #draft = $('draft');
  #actions;
  #edited;
  #kept = ''; // what was being written when an edit began
  #typedAt = 0;

  /** `actions`: send(text), save(message, text), typing(), last() -> own newest message. */
  constructor(actions) {
    this.#actions = actions;
    $('composer').addEventListener('submit', (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.#draft.addEventListener('keydown', (event) => this.#key(event));
    this.#draft.addEventListener('input', () => this.#changed());
    $('cancel-edit').addEventListener('click', () => this.reset());
    this.#changed(false);
  }

  focus() {
    this.#draft.focus();
  }

  get text() {
    return this.#edited ? this.#kept : this.#draft.value;
  }

  /** Another thread is shown: what was being written there is the caller's to keep. */
  start(text = '') {
    this.#edited = undefined;
    this.#set(text);
    $('editing').hidden = true;
    this.#typedAt = 0;
  }

  edit(message) {
    if (!this.#edited) {
      this.#kept = this.#draft.value;
    }
    this.#edited = message;
    this.#set(message.text);
    $('editing').hidden = false;
    this.focus();
    this.#draft.setSelectionRange(message.text.length, message.text.length);
  }

  /** Leaves the edit, if there is one, and goes back to what was being written. */
  reset() {
    this.start(this.#kept);
    this.#kept = '';
    this.focus();
  }

  /** The message being edited was deleted. */
  gone(id) {
    if (this.#edited?.id === id) {
      this.reset();
    }
  }

  #submit() {
    const text = this.#draft.value.trim();
    const message = this.#edited;
    if (!text) {
      return;
    }
    if (message) {
      this.reset();
      if (text !== message.text) {
        this.#actions.save(message, text);
      }
    } else {
      this.start('');
      this.#actions.send(text);
    }
  }

  #key(event) {
    if (event.isComposing) {
      return; // Enter chooses a word of an input method
    }
    if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      this.#submit();
    } else if (event.key === 'Escape' && this.#edited) {
      event.preventDefault();
      this.reset();
    } else if (event.key === 'ArrowUp' && !this.#draft.value) {
      const last = this.#actions.last();
      if (last) {
        event.preventDefault();
        this.edit(last);
      }
    }
  }

  #set(text) {
    this.#draft.value = text;
    this.#changed(false);
  }

  #changed(typed = true) {
    const empty = !this.#draft.value.trim();
    $('send').disabled = empty;
    if (!CSS.supports('field-sizing', 'content')) {
      this.#draft.style.height = 'auto';
      this.#draft.style.height = `${this.#draft.scrollHeight}px`;
    }
    if (typed && !empty && !this.#edited && Date.now() - this.#typedAt > TYPING_EVERY_MS) {
      this.#typedAt = Date.now();
      this.#actions.typing();
    }
  }
}
