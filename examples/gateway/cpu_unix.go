// Processor time, where the system tells it.

//go:build unix

package main

import (
	"syscall"
	"time"
)

// processorTime is how much this process has used so far.
func processorTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
