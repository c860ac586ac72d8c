/** Types of client.js, the client of the chat gateway (subprotocol json.chatgateway.v1). */

/** An identifier as the chat service's REST API spells it. */
export interface CommunicationIdentifier {
  rawId?: string;
  communicationUser?: { id: string };
  microsoftTeamsUser?: { userId: string; isAnonymous?: boolean; cloud?: string };
  phoneNumber?: { value: string };
}

/** An identifier as events carry it. */
export type CommunicationIdentifierKind =
  | { kind: 'communicationUser'; communicationUserId: string }
  | { kind: 'microsoftTeamsUser'; rawId: string; microsoftTeamsUserId: string; isAnonymous: boolean; cloud: string }
  | { kind: 'phoneNumber'; rawId: string; phoneNumber: string }
  | { kind: 'unknown'; id: string };

export type RetentionPolicy = { kind: 'none' } | { kind: 'threadCreationDate'; deleteThreadAfterDays: number };

export interface ChatParticipant {
  communicationIdentifier: CommunicationIdentifier;
  displayName?: string;
  /** Messages before it are hidden from the participant; RFC 3339. */
  shareHistoryTime?: string;
  metadata?: Record<string, string>;
}

export interface ChatThreadProperties {
  id: string;
  topic: string;
  createdOn: string;
  createdByCommunicationIdentifier: CommunicationIdentifier;
  deletedOn?: string;
  metadata?: Record<string, string>;
  retentionPolicy?: RetentionPolicy;
}

export interface ChatThreadItem {
  id: string;
  topic: string;
  deletedOn?: string;
  lastMessageReceivedOn?: string;
}

export interface ChatMessage {
  /** Arrival time in epoch milliseconds, unique in its thread. */
  id: string;
  type: 'text' | 'html' | 'topicUpdated' | 'participantAdded' | 'participantRemoved';
  sequenceId: string;
  /** Epoch milliseconds of the last change; the id until the first. The higher version of an id is the newer state. */
  version: string;
  createdOn: string;
  content?: {
    message?: string;
    topic?: string;
    participants?: ChatParticipant[];
    initiatorCommunicationIdentifier?: CommunicationIdentifier;
    attachments?: unknown[];
  };
  senderDisplayName?: string;
  senderCommunicationIdentifier?: CommunicationIdentifier;
  editedOn?: string;
  deletedOn?: string;
  metadata?: Record<string, string>;
}

export interface ChatMessageReadReceipt {
  senderCommunicationIdentifier: CommunicationIdentifier;
  chatMessageId: string;
  readOn: string;
}

export interface ServiceError {
  code: string;
  message: string;
  target?: string;
  details?: ServiceError[];
}

export interface Page<T> {
  value: T[];
  /** Absent on the last page. */
  continuationToken?: string;
}

export interface Freshness {
  /** `degraded`: the gateway cannot have the thread's events in time now; it goes on trying. */
  source: 'poll' | 'digest' | 'push' | 'degraded';
  /** How old a change may be before its event goes out. */
  maxStalenessMs: number;
}

export type EventGroup = 'messages' | 'edits' | 'receipts' | 'typing' | 'participants' | 'properties';

export interface SubscribeResult {
  /** Opaque position. The client keeps it, and continues from it after a reconnect. */
  cursor: string;
  properties?: ChatThreadProperties;
  /** The newest by id, newest first, if a limit was given. */
  messages?: ChatMessage[];
  /** Number of the next event. The client counts; see the events `gap` and `resync`. */
  seq?: number;
  recovered?: 'complete' | 'resync';
  /** Edits and deletes of messages before it may go unnoticed; RFC 3339. */
  horizon?: string;
  /** How old an edit or delete of any message since the horizon may be when it is told; the newest messages are sooner. */
  horizonStalenessMs?: number;
  freshness?: Freshness;
}

/**
 * The messages of one thread as an application holds them: each in its newest state, in the order of their ids, without
 * holes, whatever the order in which pages and events bring them.
 */
export class ThreadMessages<M extends { id: string; version: string | number } = ChatMessage> {
  get(id: string): M | undefined;
  /** Begins anew with the messages of a subscribe result. `whole`: there are no others. */
  reset(messages: M[], whole: boolean): void;
  /** Takes a page of listMessages; the pages are read in their order. `last`: it has no continuationToken. */
  takePage(messages: M[], last: boolean): void;
  /** Takes a state, say of an event, unless the same or a newer one is held; tells whether it did. */
  take(message: M): boolean;
  /** Oldest first. A message older than the pages have come is held, but not listed before they reach it. */
  readonly ordered: M[];
}

