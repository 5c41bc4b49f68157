package main

import (
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"path/filepath"
	"sort"
	"strings"

	"golang.org/x/tools/go/packages"
)

// The SDK's package of calls, and the one that has the contexts, whose methods are the callbacks.
const (
	callsPath     = "github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
	callbacksPath = callsPath + "/types"
)

// signature is one callback or call of the SDK.
type signature struct {
	// Context is the interface that has the callback, such as HttpContext; "" for a call.
	Context   string `json:"context"`
	Name      string `json:"name"`
	Signature string `json:"signature"`
	// Doc is what the SDK says of it.
	Doc  string `json:"doc"`
	File string `json:"file"`
	Line int    `json:"line"`
}

// sdkSignatures is what the command answers.
type sdkSignatures struct {
	Version   string      `json:"version"`
	Callbacks []signature `json:"callbacks"`
	Calls     []signature `json:"calls"`
}

// signatures reads the SDK that the Go module in a folder requires.
func signatures(arguments []string) (any, error) {
	if len(arguments) != 1 {
		return nil, errors.New("signatures wants one folder: that of a Go module")
	}
	loaded, err := load(arguments[0], callsPath, callbacksPath)
	if err != nil {
		return nil, err
	}
	answer := sdkSignatures{Callbacks: []signature{}, Calls: []signature{}}
	for _, found := range loaded {
		if found.Module == nil {
			return nil, fmt.Errorf("%s belongs to no module", found.PkgPath)
		}
		answer.Version = found.Module.Version
		if found.PkgPath == callbacksPath {
			answer.Callbacks = callbacksOf(found)
		} else {
			answer.Calls = callsOf(found)
		}
	}
	return answer, nil
}

// load type-checks packages as the module in a folder sees them, without a network.
func load(folder string, patterns ...string) ([]*packages.Package, error) {
	config := &packages.Config{
		Dir: folder,
		Mode: packages.NeedName | packages.NeedSyntax | packages.NeedTypes | packages.NeedTypesInfo |
			packages.NeedFiles | packages.NeedModule | packages.NeedImports,
	}
	loaded, err := packages.Load(config, patterns...)
	if err != nil {
		return nil, err
	}
	for _, found := range loaded {
		if len(found.Errors) > 0 {
			return nil, fmt.Errorf("%s: %s", found.PkgPath, found.Errors[0].Msg)
		}
	}
	return loaded, nil
}

// callbacksOf returns the methods of the package's context interfaces, in the order of the source.
func callbacksOf(found *packages.Package) []signature {
	var all []signature
	for _, file := range found.Syntax {
		for _, declared := range file.Decls {
			general, ok := declared.(*ast.GenDecl)
			if !ok || general.Tok != token.TYPE {
				continue
			}
			for _, spec := range general.Specs {
				named := spec.(*ast.TypeSpec)
				contract, ok := named.Type.(*ast.InterfaceType)
				if !ok || !strings.HasSuffix(named.Name.Name, "Context") {
					continue
				}
				for _, method := range contract.Methods.List {
					if len(method.Names) == 0 {
						continue // an embedded interface has its methods where it is declared
					}
					all = append(all, described(found, method.Names[0], named.Name.Name, method.Doc))
				}
			}
		}
	}
	return all
}

// callsOf returns the package's exported functions, by name.
func callsOf(found *packages.Package) []signature {
	var all []signature
	for _, file := range found.Syntax {
		for _, declared := range file.Decls {
			function, ok := declared.(*ast.FuncDecl)
			if ok && function.Recv == nil && function.Name.IsExported() {
				all = append(all, described(found, function.Name, "", function.Doc))
			}
		}
	}
	sort.Slice(all, func(i, j int) bool { return all[i].Name < all[j].Name })
	return all
}

func described(found *packages.Package, name *ast.Ident, context string, doc *ast.CommentGroup) signature {
	object := found.TypesInfo.Defs[name]
	short := func(other *types.Package) string {
		if other == found.Types && found.PkgPath == callsPath {
			return ""
		}
		return other.Name()
	}
	place := found.Fset.Position(name.Pos())
	file := place.Filename
	if inside, err := filepath.Rel(found.Module.Dir, file); err == nil {
		file = filepath.ToSlash(inside)
	}
	return signature{
		Context:   context,
		Name:      name.Name,
		Signature: strings.TrimPrefix(types.TypeString(object.Type(), short), "func"),
		Doc:       strings.TrimSpace(doc.Text()),
		File:      file,
		Line:      place.Line,
	}
}
