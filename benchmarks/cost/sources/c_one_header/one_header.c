// The filter of c_wasm, which sets one header here: the rest is the same.

#define HEADERS 1
#include "../c_wasm/two_headers.c"
