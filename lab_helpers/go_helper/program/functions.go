package main

import (
	"errors"
	"go/ast"
	"go/token"
	"go/types"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"
)

// The SDK's package that reads Envoy's attributes by functions of their own.
const propertiesPath = "github.com/proxy-wasm/proxy-wasm-go-sdk/properties"

// function is something of the SDK that a filter may name, and where a folder's filters do.
type function struct {
	signature
	// Package is the SDK's package, such as proxywasm.
	Package string `json:"package"`
	// Kind is callback, call, method, type, constant or variable.
	Kind string `json:"kind"`
	// Files are those that have the callback, or make the call; from the folder.
	Files []string `json:"files"`
}

// sdkFunctions is what the command answers.
type sdkFunctions struct {
	Version   string     `json:"version"`
	Functions []function `json:"functions"`
}

// functions reads the SDK that the Go module in a folder requires, and that module's use of it.
func functions(arguments []string) (any, error) {
	if len(arguments) != 1 {
		return nil, errors.New("functions wants one folder: that of a Go module")
	}
	sdk, err := load(arguments[0], callsPath, callbacksPath, propertiesPath)
	if err != nil {
		return nil, err
	}
	filters, err := load(arguments[0], "./...")
	if err != nil {
		return nil, err
	}
	folder, err := filepath.Abs(arguments[0])
	if err != nil {
		return nil, err
	}
	uses := usesIn(filters, folder)
	answer := sdkFunctions{}
	for _, found := range sdk {
		answer.Version = found.Module.Version
		for _, one := range functionsOf(found) {
			one.Files = uses[one.Package+"."+one.Context+"."+one.Name]
			if one.Files == nil {
				one.Files = []string{}
			}
			answer.Functions = append(answer.Functions, one)
		}
	}
	return answer, nil
}

// functionsOf returns all that a filter may name of a package, in the order of its source.
func functionsOf(found *packages.Package) []function {
	var all []function
	add := func(kind, context string, name *ast.Ident, doc *ast.CommentGroup) {
		if name.IsExported() {
			all = append(all, function{signature: described(found, name, context, doc), Package: found.Name, Kind: kind})
		}
	}
	if found.PkgPath == callbacksPath {
		for _, one := range callbacksOf(found) {
			all = append(all, function{signature: one, Package: found.Name, Kind: "callback"})
		}
	}
	for _, file := range found.Syntax {
		for _, declared := range file.Decls {
			switch declared := declared.(type) {
			case *ast.FuncDecl:
				if declared.Recv == nil {
					add("call", "", declared.Name, declared.Doc)
				} else if of := receiverName(declared); token.IsExported(of) && found.PkgPath == callsPath {
					add("method", of, declared.Name, declared.Doc)
				}
			case *ast.GenDecl:
				for _, spec := range declared.Specs {
					switch spec := spec.(type) {
					case *ast.TypeSpec:
						add("type", "", spec.Name, either(spec.Doc, declared.Doc))
					case *ast.ValueSpec:
						for _, name := range spec.Names {
							add(map[bool]string{true: "constant", false: "variable"}[declared.Tok == token.CONST], "", name, either(spec.Doc, declared.Doc))
						}
					}
				}
			}
		}
	}
	return all
}

// either returns a declaration's own comment, or that of the declaration around it.
func either(own, around *ast.CommentGroup) *ast.CommentGroup {
	if own != nil {
		return own
	}
	return around
}

// receiverName returns the name of the type that a method is of.
func receiverName(method *ast.FuncDecl) string {
	of := method.Recv.List[0].Type
	if pointer, ok := of.(*ast.StarExpr); ok {
		of = pointer.X
	}
	if name, ok := of.(*ast.Ident); ok {
		return name.Name
	}
	return ""
}

// usesIn returns the files that have a callback or make a call, by package, context and name.
func usesIn(filters []*packages.Package, folder string) map[string][]string {
	uses := map[string][]string{}
	for _, filter := range filters {
		note := func(key string, at token.Pos) {
			file, err := filepath.Rel(folder, filter.Fset.Position(at).Filename)
			if err == nil && !slices.Contains(uses[key], filepath.ToSlash(file)) {
				uses[key] = append(uses[key], filepath.ToSlash(file))
			}
		}
		for name, object := range filter.TypesInfo.Uses {
			if called, ok := object.(*types.Func); ok && called.Pkg() != nil && ofTheSDK(called.Pkg().Path()) {
				note(called.Pkg().Name()+"."+ownerOf(called)+"."+called.Name(), name.Pos())
			}
		}
		contracts := contractsOf(filter.Types)
		for _, file := range filter.Syntax {
			for _, declared := range file.Decls {
				method, ok := declared.(*ast.FuncDecl)
				if !ok || method.Recv == nil {
					continue
				}
				of := filter.Types.Scope().Lookup(receiverName(method))
				for context, contract := range contracts {
					has, _, _ := types.LookupFieldOrMethod(contract, false, nil, method.Name.Name)
					if of != nil && has != nil && types.Implements(types.NewPointer(of.Type()), contract) {
						note("types."+context+"."+method.Name.Name, method.Name.Pos())
					}
				}
			}
		}
	}
	for _, files := range uses {
		slices.Sort(files)
	}
	return uses
}

func ofTheSDK(path string) bool {
	return path == callsPath || path == callbacksPath || path == propertiesPath
}

// ownerOf returns the type that a method is of; "" for a function.
func ownerOf(called *types.Func) string {
	of := called.Type().(*types.Signature).Recv()
	if of == nil {
		return ""
	}
	text := types.TypeString(of.Type(), func(*types.Package) string { return "" })
	return strings.TrimPrefix(text, "*")
}

// contractsOf returns the SDK's context interfaces, as a filter's package sees them.
func contractsOf(filter *types.Package) map[string]*types.Interface {
	contracts := map[string]*types.Interface{}
	for _, imported := range filter.Imports() {
		if imported.Path() != callbacksPath {
			continue
		}
		for _, name := range imported.Scope().Names() {
			if contract, ok := imported.Scope().Lookup(name).Type().Underlying().(*types.Interface); ok && strings.HasSuffix(name, "Context") {
				contracts[name] = contract
			}
		}
	}
	return contracts
}
