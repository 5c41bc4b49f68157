package advice

import (
	"go/ast"
	"go/types"
	"strings"
)

// callbacks reports methods that look like one of Envoy's callbacks, and are none: nobody calls them.
var callbacks = check("callbacks", "report a method that looks like a callback and is none", func(at *report) {
	for _, file := range at.Files {
		for _, declared := range file.Decls {
			function, ok := declared.(*ast.FuncDecl)
			if !ok {
				continue
			}
			object, ok := at.TypesInfo.Defs[function.Name].(*types.Func)
			if !ok || at.used[object] {
				continue
			}
			if receiver := object.Signature().Recv(); receiver == nil {
				at.looseFunction(object)
			} else if named := namedOf(receiver.Type()); named != nil {
				at.method(object, named)
			}
		}
	}
	for _, named := range at.named {
		if named.Obj().Pkg() == at.Pkg {
			at.unmade(named)
		}
	}
})

// looseFunction reports a callback that was written without its receiver.
func (at *report) looseFunction(object *types.Func) {
	for _, context := range contextNames {
		for _, wanted := range at.contractOf(context) {
			if strings.EqualFold(object.Name(), wanted.Name()) {
				at.say(object.Pos(), "callback", "Envoy never calls %s: it is a function, and a callback is a method of a context."+
					" Write %s", object.Name(), at.line(at.ownContext(context, nil), wanted))
				return
			}
		}
	}
}

func (at *report) method(object *types.Func, on *types.Named) {
	if at.ofAnotherContract(object, on) {
		return
	}
	contexts := at.contexts[on]
	exact := at.declaring(object.Name())
	switch {
	case len(contexts) > 0 && len(exact) > 0:
		if _, wanted := at.nearest(object.Name(), contexts[:1]); wanted != nil && key(wanted.Name()) == key(object.Name()) &&
			at.wanted(contexts[0], wanted.Name()) != nil && !overlaps(contexts, exact) {
			// OnStreamDone of a connection, on a request, whose own is called OnHttpStreamDone.
			if !at.has(on, wanted.Name()) {
				at.say(object.Pos(), "callback", "Envoy never calls %s here: it is a callback of %s, and %s is %s. Write %s",
					object.Name(), anA(exact[0]), on.Obj().Name(), anA(contexts[0]), at.line(on, wanted))
			}
		} else if !overlaps(contexts, exact) {
			at.say(object.Pos(), "callback", "Envoy never calls %s here: it is a callback of %s, and %s is %s. Write %s",
				object.Name(), anA(exact[0]), on.Obj().Name(), anA(contexts[0]), at.line(at.ownContext(exact[0], nil), at.wanted(exact[0], object.Name())))
		}
	case len(contexts) > 0:
		if context, wanted := at.nearest(object.Name(), contexts); wanted != nil {
			receiver := on
			if !overlaps(contexts, []string{context}) {
				receiver = at.ownContext(context, nil)
			}
			if receiver != nil && at.has(receiver, wanted.Name()) {
				at.say(object.Pos(), "callback", "Envoy never calls %s: it is no callback of the SDK, and nothing else calls it. The callback"+
					" is %s, which %s has, too: what is to happen belongs there.", object.Name(), wanted.Name(), receiver.Obj().Name())
				return
			}
			at.say(object.Pos(), "callback", "Envoy never calls %s: it is no callback of the SDK. Write %s",
				object.Name(), at.line(receiver, wanted))
		} else if otherSDKs[key(object.Name())] == replyFunction {
			at.say(object.Pos(), "callback", "Envoy never calls %s: the Go SDK has no such callback. A callout's reply comes to the"+
				" function that proxywasm.DispatchHttpCall is given.", object.Name())
		}
	default:
		at.onNoContext(object, on, exact)
	}
}

// onNoContext speaks of a callback on a type that is no context, or is hidden in one.
func (at *report) onNoContext(object *types.Func, on *types.Named, exact []string) {
	if len(exact) == 0 {
		if _, wanted := at.nearest(object.Name(), contextNames); wanted == nil || !strings.EqualFold(wanted.Name(), object.Name()) {
			return
		}
	}
	holders := at.holders(on)
	for _, holder := range holders {
		found, _, _ := types.LookupFieldOrMethod(types.NewPointer(holder), true, holder.Obj().Pkg(), object.Name())
		if found == object {
			return // it is that context's callback
		}
	}
	if len(holders) > 0 && len(exact) > 0 {
		at.say(object.Pos(), "callback", "Envoy never calls this %s: %s embeds the SDK's Default%s nearer, whose %s does nothing."+
			" Embed %s beside it and name the callback in %s itself.", object.Name(), holders[0].Obj().Name(), exact[0], object.Name(),
			on.Obj().Name(), holders[0].Obj().Name())
		return
	}
	context, wanted := at.nearest(object.Name(), contextNames)
	if len(exact) > 0 {
		context, wanted = exact[0], at.wanted(exact[0], object.Name())
	}
	if wanted == nil {
		return
	}
	receiver := at.ownContext(context, on)
	if receiver == on {
		at.say(object.Pos(), "callback", "Envoy never calls %s: %s is no %s. Embed types.Default%s in it, and let the context above make it.",
			object.Name(), on.Obj().Name(), context, context)
		return
	}
	at.say(object.Pos(), "callback", "Envoy never calls %s: %s is no context. Write %s", object.Name(), on.Obj().Name(), at.line(receiver, wanted))
}

