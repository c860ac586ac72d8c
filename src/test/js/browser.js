// What the browser build of the official client needs of a browser, in Node: run with --conditions=browser and
// --experimental-websocket. Import it before the client.
globalThis.self = globalThis;
globalThis.location ??= { hostname: "localhost", host: "localhost", protocol: "https:", href: "https://localhost/", origin: "https://localhost" };

/** XMLHttpRequest over fetch, as far as the client uses it. */
class Request {
  readyState = 0;
  status = 0;
  responseText = "";
  /** The client asks by this whether cross-origin requests are possible. */
  withCredentials = false;
  #headers = {};
  #abort = new AbortController();
  #listeners = {};

  open(method, url) {
    this.#abort = new AbortController();
    this.method = method;
    this.url = url;
    this.#change(1);
  }

  setRequestHeader(name, value) {
    this.#headers[name] = value;
  }

  addEventListener(name, listener) {
    (this.#listeners[name] ??= []).push(listener);
  }

  getResponseHeader(name) {
    return this.response?.headers.get(name) ?? null;
  }

  getAllResponseHeaders() {
    return [...(this.response?.headers ?? [])].map(([name, value]) => `${name}: ${value}\r\n`).join("");
  }

  abort() {
    this.#abort.abort();
  }

  async send(body) {
    const sent = this.#abort;
    const timer = this.timeout ? setTimeout(() => sent.abort(), this.timeout) : undefined;
    try {
      this.response = await fetch(this.url, {
        method: this.method,
        headers: this.#headers,
        body: body ?? undefined,
        signal: sent.signal,
      });
      this.responseText = await this.response.text();
      this.status = this.response.status;
      this.#change(4);
      this.#fire("load");
    } catch {
      this.status = 0;
      this.#change(4);
      this.#fire("error");
    } finally {
      clearTimeout(timer);
    }
  }

  #change(state) {
    this.readyState = state;
    this.#fire("readystatechange");
  }

  #fire(name) {
    this[`on${name}`]?.call(this, { target: this, type: name });
    (this.#listeners[name] ?? []).forEach((listener) => listener.call(this, { target: this, type: name }));
  }
}

globalThis.XMLHttpRequest = Request;
