package main

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
)

// The SDK that the article and most filters of its time were written for. It was given away: today's
// is the same code under another path, but for a few calls.
const oldSDK = "github.com/tetratelabs/proxy-wasm-go-sdk"

// change is one thing that adopting altered.
type change struct {
	File     string `json:"file"`
	Line     int    `json:"line"`
	Sentence string `json:"sentence"`
}

// adoption is what the command answers: nothing is written by it.
type adoption struct {
	// Files is what the new folder holds in place of the old files, by their path in it.
	Files   map[string]string `json:"files"`
	Changes []change          `json:"changes"`
	// Left is what a person has to look at.
	Left []change `json:"left"`
}

// adopt reads a filter's folder and answers how it reads with today's SDK.
//
// The arguments are the folder, the go.mod that it is under, and the SDK's version to require.
func adopt(arguments []string) (any, error) {
	if len(arguments) != 3 {
		return nil, errors.New("adopt wants a folder, its go.mod, and the SDK's version")
	}
	folder, goMod, version := arguments[0], arguments[1], arguments[2]
	answer := &adoption{Files: map[string]string{}, Changes: []change{}, Left: []change{}}
	files, err := goFiles(folder)
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		if err := answer.adoptFile(folder, file); err != nil {
			return nil, err
		}
	}
	if err := answer.adoptModule(goMod, version); err != nil {
		return nil, err
	}
	return answer, nil
}

// goFiles returns the Go files below a folder, by their path in it, in order.
func goFiles(folder string) ([]string, error) {
	var found []string
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && path != folder {
			name := entry.Name()
			if name == "vendor" || name == "testdata" || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") {
				return filepath.SkipDir
			}
		}
		if !entry.IsDir() && strings.HasSuffix(path, ".go") {
			inside, err := filepath.Rel(folder, path)
			if err != nil {
				return err
			}
			found = append(found, inside)
		}
		return nil
	})
	sort.Strings(found)
	return found, err
}

// edit replaces the bytes from begin to end.
type edit struct {
	begin, end int
	text       string
}

// adopted is one file while it is changed.
type adopted struct {
	answer *adoption
	name   string
	set    *token.FileSet
	syntax *ast.File
	source []byte
	edits  []edit
}

func (answer *adoption) adoptFile(folder, name string) error {
	source, err := os.ReadFile(filepath.Join(folder, name))
	if err != nil {
		return err
	}
	set := token.NewFileSet()
	syntax, err := parser.ParseFile(set, name, source, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	file := &adopted{answer: answer, name: filepath.ToSlash(name), set: set, syntax: syntax, source: source}
	sdk := file.moveImports()
	if sdk != "" {
		file.addStatus(sdk)
		file.moveRegistration(sdk)
	}
	if len(file.edits) > 0 {
		answer.Files[file.name] = file.text()
	}
	return nil
}

func (file *adopted) offset(at token.Pos) int { return file.set.Position(at).Offset }

func (file *adopted) replace(begin, end token.Pos, text string) {
	file.edits = append(file.edits, edit{file.offset(begin), file.offset(end), text})
}

func (file *adopted) note(at token.Pos, format string, values ...any) {
	line := file.set.Position(at).Line
	file.answer.Changes = append(file.answer.Changes, change{file.name, line, fmt.Sprintf(format, values...)})
}

func (file *adopted) leave(at token.Pos, format string, values ...any) {
	line := file.set.Position(at).Line
	file.answer.Left = append(file.answer.Left, change{file.name, line, fmt.Sprintf(format, values...)})
}

// text returns the source with the edits in it.
func (file *adopted) text() string {
	sort.SliceStable(file.edits, func(i, j int) bool { return file.edits[i].begin < file.edits[j].begin })
	var out strings.Builder
	at := 0
	for _, one := range file.edits {
		out.Write(file.source[at:one.begin])
		out.WriteString(one.text)
		at = one.end
	}
	out.Write(file.source[at:])
	return out.String()
}

// moveImports gives the SDK its new path, and returns the name by which the file calls it.
func (file *adopted) moveImports() string {
	sdk := ""
	for _, spec := range file.syntax.Imports {
		path := strings.Trim(spec.Path.Value, "\"`")
		if path == callsPath || path == oldSDK+"/proxywasm" {
			sdk = "proxywasm"
			if spec.Name != nil {
				sdk = spec.Name.Name
			}
		}
		if rest, is := strings.CutPrefix(path, oldSDK); is && (rest == "" || rest[0] == '/') {
			moved := strings.TrimSuffix(callsPath, "/proxywasm") + rest
			file.replace(spec.Path.Pos(), spec.Path.End(), `"`+moved+`"`)
			file.note(spec.Pos(), "The SDK moved: its import path is %s today.", moved)
		}
	}
	return sdk
}

// called returns the SDK's function that an expression calls, with the call; "" for another.
func called(sdk string, node ast.Node) (string, *ast.CallExpr) {
	call, ok := node.(*ast.CallExpr)
	if !ok {
		return "", nil
	}
	switch function := call.Fun.(type) {
	case *ast.SelectorExpr:
		if on, ok := function.X.(*ast.Ident); ok && on.Name == sdk {
			return function.Sel.Name, call
		}
	case *ast.Ident:
		if sdk == "." {
			return function.Name, call
		}
	}
	return "", nil
}

// addStatus gives SendHttpResponse the argument that it has since 0.15.
func (file *adopted) addStatus(sdk string) {
	ast.Inspect(file.syntax, func(node ast.Node) bool {
		name, call := called(sdk, node)
		if name == "SendHttpResponse" && len(call.Args) == 3 {
			file.replace(call.Args[2].End(), call.Args[2].End(), ", -1")
			file.note(call.Pos(), "SendHttpResponse has a fourth argument today, the gRPC status; -1 is for none.")
		}
		return true
	})
}

// moveRegistration makes an init of what main does: nothing ever runs main in a module that Envoy loads.
func (file *adopted) moveRegistration(sdk string) {
	for _, declared := range file.syntax.Decls {
		function, ok := declared.(*ast.FuncDecl)
		if !ok || function.Recv != nil || function.Name.Name != "main" || file.syntax.Name.Name != "main" {
			continue
		}
		if len(function.Body.List) == 0 {
			return
		}
		// What may not run in init, for Envoy answers no call before the VM has started.
		for _, statement := range function.Body.List {
			ast.Inspect(statement, func(node ast.Node) bool {
				if _, later := node.(*ast.FuncLit); later {
					return false
				}
				if name, call := called(sdk, node); name != "" && !strings.HasSuffix(name, "Context") {
					file.leave(call.Pos(), "%s.%s may not run in init(): move it to OnVMStart or OnPluginStart.", sdk, name)
				}
				return true
			})
		}
		file.replace(function.Name.Pos(), function.Name.End(), "init")
		begin := function.Pos()
		if function.Doc != nil {
			begin = function.Doc.Pos()
		}
		file.replace(begin, begin, "// main stays empty: the module is a library that Envoy calls into.\nfunc main() {}\n\n")
		file.note(function.Pos(), "What main did is in init now: with -buildmode=c-shared nothing runs main.")
	}
}
