package advice

import "golang.org/x/tools/go/ssa"

// callouts reports a callout of which nobody learns that Envoy refused it.
var callouts = check("callouts", "report a callout whose error is not looked at", func(at *report) {
	at.calls(func(function *ssa.Function, call ssa.CallInstruction) {
		value, ok := call.(*ssa.Call)
		if !ok || sdkCall(call) != "DispatchHttpCall" || errorIsUsed(value) {
			return
		}
		more := ""
		for _, result := range returnsOf(function) {
			if action, fixed := number(result.value); fixed && action == actionPause {
				more = " Then no reply comes, and nothing lets what was paused go on."
			}
		}
		at.say(call.Pos(), "callout-error", "Envoy may refuse the callout (an unknown cluster, a header that is missing), and nobody"+
			" would know: look at the error that DispatchHttpCall returns.%s", more)
	})
})

func errorIsUsed(call *ssa.Call) bool {
	for _, use := range *call.Referrers() {
		switch use := use.(type) {
		case *ssa.Extract:
			if use.Index == 1 && len(*use.Referrers()) > 0 {
				return true
			}
		case *ssa.Return:
			return true
		}
	}
	return false
}
