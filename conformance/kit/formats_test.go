// Reports are what their readers read. The rules below are those of the published schemas
// and specifications, written down by hand: the XML of JUnit as Jenkins' xunit plugin
// (junit-10.xsd) and Surefire describe it, CTRF 0.1 as its JSON Schema does, and TAP 14.

package kit

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/invsim/invsim/conformance/invd"
	"github.com/invsim/invsim/sim/mutant"
)

// reported are runs with all that a report can have: what passes, fails, is skipped, is
// known to fail, was known to fail, hangs, and texts with signs that formats escape.
func reported(t *testing.T) map[string]*Result {
	t.Helper()
	all := map[string]*Result{
		"second-ring": Run(here(mutant.SecondRing), Options{Level: App, Runs: 20, Worlds: 3, Seed: 1, Skip: "restore.*,option.*", Known: map[string]bool{"callee.ringing.invite": true, "world 9": true}}, never),
		"few":         Run(invd.Here(newPlain(invd.JSON)), Options{Level: Wire, Only: "smoke.*,restore.*"}, never),
		"hanging":     Run(hanging{here(mutant.None)}, Options{Level: App, Runs: 5, Worlds: 5}, never),
		"nothing":     Run(here(mutant.None), Options{Level: App, Only: "none"}, never),
	}
	all["second-ring"].Endpoint.Name = "<odd> & \"named\" \x00"
	odd := &all["second-ring"].Outcomes[3]
	odd.Name = "odd #1 \\ <&>\"' \x00 \uFFFE ü"
	odd.Failure = &Difference{Case: Cases()[0], Level: Wire, What: "a ]]> b\x1b[31m", Expected: []string{"\x00", "# no directive"}, Got: []string{"---", "..."}}
	return all
}

// TestFormats: every report keeps to its format, and counts what the run counts.
func TestFormats(t *testing.T) {
	readers := map[string]func(text []byte, r *Result) error{
		"junit": readJUnit, "ctrf": readCTRF, "tap": readTAP, "html": readPage, "badge": readBadge,
		"json": func(text []byte, _ *Result) error { return json.Unmarshal(text, &struct{ Outcomes []any }{}) },
		"md":   readText, "text": readText,
	}
	for name, r := range reported(t) {
		for _, format := range Formats {
			var b bytes.Buffer
			if err := r.Report(&b, format); err != nil {
				t.Fatal(err)
			}
			if err := readers[format](b.Bytes(), r); err != nil {
				t.Errorf("%s in %s: %v\n%.3000s", name, format, err, b.String())
			}
		}
	}
}

func readText(text []byte, _ *Result) error {
	if !utf8.Valid(text) || !bytes.HasSuffix(text, []byte("\n")) {
		return fmt.Errorf("it is no text")
	}
	return nil
}

// element is any element of XML.
type element struct {
	XMLName  xml.Name
	Attrs    []xml.Attr `xml:",any,attr"`
	Children []element  `xml:",any"`
	Text     string     `xml:",chardata"`
}

func (e *element) attr(name string) (value string, there bool) {
	for _, a := range e.Attrs {
		if a.Name.Local == name {
			return a.Value, true
		}
	}
	return "", false
}

// junitRules are what each element must and may have.
var junitRules = map[string]struct {
	must, may, within []string
	text              bool
}{
	"testsuite": {must: []string{"name", "tests", "failures", "errors", "time", "skipped"}, may: []string{"group", "timestamp", "hostname", "id", "package", "file", "log", "url"},
		within: []string{"testsuite", "properties", "testcase", "system-out", "system-err"}},
	"testcase": {must: []string{"name", "time"}, may: []string{"classname", "group"}, within: []string{"skipped", "error", "failure", "system-out", "system-err"}},
	"failure":  {must: []string{"type"}, may: []string{"message"}, text: true},
	"skipped":  {may: []string{"type", "message"}, text: true},
}

