package main

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
)

const (
	httpExports = "proxy_on_log proxy_on_request_body proxy_on_request_headers proxy_on_request_trailers " +
		"proxy_on_response_body proxy_on_response_headers proxy_on_response_trailers"
	begin = `package main

import (
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"
)

func main() {}

func init() { proxywasm.SetVMContext(&vm{}) }

type vm struct{ types.DefaultVMContext }

func (*vm) NewPluginContext(uint32) types.PluginContext { return &plugin{} }

type plugin struct{ types.DefaultPluginContext }

func (*plugin) NewHttpContext(uint32) types.HttpContext { return newHttp() }
`
)

func TestAnExportIsUsedWhereAFilterHasItsCallback(t *testing.T) {
	const embeds = "type http struct{ types.DefaultHttpContext }\n\nfunc newHttp() types.HttpContext { return &http{} }\n"
	cases := []struct {
		name  string
		files map[string]string
		used  string
	}{
		{"nothing of its own", map[string]string{"main.go": begin + embeds}, ""},
		{
			"a method", map[string]string{
				"main.go": begin + embeds + "func (*http) OnHttpStreamDone() {}\n",
			}, "proxy_on_log",
		},
		{
			"plugin and stream, in two files", map[string]string{
				"main.go": begin + embeds,
				"more.go": "package main\n\nfunc (*plugin) OnPluginDone() bool { return true }\n\n" +
					"func (*plugin) OnQueueReady(uint32) {}\n\nfunc (*plugin) OnTick() {}\n",
			}, "proxy_on_done proxy_on_queue_ready proxy_on_tick",
		},
		{
			"an embedded interface", map[string]string{
				"main.go": begin + "type http struct{ types.HttpContext }\n\n" +
					"func newHttp() types.HttpContext { return &http{&types.DefaultHttpContext{}} }\n",
			}, httpExports,
		},
		{
			"an interface embedded behind a method of its own", map[string]string{
				"main.go": begin + "type http struct{ types.HttpContext }\n\n" +
					"func (*http) OnHttpStreamDone() {}\n\n" +
					"func newHttp() types.HttpContext { return &http{&types.DefaultHttpContext{}} }\n",
			}, httpExports,
		},
		{
			"an interface of its own, for one callback", map[string]string{
				"main.go": begin + "type done interface{ OnHttpStreamDone() }\n\n" +
					"type http struct {\n\tinner\n\tdone\n}\n\ntype inner struct{ types.DefaultHttpContext }\n\n" +
					"func newHttp() types.HttpContext { return &http{} }\n",
			}, httpExports,
		},
		{
			"a type within a function", map[string]string{
				"main.go": begin + "func newHttp() types.HttpContext {\n\ttype http struct{ base }\n\treturn &http{}\n}\n\n" +
					"type base struct{ types.DefaultHttpContext }\n\n" +
					"func (*base) OnHttpRequestBody(int, bool) types.Action { return types.ActionContinue }\n",
			}, "proxy_on_request_body",
		},
		{
			"a type without a name", map[string]string{
				"main.go": begin + "func newHttp() types.HttpContext {\n\treturn &struct {\n\t\ttypes.DefaultHttpContext\n\t\tlast\n\t}{}\n}\n\n" +
					"type last struct{}\n",
			}, "",
		},
		{
			"a type without a name that takes a callback from elsewhere", map[string]string{
				"main.go": begin + "func newHttp() types.HttpContext {\n\treturn &struct {\n\t\tinner\n\t\tlast\n\t}{}\n}\n\n" +
					"type inner struct{ types.DefaultHttpContext }\n\ntype last struct{}\n\nfunc (last) OnHttpStreamDone() {}\n",
			}, "proxy_on_log",
		},
		{
			"a generic type", map[string]string{
				"main.go": begin + "func newHttp() types.HttpContext { return &http[int]{} }\n\n" +
					"type http[T any] struct {\n\ttypes.DefaultHttpContext\n\tvalue T\n}\n\n" +
					"func (*http[T]) OnHttpResponseTrailers(int) types.Action { return types.ActionContinue }\n",
			}, "proxy_on_response_trailers",
		},
		{
			"a struct of its own that is called as the SDK's", map[string]string{
				"main.go": begin + "func newHttp() types.HttpContext { return &DefaultHttpContext{} }\n\n" +
					"type DefaultHttpContext struct{ types.DefaultHttpContext }\n\n" +
					"func (*DefaultHttpContext) OnHttpStreamDone() {}\n",
			}, "proxy_on_log",
		},
		{
			"a package that knows the SDK's types under another's names", map[string]string{
				"main.go": begin + "func newHttp() types.HttpContext { return shelf.New() }\n",
				"shelf/shelf.go": "package shelf\n\nimport \"envoywasmlab/filter/names\"\n\n" +
					"type http struct{ names.Base }\n\nfunc New() names.HTTP { return &http{} }\n\n" +
					"func (*http) OnHttpRequestTrailers(int) names.Action { return 0 }\n",
				"names/names.go": "package names\n\nimport \"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types\"\n\n" +
					"type Base = types.DefaultHttpContext\n\ntype HTTP = types.HttpContext\n\ntype Action = types.Action\n",
			}, "proxy_on_request_trailers",
		},
		{
			"a callback of a package that does not know the SDK", map[string]string{
				"main.go":        begin + embeds + "type ticking struct {\n\tplugin\n\tclock.Clock\n}\n",
				"clock/clock.go": "package clock\n\ntype Clock struct{}\n\nfunc (Clock) OnTick() {}\n",
			}, "proxy_on_tick",
		},
		{
			"a file that the other compiler does not read", map[string]string{
				"main.go": begin + embeds,
				"tiny.go": "//go:build tinygo\n\npackage main\n\nfunc (*http) OnHttpStreamDone() {}\n",
				"go.go":   "//go:build !tinygo\n\npackage main\n\nfunc (*plugin) OnTick() {}\n",
			}, "proxy_on_log",
		},
		{
			"connections", map[string]string{
				"main.go": begin + embeds + "type tcp struct{ types.DefaultTcpContext }\n\n" +
					"func (*tcp) OnUpstreamData(int, bool) types.Action { return types.ActionContinue }\n",
			}, "proxy_on_upstream_data",
		},
	}
	for _, one := range cases {
		t.Run(one.name, func(t *testing.T) {
			t.Parallel()
			one.files["go.mod"], one.files["go.sum"] = "", ""
			for name, imported := range map[string]string{"shelf/shelf.go": "shelf", "clock/clock.go": "clock"} {
				if _, ok := one.files[name]; ok {
					one.files["main.go"] = strings.Replace(
						one.files["main.go"], "import (", "import (\n\t\"envoywasmlab/filter/"+imported+"\"\n", 1)
				}
			}
			answer := askExports(t, newFilter(t, one.files), "tinygo")
			if got := strings.Join(answer.Used, " "); got != one.used || answer.Unknown != "" {
				t.Errorf("used: %q, wanted %q (%s)", got, one.used, answer.Unknown)
			}
			if len(answer.Used)+len(answer.Unused) != len(allExports()) {
				t.Errorf("%v and %v are not all", answer.Used, answer.Unused)
			}
		})
	}
}