/** A thread of the user's inbox. */
export interface InboxThread {
  threadId: string;
  topic: string;
  /** The message with the highest id; null where it is not known, say behind very many edits of old messages. */
  lastMessage?: ChatMessage | null;
  /** 0 to 100, and 100 means 100 or more; null where it is not known. Own and system messages do not count. */
  unreadCount?: number | null;
  lastReadMessageId?: string | null;
  lastMessageReceivedOn?: string | null;
}

export interface SendMessageResult {
  id: string;
  /** The one given, or the one that the client made. */
  clientMessageId: string;
  /** An earlier attempt may have been done as well: the message may be there twice. */
  inDoubt: boolean;
}

interface ThreadEvent {
  threadId: string;
  cursor?: string;
  seq?: number;
}

interface MessageEvent extends ThreadEvent {
  sender: CommunicationIdentifierKind;
  senderDisplayName: string;
  id: string;
  createdOn: string;
  version: string;
  type: string;
}

export interface ChatMessageReceivedEvent extends MessageEvent {
  message: string;
  metadata: Record<string, string>;
  attachments?: unknown[];
}

export interface ChatMessageEditedEvent extends ChatMessageReceivedEvent {
  editedOn: string;
}

export interface ChatMessageDeletedEvent extends MessageEvent {
  deletedOn: string;
}

export interface TypingIndicatorReceivedEvent extends ThreadEvent {
  sender: CommunicationIdentifierKind;
  senderDisplayName: string;
  version: string;
  receivedOn: string;
}

export interface TypingIndicatorStoppedEvent extends ThreadEvent {
  sender: CommunicationIdentifierKind;
}

export interface ReadReceiptReceivedEvent extends ThreadEvent {
  sender: CommunicationIdentifierKind;
  senderDisplayName: string;
  chatMessageId: string;
  readOn: string;
}

export interface EventParticipant {
  id: CommunicationIdentifierKind;
  displayName: string;
  shareHistoryTime?: string;
  metadata?: Record<string, string>;
}

export interface ChatThreadCreatedEvent extends ThreadEvent {
  version: string;
  createdOn: string;
  createdBy: EventParticipant;
  properties: { topic: string; metadata: Record<string, string> };
  participants: EventParticipant[];
  retentionPolicy?: RetentionPolicy;
}

export interface ChatThreadPropertiesUpdatedEvent extends ThreadEvent {
  version: string;
  updatedOn: string;
  updatedBy: EventParticipant;
  properties: { topic: string; metadata: Record<string, string> };
  retentionPolicy?: RetentionPolicy;
}

export interface ChatThreadDeletedEvent extends ThreadEvent {
  version: string;
  deletedOn: string;
  deletedBy: EventParticipant | null;
  reason: 'deletedByUser' | 'deletedByPolicy';
}

export interface ParticipantsAddedEvent extends ThreadEvent {
  version: string;
  addedOn: string;
  addedBy: EventParticipant;
  participantsAdded: EventParticipant[];
}

export interface ParticipantsRemovedEvent extends ThreadEvent {
  version: string;
  removedOn: string;
  removedBy: EventParticipant;
  participantsRemoved: EventParticipant[];
}

/**
 * `connecting`; `catchingUp` while subscriptions are continued; `live`; `degraded` while events of some thread may be late
 * or cannot be had. And `waiting` between two attempts to connect, `closed` before connect() and after the end.
 */
export type ConnectionState = 'connecting' | 'catchingUp' | 'live' | 'degraded' | 'waiting' | 'closed';

export interface ConnectionEvent {
  state: ConnectionState;
  previous: ConnectionState;
  /** Attempts since the last stable connection. */
  attempt?: number;
  /** Close code that led to `waiting` or `closed`. */
  code?: number;
  reason?: string;
  /** In `degraded`: a thread whose events are late, and how late they may be, where that is known. */
  threadId?: string;
  maxStalenessMs?: number;
  /** In `waiting`: time until the next attempt. */
  retryInMs?: number;
  /** In `closed`, where one error ended it. */
  error?: ChatGatewayError;
}

/** Fresh state of a thread that could not be continued without a gap; it replaces what the application holds. */
export interface ResyncEvent extends SubscribeResult {
  threadId: string;
  /** `gap`: this client could not prove the contrary after a reconnect; the others are the gateway's reasons. */
  reason: 'overflow' | 'gap' | 'cursorTooOld' | 'cursorMismatch' | 'membershipChanged';
}

