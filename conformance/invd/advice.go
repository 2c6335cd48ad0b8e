// Advice for somebody whose endpoint does not answer yet.

package invd

import (
	"errors"
	"io/fs"
	"os/exec"
)

// greeting is a reply to hello that can be copied.
const greeting = `{"hello":{"protocol":"invd/1","name":"my-endpoint","version":"0","language":"Java","roles":["callee"],"forms":["json"],"features":[],"clock":"virtual","unit":"ns"}}`

// Advice says what to do about an error of [Start], [Listen] or [Driver.Do], in lines. It
// is empty if the error says all.
func Advice(err error) string {
	switch {
	case errors.Is(err, exec.ErrNotFound), errors.Is(err, fs.ErrNotExist):
		return "What follows -- is a program and its arguments. It runs in this directory and not in\n" +
			"a shell: write ./my-endpoint for a program that lies here."
	case errors.Is(err, fs.ErrPermission):
		return "The file is there, and cannot be run. Make it executable (chmod +x), or name the\n" +
			"interpreter first, as in: -- python3 my-endpoint.py"
	case errors.Is(err, errSilent):
		return "It has read the line or not, and has written no line. Three things to look at:\n" +
			"  1. Is standard output flushed after each line? In Python print(…, flush=True), in Java\n" +
			"     System.out.flush(), in C and C++ fflush(stdout), in Ruby $stdout.sync = true.\n" +
			"  2. Does it reply to each line as it comes, or does it wait for the end of the input?\n" +
			"  3. Does the reply end with a line feed?"
	case errors.Is(err, errEnded):
		return "An endpoint reads lines until \"bye\" or the end of the input, and replies to each. Try it\n" +
			"by hand:\n" +
			"  echo '{\"op\":\"hello\",\"protocol\":\"invd/1\"}' | COMMAND"
	case errors.Is(err, errGarbage):
		return "Each line on standard output is one reply: one JSON object with the fields of\n" +
			"docs/driver.md#replies, not spread over several lines. Write logs to standard error."
	case errors.Is(err, errTwice):
		return "Each request is answered by one line, with all effects in it. Write nothing before it\n" +
			"is asked for, and nothing behind the reply."
	case errors.Is(err, errGreeting):
		return "A whole reply to hello, to copy and to change:\n  " + greeting
	}
	return ""
}
