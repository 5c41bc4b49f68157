package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestFunctionsOfTheSDK(t *testing.T) {
	var out bytes.Buffer
	if err := run([]string{"functions", filters}, &out); err != nil {
		t.Fatal(err)
	}
	var answer sdkFunctions
	if err := json.Unmarshal(out.Bytes(), &answer); err != nil {
		t.Fatal(err)
	}
	found := map[string]function{}
	for _, one := range answer.Functions {
		found[one.Package+" "+one.Kind+" "+one.Context+"."+one.Name] = one
	}
	// What it is, and a file that uses it; "" for nobody.
	for name, file := range map[string]string{
		"types callback HttpContext.OnHttpResponseHeaders": "hello/response.go",
		"types callback VMContext.OnVMStart":               "", // only embedded
		"proxywasm call .SetVMContext":                     "hello/main.go",
		"proxywasm method MetricCounter.Increment":         "gate/counters.go",
		"proxywasm type .MetricCounter":                    "",
		"types constant .ActionPause":                      "",
		"types variable .ErrorStatusNotFound":              "",
		"properties call .GetRequestPath":                  "",
	} {
		one, ok := found[name]
		if !ok {
			t.Errorf("there is no %s", name)
		} else if file != "" && !slices.Contains(one.Files, file) || file == "" && len(one.Files) > 0 {
			t.Errorf("%s is used in %v, wanted %q", name, one.Files, file)
		}
	}
}

// A method that has a callback's name is none where its type is no context.
func TestACallbacksNameAloneIsNone(t *testing.T) {
	folder := t.TempDir()
	for _, name := range []string{"go.mod", "go.sum"} {
		text, err := os.ReadFile(filepath.Join(filters, name))
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(folder, name), string(text))
	}
	write(t, filepath.Join(folder, "mine", "main.go"), `package main

import sdk "github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"

type clock struct{}

func (clock) OnTick() {}

type plugin struct{ sdk.DefaultPluginContext }

func (*plugin) OnPluginDone() bool { return true }

func main() {}
`)
	answer, err := functions([]string{folder})
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range answer.(sdkFunctions).Functions {
		wanted := one.Name == "OnPluginDone"
		if got := len(one.Files) > 0; got != wanted {
			t.Errorf("%s is used in %v", one.Name, one.Files)
		}
	}
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
