// Package svg writes pictures as SVG: escaped elements, and one style that works in a
// page and in a file by itself. What a picture shows is decided by those who draw it.
// It imports nothing of this module.
package svg
