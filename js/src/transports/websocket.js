// One WebSocket to a hub (examples/websocket), dialed again whenever it is lost. The hub
// says who a frame is from, so trust in names is trust in the hub: outside of one machine,
// dial wss. A frame is one JSON object: peer, data in base64, kind (online, offline, or a
// message), held_ns.

const elsewhere = 1008; // the user has logged in somewhere else: coming back would end that session
const longestPause = 5000;

const toBase64 = (bytes) => btoa(Array.from(bytes, (b) => String.fromCharCode(b)).join(""));
const fromBase64 = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));

/** For a subprotocol, which may have letters, digits, - and _ here. */
const token = (text) => toBase64(new TextEncoder().encode(text)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

export class WebSocketTransport {
  #socket = null;
  #receiver = null;
  #closed = false;
  #up = false;
  #pause = 0;
  #since = 0; // nothing that arrives was sent before
  #timer = null;
  #fresh = null;

  /** maxDelay is the protocol's, in milliseconds: what may be older is dropped. */
  constructor(url, { user, password, WebSocket = globalThis.WebSocket, redialAfter = 100, maxDelay = 100_000, now = Date.now } = {}) {
    if (!WebSocket) throw new Error("there is no WebSocket here: hand one in (Node has one from version 22)");
    const address = new URL(url);
    address.searchParams.set("user", user);
    this.mark = Math.random().toString(36).slice(2); // of our echoes: the user may have another device, with another clock
    Object.assign(this, { user, redialAfter, maxDelay, now });
    // A browser sends no header of ours, so the password goes as a subprotocol.
    this.open = () => new WebSocket(address, password === undefined ? [] : ["invsim", `bearer.${token(password)}`]);
  }

  listen(receiver) {
    this.#receiver = receiver;
    receiver.loggedOut(); // until it is open
    this.#dial();
    this.#fresh = setInterval(() => this.#echo(), this.maxDelay / 4);
  }

  send(peer, bytes) { this.#write({ peer, data: toBase64(bytes) }); }

  close() {
    this.#closed = true;
    clearTimeout(this.#timer);
    clearInterval(this.#fresh);
    this.#socket?.close(1000);
  }

  #dial() {
    this.#since = this.now();
    const socket = this.#socket = this.open();
    socket.addEventListener("open", () => {
      this.#pause = 0;
      this.#up = true;
      this.#receiver.loggedIn();
    });
    socket.addEventListener("message", ({ data }) => this.#read(data));
    socket.addEventListener("error", () => {}); // close follows
    socket.addEventListener("close", ({ code }) => {
      if (this.#up) {
        this.#up = false;
        this.#receiver.loggedOut();
      }
      if (this.#closed || code === elsewhere) return;
      this.#pause = Math.min(Math.max(2 * this.#pause, this.redialAfter), longestPause);
      this.#timer = setTimeout(() => this.#dial(), this.#pause);
    });
  }

  #read(data) {
    let frame, body;
    try {
      frame = JSON.parse(data);
      body = fromBase64(frame.data ?? "");
    } catch {
      return; // an error here would end a process in Node
    }
    const { kind, peer, held_ns: held = 0 } = frame;
    if (kind === "online") this.#receiver.peerOnline(peer);
    else if (kind === "offline") this.#receiver.peerOffline(peer);
    else if (peer === this.user) this.#heard(body);
    else if (this.now() - this.#since + held / 1e6 > this.maxDelay) this.#echo(); // so that its next copy is known to be young
    else this.#receiver.receive(peer, body, held / 1e6);
  }

  // Frames come in order: what comes behind an echo of our own was sent after it.
  #echo() { this.#write({ peer: this.user, data: toBase64(new TextEncoder().encode(`${this.mark} ${this.now()}`)) }); }

  #heard(body) {
    const [mark, at] = new TextDecoder().decode(body).split(" ");
    if (mark === this.mark) this.#since = Number(at);
  }

  #write(frame) { if (this.#up) this.#socket.send(JSON.stringify(frame)); }
}
