//! What the delegation migration guide says, as values.
