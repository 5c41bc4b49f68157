package advice

import (
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ssa"
)

var waiting = check("waiting", "report a filter that waits: Envoy calls it on one thread, and nothing else happens meanwhile", func(at *report) {
	at.calls(func(function *ssa.Function, call ssa.CallInstruction) {
		path, name := called(call)
		switch path + "." + name {
		case "time.Sleep":
			at.say(call.Pos(), "sleep", "time.Sleep does not sleep in a filter: TinyGo's comes back at once. (Go's own holds the worker,"+
				" with all its requests.) For something later, use SetTickPeriodMilliSeconds and OnTick.")
		case "time.After", "time.AfterFunc", "time.NewTimer", "time.NewTicker", "time.Tick":
			at.say(call.Pos(), "sleep", "time.%s never fires in a filter: nothing runs between Envoy's calls."+
				" Use SetTickPeriodMilliSeconds and OnTick.", name)
		case "sync.WaitGroup.Wait", "sync.Cond.Wait":
			at.say(call.Pos(), "waiting", "%s ends the filter: %s", name, waitsForNothing)
		}
	})
	for _, function := range at.functions {
		if !at.isHere(function) {
			continue
		}
		for _, block := range function.Blocks {
			for _, instruction := range block.Instrs {
				at.channel(function, instruction)
			}
		}
	}
	for _, file := range at.Files {
		ast.Inspect(file, func(node ast.Node) bool {
			if loop, ok := node.(*ast.ForStmt); ok && at.onlyWaits(loop) {
				at.say(loop.Pos(), "waiting", "This loop only waits, and %s", waitsForNothing)
			}
			return true
		})
	}
})

const waitsForNothing = "no reply of a callout and no tick comes before this callback has returned." +
	" Do the rest in the function that DispatchHttpCall is given, and return types.ActionPause until then."

// channel reports a receive or a select that has to wait. One that has a default does not, nor does
// one on a channel that the same function has filled.
func (at *report) channel(function *ssa.Function, instruction ssa.Instruction) {
	switch instruction := instruction.(type) {
	case *ssa.UnOp:
		if instruction.Op != token.ARROW || sentBefore(function, instruction.X) {
			return
		}
	case *ssa.Select:
		if !instruction.Blocking {
			return
		}
	case *ssa.Go:
		at.say(instruction.Pos(), "waiting", "A goroutine does not run beside a filter: nothing happens between Envoy's calls, and TinyGo"+
			" refuses it. Do it here, in OnTick, or in the function that DispatchHttpCall is given.")
		return
	default:
		return
	}
	at.say(instruction.Pos(), "waiting", "Waiting on a channel ends the filter: %s", waitsForNothing)
}

func sentBefore(function *ssa.Function, channel ssa.Value) bool {
	for _, block := range function.Blocks {
		for _, instruction := range block.Instrs {
			if send, ok := instruction.(*ssa.Send); ok && send.Chan == channel {
				return true
			}
		}
	}
	return false
}

// onlyWaits tells whether nothing that a loop does can end it.
func (at *report) onlyWaits(loop *ast.ForStmt) bool {
	if loop.Post != nil && !at.isIdle(loop.Post) {
		return false
	}
	if loop.Cond != nil && !at.isQuiet(loop.Cond) {
		return false
	}
	for _, statement := range loop.Body.List {
		if !at.isIdle(statement) {
			return false
		}
	}
	return !at.asksWhatItSets(loop)
}

