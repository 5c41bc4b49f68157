package advice_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/tools/go/packages"
	"golang.org/x/tools/txtar"

	"envoy-wasm-lab/gohelper/advice"
)

// The lab's filters: their go.mod requires the SDK, and `hello` is what most cases add a file to.
var filters = filepath.Join("..", "..", "..", "..", "filter")

// Each case is a filter of its own in testdata/*.txtar: a file that is laid over the filter hello, or,
// where it registers itself, one that stands alone. A line that is spoken of ends in
// `// want KIND: WORDS`, and nothing else is.
var wanted = regexp.MustCompile(`// want ([\w-]+): (.*)$`)

func TestWhatIsSaid(t *testing.T) {
	module := t.TempDir()
	for _, name := range []string{"go.mod", "go.sum"} {
		copyFile(t, filepath.Join(filters, name), filepath.Join(module, name))
	}
	wants := map[string][]string{}
	archives, err := filepath.Glob(filepath.Join("testdata", "*.txtar"))
	if err != nil || len(archives) == 0 {
		t.Fatal("no cases", err)
	}
	for _, archive := range archives {
		read, err := txtar.ParseFile(archive)
		if err != nil {
			t.Fatal(err)
		}
		family := strings.TrimSuffix(filepath.Base(archive), ".txtar")
		for _, one := range read.Files {
			name := family + "_" + one.Name
			folder := filepath.Join(module, name)
			if _, again := wants[name]; again {
				t.Fatalf("two cases are called %s", name)
			}
			wants[name] = layOut(t, folder, string(one.Data))
		}
	}
	loaded := load(t, module)
	for _, one := range loaded {
		name := filepath.Base(one.PkgPath)
		t.Run(name, func(t *testing.T) {
			if len(one.Errors) > 0 {
				t.Fatal(one.Errors)
			}
			said, err := advice.Of(filepath.Join(module, name), []*packages.Package{one})
			if err != nil {
				t.Fatal(err)
			}
			compare(t, said, wants[name])
		})
	}
	if len(loaded) != len(wants) {
		t.Errorf("%d cases, %d were loaded", len(wants), len(loaded))
	}
}

func layOut(t *testing.T, folder, source string) []string {
	t.Helper()
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(source, "proxywasm.SetVMContext(") {
		for _, name := range []string{"main.go", "contexts.go"} {
			copyFile(t, filepath.Join(filters, "hello", name), filepath.Join(folder, name))
		}
	}
	if err := os.WriteFile(filepath.Join(folder, "case.go"), []byte(source), 0o644); err != nil {
		t.Fatal(err)
	}
	var wants []string
	for number, line := range strings.Split(source, "\n") {
		if match := wanted.FindStringSubmatch(line); match != nil {
			wants = append(wants, fmt.Sprintf("%d %s: %s", number+1, match[1], match[2]))
		}
	}
	return wants
}

func compare(t *testing.T, said []advice.Advice, wants []string) {
	t.Helper()
	left := append([]string{}, wants...)
	for _, one := range said {
		found := false
		for i, want := range left {
			place := fmt.Sprintf("%d %s: ", one.Line, one.Kind)
			if words, ok := strings.CutPrefix(want, place); ok && one.File == "case.go" && strings.Contains(one.Sentence, words) {
				left = append(left[:i], left[i+1:]...)
				found = true
				break
			}
		}
		if !found {
			t.Errorf("said, and not wanted: %s:%d %s: %s", one.File, one.Line, one.Kind, one.Sentence)
		}
	}
	for _, want := range left {
		t.Errorf("wanted, and not said: line %s", want)
	}
}

func load(t *testing.T, module string) []*packages.Package {
	t.Helper()
	config := &packages.Config{
		Dir: module,
		Mode: packages.NeedName | packages.NeedFiles | packages.NeedCompiledGoFiles | packages.NeedImports |
			packages.NeedTypes | packages.NeedTypesSizes | packages.NeedSyntax | packages.NeedTypesInfo,
		Env: append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "GOPROXY=off", "GOWORK=off", "CGO_ENABLED=0"),
	}
	loaded, err := packages.Load(config, "./...")
	if err != nil {
		t.Fatal(err)
	}
	return loaded
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	content, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, content, 0o644); err != nil {
		t.Fatal(err)
	}
}
