// Types of the package. Times and durations are in milliseconds, devices and ids are text.

export type LocalInvitationState =
  | "IDLE" | "SENT_TO_REMOTE" | "RECEIVED_BY_REMOTE" | "ACCEPTED_BY_REMOTE" | "REFUSED_BY_REMOTE" | "CANCELED" | "FAILURE";
export type RemoteInvitationState =
  | "INVITATION_RECEIVED" | "ACCEPT_SENT_TO_LOCAL" | "REFUSED" | "ACCEPTED" | "CANCELED" | "FAILURE";

export type LocalInvitationFailureReason = "PEER_OFFLINE" | "PEER_NO_RESPONSE" | "INVITATION_EXPIRE" | "NOT_LOGGEDIN";
export type RemoteInvitationFailureReason = "PEER_OFFLINE" | "ACCEPT_FAILURE" | "INVITATION_EXPIRE";

/** What lies behind PEER_NO_RESPONSE. */
export type Cause = "" | "no sign of life" | "logged out" | "overloaded" | "failed" | "stale" | "invalid";
/** Why a call stopped: the caller's words, and two of a user with several devices. */
export type CancelReason =
  | "" | "user" | "no response" | "expired" | "rejected" | "answered by another" | "accepted elsewhere" | "refused elsewhere";

export type InvitationApiCallErrorReason =
  | "INVALID_ARGUMENT" | "NOT_STARTED" | "ALREADY_END" | "ALREADY_ACCEPT" | "ALREADY_SENT" | "LIMIT_REACHED" | "GROUP_DECIDED";

/** The vendor's numbers. */
export const InvitationApiCallErrorCode: Readonly<{
  INVALID_ARGUMENT: 1; NOT_STARTED: 2; ALREADY_END: 3; ALREADY_ACCEPT: 4; ALREADY_SENT: 5;
}>;

/** A call that was refused. It has changed nothing. */
export class InvitationApiCallError extends Error {
  /** The vendor's number; undefined for LIMIT_REACHED and GROUP_DECIDED, which are ours. */
  readonly code: 1 | 2 | 3 | 4 | 5 | undefined;
  readonly reason: InvitationApiCallErrorReason;
}

type Listener<Args extends unknown[]> = (...args: Args) => void;

/** Events by name. A listener that throws keeps no other from hearing. */
export class EventEmitter<Events extends Record<string, unknown[]> = Record<string, unknown[]>> {
  on<E extends keyof Events>(event: E, listener: Listener<Events[E]>): this;
  once<E extends keyof Events>(event: E, listener: Listener<Events[E]>): this;
  off<E extends keyof Events>(event: E, listener: Listener<Events[E]>): this;
  removeAllListeners(event?: keyof Events): this;
  listenerCount(event: keyof Events): number;
  emit<E extends keyof Events>(event: E, ...args: Events[E]): boolean;
}

export type LocalInvitationEvents = {
  LocalInvitationReceivedByPeer: [];
  LocalInvitationAccepted: [response: string];
  LocalInvitationRefused: [response: string];
  LocalInvitationCanceled: [];
  LocalInvitationFailure: [reason: LocalInvitationFailureReason];
};

/** An invitation of our own. One object is good for one call. */
export class LocalInvitation extends EventEmitter<LocalInvitationEvents> {
  private constructor();
  readonly calleeId: string;
  /** At most 8192 bytes of UTF-8. Set it before send. */
  content: string;
  /** At most 64 bytes of UTF-8. Set it before send. */
  channelId: string;
  readonly response: string;
  readonly state: LocalInvitationState;
  /** The same at both ends; empty before send. */
  readonly id: string;
  readonly failureReason: LocalInvitationFailureReason | "";
  readonly cancelReason: CancelReason;
  readonly cause: Cause;
  /** The device that answered, in hexadecimal; "0" is a user's only one. */
  readonly device: string;
  readonly note: string;
  group: InvitationGroup | null;
  readonly waitsUntil: number | null;
  /** The times of this call; 0 or nothing is the client's. Set them before send. */
  setTimes(times: { noResponse?: number; expiry?: number }): void;
  /** Throws InvitationApiCallError. */
  send(): void;
  /** Throws InvitationApiCallError. note has at most 1024 bytes of UTF-8. */
  cancel(note?: string): void;
  /** Resolves when the invitation has ended, after its last event. */
  readonly ended: Promise<this>;
}

export type RemoteInvitationEvents = {
  RemoteInvitationAccepted: [];
  RemoteInvitationRefused: [];
  /** note is the caller's, mostly empty. */
  RemoteInvitationCanceled: [note: string];
  RemoteInvitationFailure: [reason: RemoteInvitationFailureReason];
};

/** An invitation of somebody else. */
export class RemoteInvitation extends EventEmitter<RemoteInvitationEvents> {
  private constructor();
  readonly callerId: string;
  readonly content: string;
  readonly channelId: string;
  /** At most 8192 bytes of UTF-8. Set it before accept or refuse. */
  response: string;
  readonly state: RemoteInvitationState;
  readonly id: string;
  readonly failureReason: RemoteInvitationFailureReason | "";
  readonly cancelReason: CancelReason;
  /** The device that answered instead, in hexadecimal. */
  readonly device: string;
  readonly note: string;
  /** How old the call was when it rang. */
  readonly age: number;
  readonly ringsUntil: number | null;
  /** Throws InvitationApiCallError. */
  accept(): void;
  /** Throws InvitationApiCallError. */
  refuse(): void;
  /** Resolves when the invitation has ended, after its last event. */
  readonly ended: Promise<this>;
}

/** Invitations of which one at most is accepted: the first accept cancels the others. */
export class InvitationGroup {
  private constructor();
  readonly decided: boolean;
}

