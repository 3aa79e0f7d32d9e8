//! Sets up, runs, tests and measures the project.

fn main() {}
