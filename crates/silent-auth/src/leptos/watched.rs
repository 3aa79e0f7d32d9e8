//! What the session's values are to a page: a closure in the owner's keeping that follows what it reads.

use leptos::prelude::*;

/// A value that whoever reads it follows, as with Leptos' derived signals, and that is cheap to copy.
///
/// [`Signal`] may also be a memo or a stored value, and brings the code of all of them for every type: for the session's six
/// types that was 3,500 bytes of a page's download. It is made from this one, and this one from it, by `into`.
///
/// Every read panics once the owner that it was made in is gone.
pub struct Watched<T: 'static>(StoredValue<Box<dyn Fn() -> T>, LocalStorage>);

impl<T> Clone for Watched<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Watched<T> {}

impl<T> Watched<T> {
    /// What `read` gives, and follows.
    #[must_use]
    pub fn new(read: impl Fn() -> T + 'static) -> Self {
        Self(StoredValue::new_local(Box::new(read)))
    }

    /// The present value, which is followed from now on.
    #[must_use]
    pub fn get(self) -> T {
        self.0.with_value(|read| read())
    }

    /// What `look` sees in the present value, which is followed from now on.
    pub fn with<U>(self, look: impl FnOnce(&T) -> U) -> U {
        look(&self.get())
    }

    /// The present value, which is not followed.
    #[must_use]
    pub fn get_untracked(self) -> T {
        untrack(|| self.get())
    }
}

impl<T: Send + Sync + 'static> From<Watched<T>> for Signal<T> {
    fn from(watched: Watched<T>) -> Self {
        Self::derive(move || watched.get())
    }
}

impl<T: Clone + Send + Sync + 'static> From<Signal<T>> for Watched<T> {
    fn from(signal: Signal<T>) -> Self {
        Self::new(move || signal.get())
    }
}

impl<T: Clone + Send + Sync + 'static> From<RwSignal<T>> for Watched<T> {
    fn from(signal: RwSignal<T>) -> Self {
        Self::new(move || signal.get())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_followed_unless_it_is_asked_not_to_be() {
        let owner = Owner::new();
        owner.set();
        let source = RwSignal::new(1);
        let watched = Watched::from(source);
        let there_and_back = Watched::from(Signal::from(watched));
        let got = Memo::new(move |_| watched.get());
        let looked_at = Memo::new(move |_| there_and_back.with(|number| number * 10));
        let not_followed = Memo::new(move |_| watched.get_untracked());
        let all = move || (got.get_untracked(), looked_at.get_untracked(), not_followed.get_untracked());
        assert_eq!(all(), (1, 10, 1));
        source.set(2);
        assert_eq!(all(), (2, 20, 1));
    }
}
