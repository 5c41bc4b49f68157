package advice

import (
	"go/constant"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ssa"
)

// callsIn returns a function's calls, in order.
func callsIn(function *ssa.Function) []ssa.CallInstruction {
	var found []ssa.CallInstruction
	for _, block := range function.Blocks {
		for _, instruction := range block.Instrs {
			if call, ok := instruction.(ssa.CallInstruction); ok {
				found = append(found, call)
			}
		}
	}
	return found
}

// calls yields each call of a function of another package, with the function it stands in.
func (at *report) calls(yield func(function *ssa.Function, call ssa.CallInstruction)) {
	for _, function := range at.functions {
		if !at.isHere(function) {
			continue
		}
		for _, call := range callsIn(function) {
			yield(function, call)
		}
	}
}

// isHere tells whether a function stands in the package that is looked at, as a person wrote it.
func (at *report) isHere(function *ssa.Function) bool {
	if function.Synthetic != "" {
		return false
	}
	for function.Parent() != nil {
		function = function.Parent()
	}
	return function.Pkg != nil && function.Pkg.Pkg == at.Pkg
}

// sdkCall returns the name of the SDK's function that is called; "" for another.
func sdkCall(call ssa.CallInstruction) string {
	path, name := called(call)
	if path != callsPath {
		return ""
	}
	return name
}

// called returns a function that is called, by its package's path and its name, which for a method
// has its type before it: `WaitGroup.Wait`.
func called(call ssa.CallInstruction) (path, name string) {
	function := call.Common().StaticCallee()
	if function == nil {
		return "", ""
	}
	object, ok := function.Object().(*types.Func)
	if !ok || object.Pkg() == nil {
		return "", ""
	}
	name = object.Name()
	if receiver := object.Signature().Recv(); receiver != nil {
		if named := namedOf(receiver.Type()); named != nil {
			name = named.Obj().Name() + "." + name
		}
	}
	return object.Pkg().Path(), name
}

func namedOf(of types.Type) *types.Named {
	if pointer, ok := of.(*types.Pointer); ok {
		of = pointer.Elem()
	}
	named, _ := types.Unalias(of).(*types.Named)
	return named
}

// functionOf returns the function that a value is: itself, a closure, or a method bound to its
// receiver.
func functionOf(value ssa.Value) *ssa.Function {
	switch value := value.(type) {
	case *ssa.Function:
		return written(value)
	case *ssa.MakeClosure:
		return written(value.Fn.(*ssa.Function))
	case *ssa.ChangeType:
		return functionOf(value.X)
	}
	return nil
}

// written returns the method that a wrapper stands for.
func written(function *ssa.Function) *ssa.Function {
	if function.Synthetic == "" {
		return function
	}
	if object, ok := function.Object().(*types.Func); ok {
		if method := function.Prog.FuncValue(object); method != nil {
			return method
		}
	}
	return function
}

// text returns a value that is a constant text.
func text(value ssa.Value) (string, bool) {
	fixed, ok := value.(*ssa.Const)
	if !ok || fixed.Value == nil || fixed.Value.Kind() != constant.String {
		return "", false
	}
	return constant.StringVal(fixed.Value), true
}

// number returns a value that is a constant whole number.
func number(value ssa.Value) (int64, bool) {
	fixed, ok := value.(*ssa.Const)
	if !ok || fixed.Value == nil || fixed.Value.Kind() != constant.Int {
		return 0, false
	}
	return constant.Int64Val(fixed.Value)
}

// conditions returns what had to be decided for a block to run: each condition that leads to it on
// one side alone, and on which side.
func conditions(block *ssa.BasicBlock) map[ssa.Value]bool {
	found := map[ssa.Value]bool{}
	for at := block; at.Idom() != nil; at = at.Idom() {
		above := at.Idom()
		if len(above.Instrs) == 0 {
			continue
		}
		last, ok := above.Instrs[len(above.Instrs)-1].(*ssa.If)
		if !ok || above.Succs[0] == above.Succs[1] {
			continue
		}
		for side, next := range above.Succs {
			if next.Dominates(block) && len(next.Preds) == 1 {
				found[last.Cond] = side == 0
			}
		}
	}
	return found
}

// parts returns a condition and what it is made of by !, ==, && and the like.
func parts(condition ssa.Value) []ssa.Value {
	found, waiting := []ssa.Value{}, []ssa.Value{condition}
	known := map[ssa.Value]bool{}
	for len(waiting) > 0 {
		value := waiting[0]
		waiting = waiting[1:]
		if known[value] {
			continue
		}
		known[value] = true
		found = append(found, value)
		switch value := value.(type) {
		case *ssa.UnOp:
			if value.Op == token.NOT {
				waiting = append(waiting, value.X)
			}
		case *ssa.BinOp:
			waiting = append(waiting, value.X, value.Y)
		case *ssa.Phi:
			waiting = append(waiting, value.Edges...)
		}
	}
	return found
}
