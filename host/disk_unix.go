//go:build unix && !solaris && !aix

package host

import (
	"fmt"
	"os"
	"syscall"
)

// openFile opens a file for reading and writing, or makes it. A lock on it ends with
// the process, however that ends.
func openFile(name string, locks bool) (*os.File, error) {
	file, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0o600)
	if err != nil || !locks {
		return file, err
	}
	switch err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err {
	case nil:
		return file, nil
	case syscall.EWOULDBLOCK:
		file.Close()
		return nil, fmt.Errorf("%s: %w", name, ErrInUse)
	default:
		file.Close()
		return nil, &os.PathError{Op: "lock", Path: name, Err: err}
	}
}
