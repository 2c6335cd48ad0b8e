package main

import (
	"fmt"
	"strings"
	"testing"
)

// apps are the kinds of apps in the field.
var apps = []struct {
	words   map[language]string
	account Account
}{
	{in("old app", "旧版应用"), Account{RTM: true}},
	{in("both, flag off", "双 SDK，开关关"), Account{RTM: true, Invsim: true}},
	{in("both, flag on", "双 SDK，开关开"), Account{RTM: true, Invsim: true, Migrated: true}},
	{in("invsim only", "仅 invsim"), Account{Invsim: true}},
}

// sidesTable is the table of the page: which SDK rings.
func sidesTable(t *testing.T, lang language) string {
	var b strings.Builder
	b.WriteString(in("| caller \\ callee |", "| 主叫 \\ 被叫 |")[lang])
	for _, callee := range apps {
		fmt.Fprintf(&b, " %s |", callee.words[lang])
	}
	b.WriteString("\n|---|---|---|---|---|\n")
	for _, caller := range apps {
		fmt.Fprintf(&b, "| %s |", caller.words[lang])
		for _, callee := range apps {
			fmt.Fprintf(&b, " %s |", strings.ReplaceAll(string(SideOf(caller.account, callee.account)), "none", "–"))
		}
		b.WriteString("\n")
	}
	return b.String()
}

// TestSideIsCommon: whoever is rung has the SDK, and both ends name the same one.
func TestSideIsCommon(t *testing.T) {
	for _, a := range apps {
		for _, b := range apps {
			side := SideOf(a.account, b.account)
			if side == RTM && !(a.account.RTM && b.account.RTM) || side == Invsim && !(a.account.Invsim && b.account.Invsim) {
				t.Errorf("%v calls %v over %v, which one of them does not have", a, b, side)
			}
			if back := SideOf(b.account, a.account); side != back {
				t.Errorf("%v calls %v over %v, and is called back over %v", a, b, side, back)
			}
		}
	}
}
