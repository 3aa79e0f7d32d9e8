//! Streams of the browser as Rust's, and the other way round: in place of the crate of this name, of which Leptos needs this much for
//! server functions.
//!
//! That crate exports three classes to JavaScript. What is exported is in every page, also in one that has no server functions; what is
//! here is not in a page that does not call it.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;

use futures_util::stream::{self, Stream, StreamExt};
use js_sys::{Object, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, future_to_promise};
use web_sys::{ReadableStreamDefaultController, ReadableStreamDefaultReader};

/// A readable stream of the browser (Streams Standard, section 4).
#[derive(Debug)]
pub struct ReadableStream(web_sys::ReadableStream);

impl ReadableStream {
    /// Takes a stream of the browser.
    #[must_use]
    pub fn from_raw(raw: web_sys::ReadableStream) -> Self {
        Self(raw)
    }

    /// Gives the stream of the browser.
    #[must_use]
    pub fn into_raw(self) -> web_sys::ReadableStream {
        self.0
    }

    /// A stream of the browser that is fed by one of Rust's, as it is read.
    ///
    /// # Panics
    ///
    /// In a browser that knows no readable streams.
    #[must_use]
    pub fn from_stream(items: impl Stream<Item = Result<JsValue, JsValue>> + 'static) -> Self {
        type Items = Pin<Box<dyn Stream<Item = Result<JsValue, JsValue>>>>;
        let items: Rc<RefCell<Option<Items>>> = Rc::new(RefCell::new(Some(Box::pin(items))));
        let pull: Closure<dyn Fn(ReadableStreamDefaultController) -> js_sys::Promise> =
            Closure::new(move |controller| {
                let items = Rc::clone(&items);
                let controller: ReadableStreamDefaultController = controller;
                future_to_promise(async move {
                    // The browser does not pull again before this one is over.
                    let Some(mut taken) = items.take() else { return Ok(JsValue::UNDEFINED) };
                    match taken.next().await {
                        Some(item) => {
                            controller.enqueue_with_chunk(&item?)?;
                            items.replace(Some(taken));
                        }
                        None => controller.close()?,
                    }
                    Ok(JsValue::UNDEFINED)
                })
            });
        let source = Object::new();
        Reflect::set(&source, &"pull".into(), &pull.into_js_value()).expect("a plain object takes every member");
        Self(web_sys::ReadableStream::new_with_underlying_source(&source).expect("a browser with readable streams"))
    }

    /// The items of a stream of the browser.
    pub fn into_stream(self) -> impl Stream<Item = Result<JsValue, JsValue>> {
        let reader: ReadableStreamDefaultReader = self.0.get_reader().unchecked_into();
        stream::unfold(Some(reader), |reader| async {
            let reader = reader?;
            match JsFuture::from(reader.read()).await {
                Err(error) => Some((Err(error), None)),
                Ok(read) => {
                    let member = |name: &str| Reflect::get(&read, &name.into());
                    let is_over = member("done").is_ok_and(|done| done.is_truthy());
                    (!is_over).then(|| (member("value"), Some(reader)))
                }
            }
        })
    }
}
