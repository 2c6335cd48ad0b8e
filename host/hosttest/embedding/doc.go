// Package embedding is the code of docs/embedding.md, which quotes it: a transport over
// HTTP, an app with one line, and a store for phones that sleep. It imports host and
// packages below it. Copy the parts that you need.
package embedding
