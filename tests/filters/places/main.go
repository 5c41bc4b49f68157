// Package main makes one call of the SDK in one callback, as a request's headers say, and logs what
// Envoy answers. Where there is no request, it makes all of them.
package main

import (
	"strings"

	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"
)

const cluster = "trailing"

func main() {}

func init() {
	proxywasm.SetVMContext(&vm{})
}

type vm struct {
	types.DefaultVMContext
}

func (*vm) OnVMStart(int) types.OnVMStartStatus {
	makeAll("OnVMStart")
	return types.OnVMStartStatusOK
}

func (*vm) NewPluginContext(uint32) types.PluginContext {
	return &plugin{}
}

type plugin struct {
	types.DefaultPluginContext
	ticked bool
}

func (*plugin) OnPluginStart(int) types.OnPluginStartStatus {
	makeAll("OnPluginStart")
	if err := proxywasm.SetTickPeriodMilliSeconds(50); err != nil {
		return types.OnPluginStartStatusFailed
	}
	return types.OnPluginStartStatusOK
}

func (p *plugin) OnTick() {
	if !p.ticked {
		p.ticked = true
		makeAll("OnTick")
	}
}

func (*plugin) NewHttpContext(uint32) types.HttpContext {
	return &stream{}
}

type stream struct {
	types.DefaultHttpContext
	place, call string
}

func (s *stream) OnHttpRequestHeaders(int, bool) types.Action {
	s.place, _ = proxywasm.GetHttpRequestHeader("x-place")
	s.call, _ = proxywasm.GetHttpRequestHeader("x-call")
	if s.place != "callout" {
		return s.at("OnHttpRequestHeaders")
	}
	if _, err := proxywasm.DispatchHttpCall(cluster, ask, nil, nil, 5000, s.onReply); err != nil {
		proxywasm.LogCriticalf("dispatch failed: %v", err)
		return types.ActionContinue
	}
	return types.ActionPause
}

func (s *stream) onReply(int, int, int) {
	makeCall("callout", s.call)
	if !strings.HasPrefix(s.call, "ResumeHttpRequest") && s.call != "SendHttpResponse" {
		if err := proxywasm.ResumeHttpRequest(); err != nil {
			proxywasm.LogCriticalf("resume failed: %v", err)
		}
	}
}

func (s *stream) OnHttpRequestBody(_ int, last bool) types.Action {
	return s.at("OnHttpRequestBody")
}

func (s *stream) OnHttpRequestTrailers(int) types.Action {
	return s.at("OnHttpRequestTrailers")
}

func (s *stream) OnHttpResponseHeaders(int, bool) types.Action {
	return s.at("OnHttpResponseHeaders")
}

func (s *stream) OnHttpResponseBody(int, bool) types.Action {
	return s.at("OnHttpResponseBody")
}

func (s *stream) OnHttpResponseTrailers(int) types.Action {
	return s.at("OnHttpResponseTrailers")
}

func (s *stream) OnHttpStreamDone() {
	s.at("OnHttpStreamDone")
}

// at makes the call where this is its place, once.
func (s *stream) at(place string) types.Action {
	if s.place != place {
		return types.ActionContinue
	}
	s.place = ""
	if makeCall(place, s.call) && s.call == "SendHttpResponse" {
		return types.ActionPause
	}
	return types.ActionContinue
}

func makeAll(place string) {
	for name := range calls {
		// The SDK panics at it before there is a plugin, and again as the answer comes: no VM lives on.
		if place != "OnVMStart" || name != "DispatchHttpCall" {
			makeCall(place, name)
		}
	}
}

// makeCall logs what came of a call, and says whether Envoy took it.
func makeCall(place, name string) bool {
	call, known := calls[name]
	if !known {
		proxywasm.LogCritical("no such call: " + name)
		return false
	}
	said := answer(call)
	proxywasm.LogInfo("place=" + place + " call=" + name + " said=" + said)
	return said == "ok"
}

// answer returns what Envoy says to a call; the SDK itself panics in some places.
func answer(call func() error) (said string) {
	defer func() {
		if recover() != nil {
			said = "panic"
		}
	}()
	if err := call(); err != nil {
		return strings.TrimPrefix(err.Error(), "error status returned by host: ")
	}
	return "ok"
}
