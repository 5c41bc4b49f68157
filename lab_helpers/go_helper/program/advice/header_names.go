package advice

import (
	"go/token"
	"go/types"
	"strings"

	"golang.org/x/tools/go/ssa"
)

// headerNames reports a header's name with capital letters that is held against what Envoy gives:
// there all names are in small letters. The SDK's calls for one header do not mind.
var headerNames = check("headerNames", "report a header's name that is never found for its capital letters", func(at *report) {
	for _, function := range at.functions {
		if !at.isHere(function) {
			continue
		}
		keyed := mapsByName(function)
		for _, block := range function.Blocks {
			for _, instruction := range block.Instrs {
				switch instruction := instruction.(type) {
				case *ssa.BinOp:
					if instruction.Op != token.EQL && instruction.Op != token.NEQ {
						continue
					}
					if partOfPair(instruction.X) == 0 {
						at.capitals(instruction.Y, instruction.Pos())
					} else if partOfPair(instruction.Y) == 0 {
						at.capitals(instruction.X, instruction.Pos())
					}
				case *ssa.Lookup:
					if keyed[instruction.X] {
						at.capitals(instruction.Index, instruction.Pos())
					}
				}
			}
		}
	}
})

func (at *report) capitals(name ssa.Value, pos token.Pos) {
	if written, fixed := text(name); fixed && written != strings.ToLower(written) {
		at.say(pos, "header-name", "Envoy gives all headers' names in small letters, so none is ever %q: write %q.", written, strings.ToLower(written))
	}
}

// partOfPair returns which part of a header a value is, 0 for its name and 1 for its value; -1 for
// what is none.
func partOfPair(value ssa.Value) int64 {
	var pair, index ssa.Value
	switch value := value.(type) {
	case *ssa.Index:
		pair, index = value.X, value.Index
	case *ssa.UnOp:
		place, ok := value.X.(*ssa.IndexAddr)
		if value.Op != token.MUL || !ok {
			return -1
		}
		pair, index = place.X, place.Index
	default:
		return -1
	}
	at, fixed := number(index)
	if !fixed || !isPair(pair.Type()) || !isGiven(pair) {
		return -1
	}
	return at
}

func isPair(of types.Type) bool {
	if pointer, ok := of.Underlying().(*types.Pointer); ok {
		of = pointer.Elem()
	}
	array, ok := of.Underlying().(*types.Array)
	return ok && array.Len() == 2 && types.Identical(array.Elem(), types.Typ[types.String])
}

// isGiven tells whether a pair comes out of a list that a call of the SDK returned in this function.
func isGiven(pair ssa.Value) bool {
	waiting, visited := []ssa.Value{pair}, map[ssa.Value]bool{}
	for len(waiting) > 0 {
		value := waiting[0]
		waiting = waiting[1:]
		if value == nil || visited[value] {
			continue
		}
		visited[value] = true
		switch value := value.(type) {
		case *ssa.Call:
			if name := sdkCall(value); strings.HasPrefix(name, "GetHttp") && (strings.HasSuffix(name, "Headers") || strings.HasSuffix(name, "Trailers")) {
				return true
			}
		case *ssa.Extract:
			waiting = append(waiting, value.Tuple)
		case *ssa.UnOp:
			waiting = append(waiting, value.X)
		case *ssa.IndexAddr:
			waiting = append(waiting, value.X)
		case *ssa.Index:
			waiting = append(waiting, value.X)
		case *ssa.Phi:
			waiting = append(waiting, value.Edges...)
		case *ssa.Alloc:
			for _, use := range *value.Referrers() {
				if store, ok := use.(*ssa.Store); ok && store.Addr == value {
					waiting = append(waiting, store.Val)
				}
			}
		}
	}
	return false
}

// mapsByName are a function's maps whose keys are headers' names.
func mapsByName(function *ssa.Function) map[ssa.Value]bool {
	found := map[ssa.Value]bool{}
	for _, block := range function.Blocks {
		for _, instruction := range block.Instrs {
			if update, ok := instruction.(*ssa.MapUpdate); ok && partOfPair(update.Key) == 0 {
				found[update.Map] = true
			}
		}
	}
	return found
}