func TestTheLabsFiltersUseWhatTheyDeclare(t *testing.T) {
	wanted := map[string]string{
		"hello": "proxy_on_response_headers",
		"token": "proxy_on_response_headers proxy_on_tick",
	}
	for name, used := range wanted {
		if got := strings.Join(askExports(t, filepath.Join(filters, name), "").Used, " "); got != used {
			t.Errorf("%s uses %q, wanted %q", name, got, used)
		}
	}
}

func TestOfAProgramWithoutTheSDKOrWithAnothersNothingIsKnown(t *testing.T) {
	plain := newFilter(t, map[string]string{
		"go.mod": "", "go.sum": "", "main.go": "package main\n\nfunc main() {}\n",
	})
	if answer := askExports(t, plain, ""); !strings.Contains(answer.Unknown, "does not use the SDK") {
		t.Errorf("%+v", answer)
	}
	forked := newFilter(t, map[string]string{
		"go.mod": "module envoywasmlab/filter\n\ngo 1.24.0\n\n" +
			"require github.com/proxy-wasm/proxy-wasm-go-sdk v0.0.0\n\n" +
			"replace github.com/proxy-wasm/proxy-wasm-go-sdk => ./fork\n",
		"fork/go.mod":                   "module github.com/proxy-wasm/proxy-wasm-go-sdk\n\ngo 1.24.0\n",
		"fork/proxywasm/types/types.go": "package types\n",
		"main.go": "package main\n\nimport _ \"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types\"\n\n" +
			"func main() {}\n",
	})
	if answer := askExports(t, forked, ""); !strings.Contains(answer.Unknown, "replaces the SDK by ./fork") {
		t.Errorf("%+v", answer)
	}
	broken := newFilter(t, map[string]string{
		"go.mod": "", "go.sum": "", "main.go": begin + "func newHttp() types.HttpContext { return none }\n",
	})
	err := run([]string{"exports", broken, ""}, &bytes.Buffer{})
	if err == nil || !strings.Contains(err.Error(), "undefined: none") {
		t.Errorf("%v", err)
	}
	if err := run([]string{"exports", broken}, &bytes.Buffer{}); err == nil {
		t.Error("it took no tags for some")
	}
}

func askExports(t *testing.T, folder, tags string) filterExports {
	t.Helper()
	var out bytes.Buffer
	if err := run([]string{"exports", folder, tags}, &out); err != nil {
		t.Fatal(err)
	}
	var answer filterExports
	if err := json.Unmarshal(out.Bytes(), &answer); err != nil {
		t.Fatal(err)
	}
	return answer
}
