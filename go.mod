module github.com/invsim/invsim

go 1.26

require github.com/qmuntal/stateless v1.8.0
