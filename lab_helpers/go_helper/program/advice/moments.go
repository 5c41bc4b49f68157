package advice

import (
	"go/types"

	"golang.org/x/tools/go/ssa"
)

// moment is a set of the times at which a function may run.
type moment uint32

const (
	atInit moment = 1 << iota
	atVMStart
	atPluginStart
	atPluginDone
	atTick
	atQueue
	atNewContext
	atRequestHeaders
	atRequestBody
	atRequestTrailers
	atResponseHeaders
	atResponseBody
	atResponseTrailers
	atDone
	atTCP
	// A callout's reply, by what sent the callout.
	atReplyOfRequest
	atReplyOfResponse
	atReplyOfPlugin

	atRequest  = atRequestHeaders | atRequestBody | atRequestTrailers
	atResponse = atResponseHeaders | atResponseBody | atResponseTrailers
	atReply    = atReplyOfRequest | atReplyOfResponse | atReplyOfPlugin
	// What Envoy calls for the plugin and not for a request.
	atPlugin = atInit | atVMStart | atPluginStart | atPluginDone | atTick | atQueue
	// What happens again with each request.
	atEachRequest = atNewContext | atRequest | atResponse | atDone | atReplyOfRequest | atReplyOfResponse
)

var momentOf = map[string]moment{
	"VMContext.OnVMStart":                atVMStart,
	"VMContext.NewPluginContext":         atPluginStart,
	"PluginContext.OnPluginStart":        atPluginStart,
	"PluginContext.OnPluginDone":         atPluginDone,
	"PluginContext.OnQueueReady":         atQueue,
	"PluginContext.OnTick":               atTick,
	"PluginContext.NewHttpContext":       atNewContext,
	"PluginContext.NewTcpContext":        atTCP,
	"HttpContext.OnHttpRequestHeaders":   atRequestHeaders,
	"HttpContext.OnHttpRequestBody":      atRequestBody,
	"HttpContext.OnHttpRequestTrailers":  atRequestTrailers,
	"HttpContext.OnHttpResponseHeaders":  atResponseHeaders,
	"HttpContext.OnHttpResponseBody":     atResponseBody,
	"HttpContext.OnHttpResponseTrailers": atResponseTrailers,
	"HttpContext.OnHttpStreamDone":       atDone,
	"TcpContext.OnNewConnection":         atTCP,
	"TcpContext.OnDownstreamData":        atTCP,
	"TcpContext.OnDownstreamClose":       atTCP,
	"TcpContext.OnUpstreamData":          atTCP,
	"TcpContext.OnUpstreamClose":         atTCP,
	"TcpContext.OnStreamDone":            atTCP,
	"registration.SetVMContext":          atInit,
	"registration.SetPluginContext":      atPluginStart,
	"registration.SetHttpContext":        atNewContext,
	"registration.SetTcpContext":         atTCP,
}

// only tells whether a function runs at some of these times, and at no other.
func (seen *filter) only(function *ssa.Function, times moment) bool {
	when := seen.moments[function]
	return when != 0 && when&^times == 0
}

// readMoments follows the calls from what Envoy calls.
func (seen *filter) readMoments() {
	reply := seen.replyFunctions()
	for _, one := range seen.hooks {
		seen.mark(one.function, momentOf[one.context+"."+one.name])
	}
	for _, function := range seen.functions {
		if function.Parent() == nil && function.Signature.Recv() == nil &&
			(function.Name() == "init" || function.Name() == "main") {
			seen.mark(function, atInit)
		}
		for _, call := range callsIn(function) {
			if made := momentOf["registration."+sdkCall(call)]; made != 0 && made != atInit {
				for _, argument := range call.Common().Args {
					if factory := functionOf(argument); factory != nil {
						seen.mark(factory, made)
					}
				}
			}
		}
	}
	// A reply's function runs when its callout's answer comes; it may send the next one.
	for range 3 {
		for _, function := range seen.functions {
			for _, call := range callsIn(function) {
				if sdkCall(call) != "DispatchHttpCall" {
					continue
				}
				when := replyTo(seen.moments[function])
				given := functionOf(call.Common().Args[len(call.Common().Args)-1])
				for candidate := range reply {
					if given == nil || candidate == given {
						seen.mark(candidate, when)
					}
				}
			}
		}
	}
	seen.replies = reply
}

