// A scripted gateway: real WebSocket, answers given by the test.
import { once } from 'node:events';
import { WebSocketServer } from 'ws';

export class FakeGateway {
  connections = [];
  /** method -> (params, connection) => result; throw {code, message, data} to refuse; return undefined to stay silent. */
  answers = {
    authenticate: ({ token }) => ({
      user: { communicationIdentifier: { rawId: '8:acs:fake_ada', communicationUser: { id: '8:acs:fake_ada' } } },
      expiresOn: '2026-12-01T00:00:00Z',
      session: { heartbeatSeconds: 25, limits: {}, tokenSeen: token },
    }),
  };

  static async start() {
    const gateway = new FakeGateway();
    gateway.server = new WebSocketServer({
      host: '127.0.0.1',
      port: 0,
      handleProtocols: (offered) => (offered.has('json.chatgateway.v1') ? 'json.chatgateway.v1' : false),
    });
    await once(gateway.server, 'listening');
    gateway.server.on('connection', (socket) => gateway.#accept(socket));
    return gateway;
  }

  get url() {
    return `ws://127.0.0.1:${this.server.address().port}/ws`;
  }

  get last() {
    return this.connections.at(-1);
  }

  #accept(socket) {
    const connection = {
      socket,
      protocol: socket.protocol,
      requests: [],
      of: (method) => connection.requests.filter((request) => request.method === method),
      notify: (method, params) => socket.send(JSON.stringify({ jsonrpc: '2.0', method, params })),
      close: (code, reason) => socket.close(code, reason),
    };
    this.connections.push(connection);
    socket.on('message', (data) => this.#answer(connection, JSON.parse(String(data))));
    socket.on('close', (code) => {
      connection.closedWith = code;
    });
    this.onConnection?.(connection, this.connections.length);
  }

  #answer(connection, request) {
    connection.requests.push(request);
    const { id, method, params } = request;
    const reply = (body) => connection.socket.send(JSON.stringify({ jsonrpc: '2.0', id, ...body }));
    const answer = this.answers[method];
    if (!answer) {
      reply({ error: { code: -32601, message: `method: ${method} (unknown)` } });
      return;
    }
    try {
      const result = answer(params, connection);
      if (result !== undefined) {
        reply({ result });
      }
    } catch (error) {
      reply({ error: { code: error.code, message: error.message, data: error.data } });
    }
  }

  async stop() {
    for (const { socket } of this.connections) {
      socket.terminate();
    }
    this.server.close();
    await once(this.server, 'close');
  }
}

/** Settles with the first truthy value of `condition`, which is looked at again and again; fails after 10 s. */
export async function until(condition, what = String(condition)) {
  const end = Date.now() + 10_000;
  for (;;) {
    const value = condition();
    if (value) {
      return value;
    }
    if (Date.now() > end) {
      throw new Error(`not in 10 s: ${what}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