// unmade reports a context with callbacks of its own that nothing ever makes.
func (at *report) unmade(named *types.Named) {
	if at.used[named.Obj()] {
		return
	}
	for _, one := range at.hooks {
		if one.of != named {
			continue
		}
		maker := map[string]string{"VMContext": "proxywasm.SetVMContext", "PluginContext": "NewPluginContext",
			"HttpContext": "NewHttpContext", "TcpContext": "NewTcpContext"}[one.context]
		at.say(named.Obj().Pos(), "callback", "Envoy never calls %s: nothing makes %s. %s has to be given one, `&%s{}`.",
			one.name, anA(named.Obj().Name()), maker, named.Obj().Name())
		return
	}
}

// contractOf returns the callbacks of a context.
func (seen *filter) contractOf(context string) []*types.Func {
	contract := seen.contracts[context]
	methods := make([]*types.Func, 0, contract.NumMethods())
	for i := range contract.NumMethods() {
		methods = append(methods, contract.Method(i))
	}
	return methods
}

// declaring returns the contexts that have a callback of a name.
func (seen *filter) declaring(name string) []string {
	var found []string
	for _, context := range contextNames {
		if seen.wanted(context, name) != nil {
			found = append(found, context)
		}
	}
	return found
}

func (seen *filter) wanted(context, name string) *types.Func {
	for _, method := range seen.contractOf(context) {
		if method.Name() == name {
			return method
		}
	}
	return nil
}

func (seen *filter) has(named *types.Named, name string) bool {
	for _, one := range seen.hooks {
		if one.of == named && one.name == name {
			return true
		}
	}
	return false
}

// ownContext returns the filter's own type for a context; the one that is given where there is none.
func (seen *filter) ownContext(context string, otherwise *types.Named) *types.Named {
	for _, named := range seen.named {
		for _, has := range seen.contexts[named] {
			if has == context {
				return named
			}
		}
	}
	return otherwise
}

// holders are the contexts that embed a type, however deep.
func (seen *filter) holders(part *types.Named) []*types.Named {
	var found []*types.Named
	for _, named := range seen.named {
		if len(seen.contexts[named]) > 0 && embeds(named, part, map[*types.Named]bool{}) {
			found = append(found, named)
		}
	}
	return found
}

func embeds(whole, part *types.Named, visited map[*types.Named]bool) bool {
	fields, ok := whole.Underlying().(*types.Struct)
	if !ok || visited[whole] {
		return false
	}
	visited[whole] = true
	for i := range fields.NumFields() {
		field := fields.Field(i)
		if inner := namedOf(field.Type()); field.Embedded() && inner != nil && (inner == part || embeds(inner, part, visited)) {
			return true
		}
	}
	return false
}

// ofAnotherContract tells whether a method serves an interface of the filter's own.
func (at *report) ofAnotherContract(object *types.Func, on *types.Named) bool {
	for _, name := range at.Pkg.Scope().Names() {
		contract, ok := at.Pkg.Scope().Lookup(name).Type().Underlying().(*types.Interface)
		if !ok || !types.Implements(types.NewPointer(on), contract) {
			continue
		}
		for i := range contract.NumMethods() {
			if contract.Method(i).Name() == object.Name() {
				return true
			}
		}
	}
	return false
}

// line returns a callback as it is written, on one's own context.
func (at *report) line(on *types.Named, wanted *types.Func) string {
	receiver := "yourContext"
	if on != nil {
		receiver = on.Obj().Name()
	}
	form := types.TypeString(wanted.Type(), func(other *types.Package) string { return other.Name() })
	return "`func (ctx *" + receiver + ") " + wanted.Name() + strings.TrimPrefix(form, "func") + "`"
}

func overlaps(some, others []string) bool {
	for _, one := range some {
		for _, other := range others {
			if one == other {
				return true
			}
		}
	}
	return false
}

func anA(name string) string {
	if strings.ContainsRune("AEIOHaeioh", rune(name[0])) && !strings.HasPrefix(strings.ToLower(name), "header") {
		return "an " + name
	}
	return "a " + name
}
