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
	for _, call := range callsIn(one.function) {
		name := sdkCall(call)
		if changesBody(name) == "" && !readsFromTheStart(name, call) {
			continue
		}
		if waitsFor(call.Block(), last) {
			continue
		}
		at.say(call.Pos(), "end-of-stream", "Envoy calls %s for each part of a body as it comes, and this does not wait for the last:"+
			" begin with `if !endOfStream { return types.ActionPause }`.", one.name)
		return
	}
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
