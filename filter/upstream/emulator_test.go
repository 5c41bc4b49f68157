package main

import (
	"bytes"
	"encoding/base64"
	"log"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/proxytest"
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"
	"github.com/stretchr/testify/require"
)

// emulator plays Envoy: the SDK's host emulator, with short words for what these tests do with it.
type emulator struct {
	t    *testing.T
	host proxytest.HostEmulator
	// printed is what the emulator prints: each log line of the filter, each callout. It is read in
	// place of GetInfoLogs, whose texts lie in the memory of the VM, which may be used again.
	printed *bytes.Buffer
	// close ends the emulator before its test ends. There can be one at a time.
	close func()
}

func emulate(t *testing.T, vm types.VMContext, configuration string) *emulator {
	t.Helper()
	printed := &bytes.Buffer{}
	flags := log.Flags()
	log.SetOutput(printed)
	log.SetFlags(0)
	host, reset := proxytest.NewHostEmulator(
		proxytest.NewEmulatorOption().WithVMContext(vm).
			WithPluginConfiguration([]byte(configuration)).
			WithProperty([]string{"plugin_vm_id"}, []byte("service_vm")))
	closed := false
	envoy := &emulator{t: t, host: host, printed: printed, close: func() {
		if !closed {
			closed = true
			reset()
			log.SetOutput(os.Stderr)
			log.SetFlags(flags)
		}
	}}
	t.Cleanup(func() {
		envoy.close()
		if t.Failed() {
			t.Logf("the emulator printed:\n%s", printed)
		}
	})
	return envoy
}

// start starts the VM and the plugin.
func (envoy *emulator) start() {
	envoy.t.Helper()
	require.Equal(envoy.t, types.OnVMStartStatusOK, envoy.host.StartVM())
	require.Equal(envoy.t, types.OnPluginStartStatusOK, envoy.host.StartPlugin())
}

// headers are what a reply or a response carries, in their order.
type headers [][2]string

// tick lets the timer fire and returns the callout that the filter sends.
func (envoy *emulator) tick() proxytest.HttpCalloutAttribute {
	envoy.t.Helper()
	before := len(envoy.host.GetCalloutAttributesFromContext(proxytest.PluginContextID))
	envoy.host.Tick()
	callouts := envoy.host.GetCalloutAttributesFromContext(proxytest.PluginContextID)
	require.Len(envoy.t, callouts, before+1, "a tick sends one callout")
	return callouts[before]
}

// answer is the JWT service's reply to a callout.
func (envoy *emulator) answer(callout proxytest.HttpCalloutAttribute, reply headers) {
	envoy.host.CallOnHttpCallResponse(callout.CalloutID, reply, nil, nil)
}

// fetch is a tick and its reply.
func (envoy *emulator) fetch(reply headers) {
	envoy.t.Helper()
	envoy.answer(envoy.tick(), reply)
}

// send passes a request through the filter: what the upstream gets, and the answer of the filter's own, which
// is nil where the request goes on.
func (envoy *emulator) send(request headers) (upstream headers, own *proxytest.LocalHttpResponse) {
	envoy.t.Helper()
	id := envoy.host.InitializeHttpContext()
	defer envoy.host.CompleteHttpContext(id)
	if envoy.host.CallOnRequestHeaders(id, request, true) == types.ActionPause {
		own = envoy.host.GetSentLocalResponse(id)
		require.NotNil(envoy.t, own, "a request that waits for ever")
		return nil, own
	}
	return clone(envoy.host.GetCurrentRequestHeaders(id)), nil
}

func (h headers) values(name string) []string {
	var values []string
	for _, header := range h {
		if header[0] == name {
			values = append(values, header[1])
		}
	}
	return values
}

// clone copies texts out of the memory of the VM, which may be used again.
func clone(shared [][2]string) headers {
	copied := make(headers, 0, len(shared))
	for _, header := range shared {
		copied = append(copied, [2]string{strings.Clone(header[0]), strings.Clone(header[1])})
	}
	return copied
}

var (
	logLine = regexp.MustCompile(`(?m)^proxy_(\w+)_log: (.*)$`)
	vmField = regexp.MustCompile(`\bvm=([0-9a-f]{6})\b`)
)

// log is what the filter has logged so far: the level and the line, with VM in place of the VM's tag,
// which is another one each time.
func (envoy *emulator) log() []string {
	var lines []string
	for _, match := range logLine.FindAllStringSubmatch(envoy.printed.String(), -1) {
		lines = append(lines, match[1]+" "+vmField.ReplaceAllString(match[2], "vm=VM"))
	}
	return lines
}

// lastLog is the newest line.
func (envoy *emulator) lastLog() string {
	envoy.t.Helper()
	lines := envoy.log()
	require.NotEmpty(envoy.t, lines)
	return lines[len(lines)-1]
}

// bearer makes a header value of the form of a token, with a text of the test's choice in it.
func bearer(text string) string {
	return "Bearer " + part(`{"alg":"RS256"}`) + "." + part(text) + "." + part("signature of "+text)
}

func part(text string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(text))
}

// granted is a reply that brings a token.
func granted(token string) headers {
	return headers{{":status", "200"}, {"authorization", token}}
}
