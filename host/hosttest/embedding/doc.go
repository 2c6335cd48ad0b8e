// Package embedding is the code of docs/embedding.md, which quotes it: a transport
// over HTTP, an app with one line, and a store for phones that sleep. Copy what
// you need.
package embedding
