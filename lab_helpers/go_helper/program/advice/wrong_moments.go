package advice

import (
	"strings"

	"golang.org/x/tools/go/ssa"
)

// moments reports calls of the SDK at a time at which Envoy has not what they ask for. Envoy answers
// "bad argument" or "not found", and nothing else happens (seen with Envoy 1.40, both compilers).
var moments = check("moments", "report a call of the SDK where Envoy has not what it asks for", func(at *report) {
	anyContext := at.callsAny("SetEffectiveContext")
	at.calls(func(function *ssa.Function, call ssa.CallInstruction) {
		name := sdkCall(call)
		if name == "" {
			return
		}
		if strings.HasPrefix(name, "GetHttpCallResponse") {
			if at.moments[function] != 0 && at.moments[function]&atReply == 0 && !at.replies[function] {
				at.say(call.Pos(), "reply", "The callout's reply is not there yet: DispatchHttpCall only sends, and %s answers"+
					" \"not found\" here. Call it in the function that DispatchHttpCall is given.", name)
			}
			return
		}
		if name == "GetPluginConfiguration" && at.only(function, (atPlugin|atEachRequest|atReply)&^(atPluginStart|atInit)) {
			at.say(call.Pos(), "moment", "Envoy gives the plugin's configuration in OnPluginStart alone, and answers"+
				" \"not found\" here. Read it there, and keep it in a field of the plugin's context.")
			return
		}
		// Seen with Envoy 1.40: each ends the whole process by SIGSEGV.
		if name == "ResumeHttpResponse" && !anyContext {
			if at.only(function, atRequest|atReplyOfRequest) {
				at.say(call.Pos(), "resume", "There is no response yet: this ends the whole Envoy, with a segmentation fault."+
					" A request that waits goes on by ResumeHttpRequest.")
			} else if at.only(function, atResponseBody) && at.mayPause(atResponseBody) {
				at.say(call.Pos(), "resume", "Where a part of this body was held, this ends the whole Envoy, with a segmentation"+
					" fault. In the body's own callback, return types.ActionContinue instead: that lets all of it go on.")
			}
			return
		}
		wrong, why := at.wrongMoment(name)
		if wrong == 0 {
			return
		}
		if anyContext {
			// It may speak of a request that it named.
			wrong &^= atPlugin | atReply
		}
		if at.only(function, wrong) {
			at.say(call.Pos(), "moment", "%s", why(at.moments[function]))
		}
	})
})

// callsAny tells whether the filter calls a function of the SDK anywhere.
func (seen *filter) callsAny(names ...string) bool {
	for _, function := range seen.functions {
		for _, call := range callsIn(function) {
			for _, name := range names {
				if sdkCall(call) == name {
					return true
				}
			}
		}
	}
	return false
}

// wrongMoment returns when a call of the SDK cannot do what it says, and a sentence for it.
func (at *report) wrongMoment(name string) (moment, func(moment) string) {
	verb := "set"
	side, body := changesHeaders(name), changesBody(name)
	if read := readsHeaders(name); read != "" {
		side, verb = read, "read"
	}
	if read := readsBody(name); read != "" {
		body, verb = read, "read"
	}
	never := atInit | atVMStart | atPluginStart | atPluginDone | atTick | atQueue | atNewContext | atReplyOfPlugin
	switch {
	case side == "Request":
		wrong := never | atResponse | atReplyOfResponse
		if !at.mayPause(atRequestHeaders) {
			wrong |= atRequestBody | atRequestTrailers
		} else if verb == "read" {
			wrong &^= atResponse | atReplyOfResponse // what was paused once can still be read
		}
		if verb == "set" {
			wrong |= atDone
		}
		return wrong, func(when moment) string { return headerSentence(name, "request", verb, when) }
	case side == "Response":
		wrong := never | atRequest | atReplyOfRequest
		if !at.mayPause(atResponseHeaders) {
			wrong |= atResponseBody | atResponseTrailers
		}
		if verb == "set" {
			wrong |= atDone
		}
		return wrong, func(when moment) string { return headerSentence(name, "response", verb, when) }
	case trailersOf(name) == "Request":
		return never | atResponse | atReplyOfResponse, func(moment) string { return trailerSentence(name, "Request") }
	case trailersOf(name) == "Response":
		return never | atRequest | atReplyOfRequest, func(moment) string { return trailerSentence(name, "Response") }
	case body == "Request":
		return never | atResponse | atRequestHeaders | atDone, func(moment) string { return bodySentence(name, "Request") }
	case body == "Response":
		return never | atRequest | atResponseHeaders | atReplyOfRequest | atDone,
			func(moment) string { return bodySentence(name, "Response") }
	}
	return 0, nil
}

func headerSentence(name, side, verb string, when moment) string {
	hook := map[string]string{"request": "OnHttpRequestHeaders", "response": "OnHttpResponseHeaders"}[side]
	var why string
	switch {
	case when&atPlugin != 0 || when == atReplyOfPlugin:
		why = "there is no " + side + " here"
	case when&atNewContext != 0:
		why = "the request's headers come later"
	case when&atDone != 0:
		why = "the " + side + " is over"
	case side == "response" && when&(atRequest|atReplyOfRequest) != 0:
		why = "there is no response yet while the request passes"
	case side == "request" && when&(atResponse|atReplyOfResponse) != 0:
		why = "the request has gone on when its response comes"
	default:
		why = "the " + side + "'s headers have gone on when its body comes"
	}
	then := "Call it in " + hook + "."
	if verb == "read" {
		then = "Read it in " + hook + ", and keep it in a field."
	}
	return name + " does nothing here but return an error (bad argument): " + why + ". " + then
}

func trailerSentence(name, side string) string {
	return name + " does nothing here but return an error: the trailers are not there. Call it in OnHttp" + side + "Trailers."
}

func bodySentence(name, side string) string {
	return name + " does nothing here but return an error: the body is not there. Call it in OnHttp" + side + "Body."
}

// mayPause tells whether a callback at some time returns something else than ActionContinue.
func (seen *filter) mayPause(when moment) bool {
	for _, one := range seen.hooks {
		if momentOf[one.context+"."+one.name] != when {
			continue
		}
		for _, returned := range returnsOf(one.function) {
			if action, ok := number(returned.value); !ok || action != actionContinue {
				return true
			}
		}
	}
	return false
}
