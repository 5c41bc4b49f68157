package advice

import (
	"go/token"
	"strings"

	"golang.org/x/tools/go/ssa"
)

// secret are headers that open doors to whoever reads them.
var secret = map[string]bool{"authorization": true, "proxy-authorization": true, "cookie": true, "set-cookie": true, "x-auth": true,
	"x-api-key": true, "x-auth-token": true, "x-amz-security-token": true, "x-csrf-token": true}

// secrets reports a token that is written into the log as it is.
var secrets = check("secrets", "report a whole token in the log", func(at *report) {
	way := at.follow(false, isSecret)
	at.calls(func(function *ssa.Function, call ssa.CallInstruction) {
		if name := sdkCall(call); isLog(name) && anyOf(way, call.Common().Args) {
			at.say(call.Pos(), "secret", "This writes a whole token or cookie into Envoy's log, where whoever reads it may use it."+
				" Log a fingerprint: the first bytes of its SHA-256.")
		}
	})
})

func isSecret(value ssa.Value) bool {
	switch value := value.(type) {
	case *ssa.Call:
		name := sdkCall(value)
		return (name == "GetHttpRequestHeader" || name == "GetHttpResponseHeader") && secret[headerOf(value)]
	case *ssa.Lookup:
		word, fixed := text(value.Index)
		return fixed && secret[strings.ToLower(word)]
	case *ssa.UnOp, *ssa.Index:
		return partOfPair(value) == 1 && isOfSecretName(value.(ssa.Instruction).Block())
	}
	return false
}

// isOfSecretName tells whether a block runs only where a name was one of these headers.
func isOfSecretName(block *ssa.BasicBlock) bool {
	for condition, holds := range conditions(block) {
		compared, ok := condition.(*ssa.BinOp)
		if !ok || compared.Op != token.EQL || !holds {
			continue
		}
		for _, side := range []ssa.Value{compared.X, compared.Y} {
			if word, fixed := text(side); fixed && secret[strings.ToLower(word)] {
				return true
			}
		}
	}
	return false
}
