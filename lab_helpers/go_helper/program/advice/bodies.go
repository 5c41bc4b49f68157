package advice

import (
	"strings"

	"golang.org/x/tools/go/ssa"
)

// bodies reports a body that is changed with its length left, or handled before it is whole.
var bodies = check("bodies", "report a body that is changed with its length left, or handled before it is whole", func(at *report) {
	at.calls(func(function *ssa.Function, call ssa.CallInstruction) {
		side := changesBody(sdkCall(call))
		if side == "" || at.moments[function] == 0 || at.minds(side) {
			return
		}
		at.say(call.Pos(), "content-length", "The body is changed and content-length is left: a longer body is cut off there, for a"+
			" shorter one the other side waits. Call proxywasm.RemoveHttp%sHeader(\"content-length\") in OnHttp%sHeaders.", side, side)
	})
	for _, one := range at.hooks {
		if at.isHere(one.function) && (one.name == "OnHttpRequestBody" || one.name == "OnHttpResponseBody") {
			at.wholeBody(one)
		}
	}
})

// minds tells whether the filter does something about the length of a message's body, or may: a
// header whose name it works out can be this one.
func (seen *filter) minds(side string) bool {
	for _, function := range seen.functions {
		for _, call := range callsIn(function) {
			name := sdkCall(call)
			if changesHeaders(name) != side {
				continue
			}
			if strings.HasSuffix(name, "Headers") {
				return true
			}
			header, fixed := text(call.Common().Args[0])
			if !fixed || strings.EqualFold(header, "content-length") {
				return true
			}
		}
	}
	return false
}

// wholeBody reports the first call by which a callback handles a body whose end may still be to come.
func (at *report) wholeBody(one hook) {
	if len(one.function.Params) != 3 {
		return
	}
	last := one.function.Params[2]
	if !isOnlyAsked(last) {
		return // it goes somewhere: what becomes of it there is not followed
	}
	asked := decides(last)
	for _, call := range callsIn(one.function) {
		adds, replaces, reads := at.handlesBody(call)
		if waitsFor(call.Block(), last) || !adds && !replaces && (!reads || asked) {
			continue // what is only read again with each part does no harm if the end is asked for later
		}
		told := "this does not wait for the last"
		if keepsTheParts(call.Block(), last) {
			if !adds {
				continue // Envoy gathers them: the last time, this has all of them
			}
			told = "this is added anew with each"
		}
		at.say(call.Pos(), "end-of-stream", "Envoy calls %s for each part of a body as it comes, and %s: begin with"+
			" `if !endOfStream { return types.ActionPause }`.", one.name, told)
		return
	}
	at.partsAreGone(one, last)
}

// partsAreGone reports a callback that lets each part go and then handles the whole at the end.
func (at *report) partsAreGone(one hook, last *ssa.Parameter) {
	var gone *ssa.Return
	for _, result := range returnsOf(one.function) {
		action, fixed := number(result.value)
		if fixed && action == actionContinue && isBefore(result.block, last) {
			gone = result.at
		}
	}
	if gone == nil {
		return
	}
	whole := false
	for _, call := range callsIn(one.function) {
		name := sdkCall(call)
		handles := readsFromTheStart(name, call) || changesBody(name) != "" && !strings.HasPrefix(name, "Append")
		if (readsBody(name) != "" || handles) && !waitsFor(call.Block(), last) || isBefore(call.Block(), last) && readsBody(name) != "" {
			return // it handles the parts one by one
		}
		whole = whole || handles
	}
	if whole {
		at.say(gone.Pos(), "end-of-stream", "This lets each part of the body go, and at the end only the last part is left: return"+
			" types.ActionPause here, so that Envoy keeps them until endOfStream.")
	}
}

// keepsTheParts tells whether a callback, from a block on, lets nothing go before the last part came.
func keepsTheParts(from *ssa.BasicBlock, last *ssa.Parameter) bool {
	for _, result := range returnsOf(last.Parent()) {
		if result.block != from && !leadsTo(from, result.block) {
			continue
		}
		action, fixed := number(result.value)
		if !fixed || action != actionPause && !isAtTheEnd(result, last) {
			return false
		}
	}
	return true
}

// isAtTheEnd tells whether a value is returned only where the parameter endOfStream is true.
func isAtTheEnd(result returned, last *ssa.Parameter) bool {
	decided := conditions(result.block)
	// Where two ways meet, the step to there may be what decides.
	if choice, ok := result.block.Instrs[len(result.block.Instrs)-1].(*ssa.If); ok {
		decided[choice.Cond] = result.block.Succs[0] == result.at.Block()
	}
	for condition, holds := range decided {
		if not, ok := condition.(*ssa.UnOp); ok && not.X == last && !holds || condition == last && holds {
			return true
		}
	}
	return false
}

// isBefore tells whether a block runs only where the parameter endOfStream is false.
func isBefore(block *ssa.BasicBlock, last *ssa.Parameter) bool {
	for condition, holds := range conditions(block) {
		if not, ok := condition.(*ssa.UnOp); ok && not.X == last && holds || condition == last && !holds {
			return true
		}
	}
	return false
}

// decides tells whether a parameter decides anything.
func decides(parameter *ssa.Parameter) bool {
	for _, block := range parameter.Parent().Blocks {
		if last, ok := block.Instrs[len(block.Instrs)-1].(*ssa.If); ok {
			for _, part := range parts(last.Cond) {
				if part == parameter {
					return true
				}
			}
		}
	}
	return false
}

// handlesBody tells whether a call adds to a body, replaces one, or reads one from its start, itself
// or by a function of the filter's.
func (at *report) handlesBody(call ssa.CallInstruction) (adds, replaces, reads bool) {
	visited := map[*ssa.Function]bool{}
	var look func(call ssa.CallInstruction)
	look = func(call ssa.CallInstruction) {
		name := sdkCall(call)
		changes, whole := changesBody(name) != "", strings.HasPrefix(name, "Replace")
		adds = adds || changes && !whole
		replaces = replaces || changes && whole
		reads = reads || readsFromTheStart(name, call)
		inside := call.Common().StaticCallee()
		if inside == nil || visited[inside] || !at.isOwn(inside) {
			return
		}
		visited[inside] = true
		for _, next := range callsIn(inside) {
			look(next)
		}
	}
	look(call)
	return adds, replaces, reads
}

// readsFromTheStart tells whether a call reads a body from its first byte, and not part for part.
func readsFromTheStart(name string, call ssa.CallInstruction) bool {
	if readsBody(name) == "" {
		return false
	}
	start, fixed := number(call.Common().Args[0])
	return fixed && start == 0
}

// isOnlyAsked tells whether a parameter is only decided upon, or shown.
func isOnlyAsked(parameter *ssa.Parameter) bool {
	for _, use := range *parameter.Referrers() {
		switch use.(type) {
		case *ssa.If, *ssa.UnOp, *ssa.BinOp, *ssa.Phi, *ssa.MakeInterface, *ssa.DebugRef:
		default:
			return false
		}
	}
	return true
}

// waitsFor tells whether a block runs only after a parameter was asked.
func waitsFor(block *ssa.BasicBlock, parameter *ssa.Parameter) bool {
	for condition := range conditions(block) {
		for _, part := range parts(condition) {
			if part == parameter {
				return true
			}
		}
	}
	return false
}
