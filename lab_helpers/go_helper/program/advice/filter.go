package advice

import (
	"go/ast"
	"go/types"
	"sort"

	"golang.org/x/tools/go/packages"
	"golang.org/x/tools/go/ssa"
	"golang.org/x/tools/go/ssa/ssautil"
)

// The SDK's package of calls, and the one that has the contexts, whose methods are the callbacks.
const (
	callsPath     = "github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
	callbacksPath = callsPath + "/types"
)

// contextNames are the interfaces whose methods Envoy calls.
var contextNames = []string{"VMContext", "PluginContext", "HttpContext", "TcpContext"}

// filter is the picture that all checks read.
type filter struct {
	// contracts are the SDK's interfaces, by name.
	contracts map[string]*types.Interface
	// contexts are the filter's own types that are contexts: which ones.
	contexts map[*types.Named][]string
	// hooks are the callbacks that the filter has, with the function that Envoy calls.
	hooks []hook
	// functions are all of the filter's, in the order of the source.
	functions []*ssa.Function
	// used are the objects that the filter's source names somewhere else than where they are declared.
	used map[types.Object]bool
	// replies are the functions that may be given to DispatchHttpCall.
	replies map[*ssa.Function]bool
	// moments tells when a function may run.
	moments map[*ssa.Function]moment
	own     map[*types.Package]bool
	named   []*types.Named
}

// hook is a callback of Envoy's that the filter has.
type hook struct {
	context, name string
	of            *types.Named
	function      *ssa.Function
}

// newFilter returns the picture; nil where the packages do not use the SDK.
func newFilter(loaded []*packages.Package) *filter {
	seen := &filter{
		contracts: map[string]*types.Interface{},
		contexts:  map[*types.Named][]string{},
		used:      map[types.Object]bool{},
		replies:   map[*ssa.Function]bool{},
		moments:   map[*ssa.Function]moment{},
		own:       map[*types.Package]bool{},
	}
	for _, one := range loaded {
		seen.own[one.Types] = true
	}
	for _, one := range loaded {
		seen.readContracts(one.Types, map[*types.Package]bool{})
		for at, object := range one.TypesInfo.Uses {
			if !inReceiver(one.Syntax, at) {
				seen.used[origin(object)] = true
			}
		}
	}
	if len(seen.contracts) < len(contextNames) {
		return nil
	}
	program, _ := ssautil.Packages(loaded, ssa.InstantiateGenerics)
	program.Build()
	for function := range ssautil.AllFunctions(program) {
		if seen.isOwn(function) && len(function.Blocks) > 0 {
			seen.functions = append(seen.functions, function)
		}
	}
	sort.Slice(seen.functions, func(i, j int) bool {
		a, b := seen.functions[i], seen.functions[j]
		return a.Pos() < b.Pos() || a.Pos() == b.Pos() && a.String() < b.String()
	})
	seen.readContexts(loaded, program)
	seen.readMoments()
	return seen
}

func origin(object types.Object) types.Object {
	if function, ok := object.(*types.Func); ok {
		return function.Origin()
	}
	return object
}

// isOwn tells whether a function is of the filter's source: a closure and a wrapper belong to their
// function.
func (seen *filter) isOwn(function *ssa.Function) bool {
	for function.Parent() != nil {
		function = function.Parent()
	}
	return function.Pkg != nil && seen.own[function.Pkg.Pkg]
}

// readContracts looks for the SDK's interfaces among what is imported, and what that imports.
func (seen *filter) readContracts(from *types.Package, visited map[*types.Package]bool) {
	if visited[from] {
		return
	}
	visited[from] = true
	if from.Path() == callbacksPath {
		for _, name := range contextNames {
			if object := from.Scope().Lookup(name); object != nil {
				if contract, ok := object.Type().Underlying().(*types.Interface); ok {
					seen.contracts[name] = contract
				}
			}
		}
		return
	}
	for _, imported := range from.Imports() {
		seen.readContracts(imported, visited)
	}
}

// readContexts finds the filter's own contexts, and the callbacks that they have.
func (seen *filter) readContexts(loaded []*packages.Package, program *ssa.Program) {
	for _, one := range loaded {
		scope := one.Types.Scope()
		for _, name := range scope.Names() {
			declared, ok := scope.Lookup(name).(*types.TypeName)
			if !ok || declared.IsAlias() {
				continue
			}
			named, ok := declared.Type().(*types.Named)
			if !ok || types.IsInterface(named) || named.TypeParams().Len() > 0 {
				continue
			}
			seen.named = append(seen.named, named)
			for _, context := range contextNames {
				if types.Implements(types.NewPointer(named), seen.contracts[context]) {
					seen.contexts[named] = append(seen.contexts[named], context)
					seen.readHooks(named, context, program)
				}
			}
		}
	}
	sort.Slice(seen.named, func(i, j int) bool { return seen.named[i].Obj().Pos() < seen.named[j].Obj().Pos() })
}

func (seen *filter) readHooks(named *types.Named, context string, program *ssa.Program) {
	contract := seen.contracts[context]
	for i := range contract.NumMethods() {
		name := contract.Method(i).Name()
		object, _, _ := types.LookupFieldOrMethod(types.NewPointer(named), true, named.Obj().Pkg(), name)
		method, ok := object.(*types.Func)
		if !ok || !seen.own[method.Pkg()] {
			continue // the SDK's own, which does nothing
		}
		if function := program.FuncValue(method); function != nil && len(function.Blocks) > 0 {
			seen.hooks = append(seen.hooks, hook{context, name, named, function})
		}
	}
}

// inReceiver tells whether a name stands in the receiver of a method.
func inReceiver(files []*ast.File, at *ast.Ident) bool {
	for _, file := range files {
		if at.Pos() < file.FileStart || at.Pos() >= file.FileEnd {
			continue
		}
		for _, declared := range file.Decls {
			function, ok := declared.(*ast.FuncDecl)
			if ok && function.Recv != nil && function.Recv.Pos() <= at.Pos() && at.Pos() < function.Recv.End() {
				return true
			}
		}
	}
	return false
}
