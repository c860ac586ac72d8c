"""What the scripts share: the target from the environment, users, and a record of the operations that were called."""
import inspect
import os
from collections import namedtuple

from azure.communication.chat import ChatClient, CommunicationTokenCredential
from azure.communication.identity import CommunicationIdentityClient

ENDPOINT = os.environ["CHAT_ENDPOINT"]
CONNECTION_STRING = os.environ["COMMUNICATION_CONNECTION_STRING"]

User = namedtuple("User", "identifier token chat")


class Recorded:
    """Passes everything on to the client itself and notes the names of the operations called."""

    called = {}

    def __init__(self, client):
        self._client = client
        self._names = Recorded.called.setdefault(type(client), set())

    def __getattr__(self, name):
        member = getattr(self._client, name)
        self._names.add(name)
        return member


def identity_client():
    return Recorded(CommunicationIdentityClient.from_connection_string(CONNECTION_STRING))


def chat_client(token):
    return Recorded(ChatClient(ENDPOINT, CommunicationTokenCredential(token)))


def new_user(scopes=("chat",)):
    identifier, token = identity_client().create_user_and_token(list(scopes))
    return User(identifier, token.token, chat_client(token.token))


def thread_client(user, thread_id):
    return Recorded(user.chat.get_chat_thread_client(thread_id))


def forgotten(client_type):
    """Public operations of a client that nothing called; close belongs to the process, not to the service."""
    offered = {
        name
        for name, member in inspect.getmembers(client_type)
        if not name.startswith("_") and (callable(member) or isinstance(member, property))
    }
    return offered - Recorded.called.get(client_type, set()) - {"close", "from_connection_string"}
