// What client and hub say to each other: one JSON object in each message.

package main

import (
	"context"
	"encoding/base64"
	"time"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"

	"github.com/invsim/invsim/wire"
)

// frame is a message to a peer (client to hub) or from one (hub to client), or
// the hub's news about one. An empty Kind is a message.
type frame struct {
	Kind kind          `json:"kind,omitempty"`
	Peer string        `json:"peer"`
	Data []byte        `json:"data,omitempty"`
	Held time.Duration `json:"held_ns,omitempty"` // how long the hub kept it
}

type kind string

const (
	message kind = ""
	online  kind = "online"
	offline kind = "offline"
)

// maxFrame has room for the largest message, and a user id with every byte
// escaped. (The library's own limit is 32 KiB.)
var maxFrame = int64(base64.StdEncoding.EncodedLen(wire.MaxSize) + 1024)

// A connection on which nothing moves for idle is given up: our own echo
// comes every maxDelay/4. A frame that cannot be written in sendTime ends it, too.
const sendTime = 2 * time.Second

var idle = maxDelay / 2

func readFrame(conn *websocket.Conn) (f frame, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), idle)
	defer cancel()
	return f, wsjson.Read(ctx, conn, &f)
}

func writeFrame(conn *websocket.Conn, f frame) error {
	ctx, cancel := context.WithTimeout(context.Background(), sendTime)
	defer cancel()
	return wsjson.Write(ctx, conn, f)
}
