package main

import (
	"testing"

	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/proxytest"
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"
	"github.com/stretchr/testify/require"
)

func TestGreets(t *testing.T) {
	host, reset := proxytest.NewHostEmulator(proxytest.NewEmulatorOption().WithVMContext(&vmContext{}))
	defer reset()
	require.Equal(t, types.OnVMStartStatusOK, host.StartVM())
	require.Equal(t, types.OnPluginStartStatusOK, host.StartPlugin())
	require.Zero(t, host.GetTickPeriod())

	request := host.InitializeHttpContext()
	action := host.CallOnResponseHeaders(request, [][2]string{{":status", "200"}, {"x-wasm-filter", "another"}}, true)
	require.Equal(t, types.ActionContinue, action)
	require.Equal(t, [][2]string{{":status", "200"}, {"x-wasm-filter", "hello from wasm"}},
		host.GetCurrentResponseHeaders(request))
}
