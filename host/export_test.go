package host

// Handles is how many handles the host remembers.
func Handles(h *Host) int {
	h.view.Lock()
	defer h.view.Unlock()
	return len(h.locals) + len(h.remotes)
}

// Untold is how many events wait for their callbacks.
func Untold(h *Host) int {
	h.view.Lock()
	defer h.view.Unlock()
	return h.events.queue.Len()
}
