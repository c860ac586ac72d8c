"""Debian's python3-azure against the service: the chat quickstart in its order, then every other operation.

Needs CHAT_ENDPOINT, COMMUNICATION_CONNECTION_STRING and REQUESTS_CA_BUNDLE in the environment; JUnit's PythonClientIT runs it.
"""
import os
import unittest
import uuid
from datetime import datetime, timedelta, timezone

os.environ.setdefault("SSL_CERT_FILE", os.environ["REQUESTS_CA_BUNDLE"])  # read by the asynchronous clients

from azure.communication.chat import ChatClient, ChatMessageType, ChatParticipant, ChatThreadClient
from azure.communication.chat.aio import ChatClient as AsyncChatClient
from azure.communication.chat.aio import ChatThreadClient as AsyncChatThreadClient
from azure.communication.chat.aio import CommunicationTokenCredential as AsyncCredential
from azure.communication.identity import CommunicationIdentityClient, CommunicationUserIdentifier
from azure.communication.identity.aio import CommunicationIdentityClient as AsyncIdentityClient
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError, ResourceNotFoundError

import clients
from clients import Recorded, identity_client, new_user, thread_client

GUID = "00000000-0000-0000-0000-000000000000"
NO_THREAD = "19:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA1@thread.v2"


def ids(participants):
    return sorted(participant.identifier.properties["id"] for participant in participants)


def user_id(user):
    return user.identifier.properties["id"]


class Quickstart(unittest.TestCase):
    """The steps of the Python quickstart of the chat service, in their order."""

    def test_every_step(self):
        self.me = new_user()
        self.create_threads()
        self.list_threads()
        self.messages()
        self.receipts_and_typing()
        self.participants()
        self.delete()

    def create_threads(self):
        without = self.me.chat.create_chat_thread("test topic").chat_thread
        self.assertEqual("test topic", without.topic)
        self.assertEqual(user_id(self.me), without.created_by.properties["id"])
        fred = ChatParticipant(
            identifier=identity_client().create_user(),
            display_name="Fred Flintstone",
            share_history_time=datetime.utcnow(),
        )
        token = str(uuid.uuid4())
        created = self.me.chat.create_chat_thread("test topic", thread_participants=[fred], idempotency_token=token)
        again = self.me.chat.create_chat_thread("test topic", thread_participants=[fred], idempotency_token=token)
        self.assertEqual(created.chat_thread.id, again.chat_thread.id)
        self.assertNotEqual(created.chat_thread.id, without.id)
        self.assertIsNone(created.errors)
        self.thread = thread_client(self.me, created.chat_thread.id)
        self.assertEqual(created.chat_thread.id, self.thread.thread_id)
        self.assertEqual("test topic", self.thread.get_properties().topic)

    def list_threads(self):
        start = datetime.utcnow() - timedelta(days=2)
        pages = self.me.chat.list_chat_threads(results_per_page=5, start_time=start).by_page()
        found = [item.id for page in pages for item in page]
        self.assertEqual(2, len(found))
        self.assertIn(self.thread.thread_id, found)
        one_by_one = [list(page) for page in self.me.chat.list_chat_threads(results_per_page=1).by_page()]
        self.assertEqual(found, [item.id for page in one_by_one for item in page])

    def messages(self):
        first = self.thread.send_message(
            "hello world", sender_display_name="sender name", chat_message_type=ChatMessageType.TEXT
        ).id
        second = self.thread.send_message("<b>hello</b>", chat_message_type="html", metadata={"tag": "a=b"}).id
        read = self.thread.get_message(first)
        self.assertEqual("hello world", read.content.message)
        self.assertEqual("sender name", read.sender_display_name)
        self.assertEqual(user_id(self.me), read.sender.properties["id"])
        self.assertEqual(ChatMessageType.TEXT, read.type)
        self.assertEqual({"tag": "a=b"}, self.thread.get_message(second).metadata)
        self.assertIsNone(read.edited_on)
        start = datetime.utcnow() - timedelta(days=1)
        listed = list(self.thread.list_messages(results_per_page=1, start_time=start))
        self.assertEqual(
            [
                ("4", ChatMessageType.HTML),
                ("3", ChatMessageType.TEXT),
                ("2", ChatMessageType.TOPIC_UPDATED),
                ("1", ChatMessageType.PARTICIPANT_ADDED),
            ],
            [(message.sequence_id, message.type) for message in listed],
        )
        self.assertEqual(2, len(listed[-1].content.participants))
        self.assertEqual(user_id(self.me), listed[-1].content.initiator.properties["id"])
        self.thread.update_topic("updated topic")
        self.assertEqual("updated topic", self.thread.get_properties().topic)
        self.thread.update_message(first, "updated message content")
        updated = self.thread.get_message(first)
        self.assertEqual("updated message content", updated.content.message)
        self.assertGreaterEqual(updated.edited_on, updated.created_on)
        self.assertGreater(int(updated.version), int(first))
        self.message = first

    def receipts_and_typing(self):
        self.assertIsNone(self.thread.send_read_receipt(self.message))
        receipts = list(self.thread.list_read_receipts(results_per_page=5, skip=0))
        self.assertEqual(
            [(user_id(self.me), self.message)],
            [(receipt.sender.properties["id"], receipt.chat_message_id) for receipt in receipts],
        )
        self.assertLess(abs(datetime.now(timezone.utc) - receipts[0].read_on), timedelta(minutes=2))
        self.assertIsNone(self.thread.send_typing_notification())
        self.assertIsNone(self.thread.send_typing_notification(sender_display_name="me"))
        self.thread.delete_message(self.message)
        deleted = self.thread.get_message(self.message)
        self.assertIsNotNone(deleted.deleted_on)
        self.assertEqual("", deleted.content.message)

    def participants(self):
        wilma, barney = new_user(), new_user()
        resource = user_id(wilma).split("_")[0]
        unknown = CommunicationUserIdentifier("{}_{}".format(resource, uuid.uuid4()))
        added = [
            ChatParticipant(identifier=wilma.identifier, display_name="Wilma", share_history_time=datetime.utcnow()),
            ChatParticipant(identifier=barney.identifier, display_name="Barney"),
        ]
        self.assertEqual([], self.thread.add_participants(added))
        failed = self.thread.add_participants([ChatParticipant(identifier=unknown), added[0]])
        self.assertEqual(
            [(unknown.properties["id"], "404")],
            [(participant.identifier.properties["id"], error.code) for participant, error in failed],
        )
        partly = self.me.chat.create_chat_thread("partly", thread_participants=[ChatParticipant(identifier=unknown)])
        self.assertEqual([user_id(self.me)], ids(thread_client(self.me, partly.chat_thread.id).list_participants()))
        self.assertEqual(4, len(list(self.thread.list_participants(results_per_page=1))))
        self.assertEqual(3, len(list(self.thread.list_participants(results_per_page=2, skip=1))))
        self.thread.remove_participant(wilma.identifier)
        self.assertNotIn(user_id(wilma), ids(self.thread.list_participants()))

    def delete(self):
        self.me.chat.delete_chat_thread(self.thread.thread_id)
        with self.assertRaises(ResourceNotFoundError):
            list(self.thread.list_messages())


