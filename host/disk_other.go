//go:build !windows && (!unix || solaris || aix)

package host

import "os"

// openFile opens a file for reading and writing, or makes it. There are no locks
// here: it is on the app that no two hosts use one file.
func openFile(name string, _ bool) (*os.File, error) {
	return os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
}
