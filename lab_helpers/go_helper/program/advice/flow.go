package advice

import (
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ssa"
)

// flow follows values through the filter: into variables, fields, texts that are put together, and
// the filter's own functions.
type flow struct {
	values map[ssa.Value]bool
	fields map[*types.Var]bool
	grown  bool
	// wide lets any function of another package carry what it is given, and not only those of texts.
	wide bool
}

// follow returns where values go that come from a source.
func (seen *filter) follow(wide bool, isSource func(ssa.Value) bool) *flow {
	way := &flow{values: map[ssa.Value]bool{}, fields: map[*types.Var]bool{}, grown: true, wide: wide}
	for _, function := range seen.functions {
		for _, parameter := range function.Params {
			if isSource(parameter) {
				way.add(parameter)
			}
		}
	}
	for way.grown {
		way.grown = false
		for _, function := range seen.functions {
			for _, block := range function.Blocks {
				for _, instruction := range block.Instrs {
					if value, ok := instruction.(ssa.Value); ok && isSource(value) {
						way.add(value)
					}
					way.step(seen, instruction)
				}
			}
		}
	}
	return way
}

func (way *flow) add(value ssa.Value) {
	if value != nil && !way.values[value] {
		way.values[value] = true
		way.grown = true
	}
}

func (way *flow) step(seen *filter, instruction ssa.Instruction) {
	switch at := instruction.(type) {
	case *ssa.Store:
		if way.values[at.Val] {
			way.into(at.Addr)
		}
	case *ssa.MapUpdate:
		if way.values[at.Value] {
			way.add(at.Map)
		}
	case *ssa.BinOp:
		if at.Op == token.ADD {
			way.copy(at, at.X, at.Y)
		}
	case *ssa.UnOp:
		if at.Op == token.MUL {
			way.copy(at, at.X)
		}
	case *ssa.FieldAddr:
		if field := fieldOf(at.X.Type(), at.Field); way.fields[field] {
			way.add(at)
		}
	case *ssa.Field:
		if field := fieldOf(at.X.Type(), at.Field); way.fields[field] {
			way.add(at)
		}
	case *ssa.Phi:
		way.copy(at, at.Edges...)
	case *ssa.Extract:
		way.copy(at, at.Tuple)
	case *ssa.Convert:
		way.copy(at, at.X)
	case *ssa.ChangeType:
		way.copy(at, at.X)
	case *ssa.MakeInterface:
		way.copy(at, at.X)
	case *ssa.Slice:
		way.copy(at, at.X)
	case *ssa.IndexAddr:
		way.copy(at, at.X)
	case *ssa.Index:
		way.copy(at, at.X)
	case *ssa.Lookup:
		if name, fixed := text(at.Index); !fixed || !way.wide || !bounded[name] {
			way.copy(at, at.X)
		}
	case *ssa.Range:
		way.copy(at, at.X)
	case *ssa.Next:
		way.copy(at, at.Iter)
	case *ssa.MakeClosure:
		for i, bound := range at.Bindings {
			if way.values[bound] {
				way.add(at.Fn.(*ssa.Function).FreeVars[i])
			}
		}
	case *ssa.Call:
		way.call(seen, at)
	}
}

func (way *flow) copy(to ssa.Value, from ...ssa.Value) {
	for _, value := range from {
		if way.values[value] {
			way.add(to)
		}
	}
}

// into follows a value that is stored.
func (way *flow) into(address ssa.Value) {
	switch address := address.(type) {
	case *ssa.FieldAddr:
		if field := fieldOf(address.X.Type(), address.Field); field != nil && !way.fields[field] {
			way.fields[field] = true
			way.grown = true
		}
	case *ssa.IndexAddr:
		way.add(address.X)
		way.into(address.X)
	case *ssa.Alloc, *ssa.Global, *ssa.FreeVar:
		way.add(address)
	}
}

// textPackages have functions whose result holds what they are given.
var textPackages = map[string]bool{"strings": true, "fmt": true, "bytes": true, "strconv": true, "path": true,
	"net/url": true, "encoding/hex": true, "encoding/base64": true, "errors": true}

func (way *flow) call(seen *filter, call *ssa.Call) {
	callee := call.Common().StaticCallee()
	if callee == nil {
		if builtin, ok := call.Common().Value.(*ssa.Builtin); ok && builtin.Name() == "append" {
			way.copy(call, call.Common().Args...)
		}
		return
	}
	if !seen.isOwn(callee) || len(callee.Blocks) == 0 {
		path, name := called(call)
		if (textPackages[path] || way.wide && path != callsPath && !isBool(call.Type())) && carriesText(name) {
			way.copy(call, call.Common().Args...)
		}
		return
	}
	for i, argument := range call.Common().Args {
		if way.values[argument] && i < len(callee.Params) {
			way.add(callee.Params[i])
		}
	}
	for _, block := range callee.Blocks {
		if last, ok := block.Instrs[len(block.Instrs)-1].(*ssa.Return); ok {
			way.copy(call, last.Results...)
		}
	}
}

func isBool(of types.Type) bool {
	basic, ok := of.Underlying().(*types.Basic)
	return ok && basic.Kind() == types.Bool
}

// carriesText tells whether a function returns the text that it was given, and not a verdict on it.
func carriesText(name string) bool {
	switch name {
	case "Contains", "ContainsAny", "HasPrefix", "HasSuffix", "Count", "Index", "IndexByte", "LastIndex", "EqualFold", "Compare":
		return false
	}
	return true
}

func fieldOf(of types.Type, index int) *types.Var {
	if pointer, ok := of.Underlying().(*types.Pointer); ok {
		of = pointer.Elem()
	}
	fields, ok := of.Underlying().(*types.Struct)
	if !ok || index >= fields.NumFields() {
		return nil
	}
	return fields.Field(index).Origin()
}
