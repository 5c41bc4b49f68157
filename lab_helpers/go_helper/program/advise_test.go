package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"envoy-wasm-lab/gohelper/advice"
)

func TestAdviceFollowsTheFiltersOwnPackages(t *testing.T) {
	folder := newFilter(t, map[string]string{
		"go.mod": "", "go.sum": "",
		"mine/main.go": `package main

import (
	"envoywasmlab/filter/clock"

	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
)

func main() {}

func init() {
	proxywasm.SetVMContext(clock.New())
}
`,
		"clock/clock.go": `package clock

import (
	"envoywasmlab/filter/clock/rest"

	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"
)

type vm struct{ types.DefaultVMContext }

func New() types.VMContext { return &vm{} }

func (*vm) NewPluginContext(uint32) types.PluginContext { return &plugin{} }

type plugin struct{ types.DefaultPluginContext }

func (*plugin) OnTick() { rest.Rest() }
`,
		"clock/rest/rest.go": "package rest\n\nimport \"time\"\n\nfunc Rest() { time.Sleep(1) }\n",
	})
	said := ask(t, filepath.Join(folder, "mine"))
	wanted := []string{"../clock/clock.go:17 timer", "../clock/rest/rest.go:5 sleep"}
	if got := places(said); strings.Join(got, ", ") != strings.Join(wanted, ", ") {
		t.Errorf("%v, wanted %v", got, wanted)
	}
}

func TestNothingIsSaidOfTheLabsOwnFilters(t *testing.T) {
	for _, name := range []string{"hello", "token"} {
		if said := ask(t, filepath.Join(filters, name)); len(said) > 0 {
			t.Errorf("%s: %v", name, said)
		}
	}
}

func TestWhatDoesNotCompileOrIsNoFilterHasNoAdvice(t *testing.T) {
	broken := newFilter(t, map[string]string{"go.mod": "", "go.sum": "", "main.go": "package main\n\nvar x = y\n"})
	err := run([]string{"advise", broken}, &bytes.Buffer{})
	if err == nil || !strings.Contains(err.Error(), "undefined: y") {
		t.Errorf("%v", err)
	}
	if err := run([]string{"advise"}, &bytes.Buffer{}); err == nil {
		t.Error("it took no folder for one")
	}
	other := newFilter(t, map[string]string{"go.mod": "", "go.sum": "", "main.go": "package main\n\nfunc main() {}\n"})
	if said := ask(t, other); said == nil || len(said) > 0 {
		t.Errorf("%v, wanted an empty list", said)
	}
}

// newFilter writes files; go.mod and go.sum are those of the lab's filters.
func newFilter(t *testing.T, files map[string]string) string {
	t.Helper()
	folder := t.TempDir()
	for name, text := range files {
		if text == "" {
			read, err := os.ReadFile(filepath.Join(filters, name))
			if err != nil {
				t.Fatal(err)
			}
			text = string(read)
		}
		file := filepath.Join(folder, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

func ask(t *testing.T, folder string) []advice.Advice {
	t.Helper()
	var out bytes.Buffer
	if err := run([]string{"advise", folder}, &out); err != nil {
		t.Fatal(err)
	}
	var said []advice.Advice
	if err := json.Unmarshal(out.Bytes(), &said); err != nil {
		t.Fatal(err)
	}
	return said
}

func places(said []advice.Advice) []string {
	var found []string
	for _, one := range said {
		found = append(found, fmt.Sprintf("%s:%d %s", one.File, one.Line, one.Kind))
	}
	return found
}
