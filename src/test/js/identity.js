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

const GUID = "00000000-0000-0000-0000-000000000000";
const invalid = { statusCode: 400, code: "ValidationError" };
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
    for (const tokenExpiresInMinutes of [59, 1441]) {
      await assert.rejects(identity.getToken(user, ["chat"], { tokenExpiresInMinutes }), invalid);
      await assert.rejects(identity.createUserAndToken(["chat"], { tokenExpiresInMinutes }), invalid);
    }
  });

  it("refuses a token without scopes", async () => {
    const user = await identity.createUser();
    await assert.rejects(identity.getToken(user, []), invalid);
  });

  it("does not own identities of another resource", async () => {
    const foreign = { communicationUserId: `8:acs:${GUID}_${GUID}` };
    const notOwned = { statusCode: 401, code: "IdentityNotOwned" };
    await assert.rejects(identity.getToken(foreign, ["chat", "voip"]), notOwned);
    await assert.rejects(identity.revokeTokens(foreign), notOwned);
    await assert.rejects(identity.deleteUser(foreign), notOwned);
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

  it("refuses every Teams token: there is no Entra ID here that could issue a good one", async () => {
    const good = { clientId: GUID, userObjectId: GUID };
    for (const teamsUserAadToken of ["", "invalid", "a.b.c"]) {
      const refusal = { statusCode: 401, code: "InvalidAccessToken" };
      await assert.rejects(identity.getTokenForTeamsUser({ ...good, teamsUserAadToken }), refusal);
    }
    for (const bad of [{ clientId: "" }, { clientId: "bad" }, { userObjectId: "" }, { userObjectId: "bad" }]) {
      const options = { ...good, ...bad, teamsUserAadToken: "a.b.c" };
      await assert.rejects(identity.getTokenForTeamsUser(options), invalid);
    }
  });
});
