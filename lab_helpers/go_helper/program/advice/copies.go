package advice

import (
	"go/ast"
	"go/types"
)

// copies reports a method without `*` that sets a field: it sets a copy's.
var copies = check("copies", "report a field that is set on a copy", func(at *report) {
	for _, file := range at.Files {
		for _, declared := range file.Decls {
			function, ok := declared.(*ast.FuncDecl)
			if !ok || function.Recv == nil || function.Body == nil || len(function.Recv.List[0].Names) == 0 {
				continue
			}
			receiver := at.TypesInfo.Defs[function.Recv.List[0].Names[0]]
			if receiver == nil {
				continue
			}
			named, ok := types.Unalias(receiver.Type()).(*types.Named)
			if !ok || len(at.contexts[named]) == 0 {
				continue
			}
			at.setsCopy(function, receiver, named)
		}
	}
})

func (at *report) setsCopy(function *ast.FuncDecl, receiver types.Object, named *types.Named) {
	ast.Inspect(function.Body, func(node ast.Node) bool {
		var set []ast.Expr
		switch node := node.(type) {
		case *ast.AssignStmt:
			set = node.Lhs
		case *ast.IncDecStmt:
			set = []ast.Expr{node.X}
		}
		for _, one := range set {
			field, ok := ast.Unparen(one).(*ast.SelectorExpr)
			if !ok {
				continue
			}
			of, ok := ast.Unparen(field.X).(*ast.Ident)
			if ok && at.TypesInfo.Uses[of] == receiver {
				at.say(one.Pos(), "copy", "This sets `%s` of a copy, which is gone when %s returns: write `(%s *%s)`.",
					field.Sel.Name, function.Name.Name, of.Name, named.Obj().Name())
			}
		}
		return true
	})
}
