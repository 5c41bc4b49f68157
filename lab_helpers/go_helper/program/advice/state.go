package advice

import (
	"go/token"
	"go/types"
	"strings"

	"golang.org/x/tools/go/ssa"
)

// state reports what is kept where it does not last, or where others reach it.
var state = check("state", "report what is kept in the wrong place", func(at *report) {
	said := map[types.Object]bool{}
	for _, function := range at.functions {
		if !at.isHere(function) {
			continue
		}
		for _, block := range function.Blocks {
			for _, instruction := range block.Instrs {
				if global, pos := changedGlobal(instruction); global != nil && at.isShared(function, global) && !said[global.Object()] {
					said[global.Object()] = true
					at.say(pos, "global", "`%s` is a global: each worker has one of its own, and plugins with the same vm_id share it."+
						" Keep it in a field of the plugin's context.", global.Name())
				}
			}
		}
	}
	for _, named := range at.named {
		if named.Obj().Pkg() == at.Pkg && overlaps(at.contexts[named], []string{"HttpContext"}) {
			at.requestState(named)
		}
	}
})

// changedGlobal returns the global that an instruction changes, or a part of it.
func changedGlobal(instruction ssa.Instruction) (*ssa.Global, token.Pos) {
	switch at := instruction.(type) {
	case *ssa.Store:
		return globalOf(at.Addr), at.Pos()
	case *ssa.Call:
		if path, _ := called(at); path == "sync/atomic" {
			return globalOf(at.Common().Args[0]), at.Pos()
		}
	case *ssa.MapUpdate:
		if load, ok := at.Map.(*ssa.UnOp); ok {
			return globalOf(load.X), at.Pos()
		}
	}
	return nil, token.NoPos
}

func globalOf(address ssa.Value) *ssa.Global {
	switch address := address.(type) {
	case *ssa.Global:
		return address
	case *ssa.FieldAddr:
		return globalOf(address.X)
	case *ssa.IndexAddr:
		return globalOf(address.X)
	}
	return nil
}

// isShared tells whether a global is changed by what belongs to one plugin. What the VM's start sets
// is the VM's; and a metric is the whole Envoy's anyway.
func (at *report) isShared(function *ssa.Function, global *ssa.Global) bool {
	if at.moments[function]&^(atInit|atVMStart) == 0 || global.Pkg == nil || !at.own[global.Pkg.Pkg] {
		return false
	}
	return !strings.Contains(global.Type().String(), callsPath+".Metric")
}

// requestState reports counters that begin anew with each request, and what is written after the
// last time that it is read.
func (at *report) requestState(named *types.Named) {
	fields, ok := named.Underlying().(*types.Struct)
	if !ok {
		return
	}
	for i := range fields.NumFields() {
		uses := at.usesOf(fields.Field(i).Origin())
		if uses.unclear || len(uses.writes) == 0 {
			continue
		}
		name := fields.Field(i).Name()
		if uses.onlyCountsUp && len(uses.reads) > 0 && uses.writeTimes&^(atRequestHeaders|atResponseHeaders|atDone) == 0 {
			at.say(uses.writes[0], "request-state", "`%s` begins at 0 with each request: Envoy makes %s for every one. Count in a field of"+
				" the plugin's context.", name, anA(named.Obj().Name()))
		} else if len(uses.reads) > 0 && uses.readTimes != 0 && lowest(uses.writeTimes) > highest(uses.readTimes) {
			at.say(uses.writes[0], "request-state", "`%s` is written here after the last time that it is read, and is gone with the request:"+
				" Envoy makes %s for every one. Keep it in a field of the plugin's context.", name, anA(named.Obj().Name()))
		}
	}
}

// fieldUses is where a field is read and written.
type fieldUses struct {
	reads, writes         []token.Pos
	readTimes, writeTimes moment
	// onlyCountsUp tells whether each write adds to what was there, once a call.
	onlyCountsUp bool
	// unclear tells whether it is used in a way, or at a time, that is not followed.
	unclear bool
}

// inOrderOfARequest are the times that come one after the other.
const inOrderOfARequest = atRequest | atResponse | atDone

func (at *report) usesOf(field *types.Var) fieldUses {
	uses := fieldUses{onlyCountsUp: true}
	for _, function := range at.functions {
		for _, block := range function.Blocks {
			for _, instruction := range block.Instrs {
				place, ok := instruction.(*ssa.FieldAddr)
				if !ok || fieldOf(place.X.Type(), place.Field) != field {
					continue
				}
				when := at.moments[function]
				if when == 0 || when&^inOrderOfARequest != 0 {
					uses.unclear = true
				}
				uses.add(place, when)
			}
		}
	}
	return uses
}

func (uses *fieldUses) add(place *ssa.FieldAddr, when moment) {
	for _, use := range *place.Referrers() {
		switch use := use.(type) {
		case *ssa.Store:
			if use.Addr != place {
				uses.unclear = true
				continue
			}
			uses.writes = append(uses.writes, use.Pos())
			uses.writeTimes |= when
			if !addsOne(use) || inLoop(use.Block()) {
				uses.onlyCountsUp = false
			}
		case *ssa.UnOp:
			if !isOnlyAddedTo(use) {
				uses.reads = append(uses.reads, use.Pos())
				uses.readTimes |= when
			}
		case *ssa.DebugRef:
		default:
			uses.unclear = true
		}
	}
}

// addsOne tells whether what is stored is what was there and a bit more.
func addsOne(store *ssa.Store) bool {
	sum, ok := store.Val.(*ssa.BinOp)
	if !ok || sum.Op != token.ADD {
		return false
	}
	load, ok := sum.X.(*ssa.UnOp)
	if !ok || load.Op != token.MUL {
		return false
	}
	from, ok := load.X.(*ssa.FieldAddr)
	to, same := store.Addr.(*ssa.FieldAddr)
	_, fixed := number(sum.Y)
	return ok && same && fixed && from.Field == to.Field
}

// isOnlyAddedTo tells whether a field is read only to count it up.
func isOnlyAddedTo(load *ssa.UnOp) bool {
	for _, use := range *load.Referrers() {
		sum, ok := use.(*ssa.BinOp)
		if !ok || sum.Op != token.ADD {
			return false
		}
		for _, stored := range *sum.Referrers() {
			if _, ok := stored.(*ssa.Store); !ok {
				return false
			}
		}
	}
	return true
}

func inLoop(block *ssa.BasicBlock) bool {
	visited := map[*ssa.BasicBlock]bool{}
	waiting := append([]*ssa.BasicBlock{}, block.Succs...)
	for len(waiting) > 0 {
		next := waiting[0]
		waiting = waiting[1:]
		if next == block {
			return true
		}
		if !visited[next] {
			visited[next] = true
			waiting = append(waiting, next.Succs...)
		}
	}
	return false
}

func lowest(when moment) moment { return when & -when }

func highest(when moment) moment {
	for when&(when-1) != 0 {
		when &= when - 1
	}
	return when
}
