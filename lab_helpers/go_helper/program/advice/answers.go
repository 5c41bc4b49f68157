package advice

import "golang.org/x/tools/go/ssa"

// answers reports a request that is answered and let go on: Envoy sends it to the upstream all the
// same, while the client reads the filter's answer.
var answers = check("answers", "report a request that is answered and let go on as well", func(at *report) {
	for _, function := range at.functions {
		if !at.isHere(function) {
			continue
		}
		calls := callsIn(function)
		if chooses(calls) {
			continue // each call may be for another request
		}
		atOnce := at.only(function, atRequest)
		for second, resumes := range calls {
			if !at.alwaysCalls(resumes, "ResumeHttpRequest", nil) {
				continue
			}
			for first, sends := range calls {
				if atOnce && first < second {
					continue // Envoy answers when the callback has returned, and has not let go by then
				}
				if at.alwaysCalls(sends, "SendHttpResponse", nil) && runBoth(sends.Block(), resumes.Block()) {
					at.say(resumes.Pos(), "resumed-answer", "SendHttpResponse answers this request, and ResumeHttpRequest lets it go on"+
						" as well: the upstream may get what was refused. Write `return` after the answer, or put one of the two into `else`.")
					break
				}
			}
		}
	}
})

func chooses(calls []ssa.CallInstruction) bool {
	for _, call := range calls {
		if sdkCall(call) == "SetEffectiveContext" {
			return true
		}
	}
	return false
}

// alwaysCalls tells whether a call is one of the SDK's, or of a function of the filter's that makes it
// whatever is decided there.
func (at *report) alwaysCalls(call ssa.CallInstruction, name string, above []*ssa.Function) bool {
	if sdkCall(call) == name {
		return true
	}
	inside := call.Common().StaticCallee()
	if inside == nil || !at.isOwn(inside) || len(above) > 5 {
		return false
	}
	calls := callsIn(inside)
	if chooses(calls) {
		return false
	}
	for _, next := range calls {
		if len(conditions(next.Block())) == 0 && isOnEachWay(next.Block()) && at.alwaysCalls(next, name, append(above, inside)) {
			return true
		}
	}
	return false
}

// isOnEachWay tells whether a function cannot return without a block, as its structure shows.
func isOnEachWay(block *ssa.BasicBlock) bool {
	for _, other := range block.Parent().Blocks {
		if len(other.Succs) == 0 && !block.Dominates(other) {
			return false
		}
	}
	return true
}

// runBoth tells whether two blocks of a function run in one call: one leads to the other, and what
// decides that the one runs decides it for the other, too.
func runBoth(one, other *ssa.BasicBlock) bool {
	if one != other && !leadsTo(one, other) && !leadsTo(other, one) {
		return false
	}
	return isDecidedBy(one, other) || isDecidedBy(other, one)
}

// isDecidedBy tells whether a block runs on no condition that another one does not run on.
func isDecidedBy(one, other *ssa.BasicBlock) bool {
	known := conditions(other)
	for condition, holds := range conditions(one) {
		if side, ok := known[condition]; !ok || side != holds {
			return false
		}
	}
	return true
}

func leadsTo(from, to *ssa.BasicBlock) bool {
	visited := map[*ssa.BasicBlock]bool{}
	waiting := append([]*ssa.BasicBlock{}, from.Succs...)
	for len(waiting) > 0 {
		block := waiting[0]
		waiting = waiting[1:]
		if block == to {
			return true
		}
		if !visited[block] {
			visited[block] = true
			waiting = append(waiting, block.Succs...)
		}
	}
	return false
}
