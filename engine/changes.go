// Changes: an engine tells a store which entries of its state are others than the
// store has, so that a save costs what has changed and not what is remembered.

package engine

// Entry is one part of an engine's state, for a store that finds values by keys.
type Entry struct {
	Key   []byte
	Value []byte // nil if there is no such entry any more
}

// journal lists the changes since the last Changes. An engine without a store
// has none.
type journal struct {
	urgent  bool // something in it must be durable before the outputs leave
	head    bool
	peers   []*peer   // those marked as changed; a place may have been taken by another since
	records []*record // the same
	gone    entryWriter
}

// manyGone is how many entries may be gone before that alone is worth a save.
const manyGone = 1024

// Changes are the entries that have changed since the last call, and all of them in
// the first. Applied one after the other to what a store has, each call's as a
// whole or not at all, they make it the engine's state: Join, Restore. No key is in
// them twice, but that one is gone and there again; a key can be gone that the store
// never had. Their bytes stay valid.
//
// Call it after an input when Unsaved says so, before the outputs are polled and an
// API call returns.
func (e *Engine) Changes() []Entry {
	if e.journal == nil {
		e.openJournal()
	}
	j := e.journal
	w := j.gone
	w.e = e
	if j.head {
		w.head()
	}
	w.clock(e.present())
	for _, p := range j.peers {
		if p.changed {
			p.changed = false
			w.peer(p, p.number)
		}
	}
	for _, rec := range j.records {
		if rec.changed {
			rec.changed = false
			w.record(rec, rec.order)
		}
	}
	w.storedOutputs()
	clear(j.peers)
	clear(j.records)
	*j = journal{peers: j.peers[:0], records: j.records[:0]}
	return w.entries
}

// openJournal begins with everything.
func (e *Engine) openJournal() {
	e.journal = &journal{head: true}
	for p := e.firstPeer; p != nil; p = p.next {
		e.touchPeer(p)
	}
	for _, rec := range e.inOrder() {
		e.touch(rec)
	}
}

// storedOutputs takes the outputs out that were polled, and puts the new ones in.
func (w *entryWriter) storedOutputs() {
	e := w.e
	for ; e.stored.from < min(e.stored.to, e.drained); e.stored.from++ {
		w.outputKey(e.stored.from)
		w.endGone()
	}
	e.stored.from, e.stored.to = e.drained, max(e.stored.to, e.drained)
	for ; e.stored.to < e.drained+uint64(len(e.outputs)-e.polled); e.stored.to++ {
		w.output(e.stored.to, &e.outputs[e.polled+int(e.stored.to-e.drained)])
	}
}

// endGone ends an entry that has only a key.
func (w *entryWriter) endGone() {
	w.entries = append(w.entries, Entry{Key: w.bytes[w.key:w.value:w.value]})
}

// Unsaved tells whether something has changed since the last Changes that must be
// durable before its outputs leave: an invitation is new, has changed its state, or
// need not repeat its CANCEL or REFUSE any more. The rest (presence, login, when a
// copy went out, what is forgotten) may be lost in a crash without harm, and goes
// with the next save.
func (e *Engine) Unsaved() bool {
	j := e.journal
	return j == nil || j.urgent || len(j.gone.entries) >= manyGone
}

func (e *Engine) noteUrgent() {
	if e.journal != nil {
		e.journal.urgent = true
	}
}

// touch notes that a record's entry has changed.
func (e *Engine) touch(rec *record) {
	if e.journal != nil && !rec.changed {
		rec.changed = true
		e.journal.records = append(e.journal.records, rec)
	}
}

func (e *Engine) touchPeer(p *peer) {
	if e.journal != nil && !p.changed {
		p.changed = true
		e.journal.peers = append(e.journal.peers, p)
	}
}

// noteHead notes that other times are in force.
func (e *Engine) noteHead() {
	if e.journal != nil {
		e.journal.head = true
	}
}

// noteGone notes that a record is forgotten.
func (e *Engine) noteGone(rec *record) {
	if e.journal != nil {
		e.journal.gone.recordKey(rec)
		e.journal.gone.endGone()
	}
}

func (e *Engine) noteGonePeer(p *peer) {
	if e.journal != nil {
		e.journal.gone.peerKey(p)
		e.journal.gone.endGone()
	}
}
