// Microsoft's ChatComposite, unmodified. What it needs to know of the gateway is its endpoint, which server.js names.
import { AzureCommunicationTokenCredential } from "@azure/communication-common";
import { ChatComposite, createAzureCommunicationChatAdapter } from "@azure/communication-react";
import { useEffect, useState } from "react";
import { createRoot } from "react-dom/client";

const threadOfLink = new URLSearchParams(location.search).get("thread");

async function post(path, body) {
  const response = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!response.ok) {
    throw new Error(await response.text());
  }
  return response.json();
}

/** Becomes a member of the thread of the link, or of a new one. */
async function join(displayName) {
  const { endpoint, userId, threadId, token } = await post("/join", { displayName, threadId: threadOfLink });
  const adapter = await createAzureCommunicationChatAdapter({
    endpoint,
    threadId,
    userId: { communicationUserId: userId },
    displayName,
    credential: new AzureCommunicationTokenCredential({
      token,
      // Asked for shortly before a token ends, also while the page sleeps and wakes up.
      tokenRefresher: async () => (await post("/token", { userId })).token,
    }),
  });
  history.replaceState(null, "", `?thread=${encodeURIComponent(threadId)}`);
  // For the console of the browser: chat.sendMessage("hello"), chat.setTopic("Dinner"), chat.getState()
  globalThis.chat = adapter;
  return adapter;
}

function Welcome({ onJoined }) {
  const [problem, setProblem] = useState("");
  const submit = async (event) => {
    event.preventDefault();
    try {
      onJoined(await join(new FormData(event.target).get("name")));
    } catch (error) {
      setProblem(error.message);
    }
  };
  return (
    <form onSubmit={submit}>
      <label htmlFor="name">Your name</label>
      <input id="name" name="name" required maxLength="50" autoFocus />
      <button>{threadOfLink ? "Join the chat" : "Start a chat"}</button>
      <span role="alert">{problem}</span>
    </form>
  );
}

/** Who takes part, and the topic: both change while one looks. */
function Bar({ adapter }) {
  const [thread, setThread] = useState(adapter.getState().thread);
  useEffect(() => {
    const changed = (state) => setThread(state.thread);
    adapter.onStateChange(changed);
    return () => adapter.offStateChange(changed);
  }, [adapter]);
  const submit = (event) => {
    event.preventDefault();
    adapter.setTopic(new FormData(event.target).get("topic"));
    event.target.reset();
  };
  const names = Object.values(thread.participants).map((participant) => participant.displayName).sort();
  return (
    <header>
      <span id="participants">{names.join(", ")}</span>
      <a href={location.href} target="_blank" rel="noreferrer">Invite: open this link as somebody else</a>
      <form onSubmit={submit}>
        <input name="topic" aria-label="New topic" placeholder="New topic" required maxLength="250" />
        <button>Rename</button>
      </form>
    </header>
  );
}

function App() {
  const [adapter, setAdapter] = useState();
  if (!adapter) {
    return <Welcome onJoined={setAdapter} />;
  }
  return (
    <>
      <Bar adapter={adapter} />
      <div className="chat">
        <ChatComposite adapter={adapter} />
      </div>
    </>
  );
}

createRoot(document.getElementById("app")).render(<App />);
