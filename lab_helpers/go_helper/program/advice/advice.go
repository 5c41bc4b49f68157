// Package advice finds what compiles in a filter, but does not do what it seems to.
//
// Each check is an analyzer of golang.org/x/tools/go/analysis, in a file of its own or of its family.
// All of them read one picture of the filter (filter.go): which functions Envoy calls, and when. A
// check would rather be silent than wrong: what it cannot follow, it does not speak of.
package advice

import (
	"fmt"
	"go/token"
	"path/filepath"
	"reflect"
	"sort"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/packages"
)

// Advice is one thing to know of a filter that compiles.
type Advice struct {
	// File is where, from the filter's folder.
	File   string `json:"file"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
	// Sentence says what will happen, and what to write.
	Sentence string `json:"sentence"`
	// Kind is the check's name for it, such as sleep.
	Kind string `json:"kind"`
}

var checks = []*analysis.Analyzer{
	answers,
	bodies,
	callbacks,
	callouts,
	copies,
	headerNames,
	metrics,
	moments,
	pauses,
	secrets,
	state,
	timers,
	waiting,
}

// seen gives each check the one picture of the filter. It is made once for all packages, as no
// analyzer of a single package could: what Envoy calls in one may call into another.
var seen = &analysis.Analyzer{
	Name:       "filter",
	Doc:        "show which functions Envoy calls, and when",
	ResultType: reflect.TypeOf(new(filter)),
}

// Of returns what there is to say of a filter, by place.
func Of(folder string, loaded []*packages.Package) ([]Advice, error) {
	said := []Advice{}
	picture := newFilter(loaded)
	if picture == nil {
		return said, nil // without the SDK it is no filter: nothing is known of what calls it
	}
	for _, one := range loaded {
		for _, check := range checks {
			pass := &analysis.Pass{
				Analyzer:   check,
				Fset:       one.Fset,
				Files:      one.Syntax,
				Pkg:        one.Types,
				TypesInfo:  one.TypesInfo,
				TypesSizes: one.TypesSizes,
				ResultOf:   map[*analysis.Analyzer]any{seen: picture},
				Report: func(found analysis.Diagnostic) {
					said = append(said, placed(folder, one.Fset, found))
				},
			}
			if _, err := check.Run(pass); err != nil {
				return nil, fmt.Errorf("%s: %w", check.Name, err)
			}
		}
	}
	return inOrder(said), nil
}

func placed(folder string, set *token.FileSet, found analysis.Diagnostic) Advice {
	place := set.Position(found.Pos)
	file := place.Filename
	if inside, err := filepath.Rel(folder, file); err == nil {
		file = filepath.ToSlash(inside)
	}
	return Advice{file, place.Line, place.Column, found.Message, found.Category}
}

// inOrder sorts by place, and says a thing once.
func inOrder(said []Advice) []Advice {
	sort.Slice(said, func(i, j int) bool {
		a, b := said[i], said[j]
		if a.File != b.File {
			return a.File < b.File
		}
		if a.Line != b.Line {
			return a.Line < b.Line
		}
		return a.Column < b.Column || a.Column == b.Column && a.Sentence < b.Sentence
	})
	once := said[:0]
	for i, one := range said {
		if i == 0 || one != said[i-1] {
			once = append(once, one)
		}
	}
	return once
}

// check makes an analyzer of a function that reads the picture and reports.
func check(name, doc string, run func(*report)) *analysis.Analyzer {
	return &analysis.Analyzer{
		Name:     name,
		Doc:      doc,
		Requires: []*analysis.Analyzer{seen},
		Run: func(pass *analysis.Pass) (any, error) {
			run(&report{pass, pass.ResultOf[seen].(*filter)})
			return nil, nil
		},
	}
}

// report is one check at work on one package.
type report struct {
	*analysis.Pass
	*filter
}

func (at *report) say(pos token.Pos, kind, format string, values ...any) {
	at.Report(analysis.Diagnostic{Pos: pos, Category: kind, Message: fmt.Sprintf(format, values...)})
}
