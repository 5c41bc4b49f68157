package advice

import (
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ssa"
)

// The SDK's types.Action.
const (
	actionContinue = 0
	actionPause    = 1
)

// returned is a value that a function returns, and where.
type returned struct {
	value ssa.Value
	at    *ssa.Return
	// block is where it was decided.
	block *ssa.BasicBlock
}

// returnsOf returns what a function of one result may return; where two ways meet, each of them.
func returnsOf(function *ssa.Function) []returned {
	var found []returned
	for _, block := range function.Blocks {
		last, ok := block.Instrs[len(block.Instrs)-1].(*ssa.Return)
		if !ok || len(last.Results) != 1 {
			continue
		}
		met, ok := last.Results[0].(*ssa.Phi)
		if !ok {
			found = append(found, returned{last.Results[0], last, block})
			continue
		}
		for i, edge := range met.Edges {
			found = append(found, returned{edge, last, met.Block().Preds[i]})
		}
	}
	return found
}

// resumers are the calls that let go on, or end, what a callback of a kind has paused.
var resumers = map[moment][]string{
	atRequestHeaders:   {"ResumeHttpRequest", "SendHttpResponse"},
	atRequestTrailers:  {"ResumeHttpRequest", "SendHttpResponse"},
	atResponseHeaders:  {"ResumeHttpResponse", "SendHttpResponse"},
	atResponseTrailers: {"ResumeHttpResponse", "SendHttpResponse"},
}

// pauses reports what is held and never let go. A body's callback is called again for the next part,
// so a pause there may mean only "wait for the rest".
var pauses = check("pauses", "report a pause that nothing ends", func(at *report) {
	for _, one := range at.hooks {
		when := momentOf[one.context+"."+one.name]
		wanted, ok := resumers[when]
		if !ok || !at.isHere(one.function) || at.callsAny(wanted...) || at.callsAny("CallForeignFunction") {
			continue
		}
		for _, result := range returnsOf(one.function) {
			action, fixed := number(result.value)
			if !fixed || action != actionPause || afterAnError(result.block) {
				continue
			}
			side := "request"
			if when&atResponse != 0 {
				side = "response"
			}
			more := ""
			if other := otherSide(wanted[0]); at.callsAny(other) {
				more = " " + other + " is for the other side."
			}
			at.say(result.at.Pos(), "pause", "ActionPause holds the %s, and nothing here ever lets it go: the client waits until"+
				" a timeout. Call proxywasm.%s later, or answer with SendHttpResponse.%s", side, wanted[0], more)
		}
	}
})

func otherSide(resumer string) string {
	if resumer == "ResumeHttpRequest" {
		return "ResumeHttpResponse"
	}
	return "ResumeHttpRequest"
}

// afterAnError tells whether a block runs only where an error was found.
func afterAnError(block *ssa.BasicBlock) bool {
	for condition, holds := range conditions(block) {
		for _, part := range parts(condition) {
			compared, ok := part.(*ssa.BinOp)
			if !ok || !isError(compared.X.Type()) && !isError(compared.Y.Type()) {
				continue
			}
			if (compared.Op == token.NEQ) == holds {
				return true
			}
		}
	}
	return false
}

func isError(of types.Type) bool {
	return types.Identical(of, types.Universe.Lookup("error").Type())
}
