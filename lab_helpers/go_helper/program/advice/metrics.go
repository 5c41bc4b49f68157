package advice

import (
	"go/token"
	"go/types"
	"strings"

	"golang.org/x/tools/go/ssa"
)

// metrics reports a metric whose name holds what each request brings, and one that is defined anew
// with each request: Envoy keeps every name, and a new number for every definition (seen with Envoy
// 1.40: 4, 8, 12 for one name), and forgets neither.
var metrics = check("metrics", "report a metric that is defined with each request", func(at *report) {
	counting := at.countingFields()
	certain := at.follow(true, func(value ssa.Value) bool { return isEndless(value) || counting[loadedField(value)] })
	any := at.follow(true, func(value ssa.Value) bool { return isOfARequest(value) || counting[loadedField(value)] })
	at.calls(func(function *ssa.Function, call ssa.CallInstruction) {
		name := sdkCall(call)
		if !strings.HasPrefix(name, "Define") || !strings.HasSuffix(name, "Metric") {
			return
		}
		given := call.Common().Args[0]
		rare := isRare(call.Block()) || isDoneOnce(function)
		if any.values[given] {
			if isOneOfAFew(call.Block(), any) || rare && !certain.values[given] {
				return
			}
			at.say(call.Pos(), "metric-name", "The metric's name has a part that comes from the request, so every new value makes a metric,"+
				" and Envoy keeps them all: its memory grows. Put a fixed list of names in OnPluginStart, and count the rest as \"other\".")
			return
		}
		if !rare && at.only(function, atEachRequest|atTick|atReplyOfPlugin) {
			at.say(call.Pos(), "metric-again", "This defines the metric anew each time, and Envoy keeps every definition: its memory grows."+
				" Call %s once, in OnPluginStart, and keep what it returns in the plugin's context.", name)
		}
	})
})

// bounded are the headers whose values are few.
var bounded = map[string]bool{":method": true, ":status": true, ":scheme": true, "grpc-status": true, "x-forwarded-proto": true}

// endless are the headers of which every request, or every user, may bring another.
var endless = map[string]bool{":path": true, ":authority": true, "host": true, "x-request-id": true, "user-agent": true, "referer": true,
	"authorization": true, "cookie": true, "x-forwarded-for": true, "x-envoy-original-path": true, "traceparent": true, "date": true, "etag": true}

// manyValued are parts of the names of headers of one's own that hold another value for each user,
// or for each request.
var manyValued = []string{"-id", "user", "session", "uuid", "guid", "trace", "token", "email", "client", "device", "account", "-ip", "time", "query", "uri", "url"}

func isEndlessHeader(name string) bool {
	for _, part := range manyValued {
		if strings.Contains(name, part) {
			return true
		}
	}
	return endless[name]
}

// isOfARequest tells whether a value is what a request brought.
func isOfARequest(value ssa.Value) bool {
	if parameter, ok := value.(*ssa.Parameter); ok {
		function := parameter.Parent()
		return len(function.Params) > 1 && parameter == function.Params[len(function.Params)-1] &&
			(function.Name() == "NewHttpContext" || function.Name() == "NewTcpContext")
	}
	call, ok := value.(*ssa.Call)
	if !ok {
		return false
	}
	path, name := called(call)
	if path == "time" && name == "Now" || strings.HasPrefix(path, "math/rand") || path == "crypto/rand" {
		return true
	}
	if path != callsPath {
		return false
	}
	if readsHeaders(name) != "" || strings.HasPrefix(name, "GetHttpCallResponseHeader") {
		return !bounded[headerOf(call)]
	}
	if name == "GetProperty" {
		return isOpenProperty(call.Common().Args[0])
	}
	return readsBody(name) != "" || name == "GetHttpCallResponseBody" || name == "GetDownstreamData" || name == "GetUpstreamData"
}

// countingFields are those that are counted up: a number that never comes again.
func (seen *filter) countingFields() map[*types.Var]bool {
	found := map[*types.Var]bool{}
	for _, function := range seen.functions {
		for _, block := range function.Blocks {
			for _, instruction := range block.Instrs {
				if store, ok := instruction.(*ssa.Store); ok && addsOne(store) {
					place := store.Addr.(*ssa.FieldAddr)
					found[fieldOf(place.X.Type(), place.Field)] = true
				}
			}
		}
	}
	return found
}

// loadedField returns the field that a value is read from; nil for none.
func loadedField(value ssa.Value) *types.Var {
	load, ok := value.(*ssa.UnOp)
	if !ok || load.Op != token.MUL {
		return nil
	}
	place, ok := load.X.(*ssa.FieldAddr)
	if !ok {
		return nil
	}
	return fieldOf(place.X.Type(), place.Field)
}

