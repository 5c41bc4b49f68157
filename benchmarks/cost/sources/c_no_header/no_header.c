// The filter of c_wasm, which sets no header here: the rest is the same.

#define HEADERS 0
#include "../c_wasm/two_headers.c"
