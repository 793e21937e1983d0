//! The `pressclip` command.

fn main() {}
