//! The smallest filter in Rust: it adds a header to every response, and nothing else.
//!
//! It is `filter/hello` over again. What Go calls a context is here a type with a trait: Envoy makes
//! a `Root` in each VM, and the `Root` makes a `Hello` for each request. A callback that a type does
//! not have is answered by the SDK. Compile it with `lab build filter/hello_rust`.

use proxy_wasm::traits::{Context, HttpContext, RootContext};
use proxy_wasm::types::{Action, ContextType, LogLevel};

// Runs once in each VM, before Envoy's first call.
proxy_wasm::main! {{
    proxy_wasm::set_log_level(LogLevel::Info);
    proxy_wasm::set_root_context(|_| Box::new(Root));
}}

/// The filter with what it keeps: one in each VM, and there is a VM in each worker thread.
struct Root;

impl Context for Root {}

impl RootContext for Root {
    fn on_vm_start(&mut self, _configuration_size: usize) -> bool {
        log::info!("hello_rust: a VM has started");
        true // ready; false would stop Envoy
    }

    fn get_type(&self) -> Option<ContextType> {
        Some(ContextType::HttpContext)
    }

    fn create_http_context(&self, _context_id: u32) -> Option<Box<dyn HttpContext>> {
        Some(Box::new(Hello))
    }
}

/// One request and its response.
struct Hello;

impl Context for Hello {}

impl HttpContext for Hello {
    /// Called for each response, before the client gets it.
    fn on_http_response_headers(&mut self, _header_count: usize, _is_end: bool) -> Action {
        self.set_http_response_header("x-wasm-filter", Some("hello from wasm"));
        Action::Continue
    }
}
