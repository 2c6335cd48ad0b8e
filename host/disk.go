// The files of a journal, as the operating system has them.

package host

import (
	"io/fs"
	"os"
	"runtime"

	"github.com/invsim/invsim/errors"
)

type realDisk struct{}

// open opens a file that is no link, and makes it its owner's alone.
func (realDisk) open(name string, locks bool) (diskFile, error) {
	file, err := openFile(name, locks)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	switch {
	case err != nil:
	case !info.Mode().IsRegular():
		err = &fs.PathError{Op: "open", Path: name, Err: errors.New("not a plain file")}
	case runtime.GOOS != "windows" && info.Mode().Perm() != 0o600:
		err = file.Chmod(0o600)
	}
	if err != nil {
		file.Close()
		return nil, err
	}
	return file, nil
}

// sync: Windows does it by itself, and has no way to ask for it.
func (realDisk) sync(directory string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(directory)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
