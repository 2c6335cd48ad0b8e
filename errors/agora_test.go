// docs/agora.md against the code: every Go name on the page exists, every code,
// state and event has its row, and the numbers and names of the rows are right.

package errors_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/states"
)

// goName is a name in backticks that begins with one of our packages.
var goName = regexp.MustCompile("`((?:errors|states|engine|host|wire)\\.[A-Z][A-Za-z]*(?:\\.[A-Z][A-Za-z]*)*)`")

func TestEveryGoNameOfThePageExists(t *testing.T) {
	text := agoraPage(t)
	declared := map[string]bool{}
	for _, dir := range []string{"errors", "states", "engine", "host"} {
		for name := range exported(t, "../"+dir, dir) {
			declared[name] = true
		}
	}
	names := goName.FindAllStringSubmatch(text, -1)
	if len(names) < 100 {
		t.Fatalf("only %d names are found on the page", len(names))
	}
	for _, each := range names {
		// errors.As and the like are declared here as well.
		if !declared[each[1]] {
			t.Errorf("%s does not exist", each[1])
		}
	}
}

// vendorStates are the vendor's state constants: number, name, ours.
var vendorStates = []struct {
	number int
	name   string
	ours   string
	state  fmt.Stringer
}{
	{0, "LOCAL_INVITATION_STATE_IDLE", "LocalIdle", states.LocalIdle},
	{1, "LOCAL_INVITATION_STATE_SENT_TO_REMOTE", "LocalSentToRemote", states.LocalSentToRemote},
	{2, "LOCAL_INVITATION_STATE_RECEIVED_BY_REMOTE", "LocalReceivedByRemote", states.LocalReceivedByRemote},
	{3, "LOCAL_INVITATION_STATE_ACCEPTED_BY_REMOTE", "LocalAcceptedByRemote", states.LocalAcceptedByRemote},
	{4, "LOCAL_INVITATION_STATE_REFUSED_BY_REMOTE", "LocalRefusedByRemote", states.LocalRefusedByRemote},
	{5, "LOCAL_INVITATION_STATE_CANCELED", "LocalCanceled", states.LocalCanceled},
	{6, "LOCAL_INVITATION_STATE_FAILURE", "LocalFailure", states.LocalFailure},

	{0, "REMOTE_INVITATION_STATE_IDLE", "RemoteIdle", states.RemoteIdle},
	{1, "REMOTE_INVITATION_STATE_INVITATION_RECEIVED", "RemoteInvitationReceived", states.RemoteInvitationReceived},
	{2, "REMOTE_INVITATION_STATE_ACCEPT_SENT_TO_LOCAL", "RemoteAcceptSentToLocal", states.RemoteAcceptSentToLocal},
	{3, "REMOTE_INVITATION_STATE_REFUSED", "RemoteRefused", states.RemoteRefused},
	{4, "REMOTE_INVITATION_STATE_ACCEPTED", "RemoteAccepted", states.RemoteAccepted},
	{5, "REMOTE_INVITATION_STATE_CANCELED", "RemoteCanceled", states.RemoteCanceled},
	{6, "REMOTE_INVITATION_STATE_FAILURE", "RemoteFailure", states.RemoteFailure},
}

func TestEveryStateHasItsRow(t *testing.T) {
	rows := agoraRows(t)
	for _, each := range vendorStates {
		web := strings.SplitN(each.name, "_STATE_", 2)[1]
		webCell := "`\"" + web + "\"`"
		if each.ours == "RemoteIdle" {
			webCell = "none"
		}
		wantRow(t, rows, strconv.Itoa(each.number), "`"+each.name+"`", webCell, "`states."+each.ours+"`")
		if each.state.String() != web || fmt.Sprintf("%d", each.state) != strconv.Itoa(each.number) {
			t.Errorf("states.%s is %d %v, not %d %s", each.ours, each.state, each.state, each.number, web)
		}
	}
}

func TestEveryCodeHasItsRow(t *testing.T) {
	rows := agoraRows(t)
	for _, each := range vendor {
		wantRow(t, rows, strconv.Itoa(each.code.Number()), "`"+each.code.Name()+"`", "`errors."+each.ours+"`")
	}
}

