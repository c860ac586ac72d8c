// A web server for development: bundles and serves the page, and makes users and tokens, which a page cannot do itself.
// It gives a token to everybody who asks. Your own server knows its users and checks them before.
import { readFile } from "node:fs/promises";
import http from "node:http";
import { fileURLToPath } from "node:url";
import path from "node:path";
import { ChatClient } from "@azure/communication-chat";
import { AzureCommunicationTokenCredential } from "@azure/communication-common";
import { CommunicationIdentityClient } from "@azure/communication-identity";
import esbuild from "esbuild";

// The one line: the gateway in the place of https://<resource>.communication.azure.com.
const endpoint = process.env.CHAT_ENDPOINT ?? "https://localhost:8443";

const here = path.dirname(fileURLToPath(import.meta.url));
/** Where a gateway that was started in the root of the repository keeps its files. */
const data = process.env.GATEWAY_DATA ?? path.join(here, "../../data");
const port = Number(process.env.PORT ?? 3000);
const MAX_BODY = 10_000;

// The development authority, for this process alone. In front of Azure neither line is needed.
const ca = await optional(path.join(data, "tls/ca.pem"));
const options = ca ? { tlsOptions: { ca } } : {};

const identity = new CommunicationIdentityClient(await connectionString(), options);
/** Thread id to the id of the user who made it, and who adds the others. */
const creators = new Map();
const endpoints = endpoint.split(",");
let joined = 0;

async function optional(file) {
  try {
    return await readFile(file, "utf8");
  } catch {
    return "";
  }
}

/** That of the embedded service, unless the environment names another. */
async function connectionString() {
  const given = process.env.COMMUNICATION_CONNECTION_STRING;
  const key = given ? "" : (await optional(path.join(data, "embedded.key"))).trim();
  if (!given && !key) {
    throw new Error(`${data} has no embedded.key: start the gateway, or set COMMUNICATION_CONNECTION_STRING`);
  }
  return given ?? `endpoint=https://localhost:9443/;accesskey=${key}`;
}

async function join({ displayName, threadId }) {
  // Several endpoints, separated by commas, are taken in turn: nodes of one cluster.
  const chosen = endpoints[joined++ % endpoints.length];
  const { user, token } = await identity.createUserAndToken(["chat"]);
  const userId = user.communicationUserId;
  const participants = [{ id: user, displayName }];
  if (!threadId) {
    const { chatThread } = await chatClient(chosen, token).createChatThread({ topic: "Lunch" }, { participants });
    creators.set(chatThread.id, userId);
    return { endpoint: chosen, userId, token, threadId: chatThread.id };
  }
  const creator = creators.get(threadId);
  if (!creator) {
    throw new Error("This chat is not known any more. Start a new one.");
  }
  const creatorsToken = (await newToken({ userId: creator })).token;
  await chatClient(chosen, creatorsToken).getChatThreadClient(threadId).addParticipants({ participants });
  return { endpoint: chosen, userId, token, threadId };
}

async function newToken({ userId }) {
  const { token } = await identity.getToken({ communicationUserId: userId }, ["chat"]);
  return { token };
}

function chatClient(at, token) {
  return new ChatClient(at, new AzureCommunicationTokenCredential(token), options);
}

const bundle = await esbuild.context({
  entryPoints: [path.join(here, "src/app.jsx")],
  bundle: true,
  format: "esm",
  jsx: "automatic",
  minify: true,
  define: { "process.env.NODE_ENV": '"production"' },
  // Peer dependencies that are not openly licensed; a chat needs nothing of them.
  external: ["@azure/communication-calling", "@azure/communication-calling-effects"],
  write: false,
  logLevel: "warning",
});

const pages = {
  "/": ["text/html; charset=utf-8", () => readFile(path.join(here, "index.html"))],
  // Bundled anew for each load of the page.
  "/app.js": ["text/javascript", async () => (await bundle.rebuild()).outputFiles[0].contents],
};
const calls = { "/join": join, "/token": newToken };

async function bodyOf(request) {
  let text = "";
  for await (const part of request) {
    text += part;
    if (text.length > MAX_BODY) {
      throw new Error("The request is too long.");
    }
  }
  return JSON.parse(text);
}

async function answer(request, response) {
  const { pathname } = new URL(request.url, "http://localhost");
  // Another site's page must not make users here, also not under a name that leads to this machine.
  const { host, origin } = request.headers;
  const own = /^(127\.0\.0\.1|localhost):\d+$/.test(host) && (!origin || origin === `http://${host}`);
  if (request.method === "GET" && pages[pathname]) {
    const [type, content] = pages[pathname];
    response.writeHead(200, { "Content-Type": type, "Cache-Control": "no-store" }).end(await content());
  } else if (request.method === "POST" && calls[pathname] && own) {
    const result = JSON.stringify(await calls[pathname](await bodyOf(request)));
    response.writeHead(200, { "Content-Type": "application/json" }).end(result);
  } else {
    response.writeHead(404).end("There is nothing here.");
  }
}

const server = http.createServer((request, response) => {
  answer(request, response).catch((error) => {
    console.error(error);
    response.writeHead(500).end(error.message);
  });
});
server.listen(port, "127.0.0.1", () => {
  console.log(`http://127.0.0.1:${server.address().port}/ with the endpoint ${endpoint}`);
});
