//! The two headers as Wasm, by Rust and its SDK.

use std::rc::Rc;

use proxy_wasm::traits::{Context, HttpContext, RootContext};
use proxy_wasm::types::{Action, ContextType, LogLevel};

proxy_wasm::main! {{
    proxy_wasm::set_log_level(LogLevel::Warn);
    proxy_wasm::set_root_context(|_| Box::new(Root { auth: Rc::from("") }));
}}

/// The filter with what it keeps: the token, which is the plugin's whole configuration.
struct Root {
    auth: Rc<str>,
}

impl Context for Root {}

impl RootContext for Root {
    fn on_configure(&mut self, _size: usize) -> bool {
        let read = self.get_plugin_configuration().and_then(|bytes| String::from_utf8(bytes).ok());
        match read {
            Some(auth) => {
                self.auth = Rc::from(auth);
                true
            }
            None => false,
        }
    }

    fn get_type(&self) -> Option<ContextType> {
        Some(ContextType::HttpContext)
    }

    fn create_http_context(&self, _context_id: u32) -> Option<Box<dyn HttpContext>> {
        Some(Box::new(Request { auth: self.auth.clone() }))
    }
}

/// One request and its response.
struct Request {
    auth: Rc<str>,
}

impl Context for Request {}

impl HttpContext for Request {
    fn on_http_response_headers(&mut self, _header_count: usize, _is_end: bool) -> Action {
        self.set_http_response_header("x-wasm-filter", Some("hello from wasm"));
        self.set_http_response_header("x-auth", Some(&self.auth));
        Action::Continue
    }
}
