// The little of WebSocket (RFC 6455) that a harness needs: the server's handshake, and
// messages of text in both directions. It has no extensions.

package invd

import (
	"bufio"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
)

// webSocket is a connection after the handshake.
type webSocket struct {
	in  *bufio.Reader
	out io.Writer
}

// acceptKey proves that the server has read the client's key.
func acceptKey(key string) string {
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// shakeHands answers the request of a client.
func shakeHands(conn io.ReadWriter) (*webSocket, error) {
	w := &webSocket{bufio.NewReaderSize(conn, 64<<10), conn}
	key := ""
	for n := 0; ; n++ {
		line, err := w.in.ReadSlice('\n')
		switch {
		case err != nil:
			return nil, err // or the line is too long
		case n == 100:
			return nil, errors.New("the request has too many lines")
		}
		text := strings.TrimSpace(string(line))
		if n == 0 && !strings.HasPrefix(text, "GET ") {
			return nil, errors.New("this is no request for a WebSocket")
		}
		if text == "" {
			break
		}
		if name, value, _ := strings.Cut(text, ":"); strings.EqualFold(name, "Sec-WebSocket-Key") {
			key = strings.TrimSpace(value)
		}
	}
	if key == "" {
		io.WriteString(conn, "HTTP/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
		return nil, errors.New("the request is for no WebSocket")
	}
	_, err := io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "+acceptKey(key)+"\r\n\r\n")
	return w, err
}

// The opcodes of frames.
const (
	more, textual, closing, ping, pong = 0x0, 0x1, 0x8, 0x9, 0xA

	final, masked = 0x80, 0x80
)

// read reads a message. The end of the connection is io.EOF.
func (w *webSocket) read() ([]byte, error) {
	var message []byte
	for {
		first, payload, err := w.frame(MaxLine - len(message))
		if err != nil {
			return nil, err
		}
		switch first & 0x0F {
		case ping:
			if err := w.send(pong, payload); err != nil {
				return nil, err
			}
		case pong:
		case closing:
			w.send(closing, nil) // it may be gone
			return nil, io.EOF
		case textual, more:
			message = append(message, payload...)
			if first&final != 0 {
				return message, nil
			}
		default:
			return nil, fmt.Errorf("a message of a WebSocket that is no text (opcode %#x)", first&0x0F)
		}
	}
}

func (w *webSocket) frame(most int) (first byte, payload []byte, err error) {
	var head [2]byte
	if _, err := io.ReadFull(w.in, head[:]); err != nil {
		return 0, nil, io.EOF
	}
	size := uint64(head[1] &^ masked)
	if wide := map[uint64]int{126: 2, 127: 8}[size]; wide > 0 {
		var long [8]byte
		if _, err := io.ReadFull(w.in, long[8-wide:]); err != nil {
			return 0, nil, err
		}
		size = binary.BigEndian.Uint64(long[:])
	}
	if size > uint64(most) {
		return 0, nil, fmt.Errorf("a line has more than %d bytes", MaxLine)
	}
	if head[1]&masked == 0 {
		return 0, nil, errors.New("a client has to mask its frames")
	}
	var mask [4]byte
	if _, err := io.ReadFull(w.in, mask[:]); err != nil {
		return 0, nil, err
	}
	payload = make([]byte, size)
	if _, err := io.ReadFull(w.in, payload); err != nil {
		return 0, nil, err
	}
	for i := range payload {
		payload[i] ^= mask[i%4]
	}
	return head[0], payload, nil
}

// write writes a line as a message, without its end.
func (w *webSocket) write(text []byte) error {
	return w.send(textual, text[:len(text)-1])
}

func (w *webSocket) send(opcode byte, payload []byte) error {
	frame := []byte{final | opcode}
	switch n := len(payload); {
	case n < 126:
		frame = append(frame, byte(n))
	case n < 1<<16:
		frame = binary.BigEndian.AppendUint16(append(frame, 126), uint16(n))
	default:
		frame = binary.BigEndian.AppendUint64(append(frame, 127), uint64(n))
	}
	_, err := w.out.Write(append(frame, payload...))
	return err
}