// asksWhatItSets tells whether a loop's conditions ask for something that the loop itself sets.
func (at *report) asksWhatItSets(loop *ast.ForStmt) bool {
	set := map[types.Object]bool{}
	ast.Inspect(loop, func(node ast.Node) bool {
		if assigned, ok := node.(*ast.AssignStmt); ok && node != loop.Init {
			for _, one := range assigned.Lhs {
				set[at.objectOf(one)] = true
			}
		}
		return true
	})
	asks := false
	look := func(condition ast.Node) {
		ast.Inspect(condition, func(node ast.Node) bool {
			if name, ok := node.(*ast.Ident); ok && set[at.TypesInfo.ObjectOf(name)] {
				asks = true
			}
			return !asks
		})
	}
	if loop.Cond != nil {
		look(loop.Cond)
	}
	ast.Inspect(loop.Body, func(node ast.Node) bool {
		if decided, ok := node.(*ast.IfStmt); ok {
			look(decided.Cond)
		}
		return true
	})
	return asks
}

// objectOf returns what an expression on the left of = names: a variable, or a field.
func (at *report) objectOf(expression ast.Expr) types.Object {
	switch expression := ast.Unparen(expression).(type) {
	case *ast.Ident:
		return at.TypesInfo.ObjectOf(expression)
	case *ast.SelectorExpr:
		return at.TypesInfo.ObjectOf(expression.Sel)
	}
	return nil
}

// isIdle tells whether a statement changes nothing: it leaves, sleeps, logs or counts time.
func (at *report) isIdle(statement ast.Stmt) bool {
	switch statement := statement.(type) {
	case *ast.EmptyStmt, *ast.BranchStmt:
		return true
	case *ast.ReturnStmt:
		return len(statement.Results) == 0
	case *ast.BlockStmt:
		for _, inner := range statement.List {
			if !at.isIdle(inner) {
				return false
			}
		}
		return true
	case *ast.IfStmt:
		return statement.Init == nil && at.isQuiet(statement.Cond) && at.isIdle(statement.Body) &&
			(statement.Else == nil || at.isIdle(statement.Else))
	case *ast.AssignStmt:
		for _, value := range statement.Rhs {
			if call, ok := value.(*ast.CallExpr); ok && at.isWaitCall(call) {
				continue
			}
			if !at.isQuiet(value) {
				return false
			}
		}
		return true
	case *ast.ExprStmt:
		call, ok := statement.X.(*ast.CallExpr)
		return ok && at.isWaitCall(call)
	}
	return false
}

// isQuiet tells whether a condition asks for nothing but what is there: a variable, or the time.
func (at *report) isQuiet(condition ast.Expr) bool {
	quiet := true
	ast.Inspect(condition, func(node ast.Node) bool {
		if call, ok := node.(*ast.CallExpr); ok && !at.isTime(call) && !at.isLength(call) {
			quiet = false
		}
		if unary, ok := node.(*ast.UnaryExpr); ok && unary.Op == token.ARROW {
			quiet = false // said of the channel
		}
		return quiet
	})
	return quiet
}

func (at *report) isTime(call *ast.CallExpr) bool {
	function := at.callee(call)
	return function != nil && function.Pkg() != nil && function.Pkg().Path() == "time"
}

func (at *report) isLength(call *ast.CallExpr) bool {
	name, ok := call.Fun.(*ast.Ident)
	if !ok {
		return false
	}
	_, builtin := at.TypesInfo.Uses[name].(*types.Builtin)
	return builtin && name.Name == "len"
}

func (at *report) isWaitCall(call *ast.CallExpr) bool {
	function := at.callee(call)
	if function == nil || function.Pkg() == nil {
		return false
	}
	switch function.Pkg().Path() {
	case "time":
		return function.Name() == "Sleep"
	case "runtime":
		return function.Name() == "Gosched"
	case callsPath:
		return isLog(function.Name()) || function.Name() == "DispatchHttpCall"
	}
	return false
}

func (at *report) callee(call *ast.CallExpr) *types.Func {
	var name *ast.Ident
	switch function := ast.Unparen(call.Fun).(type) {
	case *ast.Ident:
		name = function
	case *ast.SelectorExpr:
		name = function.Sel
	default:
		return nil
	}
	function, _ := at.TypesInfo.Uses[name].(*types.Func)
	return function
}
