// The answer of invsim check: as text, as JSON, and as the matrix of docs/guarantees.md.

package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/invsim/invsim/internal/output"
	"github.com/invsim/invsim/sim/explain"
	"github.com/invsim/invsim/sim/explore"
	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/sim/result"
)

// checkFormats are the forms of the answer.
var checkFormats = map[string]func(io.Writer, *checkedWorlds) error{"text": checkText, "json": checkJSON, "md": checkMarkdown}

func checkText(w io.Writer, a *checkedWorlds) error {
	out := &output.Lines{To: w}
	a.headline(out)
	out.Printf("\n")
	for _, r := range a.results {
		complete := "complete"
		if !r.Complete {
			complete = "NOT COMPLETE"
			if a.verdict.Violated {
				complete = "stopped at the violation"
			}
		}
		out.Wrap("  "+r.World.String(), 4, "")
		out.Printf("    %s: %s, %s, %s\n", complete, output.Count(r.States, "state"), output.Count(r.Transitions, "transition"), output.Count(r.Depth, "step"))
	}
	for _, r := range a.results {
		for i := range r.Found {
			f := &r.Found[i]
			if f.Promised == a.verdict.Violated && !a.toldBefore(r, f.Property) { // what is not promised is of no interest after a violation
				brokenText(out, r, f)
			}
		}
	}
	for i, missing := range a.verdict.Missing {
		if i == 0 {
			out.Printf("\nnever reached\n")
		}
		out.Printf("  %s\n", missing)
	}
	out.Printf("\nagain: %s\n", a.again)
	if out.Err == nil && a.failure != nil {
		out.Printf("\nThe violation as a world of the simulator, made small:\n\n")
		if out.Err == nil {
			out.Err = a.failure.Text(w)
		}
		if out.Err == nil && a.why != nil {
			out.Printf("\n")
			out.Err = explain.Text(w, a.why, newLine("why", a.failure.Token.String()).String())
		}
	}
	return out.Err
}

func (a *checkedWorlds) headline(out *output.Lines) {
	complete := 0
	for _, r := range a.results {
		if r.Complete {
			complete++
		}
	}
	switch a.word() {
	case result.Held:
		out.Printf("HELD  every promised property, in every state of %s\n", searches(complete))
	case result.Violated:
		for _, r := range a.results {
			for _, f := range r.Found {
				if f.Promised {
					out.Wrap(fmt.Sprintf("VIOLATED  %s: %s, after %s", explore.Name(f.Property), explore.Words(f.Property), output.Count(len(f.Path), "step")), 2, "")
				}
			}
		}
	case result.Interrupted:
		out.Printf("INTERRUPTED  after %s, in which every promised property held\n", searches(complete))
	default:
		if !a.verdict.Complete {
			out.Printf("NOT COMPLETE  no promised property was violated so far\n")
		} else {
			out.Printf("MISSED  every promised property held, and something was never reached\n")
		}
	}
}

func searches(n int) string {
	if n == 1 {
		return "1 search"
	}
	return fmt.Sprintf("%d searches", n)
}

// brokenText tells the shortest way to a broken property.
func brokenText(out *output.Lines, r *explore.Result, f *explore.Found) {
	kind := "VIOLATED"
	if !f.Promised {
		kind = "broken, and not promised in such a world"
	}
	out.Printf("\n")
	out.Wrap(fmt.Sprintf("%s: %s, %s", kind, explore.Name(f.Property), explore.Words(f.Property)), 2, "")
	out.Wrap("  in "+r.World.String(), 4, "")
	for i, m := range f.Path {
		out.Wrap(fmt.Sprintf("  %2d  %v", i+1, m), 6, "")
	}
	if f.Detail != "" {
		out.Wrap("      "+f.Detail, 6, "")
	}
	switch {
	case f.Token == nil:
		out.Wrap("  no token: the simulator has no world in which it goes like this", 4, "")
	case len(f.Played) > len(f.Path):
		out.Wrap(fmt.Sprintf("  token, of a way with %s: %s", output.Count(len(f.Played), "step"), f.Token), 4, "")
	default:
		out.Printf("  token: %s\n", f.Token)
	}
}

