// Package main asks a JWT service for a token once per process, and not once per worker.
//
// It is one module with two parts. A Wasm Service, which Envoy runs in one VM on its main thread
// (`singleton: true`), asks every 15 seconds and puts the token into the shared data. The HTTP filter
// only reads it from there, in each worker, for each response. So the JWT service gets one call a
// period, whatever the number of workers, and all workers hand on the same token. envoy/service.yaml
// runs both; the setting `part` says which of the two a plugin is.
//
// The price: each response reads the shared data, which takes 6 µs more than a token that the VM keeps
// (benchmarks/cost.md).
//
// Shared data belongs to a vm_id: the two parts must have the same one. It is one store for all
// plugins of that vm_id, so the key has a prefix.
package main

import (
	"strings"

	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"
)

// main stays empty: the module is a library that Envoy calls into.
func main() {}

func init() {
	proxywasm.SetVMContext(newVMContext())
}

// vmContext is the one root of a VM.
type vmContext struct {
	types.DefaultVMContext
	// tag names the VM in logs, callouts, responses and the shared data.
	tag string
}

func newVMContext() *vmContext {
	return &vmContext{tag: newTag()}
}

// NewPluginContext is called for each plugin that the VM runs. On the main thread that is both parts,
// in one VM: so state lives on the context and not in a global.
func (vm *vmContext) NewPluginContext(contextID uint32) types.PluginContext {
	return &pluginContext{vmTag: vm.tag}
}

// pluginContext is one of the two parts, with its configuration.
type pluginContext struct {
	types.DefaultPluginContext
	vmTag    string
	settings settings
	service  service
	filter   filter
}

// OnPluginStart reads the plugin's configuration; the service starts its timer.
//
// lesson: start
func (plugin *pluginContext) OnPluginStart(configurationSize int) types.OnPluginStartStatus {
	read, err := readSettings()
	if err != nil {
		return plugin.refuse("settings_refused", err.Error())
	}
	plugin.settings = read
	if read.part == partService {
		return plugin.startService()
	}
	return plugin.startFilter()
}

// lesson: end

func (plugin *pluginContext) refuse(event, why string) types.OnPluginStartStatus {
	proxywasm.LogCritical(line(event, plugin.vmTag, field("error", why)))
	return types.OnPluginStartStatusFailed
}

// place is where the token lies, as the log says it: the vm_id and the key.
func (plugin *pluginContext) place() string {
	return plugin.vmID() + "/" + plugin.settings.key
}

// vmID is the name that the configuration gives to the VM: shared data belongs to it.
func (plugin *pluginContext) vmID() string {
	id, err := proxywasm.GetProperty([]string{"plugin_vm_id"})
	if err != nil {
		return "" // Envoy knows no such property where the configuration gives no name
	}
	return string(id)
}

// writer is who asks for a token and puts it into the shared data: the VM's tag and the plugin's name,
// for two plugins of one vm_id run in one VM.
func (plugin *pluginContext) writer() string {
	name, err := proxywasm.GetProperty([]string{"plugin_name"})
	if err != nil || len(name) == 0 {
		return plugin.vmTag // the configuration gives the plugin no name
	}
	return plugin.vmTag + "." + strings.Map(plain, string(name))
}

// plain leaves of a name what can stand in a header, in the log and in the shared value.
func plain(char rune) rune {
	switch {
	case 'A' <= char && char <= 'Z', 'a' <= char && char <= 'z', '0' <= char && char <= '9', char == '-', char == '_':
		return char
	}
	return '_'
}

func (plugin *pluginContext) logInfo(event string, fields ...string) {
	proxywasm.LogInfo(line(event, plugin.vmTag, fields...))
}

func (plugin *pluginContext) logWarn(event string, fields ...string) {
	proxywasm.LogWarn(line(event, plugin.vmTag, fields...))
}
