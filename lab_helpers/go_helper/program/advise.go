package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sort"

	"golang.org/x/tools/go/packages"

	"envoy-wasm-lab/gohelper/advice"
)

// advise reads a filter's folder and answers what compiles there, but does not do what it seems to.
func advise(arguments []string) (any, error) {
	if len(arguments) != 1 {
		return nil, errors.New("advise wants one folder: that of a filter")
	}
	folder, err := filepath.Abs(arguments[0])
	if err != nil {
		return nil, err
	}
	loaded, err := loadFilter(folder)
	if err != nil {
		return nil, err
	}
	return advice.Of(folder, loaded)
}

// loadFilter type-checks a filter as its compiler does, with the packages of its module that it
// imports. What it imports from elsewhere is known by its types alone, which is quick.
func loadFilter(folder string) ([]*packages.Package, error) {
	wanted := map[string]bool{}
	for {
		patterns := []string{"."}
		for path := range wanted {
			patterns = append(patterns, path)
		}
		sort.Strings(patterns)
		loaded, err := loadPackages(folder, "", patterns)
		if err != nil {
			return nil, err
		}
		before := len(wanted)
		for _, found := range loaded {
			for path, imported := range found.Imports {
				if ours(found.Module, imported.Module) {
					wanted[path] = true
				}
			}
		}
		if len(wanted) == before {
			return loaded, nil
		}
	}
}

func ours(mine, other *packages.Module) bool {
	return mine != nil && other != nil && mine.Path == other.Path
}

func loadPackages(folder, tags string, patterns []string) ([]*packages.Package, error) {
	config := wasmConfig(folder, tags)
	config.Mode = packages.NeedName | packages.NeedFiles | packages.NeedCompiledGoFiles | packages.NeedImports |
		packages.NeedTypes | packages.NeedTypesSizes | packages.NeedSyntax | packages.NeedTypesInfo |
		packages.NeedModule
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

// wasmConfig is for a filter as its compiler reads it: for Wasm, without C, and with its build tags.
func wasmConfig(folder, tags string) *packages.Config {
	config := &packages.Config{
		Dir: folder,
		Env: append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0"),
	}
	if tags != "" { // else those of GOFLAGS hold, as for standard Go
		config.BuildFlags = []string{"-tags=" + tags}
	}
	return config
}
