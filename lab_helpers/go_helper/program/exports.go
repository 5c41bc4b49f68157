package main

import (
	"errors"
	"go/types"
	"path/filepath"
	"sort"
	"strings"

	"golang.org/x/tools/go/packages"
)

// exportOf says which export of the SDK calls a callback. What a filter cannot do without is not
// among them: Envoy starts VMs and contexts by those, and the SDK forgets contexts by proxy_on_delete.
// A callout's answer goes to a closure, which no method names: whether it is needed, the compiled
// module's imports tell.
var exportOf = map[string]string{
	"PluginContext.OnPluginDone": "proxy_on_done",
	"PluginContext.OnQueueReady": "proxy_on_queue_ready",
	"PluginContext.OnTick":       "proxy_on_tick",

	"HttpContext.OnHttpRequestHeaders":   "proxy_on_request_headers",
	"HttpContext.OnHttpRequestBody":      "proxy_on_request_body",
	"HttpContext.OnHttpRequestTrailers":  "proxy_on_request_trailers",
	"HttpContext.OnHttpResponseHeaders":  "proxy_on_response_headers",
	"HttpContext.OnHttpResponseBody":     "proxy_on_response_body",
	"HttpContext.OnHttpResponseTrailers": "proxy_on_response_trailers",
	"HttpContext.OnHttpStreamDone":       "proxy_on_log",

	"TcpContext.OnNewConnection":   "proxy_on_new_connection",
	"TcpContext.OnDownstreamData":  "proxy_on_downstream_data",
	"TcpContext.OnDownstreamClose": "proxy_on_downstream_connection_close",
	"TcpContext.OnUpstreamData":    "proxy_on_upstream_data",
	"TcpContext.OnUpstreamClose":   "proxy_on_upstream_connection_close",
	"TcpContext.OnStreamDone":      "proxy_on_log",
}

// filterExports is what the command answers.
type filterExports struct {
	// Unknown says why nothing can be told; then there is nothing else.
	Unknown string `json:"unknown"`
	// Used are the exports that lead to code of the filter, of those that the SDK has for callbacks.
	Used []string `json:"used"`
	// Unused are the others: behind each is only the SDK's own answer.
	Unused []string `json:"unused"`
}

// exports reads a filter, and answers which of the SDK's exports lead to its own code.
func exports(arguments []string) (any, error) {
	if len(arguments) != 2 {
		return nil, errors.New(`exports wants a filter's folder, and the compiler's build tags ("" for none)`)
	}
	folder, err := filepath.Abs(arguments[0])
	if err != nil {
		return nil, err
	}
	sdk, filters, err := loadUsersOf(folder, arguments[1], callbacksPath)
	if err != nil {
		return nil, err
	}
	answer := filterExports{Used: []string{}, Unused: []string{}}
	switch {
	case sdk == nil:
		answer.Unknown = "it does not use the SDK for Go"
		return answer, nil
	case sdk.Module != nil && sdk.Module.Replace != nil:
		// Another SDK may call the same methods for other exports.
		answer.Unknown = "its go.mod replaces the SDK by " + sdk.Module.Replace.Path
		return answer, nil
	}
	used := map[string]bool{}
	for _, contract := range contracts(sdk.Types) {
		for _, found := range filters {
			for _, candidate := range typesIn(found) {
				for name := range overridden(candidate, contract) {
					used[exportOf[contract.Obj().Name()+"."+name]] = true
				}
			}
		}
	}
	for _, export := range allExports() {
		if used[export] {
			answer.Used = append(answer.Used, export)
		} else {
			answer.Unused = append(answer.Unused, export)
		}
	}
	return answer, nil
}

