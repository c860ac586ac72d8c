// What a client remembers of the events and messages of a thread.

/** Messages per thread whose newest state is remembered, so that it is not handed out again. */
const MAX_REMEMBERED = 512;

/** Announced holes per thread that are remembered. */
const MAX_HOLES = 64;

/** The numbers of a thread's events: consecutive, but for holes that were announced. */
export class Sequence {
  #next; // unknown before the first number
  #holes = [];

  start(seq) {
    this.#next = seq;
    this.#holes = [];
  }

  get next() {
    return this.#next;
  }

  announce(from, to) {
    this.#holes.push({ from, to });
    this.#holes.splice(0, this.#holes.length - MAX_HOLES);
    this.#skip();
  }

  /** Whether nothing is missing before this number. */
  take(seq) {
    if (this.#next === undefined || seq === this.#next) {
      this.#next = seq + 1;
      this.#skip();
      return true;
    }
    return seq < this.#next && this.#holes.some(({ from, to }) => from <= seq && seq <= to);
  }

  #skip() {
    for (let hole; (hole = this.#holes.find(({ from, to }) => from <= this.#next && this.#next <= to));) {
      this.#next = hole.to + 1;
    }
  }
}

/** The newest state of each message that the application has got; the messages seen longest ago are forgotten. */
export class HandedOut {
  #versions = new Map(); // message id -> version

  /** Whether the application has not got this state, nor a newer one; from now on it has. */
  isNews({ id, version }) {
    const held = this.#versions.get(id);
    if (held !== undefined && held >= Number(version)) {
      return false;
    }
    if (id !== undefined && version !== undefined) {
      this.#versions.delete(id);
      this.#versions.set(id, Number(version));
      if (this.#versions.size > MAX_REMEMBERED) {
        this.#versions.delete(this.#versions.keys().next().value);
      }
    }
    return true;
  }
}

/**
 * The messages of one thread as an application holds them: each in its newest state, in the order of their ids. Always
 * inserts by id and never appends, as states come in any order: the service lists by last change, so a page also brings old
 * messages that were edited or deleted lately, and events tell of changes of messages that were never loaded. A message
 * older than those that the pages have brought completely is kept but not listed before they reach it, so that the list has
 * no holes.
 */
export class ThreadMessages {
  #states = new Map(); // id -> newest state held
  #from = Infinity; // messages of this id and newer ones are complete; Infinity before the first page

  get(id) {
    return this.#states.get(id);
  }

  /** Begins anew with the messages of a subscribe result. `whole`: there are no others. */
  reset(messages, whole) {
    this.#states.clear();
    this.#from = whole ? 0 : Math.min(Infinity, ...messages.map(({ id }) => Number(id)));
    messages.forEach((message) => this.take(message));
  }

  /** Takes a page of listMessages; the pages are read in their order. `last`: it has no continuationToken. */
  takePage(messages, last) {
    messages.forEach((message) => this.take(message));
    // A version is never below its id: what is not listed yet has an id of at most the lowest version on the page.
    this.#from = last ? 0 : Math.min(this.#from, ...messages.map(({ version }) => Number(version)));
  }

  /** Takes a state unless the same or a newer one of its message is held; tells whether it did. */
  take(message) {
    const held = this.#states.get(message.id);
    if (held && Number(held.version) >= Number(message.version)) {
      return false;
    }
    this.#states.set(message.id, message);
    return true;
  }

  /** Oldest first. */
  get ordered() {
    const complete = ({ id }) => this.#from === Infinity || Number(id) >= this.#from;
    return [...this.#states.values()].filter(complete).sort((one, other) => Number(one.id) - Number(other.id));
  }
}
