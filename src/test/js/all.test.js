// One file, so that one process sees all calls and can say which operation was forgotten.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { describe, it } from "node:test";
import "./identity.js";
import "./threads.js";
import "./messages.js";
import "./paging.js";
import { called, newUser } from "./clients.js";

const require = createRequire(import.meta.url);
const root = (name) => require.resolve(name).replace(new RegExp(`(${name})/.*`), "$1");

/** Public methods by the type declarations of the package: private ones are marked, nested ones indented deeper. */
function offered(className, packageName, path) {
  const declarations = readFileSync(join(root(packageName), path), "utf8");
  const body = declarations.split(`class ${className} {`)[1].split("\n}")[0];
  const names = [...body.matchAll(/^ {4}(\w+)\(/gm)].map((match) => match[1]);
  return new Set(names.filter((name) => name !== "constructor"));
}

describe("real-time notifications", () => {
  it("are refused by the client itself in Node", async () => {
    const { chat } = await newUser();
    const listener = () => {};
    await assert.rejects(chat.startRealtimeNotifications(), /not supported in node/);
    await assert.rejects(chat.stopRealtimeNotifications(), /not supported in node/);
    assert.throws(() => chat.on("chatMessageReceived", listener), /only supported in the browser/);
    assert.throws(() => chat.off("chatMessageReceived", listener), /only supported in the browser/);
  });
});

describe("coverage", () => {
  const chat = "@azure/communication-chat";
  const declarations = [
    ["ChatClient", chat, "dist/esm/chatClient.d.ts"],
    ["ChatThreadClient", chat, "dist/esm/chatThreadClient.d.ts"],
    ["CommunicationIdentityClient", "@azure/communication-identity", "types/communication-identity.d.ts"],
  ];
  for (const [className, packageName, path] of declarations) {
    it(`calls every public operation of ${className}`, () => {
      const names = offered(className, packageName, path);
      assert.ok(names.size > 4, "no operations found in the declarations");
      assert.deepEqual([...names].filter((name) => !called[className].has(name)), []);
    });
  }
});
