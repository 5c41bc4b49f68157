package main

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
)

// The lab's filters, whose go.mod requires the SDK.
var filters = filepath.Join("..", "..", "..", "filter")

func TestSignaturesOfTheSDK(t *testing.T) {
	var out bytes.Buffer
	if err := run([]string{"signatures", filters}, &out); err != nil {
		t.Fatal(err)
	}
	var answer sdkSignatures
	if err := json.Unmarshal(out.Bytes(), &answer); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(answer.Version, "v0.") {
		t.Errorf("version %q", answer.Version)
	}
	wanted := map[string]string{
		"HttpContext.OnHttpResponseHeaders": "(numHeaders int, endOfStream bool) types.Action",
		"PluginContext.OnTick":              "()",
		"TcpContext.OnNewConnection":        "() types.Action",
		".ReplaceHttpResponseHeader":        "(key string, value string) error",
		".SetTickPeriodMilliSeconds":        "(millSec uint32) error",
	}
	found := map[string]string{}
	for _, one := range append(answer.Callbacks, answer.Calls...) {
		found[one.Context+"."+one.Name] = one.Signature
		if one.File == "" || filepath.IsAbs(one.File) || one.Line == 0 {
			t.Errorf("%s is at %q:%d", one.Name, one.File, one.Line)
		}
	}
	for name, signature := range wanted {
		if found[name] != signature {
			t.Errorf("%s is %q, wanted %q", name, found[name], signature)
		}
	}
}

func TestWhatIsNoCommandOrNoModule(t *testing.T) {
	for _, words := range [][]string{nil, {"sing"}, {"signatures"}, {"signatures", t.TempDir()}} {
		if err := run(words, &bytes.Buffer{}); err == nil {
			t.Errorf("%v did not fail", words)
		}
	}
}