func isEndless(value ssa.Value) bool {
	if call, ok := value.(*ssa.Call); ok && (readsHeaders(sdkCall(call)) != "" || strings.HasPrefix(sdkCall(call), "GetHttpCallResponseHeader")) {
		return isEndlessHeader(headerOf(call)) && isOfARequest(value)
	}
	return isOfARequest(value)
}

// headerOf returns the header that a call reads, in small letters; "" where it is not written there.
func headerOf(call *ssa.Call) string {
	if len(call.Common().Args) == 0 {
		return ""
	}
	name, _ := text(call.Common().Args[0])
	return strings.ToLower(name)
}

// isOpenProperty tells whether a property's path, as it is written, leads to what differs with every
// request.
func isOpenProperty(path ssa.Value) bool {
	words := textsOf(path)
	if len(words) == 0 {
		return false
	}
	switch strings.Join(words, ".") {
	case "request.path", "request.url_path", "request.host", "request.id", "request.useragent", "request.referer", "request.time",
		"request.headers", "request.query", "source.address", "source.port", "connection.id", "request.size", "request.duration":
		return true
	}
	return words[0] == "request" && len(words) > 2 && words[1] == "headers" && !bounded[strings.ToLower(words[2])]
}

// textsOf returns the constant texts that a slice is made of.
func textsOf(value ssa.Value) []string {
	slice, ok := value.(*ssa.Slice)
	if !ok {
		return nil
	}
	var found []string
	if array, ok := slice.X.(*ssa.Alloc); ok {
		for _, use := range *array.Referrers() {
			place, ok := use.(*ssa.IndexAddr)
			if !ok {
				continue
			}
			for _, stored := range *place.Referrers() {
				if store, ok := stored.(*ssa.Store); ok {
					if word, fixed := text(store.Val); fixed {
						found = append(found, word)
					}
				}
			}
		}
	}
	return found
}

// isRare tells whether a block runs only on a condition that asks whether it has been here: what a
// map does not have, what is nil or 0 or false as yet.
func isRare(block *ssa.BasicBlock) bool {
	return len(conditions(block)) > 0
}

// isDoneOnce tells whether a function is given to the package sync, to be called a single time.
func isDoneOnce(function *ssa.Function) bool {
	if function.Parent() == nil {
		return false
	}
	for _, call := range callsIn(function.Parent()) {
		path, name := called(call)
		if path != "sync" || !strings.HasPrefix(name, "Once") {
			continue
		}
		for _, argument := range call.Common().Args {
			if functionOf(argument) == function {
				return true
			}
		}
	}
	return false
}

// isOneOfAFew tells whether a block runs only where the request's value is one that the filter knows.
func isOneOfAFew(block *ssa.BasicBlock, way *flow) bool {
	for condition, holds := range conditions(block) {
		for _, part := range parts(condition) {
			switch part := part.(type) {
			case *ssa.BinOp:
				_, left := part.X.(*ssa.Const)
				_, right := part.Y.(*ssa.Const)
				if part.Op == token.EQL && holds && (left && way.values[part.Y] || right && way.values[part.X]) && !isEmpty(part) {
					return true
				}
			case *ssa.Extract:
				if lookup, ok := part.Tuple.(*ssa.Lookup); ok && way.values[lookup.Index] && holds != isNegated(condition) {
					return true
				}
			case *ssa.Lookup:
				if way.values[part.Index] && holds != isNegated(condition) {
					return true
				}
			case *ssa.Call:
				if isVerdict(part) && anyOf(way, part.Common().Args) && holds != isNegated(condition) {
					return true
				}
			}
		}
	}
	return false
}

func isEmpty(compared *ssa.BinOp) bool {
	for _, side := range []ssa.Value{compared.X, compared.Y} {
		if word, fixed := text(side); fixed && word == "" {
			return true
		}
	}
	return false
}

func isNegated(condition ssa.Value) bool {
	not, ok := condition.(*ssa.UnOp)
	return ok && not.Op == token.NOT
}

// isVerdict tells whether a call decides which values are let through.
func isVerdict(call *ssa.Call) bool {
	basic, ok := call.Type().Underlying().(*types.Basic)
	path, _ := called(call)
	return ok && basic.Kind() == types.Bool && (path == "slices" || call.Common().StaticCallee() != nil && len(call.Common().StaticCallee().Blocks) > 0)
}

func anyOf(way *flow, values []ssa.Value) bool {
	for _, value := range values {
		if way.values[value] {
			return true
		}
	}
	return false
}