class Pages(unittest.TestCase):
    def test_full_last_page_of_participants_has_no_next_page(self):
        me, bob = new_user(), new_user()
        thread_id = me.chat.create_chat_thread("pages").chat_thread.id
        thread = thread_client(me, thread_id)
        thread.add_participants([ChatParticipant(identifier=bob.identifier)])
        pages = [list(page) for page in thread.list_participants(results_per_page=1, skip=1).by_page()]
        self.assertEqual([[user_id(bob)]], [ids(page) for page in pages])


class Identity(unittest.TestCase):
    def test_tokens(self):
        identity = identity_client()
        user = identity.create_user()
        token = identity.get_token(user, ["chat"], token_expires_in=timedelta(minutes=60)).token
        self.assertEqual([], list(clients.chat_client(token).list_chat_threads()))
        identity.revoke_tokens(user)
        with self.assertRaises(ClientAuthenticationError):
            list(clients.chat_client(token).list_chat_threads())
        identity.delete_user(user)
        with self.assertRaises(ResourceNotFoundError):
            identity.get_token(user, ["chat"])

    def test_what_is_refused(self):
        identity = identity_client()
        user = identity.create_user()
        for minutes in (59, 1441):
            with self.assertRaises(HttpResponseError) as refused:
                identity.get_token(user, ["chat"], token_expires_in=timedelta(minutes=minutes))
            self.assertEqual(400, refused.exception.status_code)
            self.assertEqual("ValidationError", refused.exception.error.code)
        with self.assertRaises(HttpResponseError) as refused:
            identity.get_token(user, [])
        self.assertEqual("ValidationError", refused.exception.error.code)

    def test_identity_of_another_resource_is_not_owned(self):
        identity = identity_client()
        foreign = CommunicationUserIdentifier("8:acs:{0}_{0}".format(GUID))
        for call in (
            lambda: identity.get_token(foreign, ["chat"]),
            lambda: identity.revoke_tokens(foreign),
            lambda: identity.delete_user(foreign),
        ):
            with self.assertRaises(ClientAuthenticationError) as refused:
                call()
            self.assertEqual("IdentityNotOwned", refused.exception.error.code)

    def test_teams_exchange_refuses_every_token(self):
        """There is no Entra ID here that could issue a good one."""
        identity = identity_client()
        for token in ("", "invalid", "a.b.c"):
            with self.assertRaises(ClientAuthenticationError) as refused:
                identity.get_token_for_teams_user(token, GUID, GUID)
            self.assertEqual("InvalidAccessToken", refused.exception.error.code)
        for client_id, user_id in (("", GUID), ("bad", GUID), (GUID, ""), (GUID, "bad")):
            with self.assertRaises(HttpResponseError) as refused:
                identity.get_token_for_teams_user("a.b.c", client_id, user_id)
            self.assertEqual(400, refused.exception.status_code)
            self.assertEqual("ValidationError", refused.exception.error.code)