func replyTo(when moment) moment {
	var answered moment
	if when&(atRequest|atReplyOfRequest) != 0 {
		answered |= atReplyOfRequest
	}
	if when&(atResponse|atReplyOfResponse) != 0 {
		answered |= atReplyOfResponse
	}
	if when&^(atRequest|atResponse|atReplyOfRequest|atReplyOfResponse) != 0 {
		answered |= atReplyOfPlugin
	}
	return answered
}

func (seen *filter) mark(function *ssa.Function, when moment) {
	if function == nil || seen.moments[function]&when == when || !seen.isOwn(function) {
		return
	}
	seen.moments[function] |= when
	for _, called := range seen.calledBy(function) {
		seen.mark(called, seen.moments[function])
	}
}

// calledBy returns the filter's functions that one calls, or hands on to be called; but not those
// that wait for a callout's reply.
func (seen *filter) calledBy(function *ssa.Function) []*ssa.Function {
	var called []*ssa.Function
	for _, block := range function.Blocks {
		for _, instruction := range block.Instrs {
			if call, ok := instruction.(ssa.CallInstruction); ok && call.Common().IsInvoke() {
				called = append(called, seen.methodsOf(call.Common())...)
			}
			for _, operand := range instruction.Operands(nil) {
				if *operand == nil {
					continue
				}
				other := functionOf(*operand)
				if other == nil || !seen.isOwn(other) || isReply(other.Signature) && !isCalled(instruction, other) {
					continue
				}
				if registers(instruction) {
					continue
				}
				called = append(called, other)
			}
		}
	}
	return called
}

// methodsOf returns the filter's methods that a call of an interface's method may mean.
func (seen *filter) methodsOf(call *ssa.CallCommon) []*ssa.Function {
	contract, ok := call.Value.Type().Underlying().(*types.Interface)
	if !ok {
		return nil
	}
	var found []*ssa.Function
	for _, function := range seen.functions {
		receiver := function.Signature.Recv()
		if receiver != nil && function.Name() == call.Method.Name() && types.Implements(receiver.Type(), contract) {
			found = append(found, function)
		}
	}
	return found
}

// replyFunctions are those that are handed on as a value, and have the form of a reply's.
func (seen *filter) replyFunctions() map[*ssa.Function]bool {
	found := map[*ssa.Function]bool{}
	for _, function := range seen.functions {
		for _, block := range function.Blocks {
			for _, instruction := range block.Instrs {
				for _, operand := range instruction.Operands(nil) {
					if *operand == nil {
						continue
					}
					other := functionOf(*operand)
					if other != nil && isReply(other.Signature) && seen.isOwn(other) && !isCalled(instruction, other) {
						found[other] = true
					}
				}
			}
		}
	}
	return found
}

// isReply tells whether a function has the form of what DispatchHttpCall is given.
func isReply(signature *types.Signature) bool {
	if signature.Params().Len() != 3 || signature.Results().Len() != 0 {
		return false
	}
	for i := range 3 {
		if basic, ok := signature.Params().At(i).Type().(*types.Basic); !ok || basic.Kind() != types.Int {
			return false
		}
	}
	return true
}

func isCalled(instruction ssa.Instruction, function *ssa.Function) bool {
	call, ok := instruction.(ssa.CallInstruction)
	return ok && functionOf(call.Common().Value) == function
}

func registers(instruction ssa.Instruction) bool {
	call, ok := instruction.(ssa.CallInstruction)
	return ok && momentOf["registration."+sdkCall(call)] != 0
}
