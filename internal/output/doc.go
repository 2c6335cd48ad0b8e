// Package output writes what every answer is made of: numbers, lines and JSON. A line
// that is about one kind of answer does not belong here. It imports nothing of this
// module.
package output
