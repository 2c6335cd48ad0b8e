// Schedules with an endpoint as a campaign: the same answer, whoever has played which part.

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
)

// driverWithout is the command of an endpoint with a rule less.
func driverWithout(t *testing.T, rule string) []string {
	t.Helper()
	asCommand(t)
	return []string{"--", "invsim", "conform", "driver", "--mutant", rule}
}

// TestConformCampaign: in one process, in shards and merged, the answer is the same, and
// the schedules that differ are those of conform run.
func TestConformCampaign(t *testing.T) {
	endpoint := driverWithout(t, "second-ring")
	t.Chdir(t.TempDir())
	with := func(more ...string) []string {
		return append(append(strings.Fields("campaign conform --runs 40 --seed 5"), more...), endpoint...)
	}
	plain, stderr, ended := invsim(append(strings.Fields("conform run --skip * --worlds 0 --runs 40 --seed 5 --report json=plain.json"), endpoint...)...)
	if ended != exitViolated {
		t.Fatalf("exit %d: %s%s", ended, plain, stderr)
	}
	whole, stderr, code := invsim(with("--state", "whole")...)
	if code != ended || !strings.Contains(whole, " schedules differ so; the first have the seeds 5 8 13 14 24\n") || !strings.HasSuffix(whole,
		"It does not conform.\nsee it made small: invsim conform run --skip '*' --worlds 0 --runs 1 --seed 5 -- COMMAND\n") {
		t.Fatalf("exit %d: %s%s", code, whole, stderr)
	}
	for _, part := range []string{"2/3", "3/3", "1/3", "2/7"} {
		if got, stderr, code := invsim(with("--state", "parts", "--shard", part)...); code != exitHeld || !strings.HasPrefix(got, "shard "+part+" is complete: ") {
			t.Errorf("shard %s: exit %d: %s%s", part, code, got, stderr)
		}
	}
	for _, args := range [][]string{with("--state", "whole"), with("--state", "parts"), {"merge", "parts"}, {"merge", "whole", "parts"}} {
		if got, stderr, code := invsim(args...); got != whole || code != ended {
			t.Errorf("%q: exit %d:\n%s%s\nnot\n%s", args, code, got, stderr, whole)
		}
	}
	merged, stderr, code := invsim("merge", "parts", "-o", "json")
	if code != ended {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	text, err := os.ReadFile("plain.json")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := seedsOf(t, []byte(merged)), seedsOf(t, text); !reflect.DeepEqual(got, want) || len(want) == 0 {
		t.Errorf("the seeds are %v, not %v", got, want)
	}
}

// seedsOf are the first schedules of each cause in a report, and how many there are.
func seedsOf(t *testing.T, text []byte) map[string]string {
	t.Helper()
	var report struct {
		Outcomes []struct {
			Name  string
			Times int
			Seeds []uint64
		}
	}
	if err := json.Unmarshal(text, &report); err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, o := range report.Outcomes {
		all[o.Name] = fmt.Sprint(o.Times, o.Seeds)
	}
	return all
}

// TestConformCampaignRefuses: what is of another endpoint, and what cannot be started.
func TestConformCampaignRefuses(t *testing.T) {
	endpoint := strings.Join(driverWithout(t, "second-ring"), " ")
	t.Chdir(t.TempDir())
	if _, stderr, code := invsim(strings.Fields("campaign conform --runs 3 --state part --shard 1/3 " + endpoint)...); code != exitHeld {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	data, err := os.ReadFile("part/000001.units")
	if err != nil {
		t.Fatal(err)
	}
	start := strings.Index(string(data), `,"Endpoint":`)
	for name, text := range map[string]string{
		"nobody": string(data)[:start] + "}\n",
		"runs":   strings.Replace(string(data), `"Kind":"conform","Flags":[["runs","3"]]`, `"Kind":"run","Flags":[["calls","3"]]`, 1),
	} {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		args string
		code int
		says string
	}{
		{"merge part", exitMissed, "of 3 units these are missing: 1 to 2\ninvsim campaign conform --runs 3 --state DIRECTORY -- COMMAND plays them"},
		{"merge nobody", exitUsage, "a campaign conform without an endpoint"},
		{"merge runs", exitUsage, "a campaign run with an endpoint"},
		{"merge part --cover", exitUsage, "a campaign conform has no --cover"},
		{"merge part -o pdf", exitUsage, "there are badge, ctrf, html, json, junit, md, tap, text"},
		{"campaign conform --runs 3 --state part " + strings.Replace(endpoint, "second-ring", "accept-without-confirm", 1), exitUsage, `its Endpoint is {"protocol":"invd/1","name":"invsim without second-ring"`},
		{"campaign conform --runs 3 --timeout 1s --state part " + endpoint, exitUsage, `its Flags is [["runs","3"]], not [["runs","3"],["timeout","1s"]]`},
		{"campaign conform --runs 3 " + endpoint, exitUsage, "--state DIRECTORY is required"},
		{"campaign conform --level bytes --state new " + endpoint, exitUsage, `campaign conform: --level "bytes" is none of`},
		{"campaign conform --state new", exitUsage, "which endpoint?"},
		{"campaign conform --state new -- /bin/cat", exitInternal, "campaign conform: start the endpoint /bin/cat"},
		{"campaign conform --state new -- ./none", exitInternal, "campaign conform: start the endpoint ./none"},
	} {
		stdout, stderr, code := invsim(strings.Fields(c.args)...)
		if code != c.code || stdout != "" || !strings.Contains(stderr, c.says) {
			t.Errorf("invsim %s: exit %d: %s%s\nnot %d: %s", c.args, code, stdout, stderr, c.code, c.says)
		}
	}
	got, stderr, code := invsim(strings.Fields("campaign conform --runs 3 --dry-run --state part " + endpoint)...)
	if code != exitHeld || !strings.HasSuffix(got, "schedules 3\nunits    3\nmissing  1 to 2\n") {
		t.Errorf("exit %d: %s%s", code, got, stderr)
	}
}