// loadUsersOf type-checks a package, and every one of a program that can name a type of it: those that
// import it, at first or at second hand. The rest is known by its types alone, which is quick. The
// package is nil where the program does not have it.
func loadUsersOf(folder, tags, path string) (*packages.Package, []*packages.Package, error) {
	config := wasmConfig(folder, tags)
	config.Mode = packages.NeedName | packages.NeedImports | packages.NeedDeps
	roots, err := packages.Load(config, ".")
	if err != nil {
		return nil, nil, err
	}
	uses := map[*packages.Package]bool{}
	var patterns []string
	packages.Visit(roots, nil, func(found *packages.Package) {
		for _, imported := range found.Imports { // they were visited before
			uses[found] = uses[found] || uses[imported] || imported.PkgPath == path
		}
		if uses[found] && !isSDK(found.PkgPath) && found != roots[0] {
			patterns = append(patterns, found.PkgPath)
		}
	})
	if !uses[roots[0]] {
		return nil, nil, nil
	}
	sort.Strings(patterns)
	loaded, err := loadPackages(folder, tags, append(patterns, ".", path))
	if err != nil {
		return nil, nil, err
	}
	var named *packages.Package
	var users []*packages.Package
	for _, found := range loaded {
		if found.PkgPath == path {
			named = found
		} else {
			users = append(users, found)
		}
	}
	return named, users, nil
}

// isSDK tells the SDK's own packages, whose types answer for nobody's filter.
func isSDK(path string) bool {
	return path == callsPath || strings.HasPrefix(path, callsPath+"/")
}

func allExports() []string {
	all := map[string]bool{}
	for _, export := range exportOf {
		all[export] = true
	}
	names := make([]string, 0, len(all))
	for name := range all {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// contracts returns the SDK's interfaces whose methods are callbacks.
func contracts(sdk *types.Package) []*types.Named {
	var all []*types.Named
	for _, name := range sdk.Scope().Names() {
		named, ok := sdk.Scope().Lookup(name).Type().(*types.Named)
		if ok && types.IsInterface(named) && strings.HasSuffix(name, "Context") {
			all = append(all, named)
		}
	}
	return all
}

// typesIn returns every type that a package declares or writes down: also one without a name, one
// inside a function, and each use of a generic one.
func typesIn(found *packages.Package) []types.Type {
	var all []types.Type
	seen := map[types.Type]bool{}
	add := func(one types.Type) {
		if pointer, ok := one.(*types.Pointer); ok {
			one = pointer.Elem()
		}
		if one = types.Unalias(one); one != nil && !seen[one] && !types.IsInterface(one) {
			seen[one] = true
			all = append(all, one)
		}
	}
	for _, object := range found.TypesInfo.Defs {
		if name, ok := object.(*types.TypeName); ok {
			add(name.Type())
		}
	}
	for _, written := range found.TypesInfo.Types {
		add(written.Type)
	}
	for _, instance := range found.TypesInfo.Instances {
		add(instance.Type)
	}
	return all
}

// overridden returns the methods of a contract that a type, or a pointer to it, does not leave to one
// of the SDK's Default… structs; none where it does not fulfil the contract.
func overridden(candidate types.Type, contract *types.Named) map[string]bool {
	methods := contract.Underlying().(*types.Interface)
	pointer := types.NewPointer(candidate)
	if !types.Implements(pointer, methods) && !types.Implements(candidate, methods) {
		return nil
	}
	own, all := map[string]bool{}, map[string]bool{}
	whole := false
	for index := range methods.NumMethods() {
		name := methods.Method(index).Name()
		all[name] = true
		selected, _, _ := types.LookupFieldOrMethod(pointer, false, contract.Obj().Pkg(), name)
		function, ok := selected.(*types.Func)
		if !ok || !isDefault(function, contract.Obj().Pkg()) {
			own[name] = true
		}
		// What stands behind an embedded interface is known when it runs, not before.
		whole = whole || ok && types.IsInterface(receiver(function))
	}
	if whole {
		return all
	}
	return own
}

func receiver(method *types.Func) types.Type {
	kind := method.Signature().Recv().Type()
	if pointer, ok := types.Unalias(kind).(*types.Pointer); ok {
		kind = pointer.Elem()
	}
	return types.Unalias(kind)
}

// isDefault tells the methods of the SDK's structs that a filter embeds, which do nothing.
func isDefault(method *types.Func, sdk *types.Package) bool {
	named, ok := receiver(method).(*types.Named)
	return ok && named.Obj().Pkg() != nil && named.Obj().Pkg().Path() == sdk.Path() &&
		strings.HasPrefix(named.Obj().Name(), "Default") && !types.IsInterface(named)
}
