// Package bbolt is a host.Store in a bbolt file: a bucket, in which each change is a
// Put or a Delete. A store in SQL looks the same: a table with two columns of bytes,
// INSERT … ON CONFLICT DO UPDATE or DELETE, one transaction for each Save.
//
// FileStore of package host needs no other module and saves faster. Take this one
// if your app has a bbolt file anyway: give it a bucket there for each user.
package bbolt

import (
	"slices"
	"time"

	"github.com/invsim/invsim/host"
	"go.etcd.io/bbolt"
)

var bucket = []byte("invitations")

// Store keeps one user's state in the file Path. Its zero value but for Path is ready.
type Store struct {
	Path string
	db   *bbolt.DB
}

var _ host.Store = (*Store)(nil)

// Load opens the file. It fails after a second while another process has the file.
func (s *Store) Load() (entries []host.Entry, err error) {
	if s.db, err = bbolt.Open(s.Path, 0o600, &bbolt.Options{Timeout: time.Second}); err != nil {
		return nil, err
	}
	err = s.db.Update(func(tx *bbolt.Tx) error {
		b, err := tx.CreateBucketIfNotExists(bucket)
		if err != nil {
			return err
		}
		return b.ForEach(func(key, value []byte) error { // theirs are valid in here only
			entries = append(entries, host.Entry{Key: slices.Clone(key), Value: append([]byte{}, value...)})
			return nil
		})
	})
	return entries, err
}

// Save commits the changes in one transaction, which bbolt flushes to the disk.
func (s *Store) Save(changes []host.Entry) error {
	return s.db.Update(func(tx *bbolt.Tx) error {
		b := tx.Bucket(bucket)
		for _, change := range changes {
			var err error
			if change.Value == nil {
				err = b.Delete(change.Key)
			} else {
				err = b.Put(change.Key, change.Value)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// Close closes the file; a later Load opens it again.
func (s *Store) Close() error { return s.db.Close() }