/** A call that never rang here. */
export interface MissedInvitation {
  callerId: string;
  id: string;
  content: string;
  channelId: string;
  reason: CancelReason | "stale";
  /** It was told as missed before, and another device has answered it. */
  withdrawn: boolean;
}

export type ClientEvents = {
  RemoteInvitationReceived: [invitation: RemoteInvitation];
  RemoteInvitationMissed: [missed: MissedInvitation];
  /** A message could not be handed to the transport. It counts as lost. */
  TransportError: [error: unknown, peer: string];
};

export interface Times {
  noResponse: number; expiry: number; expiryCap: number; grace: number; accept: number; refresh: number;
  retransmitFirst: number; retransmitCap: number; acceptFirst: number; acceptCap: number;
  linger: number; tombstone: number; maxDelay: number;
}
export const defaultTimes: Readonly<Times>;
/** The vendor's: no grace, 5 s for the confirmation of an accept, no refresh. */
export const vendorTimes: Readonly<Times>;

/** What a transport reports. */
export interface Receiver {
  /** from is the true sender; heldMs is for how long the transport kept the message. */
  receive(from: string, bytes: Uint8Array, heldMs?: number): void;
  peerOnline(peer: string): void;
  peerOffline(peer: string): void;
  loggedIn(): void;
  loggedOut(): void;
}

/**
 * Carries messages to users. It may lose, double, delay and reorder them. It names the
 * true sender, and delivers nothing that is older than maxDelay.
 */
export interface Transport {
  send(peer: string, bytes: Uint8Array): void | Promise<void>;
  /** Called once. A transport that is not connected yet calls receiver.loggedOut() in it. */
  listen(receiver: Receiver): void;
  close?(): void;
}

/** Timers of the host: a test hands in its own. */
export interface Clock {
  /** Milliseconds. It should count the time that the machine sleeps. */
  now(): number;
  setTimeout(f: () => void, ms: number): unknown;
  clearTimeout(timer: any): void;
}

export interface ClientOptions {
  uid: string;
  transport: Transport;
  /** One of several devices of the user: 64 bits in hexadecimal, chosen once for each installation. */
  device?: string;
  times?: Partial<Times>;
  /** The expiry time counts from send, the vendor's other reading. */
  countFromSend?: boolean;
  /** A call fails as soon as its callee is reported offline. */
  failAtOnce?: boolean;
  /** For transports that report every undelivered message as "peer offline". */
  noRetransmit?: boolean;
  maxPerPeer?: number;
  maxTotal?: number;
  isUserId?(id: string): boolean;
  /** In which form messages are written; both are read. */
  form?: "json" | "binary";
  clock?: Clock;
}

export class Client extends EventEmitter<ClientEvents> {
  constructor(options: ClientOptions);
  readonly uid: string;
  readonly device: string;
  readonly loggedIn: boolean;
  readonly closed: boolean;
  readonly localInvitations: LocalInvitation[];
  readonly remoteInvitations: RemoteInvitation[];
  readonly stats: {
    unexpected: number; lateConfirms: number; security: number; undecodable: number; received: Record<string, number>;
  };
  createLocalInvitation(calleeId: string): LocalInvitation;
  createGroup(): InvitationGroup;
  close(): void;
}

export function createClient(options: ClientOptions): Client;

/** A network in one process, for first programs and tests. */
export class MemoryNetwork {
  constructor(options?: {
    delay?: number; jitter?: number; loss?: number; duplicates?: number;
    clock?: Pick<Clock, "setTimeout">; random?: () => number; tap?: ((copy: Copy) => void) | null;
  });
  delay: number;
  jitter: number;
  loss: number;
  duplicates: number;
  tap: ((copy: Copy) => void) | null;
  connect(user: string): MemoryConnection;
}
export interface Copy { from: string; to: string; bytes: Uint8Array; delay: number; lost: boolean }
export interface MemoryConnection extends Transport {
  readonly up: boolean;
  disconnect(): void;
  reconnect(): void;
  close(): void;
}

/** A WebSocket to the hub of examples/websocket. */
export class WebSocketTransport implements Transport {
  constructor(url: string, options: {
    user: string; password?: string; WebSocket?: unknown; redialAfter?: number; maxDelay?: number; now?: () => number;
  });
  send(peer: string, bytes: Uint8Array): void;
  listen(receiver: Receiver): void;
  close(): void;
}

/** A message, as docs/protocol.md names its fields. Durations are in nanoseconds. */
export interface Message {
  kind: "INVITE" | "RECEIVED" | "ACCEPT" | "CONFIRM" | "REFUSE" | "CANCEL" | "ACK" | "CLOSED";
  id: string;
  content?: string; channelId?: string; age?: number; wait?: number; expiry?: number;
  response?: string; reason?: string; note?: string; for?: string; word?: string; device?: string; refused?: boolean;
}
export function encode(message: Message, form?: "json" | "binary"): Uint8Array;
/** Throws WireError. */
export function decode(bytes: Uint8Array): Message;
export class WireError extends Error {
  readonly reason: string;
}
export function validUserId(id: unknown): boolean;

/** A cell of a table, read. */
export interface Cell {
  text: string; to: string; effects: string[]; send: string; restarts: boolean; unexpected: boolean; error: string; elsewhere: boolean;
}
export const callerTable: Record<string, Record<LocalInvitationState, Cell>>;
export const calleeTable: Record<string, Record<RemoteInvitationState | "IDLE", Cell>>;

/** The protocol without transport and timers. src/engine.js is its documentation. */
export class Engine {
  constructor(options: Record<string, unknown>);
  /** away is in nanoseconds, or null if nobody knows. */
  static restore(options: Record<string, unknown>, snapshot: string, away: number | null): Engine;
  [member: string]: any;
}
