// A phone for the tests of examples/websocket, in Node (phone.mjs) and in a browser
// (phone.html): it accepts every call, and makes one if it is told whom to call. say gets
// what happens, a line at a time.

import { Client, WebSocketTransport } from "../src/index.js";

export async function phone({ url, user, password, callee }, say) {
  const client = new Client({ uid: user, transport: new WebSocketTransport(url, { user, password }) });

  async function end(call, name) {
    await call.ended;
    say(`${name} ${call.state} ${JSON.stringify(call.response)}`);
    client.close();
  }

  client.on("RemoteInvitationReceived", (call) => {
    say(`${call.callerId} calls: ${call.content}`);
    call.response = "from JavaScript";
    call.accept();
    end(call, "Remote");
  });

  while (!client.loggedIn) await new Promise((resolve) => setTimeout(resolve, 20));
  say("ready");
  if (!callee) return;
  const call = client.createLocalInvitation(callee);
  call.content = "from JavaScript";
  call.send();
  end(call, "Local");
}
