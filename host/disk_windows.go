package host

import (
	"fmt"
	"os"
	"syscall"
)

// openFile opens a file for reading and writing, or makes it. One that is locked
// is shared with nobody.
func openFile(name string, locks bool) (*os.File, error) {
	const sharingViolation = syscall.Errno(32)
	path, err := syscall.UTF16PtrFromString(name)
	if err != nil {
		return nil, err
	}
	share := uint32(syscall.FILE_SHARE_READ | syscall.FILE_SHARE_WRITE)
	if locks {
		share = 0
	}
	handle, err := syscall.CreateFile(path, syscall.GENERIC_READ|syscall.GENERIC_WRITE, share, nil,
		syscall.OPEN_ALWAYS, syscall.FILE_ATTRIBUTE_NORMAL|syscall.FILE_FLAG_OPEN_REPARSE_POINT, 0)
	switch err {
	case nil:
		return os.NewFile(uintptr(handle), name), nil
	case sharingViolation:
		return nil, fmt.Errorf("%s: %w", name, ErrInUse)
	}
	return nil, &os.PathError{Op: "open", Path: name, Err: err}
}