func readJUnit(text []byte, r *Result) error {
	var root element
	if err := xml.Unmarshal(text, &root); err != nil {
		return err
	}
	if !bytes.HasPrefix(text, []byte(xml.Header)) || root.XMLName.Local != "testsuite" {
		return fmt.Errorf("it begins otherwise, or with <%s>", root.XMLName.Local)
	}
	seconds := regexp.MustCompile(`^[0-9]+\.[0-9]{3}$`)
	var walk func(e *element) error
	walk = func(e *element) error {
		rule, ok := junitRules[e.XMLName.Local]
		if !ok {
			return fmt.Errorf("there is no element <%s>", e.XMLName.Local)
		}
		for _, name := range rule.must {
			if _, ok := e.attr(name); !ok {
				return fmt.Errorf("<%s> lacks %q", e.XMLName.Local, name)
			}
		}
		for _, a := range e.Attrs {
			if !slices.Contains(rule.must, a.Name.Local) && !slices.Contains(rule.may, a.Name.Local) {
				return fmt.Errorf("<%s> has %q", e.XMLName.Local, a.Name.Local)
			}
			if a.Name.Local == "time" && !seconds.MatchString(a.Value) {
				return fmt.Errorf("a time of %q", a.Value)
			}
		}
		if !rule.text && strings.TrimSpace(e.Text) != "" {
			return fmt.Errorf("<%s> has text", e.XMLName.Local)
		}
		for i := range e.Children {
			if !slices.Contains(rule.within, e.Children[i].XMLName.Local) {
				return fmt.Errorf("<%s> is in <%s>", e.Children[i].XMLName.Local, e.XMLName.Local)
			}
			if err := walk(&e.Children[i]); err != nil {
				return err
			}
		}
		return nil
	}
	if err := walk(&root); err != nil {
		return err
	}
	counted := map[string]int{"tests": len(root.Children)}
	for i := range root.Children {
		for k := range root.Children[i].Children {
			counted[map[string]string{"failure": "failures", "skipped": "skipped"}[root.Children[i].Children[k].XMLName.Local]]++
		}
	}
	for _, name := range []string{"tests", "failures", "skipped", "errors"} {
		if value, _ := root.attr(name); value != strconv.Itoa(counted[name]) {
			return fmt.Errorf("%s are %s, not %d", name, value, counted[name])
		}
	}
	if len(root.Children) != len(r.Outcomes) {
		return fmt.Errorf("%d test cases for %d outcomes", len(root.Children), len(r.Outcomes))
	}
	return nil
}

// ctrfRules are CTRF's rules for all that a report of ours has, and for no more.
const ctrfRules = `{
	"type": "object", "additionalProperties": false, "required": ["reportFormat", "specVersion", "results"],
	"properties": {
		"reportFormat": {"const": "CTRF"},
		"specVersion": {"type": "string", "pattern": "^[0-9]+[.][0-9]+[.][0-9]+$"},
		"generatedBy": {"type": "string"},
		"results": {
			"type": "object", "additionalProperties": false, "required": ["tool", "summary", "tests"],
			"properties": {
				"tool": {"type": "object", "additionalProperties": false, "required": ["name"], "properties": {"name": {"type": "string", "minLength": 1}}},
				"summary": {
					"type": "object", "required": ["tests", "passed", "failed", "pending", "skipped", "other", "start", "stop"], "additionalProperties": false,
					"patternProperties": {"^(tests|passed|failed|pending|skipped|other|start|stop)$": {"type": "integer", "minimum": 0}}
				},
				"tests": {"type": "array", "items": {
					"type": "object", "additionalProperties": false, "required": ["name", "status", "duration"],
					"properties": {
						"name": {"type": "string", "minLength": 1}, "status": {"enum": ["passed", "failed", "skipped", "pending", "other"]},
						"duration": {"type": "integer"}, "suite": {"type": "array", "minItems": 1, "items": {"type": "string"}},
						"message": {"type": "string"}, "trace": {"type": "string"}
					}
				}}
			}
		}
	}
}`

