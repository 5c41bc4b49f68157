module tinygobuild
go 1.24.0
require github.com/tinygo-org/tinygo v0.41.1
