import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { AzureKeyCredential } from "@azure/core-auth";
import { CommunicationIdentityClient } from "@azure/communication-identity";
import { all, clientsOf, connectionString, identity } from "./clients.js";

const [, identityEndpoint, accessKey] = /^endpoint=(.+);accesskey=(.+)$/.exec(connectionString);
const MINUTE = 60_000;

function assertLife(expiresOn, minutes) {
  assert.ok(Math.abs(expiresOn.getTime() - Date.now() - minutes * MINUTE) < 2 * MINUTE, `expires ${expiresOn}`);
}

const refused = { statusCode: 401, code: "Unauthorized" };

describe("CommunicationIdentityClient", () => {
  it("creates a user", async () => {
    const user = await identity.createUser();
    assert.match(user.communicationUserId, /^8:acs:[0-9a-f-]{36}_[0-9a-f-]{36}$/);
  });

  it("creates a user with a token that works", async () => {
    const day = await identity.createUserAndToken(["chat", "voip"]);
    assertLife(day.expiresOn, 1440);
    assert.deepEqual(await all(clientsOf(day.token).chat.listChatThreads()), []);
    const hour = await identity.createUserAndToken(["chat"], { tokenExpiresInMinutes: 60 });
    assertLife(hour.expiresOn, 60);
  });

  it("issues and revokes tokens", async () => {
    const user = await identity.createUser();
    const old = await identity.getToken(user, ["chat"], { tokenExpiresInMinutes: 61 });
    assertLife(old.expiresOn, 61);
    assert.deepEqual(await all(clientsOf(old.token).chat.listChatThreads()), []);

    await identity.revokeTokens(user);
    await assert.rejects(all(clientsOf(old.token).chat.listChatThreads()), refused);
    const fresh = await identity.getToken(user, ["chat"]);
    assert.deepEqual(await all(clientsOf(fresh.token).chat.listChatThreads()), []);
  });

  it("issues tokens of the scopes that 2023-10-01 added", async () => {
    const { token } = await identity.createUserAndToken(["chat.join", "voip.join"]);
    const { chat } = clientsOf(token);
    assert.deepEqual(await all(chat.listChatThreads()), []);
    await assert.rejects(chat.createChatThread({ topic: "no" }), { statusCode: 403, code: "Forbidden" });
  });

  it("deletes a user with all its tokens", async () => {
    const { user, token } = await identity.createUserAndToken(["chat"]);
    await identity.deleteUser(user);
    await assert.rejects(all(clientsOf(token).chat.listChatThreads()), refused);
    await assert.rejects(identity.getToken(user, ["chat"]), { statusCode: 404, code: "NotFound" });
  });

  it("refuses a lifetime outside of an hour to a day", async () => {
    const user = await identity.createUser();
    await assert.rejects(identity.getToken(user, ["chat"], { tokenExpiresInMinutes: 59 }));
    await assert.rejects(identity.getToken(user, ["chat"], { tokenExpiresInMinutes: 1441 }));
  });

  it("refuses an unknown scope", async () => {
    const user = await identity.createUser();
    await assert.rejects(identity.getToken(user, ["email"]), { statusCode: 400, code: "BadRequest" });
  });

  it("takes a key credential, and only the right one", async () => {
    const right = new CommunicationIdentityClient(identityEndpoint, new AzureKeyCredential(accessKey));
    assert.ok((await right.createUser()).communicationUserId);
    const wrong = new CommunicationIdentityClient(
      identityEndpoint,
      new AzureKeyCredential(Buffer.from("not the key of this resource").toString("base64")),
    );
    await assert.rejects(wrong.createUser(), refused);
  });

  it("does not exchange Teams tokens, which needs Entra ID (docs/embedded.md)", async () => {
    const options = { teamsUserAadToken: "a.b.c", clientId: "app", userObjectId: "user" };
    await assert.rejects(identity.getTokenForTeamsUser(options), { statusCode: 404, code: "NotFound" });
  });
});