// checkAnswer is the answer as JSON.
type checkAnswer struct {
	Verdict  string         `json:"verdict"`
	Complete bool           `json:"complete"`
	Missing  []string       `json:"never_reached"`
	Searches []searchAnswer `json:"searches"`
	Again    string         `json:"again"`
	Version  string         `json:"version"` // of the program
	Token    string         `json:"token,omitempty"`
	Why      []string       `json:"why,omitempty"`
}

type searchAnswer struct {
	World       string         `json:"world"`
	Complete    bool           `json:"complete"`
	States      int            `json:"states"`
	Transitions uint64         `json:"transitions"`
	Steps       int            `json:"steps"`
	Pairs       []string       `json:"pairs"`
	Broken      []brokenAnswer `json:"broken"`
}

type brokenAnswer struct {
	Property string   `json:"property"`
	Words    string   `json:"words"`
	Promised bool     `json:"promised"`
	Steps    []string `json:"steps"`
	Token    string   `json:"token,omitempty"`
	Played   []string `json:"token_steps,omitempty"`
}

func checkJSON(w io.Writer, a *checkedWorlds) error {
	answer := checkAnswer{
		Verdict: a.word().String(), Complete: a.verdict.Complete && !a.interrupted, Missing: append([]string{}, a.verdict.Missing...),
		Searches: []searchAnswer{}, Again: a.again, Version: version,
	}
	for _, r := range a.results {
		s := searchAnswer{World: r.World.String(), Complete: r.Complete, States: r.States, Transitions: r.Transitions, Steps: r.Depth, Pairs: r.PairNames(), Broken: []brokenAnswer{}}
		for _, f := range r.Found {
			b := brokenAnswer{Property: explore.Name(f.Property), Words: explore.Words(f.Property), Promised: f.Promised, Steps: texts(f.Path)}
			if f.Token != nil {
				b.Token, b.Played = f.Token.String(), texts(f.Played)
			}
			s.Broken = append(s.Broken, b)
		}
		answer.Searches = append(answer.Searches, s)
	}
	if a.failure != nil {
		answer.Token = a.failure.Token.String()
		if a.why != nil {
			for _, s := range a.why.Sentences {
				answer.Why = append(answer.Why, s.Text)
			}
		}
	}
	return output.JSON(w, answer)
}

// checkMarkdown is a matrix of the properties and the searches, and the shortest way to
// each property that is broken.
func checkMarkdown(w io.Writer, a *checkedWorlds) error {
	out := &output.Lines{To: w}
	out.Printf("| | search | states | steps | |\n|--:|---|--:|--:|---|\n")
	head, line := "| |", "|---|"
	for i, r := range a.results {
		complete := "complete"
		if !r.Complete {
			complete = "not complete"
		}
		out.Printf("| %d | %v | %s | %d | %s |\n", i+1, r.World, output.Group(r.States), r.Depth, complete)
		head += fmt.Sprintf(" %d |", i+1)
		line += "---|"
	}
	out.Printf("\n%s\n%s\n", head, line)
	for _, id := range explore.Properties {
		row := fmt.Sprintf("| %s |", explore.Name(id))
		for _, r := range a.results {
			row += " " + cell(r, id) + " |"
		}
		out.Printf("%s\n", row)
	}
	for i, r := range a.results {
		for _, f := range r.Found {
			way := strings.Join(texts(f.Path), "; ")
			if f.Detail != "" {
				way += "; " + f.Detail
			}
			token := "no token"
			if f.Token != nil {
				token = "`invsim replay " + f.Token.String() + "`"
			}
			out.Printf("\n* **%s in %d**, in %s: %s. %s\n", explore.Name(f.Property), i+1, output.Count(len(f.Path), "step"), way, token)
		}
	}
	return out.Err
}

// cell tells whether a property held in a search.
func cell(r *explore.Result, id property.ID) string {
	for _, f := range r.Found {
		if f.Property == id {
			return fmt.Sprintf("**fails** in %d", len(f.Path))
		}
	}
	switch {
	case !r.World.Checks(id):
		return "–"
	case !r.Complete:
		return "?"
	}
	return "holds"
}

func texts(path []explore.Move) []string {
	all := []string{}
	for _, m := range path {
		all = append(all, m.String())
	}
	return all
}