export interface ClientEvents {
  chatMessageReceived: ChatMessageReceivedEvent;
  chatMessageEdited: ChatMessageEditedEvent;
  chatMessageDeleted: ChatMessageDeletedEvent;
  typingIndicatorReceived: TypingIndicatorReceivedEvent;
  /** Only for a subscription that includes typing. */
  typingIndicatorStopped: TypingIndicatorStoppedEvent;
  readReceiptReceived: ReadReceiptReceivedEvent;
  chatThreadCreated: ChatThreadCreatedEvent;
  chatThreadDeleted: ChatThreadDeletedEvent;
  chatThreadPropertiesUpdated: ChatThreadPropertiesUpdatedEvent;
  participantsAdded: ParticipantsAddedEvent;
  participantsRemoved: ParticipantsRemovedEvent;
  tokenExpiring: { expiresOn: string };
  resync: ResyncEvent;
  /** Events of a thread were lost; `resync` with fresh state follows. Worth a report: it is a bug of the gateway. */
  gap: { threadId: string; expectedSeq: number; receivedSeq: number };
  /** Changes of the inbox may have been missed: read getInbox again. With `error` it is not watched any more. */
  inboxResync: { cursor?: string; recovered?: string; error?: ChatGatewayError };
  unsubscribed: { threadId: string; reason: 'removed' | 'threadDeleted' | 'refused' | 'byClient'; error?: ChatGatewayError };
  resumed: { threadId: string; seq: number };
  conflated: { threadId: string; fromSeq: number; toSeq: number };
  inboxChanged: {
    threadId: string;
    topic?: string;
    lastMessage?: ChatMessage | null;
    unreadCount?: number | null;
    lastReadMessageId?: string | null;
    cursor?: string;
  };
  reconnect: { afterMs: number; reason: 'drain' | 'maxLifetime' | 'rebalance' };
  freshness: Freshness & { threadId: string; reason?: string };
  connection: ConnectionEvent;
}

/** A refused or failed request. */
export class ChatGatewayError extends Error {
  /** JSON-RPC code (negative), HTTP status of the refusal (positive), or 0 for a failure of the client itself. */
  readonly code: number;
  /**
   * The service's error object; with code 0, `data.code` is RequestTimeout, QueueFull, ConnectionLost, Withdrawn, TokenFailed or Closed,
   * and of a message `data.clientMessageId` is the id with which it can be sent again.
   */
  readonly data: { code?: string; retryable?: boolean; retryAfterMs?: number; details?: ServiceError[]; [name: string]: unknown };
  readonly retryable: boolean;
  readonly retryAfterMs?: number;
  constructor(error: { code: number; message: string; data?: object }, options?: { cause?: unknown });
}

export interface ClientOptions {
  /** Default: /ws on the page's own origin. */
  url?: string | URL;
  /**
   * Returns an access token. Called for each connection, when the token is about to expire, and after it was refused.
   * An error with `retryable: false` ends the connection; any other is tried again with backoff.
   */
  getToken(request: { reason: 'start' | 'retry' | 'move' | 'expiring' | 'refused' }): string | Promise<string>;
  /** For platforms that have none, such as the `ws` package in Node before 22; without one a fallback is used. */
  WebSocket?: new (url: string, protocols: string[]) => unknown;
  /**
   * The transports that may be used, of `websocket`, `sse` and `poll`. Default: all. Each is tried where those before it do not
   * pass, which is found out within 5 s and remembered as long as the tab lives.
   */
  transports?: Array<'websocket' | 'sse' | 'poll'>;
  /** Time on a fallback after which WebSocket is tried again. Default 5 minutes. */
  retryWebSocketMs?: number;
  /** For the fallbacks. Default: that of the platform. */
  fetch?: typeof fetch;
  /** Time limit of a request, waiting for a connection included. Default 15 s. */
  requestTimeoutMs?: number;
  /** The same for sendMessage, which may have to find out about an earlier attempt. Default 30 s. */
  sendTimeoutMs?: number;
  /** Time limit from the start of a connection to the sign-in, the time for the token not counted. Default 15 s. */
  connectTimeoutMs?: number;
  /** Time limit of getToken. Default 30 s. */
  tokenTimeoutMs?: number;
  /** A connection that was silent this long is given up. Default 60 s; the gateway speaks every 25 s. */
  idleTimeoutMs?: number;
  /** Wait before the first attempt to reconnect at most; doubles with each attempt. Default 1 s. */
  backoffMs?: number;
  /** Wait between two attempts at most. Default 30 s. */
  maxBackoffMs?: number;
  /** Requests that wait for a connection at most. Default 100. */
  maxQueue?: number;
  /** Source of the jitter, 0 to 1. */
  random?: () => number;
}

export interface RequestOptions {
  timeoutMs?: number;
}

type InThread<T = object> = T & { threadId: string };
type Paging = { maxPageSize?: number };

export class ChatGatewayClient {
  constructor(options: ClientOptions);
  readonly state: ConnectionState;
  readonly user: CommunicationIdentifier | undefined;
  readonly session: { heartbeatSeconds?: number; limits?: Record<string, number> } | undefined;