func TestEveryEventHasItsRows(t *testing.T) {
	rows, events := agoraRows(t), 0
	for kind := engine.Send + 1; kind.String() != "?"; kind++ {
		events++
		if kind == engine.RemoteInvitationMissed { // ours alone
			continue
		}
		native, web := false, false
		for _, row := range rows {
			whole := strings.Join(row, " ")
			named := strings.Contains(whole, "`engine."+kind.String()+"`") && strings.Contains(whole, "`host.Listener.On"+kind.String()+"`")
			native = native || named && strings.HasPrefix(row[0], "`on"+kind.String()+"(")
			web = web || named && strings.HasPrefix(row[0], "`"+kind.String()+"`")
			if strings.HasPrefix(row[0], "`on"+kind.String()+"(") && kind.Terminal() != (cell(row, 3) != "") {
				t.Errorf("%v: whether it ends the invitation is wrong: %q", kind, row)
			}
		}
		if !native || !web {
			t.Errorf("%v: native row %v, Web row %v", kind, native, web)
		}
	}
	if events != 11 {
		t.Errorf("%d events", events)
	}
}

// A row with a vendor's constant that no list knows is a slip of the page.
func TestNoRowIsInvented(t *testing.T) {
	known := map[string]bool{}
	for _, each := range vendor {
		known[each.name] = true
	}
	for _, each := range vendorStates {
		known[each.name] = true
	}
	constant := regexp.MustCompile(`\b(?:(?:LOCAL|REMOTE)_INVITATION_(?:ERR|STATE)|INVITATION_API_CALL_ERR)_[A-Z_]+\b`)
	for _, name := range constant.FindAllString(agoraPage(t), -1) {
		if !known[name] {
			t.Errorf("%s is not the vendor's", name)
		}
	}
}

func agoraPage(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../docs/agora.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// agoraRows are the cells of all rows of all tables.
func agoraRows(t *testing.T) (rows [][]string) {
	t.Helper()
	for line := range strings.Lines(agoraPage(t)) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "|") || strings.HasPrefix(line, "|---") {
			continue
		}
		cells := strings.Split(strings.Trim(line, "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		rows = append(rows, cells)
	}
	return rows
}

func cell(row []string, i int) string {
	if i < len(row) {
		return row[i]
	}
	return ""
}

// wantRow: exactly one row begins with these cells.
func wantRow(t *testing.T, rows [][]string, cells ...string) {
	t.Helper()
	count := 0
	for _, row := range rows {
		same := len(row) >= len(cells)
		for i := range cells {
			same = same && row[i] == cells[i]
		}
		if same {
			count++
		}
	}
	if count != 1 {
		t.Errorf("%d rows begin with %s", count, strings.Join(cells, " | "))
	}
}

// exported lists what a package declares: names, and members as Type.Member.
func exported(t *testing.T, dir, pkg string) map[string]bool {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	add := func(parts ...string) { found[pkg+"."+strings.Join(parts, ".")] = true }
	for _, file := range files {
		if !strings.HasSuffix(file.Name(), ".go") || strings.HasSuffix(file.Name(), "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), dir+"/"+file.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range parsed.Decls {
			switch decl := decl.(type) {
			case *ast.FuncDecl:
				if decl.Recv == nil {
					add(decl.Name.Name)
				} else if on := receiverName(decl.Recv.List[0].Type); on != "" {
					add(on, decl.Name.Name)
				}
			case *ast.GenDecl:
				for _, spec := range decl.Specs {
					switch spec := spec.(type) {
					case *ast.ValueSpec:
						for _, name := range spec.Names {
							add(name.Name)
						}
					case *ast.TypeSpec:
						add(spec.Name.Name)
						for _, member := range members(spec.Type) {
							add(spec.Name.Name, member)
						}
					}
				}
			}
		}
	}
	return found
}

func receiverName(x ast.Expr) string {
	if star, ok := x.(*ast.StarExpr); ok {
		x = star.X
	}
	if name, ok := x.(*ast.Ident); ok {
		return name.Name
	}
	return ""
}

func members(x ast.Expr) (names []string) {
	var fields *ast.FieldList
	switch x := x.(type) {
	case *ast.StructType:
		fields = x.Fields
	case *ast.InterfaceType:
		fields = x.Methods
	default:
		return nil
	}
	for _, field := range fields.List {
		for _, name := range field.Names {
			names = append(names, name.Name)
		}
	}
	return names
}