class Errors(unittest.TestCase):
    def test_statuses(self):
        alice, outsider = new_user(), new_user()
        thread_id = alice.chat.create_chat_thread("errors").chat_thread.id
        thread = thread_client(alice, thread_id)
        for call, status in (
            (lambda: thread_client(outsider, thread_id).get_properties(), 403),
            (lambda: thread_client(outsider, thread_id).send_message("hi"), 403),
            (lambda: thread_client(alice, NO_THREAD).get_properties(), 404),
            (lambda: thread.get_message("1600000000000"), 404),
            (lambda: thread.send_message("x" * (28 * 1024 + 1)), 400),
            (lambda: alice.chat.create_chat_thread("x" * 251), 400),
            (lambda: new_user(["chat.join"]).chat.create_chat_thread("no"), 403),
        ):
            with self.assertRaises(HttpResponseError) as refused:
                call()
            self.assertEqual(status, refused.exception.status_code)
            self.assertTrue(refused.exception.error is None or refused.exception.error.code)


class AsyncClients(unittest.IsolatedAsyncioTestCase):
    """The same routes through aiohttp, which writes its requests differently."""

    async def test_all_operations(self):
        async with AsyncIdentityClient.from_connection_string(clients.CONNECTION_STRING) as identity:
            identity = Recorded(identity)
            user, token = await identity.create_user_and_token(["chat"])
            bob = await identity.create_user()
            await identity.get_token(bob, ["chat"])
            async with AsyncChatClient(clients.ENDPOINT, AsyncCredential(token.token)) as chat:
                await self.chat(Recorded(chat), user, bob)
            await identity.revoke_tokens(user)
            await identity.delete_user(bob)
            with self.assertRaises(ClientAuthenticationError):
                await identity.get_token_for_teams_user("a.b.c", GUID, GUID)

    async def chat(self, chat, user, bob):
        created = await chat.create_chat_thread("async")
        self.assertEqual([created.chat_thread.id], [item.id async for item in chat.list_chat_threads()])
        async with chat.get_chat_thread_client(created.chat_thread.id) as client:
            thread = Recorded(client)
            self.assertEqual(created.chat_thread.id, thread.thread_id)
            self.assertEqual([], await thread.add_participants([ChatParticipant(identifier=bob)]))
            self.assertEqual(2, len([p async for p in thread.list_participants(results_per_page=1)]))
            await thread.remove_participant(bob)
            await thread.update_topic("renamed")
            self.assertEqual("renamed", (await thread.get_properties()).topic)
            await self.message(thread)
        await chat.delete_chat_thread(created.chat_thread.id)

    async def message(self, thread):
        sent = await thread.send_message("one")
        await thread.update_message(sent.id, "two")
        self.assertEqual("two", (await thread.get_message(sent.id)).content.message)
        self.assertEqual(6, len([m async for m in thread.list_messages(results_per_page=1)]))
        await thread.send_read_receipt(sent.id)
        self.assertEqual([sent.id], [r.chat_message_id async for r in thread.list_read_receipts()])
        await thread.send_typing_notification()
        await thread.delete_message(sent.id)
        self.assertIsNotNone((await thread.get_message(sent.id)).deleted_on)


class ZCoverage(unittest.TestCase):
    """Last by its name: what the clients offer and nothing above called."""

    def test_nothing_is_forgotten(self):
        for client in (
            ChatClient,
            ChatThreadClient,
            CommunicationIdentityClient,
            AsyncChatClient,
            AsyncChatThreadClient,
            AsyncIdentityClient,
        ):
            self.assertEqual(set(), clients.forgotten(client), client)


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")  # clients that live as long as the process
