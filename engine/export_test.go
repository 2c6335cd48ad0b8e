package engine

import "github.com/invsim/invsim/internal/mutant"

// TablesOf are the tables that an engine with a mutant walks.
func TablesOf(id mutant.ID) (localTable, remoteTable) {
	e := Engine{options: Options{Mutant: id}}
	return e.tables()
}
