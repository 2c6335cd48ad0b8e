package host

// Handles is how many handles the host remembers.
func Handles(h *Host) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.locals) + len(h.remotes)
}
