// Stores: what a phone keeps over a crash, if its app has no store of its own.

package simtest

import (
	"bytes"
	"sync"

	"github.com/invsim/invsim/host"
)

// Forgets is a store for Options.Store of a phone that saves nothing: after a crash it knows
// nothing.
var Forgets host.Store = forgets{}

type forgets struct{}

func (forgets) Load() ([]host.Entry, error) { return nil, nil }
func (forgets) Save([]host.Entry) error     { return nil }

// store keeps what a host saves.
type store struct {
	mu      sync.Mutex
	entries map[string][]byte
}

func (s *store) Load() (all []host.Entry, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key, value := range s.entries {
		all = append(all, host.Entry{Key: []byte(key), Value: value})
	}
	return all, nil
}

func (s *store) Save(changes []host.Entry) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, each := range changes {
		if each.Value == nil {
			delete(s.entries, string(each.Key))
		} else {
			s.entries[string(each.Key)] = bytes.Clone(each.Value)
		}
	}
	return nil
}
