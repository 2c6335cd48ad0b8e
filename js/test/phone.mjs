// calls.js in Node, whose WebSocket Node 20 has behind a flag.
//
//	node --experimental-websocket test/phone.mjs ws://HUB USER PASSWORD [CALLEE]

import { phone } from "./calls.js";

const [url, user, password, callee] = process.argv.slice(2);
if (globalThis.WebSocket) phone({ url, user, password, callee }, (line) => console.log(line));
else console.log("no WebSocket");