func readCTRF(text []byte, r *Result) error {
	rules, err := jsonschema.UnmarshalJSON(strings.NewReader(ctrfRules))
	if err != nil {
		return err
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("ctrf.json", rules); err != nil {
		return err
	}
	schema, err := compiler.Compile("ctrf.json")
	if err != nil {
		return err
	}
	instance, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return err
	}
	if err := schema.Validate(instance); err != nil {
		return err
	}
	var read struct {
		Results struct {
			Summary map[string]int
			Tests   []struct{ Status string }
		}
	}
	if err := json.Unmarshal(text, &read); err != nil {
		return err
	}
	counted := map[string]int{}
	for _, each := range read.Results.Tests {
		counted[each.Status]++
	}
	for _, status := range []string{"passed", "failed", "skipped", "pending", "other"} {
		if read.Results.Summary[status] != counted[status] {
			return fmt.Errorf("%s: %d in the summary, %d in the list", status, read.Results.Summary[status], counted[status])
		}
	}
	if n := read.Results.Summary["tests"]; n != len(r.Outcomes) || n != len(read.Results.Tests) {
		return fmt.Errorf("%d tests, %d in the list, %d outcomes", n, len(read.Results.Tests), len(r.Outcomes))
	}
	return nil
}

// tapPoint is a result: ok or not, its number, its words, and its directive. A sign behind
// a backslash is no directive.
var tapPoint = regexp.MustCompile(`^(not )?ok ([1-9][0-9]*) - ((?:[^#\\]|\\[#\\])*?)(?: # (SKIP|TODO) (.+))?$`)

func readTAP(text []byte, r *Result) error {
	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	if len(lines) < 2 || lines[0] != "TAP version 14" || lines[1] != fmt.Sprintf("1..%d", len(r.Outcomes)) {
		return fmt.Errorf("it begins with %q", lines[:2])
	}
	point := 0
	for i := 2; i < len(lines); i++ {
		if lines[i] == "  ---" { // a block of YAML belongs to the point before it
			end := slices.Index(lines[i:], "  ...")
			if end < 0 || point == 0 {
				return fmt.Errorf("line %d: a block that does not end, or of no result", i+1)
			}
			var block map[string]string
			if err := yaml.Unmarshal([]byte(strings.Join(lines[i+1:i+end], "\n")+"\n"), &block); err != nil {
				return fmt.Errorf("line %d: %w", i+1, err)
			}
			if o := &r.Outcomes[point-1]; block["failure"] != o.words() || block["clause"] == "" {
				return fmt.Errorf("line %d: the block says %q, not %q", i+1, block["failure"], o.words())
			}
			i += end
			continue
		}
		m := tapPoint.FindStringSubmatch(lines[i])
		if point++; m == nil || m[2] != strconv.Itoa(point) {
			return fmt.Errorf("line %d is no result %d: %q", i+1, point, lines[i])
		}
		o := &r.Outcomes[point-1]
		name := strings.NewReplacer(`\\`, `\`, `\#`, `#`).Replace(m[3])
		directive := map[bool]string{true: "SKIP"}[o.Skipped != "" && !o.Failed()] + map[bool]string{true: "TODO"}[o.Known]
		if name != plain(o.Name) || (m[1] != "") != o.Failed() || m[4] != directive {
			return fmt.Errorf("line %d tells another outcome: %q", i+1, m)
		}
	}
	if point != len(r.Outcomes) {
		return fmt.Errorf("%d results", point)
	}
	return nil
}

func readBadge(text []byte, r *Result) error {
	var root element
	if err := xml.Unmarshal(text, &root); err != nil {
		return err
	}
	if root.XMLName.Local != "svg" || root.XMLName.Space != "http://www.w3.org/2000/svg" || bytes.Contains(text, []byte("passed")) != r.Conforms() && !bytes.Contains(text, []byte("failed")) {
		return fmt.Errorf("it is another picture")
	}
	return nil
}

func readPage(text []byte, r *Result) error {
	d := xml.NewDecoder(bytes.NewReader(text)) // the page is XML, too
	seen := 0
	for {
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		if start, ok := token.(xml.StartElement); ok && start.Name.Local == "tr" {
			seen++
		}
	}
	if seen != len(r.Outcomes) || bytes.Contains(text, []byte("<script")) || bytes.Contains(text, []byte("http:")) {
		return fmt.Errorf("%d rows for %d outcomes, or scripts, or links", seen, len(r.Outcomes))
	}
	return nil
}
