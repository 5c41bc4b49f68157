"""What people who know Python, and newcomers to Go, type; a part of the hint; and what it leads to.

Each stands in a hook that has `ctx`, `numHeaders`, `endOfStream`, `reply` (a map of texts), `names`
(a list of texts) and `value` (a text).
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["FILES", "HOOK", "MENDED", "SLIPS", "File", "Slip"]

HOOK = """package main

import (
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"
)

func (ctx *httpContext) OnHttpResponseHeaders(numHeaders int, endOfStream bool) types.Action {
	reply := map[string]string{"x": "y"}
	names := []string{"x"}
	value := "abc"
	proxywasm.LogInfo(reply[value] + names[0])
BODY
	return types.ActionContinue
}
"""
# The same names, for what a hint leads to.
MENDED = """package main

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"
)

var _, _, _, _, _ = errors.New, fmt.Sprint, slices.Sort[[]int], strconv.Itoa, strings.ToUpper

"""


class Slip(NamedTuple):
    """Some lines in a hook: as they are typed, a part of the hint, and as they should be."""

    typed: str
    hint: str
    mended: str


SLIPS = (
    # Words of Python.
    Slip("var x *httpContext = None\n_ = x", "write nil", "var x *httpContext = nil\n_ = x"),
    Slip("ok := True\n_ = ok", "write true", "ok := true\n_ = ok"),
    Slip("ok := False\n_ = ok", "write false", "ok := false\n_ = ok"),
    Slip('LOG(f"got {value}")', "LogInfof", 'proxywasm.LogInfof("got %v", value)'),
    Slip('LOG(r"\\d")', "between backquotes", "proxywasm.LogInfo(`\\d`)"),
    Slip('LOG(b"x")', '[]byte("…")', '_ = []byte("x")'),
    Slip("LOG('x-auth')", 'double quotes: "x-auth"', 'proxywasm.LogInfo("x-auth")'),
    Slip("LOG('v')", 'double quotes: "v"', 'proxywasm.LogInfo("v")'),
    Slip("LOG('')", 'empty text as ""', 'proxywasm.LogInfo("")'),
    Slip('LOG("""long""")', "between backquotes", "proxywasm.LogInfo(`long`)"),
    Slip("def f(x):\n\treturn x", "`f := func() {`", "f := func() {\n}\nf()"),
    Slip(
        "f := lambda x: x\n_ = f",
        "func(x int) int { return x }",
        "f := func(x int) int { return x }\n_ = f",
    ),
    Slip('if value == "" and endOfStream {\n}', "&& for and", 'if value == "" && endOfStream {\n}'),
    Slip('if value == "" or endOfStream {\n}', "|| for or", 'if value == "" || endOfStream {\n}'),
    Slip("if not endOfStream {\n}", "! for not", "if !endOfStream {\n}"),
    Slip(
        'if "x" not in reply {\n}', 'reply["x"]; !found', 'if _, found := reply["x"]; !found {\n}'
    ),
    Slip('if "x" in reply {\n}', 'reply["x"]; found {', 'if _, found := reply["x"]; found {\n}'),
    Slip("if ctx is None {\n}", "== nil", "if ctx == nil {\n}"),
    Slip("if ctx is not None {\n}", "!= nil", "if ctx != nil {\n}"),
    Slip(
        'if endOfStream {\n} elif value == "" {\n}',
        '`} else if value == "" {`',
        'if endOfStream {\n} else if value == "" {\n}',
    ),
    Slip(
        'try:\n\tLOG("x")\nexcept:\n\tpass',
        "if err != nil {",
        "if err := proxywasm.ContinueTcpStream(); err != nil {\n\treturn types.ActionPause\n}",
    ),
    Slip('try {\n\tLOG("x")\n} catch (err) {\n}', "if err != nil {", ""),
    Slip('raise ValueError("x")', "proxywasm.LogError", 'proxywasm.LogError("x")'),
    Slip("if endOfStream {\n\tpass\n}", "no `pass`", "if endOfStream {\n}"),
    Slip("while endOfStream {\n}", "`for endOfStream {`", "for endOfStream {\n\tbreak\n}"),
    Slip("while True:\n\tpass", "is `for {`", "for {\n\tbreak\n}"),
    Slip(
        "for x in names {\n\tLOG(x)\n}",
        "`for _, x := range names {`",
        "for _, x := range names {\n\tproxywasm.LogInfo(x)\n}",
    ),
    Slip("for x in names: LOG(x)", "`for _, x := range names {`", ""),
    Slip(
        "for i in range(3):\n\tLOG(value)", "`for i := range 3 {`", "for i := range 3 {\n\t_ = i\n}"
    ),
    Slip(
        "for k, v in reply.items() {\n\tLOG(k + v)\n}",
        "`for k, v := range reply {`",
        "for k, v := range reply {\n\tproxywasm.LogInfo(k + v)\n}",
    ),
    Slip(
        'value = "a" if endOfStream else "b"',
        "no conditional expression",
        'if endOfStream {\n\tvalue = "a"\n} else {\n\tvalue = "b"\n}',
    ),
    Slip(
        'value = reply["x"] or "none"',
        'if value == ""',
        'value = reply["x"]\nif value == "" {\n\tvalue = "none"\n}',
    ),
    Slip('value = reply["x"] || "none"', 'if value == ""', ""),
    Slip("names = [n for n in names]", "append in a loop", ""),
    Slip('del reply["x"]', '`delete(reply, "x")`', 'delete(reply, "x")'),
    Slip("global ticks", "plugin.ticks", "ctx.plugin.ticks++"),
    Slip("assert endOfStream", "`if !(endOfStream) {`", "if !(endOfStream) {\n}"),
    Slip("n := len(numHeaders)\n_ = n", "one value", "n := len(value)\n_ = n"),
    Slip("n := value.len()\n_ = n", "`len(value)`", "n := len(value)\n_ = n"),
    Slip("n := names.length\n_ = n", "`len(names)`", "n := len(names)\n_ = n"),
    Slip("if len(value) {\n}", "`if len(value) > 0 {`", "if len(value) > 0 {\n}"),
    Slip("value = value.upper()", "`strings.ToUpper(value)`", "value = strings.ToUpper(value)"),
    Slip(
        'if value.startswith("a") {\n}',
        "`strings.HasPrefix(value, …)`",
        'if strings.HasPrefix(value, "a") {\n}',
    ),
    Slip('names.append("y")', "`names = append(names, …)`", 'names = append(names, "y")'),
    Slip('append(names, "y")', '`names = append(names, "y")`', 'names = append(names, "y")'),
    Slip('v := reply.get("x")\n_ = v', '`reply["…"]`', 'v := reply["x"]\n_ = v'),
    Slip("v := reply.x\n_ = v", '`reply["x"]`', 'v := reply["x"]\n_ = v'),
    Slip(
        "s := str(numHeaders)\n_ = s",
        "`strconv.Itoa(numHeaders)`",
        "s := strconv.Itoa(numHeaders)\n_ = s",
    ),
    Slip('n := int("3")\n_ = n', 'strconv.Atoi("3")', 'n, err := strconv.Atoi("3")\n_, _ = n, err'),
    Slip(
        'LOG("n %d" % numHeaders)',
        "fmt.Sprintf",
        'proxywasm.LogInfo(fmt.Sprintf("n %d", numHeaders))',
    ),
    Slip('value = "-" * 10', "strings.Repeat", 'value = strings.Repeat("-", 10)'),
    Slip("if isinstance(value, string) {\n}", "one type always", ""),
    Slip("c := value[-1]\n_ = c", "x[len(x)-1]", "c := value[len(value)-1]\n_ = c"),
    Slip("n := numHeaders ** 2\n_ = n", "x * x", "n := numHeaders * numHeaders\n_ = n"),
    Slip("a = b = 1", "one at a time", ""),
    Slip('AddHttpResponseHeader("x", value="y")', "without names", ""),
    Slip("# a comment", "begin a comment with //", "// a comment"),
    Slip('value = "x" # a comment', "begin a comment with //", 'value = "x" // a comment'),
    Slip('"""a comment"""\nLOG("x"', "begin a comment with //", ""),
    # Other languages.
    Slip("let x = 1", "`x := …`", "x := 1\n_ = x"),
    Slip("int x = 1", "`x := …`", "x := 1\n_ = x"),
    Slip("var x := 1", "`x := …`", "x := 1\n_ = x"),
    Slip("x: int = 1", "var name string", "var x int = 1\n_ = x"),
    Slip("if value === value {\n}", "compare with ==", "if value == reply[value] {\n}"),
    Slip('if value = "x" {\n}', "compare with ==", 'if value == "x" {\n}'),
    Slip("n := ctx->plugin\n_ = n", "`ctx.plugin`", "n := ctx.plugin\n_ = n"),
    Slip('value = endOfStream ? "a" : "b"', "no conditional expression", ""),
    Slip("x := numHeaders++\n_ = x", "a line of its own", "numHeaders++"),
    Slip("++numHeaders", "a line of its own", "numHeaders++"),
    Slip("LOG(“x”)", "type the quotes anew", 'proxywasm.LogInfo("x")'),
    Slip("if 0 < numHeaders < 5 {\n}", "compare twice", "if 0 < numHeaders && numHeaders < 5 {\n}"),
    # Braces, commas, brackets.
    Slip("if endOfStream:\n\tvalue = reply[value]", "leave the colon out", ""),
    Slip("if endOfStream\n\tvalue = reply[value]", "end with {", ""),
    Slip("if endOfStream\n{\n}", "line end with {", "if endOfStream {\n}"),
    Slip("if endOfStream {\n}\nelse {\n}", "`} else {`", "if endOfStream {\n} else {\n}"),
    Slip("if endOfStream {", "put a }", "if endOfStream {\n}"),
    Slip('LOG("x"', "a ) is missing", 'proxywasm.LogInfo("x")'),
    Slip('LOG("x)', "end the text on its line", 'proxywasm.LogInfo("x")'),
    Slip("}", "take a } away", ""),
    Slip(
        't := (":path", "/")\n_ = t',
        '`[2]string{":path", "/auth"}`',
        't := [2]string{":path", "/auth"}\n_ = t',
    ),
    Slip(
        'h := [][2]string{(":path", "/")}\n_ = h',
        '`{":path", "/auth"}`',
        'h := [][2]string{{":path", "/auth"}}\n_ = h',
    ),
    Slip(
        'h := [][2]string{\n\t{":a", "b"}\n}\n_ = h',
        "end with a comma",
        'h := [][2]string{\n\t{":a", "b"},\n}\n_ = h',
    ),
    Slip('LOG(\n\t"x"\n)', "end with a comma", 'proxywasm.LogInfo(\n\t"x",\n)'),
    Slip(
        'd := {"a": "b"}\n_ = d',
        '`map[string]string{"a": "b"}`',
        'd := map[string]string{"a": "b"}\n_ = d',
    ),
    Slip('l := ["a", "b"]\n_ = l', '`[]string{"a", "b"}`', 'l := []string{"a", "b"}\n_ = l'),
    Slip("l := []\n_ = l", "`[]string{}`", "l := []string{}\n_ = l"),
    Slip("func f() {\n}", "`f := func() {`", "f := func() {\n}\nf()"),
    # Names.
    Slip("self.plugin.ticks = 1", "called `ctx` here", "ctx.plugin.ticks = 1"),
    Slip("this.plugin.ticks = 1", "called `ctx` here", "ctx.plugin.ticks = 1"),
    Slip("plugin.ticks = 1", "`ctx.plugin`", "ctx.plugin.ticks = 1"),
    Slip("ctx.ticks = 1", "`ctx.plugin.ticks`", "ctx.plugin.ticks = 1"),
    Slip("ticks = 1", "`ctx.plugin.ticks`", "ctx.plugin.ticks = 1"),
    Slip('LogInfo("x")', "`proxywasm.LogInfo`", 'proxywasm.LogInfo("x")'),
    Slip('proxywasm.logInfo("x")', "`proxywasm.LogInfo`", 'proxywasm.LogInfo("x")'),
    Slip('proxywasm.log_info("x")', "`proxywasm.LogInfo`", 'proxywasm.LogInfo("x")'),
    Slip("return ActionContinue", "`types.ActionContinue`", "return types.ActionContinue"),
    Slip("return types.Continue", "`types.ActionContinue`", "return types.ActionContinue"),
    Slip(
        'b, _ := proxywasm.GetProperty([]string{"a"})\nb = string(b)\n_ = "x" + string(b)',
        "`b` keeps its kind, bytes: write `string(b)` where the text is wanted",
        'b, _ := proxywasm.GetProperty([]string{"a"})\n_ = "x" + string(b)',
    ),
    Slip('fmt.Println("x")', 'import "fmt"', 'fmt.Println("x")'),
    Slip("b, _ := json.Marshal(value)\n_ = b", 'import "encoding/json"', ""),
    Slip("greeting = 1", "write := the first time: `greeting := …`", "greeting := 1\n_ = greeting"),
    Slip("LOG(vaule)", "is it `value`?", "proxywasm.LogInfo(value)"),
    Slip("ctx.plugin.ticks := 1", "`ctx.plugin.ticks = …`", "ctx.plugin.ticks = 1"),
    Slip('value := "x"', "single =", 'value = "x"'),
    Slip("count := 1", "remove the variable", ""),
    # Values of another kind.
    Slip(
        'if endOfStream && reply["x"] {\n}',
        '`reply["x"] != ""`',
        'if endOfStream && reply["x"] != "" {\n}',
    ),
    Slip('if reply["x"] {\n}', '`if reply["x"] != "" {`', 'if reply["x"] != "" {\n}'),
    Slip("if !value {\n}", '`value == ""`', 'if value == "" {\n}'),
    Slip(
        "err := proxywasm.SetTickPeriodMilliSeconds(1)\nif err {\n}",
        "`if err != nil {`",
        "err := proxywasm.SetTickPeriodMilliSeconds(1)\nif err != nil {\n}",
    ),
    Slip(
        "err := proxywasm.SetTickPeriodMilliSeconds(1)\nif !err {\n}",
        "`err == nil`",
        "err := proxywasm.SetTickPeriodMilliSeconds(1)\nif err == nil {\n}",
    ),
    Slip('if reply["x"] != nil {\n}', 'compare with `""`', 'if reply["x"] != "" {\n}'),
    Slip("if numHeaders == nil {\n}", "compare with `0`", "if numHeaders == 0 {\n}"),
    Slip("if endOfStream == nil {\n}", "asked by itself", "if endOfStream {\n}"),
    Slip("value = nil", 'write `""`', 'value = ""'),
    Slip(
        'LOG("n" + numHeaders)',
        "`strconv.Itoa(numHeaders)`",
        'proxywasm.LogInfo("n" + strconv.Itoa(numHeaders))',
    ),
    Slip('LOG("n" + 1)', '`"1"`', 'proxywasm.LogInfo("n" + "1")'),
    Slip(
        'LOG("n" + endOfStream)',
        "`fmt.Sprint(endOfStream)`",
        'proxywasm.LogInfo("n" + fmt.Sprint(endOfStream))',
    ),
    Slip(
        "LOG(numHeaders)",
        "`strconv.Itoa(numHeaders)`",
        "proxywasm.LogInfo(strconv.Itoa(numHeaders))",
    ),
    Slip("LOG(value[0])", "`string(value[0])`", "proxywasm.LogInfo(string(value[0]))"),
    Slip(
        'proxywasm.SetTickPeriodMilliSeconds("1000")',
        "quotes out: `1000`",
        "proxywasm.SetTickPeriodMilliSeconds(1000)",
    ),
    Slip(
        "proxywasm.SetTickPeriodMilliSeconds(numHeaders)",
        "`uint32(numHeaders)`",
        "proxywasm.SetTickPeriodMilliSeconds(uint32(numHeaders))",
    ),
    Slip("if value == 200 {\n}", '"200", in quotes', 'if value == "200" {\n}'),
    Slip(
        'b := []byte("x")\nif b == "x" {\n}',
        "`string(b)`",
        'b := []byte("x")\nif string(b) == "x" {\n}',
    ),
    Slip('return "continue"', "`types.ActionContinue`", "return types.ActionContinue"),
    Slip("return", "return types.ActionContinue", "return types.ActionContinue"),
    Slip(
        'v := proxywasm.GetHttpResponseHeader("x")\n_ = v',
        "give each value of the call a name",
        'v, _ := proxywasm.GetHttpResponseHeader("x")\n_ = v',
    ),
    Slip(
        'proxywasm.ReplaceHttpResponseHeader("x")',
        "that `want` shows",
        'proxywasm.ReplaceHttpResponseHeader("x", "y")',
    ),
    Slip(
        'for header := range [][2]string{{"a", "b"}} {\n\tLOG(header[0])\n}',
        "`for _, value := range …`",
        'for _, header := range [][2]string{{"a", "b"}} {\n\tproxywasm.LogInfo(header[0])\n}',
    ),
    Slip("value", "do something with the value", ""),
    Slip(
        'x := []string("a")',  # that x is not used, Go says first
        '`[]string{"a"}`',
        'x := []string{"a"}\n_ = x',
    ),
    Slip('print "x"', "proxywasm.LogInfo", 'proxywasm.LogInfo("x")'),
    Slip('if value == "a": return', "leave the colon out", ""),
    Slip(
        'if value in ("a", "b") {\n}',
        '`if value == "a" || value == "b" {`',
        'if value == "a" || value == "b" {\n}',
    ),
    Slip("for (int i = 0; i < 3; i++) {\n}", "without brackets", "for i := 0; i < 3; i++ {\n}"),
    Slip("for name range names {\n}", "`for name := range …`", "for range names {\n}"),
    Slip("return types.ActionContinue()", "leave the () out", "return types.ActionContinue"),
    Slip('names += "x"', '`names = append(names, "x")`', 'names = append(names, "x")'),
    Slip('ctx.plugin.ticks += "1"', "quotes out: `1`", "ctx.plugin.ticks += 1"),
    Slip("if names == [] {\n}", "`len(names) == 0`", "if len(names) == 0 {\n}"),
    Slip("if numHeaders % 2 {\n}", "`if numHeaders % 2 != 0 {`", "if numHeaders%2 != 0 {\n}"),
    Slip(
        'h := [][2]string{":path", "/"}\n_ = h',
        "braces of its own",
        'h := [][2]string{{":path", "/"}}\n_ = h',
    ),
    Slip("x := new pluginContext()", "`&pluginContext{}`", "x := &pluginContext{}\n_ = x"),
    Slip("break", "leave the function", "return types.ActionContinue"),
    Slip("proxywasm LogInfo(value)", "something is missing between", ""),
    Slip("LOG(value))", "take the ) away", "proxywasm.LogInfo(value)"),
)


class File(NamedTuple):
    """A whole file, and a part of the hint."""

    source: str
    hint: str


FILES = (
    File("func f() {}\n", "begin each file of a filter with `package main`"),
    File("# tick\npackage main\n", "begin a comment with //"),
    File('"""tick"""\npackage main\n', "begin a comment with //"),
    File("package main\n\ndef OnTick(plugin):\n\tplugin.ticks += 1\n", "`func OnTick() {`"),
    File("package main\n\nfunction f() {\n}\n", "`func f() {`"),
    File("package main\n\nclass Plugin:\n\tpass\n", "`type Plugin struct {`"),
    File("package main\n\nimport 'fmt'\n", 'import "fmt"'),
    File("package main\n\nimport fmt\n", 'import "fmt"'),
    File("package main\n\nfrom fmt import Println\n", 'import "fmt"'),
    File('package main\n\nimport "fmt", "os"\n', "one in a line"),
    File('package main\n\nfunc f() {}\n\nimport "fmt"\n', "right behind the `package` line"),
    File('package main\n\nimport "os"\n', "remove the import, or use it"),
    File('package main\n\nimport "json"\n', 'import "encoding/json"'),
    File('package main\n\nimport "proxywasm"\n', "proxy-wasm-go-sdk/proxywasm"),
    File('package main\n\nimport "requests"\n', "proxywasm.DispatchHttpCall"),
    File("package main\n\nticks := 1\n", "`var ticks = 1`"),
    File('package main\n\n\tprintln("x")\n\nfunc f() {\n}\n', "`func … {`, above this one"),
    File("package main\n\n}\n\nfunc f() {\n}\n", "`func … {`, above this one"),
    File('package main\n\nfunc f() {\n}\n\tprintln("x")\n', "move it below, or take a } away"),
    File('package main\n\nprintln("x")\n', "put it inside a function"),
    File("package main\n\nfunc f()\n{\n}\n", "end of the line above"),
    File("package main\n\nfunc f(x int) -> int {\n\treturn x\n}\n", "without an arrow"),
    File("package main\n\nfunc f(x: int) int {\n\treturn x\n}\n", "without a colon"),
    File("package main\n\nfunc f(x) int {\n\treturn 1\n}\n", "`x string`"),
    File("package main\n\nfunc f(x int = 3) {\n}\n", "no defaults"),
    File("package main\n\nfunc f() int {\n}\n", "end with a return"),
    File("package main\n\ntype s struct {\n\ta int,\n\tb int\n}\n", "without a comma"),
    File("package main\n\ntype s struct {\n\ta int = 3\n}\n", "where the struct is made"),
    File("package main\n\ntype s struct {\n\ta: int\n}\n", "without a colon"),
    File("package main\n\n@hook\nfunc f() {}\n", "no decorators"),
    File('package main\n\nconst m = map[string]string{"a": "b"}\n', "use var"),
    File("package main\n\nfunc (plugin *PluginContext) OnTick() {\n}\n", "`pluginContext`"),
    File("package main\n\nfunc OnTick(self) {\n}\n", "func (plugin *pluginContext) OnTick() {"),
    File("package main\n\nfunc (self *pluginContext) OnTick() {\n\tctx.ticks = 1\n}\n", "spelling"),
)