  /** Settles when live, with the user; fails when the client has given up. Afterwards it reconnects by itself. */
  connect(): Promise<CommunicationIdentifier>;
  close(): void;
  retryNow(): void;

  /** The returned function takes the listener back. */
  on<E extends keyof ClientEvents>(name: E, listener: (event: ClientEvents[E]) => void): () => void;
  off<E extends keyof ClientEvents>(name: E, listener: (event: ClientEvents[E]) => void): void;

  createChatThread(
    params: {
      topic: string;
      participants?: ChatParticipant[];
      metadata?: Record<string, string>;
      retentionPolicy?: RetentionPolicy;
      repeatabilityRequestId?: string;
    },
    options?: RequestOptions,
  ): Promise<{ chatThread: ChatThreadProperties; invalidParticipants?: ServiceError[] }>;
  listChatThreads(
    params?: Paging & { startTime?: string; continuationToken?: string },
    options?: RequestOptions,
  ): Promise<Page<ChatThreadItem>>;
  /** Newest first. */
  getInbox(params?: Paging & { continuationToken?: string }, options?: RequestOptions): Promise<Page<InboxThread>>;
  getProperties(params: InThread, options?: RequestOptions): Promise<{ chatThread: ChatThreadProperties }>;
  updateProperties(
    params: InThread<{ topic?: string; metadata?: Record<string, string>; retentionPolicy?: RetentionPolicy }>,
    options?: RequestOptions,
  ): Promise<object>;
  deleteChatThread(params: InThread, options?: RequestOptions): Promise<object>;

  /**
   * Sends a message, once: the client makes a clientMessageId where none is given, and asks again with it, and `retry`,
   * when the connection breaks before the answer.
   */
  sendMessage(
    params: InThread<{
      content: string;
      type?: 'text' | 'html';
      senderDisplayName?: string;
      metadata?: Record<string, string>;
      /** The same id again within 10 minutes posts nothing and returns the first result. */
      clientMessageId?: string;
      /** It may have been sent before: set it when the application itself repeats a failed call. */
      retry?: boolean;
    }>,
    options?: RequestOptions,
  ): Promise<SendMessageResult>;
  getMessage(params: InThread<{ messageId: string }>, options?: RequestOptions): Promise<{ message: ChatMessage }>;
  updateMessage(
    params: InThread<{ messageId: string; content?: string; metadata?: Record<string, string> }>,
    options?: RequestOptions,
  ): Promise<object>;
  deleteMessage(params: InThread<{ messageId: string }>, options?: RequestOptions): Promise<object>;
  /**
   * Newest first by id within a page. The pages follow the order of change, not of arrival: an old message that was edited
   * or deleted lately stands on an early page. A page may be short or empty and have a continuationToken; only a page
   * without one is the last. ThreadMessages puts pages and events together.
   */
  listMessages(
    params: InThread<Paging & { startTime?: string; continuationToken?: string }>,
    options?: RequestOptions,
  ): Promise<Page<ChatMessage>>;

  addParticipants(
    params: InThread<{ participants: ChatParticipant[] }>,
    options?: RequestOptions,
  ): Promise<{ invalidParticipants?: ServiceError[] }>;
  removeParticipant(
    params: InThread<{ communicationIdentifier: CommunicationIdentifier }>,
    options?: RequestOptions,
  ): Promise<object>;
  listParticipants(
    params: InThread<Paging & { skip?: number }>,
    options?: RequestOptions,
  ): Promise<{ value: ChatParticipant[] }>;

  sendReadReceipt(params: InThread<{ chatMessageId: string }>, options?: RequestOptions): Promise<object>;
  listReadReceipts(
    params: InThread<Paging & { skip?: number }>,
    options?: RequestOptions,
  ): Promise<{ value: ChatMessageReadReceipt[] }>;
  sendTypingNotification(params: InThread<{ senderDisplayName?: string }>, options?: RequestOptions): Promise<object>;

  /** Watches a thread, through reconnects, until unsubscribe. Set the listeners first. */
  subscribe(params: InThread<{ events?: EventGroup[]; limit?: number }>, options?: RequestOptions): Promise<SubscribeResult>;
  unsubscribe(params: InThread, options?: RequestOptions): Promise<object>;
  /** Watches the inbox, through reconnects. Set the listeners first, then read getInbox. */
  subscribeInbox(params?: { cursor?: string }, options?: RequestOptions): Promise<{ cursor: string; recovered?: string }>;
  unsubscribeInbox(params?: object, options?: RequestOptions): Promise<object>;
  ack(params: { cursor: string }, options?: RequestOptions): Promise<object>;
  ping(params?: object, options?: RequestOptions): Promise<object>;
}
