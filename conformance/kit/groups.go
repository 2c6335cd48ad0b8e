// Groups: failures of one cause are told once, whether cases, schedules or worlds have shown
// them.

package kit

import "strings"

// group are failures of one cause, as far as one can see.
type group struct {
	shown  *Outcome // the one with the fewest steps
	others []string
}

// groups are those that are not known, in the order in which they were found.
func (r *Result) groups() []*group {
	by := map[string]*group{}
	var list []*group
	for i := range r.Outcomes {
		o := &r.Outcomes[i]
		if !o.Failed() || o.Known {
			continue
		}
		g := by[o.cause()]
		switch {
		case g == nil:
			g = &group{shown: o}
			by[o.cause()] = g
			list = append(list, g)
		case o.length() < g.shown.length():
			g.others = append(g.others, g.shown.Name)
			g.shown = o
		default:
			g.others = append(g.others, o.Name)
		}
	}
	return list
}

// Name is that of the failure that is shown.
func (g *group) Name() string { return g.shown.Name }

// Records are what is to be kept of each cause, by the names of files: a case, or what was
// said in a world.
func (r *Result) Records() map[string][]byte {
	files := map[string][]byte{}
	for _, g := range r.groups() {
		if d := g.shown.Failure; d != nil && d.Case.nothing() {
			continue // seeds tell it
		} else if d != nil {
			files[d.Case.ID+".json"] = d.Case.Write()
		} else {
			files[strings.NewReplacer(": ", "-", " ", "-").Replace(g.Name())+".log"] = g.shown.Log
		}
	}
	return files
}

// length is how long it takes to read.
func (o *Outcome) length() int {
	if o.Failure == nil {
		return 0
	}
	return max(o.Failure.Step, len(o.Failure.log))
}

func (o *Outcome) cause() string {
	if o.Failure != nil {
		return o.Failure.Cause()
	}
	return o.breaks
}
