// Gives the functions of realtime.js to the test that drives the page.
import { Client, newToken, until } from "../realtime.js";
import { AzureCommunicationTokenCredential } from "@azure/communication-common";

globalThis.signIn = async (id) => {
  globalThis.client = new Client(id, new AzureCommunicationTokenCredential(await newToken(id)));
  await globalThis.client.start();
};
globalThis.texts = () => globalThis.client.texts();
globalThis.waitForTexts = async (count, limitMs) => {
  await until(`${count} messages, has ${globalThis.client.texts()}`, () => globalThis.client.texts().length >= count, limitMs);
};
