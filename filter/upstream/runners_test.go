package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"sync"
	"testing"

	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/proxytest"
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"
	"github.com/stretchr/testify/require"
)

// runners are the ways to run the filter: the Go source, which is quick and whose failures have a line
// number, and the Wasm of both compilers, which is what Envoy gets.
var runners = []struct {
	name string
	vm   func() (types.VMContext, error)
}{
	{"source", func() (types.VMContext, error) { return newVMContext(), nil }},
	{"tinygo", sync.OnceValues(func() (types.VMContext, error) { return load("tinygo.wasm") })},
	{"go", sync.OnceValues(func() (types.VMContext, error) { return load("go.wasm") })},
}

// onEach runs a test on each runner, with a plugin configuration ("" for none).
//
// The compiled modules are loaded once and serve all tests, for loading takes seconds. So the tests
// share a VM, each with a plugin of its own, as Envoy does it for plugins with one vm_id: a state kept
// in a global would show.
func onEach(t *testing.T, configuration string, test func(t *testing.T, envoy *emulator)) {
	t.Helper()
	for _, runner := range runners {
		t.Run(runner.name, func(t *testing.T) {
			vm, err := runner.vm()
			require.NoError(t, err)
			test(t, emulate(t, vm, configuration))
		})
	}
}

// buildFolder is where TestMain puts the compiled modules.
var buildFolder string

func TestMain(m *testing.M) {
	code, err := runTests(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func runTests(m *testing.M) (code int, err error) {
	flag.Parse()
	if flag.Lookup("test.fuzzworker").Value.String() == "true" {
		return m.Run(), nil // `go test -fuzz` starts many of these, and they run no module
	}
	// The emulator runs Wasm as native code that holds addresses of its own. Collecting often shows
	// one that Go no longer knows of: what wazero 1.7.2 did is else seen once in a hundred runs.
	debug.SetGCPercent(10)
	buildFolder, err = os.MkdirTemp("", "upstream-filter-")
	if err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(buildFolder)) }()
	if err := buildWithTinyGo(); err != nil {
		return 1, err
	}
	if err := buildWithGo(); err != nil {
		return 1, err
	}
	return m.Run(), nil
}

func buildWithTinyGo() error {
	tinygo := os.Getenv("LAB_TINYGO")
	if tinygo == "" {
		found, err := exec.LookPath("tinygo")
		if err != nil {
			return fmt.Errorf("these tests need TinyGo: `make setup` (or `lab setup`) installs it; the "+
				"environment variable LAB_TINYGO names one that is not on the PATH (%w)", err)
		}
		tinygo = found
	}
	return run(exec.Command(tinygo, "build", "-o", filepath.Join(buildFolder, "tinygo.wasm"), "-target=wasi",
		"-buildmode=c-shared", "-scheduler=none", "-opt=2", "-no-debug", "-tags=custommalloc", "."))
}

func buildWithGo() error {
	build := exec.Command("go", "build", "-buildmode=c-shared", "-o", filepath.Join(buildFolder, "go.wasm"), ".")
	build.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm")
	return run(build)
}

func run(build *exec.Cmd) error {
	if said, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", build, err, said)
	}
	return nil
}

func load(name string) (types.VMContext, error) {
	module, err := os.ReadFile(filepath.Join(buildFolder, name))
	if err != nil {
		return nil, err
	}
	return proxytest.NewWasmVMContext(module)
}
