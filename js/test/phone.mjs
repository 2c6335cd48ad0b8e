// A phone for the tests of examples/websocket: it accepts every call, and makes one if it
// is told whom to call. Node's WebSocket is used, which Node 20 has behind a flag.
//
//	node --experimental-websocket test/phone.mjs ws://HUB USER PASSWORD [CALLEE]

import { Client, WebSocketTransport } from "../src/index.js";

const [url, uid, password, callee] = process.argv.slice(2);
if (!globalThis.WebSocket) {
  console.log("no WebSocket");
  process.exit(0);
}
const transport = new WebSocketTransport(url, { user: uid, password });
const client = new Client({ uid, transport });

async function end(call, name) {
  await call.ended;
  console.log(`${name} ${call.state} ${JSON.stringify(call.response)}`);
  client.close();
}

client.on("RemoteInvitationReceived", (call) => {
  console.log(`${call.callerId} calls: ${call.content}`);
  call.response = "from JavaScript";
  call.accept();
  end(call, "Remote");
});

console.log("ready");
if (callee) {
  while (!client.loggedIn) await new Promise((resolve) => setTimeout(resolve, 20));
  const call = client.createLocalInvitation(callee);
  call.content = "from JavaScript";
  call.send();
  end(call, "Local");
}
