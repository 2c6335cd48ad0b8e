// A Store in a file.

package host

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// FileStore keeps a host's state in the file of this name, in a directory that
// exists. A second file, the name with ".new" behind it, is used while it saves.
// Each save is flushed to the disk, which is what it costs.
type FileStore string

// Save writes a new file, flushes it, and puts it in the place of the old one.
func (f FileStore) Save(state []byte) error {
	if err := writeAndSync(string(f)+".new", state); err != nil {
		return err
	}
	if err := os.Rename(string(f)+".new", string(f)); err != nil {
		return err
	}
	return syncDirectory(filepath.Dir(string(f)))
}

// Load reads the file. One that does not exist is no error.
func (f FileStore) Load() ([]byte, error) {
	state, err := os.ReadFile(string(f))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return state, err
}

func writeAndSync(name string, data []byte) error {
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	return errors.Join(err, file.Sync(), file.Close())
}

// syncDirectory makes a renaming durable. Windows does so by itself, and has no
// way to ask for it.
func syncDirectory(name string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	directory, err := os.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(directory.Sync(), directory.Close())
}
